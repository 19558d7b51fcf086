"""Faults one by one, and the document that says what became of each."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.doctor import Finding, examine
from orchestration.run_records import last_run, outcome_of
from orchestration.versions import is_published_by
from tests.support.edgar_server import EdgarServer
from tests.support.fault_lab import Lab, Outcome, Strike, small_disk
from tests.support.snapshot_edgar import SnapshotEdgar, write_snapshot_edgar

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "fault-matrix.md"
COLUMNS = ("stage", "fault", "the run", "published", "what is said", "healed by")
PUBLISHED_AT = datetime(2026, 8, 9, 12, tzinfo=UTC)
NOW = datetime(2026, 8, 11, 12, tzinfo=UTC)
LONGEST_SAID = 220

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Fault:
    """One fault: where it strikes, what it is, and what a person must be told.

    Where nothing is told, the run must end well all the same. The fault is laid before the run, or
    strikes in it; `clear` takes away what only a person or time can. With `is_repaired` the doctor
    is asked to mend before the run that heals. Readers may fail only where the fault
    `damages_published`.
    """

    stage: str
    name: str
    says: str
    strike: Strike | None = None
    lay: Callable[["Bench"], None] | None = None
    clear: Callable[["Bench"], None] | None = None
    changes: Callable[["Bench"], dict[str, Any]] = lambda _: {}
    is_repaired: bool = False
    damages_published: bool = False

    @property
    def id(self) -> str:
        """For pytest."""
        return f"{self.stage}: {self.name}"


@dataclass
class Bench:
    """The lab, its EDGAR, its state before the new filing and what should be published after it."""

    lab: Lab
    edgar: SnapshotEdgar
    server: EdgarServer
    saved: Path
    before: Rows
    after: Rows

    def doctor(self) -> list[Finding]:
        """What is wrong by what the doctor says."""
        return [finding for finding in examine(self.lab.settings) if not finding.is_note]


@dataclass(frozen=True)
class Line:
    """A line of the matrix."""

    stage: str
    fault: str
    run: str
    published: str
    said: str
    healed_by: str


@contextmanager
def bench(directory: Path) -> Iterator[Bench]:
    """A published warehouse of the filings until August 2026, and one filing that came since."""
    edgar = write_snapshot_edgar(directory / "edgar")
    edgar.publish_until(PUBLISHED_AT)
    with small_disk(directory / "disk") as disk, EdgarServer(edgar.directory) as server:
        (disk / "data").mkdir()
        lab = Lab(disk, server, NOW, is_short=True)
        for moment in (PUBLISHED_AT, PUBLISHED_AT + timedelta(hours=1)):
            outcome = lab.refresh(now=moment)
            assert outcome.is_success, outcome
        before = lab.published()
        lab.save(directory / "saved")
        assert edgar.publish_until(NOW)
        assert lab.refresh().is_success
        after = lab.published()
        assert before is not None
        assert after is not None
        assert after != before
        yield Bench(lab, edgar, server, directory / "saved", before, after)


def try_fault(bench: Bench, fault: Fault) -> Line:
    """Let it happen, see that what is published is whole, and heal; AssertionError if it is not."""
    lab = bench.lab
    lab.restore(bench.saved)
    if fault.lay:
        fault.lay(bench)
    outcome = lab.refresh(fault.strike, **fault.changes(bench))
    bench.server.behave()
    lab.free_disk()
    said = _said(bench, outcome)
    assert re.search(fault.says, said) if fault.says else outcome.is_success, said
    published = _published(bench, fault)
    if fault.clear:
        fault.clear(bench)
    mended = [finding.mend() for finding in bench.doctor() if finding.mend and fault.is_repaired]
    assert bool(mended) == fault.is_repaired
    healed = lab.refresh()
    assert healed.is_success, healed.problems
    assert lab.published() == bench.after
    # What was damaged and is no longer published is told, and can be deleted.
    for finding in bench.doctor():
        assert finding.mend, finding
        finding.mend()
    assert bench.doctor() == []
    healed_by = "a person, then the next run" if fault.clear else "the next run"
    return Line(
        fault.stage,
        fault.name,
        _became(outcome),
        published,
        said,
        "plumbline doctor --repair, then the next run" if fault.is_repaired else healed_by,
    )


def _became(outcome: Outcome) -> str:
    if outcome.signal:
        return "was ended from outside"
    return "published" if outcome.is_success else "stopped"


def _published(bench: Bench, fault: Fault) -> str:
    """What readers see after the fault; AssertionError where that is half of anything."""
    try:
        found = bench.lab.published()
    except duckdb.Error:
        if not fault.damages_published:
            raise
        return "as it was damaged"
    if found is None:
        assert fault.damages_published, "what was published is gone"
        return "missing, as it was"
    if found == bench.before:
        return "unchanged"
    if found == bench.after:
        return "newer, whole"
    if fault.damages_published:
        return "as it was damaged"
    # The filing is listed, and was not read: no fact of it is there, every other one is.
    assert found["raw.facts"] == bench.before["raw.facts"]
    return "newer, the filing not read yet"


def _said(bench: Bench, outcome: Outcome) -> str:
    """What a person is told: by the run, or by the journal where the run could say nothing."""
    told = "; ".join([*outcome.problems, *outcome.damaged])
    if not told:
        record = last_run(bench.lab.settings.journal_path)
        settings = bench.lab.settings
        told = outcome_of(record, is_published_by(settings, record.run_id)) if record else ""
    return _without_particulars(bench, told)


def _without_particulars(bench: Bench, text: str) -> str:
    places = {
        str(bench.lab.settings.data_dir.resolve()): "data",
        str(bench.lab.settings.data_dir): "data",
        bench.server.url: "https://EDGAR",
    }
    for place, name in places.items():
        text = text.replace(place, name)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? UTC", "TIME", text)
    text = re.sub(r"[0-9a-f]{64}", "SHA256", text)
    text = re.sub(r"\d{8}T\d{6}Z-\w{8}", "VERSION", text)
    return " ".join(text.split())


def hold_to_the_document(title: str, lines: Sequence[Line], faults: Sequence[Fault]) -> None:
    """The document has a line of each fault, in order; those tried are written where asked for."""
    if os.environ.get("PLUMBLINE_WRITE_FAULT_MATRIX"):
        rows = {**_rows(title), **{(line.stage, line.fault): _row(line) for line in lines}}
        keys = [(fault.stage, fault.name) for fault in faults]
        _write(title, [rows[key] for key in keys if key in rows])
    if len(lines) < len(faults):
        pytest.skip("only a part of the faults was tried")
    assert list(_rows(title)) == [(line.stage, line.fault) for line in lines], "make fault-matrix"


def _row(line: Line) -> str:
    return "| " + " | ".join(_cell(value) for value in vars(line).values()) + " |"


def _cell(text: str) -> str:
    short = text if len(text) <= LONGEST_SAID else f"{text[:LONGEST_SAID].rsplit(' ', 1)[0]} …"
    return short.replace("|", "\\|").replace("<", "&lt;")


def _rows(title: str) -> dict[tuple[str, str], str]:
    """The lines that the document has under the title, by stage and fault."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(f"## {title}\n")
    table = rest.partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    return {tuple(row.removeprefix("| ").split(" | ")[:2]): row for row in rows}


def _write(title: str, rows: Sequence[str]) -> None:
    """Put a table into the document, in place of the one of that title."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(f"## {title}\n")
    _, found, after = rest.partition("\n## ")
    head = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    table = "\n".join([f"## {title}", "", *head, *rows, ""])
    DOCUMENT.write_text(
        before.rstrip("\n") + "\n\n" + table + (f"\n## {after}" if found else ""), encoding="utf-8"
    )
