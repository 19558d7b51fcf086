"""What a number says of its concept: a level, a growth, a change, a share, a base; and its sign."""

import re

from ingest.articles.extraction.attachment import converts, is_of_which
from ingest.articles.extraction.context import Context
from ingest.articles.extraction.modality import (
    VERSUS,
    direct_modality,
    is_against_consensus,
    is_an_estimate,
    is_bare_versus,
)
from ingest.articles.extraction.slots import Slot
from registry.language import Concept, Measure, Role

SHARE_OF = re.compile(
    r"\sof\s(?:the|its|total|all|our|their|company|group|overall|net|it\b|that|revenue|sales|backlog|this"
    r"|operating|profits?|income|earnings|capex"
    r"|[A-Z])"
)
MOVED_BY = re.compile(
    r"\s(?:(?:only|by|just|about|nearly|roughly|of|another|some|almost|more than|over"
    r"|an additional)\s)*[+~]?",
    re.IGNORECASE,
)
BESIDE_LEVEL = re.compile(
    r"\s(?:below|above|(?:more|less|higher|lower) (?:than|year|seq|q)|increase|decrease|decline"
    r"|rise|jump|drop|cut|headwind|tailwind)\b"
)
SURPRISE_NOUN = re.compile(
    r"\s(?:\w+\s)?(?:undershoot|overshoot|beat|miss|shortfall|surprise)\b", re.IGNORECASE
)
BEYOND_ESTIMATES = re.compile(
    r"\s(?:ahead of|above|below|short of|better than|worse than|under|over|shy of)\s(?:\w+\s){0,2}"
    r"(?:estimates?|consensus|expectations?|forecasts?|street)\b",
    re.IGNORECASE,
)
BETTER_THAN_STREET = re.compile(
    r"\s(?:better|worse) than\s(?:\w+\s){0,2}(?:estimates?|consensus|expect\w+|street|analysts)\b"
    r"|\s(?:above|below) the (?:high|top|upper|low|lower|bottom) end of\b",
    re.IGNORECASE,
)
BEAT_BY = re.compile(
    r"\b(?:beat|beats|beating|tops|topped|topping|miss|misses|missed|missing|exceed\w*|surpass\w*)\b"
    r"[^;:()]{0,60}?\bby\s(?:about\s|roughly\s|nearly\s)?$",
    re.IGNORECASE,
)
GROWTH_REACHED = re.compile(r"\bgrowth\b.*\b(?:to|at)\s(?:\w+\s)?$", re.IGNORECASE)
TIMES_THE_YEAR_BEFORE = re.compile(
    r"year|level|last|ago|earlier|grew|rose|quarter|as much|times (?:the|its|what)", re.IGNORECASE
)
TIMES_REVENUE = re.compile(
    r"revenue\b|sales\b|earnings\b|trailing|forward|annuali[sz]ed", re.IGNORECASE
)
FROM = re.compile(
    r"\b(?:from\s(?:[\w$~'’]+\s){0,3}|than (?:the|its)\s|(?:double|triple|twice|times) the\s)$",
    re.IGNORECASE,
)
ON_A_BASE = re.compile(r"\bon an?\s(?:\w+\s)?$", re.IGNORECASE)
IN_BETWEEN = re.compile(
    r"\b(?:below|above|than|versus|vs|against|compared|from|since|over|what|level|times)\b",
    re.IGNORECASE,
)
ADVERSE = re.compile(r"unfavo|headwind|drag|hurt|negative|reduc|weigh|adverse", re.IGNORECASE)
OR = re.compile(r",?\sor\s", re.IGNORECASE)
AND = re.compile(r"\s(?:in\s\w+\s)?(?:and|or)\s")
# "In the prior year, the firm earned", "last year we lost".
BASE_OPENS = re.compile(
    r"(?:(?:in|during|for)\s(?:\w+\s){0,4})?\|(?:['’]s\s\w+)?,?\s(?:it|we|they|the \w+)\s\w+\s"
    r"(?:about\s|only\s|just\s)?",
    re.IGNORECASE,
)
LESS = re.compile(r"\s(?:below|lower|less|fewer)\b")
RIGHT_AFTER = 2
LOCAL_REACH = 25


def role_of(slot: Slot, context: Context, measure: Measure, concept: Concept) -> Role:
    """What the number says of its concept."""
    if measure == "years":
        return "duration"
    if _is_surprise(slot, context, measure):
        return "surprise"
    if measure == "percent":
        return _of_percent(slot, context, concept)
    if measure == "points":
        return "change"
    if measure == "multiple":
        return _of_multiple(slot, concept)
    is_quote = measure == "per_share" and concept.id == "share_price"
    is_moved = slot.numeral.has_sign if measure == "per_share" else _is_change(slot)
    if measure == "per_share":
        is_moved = _is_moved_by(slot) or (is_quote and slot.numeral.has_sign)
    return "change" if is_moved and measure in ("money", "per_share") else "level"


def _of_percent(slot: Slot, context: Context, concept: Concept) -> Role:
    previous = context.previous
    is_set_against = VERSUS.search(slot.before) or FROM.search(slot.before)
    if previous is not None and previous.role == "share" and is_set_against:
        return "share"
    if concept.id.endswith(("margin", "yield")):
        return "margin"
    if (concept.id == "backlog" and converts(slot)) or is_of_which(slot):
        return "share"
    moved = slot.said_before("movements") is not None or slot.numeral.has_sign
    compared = slot.said_beside("comparisons") is not None
    if SHARE_OF.match(slot.after) and not (moved and compared):
        return "share"
    after = slot.said_after("movements")
    moves_after = after is not None and slot.words_to(after.start) < RIGHT_AFTER
    if concept.id == "other" and not (moved or compared or moves_after):
        return "margin"
    return "growth" if "growth" in concept.reads else "share"


def _of_multiple(slot: Slot, concept: Concept) -> Role:
    if "growth" not in concept.reads or concept.id == "share_price":
        return "multiple"
    if slot.numeral.is_vague or "fold" in slot.word:
        return "growth"
    is_growth = TIMES_THE_YEAR_BEFORE.search(slot.text, slot.left, slot.right)
    of_figure = TIMES_REVENUE.search(slot.text, slot.end, slot.right)
    return "growth" if is_growth and not of_figure else "multiple"


def _is_change(slot: Slot) -> bool:
    """Money by which a figure moved: "up only $2B", "$6.6B below", "+$2B"."""
    if slot.abutting("loss") is not None:
        return False
    if _is_moved_by(slot):
        return True
    is_signed = slot.numeral.has_sign and not slot.numeral.is_negative
    return is_signed or BESIDE_LEVEL.match(slot.after) is not None


def _is_moved_by(slot: Slot) -> bool:
    moved = slot.said_before("movements")
    return moved is not None and MOVED_BY.fullmatch(slot.text[moved.end : slot.start]) is not None


def _is_surprise(slot: Slot, context: Context, measure: Measure) -> bool:
    """A beat or a miss by its name; or a percent in brackets right after a consensus figure."""
    if SURPRISE_NOUN.match(slot.after) and measure in ("money", "percent", "per_share"):
        return True
    if BEYOND_ESTIMATES.match(slot.after) and measure in ("percent", "per_share"):
        return True
    if measure == "money" and BETTER_THAN_STREET.match(slot.after):
        return True
    is_amount = measure in ("money", "per_share", "percent")
    if is_amount and BEAT_BY.search(slot.text, slot.passage.start, slot.start):
        return True
    previous = context.previous
    if previous is None or previous.modality != "estimated" or measure != "percent":
        return False
    gap = slot.text[slot.left : slot.start]
    is_bracket = "(" in gap and len(gap.split()) <= 3
    return is_bracket and previous.measure != "percent" and slot.said_after("comparisons") is None


def is_base(slot: Slot, context: Context, role: Role) -> bool:
    """Whether the number is the earlier figure that another is compared with."""
    passage, before = slot.passage, slot.before
    if role in ("surprise", "change") or is_an_estimate(slot):
        return False
    previous = context.previous
    if previous is not None and previous.is_base and OR.fullmatch(slot.text, slot.left, slot.start):
        return True  # "compared with $18.2 billion, or $1.68 a share, a year before"
    if ON_A_BASE.search(before) and slot.after.startswith(" base"):
        return True
    is_compared_with = bool(FROM.search(before) or VERSUS.search(before))
    can_be_base = role != "growth" or is_compared_with
    after = slot.said_after("base")
    if after is not None and can_be_base:
        gap = slot.text[slot.end : after.start]
        if not IN_BETWEEN.search(gap) and not passage.has(slot.end, after.start, "movements"):
            return True
    if FROM.search(before):
        return context.previous is not None or passage.has(passage.start, slot.start, "movements")
    opening = passage.first(passage.start, slot.start, "base")
    if (
        opening is not None
        and can_be_base
        and BASE_OPENS.fullmatch(
            slot.text[passage.start : opening.start] + "|" + slot.text[opening.end : slot.start]
        )
    ):
        return True
    earlier = slot.said_before("base")
    if earlier is not None and (
        VERSUS.search(before) or not slot.text[earlier.end : slot.start].strip(" '’s~$")
    ):
        return can_be_base
    return role != "growth" and _is_versus_base(slot, context)


def _is_versus_base(slot: Slot, context: Context) -> bool:
    """A bare "vs." that is not against an estimate is against the figure before."""
    previous = context.previous
    if previous is None or not is_bare_versus(slot) or is_against_consensus(slot, context):
        return False
    return direct_modality(slot, previous.concept) is None


def sign_of(slot: Slot, context: Context, concept: Concept, measure: Measure, role: Role) -> int:
    """-1 where words make a number negative that is printed without a sign, else 1."""
    if slot.numeral.is_negative or measure == "multiple":
        return 1
    if concept.id == "fx_impact":
        return -1 if ADVERSE.search(slot.before + slot.after) else 1
    if role in ("growth", "change", "surprise"):
        return -1 if _moves_down(slot, context, concept, role) else 1
    if role != "level":
        return 1
    after = slot.said_after("loss")
    before = slot.said_before("loss")
    # "A loss on the stake weighed on net income of": what was lost is another amount.
    is_of_this = before is not None and not slot.passage.has(before.end, slot.start, "concept")
    is_lost = is_of_this or (after is not None and slot.words_to(after.start) < 1)
    return -1 if concept.is_negative or (concept.can_be_lost and is_lost) else 1


def _moves_down(slot: Slot, context: Context, concept: Concept, role: Role) -> bool:
    if slot.numeral.has_sign or GROWTH_REACHED.search(slot.before):
        return False
    if LESS.match(slot.after) or (concept.timing == "quote" and slot.said_after("loss")):
        return True
    if role == "surprise":
        surprise = slot.said_beside("surprises", "movements")
        return surprise is not None and surprise.value == "down"
    before, after = slot.said_before("movements"), slot.said_after("movements")
    previous = context.previous
    if (
        previous is not None
        and before is None
        and after is None
        and AND.fullmatch(slot.text, slot.left, slot.start)
    ):
        return previous.sign < 0 and previous.role == role
    if after is not None and slot.words_to(after.start) >= RIGHT_AFTER:
        after = None
    is_far = before is None or before.end < slot.start - LOCAL_REACH
    moved = after if after is not None and is_far else before
    return moved is not None and moved.value == "down"
