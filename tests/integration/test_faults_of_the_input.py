"""EDGAR answers badly, files are not what they were, models and guards fail."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import Settings
from tests.support.edgar_server import THROTTLE_PAGE, UNDECLARED_PAGE
from tests.support.edgar_server import Fault as Answer
from tests.support.fault_lab import Moment, Strike, may_mount
from tests.support.fault_matrix import Bench, Fault, Line, bench, hold_to_the_document, try_fault
from tests.support.small_edgar import list_path

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not may_mount(), reason="the lab's disk takes a user who may mount"),
]

TITLE = "What comes from outside, and what lies on the disk"
META = "0001326801"
LIST = list_path(META)
NOWHERE = "http://127.0.0.1:9"


# EDGAR


def asked(name: str, pattern: str, answer: Answer, says: str) -> Fault:
    """EDGAR answers so, every time it is asked for what fits the pattern."""
    return Fault(
        "load_source", name, says, lay=lambda bench: bench.server.misbehave(pattern, answer)
    )


def down(bench: Bench) -> dict[str, Any]:
    from dataclasses import replace

    return {"edgar": replace(bench.lab.settings.edgar, data_url=NOWHERE, www_url=NOWHERE)}


def of_new(bench: Bench, part: str) -> str:
    """A path of the filing that came last."""
    filing = bench.edgar.listed[0]
    paths = {"index": filing.index_path, "header": filing.header_path,
             "document": filing.document_path.replace(".htm", "_htm.xml")}  # fmt: skip
    return paths[part]


def new_filing(name: str, part: str, answer: Answer, says: str) -> Fault:
    """EDGAR answers so for a file of the new filing."""
    return Fault(
        "load_source",
        name,
        says,
        lay=lambda bench: bench.server.misbehave(of_new(bench, part), answer),
    )


OF_EDGAR = [
    Fault("load_source", "EDGAR cannot be reached", "127.0.0.1:9.*again", changes=down),
    asked("every answer is 500", "*", Answer.status(500), "EDGAR.*500"),
    asked("every answer is 503", "*", Answer.status(503), "EDGAR.*503"),
    asked("429, and to come back in an hour", "*", Answer.too_many("3600"), "EDGAR.*429"),
    asked("the throttle page", "*", Answer.throttle_page(THROTTLE_PAGE), "throttled.*wait"),
    asked("the page for undeclared tools", "*", Answer.throttle_page(UNDECLARED_PAGE), "EDGAR"),
    asked("a web page in place of the list", LIST, Answer.error_page(), "CIK0001326801.json"),
    asked("half of the list", LIST, Answer.malformed(), "CIK0001326801.json"),
    asked("the list breaks off", LIST, Answer.truncated(), "CIK0001326801.json"),
    asked("a list longer than it says", LIST, Answer.wrong_length(), "CIK0001326801.json"),
    asked("the list comes byte by byte", LIST, Answer.drip(0.05), "CIK0001326801.json"),
    asked("the list is somewhere else", LIST, Answer.redirect("http://127.0.0.1:9/x"), "redirect"),
    asked("the list is gone", LIST, Answer.status(404), "CIK0001326801.json"),
    asked("no leave to read the list", LIST, Answer.status(403), "CIK0001326801.json"),
    asked("an empty list", LIST, Answer.status(200, b"{}"), "not the shape EDGAR documents"),
    new_filing("500 for the new filing's folder", "index", Answer.status(500), "index.json"),
    new_filing("nonsense for its folder", "index", Answer.malformed(), "index.json"),
    new_filing("500 for its document", "document", Answer.status(500), "_htm.xml"),
    new_filing("its document breaks off", "document", Answer.truncated(), "_htm.xml"),
]  # fmt: skip


# What lies on the disk


def published_file(bench: Bench) -> Path:
    return bench.lab.settings.warehouse_path.resolve()


def flip_a_byte(bench: Bench) -> None:
    content = bytearray(published_file(bench).read_bytes())
    content[len(content) // 2] ^= 0xFF
    published_file(bench).write_bytes(content)


def cut_in_half(bench: Bench) -> None:
    content = published_file(bench).read_bytes()
    published_file(bench).write_bytes(content[: len(content) // 2])


def empty(bench: Bench) -> None:
    published_file(bench).write_bytes(b"")


def delete(bench: Bench) -> None:
    published_file(bench).unlink()


def write_to_it(bench: Bench) -> None:
    with duckdb.connect(str(published_file(bench))) as connection:
        connection.execute("update raw.facts set value = value + 1")


def every_version(damage: Callable[[Bench], None]) -> Callable[[Bench], None]:
    def lay(bench: Bench) -> None:
        for path in bench.lab.settings.versions_dir.glob("*/warehouse.duckdb"):
            path.write_bytes(b"no database")
        damage(bench)

    return lay


def at(path: Callable[[Settings], Path], content: bytes | None) -> Callable[[Bench], None]:
    """Put this content at a place of the data directory."""

    def lay(bench: Bench) -> None:
        place = path(bench.lab.settings)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.chmod(0o644) if place.exists() else None
        place.write_bytes(content or b"")

    return lay


def landed(bench: Bench, name: str) -> list[Path]:
    import sqlite3
    from contextlib import closing

    directory = bench.lab.settings.landing_dir
    with closing(sqlite3.connect(directory / "manifest.sqlite")) as connection:
        rows = connection.execute(
            "select sha256 from fetches where url like ? order by fetch_id desc", [f"%{name}"]
        ).fetchall()
    return [directory / "files" / digest[:2] / digest for (digest,) in rows]


def damage_list(bench: Bench) -> None:
    path = landed(bench, "CIK0001018724.json")[0]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-10])


def lose_landed_files(bench: Bench) -> None:
    for path in landed(bench, ".json"):
        path.unlink(missing_ok=True)


def hold_the_lock(bench: Bench) -> None:
    from orchestration.build import _locks_held, lock_builds

    lock_builds(bench.lab.settings)
    assert _locks_held


def let_go(bench: Bench) -> None:
    from orchestration.build import _locks_held

    for path in [path for path in _locks_held if str(bench.lab.directory) in str(path)]:
        _locks_held.pop(path).close()


def damaged(name: str, says: str, lay: Callable[[Bench], None]) -> Fault:
    """What is published is damaged before the run."""
    return Fault("before", name, says, lay=lay, damages_published=True)


DAMAGED = "is not what was published"
OF_FILES = [
    damaged("a byte of the published warehouse is flipped", DAMAGED, flip_a_byte),
    damaged("the published warehouse is cut in half", DAMAGED, cut_in_half),
    damaged("the published warehouse is empty", DAMAGED, empty),
    damaged("the published warehouse is deleted", "is missing", delete),
    damaged("somebody wrote to the published warehouse", DAMAGED, write_to_it),
    damaged("every version is damaged", DAMAGED, every_version(empty)),
    Fault(
        "before", "an unfinished write to the published warehouse", "open and close.*or delete",
        lay=at(lambda s: s.warehouse_path.with_name("warehouse.duckdb.wal"), b"log"),
        is_repaired=True,
    ),
    Fault("load_source", "a landed list is damaged", "the next run fetches it", lay=damage_list),
    Fault("load_source", "landed lists are lost", "", lay=lose_landed_files),
    Fault(
        "load_source", "the manifest of what landed is damaged", "move the directory away",
        lay=at(lambda s: s.landing_dir / "manifest.sqlite", b"no database" * 500), is_repaired=True,
    ),
    Fault(
        "before", "Dagster's list of runs is damaged", "record of runs.*doctor --repair",
        lay=at(lambda s: s.dagster_home / "history" / "runs.db", b"no database" * 500),
        is_repaired=True,
    ),
    Fault(
        "before", "dbt's own state is damaged", "",
        lay=at(lambda s: s.dbt_target_dir / "partial_parse.msgpack", b"nonsense" * 500),
    ),
    Fault(
        "before", "the journal cannot be written", "",
        lay=lambda bench: (bench.lab.settings.journal_path.unlink(),
                           bench.lab.settings.journal_path.mkdir()),
        clear=lambda bench: bench.lab.settings.journal_path.rmdir(),
    ),
    Fault("before", "another refresh is at work", "another refresh is at work.*wait",
          lay=hold_the_lock, clear=let_go),
    Fault("before", "a lock is left of a process that is gone", "",
          lay=at(lambda s: s.data_dir / "refresh.lock", b'{"pid": 999999, "host": "gone"}')),
    Fault("before", "a build is left of a run that was killed", "",
          lay=at(lambda s: s.build_path, b"half a build")),
    Fault("before", "a build's note of whose it is is cut off", "",
          lay=at(lambda s: s.build_path.with_suffix(".run"), b'{"run_id": "')),
]  # fmt: skip


# The models and the guards


def change_build(sql: str, settings: Settings) -> None:
    """Change the build as the step begins."""
    with duckdb.connect(str(settings.build_path)) as connection:
        connection.execute(sql)


def built(sql: str) -> Callable[[Settings], None]:
    """That, as a strike can be sent to the process it strikes."""
    return partial(change_build, sql)


def lose_the_page(settings: Settings) -> None:
    """Between drawing it and publishing it."""
    settings.built_report_path.unlink()


def stop_the_engine(_settings: Settings) -> None:
    """Every expectation of the validation engine raises inside."""
    from great_expectations.execution_engine import PandasExecutionEngine

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the engine is broken")

    PandasExecutionEngine.get_domain_records = broken
    PandasExecutionEngine.get_compute_domain = broken


def judged(name: str, sql: str, says: str) -> Fault:
    """Rows are changed before they are judged."""
    return Fault("judge_raw_tables", name, says, Strike(built(sql), Moment("judge_raw_tables")))


def modelled(name: str, sql: str, says: str) -> Fault:
    """Rows are changed after they were judged, before the models are built."""
    return Fault("build_models", name, says, Strike(built(sql), Moment("build_models")))


OF_MODELS = [
    Fault(
        "judge_raw_tables", "the validation engine fails", "engine",
        Strike(stop_the_engine, Moment("judge_raw_tables")),
    ),
    judged("a filing is there twice", "insert into raw.filings select * from raw.filings limit 1",
           "filings_are_unique"),
    judged("half of the filings are gone",
           "delete from raw.filings where hash(accession_number) % 2 = 0", "raw.filings|raw.facts"),
    modelled("a raw table is missing", "drop table raw.prices", "dbt node"),
    modelled("a raw column has another name",
             "alter table raw.facts rename column value to amount", "dbt node.*value"),
    modelled("a sign is flipped",
             "update raw.facts set value = -value where concept = 'us-gaap:OperatingIncomeLoss'"
             " and dimensions like '%AmazonWebServices%' and period_end = '2026-06-30'",
             "identit"),
    modelled("a key that must be there is null", "update raw.filings set known_from = null",
             "would be gone.*see"),
    Fault("value_scenarios", "the marts are gone", "fct_valuation_inputs",
          Strike(built("drop schema marts cascade"), Moment("value_scenarios"))),
    Fault("draw_report", "the results are gone", "scenarios",
          Strike(built("drop schema valuation cascade"), Moment("draw_report"))),
    Fault("publish_warehouse", "the page is gone", "report.html is missing",
          Strike(lose_the_page, Moment("publish_warehouse"))),
    Fault("publish_warehouse", "nobody judged the rows", "guards held",
          Strike(built("delete from quality.validation_results"), Moment("publish_warehouse"))),
]  # fmt: skip

FAULTS = [*OF_EDGAR, *OF_FILES, *OF_MODELS]
LINES: list[Line] = []


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory):
    with bench(tmp_path_factory.mktemp("inputs")) as prepared:
        yield prepared


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_what_is_published_stays_whole_and_the_next_run_heals(inputs: Bench, fault: Fault):
    LINES.append(try_fault(inputs, fault))


def test_the_matrix_is_written_down():
    hold_to_the_document(TITLE, LINES, FAULTS)
