"""The SEC's nightly submissions.zip into the lake, one part a bucket of filers.

Each member is a filer's list of filings, or an older part of one. Only the filers that are asked
for are read, since the zip names everybody who ever filed anything, and of their filings the
periodic reports. The lists say when a report was accepted, and of the filer its tickers, industry
and fiscal year end; they state no facts.
"""

import zipfile
from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl

from ingest.bulk.archives import digest_of, members_by_filer, opened
from ingest.bulk.rows import TOLD, bulk_filings, rejected_members
from ingest.edgar.filings import FIRST_TAGGED
from ingest.edgar.folders import folder_of
from ingest.edgar.listings import (
    FiledForm,
    Submissions,
    read_acceptances,
    read_older_page,
    read_submissions,
)
from ingest.edgar.schema import FORMS
from ingest.errors import UnexpectedContentError
from ingest.lake import Lake, Part, bucket_of
from registry.models import FilingRule

EVIDENCE = "submissions"
READER_VERSION = 1
"""Counts up whenever a row is stated differently: parts are then made anew."""
REPORTS = frozenset(form for form in FORMS if form.startswith("10-"))
OLDER = "-submissions-"


def load_submissions(
    lake: Lake,
    archive: Path,
    bucket: int,
    ciks: Collection[str],
    filing_rules: Sequence[FilingRule],
) -> Part | None:
    """Make the lists of the filers of a bucket that are named a part of the lake.

    The part that is there stays where it is of the same lists; None where there are none. A list
    that cannot be read becomes a row of `rejects`. Raises UnreadableArchiveError for a file that is
    no zip, LakeError where the part cannot be written.
    """
    name = f"submissions-{bucket:02d}"
    wanted = {cik for cik in ciks if bucket_of(cik) == bucket}
    with opened(archive) as members:
        of_filers = members_by_filer(members, wanted.__contains__)
        digest = f"{READER_VERSION}:{digest_of(m for each in of_filers.values() for m in each)}"
        before = lake.part(name)
        if not of_filers or (before and before.digest == digest):
            return before
        told: list[pl.DataFrame] = []
        rejects: list[tuple[str, str, str]] = []
        for cik, own in of_filers.items():
            try:
                told.append(_listed(cik, *_read(members, own)))
            except UnexpectedContentError as error:
                rejects.append((own[0].filename, "unreadable_list", str(error)))
        with lake.making(name, digest) as part:
            part.write(
                "filings",
                bulk_filings(
                    pl.concat([TOLD.to_frame(), *told]),
                    evidence=EVIDENCE,
                    source=name,
                    read_status="documents_missing",
                    filing_rules=filing_rules,
                ),
            )
            part.write("rejects", rejected_members("filings", rejects))
    return lake.part(name)


def _read(
    members: zipfile.ZipFile, own: Sequence[zipfile.ZipInfo]
) -> tuple[Submissions, list[FiledForm]]:
    """A filer, and all its filings from the newest part of the list and the older ones."""
    newest = next((member for member in own if OLDER not in member.filename), None)
    if newest is None:
        raise UnexpectedContentError(own[0].filename, "the newest part is not there", "look at it")
    filer, _ = read_submissions(members.read(newest), newest.filename)
    older = [
        filing
        for member in own
        if member is not newest
        for filing in read_older_page(members.read(member), member.filename)
    ]
    return filer, [*filer.filings, *older]


def _listed(cik: str, filer: Submissions, filings: Sequence[FiledForm]) -> pl.DataFrame:
    """The filer's periodic reports that may hold tagged facts."""
    accepted = read_acceptances(filings)
    return pl.DataFrame(
        [
            (
                filing.accession_number,
                cik,
                filing.form,
                filing.period_of_report,
                filing.filed_at,
                accepted.get(filing.accession_number),
                None,
                None,
                f"{folder_of(cik, filing.accession_number)}/{filing.primary_document}",
                filer.name,
                filer.tickers[0] if filer.tickers else None,
                filer.sic,
                filer.fiscal_year_end,
            )
            for filing in filings
            if filing.form in REPORTS and filing.is_xbrl and filing.filed_at >= FIRST_TAGGED
        ],
        schema=TOLD,
        orient="row",
    )
