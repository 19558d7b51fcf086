"""Registered companies followed on EDGAR: their filings, and the facts of those not yet read.

Of a filing the tagged facts are read, or the tables of its exhibits where it announces results, or
both: `registry/filing_rules.yml` says which.

A filing already read from the same documents by the same reader is not fetched and not read again,
so that a new filing costs its company's list, its own documents and the rows it adds.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from ingest.edgar.client import EdgarClient
from ingest.edgar.facts import FilingOfFacts, RawFacts, raw_facts
from ingest.edgar.folders import NO_INSTANCE, folder_of
from ingest.edgar.listings import FiledForm, Submissions, read_acceptances
from ingest.edgar.release_words import ReleaseVocabulary
from ingest.edgar.releases import (
    RELEASE_READER_VERSION,
    Release,
    exhibit_names,
    read_release,
    release_rows,
    words_digest,
)
from ingest.edgar.schema import (
    FACT_DIMENSIONS,
    FACTS,
    FILINGS,
    REJECTS,
    TEXT_FACTS,
)
from ingest.edgar.xbrl import Facts, read_document
from ingest.errors import NotFoundError, UnreadableDocumentError
from ingest.known_from import known_from_columns
from registry.models import FilingRule, FollowedForm

# Counts up whenever the reader states a fact differently: every filing is then read again.
READER_VERSION = 1

# EDGAR asks for tagged facts since 2009.
FIRST_TAGGED = date(2009, 1, 1)

PAGE_MISSING = "older_page_missing"
PAGE_DETAIL = "the list goes on in this page, which is not on hand: its filings are not read"
NOT_LISTED = "not_in_the_list_of_filings"
NOT_LISTED_DETAIL = "no list on hand says what it is and when it was filed; add the older pages"

UNRESOLVED = ("unknown_context", "unknown_unit", "unknown_continuation")
TAGGED_FACTS, RELEASE = "tagged_facts", "release"


@dataclass(frozen=True)
class KnownFiling:
    """A filing in the warehouse: the digest of what was read, and when it was seen to be gone."""

    cik: str
    filed_at: date | None
    content_digest: str | None
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class CompanyFilings:
    """One company's filings as its list states them, and the rows of those read now.

    `filings` holds the followed filings that were new or could not be read before, `rows` what they
    state. `withdrawn` are filings in the warehouse that the list no longer holds, `restored` such
    as it holds again.
    """

    cik: str
    filings: pl.DataFrame
    withdrawn: tuple[str, ...]
    restored: tuple[str, ...]
    rows: RawFacts


@dataclass(frozen=True)
class _Read:
    """What became of one filing's documents; the frames are empty where nothing could be read."""

    status: str
    detail: str | None = None
    digest: str | None = None
    document: str | None = None
    facts: Facts | None = None
    release: Release | None = None


def follow_company(
    client: EdgarClient,
    cik: str,
    submissions: Submissions,
    *,
    source: str,
    followed_forms: Sequence[FollowedForm],
    filing_rules: Sequence[FilingRule],
    known: Mapping[str, KnownFiling],
    words: ReleaseVocabulary,
) -> CompanyFilings:
    """Read what a company has filed and the warehouse has not.

    `submissions` is the company's list from `FIRST_TAGGED` on, `known` are its filings in the
    warehouse by accession number, `words` are those of its releases. Raises FetchError or
    LandingError; a document that is missing or cannot be read is told in `read_status` of its
    filing.
    """
    listed = submissions.filings
    index_times = read_acceptances(listed)
    filings: list[dict[str, object]] = []
    rows: list[RawFacts] = []
    for filing in listed:
        before = known.get(filing.accession_number)
        reads = what_is_read(filing, followed_forms)
        version = _reader_version(reads, words)
        if not reads or (before and _is_current(before, version)):
            continue
        names = _file_names(client, cik, filing.accession_number)
        ask_again = bool(before and not before.content_digest)
        read = _read_filing(client, cik, filing, names, reads, words, ask_again=ask_again)
        header_time = client.accepted_at(cik, filing.accession_number, names) if names else None
        folder = folder_of(cik, filing.accession_number)
        index_time = index_times.get(filing.accession_number)
        filings.append(
            {
                "accession_number": filing.accession_number,
                "cik": cik,
                "form": filing.form,
                "period_of_report": filing.period_of_report,
                "filed_at": filing.filed_at,
                "accepted_at": header_time or index_time,
                "is_header_time": header_time is not None,
                "fiscal_year": _cover(read.facts, "dei:DocumentFiscalYearFocus"),
                "fiscal_period": _cover(read.facts, "dei:DocumentFiscalPeriodFocus"),
                "evidence_ref": f"{folder}/{read.document or filing.primary_document}",
                "read_status": read.status,
                "read_detail": read.detail,
                "content_digest": read.digest and f"{version}:{read.digest}",
                "withdrawn_at": None,
                "source": source,
            }
        )
        about = FilingOfFacts(cik, filing.accession_number, folder, source)
        if read.facts is not None:
            rows.append(raw_facts(read.facts, about))
        if read.release is not None:
            rows.append(release_rows(read.release, about))
    return CompanyFilings(
        cik=cik,
        filings=_filings_frame(filings, filing_rules),
        withdrawn=_withdrawn(client, cik, listed, known),
        restored=tuple(
            filing.accession_number
            for filing in listed
            if (before := known.get(filing.accession_number)) and before.withdrawn_at
        ),
        rows=_together(rows, untold(client, cik, submissions, source)),
    )


def is_followed(filing: FiledForm, followed_forms: Sequence[FollowedForm]) -> bool:
    """Whether a filing may hold tagged facts, or results in an exhibit, that are wanted."""
    return bool(what_is_read(filing, followed_forms))


def what_is_read(filing: FiledForm, followed_forms: Sequence[FollowedForm]) -> frozenset[str]:
    """What of a filing is wanted: its tagged facts, the tables of its exhibits, both or nothing.

    Results were announced in exhibits before anything was tagged.
    """
    return frozenset(
        followed.reads
        for followed in followed_forms
        if filing.form.removesuffix("/A") == followed.form
        and (not followed.items or set(followed.items) & set(filing.items))
        and (filing.is_xbrl or followed.reads == RELEASE)
    )


def candidate_documents(filing: FiledForm, names: Collection[str]) -> list[str]:
    """The files of a filing that may state its facts, the best first.

    The instance EDGAR extracts holds the facts of all inline documents of a filing, exhibits
    included, under the ids of the elements people see. Where it is not at hand the primary document
    is read, or the instance that was filed before there was inline XBRL.
    """
    extracted = sorted(name for name in names if name.endswith("_htm.xml"))
    filed = sorted(
        name
        for name in names
        if name.endswith(".xml") and name not in extracted and not NO_INSTANCE.search(name)
    )
    primary = [name for name in names if name == filing.primary_document]
    return [*extracted, *primary, *filed] if filing.is_inline_xbrl else [*filed, *primary]


def _reader_version(reads: Collection[str], words: ReleaseVocabulary) -> str:
    """What a filing is read by: the version of each reader, and the words of releases."""
    versions = {
        TAGGED_FACTS: f"{READER_VERSION}",
        RELEASE: f"r{RELEASE_READER_VERSION}.{words_digest(words)}",
    }
    return "+".join(versions[each] for each in sorted(reads, reverse=True))


def _is_current(filing: KnownFiling, version: str) -> bool:
    return (filing.content_digest or "").startswith(f"{version}:")


def _file_names(client: EdgarClient, cik: str, accession_number: str) -> tuple[str, ...]:
    try:
        return tuple(file.name for file in client.documents(cik, accession_number))
    except NotFoundError:
        return ()


def _read_filing(
    client: EdgarClient,
    cik: str,
    filing: FiledForm,
    names: Collection[str],
    reads: Collection[str],
    words: ReleaseVocabulary,
    *,
    ask_again: bool,
) -> _Read:
    """What is wanted of a filing; where both kinds are, the facts say whether it was read."""
    if RELEASE not in reads:
        return _read_documents(client, cik, filing, names, ask_again=ask_again)
    announced = _read_exhibits(client, cik, filing, names, words, ask_again=ask_again)
    if TAGGED_FACTS not in reads:
        return announced
    tagged = _read_documents(client, cik, filing, names, ask_again=ask_again)
    both = f"{tagged.digest}+{announced.digest}" if tagged.digest and announced.digest else None
    leading = tagged if tagged.facts is not None else announced
    details = "; ".join(each.detail for each in (tagged, announced) if each.detail)
    return replace(
        leading,
        detail=details or None,
        digest=both,
        facts=tagged.facts,
        release=announced.release,
    )


def _read_exhibits(
    client: EdgarClient,
    cik: str,
    filing: FiledForm,
    names: Collection[str],
    words: ReleaseVocabulary,
    *,
    ask_again: bool,
) -> _Read:
    """The figures of a release's exhibits. Its own page is a cover and states none.

    What is missing, unreadable or without any table is asked for again the next time: it may have
    been an error page.
    """
    exhibits = exhibit_names(filing, names)
    if not exhibits:
        return _Read("documents_missing", "the filing's folder holds no page of an exhibit")
    contents: dict[str, bytes] = {}
    digests: list[str] = []
    missing: list[str] = []
    for name in exhibits:
        try:
            landed = client.document(cik, filing.accession_number, name, ask_again=ask_again)
        except NotFoundError as error:
            missing.append(str(error))
            continue
        contents[name] = client.content(landed)
        digests.append(landed.sha256)
    if not contents:
        return _Read("documents_missing", "; ".join(missing))
    release = read_release(contents, words, filing.period_of_report or filing.filed_at)
    is_whole = not missing and not release.unreadable and release.has_tables
    return _Read(
        release.status,
        "; ".join([*missing, *([release.detail] if release.detail else [])]) or None,
        hashlib.sha256(" ".join(digests).encode()).hexdigest() if is_whole else None,
        release.exhibits[0].name if release.exhibits else exhibits[0],
        release=release,
    )


def _read_documents(
    client: EdgarClient, cik: str, filing: FiledForm, names: Collection[str], *, ask_again: bool
) -> _Read:
    """The first candidate that states facts and refers to nothing outside itself.

    What could not be read the last time is asked for again: it may have been an error page.
    """
    candidates = candidate_documents(filing, names)
    if not candidates:
        return _Read("documents_missing", "the filing's folder holds no document of facts")
    missing: list[str] = []
    failures: list[str] = []
    incomplete: _Read | None = None
    for name in candidates:
        try:
            landed = client.document(cik, filing.accession_number, name, ask_again=ask_again)
            facts = read_document(name, client.content(landed))
        except NotFoundError as error:
            missing.append(str(error))
            continue
        except UnreadableDocumentError as error:
            failures.append(str(error))
            continue
        read = _Read("facts_read", digest=landed.sha256, document=name, facts=facts)
        if not facts.rejects["reason"].is_in(UNRESOLVED).any():
            return read
        incomplete = incomplete or read
    if incomplete:
        return replace(incomplete, detail="refers to contexts or units of another document")
    if not failures:
        return _Read("documents_missing", "; ".join(missing))
    holds_none = all("holds no tagged facts" in failure for failure in failures)
    return _Read("no_tagged_facts" if holds_none else "unreadable", "; ".join(failures))


def _cover(facts: Facts | None, concept: str) -> str | None:
    if facts is None:
        return None
    values = facts.text.filter(pl.col("concept") == concept)["text_value"].drop_nulls()
    return str(values[0]) if len(values) else None


def _filings_frame(
    filings: Sequence[Mapping[str, object]], filing_rules: Sequence[FilingRule]
) -> pl.DataFrame:
    schema = {
        name: dtype
        for name, dtype in FILINGS.items()
        if name not in ("known_from", "known_from_basis", "fiscal_year")
    }
    frame = pl.DataFrame(
        list(filings),
        schema={**schema, "fiscal_year": pl.String(), "is_header_time": pl.Boolean()},
    )
    return (
        frame.with_columns(*known_from_columns(filing_rules))
        .with_columns(
            pl.when(pl.col("is_header_time") | (pl.col("known_from_basis") != "accepted_at"))
            .then("known_from_basis")
            .otherwise(pl.lit("index_acceptance"))
            .alias("known_from_basis"),
            pl.col("fiscal_year").cast(pl.Int32, strict=False),
        )
        .select(FILINGS.names())
        .cast(FILINGS)
    )


def _withdrawn(
    client: EdgarClient, cik: str, listed: Sequence[FiledForm], known: Mapping[str, KnownFiling]
) -> tuple[str, ...]:
    """Filings the warehouse knows that are neither in the list nor in their folder any more.

    A list may be short for a moment; that a filing is withdrawn is believed when its folder is
    empty too.
    """
    if not listed:
        return ()
    numbers = {filing.accession_number for filing in listed}
    oldest = min(filing.filed_at for filing in listed)
    return tuple(
        number
        for number, filing in known.items()
        if number not in numbers
        and filing.withdrawn_at is None
        and filing.filed_at is not None
        and filing.filed_at >= oldest
        and not _file_names(client, cik, number)
    )


def untold(client: EdgarClient, cik: str, submissions: Submissions, source: str) -> pl.DataFrame:
    """What a partial mirror lacks of a list, and its filings that no list names, as rejects."""
    if not client.is_partial:
        return REJECTS.to_frame()
    numbers = {filing.accession_number for filing in submissions.filings}
    gaps = [
        *((page, PAGE_MISSING, PAGE_DETAIL) for page in submissions.missing_pages),
        *(
            (folder_of(cik, number), NOT_LISTED, NOT_LISTED_DETAIL)
            for number in client.filed_folders(cik)
            if number not in numbers
        ),
    ]
    return pl.DataFrame(
        [("filings", file, None, reason, detail, "{}", source) for file, reason, detail in gaps],
        schema=REJECTS,
        orient="row",
    )


def _together(rows: Sequence[RawFacts], other_rejects: pl.DataFrame) -> RawFacts:
    return RawFacts(
        facts=pl.concat([FACTS.to_frame(), *(row.facts for row in rows)]),
        text_facts=pl.concat([TEXT_FACTS.to_frame(), *(row.text_facts for row in rows)]),
        fact_dimensions=pl.concat(
            [FACT_DIMENSIONS.to_frame(), *(row.fact_dimensions for row in rows)]
        ),
        rejects=pl.concat([other_rejects, *(row.rejects for row in rows)]),
    )
