"""What a number is said of: its concept, its company, and the part of the company."""

import re

from ingest.articles.extraction.context import Context, Reading, figure_of
from ingest.articles.extraction.modality import clause_modality
from ingest.articles.extraction.phrases import Mention
from ingest.articles.extraction.slots import Slot
from registry.language import Concept, Measure, Role

Found = tuple[Mention | None, Concept | None]

GENERIC = ("loss", "losses", "profit", "profits", "earnings", "income", "earned")
# What a generic word means when it is said of a part, which files no net income.
OF_A_PART = {
    "net_income": "operating_income",
    "net_loss": "operating_loss",
    "net_margin": "operating_margin",
}
ADJUSTED = {"eps": "eps_adjusted", "loss_per_share": "adjusted_loss_per_share"}
MULTIPLE_OF = {
    "eps": "pe", "eps_adjusted": "pe", "share_price": "pe", "net_income": "pe",
    "revenue": "valuation_multiple",
}  # fmt: skip
VAGUE = ("other", "contract", "market_cap")
PRICED = ("eps", "eps_adjusted", "share_price", "pe")
RATIOS_OF_PRICE = ("pe", "valuation_multiple")
TRILLION = 10**12
POSSESSIVE, GROUP_REACH = 4, 4
CONVERSION_REACH = 60

# Nothing but such words between a number and what follows it: the number is of what follows.
NUMBERED_BY = re.compile(
    r"[+)]?\s*(?:(?:of|in|worth of|for|from|on)\s)?(?:(?!(?:and|or|but|although|though|despite"
    r"|because|since|when|before|which|even|to|from|than|vs|versus|against|with|as|by|at|on|in|while"
    r"|after|per|up|down|is|was|were|are)\b)[\w$'’&-]+\s){0,4}",
    re.IGNORECASE,
)
GROWTH_NOUN = re.compile(
    r"\b(?:growth|increase|rise|gain|jump|decline|drop|fall|decrease|surge|slide|year-over-year|yoy|y/y)\b"
    r"(?:\s(?:in|of|for))?",
    re.IGNORECASE,
)
JOINED = re.compile(r"\b(?:and|with|on|into|against)\b")
MARKET_SHARE = re.compile(r"\s(?:market )?share\b|\sof the market\b", re.IGNORECASE)
A_QUARTER = re.compile(r"\+? quarter\b", re.IGNORECASE)
OF_A_PRICE = re.compile(r"\s(?:all-time\s|record\s)?(?:close|peak|high|low)\b|\s\(\S+ close\)")
OF_WHICH = re.compile(r"\bof (?:which|that|this),?\s(?:\w+\s){0,2}$", re.IGNORECASE)
BURNT = re.compile(r"(?:cash )?burn", re.IGNORECASE)
AFTER_TICKER = re.compile(r"[^(]*\(?[A-Z]{1,5}(?:\s[A-Z]{2})?\)?\s?[:,|]?\s?")
AT_A_PRICE = re.compile(r"(?:^|[.!?]\s+)At\s(?:\w+\s)?$")
PER_SHARE = re.compile(r"\s?(?:per|a|/)\s?(?:diluted\s)?share\b", re.IGNORECASE)
ADJUSTED_BASIS = re.compile(r"\b(?:non-?gaap|adjusted) basis\b", re.IGNORECASE)
CONVERTS = re.compile(
    r"\b(?:turns? into (?:revenue|sales)|recogni[sz]ed|converts?|next (?:twelve|12|24|two))\b",
    re.IGNORECASE,
)
OWNED_BY = re.compile(r"\s(?:[\w-]+\s){0,3}?(?:for|at|from|in|of)\s(?:the\s)?")


def concept_of(slot: Slot, context: Context) -> Found:
    """The concept a number is of, and the mention that says so; no concept where it is implied."""
    if _converts_backlog(slot, context):
        return None, context.last_concept
    if slot.measure == "percent" and MARKET_SHARE.match(slot.text, slot.end):
        return None, context.concepts["other"]
    is_quoted = slot.measure == "percent" and slot.numeral.has_sign and _is_quoted(slot)
    if is_quoted or (slot.measure == "per_share" and _is_price(slot)):
        return None, context.concepts["share_price"]
    if slot.measure == "percent" and context.previous is not None and is_of_which(slot):
        return None, context.previous.concept
    tight = slot.passage.last(slot.firm_left, slot.start, "concept")
    if tight is None and slot.measure == "money" and slot.abutting("loss") is not None:
        return None, _cash_flow(slot, context)
    return (
        _attached_first(slot, context, tight)
        or _tight(slot, context, tight)
        or _loose(slot, context)
        or _ahead(slot, context)
        or (None, _continued(slot, context))
    )


def _is_price(slot: Slot) -> bool:
    """A close or a peak; or "At $185," which nothing but a price opens a sentence with."""
    opening = slot.text[slot.passage.start : slot.start]
    return bool(OF_A_PRICE.match(slot.text, slot.end) or AT_A_PRICE.match(opening))


def _is_quoted(slot: Slot) -> bool:
    """A signed percent right after a ticker is what the shares did: "Oracle (ORCL): -4%"."""
    passage = slot.passage
    named = passage.last(passage.start, slot.start, "company", "unfiled")
    if named is None:
        return False
    return AFTER_TICKER.fullmatch(slot.text, named.start, slot.start) is not None


def _cash_flow(slot: Slot, context: Context) -> Concept | None:
    """A loss beside a cash flow is an outflow of it."""
    named = slot.passage.last(slot.passage.start, slot.start, "concept")
    concept: Concept | None = named.value if named is not None else None
    if concept is None and context.previous is not None:
        concept = context.previous.concept
    return concept if concept is not None and concept.id.endswith("cash_flow") else None


def _fit(concept: Concept, slot: Slot, context: Context) -> Concept | None:
    """The concept, or the one its words mean beside such a number; None if it takes none."""
    measure = slot.measure
    if measure == "money" and abs(slot.numeral.high) >= TRILLION and not concept.in_trillions:
        return None
    if measure in concept.takes or (measure == "bare" and concept.counts):
        return concept
    other = concept.otherwise.get(measure)
    return context.concepts[other] if other else None


def _converts_backlog(slot: Slot, context: Context) -> bool:
    """A share of the backlog spoken of before: "roughly 40% turns into revenue"."""
    last = context.last_concept
    is_backlog = last is not None and last.id == "backlog"
    return is_backlog and slot.measure == "percent" and converts(slot)


def is_of_which(slot: Slot) -> bool:
    """A part of the amount before: "$298 billion, of which 40%"."""
    return OF_WHICH.search(slot.text, slot.left, slot.start) is not None


def converts(slot: Slot) -> bool:
    """Whether the words after speak of what becomes revenue: "40% lands in the next 12 months"."""
    ahead = slot.text[slot.end : min(slot.end + CONVERSION_REACH, slot.passage.end)]
    return CONVERTS.search(ahead) is not None


def _attached_first(slot: Slot, context: Context, tight: Mention | None) -> Found | None:
    """What the number directly precedes, where that says more than what stands before it."""
    attached = _attached(slot, context)
    if attached is None:
        return None
    fit = _fit(attached.value, slot, context)
    previous = context.previous
    word = slot.text[attached.start : attached.end].lower()
    if word in GENERIC and previous is not None and (same := _fit(previous.concept, slot, context)):
        return None, same
    if slot.measure == "multiple" and attached.value.id in RATIOS_OF_PRICE:
        return attached, fit
    if slot.measure == "bare" and attached.value.counts:
        return attached, fit
    is_plain = tight is not None and not tight.value.is_weak and _fit(tight.value, slot, context)
    is_joined = tight is not None and JOINED.search(slot.text[tight.end : slot.start])
    return (attached, fit) if is_joined or not is_plain else None


def _attached(slot: Slot, context: Context) -> Mention | None:
    """The concept the number directly precedes: "$12.5 billion of operating income"."""
    for mention in slot.passage.between(slot.end, slot.right, "concept", "counted"):
        gap = slot.text[slot.end : mention.start]
        if slot.measure == "percent":
            gap = GROWTH_NOUN.sub("", gap, count=1)
        if not NUMBERED_BY.fullmatch(gap):
            return None
        if _fit(mention.value, slot, context):
            return mention
    return None


def _tight(slot: Slot, context: Context, tight: Mention | None) -> Found | None:
    """What stands right before the number, with no stop between."""
    if tight is None or _is_new_subject(tight, slot):
        return None
    fit = _fit(tight.value, slot, context)
    return (tight, fit) if fit else None


def _loose(slot: Slot, context: Context) -> Found | None:
    """The nearest concept before the number in its sentence that takes such a number."""
    passage = slot.passage
    part = passage.last(slot.left, slot.start, "part")
    for mention in reversed(passage.between(passage.start, slot.start, "concept")):
        if fit := _fit(mention.value, slot, context):
            return (part, None) if _is_new_subject(mention, slot) else (mention, fit)
    return (part, None) if part is not None else None


def _is_new_subject(concept: Mention, slot: Slot) -> bool:
    """Whether a part named after the concept is what the number is of: "Azure's 40%"."""
    passage = slot.passage
    part = passage.last(max(concept.end, slot.left), slot.start, "part")
    if part is None:
        return False
    if OWNED_BY.fullmatch(slot.text, concept.end, part.start):
        return False  # "operating margin at AWS rose to 37%"
    is_beside = slot.start - part.end <= POSSESSIVE
    return is_beside or passage.has(part.end, slot.start, "movements")


def _ahead(slot: Slot, context: Context) -> Found | None:
    """The first concept after the first number of a sentence."""
    ahead = slot.passage.first(slot.end, slot.passage.end, "concept")
    if context.previous is not None or ahead is None:
        return None
    fit = _fit(ahead.value, slot, context)
    gap = slot.text[slot.end : ahead.start].replace(",", "")
    return (ahead, fit) if fit and NUMBERED_BY.fullmatch(gap) else None


def _continued(slot: Slot, context: Context) -> Concept | None:
    """The concept of the number before; for a sentence that names none the last one spoken of."""
    previous, thread, passage = context.previous, context.thread, slot.passage
    if previous is not None:
        fit = _fit(previous.concept, slot, context)
        is_too_large = abs(slot.numeral.high) >= TRILLION and slot.measure == "money"
        if fit and (fit.id == "market_cap" or not is_too_large):
            return fit
        if previous.measure == "per_share" and slot.measure in ("money", "amount"):
            return context.concepts["revenue"]
    if passage.has(passage.start, slot.start, "concept", "part", "company") or not thread.concept:
        return None
    fit = _fit(thread.concept, slot, context)
    last = fit if fit is thread.concept else thread.by_measure.get(slot.measure, fit)
    is_of_whole = thread.part is not None and last is not None and not last.of_parts
    return None if is_of_whole else last


def implied_concept(slot: Slot, context: Context, part: str | None) -> Concept:
    """The concept of a number of which no words say what it is."""
    concepts, measure = context.concepts, slot.measure
    if measure == "money":
        return concepts[_implied_of_money(slot, part)]
    if measure == "per_share":
        if slot.said_before("loss"):
            return concepts["loss_per_share"]
        if slot.passage.has(slot.passage.start, slot.start, "analyst"):
            return concepts["price_target"]
        return concepts["eps" if PER_SHARE.match(slot.text, slot.end) else "share_price"]
    last = context.last_concept
    if measure == "multiple" and last is not None and last.id in PRICED:
        return concepts["pe"]
    if measure in ("bare", "watts"):
        return concepts["operating_kpi"]
    if measure == "years":
        return concepts["backlog"]
    if part is not None:
        return concepts["revenue"]
    if measure == "percent" and (slot.said_before("movements") or slot.said_after("movements")):
        is_of_company = slot.passage.has(slot.passage.start, slot.start, "company")
        return concepts["share_price" if is_of_company else "revenue"]
    return concepts["other"]


def _implied_of_money(slot: Slot, part: str | None) -> str:
    if abs(slot.numeral.high) >= TRILLION:
        return "market_cap"
    if A_QUARTER.match(slot.text, slot.end):
        return "revenue"
    loss = slot.said_before("loss")
    if loss is not None:
        is_burnt = BURNT.match(slot.text, loss.start) is not None
        return "operating_loss" if part else "free_cash_flow" if is_burnt else "net_loss"
    if part and slot.numeral.is_negative:
        return "operating_income"  # what is sold is above zero
    cue = slot.passage.last(slot.passage.start, slot.start, "modality")
    if slot.numeral.is_range and cue is not None and cue.value == "guided":
        return "revenue"  # an outlook of nothing else is of revenue
    return "revenue" if part else "other"


def varied_concept(
    slot: Slot,
    context: Context,
    concept: Concept,
    mention: Mention | None,
    part: str | None,
    role: Role,
) -> Concept:
    """The variety meant: adjusted per share where the clause says so, a part's own profit."""
    if role == "multiple" and concept.id in MULTIPLE_OF:
        return context.concepts[MULTIPLE_OF[concept.id]]
    concepts, passage, previous = context.concepts, slot.passage, context.previous
    if concept.id == "market_cap" and _is_of_contract(slot, mention):
        return concepts["contract"]
    if (
        concept.id == "net_margin"
        and previous is not None
        and previous.concept.id.startswith("operating")
    ):
        return concepts["operating_margin"]
    if part is not None and concept.id in OF_A_PART:
        word = slot.text[mention.start : mention.end].lower() if mention is not None else ""
        is_generic = concept.id == "net_margin" or word in GENERIC
        return concepts[OF_A_PART[concept.id]] if is_generic else concept
    variants = passage.between(
        passage.clause_start(slot.start, passage.start), slot.start, "variants"
    )
    is_adjusted = any(variant.value == "adjusted" for variant in variants)
    if concept.id in ADJUSTED and (
        is_adjusted or ADJUSTED_BASIS.search(slot.text, passage.start, slot.start)
    ):
        return concepts[ADJUSTED[concept.id]]
    return concept


def _is_of_contract(slot: Slot, mention: Mention | None) -> bool:
    """ "An agreement that is worth $300 billion" is not a company that is."""
    passage = slot.passage
    if mention is None or slot.text[mention.start : mention.end].lower() != "worth":
        return False
    spoken = passage.between(passage.start, mention.start, "concept")
    return any(each.value.id == "contract" for each in spoken)


def repeated_reading(slot: Slot, context: Context, found: Found) -> Reading | None:
    """An earlier reading of the same figure, where this sentence says nothing firmer of it."""
    earlier = context.thread.figures.get(figure_of(slot))
    if earlier is None or slot.passage.has(slot.near_left, slot.start, "part", "company"):
        return None
    if context.previous is not None:
        return None
    mention, concept = found
    if mention is None or (concept is not None and concept.id in VAGUE):
        return earlier
    is_same_outlook = (
        concept is not None
        and concept.id == earlier.concept.id
        and earlier.modality != "reported"
        and not clause_modality(slot, earlier.concept, is_preview=context.story.is_preview)
    )
    return earlier if is_same_outlook else None


def entity_of(
    slot: Slot, context: Context, concept: Mention | None
) -> tuple[str | None, str | None]:
    """The company, and the part of it, that the number is of."""
    passage, thread = slot.passage, context.thread
    named = passage.last(passage.start, slot.start, "company", "part", "unfiled")
    follows = slot.said_after("company", "part")
    is_share = slot.measure == "percent" and slot.after.startswith(" of ")
    is_first = named is None or named.end <= slot.left
    if follows is not None and is_first and not is_share:
        owns = OWNED_BY.fullmatch(slot.text, slot.end, follows.start)
        named = follows if owns else named
    if named is None:
        previous = context.previous
        return thread.company, thread.part if previous is None else previous.part
    is_contract = concept is not None and getattr(concept.value, "id", None) == "contract"
    of_story = thread.section_company or context.story.company
    if named.kind == "unfiled":
        if is_contract:
            return of_story, None
        is_owner = concept is not None and 0 <= concept.start - named.end <= POSSESSIVE
        return (None, None) if is_owner else (thread.company, None)
    company, part = owner_of(named, context)
    if is_contract:
        company = of_story  # the one named is the other party
    return company, None if part is not None and _is_left_behind(named, slot, concept) else part


def owner_of(named: Mention, context: Context) -> tuple[str | None, str | None]:
    """The company and part a mention names: several companies may have a part of that name."""
    if named.kind == "company":
        return named.value, None
    passage, thread = context.passage, context.thread
    owners = [m.value for m in passage.mentions if m.kind == "part" and m.start == named.start]
    before = passage.last(passage.start, named.start, "company")
    for company in (before and before.value, thread.company, context.story.company):
        for ticker, part in owners:
            if ticker == company:
                return ticker, part
    # "data center" is a part where its company is spoken of, and a word elsewhere.
    printed, name = passage.text[named.start : named.end], owners[0][1]
    # So is "services", but in capitals.
    is_name = printed == name or (printed.lower() == name.lower() and not name.istitle())
    is_name = is_name or owners[0][0] in thread.companies
    return owners[0] if len(owners) == 1 and is_name else (thread.company, None)


def _is_left_behind(part: Mention, slot: Slot, concept: Mention | None) -> bool:
    """Whether the sentence has gone on from the part to the whole company."""
    if slot.passage.has(part.end, slot.start, "total"):
        return True
    if concept is None or concept.kind != "concept" or concept.start < part.end:
        return False
    between = slot.text[part.end : concept.start]
    is_apart = re.search(r"[,;]", between) is not None and not re.search(r"\bits\b", between)
    return is_apart and concept.value.id == "backlog"


def is_of_group(slot: Slot) -> bool:
    """Whether it is said of many companies at once."""
    passage = slot.passage
    after = slot.said_after("group")
    if after is not None and slot.words_to(after.start) > GROUP_REACH:
        after = None
    group = passage.last(passage.start, slot.start, "group") or after
    if group is None:
        return False
    company = passage.last(passage.start, slot.start, "company", "part")
    return company is None or company.end < group.start


def measure_for(slot: Slot, concept: Concept) -> Measure:
    """The measure once the concept is known: a scaled or bare number has no unit of its own."""
    if slot.measure == "amount":
        return "count" if concept.counts else "money"
    if slot.measure != "bare":
        return slot.measure
    if concept.counts:
        return "count"
    of_ratio: tuple[Measure, ...] = ("per_share", "multiple", "percent")
    for measure in of_ratio:
        if measure in concept.takes and "money" not in concept.takes:
            return measure
    return "money"
