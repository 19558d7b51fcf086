"""What EDGAR's lists say: filings of a company, files of a filing, the feed, the daily index.

Belongs here: bytes of a list to small frozen values, and when a filing was accepted. Does not
belong here: fetching (`client` does), facts inside a filing's documents.

Every reader raises UnexpectedContentError where a list has not the shape EDGAR documents.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from lxml import etree

from ingest.edgar.markup import declares_entities, safe_parser
from ingest.errors import UnexpectedContentError
from ingest.new_york import NEW_YORK_ZONE

LAST_SAME_DAY_TIME = time(17, 30)  # Regulation S-T, rule 13(a)(2)
LAST_SAME_DAY_TIME_OF_OWNERSHIP = time(22, 0)  # rule 13(a)(4)
OWNERSHIP_FORMS = frozenset(
    ("3", "4", "5", "144", "SC 13D", "SC 13G", "SCHEDULE 13D", "SCHEDULE 13G")
)
LONGEST_CLOSURE = timedelta(days=7)

HEADER_ACCEPTANCE = re.compile(r"ACCEPTANCE-DATETIME(?:>|&gt;)\s*(\d{14})")
ACCESSION_NUMBER = re.compile(r"\d{10}-\d{2}-\d{6}")
FEED_TITLE = re.compile(r".+? - (?P<company>.+) \((?P<cik>\d{10})\)")
ATOM = {"atom": "http://www.w3.org/2005/Atom"}
MASTER_COLUMNS = "CIK|Company Name|Form Type|Date Filed|File Name"
MASTER_DATE_FORMATS = {8: "%Y%m%d", 10: "%Y-%m-%d"}


@dataclass(frozen=True)
class FiledForm:
    """One filing in a company's list.

    `acceptance_text` is as EDGAR wrote it; `read_acceptance` says when that was. `size_bytes` is
    that of all its documents together.
    """

    accession_number: str
    form: str
    filed_at: date
    period_of_report: date | None
    acceptance_text: str
    items: tuple[str, ...]
    primary_document: str
    is_xbrl: bool
    is_inline_xbrl: bool
    size_bytes: int


@dataclass(frozen=True)
class OlderPage:
    """A further part of a company's list, and the last day it tells of."""

    name: str
    filed_to: date


@dataclass(frozen=True)
class Submissions:
    """A company and its filings, newest first. `fiscal_year_end` is MMDD, None if not stated.

    `sic` is its industry by the SEC's code, None if not stated. `missing_pages` are older parts of
    the list that a partial mirror does not hold.
    """

    name: str
    tickers: tuple[str, ...]
    fiscal_year_end: str | None
    filings: tuple[FiledForm, ...]
    sic: str | None = None
    missing_pages: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexedFile:
    """One file of a filing. `last_modified` is as EDGAR wrote it, without a time zone."""

    name: str
    size_bytes: int | None
    last_modified: str


@dataclass(frozen=True)
class FeedEntry:
    """One filing in the feed of the newest, once for each company it concerns."""

    accession_number: str
    form: str
    company_name: str
    cik: str
    updated_at: datetime
    url: str


@dataclass(frozen=True)
class IndexRow:
    """One filing in the index of a day, once for each company it concerns."""

    cik: str
    company_name: str
    form: str
    filed_at: date
    accession_number: str
    path: str


def padded_cik(cik: str | int) -> str:
    """A company's number with its zeros, ten digits."""
    return f"{int(cik):010d}"


def read_submissions(content: bytes, url: str) -> tuple[Submissions, tuple[OlderPage, ...]]:
    """A company with the newest part of its list, and which older parts there are."""
    with _expected_shape(url):
        company = json.loads(content)
        older = tuple(
            OlderPage(page["name"], date.fromisoformat(page["filingTo"]))
            for page in company["filings"]["files"]
        )
        filings = _filed_forms(company["filings"]["recent"])
        return Submissions(
            company["name"],
            tuple(company["tickers"]),
            company["fiscalYearEnd"] or None,
            filings,
            company.get("sic") or None,
        ), older


def read_older_page(content: bytes, url: str) -> tuple[FiledForm, ...]:
    """The filings in an older part of a company's list."""
    with _expected_shape(url):
        return _filed_forms(json.loads(content))


def read_tickers(content: bytes, url: str) -> dict[str, str]:
    """CIK by ticker, from EDGAR's list of tickers."""
    with _expected_shape(url):
        return {
            row["ticker"].upper(): padded_cik(row["cik_str"])
            for row in json.loads(content).values()
        }


def read_filing_index(content: bytes, url: str) -> tuple[IndexedFile, ...]:
    """The files of a filing, from its index.json."""
    with _expected_shape(url):
        return tuple(
            IndexedFile(
                str(item["name"]),
                int(item["size"]) if item["size"] else None,
                item["last-modified"],
            )
            for item in json.loads(content)["directory"]["item"]
        )


def read_feed(content: bytes, url: str) -> tuple[FeedEntry, ...]:
    """The entries of the Atom feed of the newest filings."""
    with _expected_shape(url):
        root = etree.fromstring(content, safe_parser())
        if declares_entities(root):
            raise ValueError("the feed declares entities, which no feed needs")
        if root.tag != f"{{{ATOM['atom']}}}feed":
            raise ValueError(f"the root element is {root.tag}, not an Atom feed")
        return tuple(_feed_entry(entry) for entry in root.iterfind("atom:entry", ATOM))


def read_master_index(content: bytes, url: str) -> tuple[IndexRow, ...]:
    """The rows of a master index: one line each after the header, columns parted by bars."""
    # EDGAR writes company names in this encoding, and it cannot fail.
    lines = content.decode("latin-1").splitlines()
    with _expected_shape(url):
        first = lines.index(MASTER_COLUMNS) + 1
        return tuple(_index_row(line) for line in lines[first:] if line.strip("- "))


def read_header_acceptance(content: bytes) -> datetime | None:
    """When a filing was accepted (UTC), from its SGML header, which states New York time.

    None where it states no time, or none that can be.
    """
    found = HEADER_ACCEPTANCE.search(content.decode("latin-1"))
    if found is None:
        return None
    try:
        local = datetime.strptime(found.group(1), "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return local.replace(tzinfo=NEW_YORK_ZONE).astimezone(UTC)


def read_acceptance(text: str, filed_at: date, form: str = "") -> datetime:
    """When a filing was accepted (UTC), judged by itself from a company's list.

    The list ends every time in Z, yet some are UTC and some are New York time. Of the two readings
    those count that fit the day of filing; of two that fit, and of two that do not, the later.
    Where EDGAR was slow and dated an evening filing the same day, only `read_acceptances` is right.
    Raises UnexpectedContentError for a text that is no time.
    """
    readings = _readings(text)
    fitting = [moment for moment in readings if _fits(moment, filed_at, form)]
    return max(fitting or readings)


def read_acceptances(filings: Collection[FiledForm]) -> dict[str, datetime]:
    """When each filing of one company was accepted (UTC), by accession number.

    EDGAR keeps one clock a company. Where more filings fit New York time alone than UTC alone, all
    are read as New York time, which is the later reading; otherwise each is judged by itself.
    """
    in_new_york = sum(_fits_alone(filing, 0) for filing in filings)
    in_utc = sum(_fits_alone(filing, 1) for filing in filings)
    if in_new_york > in_utc:
        return {f.accession_number: _readings(f.acceptance_text)[0] for f in filings}
    return {
        f.accession_number: read_acceptance(f.acceptance_text, f.filed_at, f.form) for f in filings
    }


def _readings(text: str) -> tuple[datetime, datetime]:
    """A time of the list taken for New York time and taken for UTC, both as UTC."""
    with _expected_shape(f"acceptance time {text!r}"):
        clock = datetime.fromisoformat(text).replace(tzinfo=None)
    return clock.replace(tzinfo=NEW_YORK_ZONE).astimezone(UTC), clock.replace(tzinfo=UTC)


def _fits_alone(filing: FiledForm, reading: int) -> bool:
    """Whether this one of the two readings fits the day of filing and the other does not."""
    fits = [
        _fits(moment, filing.filed_at, filing.form) for moment in _readings(filing.acceptance_text)
    ]
    return fits[reading] and not fits[1 - reading]


def _fits(accepted_at: datetime, filed_at: date, form: str) -> bool:
    """Whether a filing accepted then would carry that day as its day of filing.

    What comes after half past five counts as filed on the next day EDGAR is open; forms about
    ownership may count as the same day until ten.
    """
    local = accepted_at.astimezone(NEW_YORK_ZONE)
    is_ownership = form.removesuffix("/A") in OWNERSHIP_FORMS
    last_time = LAST_SAME_DAY_TIME_OF_OWNERSHIP if is_ownership else LAST_SAME_DAY_TIME
    if filed_at == local.date():
        return local.time() <= last_time
    is_late = local.time() > LAST_SAME_DAY_TIME
    return is_late and local.date() < filed_at <= local.date() + LONGEST_CLOSURE


@contextmanager
def _expected_shape(url: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, etree.LxmlError) as error:
        raise UnexpectedContentError(
            url,
            f"not the shape EDGAR documents ({type(error).__name__}: {error})",
            "compare it with the documentation of the address; EDGAR may have changed it",
        ) from error


def _accession_number(text: str) -> str:
    if not ACCESSION_NUMBER.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no accession number")
    return text


def _filed_forms(columns: Mapping[str, Sequence[Any]]) -> tuple[FiledForm, ...]:
    """One value per filing from one list per column."""
    rows = zip(
        columns["accessionNumber"],
        columns["form"],
        columns["filingDate"],
        columns["reportDate"],
        columns["acceptanceDateTime"],
        columns["items"],
        columns["primaryDocument"],
        columns["isXBRL"],
        columns["isInlineXBRL"],
        columns["size"],
        strict=True,
    )
    return tuple(
        FiledForm(
            accession_number=_accession_number(accession_number),
            form=form,
            filed_at=date.fromisoformat(filed_at),
            period_of_report=date.fromisoformat(period) if period else None,
            acceptance_text=acceptance_text,
            items=tuple(items.split(",")) if items else (),
            primary_document=primary_document,
            is_xbrl=bool(is_xbrl),
            is_inline_xbrl=bool(is_inline_xbrl),
            size_bytes=size_bytes,
        )
        for (
            accession_number,
            form,
            filed_at,
            period,
            acceptance_text,
            items,
            primary_document,
            is_xbrl,
            is_inline_xbrl,
            size_bytes,
        ) in rows
    )


def _feed_entry(entry: etree._Element) -> FeedEntry:
    title = FEED_TITLE.match(entry.findtext("atom:title", namespaces=ATOM).strip())
    accession = ACCESSION_NUMBER.search(entry.findtext("atom:id", namespaces=ATOM))
    if title is None or accession is None:
        raise ValueError(f"line {entry.sourceline}: an entry without company or accession number")
    updated_at = datetime.fromisoformat(entry.findtext("atom:updated", namespaces=ATOM).strip())
    return FeedEntry(
        accession_number=accession.group(),
        form=entry.find("atom:category", ATOM).get("term"),
        company_name=title["company"],
        cik=title["cik"],
        updated_at=updated_at.astimezone(UTC),
        url=entry.find("atom:link", ATOM).get("href"),
    )


def _index_row(line: str) -> IndexRow:
    cik, company_name, form, filed_at, path = line.split("|")
    accession = ACCESSION_NUMBER.search(path)
    if accession is None:
        raise ValueError(f"no accession number in {line!r}")
    return IndexRow(
        cik=padded_cik(cik),
        company_name=company_name,
        form=form,
        filed_at=datetime.strptime(filed_at, MASTER_DATE_FORMATS[len(filed_at)]).date(),
        accession_number=accession.group(),
        path=path,
    )
