"""The heads of a table's columns: what each column holds, of which period, in which scale."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.articles.extraction.passages import Passage
from ingest.articles.extraction.periods import MONTHS, PeriodMention

HEAD = re.compile(
    r"(?P<change>%\s?(?:Change|Chg\.?)|(?:YoY|Y/Y|Yr/Yr|[Yy]ear[\s-]over[\s-][Yy]ear|YOY)"
    r"(?:\s?(?:%|change|growth))*|Change(?:\s?%)?|Growth(?:\s?%)?|Chg\.?"
    r"|Increase(?:\s/\s\(decrease\))?|\(decrease\))"
    r"|(?P<prior>(?:Prior|Previous)[\s-]Year(?:\sPeriod|\sQuarter)?|Year[\s-]Ago(?:\sPeriod|\sQuarter)?)"
    r"|(?P<current>Current\s(?:Period|Quarter)|This\sQuarter)"
    r"|(?P<surprise>Surprise)"
    r"|(?P<estimated>Est(?:imates?|\.)?|Consensus|Cons\.?|Expected|Forecasts?|Street|FactSet|LSEG)"
    r"|(?P<guided>Guidance|Guide|Outlook|Old|New|Prior|Updated)(?!\s\w+\s[a-z])"
    r"|(?P<actual>Actuals?|Reported|As reported)(?!\s\w+\s\w+\s\w)",
)
DATED_BY = ("quarter", "year", "full_year", "ttm", "quarter_ended", "month_quarter")
GAP = re.compile(r"[\s|/,:;*–-]*")
SCALE = re.compile(
    r"\bin\s(?:US\$\s|\$\s|USD\s)?(thousands|millions|billions)"
    r"|\((?:in\s)?(?:US\$|\$|USD)?\s?(thousands?|millions?|billions?|mln|mn|bn|m|b)\b"
    r"|\$(M|B|mn|bn)\b|(?:US\$|USD|\$)\s(thousands|millions|billions)\b",
    re.IGNORECASE,
)
SCALES = {"t": 1e3, "m": 1e6, "b": 1e9}
SPAN = re.compile(
    r"(?:(?P<length>three|six|nine|twelve|3|6|9|12)\smonths?|(?P<quarter>quarters?)"
    r"|(?P<year>(?:fiscal\s)?years?))\s(?:period\s)?ended",
    re.IGNORECASE,
)
SPAN_MONTH = re.compile(r"\s(?P<month>[A-Z][a-z]{2,8})\.?\s\d{1,2}")
QUARTERS = {"three": 1, "3": 1, "six": 2, "6": 2, "nine": 3, "9": 3, "twelve": 4, "12": 4}
MONTHS_OF_YEAR = 12
FEWEST_HEADS = 2
# How far before the heads a title may state the scale and the spans.
TITLE_REACH = 260
SCALE_REACH = 60


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Figures of the period mentioned, or of the story's quarter or that of the year before; their
    change; or by how much an estimate was beaten. `quarters` and `month` come from a head such as
    "nine months ended September 30" above.
    """

    mention: PeriodMention | None = None
    modality: str = "reported"
    is_change: bool = False
    is_surprise: bool = False
    is_story_quarter: bool = False
    is_year_before: bool = False
    quarters: int | None = None
    month: int | None = None

    @property
    def is_qualifier(self) -> bool:
        """A word that only says of which kind the figures of a column are."""
        is_own = self.is_change or self.is_surprise or self.is_story_quarter
        return self.mention is None and not is_own


@dataclass(frozen=True)
class Heads:
    """Columns whose heads end at text[end], and the scale of bare figures below them.

    "Q1 2026 Estimate" can be one head or two: `columns` takes it for one, `apart` for two.
    """

    end: int
    columns: tuple[Column, ...]
    scale: float
    apart: tuple[Column, ...] = ()

    def over(self, cells: int) -> "Heads":
        """The heads of rows of so many figures."""
        are_apart = cells == len(self.apart) > len(self.columns)
        return replace(self, columns=self.apart) if are_apart else self

    def like(self, above: "Heads | None") -> "Heads":
        """A table that states neither scale nor spans has those of the one above it."""
        if above is None or self.scale != 1.0 or any(column.quarters for column in self.columns):
            return self
        first = above.columns[0]
        columns = (
            replace(column, quarters=first.quarters, month=first.month) for column in self.columns
        )
        return replace(self, columns=tuple(columns), scale=above.scale)


@dataclass(frozen=True)
class _Head:
    start: int
    end: int
    column: Column


def heads_of(line: Passage) -> Heads | None:
    """The longest run of column heads in a line, if there is one."""
    runs: list[list[_Head]] = [[]]
    for head in _heads(line):
        if runs[-1] and not GAP.fullmatch(line.text, runs[-1][-1].end, head.start):
            runs.append([])
        runs[-1].append(head)
    run = max(filter(_is_run, runs), key=len, default=None)
    if run is None:
        return None
    title = max(line.start - TITLE_REACH, 0)
    first, end = run[0], run[-1].end
    is_span = first.column.mention is not None and first.column.mention.kind == "quarter_ended"
    spans = [
        _span(match) for match in SPAN.finditer(line.text, title, end if is_span else first.start)
    ]
    columns = _under_outlook(_merged(run))
    after = line.text[end : end + SCALE_REACH].split("\n")[0]
    scale = scale_in(line.text, title, end) or scale_in(after, 0, len(after))
    apart = [head.column for head in run]
    return Heads(end, tuple(_spanned(columns, spans)), scale or 1.0, tuple(_spanned(apart, spans)))


def scale_in(text: str, start: int, end: int) -> float | None:
    """The scale that "in millions" or the like states within text[start:end]."""
    match = SCALE.search(text, start, end)
    return SCALES[next(filter(None, match.groups()))[0].lower()] if match else None


def _heads(line: Passage) -> list[_Head]:
    """Everything in the line that can head a column."""
    heads = [
        _Head(mention.start, mention.end, Column(mention))
        for mention in line.periods
        if mention.kind in DATED_BY
    ]
    heads += [
        _Head(*match.span(), COLUMNS[match.lastgroup or ""])
        for match in HEAD.finditer(line.text, line.start, line.end)
    ]
    return sorted(heads, key=lambda head: head.start)


COLUMNS = {
    "change": Column(is_change=True),
    "surprise": Column(is_surprise=True),
    "prior": Column(is_story_quarter=True, is_year_before=True),
    "current": Column(is_story_quarter=True),
    "estimated": Column(modality="estimated"),
    "guided": Column(modality="guided"),
    "actual": Column(),
}


def _is_run(run: Sequence[_Head]) -> bool:
    """Two dated heads; one beside a change; an actual beside an estimate; an old and a new plan."""
    columns = _merged(run)
    dated = sum(column.mention is not None or column.is_story_quarter for column in columns)
    kinds = [column.modality for column in columns if column.is_qualifier]
    plans = kinds.count("guided")
    has_change = any(column.is_change for column in columns)
    return len(columns) >= FEWEST_HEADS and (
        dated >= FEWEST_HEADS
        or (dated == 1 and has_change)
        or {"reported", "estimated"} <= set(kinds)
        or (plans >= FEWEST_HEADS and plans + dated == len(columns))
    )


def _merged(run: Sequence[_Head]) -> list[Column]:
    """A head of two words, "Q1 2026 Estimate", is one column."""
    merged: list[Column] = []
    for head in run:
        last = merged[-1] if merged else None
        is_open = last is not None and last.mention is not None and last.modality == "reported"
        if last is not None and is_open and head.column.is_qualifier:
            merged[-1] = replace(last, modality=head.column.modality)
        else:
            merged.append(head.column)
    return merged


def _under_outlook(columns: list[Column]) -> list[Column]:
    """In "2025 outlook, old, new" the first head dates the others and has no figures of its own."""
    plans = [column for column in columns if column.is_qualifier and column.modality == "guided"]
    dated = [column for column in columns if column.mention is not None]
    if len(plans) < FEWEST_HEADS or len(dated) != 1 or len(columns) != len(plans) + 1:
        return columns
    return [replace(column, mention=dated[0].mention) for column in plans]


def _span(match: re.Match[str]) -> tuple[int, int | None]:
    """How many quarters a head such as "nine months ended September 30" spans, and its month."""
    ended = SPAN_MONTH.match(match.string, match.end())
    month = MONTHS.get(ended["month"].lower()) if ended else None
    if match["length"]:
        return QUARTERS[match["length"].lower()], month
    return (1 if match["quarter"] else 4), month


def _spanned(
    columns: Sequence[Column], spans: Sequence[tuple[int, int | None]]
) -> Iterator[Column]:
    """Years under heads such as "three months ended": each head has its share of the columns."""
    share = max(len(columns) // len(spans), 1) if spans else 0
    for index, column in enumerate(columns):
        if not spans:
            yield column
            continue
        quarters, month = spans[min(index // share, len(spans) - 1)]
        yield replace(column, quarters=quarters, month=month)
