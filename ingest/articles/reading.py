"""The default extractor: what each printed number is said to be, by declared language alone.

Belongs here: how the words around a number decide its metric, company, period and modality. Does
not belong here: the words themselves (`registry/language.yml`), the forms of numbers, tables.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ingest.articles.claims import Attribution, Claim, Comparison
from ingest.articles.numerals import Numeral
from ingest.articles.passages import Passage, split_passages
from ingest.articles.periods import Period, PeriodMention
from ingest.articles.phrases import Mention, PhraseBook
from ingest.articles.story import Story
from registry.language import Concept, Language

# Concepts that a part of a company can have a figure of its own for.
PARTED = (
    "revenue", "run_rate", "operating_income", "operating_loss", "operating_margin", "gross_margin",
    "backlog", "operating_kpi", "net_margin",
)  # fmt: skip
OUTLOOKS = ("revenue", "operating_income", "operating_loss", "capex", "capex_net")
INSTANTS = ("backlog", "cash", "debt")
QUOTED = ("market_cap", "price_target", "pe", "valuation_multiple")
PRICES = ("share_price", "price_target")
LARGE = 10_000

# Nothing but such words between a number and what follows it: the number is of what follows.
ATTACHED = re.compile(
    r"\s*(?:(?:of|in|worth of|for|from|on)\s)?(?:(?!(?:and|or|but|to|from|than|vs|versus|against|with|as|by|at|on|in|while|after|per|up|down|is|was|were|are|the\sSt)\b)[\w$'’-]+\s){0,4}",
    re.IGNORECASE,
)
# Words after which a number is compared with, rather than said to be.
VERSUS = re.compile(r"\b(?:vs\.?|versus|against|compared (?:with|to)|relative to)\b", re.IGNORECASE)
FROM = re.compile(r"\b(?:from|after|on a|on)\s(?:about\s|around\s|roughly\s|just\s|only\s|nearly\s|a\s|an\s|the\s|some\s)*[$~]?\s*$", re.IGNORECASE)
TO = re.compile(r"\b(?:to|at|of|reaching|hitting|totall?ing)\s(?:about\s|around\s|roughly\s|just\s|only\s|nearly\s|almost\s|a\s|an\s|the\s|more than\s|over\s|record\s|some\s)*$", re.IGNORECASE)
PAST = re.compile(
    r"\b(?:rose|grew|fell|was|were|came|reached|hit|climbed|jumped|dropped|declined|slid|shrank|posted"
    r"|reported|totall?ed|landed|produced|earned|made|generated|brought|recorded|delivered|swung|spent"
    r"|increased|decreased|surged|soared|gained|lost|after|while|but|whereas|though|although|actual|vs"
    r"|versus|against|compared|beat|topped|missed|exceeded)\b",
    re.IGNORECASE,
)
REACHED_BY = re.compile(r"(?:\bby|\s[+−–-])\s*$", re.IGNORECASE)
HEADING = re.compile(r"[A-Za-z][^.!?]{0,80}:?\s*$")
PER_SHARE = re.compile(r"\s?(?:per|a|/)\s?(?:diluted\s)?share\b", re.IGNORECASE)
SHARE_OF = re.compile(r"\s(?:of|in)\s(?:the|its|total|all|our|their|company|group|overall|net|it\b|that|revenue|sales|Amazon|Alphabet|Microsoft|Meta|this)", re.IGNORECASE)
COUNTED = re.compile(r"\+?\s(?:[\w'’-]+\s){0,2}$")


@dataclass
class Thread:
    """What carries over from one number to the next, and from one sentence to the next."""

    company: str | None
    part: str | None = None
    concept: Concept | None = None
    period: Period | None = None
    header_period: Period | None = None
    header_modality: str | None = None
    backlog_part: str | None = None


@dataclass(frozen=True)
class Reading:
    """A numeral with what its surroundings say, before it is put in the words of a claim."""

    numeral: Numeral
    concept: Concept
    measure: str
    role: str
    company: str | None
    part: str | None
    sign: int
    period: Period | None
    comparison: Comparison
    modality: str
    is_base: bool


class RuleExtractor:
    """Finds claims by the declared language; offline, deterministic, no model."""

    name = "rules"

    def __init__(self, language: Language) -> None:
        self._language = language
        self._book = phrase_book(language)
        self._concepts = {concept.id: concept for concept in language.concepts}

    def extract(self, text: str, published_at: date) -> Sequence[Claim]:
        """The claims of one article, in the order of the text."""
        from ingest.articles.tables import read_tables

        passages = list(split_passages(text, self._book))
        story = Story(self._language, published_at, passages)
        cells, tabular = read_tables(story, passages, self._concepts)
        thread = Thread(story.company)
        claims = list(cells)
        for passage in passages:
            if passage.line not in tabular:
                claims += ProseReader(story, passage, thread, self._concepts).read()
        return sorted(claims, key=lambda claim: claim.char_start)


def phrase_book(language: Language) -> PhraseBook:
    """Every declared phrase with what it says."""
    entries: list[tuple[str, str, object]] = []
    for concept in language.concepts:
        entries += [(phrase, "concept", concept) for phrase in concept.phrases]
    plain = {phrase: concept for phrase, _, concept in entries}
    for company in language.companies:
        entries += [(alias, "company", company.ticker) for alias in company.aliases]
        for part in company.parts:
            for alias in part.aliases:
                entries.append((alias, "part", (company.ticker, part.name)))
                # "cloud revenue" names a part, and revenue as well.
                last = plain.get(alias.rsplit(" ", 1)[-1])
                if last is not None and alias not in plain:
                    entries.append((alias, "concept", last))
    for kind, groups in (
        ("variant", language.variants),
        ("movement", language.movements),
        ("surprise", language.surprises),
        ("bound", language.bounds),
        ("modality", language.modality),
        ("comparison", language.comparisons),
    ):
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
        ("unfiled", language.without_filings),
        ("neutral", language.neutral_percent),
    ):
        entries += [(phrase, kind, True) for phrase in phrases]
    unique = {(phrase, kind, repr(value)): (phrase, kind, value) for phrase, kind, value in entries}
    return PhraseBook(unique.values())


def measure_of(numeral: Numeral) -> str:
    """Which kind of quantity a numeral prints, in the words of `Concept.takes`."""
    if numeral.unit == "USD":
        is_money = numeral.is_scaled or abs(numeral.high) >= LARGE
        return "money" if is_money else "per_share"
    if numeral.unit == "ratio":
        return "percent"
    if numeral.unit == "W":
        return "watts"
    if numeral.unit:
        return numeral.unit
    return "amount" if numeral.is_scaled else "bare"


class ProseReader:
    """Reads the numbers of one sentence, left to right."""

    def __init__(
        self, story: Story, passage: Passage, thread: Thread, concepts: dict[str, Concept]
    ) -> None:
        self.story = story
        self.passage = passage
        self.thread = thread
        self.concepts = concepts
        self.text = passage.text

    def read(self) -> Iterator[Claim]:
        """The claims of the sentence, in order."""
        self._open()
        previous: Reading | None = None
        numerals = self.passage.numerals
        for index, numeral in enumerate(numerals):
            left = numerals[index - 1].end if index else self.passage.start
            right = numerals[index + 1].start if index + 1 < len(numerals) else self.passage.end
            reading = self._read(numeral, left, right, previous)
            if reading is None:
                continue
            previous = reading
            yield self._claim(reading, left, right)

    def _open(self) -> None:
        """What the sentence as a whole, or a heading, sets for the numbers to come."""
        passage, thread = self.passage, self.thread
        if passage.opens_line:
            thread.header_modality = None if passage.numerals else thread.header_modality
        subject = next((m for m in passage.mentions if m.kind in ("company", "part")), None)
        if subject is not None and subject.kind == "company":
            is_first = len(self.text[passage.start : subject.start].split()) <= 2
            if is_first or not passage.numerals:
                thread.company = subject.value
                thread.part = None
        elif passage.opens_line and subject is None and passage.numerals:
            thread.company = self.story.company if thread.company is None else thread.company
        thread.period = None
        claimable = [n for n in passage.numerals if not n.is_bare]
        if passage.opens_line and not claimable:
            self._open_heading()

    def _open_heading(self) -> None:
        """A line without figures: what it names holds for the lines below it."""
        passage, thread = self.passage, self.thread
        words = self.text[passage.start : passage.end].split()
        if len(words) > 14:
            thread.header_modality = None
            return
        cues = passage.between(passage.start, passage.end, "modality")
        guided = any(cue.value == "guided" for cue in cues)
        thread.header_modality = "guided" if guided and len(words) <= 8 else None
        periods = passage.periods
        if periods and passage.start > 0:
            thread.header_period = self.story.resolve(periods[0], thread.company)

    # -- is it a claim at all ---------------------------------------------------------------------

    def _is_claimable(self, numeral: Numeral, left: int, right: int) -> bool:
        passage = self.passage
        measure = measure_of(numeral)
        after = self._words_after(numeral, right, 3)
        if passage.has(numeral.start - 40, numeral.start, "dial_in") and measure == "bare":
            return False
        if any(m.start < numeral.end and m.end > numeral.start for m in passage.mentions if m.kind == "name"):
            return False
        adverts = passage.has(passage.start, passage.end, "advert")
        if adverts and measure in ("per_share", "percent", "bare", "points", "money") and not passage.has(
            passage.start, passage.end, "part"
        ):
            return not (measure in ("per_share", "percent", "bare"))
        if measure == "years":
            return self._is_duration(numeral, left, right)
        if measure == "bare":
            return self._is_count(numeral, left, right)
        if measure == "points" and numeral.is_spelled:
            return False
        if measure == "multiple" and numeral.is_vague:
            return self._is_multiple_word(numeral, after)
        return True

    def _words_after(self, numeral: Numeral, right: int, count: int) -> list[str]:
        return re.findall(r"[\w'’-]+", self.text[numeral.end : right])[:count]

    def _is_duration(self, numeral: Numeral, left: int, right: int) -> bool:
        if numeral.is_joined:
            return False
        passage = self.passage
        spoken = passage.has(passage.start, passage.end, "concept") and any(
            m.value.id == "backlog" for m in passage.between(passage.start, passage.end, "concept")
        )
        if not spoken and not (self.thread.concept and self.thread.concept.id == "backlog"):
            return False
        before = self.text[max(left, numeral.start - 40) : numeral.start].lower()
        after = self.text[numeral.end : numeral.end + 20].lower()
        if re.search(r"(?:last|past|trailing|previous)\s$", before) or re.match(r"\s(?:ago|earlier|before)", after):
            return False
        return bool(re.search(r"(?:over|next|within|about|average|life|duration|of|in)\s(?:the\s|about\s|next\s|around\s|roughly\s|approximately\s)*$", before))

    def _is_count(self, numeral: Numeral, left: int, right: int) -> bool:
        passage = self.passage
        if numeral.is_joined:
            return False
        end = passage.clause_end(numeral.end, right)
        counted = passage.first(numeral.end, end, "concept")
        furniture = passage.first(numeral.end, end, "furniture")
        if furniture is not None and (counted is None or furniture.start <= counted.start):
            return not self._near(numeral.end, furniture.start, 2) and False
        if " of " in self.text[numeral.start : numeral.end]:
            return counted is not None or passage.has(numeral.end, right, "analyst", "modality")
        if numeral.is_vague:
            return counted is not None and self._near(numeral.end, counted.start, 4)
        if counted is not None and counted.value.counts and self._near(numeral.end, counted.start, 3):
            return not (numeral.low < 13 and numeral.low == int(numeral.low) and counted.start - numeral.end > 12)
        tight = self._tight_concept(numeral, left)
        if tight is None:
            return False
        if tight.value.counts:
            return numeral.high >= 100
        if tight.value.id in ("pe", "valuation_multiple"):
            return True
        return "bare" in tight.value.takes and numeral.low != int(numeral.low)

    def _near(self, start: int, end: int, words: int) -> bool:
        return len(self.text[start:end].split()) < words

    def _is_multiple_word(self, numeral: Numeral, after: list[str]) -> bool:
        word = self.text[numeral.start : numeral.end].lower()
        if word in ("double", "triple", "quadruple") and after:
            return after[0].lower() in (
                "the", "what", "its", "a", "that", "last", "year", "from", "to", "over", "in", "as",
                "since", "this", "their", "by", "on", "his", "quarter", "versus",
            )  # fmt: skip
        return True

    # -- what it is said of -----------------------------------------------------------------------

    def _read(
        self, numeral: Numeral, left: int, right: int, previous: Reading | None
    ) -> Reading | None:
        if not self._is_claimable(numeral, left, right):
            return None
        measure = measure_of(numeral)
        mention, concept = self._concept(numeral, measure, left, right, previous)
        company, part = self._entity(numeral, left, right, mention, previous)
        if concept is None:
            concept = self._implied(measure, part, left, numeral, right)
        if measure == "amount":
            measure = "count" if concept.counts else "money"
        if measure == "bare":
            measure = "count" if concept.counts else "per_share" if "per_share" in concept.takes else "multiple" if "multiple" in concept.takes and "money" not in concept.takes else "percent" if "money" not in concept.takes else "money"
        role = self._role(numeral, measure, concept, left, right, previous)
        concept = self._by_role(concept, role, measure, left, numeral)
        is_base = self._is_base(numeral, measure, role, left, right, previous)
        modality = self._modality(numeral, concept, left, right, previous, is_base)
        if concept.id not in PARTED or (concept.id == "backlog" and part is None):
            part = self.thread.backlog_part if concept.id == "backlog" else None
        comparison_type = self._comparison(numeral, role, concept, left, right, previous)
        period = self._period(
            numeral, concept, role, measure, company, left, right, previous, is_base, modality
        )
        if role == "surprise" or (measure == "percent" and role == "surprise"):
            modality = "reported"
        comparison = self._compared(comparison_type, period, company, role, numeral, left, right)
        self._remember(concept, company, part, period, is_base)
        return Reading(
            numeral, concept, measure, role, company, part,
            self._sign(numeral, concept, measure, role, left, right),
            period, comparison, modality, is_base,
        )  # fmt: skip

    def _remember(
        self, concept: Concept, company: str | None, part: str | None, period: Period | None, is_base: bool
    ) -> None:
        self.thread.concept = concept
        self.thread.part = part
        if concept.id == "backlog" and part:
            self.thread.backlog_part = part
        if not is_base and period is not None:
            self.thread.period = period

    def _fits(self, concept: Concept, measure: str) -> Concept | None:
        """The concept, or the one its words mean beside such a number; None if it takes none."""
        if measure in concept.takes or (measure == "count" and concept.counts):
            return concept
        if measure in concept.otherwise:
            return self.concepts[concept.otherwise[measure]]
        return None

    def _tight_concept(self, numeral: Numeral, left: int) -> Mention | None:
        """The concept right before the number, with no punctuation but a colon between."""
        start = left
        for match in re.finditer(r"[;()]|,(?=\s)|\s[–—-]\s|—|\n", self.text[left : numeral.start]):
            start = left + match.end()
        return self.passage.last(start, numeral.start, "concept")

    def _concept(
        self, numeral: Numeral, measure: str, left: int, right: int, previous: Reading | None
    ) -> tuple[Mention | None, Concept | None]:
        passage = self.passage
        tight = self._tight_concept(numeral, left)
        attached = self._attached(numeral, measure, right)
        if tight is not None and (fit := self._fits(tight.value, measure)):
            weak = tight.value.id in ("other", "share_price", "market_cap", "contract", "operating_kpi")
            if not (weak and attached):
                return tight, self._widened(tight, fit, measure, numeral, right)
        if attached is not None and (fit := self._fits(attached.value, measure)):
            return attached, fit
        floor = passage.start
        loose = [
            (m, fit)
            for m in reversed(passage.between(floor, numeral.start, "concept"))
            if (fit := self._fits(m.value, measure))
        ]
        part = passage.last(left, numeral.start, "part")
        if loose:
            mention, fit = loose[0]
            new_subject = part is not None and part.start > mention.end and self._moves(part.end, numeral.start)
            if not new_subject:
                return mention, fit
            return part, None
        if part is not None:
            return part, None
        ahead = passage.first(numeral.end, passage.end, "concept")
        if previous is None and ahead is not None and (fit := self._fits(ahead.value, measure)):
            if measure != "percent" or self._near(numeral.end, ahead.start, 8):
                return ahead, fit
        if previous is not None and self._fits(previous.concept, measure):
            return None, previous.concept
        if not passage.between(passage.start, passage.end, "concept") and self.thread.concept is not None:
            return None, self._fits(self.thread.concept, measure)
        return None, None

    def _widened(
        self, tight: Mention, concept: Concept, measure: str, numeral: Numeral, right: int
    ) -> Concept:
        return concept

    def _moves(self, start: int, end: int) -> bool:
        return self.passage.has(start, end, "movement", "comparison") or end - start < 4

    def _attached(self, numeral: Numeral, measure: str, right: int) -> Mention | None:
        """The concept the number directly precedes: "$12.5 billion of operating income"."""
        passage = self.passage
        for mention in passage.between(numeral.end, right, "concept"):
            gap = self.text[numeral.end : mention.start]
            if measure == "percent":
                gap = re.sub(
                    r"\b(?:growth|increase|rise|gain|jump|decline|drop|fall|decrease|surge|slide|year-over-year|yoy|y/y)\b(?:\s(?:in|of|for))?",
                    "", gap, count=1, flags=re.IGNORECASE,
                )  # fmt: skip
            if ATTACHED.fullmatch(gap):
                if self._fits(mention.value, measure):
                    return mention
            else:
                break
        return None

    def _implied(
        self, measure: str, part: str | None, left: int, numeral: Numeral, right: int
    ) -> Concept:
        """The concept of a number whose sentence names none."""
        if part is not None and measure in ("money", "amount", "percent", "multiple", "points"):
            return self.concepts["revenue"]
        if measure == "per_share":
            return self.concepts["eps" if PER_SHARE.match(self.text, numeral.end) else "share_price"]
        if measure == "percent" and self.passage.has(left, numeral.start, "movement"):
            subject = self.passage.has(self.passage.start, numeral.start, "company")
            return self.concepts["share_price" if subject else "revenue"]
        if measure in ("count", "watts", "bare"):
            return self.concepts["operating_kpi"]
        if measure == "years":
            return self.concepts["backlog"]
        return self.concepts["other"]

    def _entity(
        self, numeral: Numeral, left: int, right: int, concept: Mention | None, previous: Reading | None
    ) -> tuple[str | None, str | None]:
        passage, thread = self.passage, self.thread
        named = passage.last(passage.start, numeral.start, "company", "part", "unfiled")
        end = passage.clause_end(numeral.end, right)
        follows = passage.first(numeral.end, end, "company", "part")
        if follows is not None and named is not None and named.end <= left:
            gap = self.text[numeral.end : follows.start]
            if re.fullmatch(r"\s(?:[\w-]+\s){0,3}?(?:for|at|from|in|of)\s(?:the\s)?", gap):
                named = follows
        if named is None and follows is not None:
            named = follows
        if named is None:
            return thread.company, thread.part if previous is None and not passage.between(
                passage.start, numeral.start, "concept"
            ) else (previous.part if previous else None)
        if named.kind == "unfiled":
            is_owner = concept is not None and named.end <= concept.start < named.end + 20
            return (None, None) if is_owner else (thread.company, None)
        company, part = self._owner(named)
        if part is not None and self.passage.has(named.end, numeral.start, "total"):
            part = None
        return company, part

    def _owner(self, named: Mention) -> tuple[str | None, str | None]:
        """The company and part a mention names; a part's own company, or else the story's."""
        if named.kind == "company":
            return named.value, self._part_beside(named)
        owners = [
            m.value for m in self.passage.mentions if m.kind == "part" and m.start == named.start
        ]
        before = self.passage.last(self.passage.start, named.start, "company")
        for company in (before and before.value, self.thread.company, self.story.company):
            for ticker, part in owners:
                if ticker == company:
                    return ticker, part
        return owners[0] if len({ticker for ticker, _ in owners}) == 1 else (self.thread.company, None)

    def _part_beside(self, named: Mention) -> str | None:
        return None

    # -- what it says of it -----------------------------------------------------------------------

    def _role(
        self, numeral: Numeral, measure: str, concept: Concept, left: int, right: int, previous: Reading | None
    ) -> str:
        passage, text = self.passage, self.text
        end = passage.clause_end(numeral.end, right)
        moved_before = self._movement_before(numeral, left)
        after = self.text[numeral.end : end]
        if concept.id == "backlog" and measure == "years":
            return "duration"
        if measure in ("percent", "points") and self._is_surprise(numeral, left, right, previous):
            return "surprise"
        if measure == "money" and (m := passage.first(numeral.end, end, "surprise")) and self._near(numeral.end, m.start, 2):
            return "surprise"
        if measure == "percent":
            if concept.id.endswith("margin"):
                return "margin"
            compared = passage.has(numeral.end, end, "comparison") or passage.has(left, numeral.start, "comparison")
            if SHARE_OF.match(after) and not (moved_before and compared):
                return "share"
            if moved_before or compared or numeral.has_sign or "growth" in concept.reads:
                if concept.id == "other" and not (moved_before or compared or numeral.has_sign):
                    return "margin"
                return "growth"
            return "margin" if "margin" in concept.reads else "share"
        if measure == "points":
            return "change"
        if measure == "multiple":
            if concept.id in ("pe", "valuation_multiple"):
                return "multiple"
            return "growth" if "growth" in concept.reads and self._is_growth_multiple(numeral, left, right) else "multiple"
        if measure == "money":
            if moved_before is not None:
                between = text[moved_before.end : numeral.start]
                if re.fullmatch(r"\s(?:only\s|by\s|just\s|about\s|nearly\s|roughly\s|of\s|another\s|an additional\s)*[+]?", between) and concept.id not in PRICES:
                    return "change"
            if re.match(r"\s(?:below|above|more|less|higher|lower|increase|decrease|decline|rise|jump|drop)\b", after):
                return "change"
        if measure == "per_share" and numeral.has_sign and concept.id in PRICES:
            return "change"
        return "level"

    def _is_growth_multiple(self, numeral: Numeral, left: int, right: int) -> bool:
        word = self.text[numeral.start : numeral.end].lower()
        if numeral.is_vague or "fold" in word:
            return True
        around = self.text[left:right].lower()
        return bool(re.search(r"year|level|last|ago|earlier|grew|rose|quarter|as much|times (?:the|its|what)", around)) and not re.search(
            r"revenue\b|sales\b|earnings\b|trailing|forward", self.text[numeral.end : right].lower()
        )

    def _movement_before(self, numeral: Numeral, left: int) -> Mention | None:
        return self.passage.last(self._local(numeral, left), numeral.start, "movement")

    def _local(self, numeral: Numeral, left: int) -> int:
        """Where the words begin that can speak of this number: after the last break."""
        start = left
        for match in re.finditer(r"[;()]|\s[–—]\s|—|\n", self.text[left : numeral.start]):
            start = left + match.end()
        return start

    def _is_surprise(
        self, numeral: Numeral, left: int, right: int, previous: Reading | None
    ) -> bool:
        """A percent right after a consensus figure, in brackets and without a base of its own."""
        if previous is None or previous.modality != "estimated" or previous.measure == "percent":
            return False
        gap = self.text[left : numeral.start]
        end = self.passage.clause_end(numeral.end, right)
        return "(" in gap and len(gap.split()) <= 3 and not self.passage.has(numeral.end, end, "comparison")

    def _by_role(
        self, concept: Concept, role: str, measure: str, left: int, numeral: Numeral
    ) -> Concept:
        """The concept once the role is known: a price that moves, a profit per share."""
        passage = self.passage
        if concept.id == "eps" and passage.has(passage.clause_start(numeral.start, passage.start), numeral.start, "variant"):
            variants = passage.between(passage.clause_start(numeral.start, passage.start), numeral.start, "variant")
            if any(v.value == "adjusted" for v in variants):
                return self.concepts["eps_adjusted"]
        if concept.id == "loss_per_share" and passage.has(passage.start, numeral.start, "variant"):
            return self.concepts["adjusted_loss_per_share"]
        return concept

    def _is_base(
        self, numeral: Numeral, measure: str, role: str, left: int, right: int, previous: Reading | None
    ) -> bool:
        """Whether the number is the earlier figure that another is compared with."""
        if role in ("growth", "surprise", "change") and measure != "multiple":
            gap = self.text[left : numeral.start]
            if not (FROM.search(gap) or VERSUS.search(gap)) or previous is None:
                return False
        end = self.passage.clause_end(numeral.end, right)
        if role in ("level", "margin", "growth") and self.passage.has(numeral.end, end, "base"):
            first = self.passage.first(numeral.end, end, "base")
            between = self.text[numeral.end : first.start] if first else ""
            if not self.passage.has(numeral.end, first.start if first else end, "movement") and not re.search(r"\b(?:than|above|from|over|below|versus|vs)\b", between):
                return role != "growth" or bool(VERSUS.search(self.text[left : numeral.start]) or FROM.search(self.text[left : numeral.start]))
        gap = self.text[self._local(numeral, left) : numeral.start]
        if re.search(r"\bfrom\s(?:[\w$~]+\s){0,3}$", gap) and role in ("level", "margin", "growth") and (previous is not None or self.passage.has(self.passage.start, numeral.start, "movement")):
            return True
        if re.search(r"\bon an?\s(?:\w+\s)?$", gap) and re.match(r"\sbase\b", self.text[numeral.end : numeral.end + 6]):
            return True
        return bool(VERSUS.search(gap) and self.passage.has(self._local(numeral, left), numeral.start, "base"))

    # -- whose word it is -------------------------------------------------------------------------

    def _modality(
        self, numeral: Numeral, concept: Concept, left: int, right: int, previous: Reading | None, is_base: bool
    ) -> str:
        passage, text = self.passage, self.text
        end = passage.clause_end(numeral.end, right)
        gap = text[self._local(numeral, left) : numeral.start]
        if is_base and not passage.has(left, numeral.start, "analyst"):
            return "guided" if previous and previous.modality == "guided" and not passage.has(numeral.end, end, "base") and concept.id in ("total_expenses", *OUTLOOKS) and previous.numeral.is_range else "reported"
        after = passage.first(numeral.end, end, "modality", "analyst")
        if after is not None and self._near(numeral.end, after.start, 3) and not re.search(
            r"\b(?:above|below|ahead|beat\w*|short|vs\.?|versus|against|topp\w+|than|miss\w*|but|and|exceed\w*)\b", text[numeral.end : after.start], re.IGNORECASE
        ):
            word = text[after.start : after.end].lower()
            if after.kind == "analyst" or after.value == "estimated":
                return "estimated"
            if after.value == "guided" and word in ("guide", "guidance", "outlook", "midpoint", "target", "plan", "forecast", "budget", "commitment"):
                return "guided"
        cues = [
            cue
            for cue in passage.between(passage.clause_start(numeral.start, left) if ";" in gap else left, numeral.start, "modality", "analyst")
        ]
        local = self._cue_value(cues, numeral, concept)
        if local:
            return local
        if VERSUS.search(gap) and not is_base and not passage.has(numeral.end, right, "base") and not passage.has(left, numeral.start, "comparison", "base") and not (passage.period_between(left, numeral.start) or passage.period_between(numeral.end, end)) and measure_of(numeral) not in ("count", "watts", "bare"):
            return "estimated"
        if previous is not None and previous.modality != "reported" and not PAST.search(text[left : numeral.start]) and "(" not in text[left : numeral.start] and previous.role != "surprise":
            return previous.modality
        if previous is None or previous.modality == "reported":
            early = self._cue_value(
                passage.between(passage.start, left, "modality") if previous is not None else [], numeral, concept
            )
            if early in ("conditional", "projected") and concept.id in ("market_cap", "share_price"):
                return early
        if concept.id == "market_cap" and passage.has(numeral.end, right, "modality"):
            ahead = passage.first(numeral.end, right, "modality")
            if ahead is not None and ahead.value == "conditional":
                return "conditional"
        if self.thread.header_modality and previous is None:
            return self.thread.header_modality
        return "reported"

    def _cue_value(
        self, cues: list[Mention], numeral: Numeral, concept: Concept
    ) -> str | None:
        passage, text = self.passage, self.text
        for cue in reversed(cues):
            between = text[cue.end : numeral.start]
            before = text[max(passage.start, cue.start - 25) : cue.start].lower()
            word = text[cue.start : cue.end].lower()
            if cue.kind == "analyst" or cue.value == "estimated":
                is_beaten = re.search(r"\b(?:above|below|beat\w*|topp\w+|ahead of|short of|miss\w*|exceed\w*|than)\s(?:[\w'’]+\s){0,3}$", before)
                if is_beaten and re.match(r"\s*(?:[,;]|with\b|as\b|on\b|and\b|by\b)", between):
                    continue
                if word in ("expected",) and re.search(r"\b(?:is|are|was|were|be)\s$", before) and not passage.has(passage.start, cue.start, "analyst"):
                    return "guided"
                if re.search(r"[.;]", between):
                    continue
                if PAST.search(between) and not re.search(r"\b(?:was|were|of|at)\b", between):
                    continue
                return "estimated"
            if cue.value == "guided":
                if passage.has(passage.start, cue.end, "analyst") and not passage.has(cue.start - 30, cue.start, "speaker"):
                    return "estimated"
                if PAST.search(between):
                    continue
                if concept.id in PRICES:
                    return "projected"
                return "guided"
            if cue.value == "conditional" and concept.id in ("market_cap", "revenue", "share_price", "eps", "pe", "valuation_multiple", "operating_income", "net_income", "price_target", "free_cash_flow", "other", "backlog", "capex", "operating_margin"):
                return "conditional" if concept.id != "eps" else "projected"
            if cue.value in ("projected", "opinion"):
                return cue.value
        return None

    # -- when -------------------------------------------------------------------------------------

    def _period(
        self, numeral: Numeral, concept: Concept, role: str, measure: str, company: str | None,
        left: int, right: int, previous: Reading | None, is_base: bool, modality: str,
    ) -> Period | None:  # fmt: skip
        story = self.story
        ahead = modality in ("guided", "estimated", "projected", "conditional")
        own = self._own_period(numeral, left, right, company, ahead, is_base)
        if concept.id == "share_price" and role != "level":
            return own if own is not None and own.start is not None and own.label and ("YTD" in own.label or "-" in own.label) else None
        if concept.id in QUOTED or (concept.id == "share_price" and role == "level"):
            if modality == "conditional":
                return None
            return own if own is not None and own.instant and own.start is None and concept.id == "share_price" else story.published()
        if concept.id == "contract":
            return None
        current = own or self.thread.period or self.thread.header_period or story.reported(company)
        if own is None and modality in ("guided", "estimated", "projected") and self.thread.period is None:
            current = self._outlook_period(concept, company, modality, current)
        if is_base and own is None:
            quarterly = self.passage.has(self.passage.start, self.passage.end, "comparison") and any(
                m.value == "qoq" for m in self.passage.between(left - 60, right, "comparison")
            )
            current = story.quarter_before(current, company) if quarterly else story.year_before(current, company)
        if role in ("level", "share") and concept.id in INSTANTS:
            return current.at_end()
        if concept.id == "operating_kpi" and role == "level" and measure in ("count", "watts"):
            return current.at_end()
        if role == "duration" or (concept.id == "backlog" and role == "share"):
            return None if modality == "guided" else current.at_end()
        return current if current.start is not None else self._spanning(current, company)

    def _spanning(self, instant: Period, company: str | None) -> Period:
        """The quarter that ends at an instant, for a figure of a span of time."""
        calendar = self.story.calendar(company)
        return calendar.quarter(calendar.quarter_of(instant.end))

    def _outlook_period(
        self, concept: Concept, company: str | None, modality: str, current: Period
    ) -> Period:
        calendar, newest = self.story.calendar(company), self.story.quarter(company)
        if concept.id in ("capex", "capex_net", "total_expenses") and modality == "guided":
            return calendar.year(newest.plus(1).year)
        if modality == "guided":
            return calendar.quarter(newest.plus(1))
        return current

    def _own_period(
        self, numeral: Numeral, left: int, right: int, company: str | None, ahead: bool, is_base: bool
    ) -> Period | None:
        """The period said of this number itself, or of the sentence so far."""
        passage, text = self.passage, self.text
        end = self._period_end(numeral, right)
        for mention in passage.period_between(numeral.end, end):
            gap = text[numeral.end : mention.start]
            if re.search(r"\b(?:below|above|than|versus|vs|against|compared|from|since|over)\b", gap) or len(gap.split()) > 6:
                break
            if mention.kind == "last_year" and not is_base:
                break
            return self.story.resolve(mention, company, ahead=ahead, base=is_base)
        nearby = passage.period_between(left, numeral.start)
        if nearby:
            mention = nearby[-1]
            if not (mention.kind == "last_year" and not is_base) or True:
                return self.story.resolve(mention, company, ahead=ahead, base=is_base)
        if self.thread.period is None:
            earlier = passage.period_between(passage.start, left)
            if earlier:
                return self.story.resolve(earlier[-1], company, ahead=ahead, base=is_base)
        return None

    def _period_end(self, numeral: Numeral, right: int) -> int:
        match = re.search(r"[;()]|,(?=\s)|\s[–—-]\s|—|\n", self.text[numeral.end : right])
        return numeral.end + match.start() if match else right

    # -- against what -----------------------------------------------------------------------------

    def _comparison(
        self, numeral: Numeral, role: str, concept: Concept, left: int, right: int, previous: Reading | None
    ) -> str:
        if role not in ("growth", "change") or concept.id in ("share_price", "price_target"):
            return "none"
        if role == "growth" and concept.id == "other" and not self.passage.has(left, right, "movement", "comparison"):
            return "none"
        end = self.passage.clause_end(numeral.end, right)
        found = self.passage.first(numeral.end, end, "comparison") or self.passage.last(
            self._local(numeral, left), numeral.start, "comparison"
        )
        if found is not None:
            return str(found.value)
        return "yoy" if role == "growth" else "none"

    def _compared(
        self, kind: str, period: Period | None, company: str | None, role: str, numeral: Numeral, left: int, right: int
    ) -> Comparison:
        passage = self.passage
        end = self._period_end(numeral, right)
        constant = role == "growth" and passage.has(numeral.end, end, "constant_currency")
        if period is None or kind == "none":
            return Comparison(kind, None, constant)
        before = self.story.year_before if kind == "yoy" else self.story.quarter_before
        return Comparison(kind, before(period, company), constant)

    # -- the sign ---------------------------------------------------------------------------------

    def _sign(
        self, numeral: Numeral, concept: Concept, measure: str, role: str, left: int, right: int
    ) -> int:
        if numeral.is_negative:
            return 1
        passage = self.passage
        start = self._local(numeral, left)
        if role in ("growth", "change", "surprise"):
            if measure == "multiple":
                return 1
            end = self._period_end(numeral, right)
            if role == "surprise":
                moved = passage.first(numeral.end, end, "surprise") or passage.last(start, numeral.start, "surprise", "movement")
            else:
                moved = passage.last(start, numeral.start, "movement")
                after = passage.first(numeral.end, end, "movement")
                if after is not None and (moved is None or self._near(numeral.end, after.start, 2)) and self._near(numeral.end, after.start, 3):
                    moved = after
                if moved is None and re.match(r"\s(?:below|lower|less|fewer)", self.text[numeral.end : numeral.end + 8]):
                    return -1
            return -1 if moved is not None and moved.value == "down" else 1
        if role == "level" and concept.is_negative:
            return -1
        if role == "level" and measure in ("money", "per_share") and concept.id in (
            "net_income", "operating_income", "free_cash_flow", "operating_cash_flow", "eps", "eps_adjusted", "revenue", "net_loss", "other",
        ):
            if concept.id in ("revenue", "other"):
                return 1
            lost = passage.last(start, numeral.start, "loss")
            lost_after = passage.first(numeral.end, self._period_end(numeral, right), "loss")
            return -1 if lost is not None or (lost_after is not None and self._near(numeral.end, lost_after.start, 2)) else 1
        return 1

    # -- in the words of a claim ------------------------------------------------------------------

    def _claim(self, reading: Reading, left: int, right: int) -> Claim:
        numeral = reading.numeral
        low, high = float(numeral.low) * reading.sign, float(numeral.high) * reading.sign
        if low > high:
            low, high = high, low
        start = numeral.start
        text = self.text[start : numeral.end]
        metric = self._metric(reading, left, right)
        return Claim(
            char_start=start,
            char_end=numeral.end,
            span_text=text,
            value=None if numeral.is_range else low,
            low=low if numeral.is_range else None,
            high=high if numeral.is_range else None,
            unit=UNIT_OF[reading.measure],
            kind=self._kind(reading, metric),
            metric=metric,
            company=reading.company,
            segment=reading.part,
            approx=self._is_hedged(numeral, left),
            bound=self._bound(numeral, left),
            period=reading.period,
            comparison=reading.comparison,
            modality=reading.modality,
            attribution=self._attribution(reading),
        )

    def _metric(self, reading: Reading, left: int, right: int) -> str:
        concept, role = reading.concept, reading.role
        if role == "surprise":
            return "surprise"
        reads = concept.reads
        if concept.id == "capex":
            clause = self.passage.between(self.passage.start, self.passage.end, "variant")
            if reading.modality in ("guided", "estimated") and role == "level" and self._is_outlook(reading):
                return reads["guidance"]
            if role == "level":
                for variant in ("with_leases", "net"):
                    if any(m.value == variant for m in clause):
                        return reads[variant]
        if role in ("level", "part", "change") and concept.id in OUTLOOKS:
            if reading.modality == "guided" and role == "level":
                return reads["guidance"]
        if role == "level" and reading.part is not None:
            return reads.get("part", reads.get("level", "other"))
        if role == "change" and reading.part is not None and "part_change" in reads:
            return reads["part_change"]
        return reads.get(role) or reads.get("level") or next(iter(reads.values()))

    def _is_outlook(self, reading: Reading) -> bool:
        return reading.modality == "guided" or (
            reading.period is not None and reading.period.end >= self.story.published_at
        )

    def _kind(self, reading: Reading, metric: str) -> str:
        if reading.role in ("growth", "change", "margin", "share", "duration", "surprise", "multiple"):
            return reading.role
        if reading.modality == "guided" or metric.endswith("_guidance"):
            return "guidance"
        return "multiple" if metric in ("pe_multiple", "valuation_multiple") else "level"

    def _is_hedged(self, numeral: Numeral, left: int) -> bool:
        if numeral.is_vague and numeral.unit in ("ratio", "") and numeral.bound != "ge":
            return True
        hedge = self.passage.last(max(left, numeral.start - 40), numeral.start, "hedge")
        return hedge is not None and self._abuts(hedge.end, numeral.start)

    def _bound(self, numeral: Numeral, left: int) -> str | None:
        if numeral.bound:
            return numeral.bound
        bound = self.passage.last(max(left, numeral.start - 40), numeral.start, "bound")
        return str(bound.value) if bound is not None and self._abuts(bound.end, numeral.start) else None

    def _abuts(self, start: int, end: int) -> bool:
        return bool(re.fullmatch(r"\s*(?:(?:a|an|the|its|some|to|of|only|just|nearly|about|roughly|around|record|\$)\s*){0,2}", self.text[start:end]))

    def _attribution(self, reading: Reading) -> Attribution:
        if reading.modality == "guided":
            return Attribution("company")
        if reading.modality in ("estimated", "opinion"):
            return Attribution("analyst")
        if reading.modality in ("projected", "conditional") and self.passage.has(self.passage.start, self.passage.end, "analyst"):
            return Attribution("analyst")
        return Attribution()


UNIT_OF = {
    "money": "USD", "amount": "USD", "per_share": "USD_per_share", "percent": "ratio",
    "points": "ratio", "multiple": "multiple", "count": "count", "bare": "count", "watts": "W",
    "years": "years",
}  # fmt: skip
