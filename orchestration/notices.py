"""What people are told, and where: a run failed, a filing was published, a thesis changed.

Belongs here: what is worth a notice, how often, sending it. Does not belong here: what starts or
stops a run. A notice never stops anything: one that cannot be sent is written to the log.

Notices of a publication are sent at the end of the publishing step, so that a refresh from cron
sends them as one from the UI does. Notices of failed runs are sent by a sensor of the UI's daemon;
cron sends what a failing command prints.

The addresses (`PLUMBLINE_NOTIFY`) hold secrets. They are in no log, message, run or error: an
address is named by its place and its scheme.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import polars as pl
from filelock import FileLock

from ingest.edgar.schema import READ
from orchestration.build import BuildError, connect
from orchestration.settings import Settings

# A value that moves by less than this share of itself is no news: every filing moves it a little.
VALUE_MOVES_BY_RATIO = 0.05
# The same cause is told again after a day, with how often it came meanwhile.
SAME_CAUSE_AFTER = timedelta(hours=24)
CAUSES_KEPT_FOR = timedelta(days=30)
SEND_SECONDS = 20
LONGEST_CAUSE = 1500
NO_FIGURE = "no value"
TALKATIVE = ("apprise", "requests", "urllib3")

FILINGS_SQL = """
select
    accession_number, ticker, form, cast(period_of_report as varchar) as period, read_status
from marts.dim_filing where withdrawn_at is null
"""
VERDICTS_SQL = """
select thesis, claim, fiscal_quarter, period_end, verdict from marts.fct_thesis_signals
qualify row_number() over (partition by thesis, claim order by period_end desc) = 1
"""
VALUES_SQL = """
select ticker, scenario, value_per_share_usd from valuation.scenarios where is_current
"""


@dataclass(frozen=True)
class Notice:
    """One message: a line that says what happened, and what there is to know of it."""

    title: str
    body: str


@dataclass(frozen=True)
class Notable:
    """What of a warehouse is worth a notice when it changes.

    `filings` has accession_number, ticker, form, period and read_status; `verdicts` the newest of
    each leg of a thesis: thesis, claim, fiscal_quarter, verdict; `values` ticker, scenario and
    value_per_share_usd.
    """

    filings: pl.DataFrame
    verdicts: pl.DataFrame
    values: pl.DataFrame


class Channel:
    """The addresses notices are sent to; none of them means the log alone."""

    def __init__(self, addresses: Sequence[str], log: logging.Logger) -> None:
        self._addresses = addresses
        self._log = log

    def send(self, notice: Notice) -> bool:
        """Log a notice and send it to every address; whether any took it, if there are any.

        Raises nothing: what fails is logged.
        """
        self._log.info(f"notice: {notice.title}\n{notice.body}")
        taken = 0
        for place, address in enumerate(self._addresses, start=1):
            if problem := _sent(address, notice):
                shown = f"address {place} of PLUMBLINE_NOTIFY ({_scheme(address)})"
                self._log.warning(f"{shown}: {problem}; the notice is in this log")
            else:
                taken += 1
        return taken > 0 or not self._addresses

    def send_all(self, notices: Sequence[Notice]) -> None:
        """Send several."""
        for notice in notices:
            self.send(notice)


def read_notable(connection: duckdb.DuckDBPyConnection) -> Notable:
    """What of a warehouse is worth a notice when it changes."""
    queries = (FILINGS_SQL, VERDICTS_SQL, VALUES_SQL)
    return Notable(*(connection.sql(query).pl() for query in queries))


def notices_of(
    before: Notable, after: Notable, least_share: float = VALUE_MOVES_BY_RATIO
) -> list[Notice]:
    """What to tell of a publication: its filings, and what of a thesis became different."""
    values = _changed_values(before.values, after.values)
    filings = after.filings.join(before.filings, on="accession_number", how="anti")
    told: list[Notice] = []
    if not filings.is_empty():
        lines = [
            f"{ticker or 'unknown'} {form} for {period}, {number}"
            + ("" if status in READ else f" (not read: {status})")
            for number, ticker, form, period, status in filings.sort("accession_number").rows()
        ]
        moved = [_value_line(*row) for row in values] or ["no scenario has another value"]
        title = f"published: {len(lines)} new filing{'s' if len(lines) > 1 else ''}"
        told.append(Notice(title, "\n".join([*lines, *moved])))
    changes = [
        *_changed_verdicts(before.verdicts, after.verdicts),
        *(_value_line(*row) for row in values if _moves(row[2], row[3], least_share)),
    ]
    if changes:
        told.append(Notice("thesis changed", "\n".join(changes)))
    return told


def news_of(
    connection: duckdb.DuckDBPyConnection, published: Settings, log: logging.Logger
) -> list[Notice]:
    """What to tell of a finished build, held against what it is about to replace.

    Nothing of a first publication, nor of one as of the past; nor, said in the log, where the two
    cannot be compared: a notice never stops a publication.
    """
    if published.as_of is not None or not published.warehouse_path.exists():
        return []
    try:
        with connect(published.warehouse_path, published, read_only=True) as replaced:
            return notices_of(read_notable(replaced), read_notable(connection))
    except (duckdb.Error, pl.exceptions.PolarsError, BuildError) as error:
        log.warning(f"what changed cannot be told: {error}")
        return []


@dataclass(frozen=True)
class Told:
    """When a cause was told last, when it last came, and how often since it was told."""

    told_at: datetime
    last_at: datetime
    untold: int = 0


def decide_failure(
    told: Mapping[str, Told], cause: str, now: datetime
) -> tuple[int | None, dict[str, Told]]:
    """How many failures of this cause to tell of now, None for no notice, and what is told then.

    Causes that differ in numbers alone (counts, times, ports) are one.
    """
    key = cause_key(cause)
    kept = {name: each for name, each in told.items() if now - each.last_at <= CAUSES_KEPT_FOR}
    before = kept.get(key)
    if before and now - before.told_at < SAME_CAUSE_AFTER:
        return None, {**kept, key: Told(before.told_at, now, before.untold + 1)}
    return 1 + (before.untold if before else 0), {**kept, key: Told(now, now)}


def cause_key(cause: str) -> str:
    """The name of a cause, whatever numbers it was told with."""
    return sha256(re.sub(r"\d+", "#", cause).encode()).hexdigest()[:16]


def tell_failure(settings: Settings, channel: Channel, job: str, run_id: str, cause: str) -> None:
    """Send a notice of a failed run, unless its cause was told a short time ago.

    One that no address took was not told: the next failure of that cause is told again.
    """
    with _told_causes(settings.data_dir / "notices.json") as told:
        count, after = decide_failure(told, cause, datetime.now(UTC))
        if count is None or channel.send(_of_failure(job, run_id, cause, count)):
            told.clear()
            told.update(after)


def _of_failure(job: str, run_id: str, cause: str, count: int) -> Notice:
    times = f", {count} times since it was told last" if count > 1 else ""
    body = f"{cause[:LONGEST_CAUSE]}\nrun {run_id}; what was published before stays published"
    return Notice(f"{job} failed{times}", body)


def _changed_verdicts(before: pl.DataFrame, after: pl.DataFrame) -> list[str]:
    both = after.join(before, on=["thesis", "claim"], how="left", suffix="_before")
    changed = both.filter(pl.col("verdict").ne_missing(pl.col("verdict_before")))
    return [
        f"{row['thesis']}, {row['claim']}: {row['verdict_before'] or 'no verdict'}"
        f" -> {row['verdict']} ({row['fiscal_quarter']})"
        for row in changed.sort("thesis", "claim").iter_rows(named=True)
    ]


def _changed_values(
    before: pl.DataFrame, after: pl.DataFrame
) -> list[tuple[str, str, float | None, float | None]]:
    """Ticker, scenario, US dollars a share before and after, where the two differ."""
    key = ["ticker", "scenario"]
    both = after.join(before, on=key, how="full", coalesce=True, suffix="_before").sort(key)
    rows = both.select(*key, "value_per_share_usd_before", "value_per_share_usd").rows()
    return [row for row in rows if row[2] != row[3]]


def _moves(before: float | None, after: float | None, least_share: float) -> bool:
    if not before or after is None:
        return before != after
    return abs(after - before) / abs(before) > least_share


def _value_line(ticker: str, scenario: str, before: float | None, after: float | None) -> str:
    shown = [NO_FIGURE if usd is None else f"${usd:,.2f}" for usd in (before, after)]
    return f"{ticker} {scenario}: {shown[0]} -> {shown[1]} a share"


def _sent(address: str, notice: Notice) -> str | None:
    """Send to one address; what went wrong, without a word of the address."""
    # Half a second to import, for those who are told something.
    import apprise

    # Their lines quote hosts, users and paths of the addresses.
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        target = apprise.Apprise()
        if not target.add(address):
            return "is none that apprise understands"
        is_sent = bool(target.notify(title=notice.title, body=notice.body, timeout=SEND_SECONDS))
    except Exception as error:
        # Whatever a plugin raises may quote the address.
        return f"failed with {type(error).__name__}"
    return None if is_sent else "was not reached, or refused the notice"


def _scheme(address: str) -> str:
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        scheme = ""
    return f"{scheme}://…" if scheme else "no scheme"


@contextmanager
def _told_causes(path: Path) -> Iterator[dict[str, Told]]:
    """What was told, to be changed in place; nothing where it cannot be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock"), timeout=SEND_SECONDS):
        told = _read_told(path)
        yield told
        partial = path.with_suffix(".new")
        partial.write_text(
            json.dumps({key: asdict(each) for key, each in told.items()}, default=str)
        )
        partial.replace(path)


def _read_told(path: Path) -> dict[str, Told]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            key: Told(
                datetime.fromisoformat(each["told_at"]),
                datetime.fromisoformat(each["last_at"]),
                int(each["untold"]),
            )
            for key, each in content.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
