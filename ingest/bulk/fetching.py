"""The SEC's bulk files fetched into a directory, each only where it changed.

    BULK/2010q2.zip  BULK/companyfacts.zip  BULK/submissions.zip  BULK/fetched.json

Belongs here: where the SEC keeps them, what is known of the last answer. Does not belong here: how
the web is asked (`http`), what the files say.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingest.errors import LandingError, NotFoundError
from ingest.http import PoliteClient

DATA_SET = re.compile(r"(\d{4})q([1-4])")
DATA_SETS = "files/dera/data/financial-statement-data-sets/{name}.zip"
NIGHTLY = {
    "companyfacts": "Archives/edgar/daily-index/xbrl/companyfacts.zip",
    "submissions": "Archives/edgar/daily-index/bulkdata/submissions.zip",
}
FIRST_DATA_SET = (2009, 2)
MOST_BYTES = 10_000_000_000
"""Several times what the largest of them has."""
FETCHED = "fetched.json"


@dataclass(frozen=True)
class Fetched:
    """What became of one bulk file; one that is not there yet is `is_missing`."""

    name: str
    path: Path
    is_changed: bool = False
    is_missing: bool = False


def data_set_names(since: tuple[int, int], today: date) -> list[str]:
    """Quarters with a data set, from one on to the last that has ended."""
    first = max(since, FIRST_DATA_SET)
    this = 4 * today.year + (today.month - 1) // 3
    return [f"{i // 4}q{i % 4 + 1}" for i in range(4 * first[0] + first[1] - 1, this)]


def fetch_bulk(
    client: PoliteClient, www_url: str, names: Sequence[str], directory: Path
) -> Iterator[Fetched]:
    """Each file by its name (`2010q2`, `companyfacts`, `submissions`) as it is fetched.

    One that is not there yet is told and passed over: a data set comes out weeks after its quarter.
    Raises FetchError, or LandingError where the directory cannot be written; the files before stay.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        known = _known(directory)
        for name in names:
            path = directory / f"{name}.zip"
            url = f"{www_url}/{NIGHTLY.get(name) or DATA_SETS.format(name=name)}"
            before = known.get(name, {}) if path.exists() else {}
            try:
                answer = client.save(url, path, max_bytes=MOST_BYTES, **before)
            except NotFoundError:
                yield Fetched(name, path, is_missing=True)
                continue
            known[name] = {"etag": answer.etag, "last_modified": answer.last_modified}
            partial = directory / f"{FETCHED}.partial"
            partial.write_text(json.dumps(known, indent=1), encoding="utf-8")
            os.replace(partial, directory / FETCHED)
            yield Fetched(name, path, is_changed=not answer.is_unchanged)
    except OSError as error:
        raise LandingError(
            f"{directory} cannot be written ({error.strerror}); make room, or let this user write"
        ) from error


def _known(directory: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((directory / FETCHED).read_text(encoding="utf-8"))
        return content
    except (FileNotFoundError, ValueError):
        # Unknown, everything is fetched once more.
        return {}
