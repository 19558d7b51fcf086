"""Where things are and how much the process may take; every value can be set in the environment."""

import json
import os
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from ingest.snapshot.client import SNAPSHOT_DIR
from orchestration.variables import given

PROJECT_ROOT = Path(__file__).resolve().parents[1]
DBT_PROJECT_DIR = PROJECT_ROOT / "dbt"

DAGSTER_INSTANCE_YAML = """\
telemetry:
  enabled: false
event_log_storage:
  module: orchestration.event_store
  class: QuickSqliteEventLogStorage
  config:
    base_dir: {events}
# Every event is in the UI and the steps are in the journal: the terminal needs no line for each.
python_logs:
  python_log_level: INFO
  dagster_handler_config:
    handlers:
      journal:
        class: orchestration.journal.JournalHandler
        filename: {journal}
# Two at once, for two cores; refreshes one after another, since each works on what is published.
concurrency:
  runs:
    max_concurrent_runs: 2
    tag_concurrency_limits:
      - key: plumbline/refresh
        limit: 1
# A run that never starts, or goes on after every wait and retry there is, is ended: nothing else
# would let the next one begin. Whether its process lives is asked in `automation`: the launcher of
# local processes cannot say so.
run_monitoring:
  enabled: true
  start_timeout_seconds: 600
  max_runtime_seconds: 43200
  max_resume_run_attempts: 0
# A run whose process was ended from outside begins once more. What fails by itself does not: steps
# are tried again by the kind of their error, in `retries`.
run_retries:
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false
retention:
  sensor:
    purge_after_days: {{skipped: 2, failure: 30, success: 30, started: 30}}
  schedule:
    purge_after_days: {{skipped: 2, failure: 30, success: 30, started: 30}}
"""


MOMENT_FORM = "write it as 2024-10-31T18:00:00-04:00"


class SettingsError(Exception):
    """A setting in the environment cannot be used: names it and what it must be."""


class SourceKind(StrEnum):
    """Where filings come from: the embedded figures, EDGAR, or a directory in EDGAR's layout."""

    SNAPSHOT = "snapshot"
    EDGAR = "edgar"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Source:
    """Where filings come from; `directory` is the archive's."""

    kind: SourceKind = SourceKind.SNAPSHOT
    directory: Path | None = None

    @property
    def is_partial(self) -> bool:
        """Whether the source may hold a part of the filings only."""
        return self.kind is SourceKind.ARCHIVE

    @property
    def name(self) -> str:
        """What its rows are marked with; archives apart, since one may differ from another."""
        if not self.directory:
            return str(self.kind)
        path = str(self.directory.resolve())
        return f"{self.kind}-{sha256(path.encode()).hexdigest()[:12]}"

    def __str__(self) -> str:
        """As it is written on the command line."""
        return f"{self.kind}:{self.directory}" if self.directory else str(self.kind)


@dataclass(frozen=True)
class EdgarAccess:
    """How EDGAR is asked: as whom, how often, and where if not at the SEC itself."""

    identity: str = ""
    requests_per_second: float = 5.0
    limit_state_path: Path | None = None
    data_url: str | None = None
    www_url: str | None = None


@dataclass(frozen=True)
class Settings:
    """Paths and limits of one installation.

    `memory_limit` bounds DuckDB, as it writes sizes ("1GB"); `threads` bounds its parallelism, and
    `processes` is how many do work that comes in pieces, with one thread each.
    What is published is of now, or as it was known at a moment: `as_of`, in UTC. With
    `allows_private_hosts` articles may come from servers inside the network. `versions_kept` counts
    published versions, the current one among them. `notify` are addresses of apprise, which hold
    secrets.
    """

    data_dir: Path
    snapshot_dir: Path
    memory_limit: str
    threads: int
    processes: int = 1
    source: Source = Source()
    edgar: EdgarAccess = EdgarAccess()
    as_of: datetime | None = None
    extractor: str = ""
    allows_private_hosts: bool = False
    versions_kept: int = 5
    notify: tuple[str, ...] = field(default=(), repr=False)

    def known_at(self, moment: datetime | None) -> "Settings":
        """The same installation, publishing what was known at the moment; None for now."""
        return replace(self, as_of=moment)

    @property
    def published_dir(self) -> Path:
        """Where finished warehouses are put: one as of a past moment never replaces today's."""
        if self.as_of is None:
            return self.data_dir
        moment = self.as_of.astimezone(UTC)
        return self.data_dir / "as_of" / moment.isoformat().replace(":", "").replace("+0000", "Z")

    @property
    def landing_dir(self) -> Path:
        """Where fetched files are kept."""
        return self.data_dir / "landing" / self.source.name

    @property
    def articles_dir(self) -> Path:
        """What is followed of articles and feeds, wherever filings come from."""
        return self.data_dir / "articles"

    @property
    def warehouse_path(self) -> Path:
        """The published warehouse."""
        return self.published_dir / "warehouse.duckdb"

    @property
    def report_path(self) -> Path:
        """The published report, about the first thesis."""
        return self.published_dir / "report.html"

    def report_path_of(self, thesis: str, theses: Sequence[str]) -> Path:
        """The published page of one of the theses, which are in the order they were told."""
        place = list(theses).index(thesis)
        return self.published_dir / self.built_report_paths(theses)[place].name

    @property
    def versions_dir(self) -> Path:
        """Where published versions are kept."""
        return self.published_dir / "versions"

    @property
    def current_link(self) -> Path:
        """What leads to the version that is published."""
        return self.published_dir / "current"

    @property
    def hold_path(self) -> Path:
        """What says that nothing is refreshed by itself; there after a rollback."""
        return self.data_dir / "hold.json"

    @property
    def journal_path(self) -> Path:
        """What runs did, one JSON line each."""
        return self.data_dir / "log" / "plumbline.jsonl"

    @property
    def build_path(self) -> Path:
        """The warehouse being built, private to one run at a time."""
        return self.data_dir / "build" / "warehouse.duckdb"

    @property
    def built_report_path(self) -> Path:
        """The report of the warehouse being built."""
        return self.data_dir / "build" / "report.html"

    def built_report_paths(self, theses: Iterable[str]) -> list[Path]:
        """The pages being built, of each thesis; the first is the report."""
        others = [self.built_report_path.with_stem(f"report-{thesis}") for thesis in theses]
        return [self.built_report_path, *others[1:]]

    @property
    def universe_dir(self) -> Path:
        """The lake of all filers, and what is derived of it."""
        return self.data_dir / "universe"

    @property
    def universe_path(self) -> Path:
        """The published marts of all filers."""
        return self.universe_dir / "universe.duckdb"

    @property
    def dbt_target_dir(self) -> Path:
        """What dbt parses and compiles into."""
        return self.data_dir / "dbt"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own state: runs, events, schedules."""
        return self.data_dir / "dagster"


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the declared `variables`; relative paths are taken from the project's root.

    Raises SettingsError for a value that cannot be used.
    """
    return Settings(
        data_dir=_data_dir(given(environment, "PLUMBLINE_DATA_DIR")),
        snapshot_dir=PROJECT_ROOT / (environment.get("PLUMBLINE_SNAPSHOT_DIR") or SNAPSHOT_DIR),
        memory_limit=given(environment, "PLUMBLINE_DUCKDB_MEMORY_LIMIT"),
        threads=_positive(environment, "PLUMBLINE_DUCKDB_THREADS"),
        processes=_processes(environment),
        versions_kept=_positive(environment, "PLUMBLINE_VERSIONS_KEPT"),
        extractor=given(environment, "PLUMBLINE_EXTRACTOR"),
        notify=tuple(given(environment, "PLUMBLINE_NOTIFY").split()),
        source=parse_source(given(environment, "PLUMBLINE_SOURCE")),
        edgar=EdgarAccess(
            identity=given(environment, "SEC_USER_AGENT"),
            requests_per_second=_rate(environment, "PLUMBLINE_REQUESTS_PER_SECOND"),
            limit_state_path=_path(environment.get("PLUMBLINE_REQUEST_TIMES")),
            data_url=environment.get("PLUMBLINE_EDGAR_DATA_URL"),
            www_url=environment.get("PLUMBLINE_EDGAR_WWW_URL"),
        ),
        allows_private_hosts=_yes(environment, "PLUMBLINE_ALLOW_PRIVATE_HOSTS"),
    )


def _data_dir(text: str) -> Path:
    path = PROJECT_ROOT / text
    if path.resolve() in (PROJECT_ROOT, DBT_PROJECT_DIR):
        raise SettingsError(
            f"PLUMBLINE_DATA_DIR is {path}, which holds the project; name a folder of its own"
        )
    return path


def parse_source(text: str) -> Source:
    """`snapshot`, `edgar` or `archive:DIR`; SettingsError for anything else."""
    kind, colon, directory = text.partition(":")
    if kind == SourceKind.ARCHIVE and directory:
        path = Path(directory).expanduser().resolve()
        if not path.is_dir():
            raise SettingsError(f"source {text!r}: {path} is no directory")
        return Source(SourceKind.ARCHIVE, path)
    if kind in (SourceKind.SNAPSHOT, SourceKind.EDGAR) and not colon:
        return Source(SourceKind(kind))
    raise SettingsError(f"source {text!r}: expected snapshot, edgar or archive:DIR")


def parse_moment(text: str, now: datetime | None = None) -> datetime:
    """A past moment in UTC, of ISO 8601 text with its offset; SettingsError for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"moment {text!r}: {MOMENT_FORM}") from error
    if moment.tzinfo is None:
        raise SettingsError(f"moment {text!r} has no offset from UTC: {MOMENT_FORM}")
    if moment > (now or datetime.now(UTC)):
        raise SettingsError(f"moment {text!r} lies in the future: nothing can be known as of it")
    return moment.astimezone(UTC)


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None


def _rate(environment: Mapping[str, str], name: str) -> float:
    text = given(environment, name)
    try:
        return float(text)
    except ValueError as error:
        raise SettingsError(f"{name} must be a number of requests, not {text!r}") from error


def _yes(environment: Mapping[str, str], name: str) -> bool:
    text = given(environment, name)
    if text not in ("yes", "no"):
        raise SettingsError(f"{name} must be yes or no, not {text!r}")
    return text == "yes"


def _processes(environment: Mapping[str, str]) -> int:
    name = "PLUMBLINE_PROCESSES"
    if name in environment:
        return _positive(environment, name)
    # A container or a batch system may give a process fewer processors than the machine has.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _positive(environment: Mapping[str, str], name: str) -> int:
    text = given(environment, name)
    if not text.isdecimal() or int(text) == 0:
        raise SettingsError(f"{name} must be a whole number above zero, not {text!r}")
    return int(text)


def make_data_dir(settings: Settings) -> None:
    """The data directory, for its owner alone where it is new; one that is there stays as it is.

    What is in it is as private as that: whoever is to read the warehouse is let in by `chmod`.
    Raises SettingsError where it cannot be made.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"PLUMBLINE_DATA_DIR is {settings.data_dir}, which cannot be made ({error.strerror});"
            " name a folder that may be written"
        ) from error


def prepare_environment(settings: Settings) -> None:
    """Make Dagster, dbt and the validation engine keep their state here and their telemetry off."""
    make_data_dir(settings)
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    events = settings.dagster_home.resolve() / "history" / "runs"
    instance_yaml = settings.dagster_home / "dagster.yaml"
    content = DAGSTER_INSTANCE_YAML.format(
        events=json.dumps(str(events)), journal=json.dumps(str(settings.journal_path.resolve()))
    )
    # Written only when it changes: several processes of the UI read it while they start.
    if not instance_yaml.exists() or instance_yaml.read_text(encoding="utf-8") != content:
        instance_yaml.write_text(content, encoding="utf-8")
    # At every run Dagster would say that loggers of its yaml, which the journal is, are in beta.
    warnings.filterwarnings("ignore", message="Handling yaml-defined logging configuration")
    os.environ.update(
        {
            "DAGSTER_HOME": str(settings.dagster_home.resolve()),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
            "DO_NOT_TRACK": "1",
            "GX_ANALYTICS_ENABLED": "False",
        }
    )
