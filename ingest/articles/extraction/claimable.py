"""Which numbers are claims at all: not names, page furniture, promotions or spans of time."""

import re

from ingest.articles.extraction.slots import Slot

MULTIPLE_IS_SAID_OF = (
    "the", "what", "its", "a", "an", "that", "last", "year", "from", "to", "over", "in", "as",
    "since", "this", "their", "by", "on", "our", "quarter", "versus", "compared", "those", "these",
)  # fmt: skip
AGO = re.compile(r"\s(?:ago|earlier|before|in\s(?:which|a\srow)|after|old)\b")
PAST_SPAN = re.compile(r"\b(?:last|past|trailing|previous|first|every)\s$", re.IGNORECASE)
SPAN_OF_TIME = re.compile(
    r"\b(?:over|next|within|about|average|life|duration|of|in|than|around|roughly|approximately|is|was)\s"
    r"(?:the\s|about\s|next\s|around\s|roughly\s|approximately\s|coming\s|following\s)*$",
    re.IGNORECASE,
)
DISCOUNT = re.compile(r"\soff\b(?!\s(?:its|the|from|their))")
SMALL_COUNT = 13
COUNT_REACH = 3


def is_claimable(slot: Slot, *, is_about_backlog: bool) -> bool:
    """Whether the number can be a claim; `is_about_backlog` lets months be its duration."""
    passage, measure = slot.passage, slot.measure
    if measure == "bare" and passage.has(slot.start - 40, slot.start, "dial_in"):
        return False
    if measure in ("per_share", "percent", "bare") and _is_promotion(slot):
        return False
    if measure == "percent" and DISCOUNT.match(slot.text, slot.end):
        return False
    if measure == "amount" and _is_furniture(slot):
        return False
    if measure == "years":
        return is_about_backlog and _is_duration(slot)
    if measure == "bare":
        return _is_count(slot)
    if measure == "points":
        return not slot.numeral.is_spelled or slot.said_before("movements") is not None
    if measure == "multiple" and slot.word in ("double", "triple", "quadruple"):
        following = re.match(r"\W+(\w+)", slot.text[slot.end : slot.right])
        return following is None or following.group(1).lower() in MULTIPLE_IS_SAID_OF
    return True


def _is_promotion(slot: Slot) -> bool:
    passage = slot.passage
    return passage.has(passage.start, passage.end, "advert") and not passage.has(
        passage.start, passage.end, "part"
    )


def _is_duration(slot: Slot) -> bool:
    if slot.numeral.is_joined or AGO.match(slot.text, slot.end):
        return False
    before = slot.text[max(slot.left, slot.start - 40) : slot.start]
    return not PAST_SPAN.search(before) and bool(SPAN_OF_TIME.search(before))


def _is_furniture(slot: Slot) -> bool:
    counted, furniture = slot.said_after("concept", "counted"), slot.said_after("furniture")
    return furniture is not None and (counted is None or furniture.start <= counted.start)


def _is_count(slot: Slot) -> bool:
    if slot.numeral.is_joined:
        return False
    if _is_furniture(slot):
        return False
    counted = slot.said_after("concept", "counted")
    if " of " in slot.word:
        passage = slot.passage
        return counted is not None or passage.has(passage.start, passage.end, "analyst")
    if counted is not None and counted.value.counts:
        reach = slot.words_to(counted.start)
        is_small = slot.numeral.high < SMALL_COUNT and reach > 0
        return reach < COUNT_REACH and not is_small
    concept = slot.passage.last(slot.firm_left, slot.start, "concept")
    if concept is None or slot.numeral.is_vague:
        return False
    if concept.value.counts:
        return slot.numeral.high >= 100
    is_fraction = slot.numeral.low % 1 != 0
    return "bare" in concept.value.takes and is_fraction
