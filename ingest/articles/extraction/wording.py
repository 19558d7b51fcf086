"""A reading in the words of a claim: metric, kind, hedges, comparison and attribution."""

import re

from ingest.articles.claims import Attribution, Claim, Comparison
from ingest.articles.extraction.attachment import PRICED
from ingest.articles.extraction.context import Context, Reading
from ingest.articles.extraction.periods import Period
from ingest.articles.extraction.slots import Slot
from ingest.articles.extraction.timing import named_base
from registry.language import Concept, Measure, Role

SEVERAL_YEARS = re.compile(
    r"\bcompound|\bCAGR\b|\b(?:over|in|for|during|across) (?:the )?(?:(?:last|past) )?"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|\d{1,2}) years\b"
    r"|\b(?:a|per|each|every) year (?:for|over|since)\b",
    re.IGNORECASE,
)
UNIT_OF: dict[Measure, str] = {
    "money": "USD", "amount": "USD", "per_share": "USD_per_share", "percent": "ratio",
    "points": "ratio", "multiple": "multiple", "count": "count", "bare": "count", "watts": "W",
    "years": "years",
}  # fmt: skip
OWN_KINDS = ("growth", "change", "margin", "share", "duration", "surprise", "multiple")
RELATIVE = ("growth", "change", "share", "margin")
MULTIPLES = ("pe_multiple", "valuation_multiple")
OF_A_PART: dict[Role, Role] = {"level": "part", "change": "part_change"}


def claim_of(reading: Reading, context: Context) -> Claim:
    """The claim a reading makes."""
    slot, numeral = reading.slot, reading.slot.numeral
    sign = reading.sign
    start, end = slot.start, slot.end
    if numeral.is_bracketed and reading.concept.can_be_lost and reading.role == "level":
        start, end, sign = start - 1, end + 1, -1
    low, high = sorted((float(numeral.low) * sign, float(numeral.high) * sign))
    metric = _metric(reading, context)
    return Claim(
        char_start=start,
        char_end=end,
        span_text=slot.text[start:end],
        value=None if numeral.is_range else low,
        low=low if numeral.is_range else None,
        high=high if numeral.is_range else None,
        unit=UNIT_OF[reading.measure],
        kind=_kind(reading, metric),
        metric=metric,
        of_metric=of_metric(reading.concept, reading.role),
        company=reading.company,
        segment=reading.part,
        approx=_is_hedged(slot),
        bound=_bound(slot),
        period=reading.period,
        comparison=_comparison(reading, context),
        modality=reading.modality,
        attribution=_attribution(reading, context),
    )


def of_metric(concept: Concept, role: Role) -> str | None:
    """What a growth, a change or a share is of: the metric of the concept's level."""
    return concept.reads.get("level") if role in RELATIVE else None


def _metric(reading: Reading, context: Context) -> str:
    """The claim metric of the reading's concept in its role."""
    concept, role, reads = reading.concept, reading.role, reading.concept.reads
    if role == "surprise":
        return "surprise"
    if role == "multiple" and concept.id in PRICED:
        return "pe_multiple"
    if role in ("multiple", "share") and role not in reads:
        return "other"
    if concept.has_outlook and _is_outlook(reading, context):
        return reads["guidance"]
    if concept.id == "capex" and role == "level" and (variety := _variety(reading)):
        return reads[variety]
    if reading.part is not None and (own := OF_A_PART.get(role)) and own in reads:
        return reads[own]
    return reads.get(role) or reads.get("level") or next(iter(reads.values()))


def _variety(reading: Reading) -> Role | None:
    """Capital spending with leases or net of proceeds, where the sentence names either."""
    passage = reading.slot.passage
    said = {mention.value for mention in passage.between(passage.start, passage.end, "variants")}
    varieties: tuple[Role, ...] = ("with_leases", "net")
    return next(
        (each for each in varieties if each in said and each in reading.concept.reads), None
    )


def _is_outlook(reading: Reading, context: Context) -> bool:
    """A company's outlook; of capital spending anyone's plan for time to come."""
    if reading.modality == "guided":
        return reading.role in ("level", "change")
    period = reading.period
    is_to_come = period is not None and period.end >= context.story.published_at
    is_plan = reading.concept.id == "capex" and reading.role == "level" and is_to_come
    return is_plan and reading.modality != "reported"


def _kind(reading: Reading, metric: str) -> str:
    if reading.role in OWN_KINDS:
        return reading.role
    if reading.modality == "guided" or metric.endswith("_guidance"):
        return "guidance"
    return "multiple" if metric in MULTIPLES else "level"


def _is_hedged(slot: Slot) -> bool:
    numeral = slot.numeral
    is_vague = numeral.is_vague and numeral.unit in ("ratio", "") and numeral.bound is None
    return is_vague or slot.abutting("hedge") is not None


def _bound(slot: Slot) -> str | None:
    bound = slot.abutting("bounds")
    return slot.numeral.bound or (str(bound.value) if bound is not None else None)


def _comparison(reading: Reading, context: Context) -> Comparison:
    slot, role, story = reading.slot, reading.role, context.story
    if role not in ("growth", "change") or reading.concept.timing == "quote":
        return Comparison()
    base = named_base(slot, context, reading.company)
    if base is not None and reading.period is not None:
        return _against(base, reading, context)
    found = slot.said_beside("comparisons")
    since = max(slot.passage.start, slot.left - len("over the last three years"))
    if found is None and SEVERAL_YEARS.search(slot.text, since, slot.right):
        return Comparison()
    kind = str(found.value) if found is not None else "yoy" if role == "growth" else "none"
    is_constant = role == "growth" and slot.said_after("constant_currency") is not None
    if reading.period is None or kind == "none":
        return Comparison(kind, None, is_constant)
    before = story.year_before if kind == "yoy" else story.quarter_before
    return Comparison(kind, before(reading.period, reading.company), is_constant)


def _against(base: Period, reading: Reading, context: Context) -> Comparison:
    """Against a period that is named: a year or a quarter before, or another."""
    story, period, company = context.story, reading.period, reading.company
    is_constant = reading.slot.said_after("constant_currency") is not None
    if period is not None and base.end == story.year_before(period, company).end:
        return Comparison("yoy", base, is_constant)
    if period is not None and base.end == story.quarter_before(period, company).end:
        return Comparison("qoq", base, is_constant)
    return Comparison("none", base, is_constant)


def _attribution(reading: Reading, context: Context) -> Attribution:
    """Whose word it is: the company's of an outlook and of all its own release says."""
    passage = reading.slot.passage
    is_companys = reading.modality == "guided" or context.story.is_release
    names_analysts = passage.has(passage.start, passage.end, "analyst")
    is_theirs = reading.modality in ("projected", "conditional") and names_analysts
    if reading.modality in ("estimated", "opinion") or is_theirs:
        return Attribution("analyst")
    return Attribution("company") if is_companys else Attribution()
