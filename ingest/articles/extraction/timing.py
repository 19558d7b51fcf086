"""When a number holds: the days of its period, or the day of its instant."""

import re
from collections.abc import Iterator
from datetime import date

from ingest.articles.extraction.context import Context
from ingest.articles.extraction.modality import VERSUS, direct_modality, is_guide_beaten
from ingest.articles.extraction.periods import Period, PeriodMention
from ingest.articles.extraction.roles import IN_BETWEEN
from ingest.articles.extraction.slots import STOP_AFTER, Slot
from registry.language import Concept, Role

UNBOUNDED = re.compile(
    r"\b(?:cumulative\w*|to date|since (?:19|20)\d\d|so far|a year for)\b", re.IGNORECASE
)
RECORD_SINCE = re.compile(
    r"\b(?:best|fastest|slowest|highest|lowest|strongest|weakest|sharpest|steepest|biggest|largest"
    r"|quickest|most|first|record)\b[^.;]{0,30}\bsince (?:19|20)\d\d",
    re.IGNORECASE,
)
LEVEL_OF = re.compile(r"['’s]{0,2}\s(?:level|total|figure|base|tally)\b")
COMPARED_WITH = re.compile(
    r"\b(?:from|than|versus|vs\.?|against|since|compared (?:with|to))\s(?:the\s)?\Z"
)
COMPARED_REACH = len(" compared with the ")
# "$34 billion and the full-year bill at": the period is the next number's.
OF_ANOTHER = re.compile(rf"{IN_BETWEEN.pattern}|\band (?:the )?\Z", re.IGNORECASE)
TO_LEVEL = re.compile(r"\s(?:\w+[- ]over[- ]\w+\s)?to\s(?:\w+\s)?")
PRICES = ("share_price", "market_cap")
SINCE = re.compile(r"(?:since|from)\b", re.IGNORECASE)
EXCEEDED = re.compile(r"\b(?:beat|beats|topp\w+|exceed\w*|surpass\w*)\b", re.IGNORECASE)
MONTH_END = ("month", True)
PERIOD_WORDS = 6
BESIDE = 60
TO_COME = ("guided", "estimated", "projected", "conditional")


def period_of(
    slot: Slot, context: Context, concept: Concept, role: Role, company: str | None, modality: str,
    *, is_base: bool,
) -> Period | None:  # fmt: skip
    """The period a number is of; None where neither words nor date fix it."""
    dated_to = context.dated_to
    own = _own_period(slot, context, company, modality, is_base=is_base)
    if concept.timing == "quote":
        held = _quoted(context, concept, role, modality, own)
        if held is not own:
            context.dated_to = dated_to  # "24x our FY26 EPS of": the year is of what follows
        return held
    if concept.timing == "none" or _is_unbounded(slot):
        return None
    if modality == "conditional" and own is None:
        return None
    last = context.previous.period if is_base and context.previous is not None else None
    period = own or context.period or last or _default(slot, context, concept, company, modality)
    if own is not None and not is_base and not VERSUS.search(slot.before):
        context.period = own
    previous = context.previous
    if is_base and own is None and previous is not None and previous.is_base and last is not None:
        period = last
    elif is_base and own is None and modality != "guided":
        period = _earlier(slot, context, period, company)
    return _as_held(context, period, concept, role, company, modality)


def named_base(slot: Slot, context: Context, company: str | None) -> Period | None:
    """The earlier period a growth is measured against, where one is named: "from Q1 2023"."""
    for mention in slot.periods_after(slot.near_right):
        before = slot.text[max(slot.end, mention.start - COMPARED_REACH) : mention.start + 1]
        named = COMPARED_WITH.search(before[:-1]) or SINCE.match(slot.text, mention.start)
        if named and mention.kind in ("quarter", "quarter_ended", "month_quarter", "year"):
            return context.story.resolve(mention, company, base=True)
    return None


def _is_unbounded(slot: Slot) -> bool:
    """Of all time so far; "the fastest since 2022" is of its own period."""
    reach = (slot.end, slot.right)
    is_record = RECORD_SINCE.search(slot.text, *reach) is not None
    return UNBOUNDED.search(slot.text, *reach) is not None and not is_record


def _own_period(
    slot: Slot, context: Context, company: str | None, modality: str, *, is_base: bool
) -> Period | None:
    """The period said of this number, after it or before it; "last year" moves a base instead."""
    # What was beaten is of the quarter reported.
    is_over = is_guide_beaten(slot) if modality == "estimated" else EXCEEDED.search(slot.before)
    ahead = modality in TO_COME and not is_over
    since = max(context.previous.slot.end if context.previous else 0, context.dated_to)
    for mention in _after(slot):
        gap = slot.text[slot.end : mention.start]
        is_apart = OF_ANOTHER.search(gap) or len(gap.split()) > PERIOD_WORDS
        if is_apart or LEVEL_OF.match(slot.text, mention.end):
            break
        context.dated_to = mention.end
        # "From $118 billion seen in July": the month is when it was said.
        is_of_saying = mention.kind == "month" and modality == "guided"
        if mention.kind == "last_year" or is_of_saying:
            break
        return _resolved(slot, context, mention, company, ahead=ahead, is_base=is_base)
    for mention in reversed(
        slot.passage.period_between(max(since, slot.passage.start), slot.start)
    ):
        near = max(since, mention.start - COMPARED_REACH)
        is_other = COMPARED_WITH.search(slot.text, near, mention.start)
        is_moved = mention.kind == "last_year"
        if not (is_base and is_moved) and (is_base or not is_other):
            return _resolved(slot, context, mention, company, ahead=ahead, is_base=is_base)
    return None


def _after(slot: Slot) -> Iterator[PeriodMention]:
    """Mentions that may date the number from behind; "33% to $161 billion for the year" both."""
    following = (each for each in slot.passage.numerals if each.start >= slot.right)
    is_to_level = TO_LEVEL.fullmatch(slot.text, slot.end, slot.right)
    reached = next(following, None) if is_to_level else None
    if reached is None:
        return slot.periods_after(_reach(slot))
    stop = STOP_AFTER.search(slot.text, reached.end, slot.passage.end)
    end = stop.start() if stop else slot.passage.end
    return (
        each
        for each in slot.passage.periods
        if reached.end <= each.start < end
        and not OF_ANOTHER.search(slot.text, reached.end, each.start)
    )


def _resolved(
    slot: Slot,
    context: Context,
    mention: PeriodMention,
    company: str | None,
    *,
    ahead: bool,
    is_base: bool,
) -> Period | None:
    """The days of a mention; a quarter beside "trailing twelve months" ends those."""
    story = context.story
    period = story.resolve(mention, company, ahead=ahead, base=is_base)
    since = context.previous.slot.end if context.previous is not None else slot.passage.start
    beside = slot.passage.period_between(since, slot.near_right)
    ends = (
        each for each in beside if each.kind == "quarter" or (each.kind, each.is_end) == MONTH_END
    )
    quarter = next(ends, None)
    has_ttm = any(each.kind == "ttm" for each in beside)
    if (
        period is None
        or quarter is None
        or not has_ttm
        or mention.kind not in ("quarter", "ttm", "month")
    ):
        return period
    period = story.resolve(quarter, company, ahead=ahead, base=is_base) or period
    calendar = story.calendar(company)
    return calendar.span(calendar.quarter_of(period.end), 4, f"TTM {period.label}")


def _reach(slot: Slot) -> int:
    """How far words after the number can date it: a bracket right after it may."""
    if slot.text[slot.end : slot.end + 2] == " (":
        closing = slot.text.find(")", slot.end, slot.right)
        return closing if closing > 0 else slot.near_right
    return slot.near_right


def _quoted(
    context: Context, concept: Concept, role: Role, modality: str, own: Period | None
) -> Period | None:
    """Prices and what is reckoned with them hold on the day of the story, unless dated."""
    if concept.id == "share_return":
        return None
    if concept.id == "share_price" and role != "level":
        if own is not None and own.start is not None and own.end > context.story.published_at:
            return Period(date(own.end.year, 1, 1), context.story.published_at, "YTD")
        is_span = own is not None and own.start is not None
        is_fiscal = own is not None and "Q" in str(own.label)
        return own if is_span and not is_fiscal else None
    if modality == "conditional":
        return None
    is_dated = concept.id in PRICES and own is not None and own.start is None
    return own if is_dated else context.story.published()


def _default(
    slot: Slot, context: Context, concept: Concept, company: str | None, modality: str
) -> Period:
    """The period meant where none is said: of the line, the heading, the outlook, the results."""
    story, thread = context.story, context.thread
    if thread.line_period is not None:
        return thread.line_period
    spoken = context.previous or thread.last
    is_outlook = spoken is not None and spoken.modality == "guided" and spoken.concept is concept
    if modality == "estimated" and is_outlook and spoken is not None and spoken.period is not None:
        return spoken.period
    if modality == "guided" and not is_guide_beaten(slot):
        calendar = story.calendar(company)
        ahead = story.quarter(company).plus(0 if story.is_preview else 1)
        return calendar.year(ahead.year) if concept.is_spending else calendar.quarter(ahead)
    if modality == "guided":
        return story.reported(company)
    return thread.header_period or story.reported(company, is_filed=modality == "reported")


def _earlier(slot: Slot, context: Context, period: Period, company: str | None) -> Period:
    """The period a base is of: a quarter or a year before."""
    start = max(slot.passage.start, slot.left - BESIDE)
    comparisons = slot.passage.between(start, slot.right, "comparisons")
    if any(mention.value == "qoq" for mention in comparisons):
        return context.story.quarter_before(period, company)
    return context.story.year_before(period, company)


def _as_held(
    context: Context,
    period: Period,
    concept: Concept,
    role: Role,
    company: str | None,
    modality: str,
) -> Period | None:
    """The period as the concept holds it: a balance at its end, a flow over its days."""
    if role == "duration" or (concept.id == "backlog" and role == "share"):
        return None if modality == "guided" else period.at_end()
    if concept.timing == "instant" and (role != "growth" or concept.counts):
        return period.at_end()
    if period.start is None:
        calendar = context.story.calendar(company)
        return calendar.quarter(calendar.quarter_of(period.end))
    return period


def is_past(
    slot: Slot, context: Context, concept: Concept, role: Role, company: str | None,
    period: Period | None, modality: str,
) -> bool:  # fmt: skip
    """A year gone by that stands in an outlook is no outlook: "2024 was $39.2 billion"."""
    if modality not in ("guided", "estimated") or role != "level" or period is None:
        return False
    start = context.story.reported(company, is_filed=True).start
    is_own = bool(slot.passage.period_between(slot.firm_left, slot.start))
    is_over = start is not None and period.end < start
    return is_own and is_over and direct_modality(slot, concept) is None


def is_plan(context: Context, concept: Concept, role: Role, period: Period | None) -> bool:
    """Spending of time to come is a plan, whoever states it."""
    is_to_come = period is not None and period.end > context.story.published_at
    return concept.is_spending and role == "level" and is_to_come
