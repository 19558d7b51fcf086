"""The evening of the results: a release is read and preliminary, the report takes its place.

Loads and whole refreshes of a small archive; the figures are round and invented.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.edgar.schema import REJECTS
from orchestration.audit import audit
from orchestration.explanation import explain_figure
from orchestration.settings import Settings, Source, SourceKind
from orchestration.sources import load_filings
from registry.models import Registry
from tests.conftest import run_refresh, settings_in
from tests.support.rebuilding import Models, differences
from tests.support.small_edgar import (
    AMZN,
    CASH,
    NEXT_QUARTER,
    NEXT_RELEASE,
    QUARTER,
    RELEASE,
    SALES,
    Figure,
    SmallEdgar,
    SmallFiling,
    inline_document,
    release_page,
    results,
    write_small_edgar,
)

# A refresh for each of two evenings, and an audit.
pytestmark = pytest.mark.slow

NINE_MONTHS = Figure(SALES, 400, ("2024-01-01", "2024-09-30"))
EXHIBIT = "amzn-20250501xex991.htm"
EVENING = "2025-07-31 21:00:00+00"  # between the release and the report
FIGURES = (
    "select segment, metric, value / 1000000000 from marts.metrics_as_of('{moment}')"
    " where ticker = 'AMZN' and basis = 'quarter' and fiscal_quarter = '2025Q2'"
    " and evidence {evidence} order by all"
)


# Raw rows


class Load:
    """A warehouse loaded from a small archive, as often as wanted."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, settings: Settings, registry: Registry
    ) -> None:
        self.connection, self.settings, self.registry = connection, settings, registry

    def __call__(self) -> None:
        load_filings(self.connection, self.settings, self.registry, REJECTS.to_frame())

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, list(parameters)).fetchall()

    def status(self, filing: SmallFiling) -> tuple[str, str | None]:
        ((status, detail),) = self.rows(
            "select read_status, read_detail from raw.filings where accession_number = ?",
            filing.accession_number,
        )
        return status, detail

    def figures(self, filing: SmallFiling) -> list[tuple[Any, ...]]:
        return self.rows(
            "select concept, member, period_start, period_end, value / 1000000000"
            " from raw.facts left join raw.fact_dimensions using (fact_id)"
            " where accession_number = ? order by all",
            filing.accession_number,
        )


@pytest.fixture
def edgar(tmp_path: Path) -> SmallEdgar:
    return write_small_edgar(tmp_path / "edgar")


@pytest.fixture
def load(edgar: SmallEdgar, tmp_path: Path, registry: Registry) -> Iterator[Load]:
    settings = replace(
        settings_in(tmp_path / "data"), source=Source(SourceKind.ARCHIVE, edgar.directory)
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield Load(connection, settings, registry)


def test_a_release_states_the_figures_of_its_exhibit_and_none_of_its_cover(load):
    load()
    quarter = (date(2025, 1, 1), date(2025, 3, 31))
    segments = ("InternationalSegment", "NorthAmericaSegment", "AmazonWebServicesSegment")
    found = load.figures(RELEASE)
    assert {row[2:4] for row in found} == {quarter}
    assert {(row[0], row[1], row[4]) for row in found} == {
        ("release:NetSales", None, 160),
        ("release:OperatingIncome", None, 17),
        *(
            ("release:SegmentRevenue", f"amzn:{name}Member", value)
            for name, value in zip(segments, (40, 90, 30), strict=True)
        ),
        *(
            ("release:SegmentOperatingIncome", f"amzn:{name}Member", value)
            for name, value in zip(segments, (-1, 5, 13), strict=True)
        ),
    }
    assert load.status(RELEASE) == ("release_read", None)
    assert CASH not in {row[0] for row in found}


def test_a_release_says_where_each_figure_is_printed(load):
    load()
    rows = load.rows(
        "select evidence, evidence_ref, decimals from raw.facts"
        " where accession_number = ? and concept = 'release:NetSales'",
        RELEASE.accession_number,
    )
    assert rows == [("preliminary", f"{RELEASE.folder[1:]}/{EXHIBIT}#table1.row12", "-6")]
    ((reference,),) = load.rows(
        "select evidence_ref from raw.filings where accession_number = ?", RELEASE.accession_number
    )
    assert reference == f"{RELEASE.folder[1:]}/{EXHIBIT}"


def test_a_release_is_known_from_its_own_acceptance(load):
    load()
    rows = load.rows(
        "select cast(known_from as varchar), known_from_basis from raw.filings"
        " where accession_number = ?",
        RELEASE.accession_number,
    )
    assert rows == [("2025-05-01 20:01:00+00", "accepted_at")]


def with_exhibits(**exhibits: bytes) -> SmallFiling:
    """The next release with other exhibits."""
    cover = dict(list(NEXT_RELEASE.documents.items())[:1])
    pages = {f"{name}.htm": content for name, content in exhibits.items()}
    return replace(NEXT_RELEASE, documents={**cover, **pages})


def test_a_release_without_a_table_is_told_and_asked_for_again(load, edgar):
    release = with_exhibits(ex991=b"<html><body><p>Results were very good.</p></body></html>")
    edgar.add(release)
    load()
    assert load.status(release) == (
        "no_figures",
        "no declared figure in ex991.htm (0 tables)",
    )
    edgar.write(f"{release.folder}/ex991.htm", results("Q2 2025", (95, 42, 33), (6, 1, 14)))
    load()
    assert load.status(release) == ("release_read", None)
    assert len(load.figures(release)) == 8


def test_a_release_without_exhibits_is_told(load, edgar):
    release = with_exhibits()
    edgar.add(release)
    load()
    status, detail = load.status(release)
    assert (status, detail) == (
        "documents_missing",
        "the filing's folder holds no page of an exhibit",
    )


def test_what_two_exhibits_state_alike_is_one_fact_and_what_they_do_not_is_none(load, edgar):
    release = with_exhibits(
        ex991=results("Q2 2025", (95, 42, 33), (6, 1, 14)),
        ex992=release_page(["Q2 2025"], {"Consolidated": {"Net sales": [170], "Net income": [9]}}),
        ex993=release_page(["Q2 2025"], {"Consolidated": {"Net income": [8]}}),
    )
    edgar.add(release)
    load()
    found = {row[0]: row[4] for row in load.figures(release) if row[1] is None}
    assert found == {"release:NetSales": 170, "release:OperatingIncome": 21}
    ((reason, detail),) = load.rows(
        "select reason, detail from raw.rejects where table_name = 'releases'"
    )
    assert reason == "conflicting_values"
    assert "9000000000" in detail
    assert "8000000000" in detail


def test_a_declared_label_without_a_period_is_a_counted_reject(load, edgar):
    release = with_exhibits(ex991=results("This quarter", (95, 42, 33), (6, 1, 14)))
    edgar.add(release)
    load()
    assert load.figures(release) == []
    rows = load.rows("select reason, count(*) from raw.rejects group by reason")
    assert rows == [("no_period", 8)]


def test_a_release_is_read_once_and_again_when_the_declared_words_change(load, monkeypatch):
    load()
    before = load.rows("select * from raw.facts order by fact_id")
    digest = "select content_digest from raw.filings where accession_number = ?"
    first = load.rows(digest, RELEASE.accession_number)
    of_report = load.rows(digest, QUARTER.accession_number)
    monkeypatch.setattr("ingest.edgar.filings.words_digest", lambda words: "otherwords")
    load()
    assert load.rows(digest, RELEASE.accession_number) != first
    assert load.rows(digest, QUARTER.accession_number) == of_report
    assert load.rows("select * from raw.facts order by fact_id") == before


def test_a_filing_of_both_kinds_gives_its_tagged_facts_and_its_exhibits(load, edgar):
    both = replace(
        NEXT_RELEASE,
        items="2.02,8.01,9.01",
        documents={**NEXT_RELEASE.documents, "amzn-20250731_htm.xml": b"<broken"},
    )
    edgar.add(both)
    load()
    status, _ = load.status(both)
    assert status == "facts_read"
    concepts = {row[0] for row in load.figures(both)}
    assert {CASH, "release:NetSales"} <= concepts


# Whole refreshes


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, SmallEdgar]:
    """Published with the next quarter's release, its report not yet filed."""
    directory = tmp_path_factory.mktemp("evening")
    edgar = write_small_edgar(directory / "edgar")
    edgar.add(NEXT_RELEASE)
    settings = replace(
        settings_in(directory / "data"), source=Source(SourceKind.ARCHIVE, edgar.directory)
    )
    outcome = run_refresh(settings)
    assert outcome.result.is_success, outcome.result.problems
    return settings, edgar


@pytest.fixture(scope="module")
def morning(
    evening: tuple[Settings, SmallEdgar], tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Published again with the report."""
    _, edgar = evening
    directory = tmp_path_factory.mktemp("morning")
    shutil.copytree(edgar.directory, directory / "edgar")
    later = SmallEdgar(directory / "edgar", list(edgar.listed), ciks=edgar.ciks)
    later.add(NEXT_QUARTER)
    own = replace(
        settings_in(directory / "data"), source=Source(SourceKind.ARCHIVE, later.directory)
    )
    outcome = run_refresh(own)
    assert outcome.result.is_success, outcome.result.problems
    return own


@contextmanager
def reading(settings: Settings) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield lambda query: connection.execute(query).fetchall()


PRELIMINARY_FIGURES = [
    ("", "net_sales", 170),
    ("", "operating_income", 21),
    ("aws", "segment_operating_income", 14),
    ("aws", "segment_revenue", 33),
    ("international", "segment_operating_income", 1),
    ("international", "segment_revenue", 42),
    ("north_america", "segment_operating_income", 6),
    ("north_america", "segment_revenue", 95),
]


def stated(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Without what formulas make of the figures."""
    return [row for row in rows if not row[1].startswith(("cloud_", "backlog_"))]


def test_figures_of_a_release_are_preliminary_and_awaited(evening):
    with reading(evening[0]) as rows:
        now = rows(FIGURES.format(moment="2026-01-01", evidence="= 'preliminary'"))
        awaited = rows(
            "select distinct status, filed_value, difference from marts.fct_preliminary_figures"
            " where fiscal_quarter = '2025Q2'"
        )
    assert stated(now) == PRELIMINARY_FIGURES
    assert awaited == [("awaited", None, None)]


def test_the_margins_of_a_release_say_that_they_are_preliminary(evening):
    with reading(evening[0]) as rows:
        (margin,) = rows(
            "select round(operating_margin_ratio, 4), evidence,"
            f" list_contains(accession_numbers, '{NEXT_RELEASE.accession_number}')"
            " from marts.fct_segment_margins where segment = 'aws' and fiscal_quarter = '2025Q2'"
        )
    assert margin == (0.4242, "preliminary", True)


def test_the_report_takes_the_place_of_the_release_whether_it_agrees_or_not(morning):
    with reading(morning) as rows:
        preliminary = rows(FIGURES.format(moment="2026-01-01", evidence="= 'preliminary'"))
        now = rows(FIGURES.format(moment="2026-01-01", evidence="= 'xbrl'"))
        cited = rows(
            "select distinct accession_numbers from marts.fct_metrics where ticker = 'AMZN'"
            " and basis = 'quarter' and fiscal_quarter = '2025Q2'"
        )
    assert preliminary == []
    changed = {("", "operating_income"): 20, ("aws", "segment_operating_income"): 13}
    assert stated(now) == [
        (segment, metric, changed.get((segment, metric), value))
        for segment, metric, value in PRELIMINARY_FIGURES
    ]
    assert cited == [([NEXT_QUARTER.accession_number],)]


def test_between_the_two_the_release_is_what_was_known(morning):
    with reading(morning) as rows:
        before = rows(FIGURES.format(moment="2025-07-31 19:00:00+00", evidence="is not null"))
        between = rows(FIGURES.format(moment=EVENING, evidence="= 'preliminary'"))
        at_the_report = rows(FIGURES.format(moment="2025-07-31 22:01:02+00", evidence="= 'xbrl'"))
        reasons = rows(
            "select metric, segment, version_number, version_reason, evidence, known_to is null"
            " from marts.fct_metrics_history where ticker = 'AMZN' and basis = 'quarter'"
            " and fiscal_quarter = '2025Q2' and metric in ('net_sales', 'operating_income')"
            " order by all"
        )
    assert before == []
    assert stated(between) == PRELIMINARY_FIGURES
    assert len(stated(at_the_report)) == len(PRELIMINARY_FIGURES)
    assert reasons == [
        (metric, "", *version)
        for metric in ("net_sales", "operating_income")
        for version in (
            (1, "first_known", "preliminary", False),
            (2, "reported", "xbrl", True),
        )
    ]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2025, 7, 31, 20, 1, 1, tzinfo=UTC),
        datetime(2025, 7, 31, 20, 1, 2, tzinfo=UTC),
        datetime(2025, 7, 31, 21, 0, 0, tzinfo=UTC),
        datetime(2025, 7, 31, 22, 1, 2, tzinfo=UTC),
    ],
    ids=["before the release", "with the release", "between", "with the report"],
)
def test_everything_built_as_of_the_evening_says_what_the_history_says(morning, moment):
    with Models(morning).as_of(moment) as rebuilt:
        assert differences(rebuilt, moment) == {}


def test_a_report_that_is_taken_back_leaves_the_release_standing(morning):
    withdrawal = (
        "update raw.filings set withdrawn_at = '2025-09-01'"
        f" where accession_number = '{NEXT_QUARTER.accession_number}'"
    )
    with Models(morning).rebuilt(withdrawal) as rebuilt:
        versions = rebuilt.execute(
            "select value / 1000000000, evidence, known_to is null"
            " from marts.fct_metrics_history where ticker = 'AMZN' and basis = 'quarter'"
            " and fiscal_quarter = '2025Q2' and metric = 'operating_income'"
            " order by version_number"
        ).fetchall()
    assert versions == [(21, "preliminary", False), (20, "xbrl", False), (21, "preliminary", True)]


def test_what_the_report_changed_is_recorded(morning):
    with reading(morning) as rows:
        found = rows(
            "select metric, segment, preliminary_value / 1000000000, filed_value / 1000000000,"
            " difference / 1000000000, round(difference_ratio, 6), hours_between, status,"
            " preliminary_accession_numbers, filed_accession_numbers"
            " from marts.fct_preliminary_figures where fiscal_quarter = '2025Q2'"
            " and basis = 'quarter' and metric in ('net_sales', 'segment_operating_income')"
            " order by metric, segment"
        )
    both = ([NEXT_RELEASE.accession_number], [NEXT_QUARTER.accession_number])
    assert found == [
        ("net_sales", "", 170, 170, 0, 0, 2, "confirmed", *both),
        ("segment_operating_income", "aws", 14, 13, -1, -0.071429, 2, "revised", *both),
        ("segment_operating_income", "international", 1, 1, 0, 0, 2, "confirmed", *both),
        ("segment_operating_income", "north_america", 6, 6, 0, 0, 2, "confirmed", *both),
    ]


def test_a_report_that_came_first_leaves_nothing_for_the_release_to_say(edgar, tmp_path):
    """Known after the report, a release is in the raw tables and in no figure."""
    late = replace(RELEASE, accepted="2025-05-02 09:00:00", filed_at="2025-05-02")
    edgar.remove(RELEASE)
    edgar.add(late)
    settings = replace(
        settings_in(tmp_path / "data"), source=Source(SourceKind.ARCHIVE, edgar.directory)
    )
    outcome = run_refresh(settings)
    assert outcome.result.is_success, outcome.result.problems
    with reading(settings) as rows:
        assert rows("select count(*) from raw.facts where evidence = 'preliminary'") == [(8,)]
        assert rows("select count(*) from marts.fct_preliminary_figures") == [(0,)]
        assert rows(
            "select count(*) from marts.fct_metrics_history where evidence = 'preliminary'"
        ) == [(0,)]


def test_a_preliminary_figure_is_explained_to_the_row_of_the_exhibit(evening):
    settings, _ = evening
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        node = explain_figure(connection, "fct_metrics", "net_sales", "AMZN", "2025Q2", {}, None)
    (fact,) = node.inputs
    assert (fact.evidence, fact.accession_number) == (
        "preliminary", NEXT_RELEASE.accession_number
    )  # fmt: skip
    place = f"{NEXT_RELEASE.folder[1:]}/amzn-20250731xex991.htm#table1.row12"
    assert fact.note.endswith(place)


def test_the_audit_finds_nothing(evening, morning):
    for settings in (evening[0], morning):
        assert audit(settings).findings == ()


def test_the_release_of_a_year_gives_way_to_the_year_less_nine_months(edgar, tmp_path):
    """The report of a year states no fourth quarter: the difference of filed figures does."""
    announced = replace(
        NEXT_RELEASE,
        accession_number="0001018724-25-000009",
        period="2025-02-06", filed_at="2025-02-06", accepted="2025-02-06 16:01:00",
        documents={
            "amzn-20250206.htm": next(iter(NEXT_RELEASE.documents.values())),
            "ex991.htm": release_page(["Q4 2024"], {"": {"Total net sales": [190]}}),
        },
    )  # fmt: skip
    nine_months = replace(
        QUARTER, accession_number="0001018724-24-000008", period="2024-09-30",
        filed_at="2024-11-01", accepted="2024-10-31 18:00:00",
        documents={"amzn-20240930.htm": inline_document(AMZN, (NINE_MONTHS,))},
    )  # fmt: skip
    edgar.add(nine_months).add(announced)
    settings = replace(
        settings_in(tmp_path / "data"), source=Source(SourceKind.ARCHIVE, edgar.directory)
    )
    outcome = run_refresh(settings)
    assert outcome.result.is_success, outcome.result.problems
    with reading(settings) as rows:
        found = rows(
            "select value / 1000000000, derivation, evidence from marts.fct_metrics_history"
            " where ticker = 'AMZN' and metric = 'net_sales' and basis = 'quarter'"
            " and fiscal_quarter = '2024Q4' order by version_number"
        )
        status = rows(
            "select status, preliminary_value / 1000000000, filed_value / 1000000000"
            " from marts.fct_preliminary_figures where metric = 'net_sales'"
            " and basis = 'quarter' and fiscal_quarter = '2024Q4'"
        )
    assert [(value, evidence) for value, _, evidence in found] == [
        (190, "preliminary"), (200, "xbrl")
    ]  # fmt: skip
    assert status == [("revised", 190, 200)]
