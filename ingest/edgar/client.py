"""EDGAR's addresses: what is where, what may change, and what is fetched but once.

Belongs here: building addresses, asking for them, landing what they hold. Does not belong here: how
a request is made (`http`), what a list says (`listings`), facts (the readers of documents).
"""

import json
import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from ingest.edgar.listings import (
    FeedEntry,
    IndexedFile,
    IndexRow,
    Submissions,
    padded_cik,
    read_feed,
    read_filing_index,
    read_header_acceptance,
    read_master_index,
    read_older_page,
    read_submissions,
    read_tickers,
)
from ingest.errors import NotFoundError, UnexpectedContentError
from ingest.http import Download, Media, PoliteClient, Traffic
from ingest.landing import LandedFile, Landing

DATA_URL = "https://data.sec.gov"
WWW_URL = "https://www.sec.gov"
FEED_LENGTH = 100  # the most EDGAR gives at once
MONTHS_IN_QUARTER = 3
FOLDER = re.compile(r"(\d{10})(\d{2})(\d{6})")


class EdgarClient:
    """Answers of EDGAR, each landed before it is read; may be shared by threads.

    `is_partial` says that it stands for a mirror which need not hold all of EDGAR: older pages of a
    company's list may then be missing.

    All methods raise FetchError, LandingError, and UnexpectedContentError for a list that has not
    the documented shape. A company is named by its CIK, with or without zeros.
    """

    def __init__(
        self,
        http: PoliteClient,
        landing: Landing,
        data_url: str = DATA_URL,
        www_url: str = WWW_URL,
        *,
        is_partial: bool = False,
    ) -> None:
        self._http = http
        self.is_partial = is_partial
        self._landing = landing
        self._data_url = data_url.rstrip("/")
        self._www_url = www_url.rstrip("/")

    @property
    def traffic(self) -> Traffic:
        """What was asked for so far."""
        return self._http.traffic

    def submissions(self, cik: str | int, since: date | None = None) -> Submissions:
        """A company and its filings, newest first: all, or at least those from `since` on."""
        newest_url = self._submissions_url(f"CIK{padded_cik(cik)}.json")
        newest, older = read_submissions(self._content(newest_url, "json"), newest_url)
        filings = list(newest.filings)
        missing: list[str] = []
        for page in older:
            if since is not None and page.filed_to < since:
                continue
            url = self._submissions_url(page.name)
            try:
                filings += read_older_page(self._content(url, "json"), url)
            except NotFoundError:
                if not self.is_partial:
                    raise
                missing.append(page.name)
        # A filing that moves to an older page between two requests is seen on both.
        once = {filing.accession_number: filing for filing in reversed(filings)}
        return replace(newest, filings=tuple(reversed(once.values())), missing_pages=tuple(missing))

    def landed_submissions(self, cik: str | int) -> Submissions | None:
        """A company and its filings as they landed last, without a request; None if never."""
        newest_url = self._submissions_url(f"CIK{padded_cik(cik)}.json")
        landed = self._landing.newest(newest_url)
        if landed is None:
            return None
        newest, older = read_submissions(self._landing.read(landed), newest_url)
        pages = {
            page.name: self._landing.newest(self._submissions_url(page.name)) for page in older
        }
        filings = list(newest.filings)
        for page in filter(None, pages.values()):
            filings += read_older_page(self._landing.read(page), page.url)
        missing = tuple(name for name, page in pages.items() if page is None)
        return replace(newest, filings=tuple(filings), missing_pages=missing)

    def cik_of(self, ticker: str) -> str | None:
        """The CIK a ticker belongs to; None where EDGAR's list of tickers does not name it."""
        url = f"{self._www_url}/files/company_tickers.json"
        try:
            tickers = read_tickers(self._content(url, "json"), url)
        except NotFoundError:
            if self.is_partial:
                return None
            raise
        return tickers.get(ticker.upper())

    def documents(self, cik: str | int, accession_number: str) -> tuple[IndexedFile, ...]:
        """The files of a filing."""
        url = self.document_url(cik, accession_number, "index.json")
        return read_filing_index(self._content(url, "json"), url)

    def filed_folders(self, cik: str | int) -> tuple[str, ...]:
        """Accession numbers of the filings that have a folder here, whatever any list says."""
        url = f"{self._www_url}/Archives/edgar/data/{int(cik)}/index.json"
        try:
            folders = read_filing_index(self._content(url, "json"), url)
        except NotFoundError:
            return ()
        found = (FOLDER.fullmatch(folder.name) for folder in folders)
        return tuple("-".join(match.groups()) for match in found if match)

    def document(
        self, cik: str | int, accession_number: str, name: str, *, ask_again: bool = False
    ) -> LandedFile:
        """One file of a filing: what has landed, unless asked to see whether it still holds."""
        url = self.document_url(cik, accession_number, name)
        landed = self._landing.newest(url)
        if landed is not None and not ask_again:
            return landed
        return self._landing.store(self._ask(url, landed, _media(name)), accession_number)

    def content(self, landed: LandedFile) -> bytes:
        """The bytes of a landed file."""
        return self._landing.read(landed)

    def document_url(self, cik: str | int, accession_number: str, name: str) -> str:
        """Where a file of a filing is; UnexpectedContentError for a name that leads elsewhere."""
        folder = (
            f"{self._www_url}/Archives/edgar/data/{int(cik)}/{accession_number.replace('-', '')}"
        )
        if not name or any(part in ("", ".", "..") for part in name.split("/")):
            raise UnexpectedContentError(
                folder, f"{name!r} is no name of a file in it", "look at the list that named it"
            )
        return f"{folder}/{quote(name)}"

    def accepted_at(
        self, cik: str | int, accession_number: str, names: Collection[str]
    ) -> datetime | None:
        """When a filing was accepted (UTC), from its header; None where it has none.

        `names` are the names of its files, as `documents` lists them.
        """
        listed = (f"{accession_number}.hdr.sgml", f"{accession_number}.hdr.txt")
        unlisted = f"{accession_number}-index-headers.html"
        name = next((name for name in listed if name in names), unlisted)
        try:
            header = self.document(cik, accession_number, name)
        except NotFoundError:
            return None
        return read_header_acceptance(self._landing.read(header))

    def companyfacts(self, cik: str | int) -> dict[str, Any] | None:
        """All facts EDGAR has extracted of a company; None where it has none."""
        url = self.companyfacts_url(cik)
        try:
            facts = json.loads(self._content(url, "json"))
        except NotFoundError:
            return None
        if not isinstance(facts, dict):
            raise UnexpectedContentError(
                url, "not an object of facts", "compare it with EDGAR's documentation"
            )
        return facts

    def companyfacts_url(self, cik: str | int) -> str:
        """Where EDGAR's extract of a company's facts is."""
        return f"{self._data_url}/api/xbrl/companyfacts/CIK{padded_cik(cik)}.json"

    def current_filings(self, form: str | None = None) -> tuple[FeedEntry, ...]:
        """The newest filings of all companies, or those of one form and its amendments.

        The feed is not landed: every answer holds its own time, so that no two are the same.
        """
        query = {
            "action": "getcurrent",
            "type": form or "",
            "owner": "include",
            "count": FEED_LENGTH,
            "output": "atom",
        }
        url = f"{self._www_url}/cgi-bin/browse-edgar?{urlencode(query)}"
        entries = read_feed(self._http.get(url, media="xml").content, url)
        # EDGAR takes the form for a beginning: asked for 10-K it gives 10-KT too.
        return tuple(entry for entry in entries if form in (None, entry.form.removesuffix("/A")))

    def daily_index(self, day: date) -> tuple[IndexRow, ...]:
        """The filings of a day; none where EDGAR was closed, or the day is not over."""
        quarter = (day.month - 1) // MONTHS_IN_QUARTER + 1
        folder = f"{self._www_url}/Archives/edgar/daily-index/{day.year}/QTR{quarter}"
        url = f"{folder}/master.{day:%Y%m%d}.idx"
        try:
            return read_master_index(self._content(url, "any"), url)
        except NotFoundError:
            return ()

    def _submissions_url(self, name: str) -> str:
        return f"{self._data_url}/submissions/{quote(name, safe='')}"

    def _content(self, url: str, media: Media) -> bytes:
        """What an address that may change holds now."""
        download = self._ask(url, self._landing.newest(url), media)
        return self._landing.read(self._landing.store(download))

    def _ask(self, url: str, known: LandedFile | None, media: Media) -> Download:
        return self._http.get(
            url,
            etag=known.etag if known else None,
            last_modified=known.last_modified if known else None,
            media=media,
        )


def _media(name: str) -> Media:
    """What a file's name promises; a filing's .htm and .txt may be anything."""
    if name.endswith(".json"):
        return "json"
    return "xml" if name.endswith((".xml", ".xsd")) else "any"
