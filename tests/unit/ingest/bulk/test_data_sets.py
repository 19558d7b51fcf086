"""A data set of the SEC becomes a part of the lake: every number a fact, or a counted reject."""

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest

from ingest.bulk.data_sets import load_data_set
from ingest.errors import UnreadableArchiveError
from ingest.lake import Lake
from registry.models import load_registry
from tests.support.data_sets import CASH, FILING, LINE, SALES, SUB, write_data_set


@pytest.fixture
def load(tmp_path):
    """Loads numbers as the data set of 2010q2; the part they become."""

    def make(*numbers, name="2010q2.zip", threads=1, **how):
        archive = write_data_set(tmp_path / name, numbers, **how)
        return load_data_set(
            Lake(tmp_path / "lake"), archive, load_registry().filing_rules, "500MB", threads
        )

    return make


def rows(part, table):
    files = [str(path) for path in part.files(table)]
    relation = duckdb.sql("from read_parquet($files, hive_partitioning = true)", params={
        "files": files
    })  # fmt: skip
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_a_number_is_a_fact_of_rounded_days_and_weaker_evidence(load):
    (fact,) = rows(load(SALES), "facts")
    assert fact["cik"] == "0000320193"
    assert fact["concept"] == "us-gaap:SalesRevenueNet"
    assert (fact["period_start"], fact["period_end"]) == (date(2010, 1, 1), date(2010, 3, 31))
    assert (fact["value"], fact["unit"], fact["dimensions"]) == (
        Decimal(13_499_000_000), "USD", "{}",
    )  # fmt: skip
    assert fact["evidence"] == "data_set"
    assert (fact["bucket"], fact["year"]) == (1, 2010)


@pytest.mark.parametrize(
    ("quarters", "start"),
    [("0", None), ("2", date(2009, 10, 1)), ("4", date(2009, 4, 1)), ("8", date(2008, 4, 1))],
)
def test_durations_are_of_whole_quarters(load, quarters, start):
    (fact,) = rows(load({**SALES, "qtrs": quarters}), "facts")
    assert fact["period_start"] == start


def test_segments_and_co_registrants_are_dimensions(load):
    numbers = [
        {**SALES, "segments": "ProductOrService=IPhone;"},
        {**SALES, "coreg": "ParentCo"},
        {**SALES, "segments": "LegalEntity=ParentCo;", "coreg": "ParentCo"},
        {**SALES, "segments": "BusinessSegments=Retail;ProductOrService=IPhone;"},
    ]
    found = rows(load(*numbers), "facts")
    assert {fact["dimensions"] for fact in found} == {
        '{"ProductOrService": "IPhone"}', '{"LegalEntity": "ParentCo"}',
        '{"BusinessSegments": "Retail", "ProductOrService": "IPhone"}',
    }  # fmt: skip
    assert len({fact["fact_id"] for fact in found}) == 4


def test_a_concept_of_the_filers_own_and_an_empty_value(load):
    (fact,) = rows(load({**SALES, "version": FILING, "value": ""}), "facts")
    assert fact["concept"] == "custom:SalesRevenueNet"
    assert fact["is_nil"]
    assert fact["value"] is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"adsh": "0000000000-00-000000"}, "unknown_filing"),
        ({"ddate": "20100332"}, "unreadable_day"),
        ({"qtrs": "one"}, "unreadable_duration"),
        ({"value": "1.2.3"}, "unreadable_value"),
    ],
)
def test_what_cannot_be_a_fact_is_a_reject(load, change, reason):
    part = load(SALES, {**SALES, **change})
    assert part.rows["facts"] == 1
    (reject,) = rows(part, "rejects")
    assert reject["reason"] == reason
    assert "SalesRevenueNet" in reject["detail"]


def test_filings_are_known_from_their_acceptance(load):
    (filing,) = rows(load(SALES), "filings")
    assert filing["known_from"] == datetime(2010, 4, 21, 20, 36, tzinfo=UTC)
    assert filing["period_of_report"] == date(2010, 3, 31)
    assert (filing["filer_name"], filing["sic"], filing["year_end_month"]) == (
        "APPLE INC", "3571", 9,
    )  # fmt: skip


def test_concepts_and_presentation_come_along(load):
    part = load(CASH)
    (tag,) = rows(part, "tags")
    assert (tag["concept"], tag["is_instant"], tag["balance"]) == ("us-gaap:Cash", True, "D")
    (line,) = rows(part, "presentation")
    assert (line["concept"], line["label"], line["is_negated"]) == (
        "us-gaap:SalesRevenueNet", "Net sales", False,
    )  # fmt: skip
    assert (line["taxonomy"], line["is_parenthetical"], line["rfile"]) == (
        "us-gaap/2009", False, "R",
    )  # fmt: skip
    assert (tag["is_custom"], tag["is_abstract"]) == (False, False)


def test_a_line_of_no_filing_is_not_presented(load):
    part = load(CASH, lines=[LINE, {**LINE, "adsh": "0000000000-00-000000"}])
    assert [line["accession_number"] for line in rows(part, "presentation")] == [FILING]


def test_the_rest_of_a_filing_is_kept_as_it_is_written(load):
    (details,) = rows(load(CASH), "filing_details")
    assert (details["accession_number"], details["bucket"]) == (FILING, 1)
    assert (details["countryba"], details["ein"], details["afs"]) == ("US", "942404110", "1-LAF")
    assert details["aciks"] is None


def test_footnotes_are_beside_the_facts_they_are_of(load):
    part = load(SALES, {**CASH, "footnote": "Held in trust."})
    (footnote,) = rows(part, "footnotes")
    (cash,) = (fact for fact in rows(part, "facts") if fact["concept"] == "us-gaap:Cash")
    assert (footnote["fact_id"], footnote["footnote"]) == (cash["fact_id"], "Held in trust.")
    assert (footnote["accession_number"], footnote["bucket"]) == (FILING, 1)
    assert rows(load(SALES), "footnotes") == []


OTHERS = [
    {**SUB, "adsh": f"{cik:010}-{year % 100}-000001", "cik": str(cik), "filed": f"{year}0601"}
    for cik in (320193, 789019, 1018724, 1652044)
    for year in (2010, 2011)
]
NUMBERS = [
    {**SALES, "adsh": filing["adsh"], "tag": f"Concept{number}", "value": str(number)}
    for number in range(40)
    for filing in OTHERS
]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("chunk_bytes", [2_000, 96_000_000])
def test_pieces_and_threads_change_nothing(load, monkeypatch, chunk_bytes, threads):
    monkeypatch.setattr("ingest.bulk.texts.CHUNK_BYTES", chunk_bytes)
    unknown = {**SALES, "adsh": "0000000000-00-000000"}
    noted = {**NUMBERS[0], "tag": "Noted", "footnote": "A note."}
    part = load(*NUMBERS, unknown, noted, filings=OTHERS, threads=threads)
    facts = rows(part, "facts")
    assert {name: part.rows[name] for name in ("facts", "rejects", "footnotes")} == {
        "facts": 321, "rejects": 1, "footnotes": 1,
    }  # fmt: skip
    lines = {(each["adsh"], f"us-gaap:{each['tag']}"): 2 + at for at, each in enumerate(NUMBERS)}
    lines[noted["adsh"], "us-gaap:Noted"] = 323
    assert lines == {
        (fact["accession_number"], fact["concept"]): fact["source_line"] for fact in facts
    }
    assert len({fact["fact_id"] for fact in facts}) == 321
    assert {(fact["bucket"], fact["cik"], fact["year"]) for fact in facts} == {
        (int(each["cik"]) % 32, each["cik"].zfill(10), int(each["filed"][:4])) for each in OTHERS
    }
    (reject,) = rows(part, "rejects")
    assert reject["source_line"] == 322


def test_a_fact_is_named_by_what_its_number_says(load):
    """The digest is of the number's own texts, so that it outlives the reader."""
    (fact,) = rows(load(SALES), "facts")
    named = f"{FILING}|us-gaap/2009|SalesRevenueNet|20100331|1|USD||"
    assert fact["fact_id"] == hashlib.md5(named.encode()).hexdigest()


def test_older_data_sets_without_a_column_are_read(load):
    (fact,) = rows(load({k: v for k, v in SALES.items() if k != "segments"}), "facts")
    assert fact["dimensions"] == "{}"


def test_a_text_without_rows_is_empty(load):
    part = load()
    assert (part.rows["filings"], part.rows.get("facts", 0), part.rows["rejects"]) == (1, 0, 0)


def test_a_number_on_a_malformed_line_is_a_reject_and_the_others_keep_their_lines(load):
    part = load(SALES, {"adsh": FILING, "tag": "Cash"}, CASH)
    (reject,) = rows(part, "rejects")
    assert (reject["reason"], reject["source_line"]) == ("malformed_line", 3)
    assert sorted(fact["source_line"] for fact in rows(part, "facts")) == [2, 4]


def test_filings_on_malformed_lines_are_no_data_set(load):
    with pytest.raises(UnreadableArchiveError, match="cannot be read"):
        load(SALES, filings=(SUB, {"adsh": FILING, "cik": "320193"}))


def test_a_data_set_under_the_name_of_another_quarter_is_none(load):
    """Its filings would be there twice."""
    with pytest.raises(UnreadableArchiveError, match="the name the SEC gave it"):
        load(SALES, name="2013q1.zip")


def test_the_same_file_is_not_read_again_and_another_takes_its_place(load, tmp_path):
    first = load(SALES)
    stamp = (first.directory / "_SUCCESS").stat().st_mtime_ns
    assert load(SALES) == first
    assert (first.directory / "_SUCCESS").stat().st_mtime_ns == stamp
    assert load(SALES, CASH).rows["facts"] == 2
    assert len(Lake(tmp_path / "lake").parts()) == 1


def test_a_part_that_was_not_finished_is_no_part(load, tmp_path):
    part = load(SALES)
    (part.directory / "_SUCCESS").unlink()
    assert Lake(tmp_path / "lake").parts() == []
    assert load(SALES).rows["facts"] == 1


def test_what_is_no_data_set_is_named(load, tmp_path):
    with pytest.raises(UnreadableArchiveError, match="named after its quarter"):
        load(SALES, name="numbers.zip")
    with pytest.raises(UnreadableArchiveError, match=r"lacks num\.txt"):
        load(SALES, without=("num",))
    (tmp_path / "2010q3.zip").write_bytes(b"no zip")
    with pytest.raises(UnreadableArchiveError, match="cannot be read"):
        load_data_set(Lake(tmp_path), tmp_path / "2010q3.zip", (), "500MB", 1)
