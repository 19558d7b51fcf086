"""A directory in EDGAR's layout for all registered companies: two have filings, written here.

edgar = write_small_edgar(directory)
edgar.add(NEXT_QUARTER)
edgar.remove(ANNUAL)

Members and concepts are Amazon's and Microsoft's own; the figures are round and invented.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from registry.models import load_registry
from tests.support.edgar_files import COLUMNS
from tests.support.xbrl_documents import (
    context,
    duration,
    explicit,
    fact,
    inline,
    instance,
    instant,
    number,
    text,
    unit,
)

AMZN, MSFT = "0001018724", "0000789019"
BILLION = 10**9
SEGMENTS = "us-gaap:StatementBusinessSegmentsAxis"
SEGMENT_MEMBERS = {
    "north_america": "amzn:NorthAmericaSegmentMember",
    "international": "amzn:InternationalSegmentMember",
    "aws": "amzn:AmazonWebServicesSegmentMember",
}
SALES = "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"
OPERATING_INCOME = "us-gaap:OperatingIncomeLoss"
CASH = "us-gaap:CashAndCashEquivalentsAtCarryingValue"

NAMESPACES = {
    "amzn": "http://www.amazon.com/20241231",
    "msft": "http://www.microsoft.com/20250630",
    "dei": "http://xbrl.sec.gov/dei/2024",
}
ERROR_PAGE = b"<html><body>This page is temporarily unavailable, try again later</body></html>"

YEAR_2024 = ("2024-01-01", "2024-12-31")
FIRST_QUARTER = ("2025-01-01", "2025-03-31")
SECOND_QUARTER = ("2025-04-01", "2025-06-30")


# Figures


@dataclass(frozen=True)
class Figure:
    """One number in US dollars; `period` is one day, or a first and a last one."""

    concept: str
    billions: float
    period: tuple[str, ...]
    segment: str = ""

    @property
    def dollars(self) -> int:
        """As it is tagged."""
        return round(self.billions * BILLION)


def statements(
    period: tuple[str, str], sales: Sequence[float], incomes: Sequence[float]
) -> tuple[Figure, ...]:
    """Sales and operating income of the segments in the order of SEGMENT_MEMBERS, and in all."""
    return tuple(
        Figure(concept, billions, period, segment)
        for concept, amounts in ((SALES, sales), (OPERATING_INCOME, incomes))
        for segment, billions in (
            *zip(SEGMENT_MEMBERS.values(), amounts, strict=True),
            ("", sum(amounts)),
        )
    )


def _contexts(figures: Sequence[Figure], cik: str) -> tuple[dict[tuple[str, ...], str], str]:
    """Ids of the contexts the figures need, and the contexts."""
    places = dict.fromkeys((*figure.period, figure.segment) for figure in figures)
    ids = {place: f"c{index}" for index, place in enumerate(places, start=1)}
    written = [
        context(
            ids[place],
            instant(*place[:-1])
            if len(place) == len(("day", "segment"))
            else duration(*place[:-1]),
            *((explicit(SEGMENTS, place[-1]),) if place[-1] else ()),
            entity=cik,
        )
        for place in places
    ]
    return ids, "".join(written) + unit("usd", "iso4217:USD")


def inline_document(cik: str, figures: Sequence[Figure], cover: Mapping[str, str] = {}) -> bytes:
    """An inline document of figures in millions; `cover` are texts of the cover page."""
    ids, resources = _contexts(figures, cik)
    numbers = [
        number(
            f"{abs(figure.dollars) // 10**6:,}",
            id=f"f{index}",
            name=figure.concept,
            context=ids[(*figure.period, figure.segment)],
            scale="6",
            decimals="-6",
            format="ixt:num-dot-decimal",
            sign="-" if figure.billions < 0 else None,
        )
        for index, figure in enumerate(figures, start=1)
    ]
    first = next(iter(ids.values()), None)
    texts = [text(value, name=name, context=first) for name, value in cover.items()]
    return inline("".join([*texts, *numbers]), resources, namespaces=NAMESPACES)


def instance_document(cik: str, figures: Sequence[Figure]) -> bytes:
    """The instance EDGAR extracts of such figures."""
    ids, resources = _contexts(figures, cik)
    facts = [
        fact(
            figure.concept,
            str(figure.dollars),
            id=f"f{index}",
            context=ids[(*figure.period, figure.segment)],
            unit="usd",
            decimals="-6",
        )
        for index, figure in enumerate(figures, start=1)
    ]
    return instance("".join(facts), resources, namespaces=NAMESPACES)


# Filings


@dataclass(frozen=True)
class SmallFiling:
    """A filing and its documents, the primary one first; `accepted` is New York time."""

    accession_number: str
    form: str
    period: str
    filed_at: str
    accepted: str
    documents: Mapping[str, bytes] = field(repr=False)
    figures: tuple[Figure, ...] = ()
    items: str = ""
    cik: str = AMZN

    @property
    def folder(self) -> str:
        """Path of the filing at EDGAR."""
        number = self.accession_number.replace("-", "")
        return f"/Archives/edgar/data/{int(self.cik)}/{number}"

    @property
    def index_path(self) -> str:
        """Path of the list of its files."""
        return f"{self.folder}/index.json"

    @property
    def header_path(self) -> str:
        """Path of its SGML header."""
        return f"{self.folder}/{self.accession_number}.hdr.sgml"

    @property
    def document_path(self) -> str:
        """Path of its primary document."""
        return f"{self.folder}/{next(iter(self.documents))}"

    @property
    def row(self) -> tuple[object, ...]:
        """Its row in the company's list, in the order of COLUMNS."""
        day, clock = self.accepted.split(" ")
        size = sum(len(content) for content in self.documents.values())
        return (
            self.accession_number, self.filed_at, self.period, f"{day}T{clock}.000Z", self.form,
            self.items, size, 1, 1, next(iter(self.documents)),
        )  # fmt: skip

    @property
    def header(self) -> str:
        """Its SGML header."""
        accepted = "".join(character for character in self.accepted if character.isdigit())
        return f"<SEC-HEADER>\n<ACCEPTANCE-DATETIME>{accepted}\n</SEC-HEADER>\n"


def _filed(
    number: str, form: str, period: str, filed_at: str, accepted: str, figures: tuple[Figure, ...]
) -> SmallFiling:
    name = f"amzn-{period.replace('-', '')}{'a' if form.endswith('/A') else ''}.htm"
    cover = {
        "dei:DocumentType": form,
        "dei:DocumentFiscalYearFocus": period[:4],
        "dei:DocumentFiscalPeriodFocus": "FY"
        if form.startswith("10-K")
        else f"Q{int(period[5:7]) // 3}",
    }
    documents = {name: inline_document(AMZN, figures, cover)}
    return SmallFiling(number, form, period, filed_at, accepted, documents, figures)


ANNUAL = _filed(
    "0001018724-25-000001", "10-K", "2024-12-31", "2025-02-07", "2025-02-06 18:40:29",
    (*statements(YEAR_2024, (350, 150, 100), (20, 5, 35)), Figure(CASH, 80, ("2024-12-31",))),
)  # fmt: skip
# Restates the operating income of one segment, and so of the whole.
AMENDMENT = _filed(
    "0001018724-25-000002", "10-K/A", "2024-12-31", "2025-03-14", "2025-03-14 09:15:00",
    statements(YEAR_2024, (350, 150, 100), (18, 5, 35)),
)  # fmt: skip
QUARTER = _filed(
    "0001018724-25-000003", "10-Q", "2025-03-31", "2025-05-02", "2025-05-01 18:08:42",
    (*statements(FIRST_QUARTER, (90, 40, 30), (5, -1, 12)), Figure(CASH, 70, ("2025-03-31",))),
)  # fmt: skip

# Statements of an earlier year after a change of segments: in an exhibit, beside a cover page.
_RECAST_FIGURES = statements(YEAR_2024, (345, 145, 110), (18, 4, 36))
RECAST = SmallFiling(
    "0001018724-25-000004", "8-K", "2025-05-20", "2025-05-20", "2025-05-20 16:31:00",
    {
        "amzn-20250520.htm": inline_document(
            AMZN, (Figure(CASH, 80, ("2024-12-31",)),), {"dei:DocumentType": "8-K"}
        ),
        "amzn-20250520_htm.xml": instance_document(AMZN, _RECAST_FIGURES),
        "amzn-20250520_lab.xml": b"<labels/>",
    },
    _RECAST_FIGURES,
    "8.01,9.01",
)  # fmt: skip


def release_page(
    heads: Sequence[str], sections: Mapping[str, Mapping[str, Sequence[float]]]
) -> bytes:
    """A release's exhibit in millions: headed columns, and rows of billions under headings."""

    def row(label: str, billions: Sequence[float]) -> str:
        cells = (
            f"<td>$</td><td>({abs(each) * 1000:,.0f}</td><td>)</td>"
            if each < 0
            else f"<td>$</td><td>{each * 1000:,.0f}</td><td></td>"
            for each in billions
        )
        return f"<tr><td>{label}</td>{''.join(cells)}</tr>"

    columns = "".join(f"<td colspan=3>{head}</td>" for head in heads)
    rows = "".join(
        f"<tr><td>{heading}</td></tr>" + "".join(row(*each) for each in labels.items())
        for heading, labels in sections.items()
    )
    table = f"<table><tr><td></td>{columns}</tr>{rows}</table>"
    return f"<html><body><p>(in millions)</p>{table}</body></html>".encode()


def results(quarter: str, sales: Sequence[float], incomes: Sequence[float]) -> bytes:
    """The exhibit of a quarter's results: segments in the order of SEGMENT_MEMBERS, and in all."""
    names = ("North America Segment:", "International Segment:", "AWS Segment:", "Consolidated")
    totals = zip(names, (*sales, sum(sales)), (*incomes, sum(incomes)), strict=True)
    return release_page(
        [quarter, "Y/Y % Change"],
        {
            name: {"Net sales": [sold], "Operating income (loss)": [won]}
            for name, sold, won in totals
        },
    )


# The earnings release, two hours before the report: what its exhibit prints is preliminary, what
# its own cover tags is nothing. One segment's operating income is another in the report.
RELEASE = SmallFiling(
    "0001018724-25-000005", "8-K", "2025-05-01", "2025-05-01", "2025-05-01 16:01:00",
    {
        "amzn-20250501.htm": inline_document(AMZN, (Figure(CASH, 1, ("2025-03-31",)),)),
        "amzn-20250501xex991.htm": results("Q1 2025", (90, 40, 30), (5, -1, 13)),
    },
    (),
    "2.02,9.01",
)  # fmt: skip
_MSFT_FIGURES = (Figure(SALES, 300, ("2024-07-01", "2025-06-30")),)
OTHER_COMPANY = SmallFiling(
    "0000789019-25-000001", "10-K", "2025-06-30", "2025-07-30", "2025-07-30 16:05:00",
    {"msft-20250630.htm": inline_document(MSFT, _MSFT_FIGURES)},
    _MSFT_FIGURES,
    cik=MSFT,
)  # fmt: skip

# Newest first in each company, as EDGAR lists them.
FOLLOWED = (RECAST, QUARTER, AMENDMENT, ANNUAL, OTHER_COMPANY)

# Announced, and filed, later than all of these.
NEXT_RELEASE = SmallFiling(
    "0001018724-25-000007", "8-K", "2025-07-31", "2025-07-31", "2025-07-31 16:01:02",
    {
        "amzn-20250731.htm": inline_document(AMZN, (Figure(CASH, 1, ("2025-06-30",)),)),
        "amzn-20250731xex991.htm": results("Q2 2025", (95, 42, 33), (6, 1, 14)),
    },
    (),
    "2.02,9.01",
)  # fmt: skip
NEXT_QUARTER = _filed(
    "0001018724-25-000006", "10-Q", "2025-06-30", "2025-08-01", "2025-07-31 18:01:02",
    statements(SECOND_QUARTER, (95, 42, 33), (6, 1, 13)),
)  # fmt: skip
UNREADABLE = replace(NEXT_QUARTER, documents={"amzn-20250630.htm": ERROR_PAGE}, figures=())
OLD = _filed(
    "0001018724-20-000001", "10-K", "2019-12-31", "2020-01-31", "2020-01-30 18:22:11",
    statements(("2019-01-01", "2019-12-31"), (170, 75, 35), (7, -2, 9)),
)  # fmt: skip
UNTAGGED = replace(
    OLD,
    accession_number="0001018724-08-000001",
    period="2007-12-31",
    filed_at="2008-02-01",
    accepted="2008-02-01 16:00:00",
)


# The directory


@dataclass
class SmallEdgar:
    """The directory and what it lists; every method rewrites the list it changes."""

    directory: Path
    listed: list[SmallFiling] = field(default_factory=list)
    pages: dict[str, tuple[str, list[SmallFiling]]] = field(default_factory=dict)
    ciks: tuple[str, ...] = ()

    def add(self, filing: SmallFiling, *, with_files: bool = True) -> Self:
        """Put a filing at the top of its company's list; its files too, if so asked."""
        if with_files:
            self.write_files(filing)
        self.listed.insert(0, filing)
        return self._write_list(filing.cik)

    def remove(self, filing: SmallFiling) -> Self:
        """Take a filing off its company's list; its files stay."""
        self.listed.remove(filing)
        return self._write_list(filing.cik)

    def add_older_page(self, name: str, filed_to: str, *filings: SmallFiling) -> Self:
        """Give Amazon's list an older page that holds these filings."""
        for filing in filings:
            self.write_files(filing)
        self.write(f"/submissions/{name}", json.dumps(_columns(filings)).encode())
        self.pages[name] = (filed_to, list(filings))
        return self._write_list(AMZN)

    def write_files(self, filing: SmallFiling) -> None:
        """The documents and the header of a filing, whether it is listed or not."""
        for name, content in filing.documents.items():
            self.write(f"{filing.folder}/{name}", content)
        self.write(filing.header_path, filing.header.encode())

    def write_companyfacts(
        self, cik: str, change: Callable[[Figure], float] = lambda figure: figure.billions
    ) -> Self:
        """EDGAR's extract of the listed filings of a company, with each figure changed by hand."""
        facts: dict[str, dict[str, dict[str, list[dict[str, object]]]]] = {}
        for filing in (filing for filing in self.listed if filing.cik == cik):
            for figure in (figure for figure in filing.figures if not figure.segment):
                concept = facts.setdefault(figure.concept.removeprefix("us-gaap:"), {"units": {}})
                concept["units"].setdefault("USD", []).append(
                    {
                        **({"start": figure.period[0]} if figure.period[1:] else {}),
                        "end": figure.period[-1],
                        "val": round(change(figure) * BILLION),
                        "accn": filing.accession_number,
                        "form": filing.form,
                        "filed": filing.filed_at,
                    }
                )
        content = {"cik": int(cik), "facts": {"us-gaap": facts}}
        self.write(companyfacts_path(cik), json.dumps(content).encode())
        return self

    def write(self, path: str, content: bytes) -> Path:
        """A file at a path of EDGAR's."""
        place = self.directory / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        # In one step, since a server may be reading it.
        partial = self.directory / "being-written"
        partial.write_bytes(content)
        partial.replace(place)
        return place

    def write_lists(self) -> Self:
        """The lists of all companies."""
        for cik in self.ciks:
            self._write_list(cik)
        return self

    def _write_list(self, cik: str) -> Self:
        filings = [filing for filing in self.listed if filing.cik == cik]
        older = [{"name": name, "filingTo": filed_to} for name, (filed_to, _) in self.pages.items()]
        company = {
            "cik": cik,
            "name": f"COMPANY {int(cik)}",
            "tickers": ["AMZN"] if cik == AMZN else [],
            "fiscalYearEnd": "1231",
            "filings": {"recent": _columns(filings), "files": older if cik == AMZN else []},
        }
        self.write(list_path(cik), json.dumps(company).encode())
        return self


def list_path(cik: str) -> str:
    """Path of a company's list of filings."""
    return f"/submissions/CIK{cik}.json"


def companyfacts_path(cik: str) -> str:
    """Path of EDGAR's extract of a company's facts."""
    return f"/api/xbrl/companyfacts/CIK{cik}.json"


def write_small_edgar(directory: Path) -> SmallEdgar:
    """The directory with the filings of FOLLOWED, a release, and extracts that agree with them."""
    listed = [*FOLLOWED[:2], RELEASE, *FOLLOWED[2:]]
    edgar = SmallEdgar(directory, listed, ciks=load_registry().ciks)
    for filing in listed:
        edgar.write_files(filing)
    for cik in (AMZN, MSFT):
        edgar.write_companyfacts(cik)
    return edgar.write_lists()


def _columns(filings: Sequence[SmallFiling]) -> dict[str, list[object]]:
    return {name: [filing.row[place] for filing in filings] for place, name in enumerate(COLUMNS)}
