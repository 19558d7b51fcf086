"""A zip of the SEC, read member by member where it lies.

Belongs here: opening, which members are whose, what tells one state of them from another. Does not
belong here: what a member says.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import UnreadableArchiveError

OF_FILER = re.compile(r"CIK(\d{10})(?:-submissions-\d+)?\.json")


@contextmanager
def opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    """The zip. Raises UnreadableArchiveError where it, or a member read meanwhile, is damaged."""
    try:
        with zipfile.ZipFile(archive) as members:
            yield members
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise UnreadableArchiveError(
            f"{archive} cannot be read ({why}); fetch it again from the SEC"
        ) from error


def members_by_filer(
    members: zipfile.ZipFile, is_wanted: Callable[[str], bool]
) -> dict[str, list[zipfile.ZipInfo]]:
    """Members of the filers that are wanted, by CIK, those of a filer by name."""
    found: dict[str, list[zipfile.ZipInfo]] = {}
    for member in sorted(members.infolist(), key=lambda each: each.filename):
        name = OF_FILER.fullmatch(member.filename)
        if name and is_wanted(name[1]):
            found.setdefault(name[1], []).append(member)
    return found


def digest_of(members: Iterable[zipfile.ZipInfo]) -> str:
    """What tells one state of members from another, by the checks the zip keeps of them."""
    digest = hashlib.sha256()
    for member in members:
        digest.update(f"{member.filename}:{member.CRC}:{member.file_size}\n".encode())
    return digest.hexdigest()
