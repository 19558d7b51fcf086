"""Whose word a number is: filed, planned, estimated, projected, conditional, or an opinion."""

import re
from decimal import Decimal

from ingest.articles.extraction.context import Context, Reading
from ingest.articles.extraction.passages import Passage
from ingest.articles.extraction.phrases import Mention
from ingest.articles.extraction.slots import Slot
from registry.language import Concept, Role

BEATEN_BEFORE = re.compile(
    r"\b(?:above|below|beat\w*|topp\w+|ahead of|short of|miss\w*|exceed\w*|than|surpass\w*)\s"
    r"(?:[\w'’]+\s){0,5}$",
    re.IGNORECASE,
)
BEATEN = re.compile(
    r"\b(?:above|below|ahead|beat\w*|short|vs\.?|versus|against|topp\w+|than|miss\w*|but|and"
    r"|exceed\w*|while|with|in)\b",
    re.IGNORECASE,
)
GOES_ON = re.compile(r"[,;]|\b(?:with|as|on|and|by|after)\b", re.IGNORECASE)
BEATS = re.compile(
    r"\b(?:above|below|than|vs\.?|versus|beat\w*|topp\w+|against|ahead of|past the|over the|beyond"
    r"|guid(?:e|ance) was|had guided)\b",
    re.IGNORECASE,
)
NEW_CLAUSE = re.compile(
    r",\s(?:and|but|while|so|which|though)\b|\b(?:but|while|whereas|after)\b", re.IGNORECASE
)
# Words of what has happened: an outlook does not reach over them.
HAPPENED = re.compile(
    r"\b(?:rose|grew|fell|came|reached|hit|climbed|jumped|dropped|declined|slid|shrank|posted|reported"
    r"|totall?ed|landed|produced|earned|made|generated|brought|recorded|delivered|swung|spent|increased"
    r"|decreased|surged|soared|gained|lost|after|while|but|whereas|though|although|so|actual|vs|versus"
    r"|against|compared|beat|topped|missed|exceeded|dwarfs|managed|supplied|took|leapt|leaped|sank"
    r"|tumbled|edged|slipped|eased|advanced|expanded|quickened|accelerated|ballooned|sold|booked)\b",
    re.IGNORECASE,
)
REPORTED = re.compile(
    r"\b(?:spent|posted|reported|generated|earned|booked|recorded|took in|brought in)\b",
    re.IGNORECASE,
)
NEW_STATEMENT = re.compile(r",\s(?:and|but)\s(?:[\w'’-]+\s){1,5}(?:was|were|is|are|stood)\b")
VERSUS = re.compile(r"\b(?:vs\.?|versus|against|compared (?:with|to)|relative to)\b", re.IGNORECASE)
THAN = re.compile(r"\bthan (?:the|its)?\s?$", re.IGNORECASE)
# As analysts write a year to come: FY26E, 2027E.
ESTIMATED_YEAR = re.compile(r"(?:[FC]Y\s?)?'?\d{2,4}E\Z")
EXPECTED_OF = re.compile(r"\b(?:is|are|was|were|be)\s$", re.IGNORECASE)
PLAN_WORDS = (
    "guide", "guidance", "outlook", "midpoint", "plan", "plans", "target", "forecast", "budget",
    "commitment",
)  # fmt: skip
DEFINITE = re.compile(r"\b(?:the|a|an|this|that|toward|towards|its)\s(?:\w+\s)?$", re.IGNORECASE)
# What conditions are put on; "could" beside anything else is no more than caution.
HYPOTHETICAL = (
    "market_cap", "share_price", "revenue", "eps", "pe", "valuation_multiple", "net_income",
    "operating_income", "free_cash_flow", "other", "backlog", "capex", "operating_margin",
    "price_target",
)  # fmt: skip
PRICES = ("share_price", "share_return")
LABELLED = re.compile(
    r"\W*(?:[\w-]+\s){0,3}(?:guide|guidance|outlook|forecast)\b(?:\s[\w-]+){0,3}\s?[:.]",
    re.IGNORECASE,
)
# A passive says nothing of who expects: before the results the market does, after them the company.
PASSIVE = re.compile(
    r"(?:is|are) seen|seen \w+|expected|projected|forecast|anticipated", re.IGNORECASE
)
COMPARED = re.compile(r"\bcompared (?:with|to)\s(?:[\w~]+\s){0,2}$", re.IGNORECASE)
TO_COME = re.compile(r"\bnext (?:twelve|12|24|two|few)\b|\bshould be recogni[sz]ed\b")
JOINS = re.compile(r"\s(?:and|vs\.?|or)\s|[;,)]")
CUE_REACH = 3
CLOSE = Decimal("0.06")


# What a text denies, or says did not come about.
NEGATED = re.compile(
    r"\b(?:(?:was|were|is|are|did|does|do|had|has|have)(?:\snot|n['’]t)(?!\s(?:only|just|including))"
    r"|never|denie[sd]|deny|failed to|fails to|contrary to)\b[^.;:]*$",
    re.IGNORECASE,
)


def modality_of(
    slot: Slot, context: Context, concept: Concept, role: Role, *, is_base: bool, is_of_group: bool
) -> str:
    """Whose word the number is; sets what still holds for the numbers after it."""
    if role == "surprise":
        context.scope = context.thread.line_modality or "reported"
    if concept.id == "coverage" or role == "surprise":
        return "reported"
    if concept.id == "share_return":
        return "projected"
    if (
        concept.id == "backlog"
        and role in ("share", "duration")
        and TO_COME.search(slot.text, slot.end, slot.passage.end)
    ):
        return "guided"
    if concept.id == "price_target":
        return "conditional" if _has_condition_before(slot) else "estimated"
    is_counterfactual = slot.text.startswith("Had ", slot.passage.start)
    if is_counterfactual or NEGATED.search(slot.text, slot.left, slot.start):
        return "conditional"  # it is not said to be so
    direct = direct_modality(slot, concept)
    if direct is not None:
        return direct
    if any(ESTIMATED_YEAR.match(text) for text in _years_before(slot)):
        return "estimated"
    if is_base:
        return "guided" if _replaces_outlook(slot, context) else "reported"
    said = clause_modality(slot, concept, is_preview=context.story.is_preview)
    if said is not None:
        # What a bracket says does not reach out of it.
        if "(" not in slot.text[slot.left : slot.start]:
            context.scope = said
        return said
    if is_against_consensus(slot, context):
        return "estimated"
    is_quote = concept.timing == "quote"
    cue = slot.said_after("modality")
    is_conditional = is_quote and cue is not None and cue.value == "conditional"
    if is_conditional or (_is_threshold(slot, concept) and not is_of_group):
        return "conditional"
    is_over = context.scope == "estimated" and ";" in slot.text[slot.left : slot.start]
    if is_over or not _carries(slot):
        context.scope = context.thread.line_modality or "reported"
    if (
        context.scope == "reported"
        and slot.numeral.is_range
        and not REPORTED.search(slot.before)
        and concept.has_outlook
        and role == "level"
    ):
        return "guided"  # what has been filed is seldom a range
    return "reported" if is_quote and context.scope in ("guided", "estimated") else context.scope


def _years_before(slot: Slot) -> list[str]:
    periods = slot.passage.period_between(slot.near_left, slot.start)
    return [slot.text[each.start : each.end] for each in periods]


def is_guide_beaten(slot: Slot) -> bool:
    """An outlook spoken of after the fact: "above the 37-38% guide" is of the quarter reported."""
    return BEATS.search(slot.before) is not None


def _has_condition_before(slot: Slot) -> bool:
    cues = slot.passage.between(slot.passage.start, slot.start, "modality")
    return any(cue.value == "conditional" for cue in cues)


def _replaces_outlook(slot: Slot, context: Context) -> bool:
    """An earlier outlook that another replaced: "to $87-89 billion, from $88-91 billion"."""
    previous = context.previous
    periods = slot.passage.period_between(slot.left, slot.near_right)
    is_dated = slot.said_beside("base") or any(each.kind != "month" for each in periods)
    return previous is not None and previous.modality == "guided" and not is_dated


def direct_modality(slot: Slot, concept: Concept) -> str | None:
    """What the words right after the number make it, for this number alone."""
    cue = slot.said_after("modality", "analyst")
    if (
        cue is None
        or slot.words_to(cue.start) >= CUE_REACH
        or BEATEN.search(slot.text[slot.end : cue.start])
    ):
        return None
    word = slot.text[cue.start : cue.end].lower()
    if cue.kind == "analyst" or cue.value == "estimated":
        return None if concept.id == "coverage" else "estimated"
    if cue.value == "guided" and word in PLAN_WORDS:
        is_markets = word == "forecast" and BEATS.search(slot.before) is not None
        return "estimated" if is_markets else "guided"
    return None


def labelled_modality(passage: Passage) -> str | None:
    """What a line's label makes of its numbers: "Guidance: …" are plans."""
    return "guided" if LABELLED.match(passage.text, passage.start, passage.end) else None


def clause_modality(slot: Slot, concept: Concept, *, is_preview: bool) -> str | None:
    """What the words between the last number and this one make it, and those that follow."""
    cues = slot.passage.between(slot.near_left, slot.start, "modality", "analyst")
    for cue in reversed(cues):
        if _belongs_to_last(cue, slot):
            continue
        value = _of_cue(cue, slot, concept, is_preview)
        if value is not None:
            return value
    return None


def _of_cue(cue: Mention, slot: Slot, concept: Concept, is_preview: bool) -> str | None:
    passage, text = slot.passage, slot.text
    between = text[cue.end : slot.start]
    before = text[max(passage.start, cue.start - 45) : cue.start]
    word = text[cue.start : cue.end].lower()
    if cue.kind == "analyst" or cue.value == "estimated":
        if BEATEN_BEFORE.search(before) and GOES_ON.search(between):
            return None
        if NEW_CLAUSE.search(between) or _moves_on(cue, slot):
            return None
        if (
            word == "expected"
            and EXPECTED_OF.search(before)
            and not passage.has(passage.start, cue.start, "analyst")
        ):
            return "guided"
        return "estimated"
    if cue.value == "guided":
        if HAPPENED.search(between):
            return None
        speaker = passage.last(passage.start, cue.start, "speaker", "analyst", "company")
        if speaker is not None and speaker.kind == "analyst":
            return "estimated"
        if is_preview and PASSIVE.match(word) and (speaker is None or speaker.kind != "speaker"):
            return "estimated"
        return "projected" if concept.id in PRICES else "guided"
    if cue.value == "conditional":
        if concept.id not in HYPOTHETICAL:
            return None
        is_scenario = any(
            each.value == "projected"
            for each in passage.between(passage.start, cue.start, "modality")
        )
        return "projected" if concept.id.startswith("eps") and is_scenario else "conditional"
    return str(cue.value)


def is_an_estimate(slot: Slot) -> bool:
    """Set against what was expected: "compared with estimates of $1.57"."""
    if not (VERSUS.search(slot.before) or THAN.search(slot.before)):
        return False
    before = slot.said_before("modality", "analyst")
    said = before is not None and before.value in ("estimated", True)
    return said or slot.said_after("analyst") is not None


def _belongs_to_last(cue: Mention, slot: Slot) -> bool:
    """A noun right after the number before is of that one: "the 30% guide and +31% in Q3"."""
    is_beside = slot.left > slot.passage.start and cue.start - slot.left <= 1
    word = slot.text[cue.start : cue.end].lower()
    is_noun = word in (*PLAN_WORDS, "estimate", "consensus", "street", "forecast")
    return is_beside and is_noun and JOINS.match(slot.text, cue.end) is not None


def _moves_on(cue: Mention, slot: Slot) -> bool:
    """Whether another figure is spoken of after the cue and a comma."""
    comma = slot.text.rfind(", ", cue.end, slot.start)
    return comma >= 0 and slot.passage.has(comma, slot.start, "concept", "part")


def _carries(slot: Slot) -> bool:
    """Whether what was said of the number before still holds for this one."""
    between = slot.text[slot.left : slot.start]
    is_result = between.endswith(" with ")  # "beat its guidance of … with $27.5 billion"
    is_other = HAPPENED.search(between) or NEW_STATEMENT.search(between)
    return not is_other and "(" not in between and not is_result


def is_bare_versus(slot: Slot) -> bool:
    """A "vs." that says neither an earlier period nor an estimate."""
    return bool(
        VERSUS.search(slot.before)
        and slot.measure in ("money", "per_share", "percent", "amount")
        and not slot.passage.has(slot.end, slot.right, "base")
        and not slot.said_before("comparisons", "base", "company", "part")
        and not slot.passage.period_between(slot.left, slot.start)
        and not slot.passage.period_between(slot.end, slot.near_right)
    )


def is_against_consensus(slot: Slot, context: Context) -> bool:
    """A bare "vs." in a sentence about beating or missing is against what was expected.

    So is one right after a growth, which has its base already, or a figure within a few percent:
    years differ by more than estimates do.
    """
    passage = slot.passage
    if not is_bare_versus(slot) or COMPARED.search(slot.before):
        return False
    previous = context.previous
    is_close = previous is not None and _is_close(slot, previous)
    if is_close or context.thread.compares_with_estimates:
        return True
    spoken = passage.between(passage.start, passage.end, "analyst", "surprises", "modality")
    return any(cue.kind != "modality" or cue.value == "estimated" for cue in spoken)


def _is_close(slot: Slot, previous: Reading) -> bool:
    if previous.role == "growth":
        return previous.measure != slot.measure
    last, this = previous.slot.numeral, slot.numeral
    is_same = previous.slot.measure == slot.measure and last.high > 0
    return is_same and abs(this.high / last.high - 1) < CLOSE and slot.measure != "percent"


def _is_threshold(slot: Slot, concept: Concept) -> bool:
    """A round market value spoken of as a mark to reach: "the $3 trillion club"."""
    digits = re.sub(r"\D", "", slot.word)
    if concept.id != "market_cap" or len(digits) != 1 or not DEFINITE.search(slot.before):
        return False
    return slot.said_after("concept", "modality") is not None
