"""The variables of the environment: `load_settings` reads by them, the reference shows them.

Belongs here: name, default, meaning and form. Does not belong here: how a value becomes a setting
(`settings`).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One variable of the environment; `default` is None where nothing stands in for it.

    `form` says which values it may have, and `otherwise` what becomes of another.
    """

    name: str
    default: str | None
    meaning: str
    form: str = "text"
    otherwise: str = "Any text is taken as it is."


_STOPS = "The command ends with 2 and names the variable and what it must be."

VARIABLES = (
    Variable(
        "PLUMBLINE_DATA_DIR",
        "data",
        "Where the warehouse, the report and the state of Dagster are kept. A relative path is"
        " taken from the project.",
        "a directory",
        f"For the project's own directory, {_STOPS[0].lower()}{_STOPS[1:]}",
    ),
    Variable(
        "PLUMBLINE_SNAPSHOT_DIR",
        None,
        "A folder laid out as the embedded snapshot, in place of it: `filings.csv`, `facts.csv`,"
        " `prices.csv`, `guidance.csv`, `snapshot.yml` and `articles/`.",
        "a directory",
        "The refresh ends with 1 and names the file that is missing.",
    ),
    Variable(
        "PLUMBLINE_SOURCE",
        "snapshot",
        "Where filings come from; `--source` goes before it.",
        "`snapshot`, `edgar` or `archive:DIR`",
        _STOPS,
    ),
    Variable(
        "SEC_USER_AGENT",
        "",
        "Who asks: sent to EDGAR, and to the web where articles and feeds are fetched. Needed for"
        " both, and for nothing else.",
        "text that holds an e-mail address",
        "Nothing is asked; the command ends with 1 (`IdentityError`).",
    ),
    Variable(
        "PLUMBLINE_REQUESTS_PER_SECOND",
        "5",
        "Requests a second to EDGAR, of all processes on the machine together.",
        "a number above 0, 10 at most",
        "No number ends with 2, one out of bounds with 1 (`FetchSettingsError`).",
    ),
    Variable(
        "PLUMBLINE_REQUEST_TIMES",
        None,
        "The file in which processes count their requests. Without it, one in the directory for"
        " temporary files.",
        "a file all of them may write",
        "The command ends with 1 (`FetchSettingsError`).",
    ),
    Variable(
        "PLUMBLINE_EDGAR_DATA_URL",
        None,
        "Another host in place of EDGAR's for lists of filings and extracts.",
        "an http or https address",
        "The first request fails; the command ends with 1 (`FetchError`).",
    ),
    Variable(
        "PLUMBLINE_EDGAR_WWW_URL",
        None,
        "Another host in place of EDGAR's for the filings themselves.",
        "an http or https address",
        "The first request fails; the command ends with 1 (`FetchError`).",
    ),
    Variable(
        "PLUMBLINE_EXTRACTOR",
        "",
        "Another extractor of claims than the declared language's: a function of the registry that"
        " makes it. Empty: the declared language's.",
        "`package.module:function`",
        _STOPS,
    ),
    Variable(
        "PLUMBLINE_ALLOW_PRIVATE_HOSTS",
        "no",
        "Whether articles and feeds may be fetched from private networks: only for a server of"
        " your own.",
        "`yes` or `no`",
        _STOPS,
    ),
    Variable(
        "PLUMBLINE_NOTIFY",
        "",
        "Where notices of unattended runs go. The addresses hold secrets and are never printed.",
        "addresses of apprise, separated by blanks",
        "The notice is not sent; the log says which address it was, by place and scheme alone.",
    ),
    Variable(
        "PLUMBLINE_VERSIONS_KEPT",
        "5",
        "How many published versions are kept, the current one among them.",
        "a whole number above zero",
        _STOPS,
    ),
    Variable(
        "PLUMBLINE_DUCKDB_MEMORY_LIMIT",
        "1GB",
        "Bound on the memory of DuckDB, in its own notation.",
        "a size, as `2GB`",
        "The warehouse cannot be opened; the command ends with 1 (`BuildError`).",
    ),
    Variable(
        "PLUMBLINE_DUCKDB_THREADS",
        "2",
        "Threads of DuckDB and of the models.",
        "a whole number above zero",
        _STOPS,
    ),
    Variable(
        "PLUMBLINE_PROCESSES",
        None,
        "How many processes load and derive the universe, each with one thread and the memory"
        " above. Without it, as many as this process may use processors.",
        "a whole number above zero",
        _STOPS,
    ),
)

DEFAULTS = {each.name: each.default for each in VARIABLES if each.default is not None}


def given(environment: Mapping[str, str], name: str) -> str:
    """The value of a declared variable that is set or has a default."""
    return environment[name] if name in environment else DEFAULTS[name]
