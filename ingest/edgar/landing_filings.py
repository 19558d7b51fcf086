"""The documents of a company's followed filings of one year, landed ahead of the refresh.

Belongs here: which files a refresh will read. Does not belong here: reading them, the warehouse.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from ingest.edgar.client import EdgarClient
from ingest.edgar.filings import RELEASE, TAGGED_FACTS, candidate_documents, what_is_read
from ingest.edgar.listings import FiledForm
from ingest.edgar.news import filed_forms
from ingest.edgar.releases import exhibit_names
from ingest.errors import NotFoundError
from registry.models import FollowedForm


@dataclass(frozen=True)
class Landed:
    """What is on hand now of one company and year, whether it was fetched just now or before.

    `absent` are files that lists name and nothing is at, `size_bytes` is of all files together.
    """

    filings: int
    files: int
    absent: int
    size_bytes: int


def land_filings(
    client: EdgarClient, cik: str, followed_forms: Sequence[FollowedForm], year: int
) -> Landed:
    """Land what is read of the followed filings filed in a year, and their headers.

    What has landed is not asked for again; several companies and years may land at the same time.
    Raises FetchError or LandingError with whatever has landed so far, which stays.
    """
    followed = [
        (filing, reads)
        for filing in filed_forms(client, cik, date(year, 1, 1))
        if filing.filed_at.year == year and (reads := what_is_read(filing, followed_forms))
    ]
    sizes = [size for each in followed for size in _landed_sizes(client, cik, *each)]
    there = [size for size in sizes if size is not None]
    return Landed(len(followed), len(there), len(sizes) - len(there), sum(there))


def _landed_sizes(
    client: EdgarClient, cik: str, filing: FiledForm, reads: Collection[str]
) -> list[int | None]:
    """Bytes of each file a refresh may read of a filing; None where nothing is."""
    number = filing.accession_number
    try:
        names = [file.name for file in client.documents(cik, number)]
    except NotFoundError:
        return []
    client.accepted_at(cik, number, names)
    read = [
        *(candidate_documents(filing, names) if TAGGED_FACTS in reads else ()),
        *(exhibit_names(filing, names) if RELEASE in reads else ()),
    ]
    return [_landed_size(client, cik, number, name) for name in dict.fromkeys(read)]


def _landed_size(client: EdgarClient, cik: str, number: str, name: str) -> int | None:
    try:
        return client.document(cik, number, name).size_bytes
    except NotFoundError:
        return None
