"""Filings' own documents into the lake, one part a filer and year of filing.

What a filing's documents state takes the place of whatever bulk sources say of it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from ingest.bulk.rows import BULK_FILINGS, BULK_REJECTS, TOLD, bulk_filings, numbered
from ingest.edgar.client import EdgarClient
from ingest.edgar.facts import EVIDENCE
from ingest.edgar.filings import (
    FIRST_TAGGED,
    READER_VERSION,
    follow_company,
    is_followed,
    untold,
)
from ingest.edgar.listings import FiledForm, Submissions
from ingest.edgar.release_words import ReleaseVocabulary
from ingest.edgar.schema import READ
from ingest.lake import Lake, Part, bucket_of
from registry.models import FilingRule, FollowedForm


@dataclass(frozen=True)
class Rules:
    """What of a filer's list is read, and when it became known."""

    followed_forms: tuple[FollowedForm, ...]
    filing_rules: tuple[FilingRule, ...]


def load_documents(
    lake: Lake, client: EdgarClient, cik: str, rules: Rules, words: ReleaseVocabulary
) -> list[Part]:
    """Make a filer's reports a part of the lake for each year it filed some in; the parts.

    A part stays where it is while the list names the same filings and the reader is the same; one
    with a filing that could not be read is made anew. Raises FetchError or LandingError,
    NotFoundError where there is no list of the filer, LakeError where a part cannot be written.
    """
    submissions = client.submissions(cik, since=FIRST_TAGGED)
    reports = tuple(form for form in rules.followed_forms if form.reads == "tagged_facts")
    by_year: dict[int, list[FiledForm]] = {}
    for filing in submissions.filings:
        if is_followed(filing, reports):
            by_year.setdefault(filing.filed_at.year, []).append(filing)
    of_reports = replace(rules, followed_forms=reports)
    parts = [
        _load_year(lake, client, cik, replace(submissions, filings=tuple(own)), of_reports, words)
        for _, own in sorted(by_year.items())
    ]
    return [*parts, *_load_untold(lake, client, cik, submissions)]


def _load_untold(lake: Lake, client: EdgarClient, cik: str, submissions: Submissions) -> list[Part]:
    """A part of rejects for what an archive lacks of a list, and its filings that no list names."""
    name = f"document-{cik}-untold"
    rejects = untold(client, cik, submissions, name).select(BULK_REJECTS.names())
    digest = hashlib.sha256(rejects.write_csv().encode()).hexdigest()
    before = lake.part(name)
    if before is None and rejects.is_empty():
        return []
    if before is None or before.digest != digest:
        with lake.making(name, digest) as part:
            part.write("filings", BULK_FILINGS.to_frame())
            part.write("rejects", rejects)
    return lake.parts_named(name)


def _load_year(
    lake: Lake,
    client: EdgarClient,
    cik: str,
    submissions: Submissions,
    rules: Rules,
    words: ReleaseVocabulary,
) -> Part:
    year = submissions.filings[0].filed_at.year
    name = f"document-{cik}-{year}"
    digest = _digest(submissions.filings)
    before = lake.part(name)
    if before and before.digest == digest:
        return before
    company = follow_company(
        client,
        cik,
        submissions,
        source=name,
        followed_forms=rules.followed_forms,
        filing_rules=rules.filing_rules,
        known={},
        words=words,
    )
    if not company.filings["read_status"].is_in(READ).all():
        digest = _digest_of_read(company.filings)
    with lake.making(name, digest) as part:
        filings = _filings(company.filings, submissions, name, rules.filing_rules)
        part.write("filings", filings)
        part.write_facts_of(bucket_of(cik), year, numbered(company.rows.facts))
        part.write("fact_dimensions", company.rows.fact_dimensions)
        # That a filing is in no list is not to be seen from the list of one year: `_load_untold`.
        of_facts = company.rows.rejects.filter(pl.col("table_name") != "filings")
        part.write("rejects", of_facts.select(BULK_REJECTS.names()))
    made = lake.part(name)
    assert made is not None, "its block ended well"
    return made


def _digest(filings: Sequence[FiledForm]) -> str:
    numbers = sorted(filing.accession_number for filing in filings)
    return hashlib.sha256(" ".join([str(READER_VERSION), *numbers]).encode()).hexdigest()


def _digest_of_read(filings: pl.DataFrame) -> str:
    """What tells one half read state from another: never that of all filings read."""
    read = filings.select("accession_number", "read_status", "content_digest").sort(pl.all())
    return f"unread:{hashlib.sha256(read.write_csv().encode()).hexdigest()}"


def _filings(
    read: pl.DataFrame,
    submissions: Submissions,
    source: str,
    filing_rules: Sequence[FilingRule],
) -> pl.DataFrame:
    """The filings as they were read, each with its filer."""
    told = pl.concat([TOLD.to_frame(), read.select(set(read.columns) & set(TOLD))], how="diagonal")
    rows = bulk_filings(
        told.with_columns(
            pl.lit(submissions.name).alias("filer_name"),
            pl.lit(next(iter(submissions.tickers), None), pl.String).alias("ticker"),
            pl.lit(submissions.sic, pl.String).alias("sic"),
            pl.lit(submissions.fiscal_year_end, pl.String).alias("fiscal_year_end"),
        ),
        evidence=EVIDENCE,
        source=source,
        read_status="facts_read",
        filing_rules=filing_rules,
    )
    # What was read of a filing says more than what its list does.
    return rows.drop(read.columns).hstack(read).select(rows.columns)
