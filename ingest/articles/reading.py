"""The default extractor: what each printed number is said to be, by declared language alone.

Belongs here: how the words around a number decide what it is said of. Does not belong here: the
words themselves (`registry/language.yml`), the forms of numbers, whether one is a claim at all,
whose word it is, tables.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ingest.articles.claimable import is_claimable
from ingest.articles.claims import Attribution, Claim, Comparison
from ingest.articles.modality import (
    VERSUS,
    carries,
    clause_modality,
    direct_modality,
    is_against_consensus,
    is_bare_versus,
    labelled_modality,
    is_threshold,
)
from ingest.articles.numerals import Numeral
from ingest.articles.passages import Passage, split_passages
from ingest.articles.periods import Period
from ingest.articles.phrases import Mention, PhraseBook
from ingest.articles.slots import Slot, slots_of
from ingest.articles.story import Story
from ingest.articles.tables import read_tables
from registry.language import Concept, Language

# Concepts that a part of a company can have a figure of its own for.
PARTED = (
    "revenue", "run_rate", "operating_income", "operating_loss", "operating_margin", "gross_margin",
    "backlog", "operating_kpi", "audience", "net_margin",
)  # fmt: skip
OUTLOOKS = ("revenue", "operating_income", "operating_loss", "capex", "capex_net")
# Concepts so common that a plainer word beside the number goes first.
WEAK = ("other", "share_price", "market_cap", "contract", "operating_kpi", "coverage")
GENERIC = ("loss", "losses", "profit", "profits", "earnings", "income", "earned")
# What a generic word means when it is said of a part, which files no net income.
OF_A_PART = {
    "net_income": "operating_income", "net_loss": "operating_loss", "net_margin": "operating_margin",
}  # fmt: skip

NUMBERED_BY = re.compile(
    r"[+)]?\s*(?:(?:of|in|worth of|for|from|on)\s)?(?:(?!(?:and|or|but|although|though|despite|because|since"
    r"|when|before|which|even|to|from|than|vs|versus|against|with|as|by|at|on|in|while|after|per|up|down"
    r"|is|was|were|are)\b)[\w$'’&-]+\s){0,4}",
    re.IGNORECASE,
)
GROWTH_NOUN = re.compile(
    r"\b(?:growth|increase|rise|gain|jump|decline|drop|fall|decrease|surge|slide|year-over-year|yoy|y/y)\b"
    r"(?:\s(?:in|of|for))?",
    re.IGNORECASE,
)
FROM = re.compile(r"\b(?:from\s(?:[\w$~'’]+\s){0,3}|than (?:the|its)\s)$", re.IGNORECASE)
ON_A_BASE = re.compile(r"\bon an?\s(?:\w+\s)?$", re.IGNORECASE)
PRICED = ("eps", "eps_adjusted", "share_price", "pe")
PER_SHARE = re.compile(r"\s?(?:per|a|/)\s?(?:diluted\s)?share\b", re.IGNORECASE)
SHARE_OF = re.compile(r"\sof\s(?:the|its|total|all|our|their|company|group|overall|net|it\b|that|revenue|sales|this|[A-Z])")
MOVED_BY = re.compile(
    r"\s(?:(?:only|by|just|about|nearly|roughly|of|another|some|almost|more than|over|an additional)\s)*[+~]?",
    re.IGNORECASE,
)
BESIDE_LEVEL = re.compile(
    r"\s(?:below|above|(?:more|less|higher|lower) (?:than|year|seq|q)|increase|decrease|decline|rise|jump|drop|cut|headwind|tailwind)\b"
)
BEATS_GUIDE = re.compile(r"\b(?:above|below|than|vs\.?|versus|beat\w*|topp\w+|against|ahead of)\b", re.IGNORECASE)
ADJUSTED_BASIS = re.compile(r"\b(?:non-?gaap|adjusted) basis\b", re.IGNORECASE)
ECHO = re.compile(r"\b(?:was|were|wanted|expected|at|around|about|for|of|is|had|than|vs\.?)\s$", re.IGNORECASE)
CONVERTS = re.compile(r"\b(?:turns? into revenue|recogni[sz]ed|converts?|next (?:twelve|12|24|two))\b", re.IGNORECASE)
SURPRISE_NOUN = re.compile(r"\s(?:\w+\s)?(?:undershoot|overshoot|beat|miss|shortfall|surprise)\b", re.IGNORECASE)
TIMES_THE_YEAR_BEFORE = re.compile(
    r"year|level|last|ago|earlier|grew|rose|quarter|as much|times (?:the|its|what)", re.IGNORECASE
)
TIMES_REVENUE = re.compile(r"revenue\b|sales\b|earnings\b|trailing|forward|annuali[sz]ed", re.IGNORECASE)
NOT_IN_PERIOD = re.compile(
    r"\b(?:below|above|than|versus|vs|against|compared|from|since|over|what|level|times)\b", re.IGNORECASE
)
UNBOUNDED_TIME = re.compile(r"\b(?:cumulative\w*|to date|since (?:19|20)\d\d|so far|a year for)\b", re.IGNORECASE)
ABUTS = re.compile(
    r"\s*(?:(?:a|an|the|its|some|to|of|at|only|just|nearly|about|roughly|around|record|another)\s*){0,2}\$?",
    re.IGNORECASE,
)
OWNED_BY = re.compile(r"\s(?:[\w-]+\s){0,3}?(?:for|at|from|in|of)\s(?:the\s)?")
PRONOUN = re.compile(r"\W*(?:it|its|the (?:unit|division|segment|business)|that|this)\b", re.IGNORECASE)
HEADED_BY = ("quarter", "quarter_ended", "last_quarter", "previous_quarter", "full_year", "six", "nine")
PERIOD_WORDS = 6
POSSESSIVE = 4
TRILLION = 10**12
AS_LARGE = ("market_cap", "revenue", "backlog", "other", "contract", "capex")
LOSSES = {"eps": "loss_per_share", "net_income": "net_loss"}
CAN_BE_LOST = (
    "net_income", "operating_income", "free_cash_flow", "operating_cash_flow", "eps", "eps_adjusted",
    "operating_loss", "net_loss", "loss_per_share", "adjusted_loss_per_share",
)  # fmt: skip
UNIT_OF = {
    "money": "USD", "amount": "USD", "per_share": "USD_per_share", "percent": "ratio",
    "points": "ratio", "multiple": "multiple", "count": "count", "bare": "count", "watts": "W",
    "years": "years",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """A numeral with what its surroundings say, before it is put in the words of a claim."""

    slot: Slot
    concept: Concept
    measure: str
    role: str
    company: str | None
    part: str | None
    period: Period | None
    modality: str
    is_base: bool


@dataclass
class Thread:
    """What carries over from one number to the next, and from one sentence to the next."""

    company: str | None
    section_company: str | None = None
    part: str | None = None
    backlog_part: str | None = None
    concept: Concept | None = None
    by_measure: dict[str, Concept] = field(default_factory=dict)
    line_period: Period | None = None
    header_period: Period | None = None
    header_modality: str | None = None
    line_modality: str | None = None
    last: Reading | None = None
    line: int = -1
    companies: frozenset[str] = frozenset()
    figures: dict[tuple[object, ...], Reading] = field(default_factory=dict)


class RuleExtractor:
    """Finds claims by the declared language; offline, deterministic, no model."""

    name = "rules"

    def __init__(self, language: Language) -> None:
        self._language = language
        self._book = phrase_book(language)
        self._concepts = {concept.id: concept for concept in language.concepts}

    def extract(self, text: str, published_at: date) -> Sequence[Claim]:
        """The claims of one article, in the order of the text."""
        passages = list(split_passages(text, self._book))
        story = Story(self._language, published_at, passages)
        cells, tabular = read_tables(story, passages, self._concepts)
        companies = {m.value for each in passages for m in each.mentions if m.kind == "company"}
        thread = Thread(story.company, companies=frozenset(companies))
        claims = list(cells)
        for passage in passages:
            if passage.line not in tabular:
                claims += SentenceReader(story, passage, thread, self._concepts).read()
        return sorted(claims, key=lambda claim: claim.char_start)


def phrase_book(language: Language) -> PhraseBook:
    """Every declared phrase with what it says."""
    entries: list[tuple[str, str, object]] = [
        (phrase, "concept", concept) for concept in language.concepts for phrase in concept.phrases
    ]
    concepts = {phrase: concept for phrase, _, concept in entries}
    for company in language.companies:
        entries += [(alias, "company", company.ticker) for alias in company.aliases]
        for part in company.parts:
            for alias in part.aliases:
                entries.append((alias, "part", (company.ticker, part.name)))
                # "cloud revenue" names a part, and revenue as well.
                last = concepts.get(alias.rsplit(" ", 1)[-1])
                if last is not None and alias not in concepts:
                    entries.append((alias, "concept", last))
    for kind in ("variants", "movements", "surprises", "bounds", "modality", "comparisons"):
        groups = getattr(language, kind)
        for value in type(groups).model_fields:
            entries += [(phrase, kind, value) for phrase in getattr(groups, value)]
    for kind, phrases in (
        ("loss", language.losses),
        ("hedge", language.hedges),
        ("analyst", language.analyst_words),
        ("speaker", language.company_words),
        ("constant_currency", language.constant_currency),
        ("base", language.base_cues),
        ("total", language.totals),
        ("name", language.names_with_numbers),
        ("furniture", language.furniture),
        ("advert", language.adverts),
        ("dial_in", language.dial_in),
        ("preview", language.previews),
        ("group", language.groups),
        ("unfiled", language.without_filings),
    ):
        entries += [(phrase, kind, True) for phrase in phrases]
    return PhraseBook(entries)


class SentenceReader:
    """Reads the numbers of one sentence, left to right."""

    def __init__(
        self, story: Story, passage: Passage, thread: Thread, concepts: dict[str, Concept]
    ) -> None:
        self.story = story
        self.passage = passage
        self.thread = thread
        self.concepts = concepts
        self.previous: Reading | None = None
        self.period: Period | None = None
        self.scope = "reported"
        self.passed_guide = False

    def read(self) -> Iterator[Claim]:
        """The claims of the sentence, in order."""
        self._open()
        for slot in map(self._echoed, slots_of(self.passage)):
            if not is_claimable(slot, is_about_backlog=self._is_about_backlog()):
                continue
            reading = self._read(slot)
            self.previous = reading
            yield self._claim(reading)

    def _echoed(self, slot: Slot) -> Slot:
        """A bare number set against the last one is in its unit: "analysts wanted 3.22"."""
        last = self.previous or self.thread.last
        if last is None or slot.measure != "bare" or slot.numeral.is_joined or not ECHO.search(slot.before):
            return slot
        cue = slot.said_before("modality", "analyst")
        if cue is None or cue.value not in ("estimated", True) or slot.said_after("concept", "furniture"):
            return slot
        scale, numeral = last.slot.numeral.scale, slot.numeral
        scaled = replace(
            numeral, low=numeral.low * scale, high=numeral.high * scale, unit=last.slot.numeral.unit,
            is_scaled=last.slot.numeral.is_scaled, scale=scale,
        )  # fmt: skip
        return replace(slot, numeral=scaled)

    def _is_about_backlog(self) -> bool:
        spoken = self.passage.between(self.passage.start, self.passage.end, "concept")
        last = self.thread.concept
        return any(mention.value.id == "backlog" for mention in spoken) or (
            last is not None and last.id == "backlog"
        )

    # -- what the sentence as a whole says --------------------------------------------------------

    def _open(self) -> None:
        passage, thread = self.passage, self.thread
        if passage.line != thread.line:
            thread.line, thread.line_period = passage.line, None
            thread.line_modality = labelled_modality(passage)
            thread.company = thread.section_company or self.story.company
            self._open_line()
        subject = passage.first(passage.start, passage.end, "company", "part")
        opening = self.passage.text[passage.start : subject.start] if subject else ""
        if subject is not None and subject.kind == "company" and not re.search(r"\w", opening):
            thread.company = subject.value
        if not PRONOUN.match(passage.text, passage.start):
            thread.part = None
        self.scope = thread.line_modality or thread.header_modality or "reported"

    def _open_line(self) -> None:
        """A line without figures is a heading: what it names holds for the lines below it."""
        passage, thread = self.passage, self.thread
        line = passage.text[passage.start : passage.text.find("\n", passage.start) if "\n" in passage.text[passage.start :] else None]
        figures = [numeral for numeral in passage.numerals if not numeral.is_bare]
        if figures:
            return
        words = line.split()
        is_heading = len(words) <= 12 and not line.rstrip().endswith((".", "!", "?"))
        cues = passage.between(passage.start, passage.end, "modality")
        is_outlook = is_heading and len(words) <= 6 and any(cue.value == "guided" for cue in cues)
        thread.header_modality = "guided" if is_outlook else None
        if not is_heading or passage.start == 0:
            return
        dated = [each for each in passage.periods if each.kind in HEADED_BY]
        thread.header_period = (
            self.story.resolve(dated[0], thread.company, ahead=is_outlook) if dated else None
        )
        companies = {m.value for m in passage.between(passage.start, passage.end, "company")}
        if len(companies) == 1 and len(words) <= 4:
            thread.section_company = thread.company = companies.pop()

    # -- one number -------------------------------------------------------------------------------

    def _read(self, slot: Slot) -> Reading:
        mention, concept = self._concept(slot)
        repeated = self._repeated(slot, mention, concept)
        if repeated is not None:
            return replace(repeated, slot=slot)
        company, part = self._entity(slot, mention)
        if concept is None:
            concept = self._implied(slot, part)
        measure = _measure(slot, concept)
        role = self._role(slot, measure, concept)
        concept = self._varied(slot, concept, mention, part)
        is_base = self._is_base(slot, role)
        modality = self._modality(slot, concept, role, is_base)
        if concept.id == "backlog":
            is_named = self.passage.has(self.passage.start, slot.start, "part")
            part = (is_named and part) or self.thread.backlog_part
        elif concept.id not in PARTED:
            part = None
        if self._is_of_group(slot, concept, mention):
            company = part = None
        period = self._period(slot, concept, role, company, is_base, modality)
        if self._is_past(slot, role, period, modality, company):
            modality = "reported"
        if self._is_plan(concept, role, period, modality):
            modality = "guided"
        reading = Reading(slot, concept, measure, role, company, part, period, modality, is_base)
        self._remember(reading)
        return reading

    def _repeated(
        self, slot: Slot, mention: Mention | None, concept: Concept | None
    ) -> Reading | None:
        """An earlier reading of the same figure, where this sentence says nothing firmer of it."""
        earlier = self.thread.figures.get(_figure(slot))
        if earlier is None or (mention is not None and earlier.concept.id != concept_id(concept) and concept_id(concept) not in WEAK):
            return None
        if mention is not None and concept_id(concept) not in WEAK and (earlier.modality == "reported" or clause_modality(slot, earlier.concept, is_preview=self.story.is_preview)):
            return None
        if self.passage.has(slot.near_left, slot.start, "part", "company"):
            return None
        return earlier

    def _remember(self, reading: Reading) -> None:
        thread, slot = self.thread, reading.slot
        thread.last = reading
        thread.concept = reading.concept
        thread.by_measure[reading.measure] = reading.concept
        thread.part = reading.part
        if reading.concept.id == "backlog" and reading.part:
            thread.backlog_part = reading.part
        thread.figures.setdefault(_figure(slot), reading)

    # -- what it is said of -----------------------------------------------------------------------

    def _fit(self, concept: Concept, slot: Slot) -> Concept | None:
        """The concept, or the one its words mean beside such a number; None if it takes none."""
        measure = slot.measure
        if measure == "money" and abs(slot.numeral.high) >= TRILLION and concept.id not in AS_LARGE:
            return None
        if measure in concept.takes or (measure == "bare" and concept.counts):
            return concept
        if measure in concept.otherwise:
            return self.concepts[concept.otherwise[measure]]  # type: ignore[index]
        return None

    def _concept(self, slot: Slot) -> tuple[Mention | None, Concept | None]:
        """The concept a number is of, and the mention that says so; None where it is implied."""
        passage, measure = self.passage, slot.measure
        last = self.thread.concept
        if measure == "percent" and last is not None and last.id == "backlog" and CONVERTS.search(slot.after):
            return None, last
        tight = passage.last(slot.firm_left, slot.start, "concept")
        if tight is None and measure == "money" and self._is_lost(slot):
            return None, None
        attached = self._attached(slot)
        if attached is not None:
            fit = self._fit(attached.value, slot)
            joined = tight is not None and re.search(r"\b(?:and|with)\b", slot.text[tight.end : slot.start])
            tight_fit = tight is not None and self._fit(tight.value, slot)
            if slot.text[attached.start : attached.end].lower() in GENERIC and (
                self.previous is not None and self._fit(self.previous.concept, slot)
            ):
                return None, self.previous.concept
            if measure == "multiple" and attached.value.id in ("pe", "valuation_multiple"):
                return attached, fit
            if joined or not tight_fit or (tight is not None and tight.value.id in WEAK) or (
                measure == "bare" and attached.value.counts
            ):
                return attached, fit
        if tight is not None and (fit := self._fit(tight.value, slot)):
            if not self._is_new_subject(tight, slot):
                return tight, fit
        loose = self._loose(slot)
        if loose is not None:
            return loose
        ahead = passage.first(slot.end, passage.end, "concept")
        if self.previous is None and ahead is not None and (fit := self._fit(ahead.value, slot)):
            if NUMBERED_BY.fullmatch(slot.text[slot.end : ahead.start].replace(",", "")):
                return ahead, fit
        if self.previous is not None:
            if fit := self._fit(self.previous.concept, slot):
                return None, fit
            if self.previous.measure == "per_share" and measure in ("money", "amount"):
                return None, self.concepts["revenue"]
        return None, self._carried(slot)

    def _is_lost(self, slot: Slot) -> bool:
        """Right after a verb of losing: "lost $4.5 billion"."""
        lost = slot.said_before("loss")
        return lost is not None and ABUTS.fullmatch(slot.text[lost.end : slot.start]) is not None

    def _carried(self, slot: Slot) -> Concept | None:
        """The concept spoken of before, for a sentence that names none."""
        if self.passage.has(self.passage.start, slot.start, "concept", "part", "company"):
            return None
        last = self.thread.concept
        fit = self._fit(last, slot) if last is not None else None
        return fit if fit is last and fit is not None else self.thread.by_measure.get(slot.measure, fit)

    def _loose(self, slot: Slot) -> tuple[Mention | None, Concept | None] | None:
        """The nearest concept before the number in its sentence that takes such a number."""
        part = self.passage.last(slot.left, slot.start, "part")
        for mention in reversed(self.passage.between(self.passage.start, slot.start, "concept")):
            if fit := self._fit(mention.value, slot):
                return (part, None) if self._is_new_subject(mention, slot) else (mention, fit)
        return (part, None) if part is not None else None

    def _is_new_subject(self, concept: Mention, slot: Slot) -> bool:
        """Whether a part named after the concept is what the number is of: "Azure's 40%"."""
        part = self.passage.last(max(concept.end, slot.left), slot.start, "part")
        if part is None:
            return False
        gap = slot.text[part.end : slot.start]
        return len(gap) < 5 or self.passage.has(part.end, slot.start, "movements")

    def _attached(self, slot: Slot) -> Mention | None:
        """The concept the number directly precedes: "$12.5 billion of operating income"."""
        for mention in self.passage.between(slot.end, slot.right, "concept"):
            gap = slot.text[slot.end : mention.start]
            if slot.measure == "percent":
                gap = GROWTH_NOUN.sub("", gap, count=1)
            if not NUMBERED_BY.fullmatch(gap):
                return None
            if self._fit(mention.value, slot):
                return mention
        return None

    def _implied(self, slot: Slot, part: str | None) -> Concept:
        """The concept of a number whose sentence names none."""
        concepts, measure = self.concepts, slot.measure
        if measure == "money" and abs(slot.numeral.high) >= TRILLION:
            return concepts["market_cap"]
        if measure == "money" and slot.after.lower().startswith(" quarter"):
            return concepts["revenue"]
        if measure == "money" and slot.said_before("loss"):
            return concepts["operating_loss" if part else "net_loss"]
        if measure == "per_share":
            if slot.said_before("loss"):
                return concepts["loss_per_share"]
            return concepts["eps" if PER_SHARE.match(slot.text, slot.end) else "share_price"]
        last = self.previous.concept if self.previous is not None else self.thread.concept
        if measure == "multiple" and last is not None and last.id in PRICED:
            return concepts["pe"]
        if measure in ("bare", "watts"):
            return concepts["operating_kpi"]
        if measure == "years":
            return concepts["backlog"]
        if part is not None:
            return concepts["revenue"]
        if measure == "percent" and (slot.said_before("movements") or slot.said_after("movements")):
            subject = self.passage.first(self.passage.start, slot.start, "company")
            return concepts["share_price" if subject is not None else "revenue"]
        return concepts["other"]

    def _varied(
        self, slot: Slot, concept: Concept, mention: Mention | None, part: str | None
    ) -> Concept:
        """The variety meant: adjusted per share where the clause says so, a part's own profit."""
        last = self.previous.concept if self.previous is not None else None
        if concept.id == "net_margin" and last is not None and last.id.startswith("operating"):
            return self.concepts["operating_margin"]
        if part is not None and concept.id in OF_A_PART:
            word = slot.text[mention.start : mention.end].lower() if mention is not None else ""
            is_generic = concept.id == "net_margin" or word in GENERIC
            return self.concepts[OF_A_PART[concept.id]] if is_generic else concept
        start = self.passage.clause_start(slot.start, self.passage.start)
        variants = self.passage.between(start, slot.start, "variants")
        on_a_basis = ADJUSTED_BASIS.search(slot.text, self.passage.start, slot.start)
        if on_a_basis or any(variant.value == "adjusted" for variant in variants):
            return {
                "eps": self.concepts["eps_adjusted"],
                "loss_per_share": self.concepts["adjusted_loss_per_share"],
            }.get(concept.id, concept)
        return concept

    def _entity(self, slot: Slot, concept: Mention | None) -> tuple[str | None, str | None]:
        """The company and the part of it that the number is of."""
        passage, thread = self.passage, self.thread
        named = passage.last(passage.start, slot.start, "company", "part", "unfiled")
        follows = slot.said_after("company", "part")
        if follows is not None and (named is None or named.end <= slot.left):
            if OWNED_BY.fullmatch(slot.text[slot.end : follows.start]):
                named = follows
        if named is None:
            carried = self.previous.part if self.previous is not None else thread.part
            return thread.company, carried
        if named.kind == "unfiled":
            owns = concept is not None and 0 <= concept.start - named.end <= POSSESSIVE
            return (None, None) if owns else (thread.company, None)
        company, part = self._owner(named)
        if concept is not None and concept.kind == "concept" and concept.value.id == "contract":
            company = thread.company  # the other company named is the other party
        if part is not None and self._is_left_behind(named, slot, concept):
            part = None
        return company, part

    def _is_left_behind(self, part: Mention, slot: Slot, concept: Mention | None) -> bool:
        """Whether the sentence has gone on from the part to the whole company."""
        if self.passage.has(part.end, slot.start, "total"):
            return True
        if concept is None or concept.start < part.end:
            return False
        between = slot.text[part.end : concept.start]
        is_apart = re.search(r"[,;]", between) is not None and not re.search(r"\bits\b", between)
        return is_apart and concept.kind == "concept" and concept.value.id == "backlog"

    def _owner(self, named: Mention) -> tuple[str | None, str | None]:
        """The company and part a mention names: several companies may have a part of that name."""
        if named.kind == "company":
            return named.value, None
        passage = self.passage
        slot_text = passage.text[named.start : named.end]
        owners = [m.value for m in passage.mentions if m.kind == "part" and m.start == named.start]
        before = passage.last(passage.start, named.start, "company")
        for company in (before and before.value, self.thread.company, self.story.company):
            for ticker, part in owners:
                if ticker == company:
                    return ticker, part
        is_name = slot_text[0].isupper() or owners[0][0] in self.thread.companies
        return owners[0] if len(owners) == 1 and is_name else (self.thread.company, None)

    def _is_of_group(self, slot: Slot, concept: Concept, mention: Mention | None) -> bool:
        """Whether it is said of many companies at once."""
        passage = self.passage
        group = passage.last(passage.start, slot.start, "group") or slot.said_after("group")
        if group is None:
            return False
        company = passage.last(passage.start, slot.start, "company", "part")
        return company is None or company.end < group.start

    # -- what it says of it -----------------------------------------------------------------------

    def _role(self, slot: Slot, measure: str, concept: Concept) -> str:
        if measure == "years":
            return "duration"
        if self._is_surprise(slot, measure):
            return "surprise"
        if measure == "percent":
            return self._percent_role(slot, concept)
        if measure == "points":
            return "change"
        if measure == "multiple":
            return self._multiple_role(slot, concept)
        if measure == "money" and self._is_change(slot, concept):
            return "change"
        if measure == "per_share" and slot.numeral.has_sign and concept.id == "share_price":
            return "change"
        return "level"

    def _percent_role(self, slot: Slot, concept: Concept) -> str:
        if concept.id.endswith(("margin", "yield")):
            return "margin"
        moved = slot.said_before("movements") or slot.numeral.has_sign
        compared = slot.said_beside("comparisons")
        if concept.id == "backlog" and CONVERTS.search(slot.after):
            return "share"
        if SHARE_OF.match(slot.after) and not (moved and compared):
            return "share"
        after = slot.said_after("movements")
        moved = moved or compared or (after is not None and slot.words_to(after.start) < 2)
        if concept.id == "other" and not moved:
            return "margin"
        if "growth" in concept.reads:
            return "growth"
        return "share"

    def _multiple_role(self, slot: Slot, concept: Concept) -> str:
        if "growth" not in concept.reads or concept.id == "share_price":
            return "multiple"
        if slot.numeral.is_vague or "fold" in slot.word:
            return "growth"
        around = slot.text[slot.left : slot.right]
        is_growth = TIMES_THE_YEAR_BEFORE.search(around) and not TIMES_REVENUE.search(
            slot.text[slot.end : slot.right]
        )
        return "growth" if is_growth else "multiple"

    def _is_change(self, slot: Slot, concept: Concept) -> bool:
        moved = slot.said_before("movements")
        if moved is not None and MOVED_BY.fullmatch(slot.text[moved.end : slot.start]):
            return True
        return BESIDE_LEVEL.match(slot.after) is not None or slot.numeral.has_sign and not slot.numeral.is_negative

    def _is_surprise(self, slot: Slot, measure: str) -> bool:
        """A percent right after a consensus figure, in brackets; or a beat or a miss by its name."""
        if SURPRISE_NOUN.match(slot.after) and measure in ("money", "percent", "per_share"):
            return True
        previous = self.previous
        if previous is None or previous.modality != "estimated" or measure != "percent":
            return False
        gap = slot.text[slot.left : slot.start]
        return (
            previous.measure != "percent"
            and "(" in gap
            and len(gap.split()) <= 3
            and slot.said_after("comparisons") is None
        )

    def _is_base(self, slot: Slot, role: str) -> bool:
        """Whether the number is the earlier figure that another is compared with."""
        before = slot.before
        is_compared_with = bool(FROM.search(before) or VERSUS.search(before))
        if role in ("surprise", "change"):
            return False
        if slot.said_after("analyst") is not None and VERSUS.search(before):
            return False
        if ON_A_BASE.search(before) and slot.after.startswith(" base"):
            return True
        base = slot.said_after("base")
        if base is not None:
            gap = slot.text[slot.end : base.start]
            is_own = not NOT_IN_PERIOD.search(gap) and not self.passage.has(slot.end, base.start, "movements")
            if is_own and (role != "growth" or is_compared_with):
                return True
        if FROM.search(before):
            return self.previous is not None or self.passage.has(self.passage.start, slot.start, "movements")
        last_year = slot.said_before("base")
        if last_year is not None and (VERSUS.search(before) or not slot.text[last_year.end : slot.start].strip()):
            return role != "growth" or is_compared_with
        is_versus = self.previous is not None and is_bare_versus(slot) and not is_against_consensus(slot)
        return is_versus and role != "growth" and direct_modality(slot, self.previous.concept) is None

    # -- whose word it is -------------------------------------------------------------------------

    def _modality(self, slot: Slot, concept: Concept, role: str, is_base: bool) -> str:
        if concept.id == "coverage" or role == "surprise":
            return "reported"
        if concept.id == "price_target":
            return "conditional" if self._condition(slot) else "estimated"
        direct = direct_modality(slot, concept)
        self.passed_guide = direct == "guided" and BEATS_GUIDE.search(slot.before) is not None
        if direct is not None:
            return direct
        if is_base:
            replaced = self.previous is not None and self.previous.modality == "guided"
            is_earlier = slot.said_beside("base") or self.passage.period_between(slot.left, slot.near_right)
            return "guided" if replaced and not is_earlier else "reported"
        said = clause_modality(slot, concept, is_preview=self.story.is_preview)
        if said is not None:
            # What a bracket says does not reach out of it.
            if "(" not in slot.text[slot.left : slot.start]:
                self.scope = said
            return said
        if is_against_consensus(slot):
            return "estimated"
        if is_threshold(slot, concept) and not self._is_of_group(slot, concept, None):
            return "conditional"
        if concept.timing == "quote" and self._is_conditional_after(slot):
            return "conditional"
        if not carries(slot):
            self.scope = self.thread.line_modality or "reported"
        if concept.timing == "quote" and self.scope in ("guided", "estimated"):
            return "reported"
        return self.scope

    def _is_conditional_after(self, slot: Slot) -> bool:
        cue = slot.said_after("modality")
        return cue is not None and cue.value == "conditional"

    def _condition(self, slot: Slot) -> bool:
        cues = self.passage.between(self.passage.start, slot.start, "modality")
        return any(cue.value == "conditional" for cue in cues)

    # -- when -------------------------------------------------------------------------------------

    def _period(
        self, slot: Slot, concept: Concept, role: str, company: str | None, is_base: bool, modality: str
    ) -> Period | None:
        own = self._own_period(slot, role, company, is_base, modality)
        if concept.timing == "quote":
            return self._quoted(concept, role, modality, own)
        if concept.timing == "none" or UNBOUNDED_TIME.search(slot.text[slot.end : slot.right]):
            return None
        if modality == "conditional" and own is None:
            return None
        period = own or self.period or self._default_period(concept, company, modality)
        if own is not None and not is_base:
            self.period = own
        if is_base and own is None and modality != "guided":
            period = self._before(period, company, slot)
        return self._timed(period, concept, role, company, modality)

    def _timed(
        self, period: Period, concept: Concept, role: str, company: str | None, modality: str
    ) -> Period | None:
        """The period as the concept holds it: a balance at its end, a flow over its days."""
        if role == "duration" or (concept.id == "backlog" and role == "share"):
            return None if modality == "guided" else period.at_end()
        if concept.timing == "instant" and (role != "growth" or concept.counts):
            return period.at_end()
        if period.start is None:
            calendar = self.story.calendar(company)
            return calendar.quarter(calendar.quarter_of(period.end))
        return period

    def _quoted(
        self, concept: Concept, role: str, modality: str, own: Period | None
    ) -> Period | None:
        if concept.id == "share_price" and role != "level":
            is_span = own is not None and own.start is not None and not str(own.label).startswith(("Q", "FY"))
            return own if is_span else None
        if modality == "conditional":
            return None
        is_dated = concept.id == "share_price" and own is not None and own.start is None
        return own if is_dated else self.story.published()

    def _default_period(self, concept: Concept, company: str | None, modality: str) -> Period:
        """The period meant where none is said: that of the heading, the outlook, or the results."""
        line = self.thread.line_period
        if modality == "guided":
            if line is not None:
                return line
            if self.passed_guide:
                return self.story.reported(company)
            calendar, newest = self.story.calendar(company), self.story.quarter(company)
            ahead = newest.plus(1)
            is_yearly = concept.id in ("capex", "capex_net", "total_expenses")
            return calendar.year(ahead.year) if is_yearly else calendar.quarter(ahead)
        is_filed = modality == "reported"
        return line or self.thread.header_period or self.story.reported(company, is_filed=is_filed)

    def _before(self, period: Period, company: str | None, slot: Slot) -> Period:
        beside = self.passage.between(max(self.passage.start, slot.left - 60), slot.right, "comparisons")
        if any(mention.value == "qoq" for mention in beside):
            return self.story.quarter_before(period, company)
        return self.story.year_before(period, company)

    def _own_period(
        self, slot: Slot, role: str, company: str | None, is_base: bool, modality: str
    ) -> Period | None:
        """The period said of this number: after it, before it, or at the head of the sentence."""
        ahead = modality in ("guided", "estimated", "projected", "conditional")
        for mention in slot.periods_after(self._period_end(slot)):
            gap = slot.text[slot.end : mention.start]
            if NOT_IN_PERIOD.search(gap) or len(gap.split()) > PERIOD_WORDS:
                break
            if mention.kind == "last_year":
                break
            return self.story.resolve(mention, company, ahead=ahead, base=is_base)
        since = self.previous.slot.end if self.previous is not None else self.passage.start
        nearby = [
            mention
            for mention in self.passage.period_between(since, slot.start)
            if mention.kind != "last_year" or not is_base
        ]
        if nearby:
            return self.story.resolve(nearby[-1], company, ahead=ahead, base=is_base)
        return None

    def _period_end(self, slot: Slot) -> int:
        """How far words after the number can date it: a bracket right after it may."""
        if slot.text[slot.end : slot.end + 2] == " (":
            closing = slot.text.find(")", slot.end, slot.right)
            return closing if closing > 0 else slot.near_right
        return slot.near_right

    def _is_past(
        self, slot: Slot, role: str, period: Period | None, modality: str, company: str | None
    ) -> bool:
        """A year gone by that stands in an outlook is no outlook: "2024 was $39.2 billion"."""
        if modality not in ("guided", "estimated") or role != "level" or period is None:
            return False
        start = self.story.reported(company, is_filed=True).start
        is_own = bool(self.passage.period_between(slot.firm_left, slot.start))
        return is_own and start is not None and period.end < start and direct_modality(slot, self.concepts["revenue"]) is None

    def _is_plan(self, concept: Concept, role: str, period: Period | None, modality: str) -> bool:
        """Spending of time to come is a plan, whoever states it."""
        if period is None or role != "level" or modality != "reported":
            return False
        return concept.id in ("capex", "capex_net", "total_expenses") and period.end > self.story.published_at

    # -- in the words of a claim ------------------------------------------------------------------

    def _claim(self, reading: Reading) -> Claim:
        slot, numeral = reading.slot, reading.slot.numeral
        sign = self._sign(reading)
        start, end = slot.start, slot.end
        if numeral.is_bracketed and reading.concept.id in CAN_BE_LOST and reading.role == "level":
            start, end, sign = start - 1, end + 1, -1
        low, high = sorted((float(numeral.low) * sign, float(numeral.high) * sign))
        metric = self._metric(reading)
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
            company=reading.company,
            segment=reading.part,
            approx=self._is_hedged(slot),
            bound=self._bound(slot),
            period=reading.period,
            comparison=self._comparison(reading),
            modality=reading.modality,
            attribution=self._attribution(reading),
        )

    def _metric(self, reading: Reading) -> str:
        concept, role, reads = reading.concept, reading.role, reading.concept.reads
        if role == "surprise":
            return "surprise"
        if role == "multiple" and concept.id in PRICED:
            return "pe_multiple"
        if role == "multiple" and "multiple" not in reads:
            return "other"
        if role == "share" and "share" not in reads:
            return "other"
        if role == "change" and concept.id in OUTLOOKS and reading.modality == "guided":
            return reads["guidance"]
        if role == "level" and concept.id in OUTLOOKS and self._is_outlook(reading):
            return reads["guidance"]
        if role == "level" and concept.id == "capex":
            variants = {m.value for m in self.passage.between(self.passage.start, self.passage.end, "variants")}
            for variant in ("with_leases", "net"):
                if variant in variants:
                    return reads[variant]  # type: ignore[index]
        if reading.part is not None and (own := {"level": "part", "change": "part_change"}.get(role)):
            return reads.get(own) or reads.get(role) or reads.get("level", "other")  # type: ignore[call-overload, no-any-return]
        return reads.get(role) or reads.get("level") or next(iter(reads.values()))  # type: ignore[call-overload, no-any-return]

    def _is_outlook(self, reading: Reading) -> bool:
        """A company's outlook; of capital spending anyone's plan for time to come."""
        if reading.modality == "guided":
            return True
        is_to_come = reading.period is not None and reading.period.end >= self.story.published_at
        return reading.concept.id == "capex" and is_to_come and reading.modality != "reported"

    def _is_hedged(self, slot: Slot) -> bool:
        numeral = slot.numeral
        if numeral.is_vague and numeral.unit in ("ratio", "") and numeral.bound is None:
            return True
        return self._abutting(slot, "hedge") is not None

    def _bound(self, slot: Slot) -> str | None:
        bound = self._abutting(slot, "bounds")
        return slot.numeral.bound or (str(bound.value) if bound is not None else None)

    def _abutting(self, slot: Slot, kind: str) -> Mention | None:
        mention = self.passage.last(max(slot.left, slot.start - 40), slot.start, kind)
        is_beside = mention is not None and ABUTS.fullmatch(slot.text[mention.end : slot.start])
        return mention if is_beside else None

    def _comparison(self, reading: Reading) -> Comparison:
        slot, role = reading.slot, reading.role
        if role not in ("growth", "change") or reading.concept.timing == "quote":
            return Comparison()
        found = slot.said_beside("comparisons")
        kind = str(found.value) if found is not None else "yoy" if role == "growth" else "none"
        constant = slot.said_after("constant_currency") is not None and role == "growth"
        if reading.period is None or kind == "none":
            return Comparison(kind, None, constant)
        before = self.story.year_before if kind == "yoy" else self.story.quarter_before
        return Comparison(kind, before(reading.period, reading.company), constant)

    def _sign(self, reading: Reading) -> int:
        slot, concept, role = reading.slot, reading.concept, reading.role
        if slot.numeral.is_negative or reading.measure == "multiple":
            return 1
        if role in ("growth", "change", "surprise"):
            return -1 if self._moves_down(slot, role, concept.timing == "quote") else 1
        if role != "level":
            return 1
        if concept.is_negative:
            return -1
        after = slot.said_after("loss")
        is_lost = slot.said_before("loss") or (after is not None and slot.words_to(after.start) < 1)
        return -1 if concept.id in CAN_BE_LOST and is_lost else 1

    def _moves_down(self, slot: Slot, role: str, reading_of_price: bool) -> bool:
        kinds = ("surprises", "movements") if role == "surprise" else ("movements",)
        after = slot.said_after(*kinds)
        before = slot.said_before(*kinds)
        if role == "surprise":
            moved = after or before
        else:
            is_right_after = after is not None and slot.words_to(after.start) < 2
            moved = after if is_right_after and (before is None or before.end < slot.start - 25) else before or (after if is_right_after else None)
        if slot.numeral.has_sign:
            return False
        if reading_of_price and slot.said_after("loss") is not None:
            return True
        return (moved is not None and moved.value == "down") or slot.after.startswith((" below", " lower", " less", " fewer"))

    def _attribution(self, reading: Reading) -> Attribution:
        if reading.modality == "guided":
            return Attribution("company")
        if reading.modality in ("estimated", "opinion"):
            return Attribution("analyst")
        if reading.modality in ("projected", "conditional") and self.passage.has(
            self.passage.start, self.passage.end, "analyst"
        ):
            return Attribution("analyst")
        return Attribution()


def concept_id(concept: Concept | None) -> str | None:
    """The id of a concept, if there is one."""
    return concept.id if concept is not None else None


def _figure(slot: Slot) -> tuple[object, ...]:
    numeral = slot.numeral
    return numeral.low, numeral.high, slot.measure


def _measure(slot: Slot, concept: Concept) -> str:
    """The measure once the concept is known: a scaled or bare number has no unit of its own."""
    if slot.measure == "amount":
        return "count" if concept.counts else "money"
    if slot.measure != "bare":
        return slot.measure
    if concept.counts:
        return "count"
    for measure in ("per_share", "multiple", "percent"):
        if measure in concept.takes and "money" not in concept.takes:
            return measure
    return "money"


def _kind(reading: Reading, metric: str) -> str:
    if reading.role in ("growth", "change", "margin", "share", "duration", "surprise", "multiple"):
        return reading.role
    if reading.modality == "guided" or metric.endswith("_guidance"):
        return "guidance"
    return "multiple" if metric in ("pe_multiple", "valuation_multiple") else "level"
