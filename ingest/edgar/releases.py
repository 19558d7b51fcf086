"""Exhibits of an 8-K with results to preliminary facts: the raw rows, and what could not be one.

Belongs here: which files are exhibits, agreeing figures made one, conflicts, rows. Does not belong
here: what a page says (`release_tables`, `release_prose`), fetching.

The same figure stated twice is one fact, the most precise of those that agree to the digits
printed. Figures that do not agree are none: which of them is meant cannot be told.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from ingest.edgar.facts import FilingOfFacts, RawFacts, fact_ids
from ingest.edgar.listings import FiledForm
from ingest.edgar.release_html import Paragraph, Table, read_blocks, titles_before
from ingest.edgar.release_periods import FiscalCalendar
from ingest.edgar.release_prose import ProseReader
from ingest.edgar.release_tables import Figure, TableReader, Unread
from ingest.edgar.release_words import ReleaseVocabulary
from ingest.edgar.schema import FACT_DIMENSIONS, FACTS, PRELIMINARY, REJECTS, TEXT_FACTS, VALUE
from ingest.errors import UnreadableDocumentError

# Counts up whenever a release is read differently: every release is then read again.
RELEASE_READER_VERSION = 1
RELEASE_REJECTS = "releases"

PAGE = re.compile(r"\.html?$", re.IGNORECASE)
RESULTS = re.compile(r"ex(?:hibit)?[-_.]?\d*[-_.]?99|99[-_.]?\d*\.html?$|ex[-_.]?99", re.IGNORECASE)
# EDGAR's own pages about a filing, and those of its viewer.
OF_EDGAR = re.compile(r"-index(?:-headers)?\.html?$|^R\d+\.html?$|^index\.html?$", re.IGNORECASE)
MOST_TITLES = 8
LONGEST_TITLE = 200
CONFLICT = "conflicting_values"
LARGEST_DIGITS = 29
MOST_PLACES = 9
OUT_OF_RANGE = "value_out_of_range"


@dataclass(frozen=True)
class Exhibit:
    """One exhibit's figures, and what it states that is none; `tables` is how many it has."""

    name: str
    figures: tuple[Figure, ...]
    unread: tuple[Unread, ...]
    tables: int


@dataclass(frozen=True)
class Release:
    """All exhibits of a release together; `unreadable` says why which page could not be read."""

    exhibits: tuple[Exhibit, ...]
    unreadable: Mapping[str, str]

    @property
    def figure_count(self) -> int:
        """Figures before those that agree are made one."""
        return sum(len(exhibit.figures) for exhibit in self.exhibits)

    @property
    def has_tables(self) -> bool:
        """Whether any page of it has a table."""
        return any(exhibit.tables for exhibit in self.exhibits)

    @property
    def status(self) -> str:
        """What became of the release, as `read_status` says it."""
        if self.figure_count:
            return "release_read"
        return "no_figures" if self.exhibits else "unreadable"

    @property
    def detail(self) -> str | None:
        """What a person should know who misses a figure; None where there is nothing to say."""
        told = list(self.unreadable.values())
        if not self.figure_count:
            read = ", ".join(f"{each.name} ({each.tables} tables)" for each in self.exhibits)
            told.append(f"no declared figure in {read or 'any exhibit'}")
        return "; ".join(told) or None


def exhibit_names(filing: FiledForm, names: Collection[str]) -> list[str]:
    """The pages of a filing that may be its release, those named as exhibit 99 first."""
    pages = sorted(
        name
        for name in names
        if PAGE.search(name) and name != filing.primary_document and not OF_EDGAR.search(name)
    )
    return sorted(pages, key=lambda name: not RESULTS.search(name))


def words_digest(words: ReleaseVocabulary) -> str:
    """What the declared words of a company are: a release is read again when they change."""
    told = (
        words.rules, words.rules_under, words.parts, words.sentences, words.calendar_of,
        sorted(words.company_headings), words.company.fiscal_year_end,
    )  # fmt: skip
    return hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest()


def read_release(contents: Mapping[str, bytes], words: ReleaseVocabulary, latest: date) -> Release:
    """Read the exhibits of one release, which reports on what was over on the day `latest`."""
    exhibits: list[Exhibit] = []
    unreadable: dict[str, str] = {}
    for name, content in contents.items():
        try:
            exhibits.append(_read_exhibit(name, content, words, latest))
        except UnreadableDocumentError as error:
            unreadable[name] = str(error)
    return Release(tuple(exhibits), unreadable)


def _read_exhibit(name: str, content: bytes, words: ReleaseVocabulary, latest: date) -> Exhibit:
    blocks = read_blocks(name, content)
    calendar = FiscalCalendar(words.company.fiscal_year_end.month, words.calendar_of)
    reader = TableReader(words, calendar, latest)
    figures: list[Figure] = []
    unread: list[Unread] = []
    for place, block in enumerate(blocks):
        if isinstance(block, Table):
            titles = titles_before(blocks, place, MOST_TITLES, LONGEST_TITLE)
            found, refused = reader.read(block, titles)
            figures += found
            unread += refused
    paragraphs = [block for block in blocks if isinstance(block, Paragraph)]
    said, unsaid = ProseReader(words, calendar, latest).read(paragraphs)
    tables = sum(isinstance(block, Table) for block in blocks)
    return Exhibit(name, (*figures, *said), (*unread, *unsaid), tables)


def release_rows(release: Release, filing: FilingOfFacts) -> RawFacts:
    """Rows for the raw tables from what was read of a release."""
    stated: dict[tuple[object, ...], list[tuple[str, Figure]]] = {}
    rejects: list[tuple[str, Unread]] = []
    for exhibit in release.exhibits:
        rejects += [(exhibit.name, each) for each in exhibit.unread]
        for figure in exhibit.figures:
            key = (figure.rule.concept, figure.part, figure.period)
            stated.setdefault(key, []).append((exhibit.name, figure))
    kept: list[tuple[str, Figure]] = []
    for places in stated.values():
        name, figure = max(places, key=lambda place: place[1].decimals)
        problem = _problem(figure, places)
        if problem:
            rejects.append((name, problem))
        else:
            kept.append((name, figure))
    facts = _fact_rows(kept, filing)
    return RawFacts(
        facts=facts,
        text_facts=TEXT_FACTS.to_frame(),
        fact_dimensions=_dimension_rows(kept, facts, filing),
        rejects=_reject_rows(rejects, filing),
    )


def _problem(figure: Figure, places: Sequence[tuple[str, Figure]]) -> Unread | None:
    """Why a figure cannot be stated: others contradict it, or no raw table holds it."""
    others = [each for _, each in places if not _agree(figure, each)]
    if others:
        told = "; ".join(
            f"{each.value:f} ({each.label!r}, {each.place})" for each in (figure, *others[:5])
        )
        period = f"{figure.period.start or ''}..{figure.period.end}"
        part = f"[{figure.part.id}]" if figure.part else ""
        return Unread(
            CONFLICT,
            f"{figure.rule.metric}{part} {period} is stated as {told}"[:400],
            figure.place,
            figure.rule.metric,
        )
    whole, _, places_of = f"{abs(figure.value):f}".partition(".")
    if len(whole) > LARGEST_DIGITS or len(places_of.rstrip("0")) > MOST_PLACES:
        detail = f"{figure.label!r} states {figure.value:f}"[:400]
        return Unread(OUT_OF_RANGE, detail, figure.place, figure.rule.metric)
    return None


def _agree(precise: Figure, other: Figure) -> bool:
    """Whether two figures are the same to the digits the less precise one prints."""
    return abs(precise.value - other.value) <= Decimal(5).scaleb(-other.decimals - 1) or (
        precise.value == other.value
    )


def _dimensions(figure: Figure) -> str:
    part = figure.part
    return json.dumps({part.axis: part.member}) if part else "{}"


def _fact_rows(kept: Sequence[tuple[str, Figure]], filing: FilingOfFacts) -> pl.DataFrame:
    rows = pl.DataFrame(
        [
            {
                "cik": filing.cik,
                "accession_number": filing.accession_number,
                "concept": figure.rule.concept,
                "period_start": figure.period.start,
                "period_end": figure.period.end,
                "dimensions": _dimensions(figure),
                "unit": figure.rule.unit,
                "value": f"{figure.value:f}",
                "text_value": None,
                "decimals": str(figure.decimals),
                "is_nil": False,
                "evidence": PRELIMINARY,
                "evidence_ref": f"{filing.folder}/{name}#{figure.place}",
                "source": filing.source,
                "source_line": line,
            }
            for line, (name, figure) in enumerate(kept, start=1)
        ],
        schema={
            **{column: FACTS[column] for column in FACTS.names() if column != "fact_id"},
            "value": pl.String(),
        },
    ).with_columns(pl.col("value").cast(VALUE))
    if rows.is_empty():
        return FACTS.to_frame()
    return rows.with_columns(fact_ids(rows)).select(FACTS.names()).cast(FACTS)


def _dimension_rows(
    kept: Sequence[tuple[str, Figure]], facts: pl.DataFrame, filing: FilingOfFacts
) -> pl.DataFrame:
    rows = [
        (fact_id, figure.part.axis, figure.part.member, False, filing.source)
        for fact_id, (_, figure) in zip(facts["fact_id"], kept, strict=True)
        if figure.part
    ]
    return pl.DataFrame(rows, schema=FACT_DIMENSIONS, orient="row")


def _reject_rows(rejects: Sequence[tuple[str, Unread]], filing: FilingOfFacts) -> pl.DataFrame:
    rows = [
        (
            RELEASE_REJECTS,
            f"{filing.folder}/{name}",
            None,
            each.reason,
            each.detail,
            json.dumps({"metric": each.metric, "place": each.place}),
            filing.source,
        )
        for name, each in rejects
    ]
    return pl.DataFrame(rows, schema=REJECTS, orient="row")
