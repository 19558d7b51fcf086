"""Every filer: bulk files and documents to published marts, resumed, and one filing at a time.

The filings are generated: what the marts must say is known beforehand.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from calendar import SATURDAY
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from dagster import materialize
from typer.testing import CliRunner

from benchmarks.universe import YEARS_BEFORE, Universe
from benchmarks.universe_filings import counts_weeks, write_filings
from ingest.lake import BUCKETS, Lake
from orchestration.assets.universe import (
    DATA_SETS,
    FILERS,
    LISTS,
    MARTS,
    build_universe_assets,
)
from orchestration.build import BuildLockedError
from orchestration.cli import app
from orchestration.guard_process import judge_here
from orchestration.populations import own_population, read_population
from orchestration.resources import Project
from orchestration.settings import DBT_PROJECT_DIR
from orchestration.universe.buckets import KEPT, BucketBuilder, kept_file
from orchestration.universe.loading import load_piece, pieces_of
from orchestration.universe.publication import publish_universe
from orchestration.universe.raw import write_raw_universe
from orchestration.universe.work import build_buckets
from orchestration.valuation_store import describe_run, read_today
from orchestration.valuing import Declarations
from registry.models import load_registry
from tests.conftest import settings_in

COMPANIES, YEARS, NUMBERS = 36, 3, 60
REGISTRY = load_registry()
CLI = "from orchestration.cli import app; app()"
CHOSEN = (0, 1)
"""Buckets that are derived: companies 0, 32, 1 and 33 are in them."""


@pytest.fixture(scope="module")
def universe():
    return Universe(COMPANIES, YEARS, NUMBERS)


@pytest.fixture(scope="module")
def bulk(tmp_path_factory, universe):
    """Data sets of three years, the last quarter apart."""
    directory = tmp_path_factory.mktemp("bulk")
    *_, last = [universe.write(quarter, directory) for quarter in universe.quarters()]
    later = directory / "later"
    later.mkdir()
    shutil.move(last, later / last.name)
    return directory


@pytest.fixture(scope="module")
def loaded(tmp_path_factory, bulk):
    """A lake of them, derived and published."""
    settings = settings_in(tmp_path_factory.mktemp("universe"))
    for piece in pieces_of([bulk]):
        assert not load_piece(settings, REGISTRY, piece).failure
    derive(settings)
    return settings


@pytest.fixture
def settings(tmp_path, loaded):
    """The same for a test to change."""
    copy = settings_in(tmp_path / "data")
    shutil.copytree(loaded.universe_dir, copy.universe_dir)
    return copy


def derive(settings, buckets=CHOSEN):
    with closing(BucketBuilder(settings, REGISTRY)) as builder:
        changes = [builder.build(bucket) for bucket in buckets]
    publish_universe(settings, REGISTRY, changes)
    return changes


def rows(settings, sql):
    with duckdb.connect(settings.universe_path, read_only=True) as connection:
        relation = connection.sql(sql)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def kept_rows(settings, bucket, mart):
    """A bucket's rows of a mart as texts, in order."""
    path = kept_file(settings.universe_dir / "marts", bucket, mart)
    with duckdb.connect() as connection:
        return sorted(map(repr, connection.execute("from read_parquet(?)", [str(path)]).fetchall()))


# What the marts say


def test_figures_are_those_the_companies_had(loaded, universe):
    """Of every quarter a report ended in, twelve months' sales as they were first known."""
    told = rows(
        loaded,
        "select cik, fiscal_quarter, ttm_revenue_usd, period_end"
        " from marts.fct_company_margins_history inner join marts.dim_company using (ticker)"
        " where version_number = 1 and ttm_revenue_usd is not null and period_end >= '2010-06-01'",
    )
    assert len(told) > 30
    for row in told:
        company = int(row["cik"]) - 2_000_000
        ended = 4 * row["period_end"].year + (row["period_end"].month - 1) // 3
        place = ended - 4 * 2010 + 4 * YEARS_BEFORE
        truth = universe.figures[0, company, place - 3 : place + 1].sum()
        assert float(row["ttm_revenue_usd"]) == pytest.approx(truth, rel=1e-9), row


def test_filers_are_named_and_weaker_evidence_is_marked(loaded):
    (found,) = rows(
        loaded,
        "select company_name, sic, list(distinct evidence) as evidence"
        " from marts.fct_universe_margins where cik = '0002000032' group by all",
    )
    assert found["company_name"] == "COMPANY 32 INC"
    assert found["sic"]
    assert found["evidence"] == ["data_set"]


def test_every_figure_leads_to_filings_that_are_there(loaded):
    assert not rows(
        loaded,
        "select number from (select unnest(accession_numbers) as number"
        " from marts.fct_universe_capex_intensity) anti join marts.dim_filing"
        " on number = accession_number",
    )


def test_nothing_is_known_before_it_was_filed(loaded):
    """As of a day, what was published later is not there; of now, all of it is."""
    then = rows(loaded, "select max(known_from) as at, count(*) as n"
                " from marts.company_margins_as_of(timestamptz '2011-01-01')")  # fmt: skip
    now = rows(loaded, "select count(*) as n from marts.fct_company_margins")
    assert then[0]["at"] < datetime(2011, 1, 1, tzinfo=UTC)
    assert 0 < then[0]["n"] < now[0]["n"]


def test_places_are_among_the_filers_of_a_quarter(loaded):
    quarter = rows(
        loaded,
        "select ttm_capex_to_revenue_ratio as ratio, capex_percentile_ratio as place"
        " from marts.fct_universe_capex_intensity where calendar_quarter = '2011Q4' order by ratio",
    )
    count = len(quarter)
    assert count == 4
    assert [row["place"] for row in quarter] == pytest.approx(
        [i / (count - 1) for i in range(count)]
    )


def test_base_rates_are_quantiles_of_what_was_achieved(loaded):
    """The median of a class by hand, over windows that end with a fiscal year."""
    rates = rows(
        loaded, "select * from marts.fct_universe_growth_base_rates where horizon_years = 1"
    )
    assert rates
    for rate in rates:
        upper = rate["below_revenue_usd"] or 1e30
        grown = rows(
            loaded,
            "select median(growth_ratio) as median, count(*) as n from marts.fct_universe_growth"
            f" where horizon_years = 1 and start_revenue_usd >= {rate['from_revenue_usd']}"
            f" and start_revenue_usd < {upper} and fiscal_quarter like '%Q4'",
        )[0]
        assert grown["n"] == rate["window_count"]
        assert rate["median_growth_ratio"] == pytest.approx(grown["median"], rel=1e-12)


# What a valuation takes of it


def test_base_rates_of_a_valuation_are_of_all_filers_and_of_a_run_of_their_own(
    loaded, warehouse, monkeypatch
):
    monkeypatch.setattr("orchestration.populations._least_revenue", lambda *_: 0.0)
    known, declared = read_today(warehouse), Declarations.load()
    own = own_population(warehouse, known, declared)
    every = read_population(warehouse, loaded, known, declared)
    others = {each.company for each in every.achieved} - {each.company for each in own.achieved}
    assert others == {f"CIK000200{company:04d}" for company in (0, 1, 32, 33)}
    assert every.name.endswith(" of 4 filers, the large ones")
    runs = {describe_run(known, "", population).run_id for population in (own, every)}
    assert len(runs) == 2


def test_base_rates_as_of_a_moment_are_of_what_was_known_then(loaded, warehouse, monkeypatch):
    """The filings begin in 2010, and the first growth over a year is known after that."""
    monkeypatch.setattr("orchestration.populations._least_revenue", lambda *_: 0.0)
    known, declared = read_today(warehouse), Declarations.load()
    past = replace(known, moment=datetime(2010, 1, 1, tzinfo=UTC))
    own = own_population(warehouse, past, declared)
    assert read_population(warehouse, loaded, past, declared) == own


# What is done again, and what is not


def test_the_same_files_again_change_nothing(settings, bulk):
    before = {part.name: (part.digest, part.directory.stat().st_mtime) for part in lake(settings)}
    for piece in pieces_of([bulk]):
        again = load_piece(settings, REGISTRY, piece)
        assert (again.made, again.kept) == (0, 1)
    after = {part.name: (part.digest, part.directory.stat().st_mtime) for part in lake(settings)}
    assert before == after
    published = settings.universe_path.stat().st_mtime
    assert not any(change.is_changed for change in derive(settings))
    assert settings.universe_path.stat().st_mtime == published


def lake(settings):
    return Lake(settings.universe_dir / "lake").parts()


@pytest.mark.slow
def test_one_filing_moves_its_filer_alone_and_as_a_whole_build_would(
    settings, universe, bulk, tmp_path
):
    """A document of one company: the others' rows stay, and all are as if built from nothing."""
    write_filings(universe, universe.quarters()[-1], [32], tmp_path / "edgar")
    for piece in pieces_of([tmp_path / "edgar"]):
        assert load_piece(settings, REGISTRY, piece).made == 1
    changes = derive(settings)
    assert [(c.bucket, c.ciks) for c in changes if c.is_changed] == [(0, ("0002000032",))]
    found = rows(
        settings,
        "select max(fiscal_quarter) as quarter, max_by(evidence, fiscal_quarter) as evidence,"
        " cik from marts.fct_universe_margins where cik in ('0002000000', '0002000032')"
        " group by cik order by cik",
    )
    assert found[0]["evidence"] == "data_set"
    assert found[0]["quarter"] < found[1]["quarter"]
    step_by_step = {mart: kept_rows(settings, 0, mart) for mart in KEPT}
    served = sorted(map(repr, rows(settings, "from marts.fct_company_margins_history")))
    shutil.rmtree(settings.universe_dir / "marts")
    derive(settings)
    assert step_by_step == {mart: kept_rows(settings, 0, mart) for mart in KEPT}
    assert served == sorted(map(repr, rows(settings, "from marts.fct_company_margins_history")))


def test_a_document_that_comes_later_makes_its_part_anew(settings, universe, tmp_path):
    """A filing without its document is asked for again; each state of it is a state of its own."""
    quarter = universe.quarters()[-1]
    (path,) = write_filings(universe, quarter, [32], tmp_path / "edgar")
    (piece,) = pieces_of([tmp_path / "edgar"])
    content = path.read_bytes()
    path.unlink()
    assert (
        load_piece(settings, REGISTRY, piece).made,
        load_piece(settings, REGISTRY, piece).made,
    ) == (1, 0)
    path.write_bytes(content)
    loaded = load_piece(settings, REGISTRY, piece)
    assert (loaded.made, loaded.facts > 0) == (1, True)
    assert load_piece(settings, REGISTRY, piece).kept == 1


def test_documents_overrule_the_data_set_of_the_same_filing(settings, universe, tmp_path):
    """What the document does not state is not taken from the data set either."""
    (path,) = write_filings(universe, universe.quarters()[-2], [33], tmp_path / "edgar")
    folder = path.parent.name
    number = f"{folder[:10]}-{folder[10:12]}-{folder[12:]}"
    assert evidence_of(settings, "net_income", number) == {"data_set"}
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("us-gaap:NetIncomeLoss", "us-gaap:NetIncomeLost"))
    for piece in pieces_of([tmp_path / "edgar"]):
        load_piece(settings, REGISTRY, piece)
    derive(settings)
    assert evidence_of(settings, "net_income", number) == set()
    assert evidence_of(settings, "operating_income", number) == {"xbrl"}


@pytest.mark.slow
def test_documents_alone_are_a_universe(universe, tmp_path):
    """Buckets nothing is loaded of are none, before and after."""
    settings = settings_in(tmp_path / "data")
    write_filings(universe, universe.quarters()[-2], [33], tmp_path / "edgar")
    for piece in pieces_of([tmp_path / "edgar"]):
        load_piece(settings, REGISTRY, piece)
    for was_changed in (True, False):
        changes = list(build_buckets(settings, range(BUCKETS)))
        assert [change.bucket for change in changes if change.is_changed] == [1] * was_changed
        publish_universe(settings, REGISTRY, changes)
    assert rows(settings, "select cik from marts.dim_company") == [{"cik": "0002000033"}]


@pytest.mark.slow
def test_years_of_weeks_have_the_same_quarters(universe, tmp_path):
    """Quarters end on Saturdays, some in the month after the one they are named by."""
    company = next(each for each in range(COMPANIES) if counts_weeks(each))
    settings = settings_in(tmp_path / "data")
    for quarter in universe.quarters()[-6:]:
        write_filings(universe, quarter, [company], tmp_path / "edgar")
    for piece in pieces_of([tmp_path / "edgar"]):
        assert not load_piece(settings, REGISTRY, piece).failure
    publish_universe(settings, REGISTRY, list(build_buckets(settings, range(BUCKETS))))
    told = rows(
        settings,
        "select fiscal_quarter, ttm_revenue_usd, period_end from marts.fct_company_margins_history"
        " where version_number = 1 and ttm_revenue_usd is not null order by period_end",
    )
    assert len(told) >= 5
    assert {row["period_end"].weekday() for row in told} == {SATURDAY}
    for row in told:
        middle = row["period_end"] - timedelta(days=45)
        place = 4 * middle.year + (middle.month - 1) // 3 - 4 * 2010 + 4 * YEARS_BEFORE
        truth = universe.figures[0, company, place - 3 : place + 1].sum()
        assert float(row["ttm_revenue_usd"]) == pytest.approx(truth, rel=1e-9), row


def evidence_of(settings, metric, number):
    """The evidence of a metric's quarters and days that one filing alone states."""
    path = kept_file(settings.universe_dir / "marts", 1, "fct_metrics_history")
    with duckdb.connect() as connection:
        found = connection.execute(
            "select distinct evidence from read_parquet(?) where metric = ?"
            " and derivation = 'reported' and accession_numbers = [?]",
            [str(path), metric, number],
        ).fetchall()
    return {evidence for (evidence,) in found}


def test_a_load_that_is_killed_goes_on_with_what_is_unfinished(tmp_path, bulk):
    """Killed between two parts, the next load makes the others and no part twice."""
    settings = settings_in(tmp_path / "data")
    command = [sys.executable, "-c", CLI, "universe", "load", str(bulk)]
    environment = {**os.environ, "PLUMBLINE_DATA_DIR": str(settings.data_dir),
                   "PLUMBLINE_PROCESSES": "1"}  # fmt: skip
    process = subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while len(lake(settings)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, 9)
    process.wait()
    # Its workers may end a moment later: the claims they hold tell.
    while not all(is_free(settings, piece) for piece in pieces_of([bulk])):
        time.sleep(0.02)
    finished = {part.name: part.directory.stat().st_mtime for part in lake(settings)}
    assert 2 <= len(finished) < len(pieces_of([bulk]))
    made = [load_piece(settings, REGISTRY, piece).made for piece in pieces_of([bulk])]
    assert sum(made) == len(made) - len(finished)
    for part in lake(settings):
        if part.name in finished:
            assert part.directory.stat().st_mtime == finished[part.name]


def is_free(settings, piece):
    with Lake(settings.universe_dir / "lake").claimed(piece.name) as is_mine:
        return is_mine


@pytest.mark.slow
def test_work_another_process_is_at_is_left_to_it(settings, bulk):
    (piece, *_) = pieces_of([bulk])
    with Lake(settings.universe_dir / "lake").claimed(piece.name) as is_mine:
        assert is_mine
        assert load_piece(settings, REGISTRY, piece).is_taken
    with (
        Lake(settings.universe_dir / "lake").claimed("publication"),
        pytest.raises(BuildLockedError),
    ):
        publish_universe(settings, REGISTRY)
    with (
        Lake(settings.universe_dir / "lake").claimed("bucket-00"),
        closing(BucketBuilder(settings, REGISTRY)) as builder,
    ):
        assert builder.build(0).is_taken


@pytest.mark.slow
def test_buckets_derived_before_a_kill_are_published_the_next_time(settings, universe, tmp_path):
    """Killed between deriving and publishing, the next build publishes though nothing changed."""
    write_filings(universe, universe.quarters()[-1], [32], tmp_path / "edgar")
    for piece in pieces_of([tmp_path / "edgar"]):
        load_piece(settings, REGISTRY, piece)
    with closing(BucketBuilder(settings, REGISTRY)) as builder:
        assert builder.build(0).is_changed
    before = settings.universe_path.stat().st_mtime_ns
    assert not any(change.is_changed for change in derive(settings))
    assert settings.universe_path.stat().st_mtime_ns > before
    newest = rows(
        settings,
        "select max(fiscal_quarter) as quarter from marts.fct_universe_margins"
        " where cik in ('0002000000', '0002000032') group by cik order by cik",
    )
    assert newest[0]["quarter"] < newest[1]["quarter"]


@pytest.mark.slow
def test_what_a_process_was_told_is_not_changed_by_deriving(settings, monkeypatch):
    """A run of Dagster, or a refresh after it in one process, builds where it was told to."""
    monkeypatch.setenv("PLUMBLINE_DUCKDB_THREADS", "7")
    monkeypatch.delenv("PLUMBLINE_BUILD_PATH", raising=False)
    before = dict(os.environ)
    shutil.rmtree(settings.universe_dir / "marts" / "bucket-00")
    derive(settings, buckets=(0,))
    assert dict(os.environ) == before


@pytest.mark.slow
def test_a_mart_of_a_bucket_that_is_gone_is_derived_anew_for_all_its_filers(settings):
    before = kept_rows(settings, 0, "dim_filing")
    kept_file(settings.universe_dir / "marts", 0, "dim_filing").unlink()
    (change,) = derive(settings, buckets=(0,))
    assert (change.is_changed, change.ciks) == (True, None)
    assert kept_rows(settings, 0, "dim_filing") == before


def test_other_models_derive_every_bucket_anew(settings, monkeypatch):
    with closing(BucketBuilder(settings, REGISTRY)) as builder:
        assert not builder.needs_work(0)
    monkeypatch.setattr("orchestration.universe.buckets.sources_digest", lambda: "others")
    with closing(BucketBuilder(settings, REGISTRY)) as builder:
        assert builder.needs_work(0)


# For another engine


@pytest.mark.slow
def test_the_raw_tables_of_all_filers_are_those_the_models_read(settings, tmp_path):
    raw = tmp_path / "raw"
    counts = write_raw_universe(settings, REGISTRY, raw)
    declared = yaml.safe_load((DBT_PROJECT_DIR / "models/staging/_sources.yml").read_text())
    read = {table["name"] for source in declared["sources"] for table in source["tables"]}
    assert {path.name for path in raw.iterdir()} == read
    with duckdb.connect() as connection:
        for table in read:
            files = [str(path) for path in (raw / table).iterdir()]
            found = connection.execute("select count(*) from read_parquet(?)", [files]).fetchone()
            assert found == (counts[table],)
        tables = ("registry_companies", "filings", "facts")
        held = [
            {cik for (cik,) in connection.execute(
                "select distinct cik from read_parquet(?)", [f"{raw}/{table}/*.parquet"]
            ).fetchall()}
            for table in tables
        ]  # fmt: skip
    everyone = {f"{2_000_000 + company:010d}" for company in range(COMPANIES)}
    assert held == [everyone, everyone, everyone]
    assert not list(settings.universe_dir.glob("tmp*"))


def test_a_directory_that_is_there_is_not_written_over(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(settings.data_dir))
    (tmp_path / "mine").mkdir()
    result = CliRunner().invoke(app, ["universe", "raw", str(tmp_path / "mine")])
    assert result.exit_code == 1
    assert "name a directory that is to be made" in result.output


# What goes wrong


@pytest.mark.slow
def test_a_damaged_file_stops_no_other_and_nothing_that_is_published(
    settings, bulk, tmp_path, monkeypatch
):
    damaged = tmp_path / "2013q1.zip"
    damaged.write_bytes((bulk / "later" / "2012q4.zip").read_bytes()[:5000])
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(settings.data_dir))
    published = settings.universe_path.read_bytes()
    result = CliRunner().invoke(
        app, ["universe", "load", str(damaged), str(bulk / "later" / "2012q4.zip")]
    )
    assert result.exit_code == 1
    assert "fetch it again from the SEC" in result.output
    assert settings.universe_path.read_bytes() == published


def test_a_file_of_another_name_stops_no_other(bulk, tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "given").mkdir()
    for name in ("2010q1.zip", "2010q1 (1).zip"):
        shutil.copy(bulk / "2010q1.zip", tmp_path / "given" / name)
    result = CliRunner().invoke(app, ["universe", "load", str(tmp_path / "given")])
    assert result.exit_code == 1
    assert "2010q1 (1).zip: the name says nothing" in " ".join(result.output.split())
    assert "1 parts made" in result.output


def test_a_filing_that_no_list_names_is_a_reject(universe, tmp_path):
    settings = settings_in(tmp_path / "data")
    (path,) = write_filings(universe, universe.quarters()[-1], [33], tmp_path / "edgar")
    stray = path.parent.with_name("000200003312000099")
    shutil.copytree(path.parent, stray)
    told = [load_piece(settings, REGISTRY, piece) for piece in pieces_of([tmp_path / "edgar"])]
    assert [loaded.rejects for loaded in told] == [1]
    (part,) = Lake(settings.universe_dir / "lake").parts_named("document-0002000033-untold")
    with duckdb.connect() as connection:
        files = [str(file) for file in part.files("rejects")]
        (reject,) = connection.execute("select file from read_parquet(?)", [files]).fetchall()
    assert reject[0].endswith(stray.name)


@pytest.mark.slow
def test_processes_end_with_the_one_that_started_them(tmp_path, bulk):
    """Nobody is told that it ended, and what it asked for is nobody's any more."""
    settings = settings_in(tmp_path / "data")
    command = [sys.executable, "-c", CLI, "universe", "load", str(bulk)]
    environment = {**os.environ, "PLUMBLINE_DATA_DIR": str(settings.data_dir),
                   "PLUMBLINE_PROCESSES": "2"}  # fmt: skip
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not lake(settings) and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = [
        Path(f"/proc/{child}")
        for task in Path(f"/proc/{process.pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    assert len(workers) >= 2
    process.terminate()
    process.wait()
    while (alive := list(filter(is_running, workers))) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert alive == []


def is_running(process):
    try:
        return "\nState:\tZ" not in (process / "status").read_text()
    except OSError:
        return False


def test_what_is_no_bulk_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "notes.zip").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    for name, says in (
        ("notes.zip", "the name says nothing"),
        ("empty", "holds no zip of the SEC"),
        ("missing", "is not there"),
    ):
        result = CliRunner().invoke(app, ["universe", "load", str(tmp_path / name)])
        assert result.exit_code == 1
        assert says in result.output


def test_a_universe_that_is_not_there_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path / "data"))
    result = CliRunner().invoke(app, ["universe", "status"])
    assert result.exit_code == 4
    result = CliRunner().invoke(app, ["universe", "build"])
    assert result.exit_code == 1
    assert "nothing is loaded" in result.output


def test_status_says_what_there_is(loaded, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(loaded.data_dir))
    result = CliRunner().invoke(app, ["universe", "status"])
    assert result.exit_code == 0
    assert "data_set, parts" in result.output


def test_extracts_alone_are_not_published_and_the_reason_is_said(tmp_path, monkeypatch):
    """They do not tell when a fiscal year ends."""
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path / "data"))
    stated = {"start": "2024-01-01", "end": "2024-12-31", "val": 1, "accn": "0000000033-25-000004",
              "form": "10-K", "filed": "2025-02-07", "fy": 2024, "fp": "FY"}  # fmt: skip
    extract = {"cik": 33, "entityName": "A FILER",
               "facts": {"us-gaap": {"Revenues": {"units": {"USD": [stated]}}}}}  # fmt: skip
    with zipfile.ZipFile(tmp_path / "companyfacts.zip", "w") as archive:
        archive.writestr("CIK0000000033.json", json.dumps(extract))
    for arguments, code in ((["load", str(tmp_path / "companyfacts.zip")], 0), (["build"], 1)):
        result = CliRunner().invoke(app, ["universe", *arguments])
        assert result.exit_code == code
    assert "load submissions.zip" in " ".join(result.output.split())


# In Dagster


@pytest.mark.slow
def test_partitions_are_pieces_of_work(tmp_path, bulk):
    """A quarter loaded, a bucket derived and the marts published, each by its asset."""
    settings = settings_in(tmp_path / "data")
    (settings.universe_dir / "bulk").mkdir(parents=True)
    shutil.copy(bulk / "2010q1.zip", settings.universe_dir / "bulk")
    assets = build_universe_assets(Project(settings, REGISTRY, judge_here))
    for key, partition in ((DATA_SETS, "2010q1"), (LISTS, "00"), (FILERS, "00"), (MARTS, None)):
        result = materialize(assets, partition_key=partition, selection=[key])
        assert result.success
    (row,) = rows(settings, "select count(*) as filers from marts.dim_company")
    assert row["filers"] == 2


def test_a_piece_another_run_is_at_is_no_success(settings, bulk):
    """Whoever asked would begin what rests on it, and the other may yet fail."""
    (settings.universe_dir / "bulk").mkdir(exist_ok=True)
    shutil.copy(bulk / "2010q1.zip", settings.universe_dir / "bulk")
    assets = build_universe_assets(Project(settings, REGISTRY, judge_here))
    with Lake(settings.universe_dir / "lake").claimed("data_set-2010q1"):
        result = materialize(
            assets, partition_key="2010q1", selection=[DATA_SETS], raise_on_error=False
        )
    assert not result.success


def test_a_quarter_nobody_can_fetch_fails_and_says_why(tmp_path):
    settings = settings_in(tmp_path / "data")
    assets = build_universe_assets(Project(settings, REGISTRY, judge_here))
    result = materialize(
        assets, partition_key="2010q1", selection=[DATA_SETS], raise_on_error=False
    )
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "SEC_USER_AGENT" in str(failure.event_specific_data)
