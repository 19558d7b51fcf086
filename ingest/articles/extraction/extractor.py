"""The default extractor: claims by declared language alone; offline, deterministic, no model.

Belongs here: the order in which the questions about a number are asked, and what headings and line
labels set for the numbers under them. Does not belong here: the questions themselves (`attachment`,
`roles`, `modality`, `timing`, `wording`), or the words (`registry/language.yml`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from ingest.articles.claims import Claim
from ingest.articles.extraction.attachment import (
    concept_of,
    entity_of,
    implied_concept,
    is_of_group,
    measure_for,
    owner_of,
    repeated_reading,
    varied_concept,
)
from ingest.articles.extraction.claimable import is_claimable
from ingest.articles.extraction.context import Context, Reading, Thread
from ingest.articles.extraction.modality import labelled_modality, modality_of
from ingest.articles.extraction.numerals import Numeral
from ingest.articles.extraction.passages import split_passages
from ingest.articles.extraction.periods import Period
from ingest.articles.extraction.phrases import PhraseBook
from ingest.articles.extraction.roles import is_base, role_of, sign_of
from ingest.articles.extraction.slots import Slot, slots_of
from ingest.articles.extraction.story import Story
from ingest.articles.extraction.tables import read_tables
from ingest.articles.extraction.timing import is_past, is_plan, period_of
from ingest.articles.extraction.wording import claim_of
from registry.language import Concept, Language

ECHO = re.compile(
    r"\b(?:was|were|wanted|expected|at|around|about|for|of|is|had|than|vs\.?)\s$", re.IGNORECASE
)
PRONOUN = re.compile(
    r"\W*(?:In \S+ )?(?:it|its|the (?:unit|division|segment|business)|that|this)\b", re.IGNORECASE
)
BULLET = re.compile(r"\s*(?:[-•▪■*–·]|\d+[.)])\s")
HEADED_BY = (
    "quarter",
    "quarter_ended",
    "last_quarter",
    "previous_quarter",
    "full_year",
    "six",
    "nine",
)
OPENED_BY = ("quarter", "quarter_ended", "last_quarter", "previous_quarter")
HEADING_WORDS, OUTLOOK_WORDS, NAME_WORDS = 12, 6, 4
GROUPED = ("variants", "movements", "surprises", "bounds", "modality", "comparisons")


class RuleExtractor:
    """Finds claims by the declared language; a `ClaimExtractor`."""

    name = "rules"

    def __init__(self, language: Language) -> None:
        self._language = language
        self._book = phrase_book(language)
        self._concepts = {concept.id: concept for concept in language.concepts}

    def extract(self, text: str, published_at: date) -> Sequence[Claim]:
        """The claims of one article, in the order of the text."""
        passages = list(split_passages(text, self._book))
        story = Story(self._language, published_at, passages)
        claims, tabular = read_tables(story, passages, self._concepts)
        companies = {m.value for each in passages for m in each.mentions if m.kind == "company"}
        thread = Thread(story.company, frozenset(companies))
        for passage in passages:
            if passage.line not in tabular:
                claims += read_sentence(Context(story, passage, thread, self._concepts))
        return sorted(claims, key=lambda claim: claim.char_start)


def phrase_book(language: Language) -> PhraseBook:
    """Every declared phrase with what it says."""
    concepts = {phrase: concept for concept in language.concepts for phrase in concept.phrases}
    # What can only be counted says nothing of other numbers beside it.
    entries: list[tuple[str, str, object]] = [
        (phrase, "counted" if concept.takes == ("count",) else "concept", concept)
        for phrase, concept in concepts.items()
    ]
    for company in language.companies:
        entries += [(alias, "company", company.ticker) for alias in company.aliases]
        for part in company.parts:
            for alias in part.aliases:
                entries.append((alias, "part", (company.ticker, part.name)))
                # "cloud revenue" names a part, and revenue as well.
                last = concepts.get(alias.rsplit(" ", 1)[-1])
                if last is not None and alias not in concepts:
                    entries.append((alias, "concept", last))
    for kind in GROUPED:
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


def read_sentence(context: Context) -> Iterator[Claim]:
    """The claims of a sentence, left to right."""
    _open(context)
    for slot in slots_of(context.passage):
        slot = _echoed(slot, context)
        if is_claimable(slot, is_about_backlog=_is_about_backlog(context)):
            reading = _read(slot, context)
            context.previous = reading
            yield claim_of(reading, context)


def _read(slot: Slot, context: Context) -> Reading:
    """Every question about one number, each answered once."""
    mention, concept = concept_of(slot, context)
    repeated = repeated_reading(slot, context, (mention, concept))
    if repeated is not None:
        return replace(repeated, slot=slot)
    company, part = entity_of(slot, context, mention)
    concept = concept or implied_concept(slot, context, part)
    measure = measure_for(slot, concept)
    role = role_of(slot, context, measure, concept)
    concept = varied_concept(slot, context, concept, mention, part, role)
    is_earlier = is_base(slot, context, role)
    modality = modality_of(
        slot, context, concept, role, is_base=is_earlier, is_of_group=is_of_group(slot)
    )
    part = _part_of(slot, context, concept, company, part)
    if is_of_group(slot):
        company = part = None
    period = period_of(slot, context, concept, role, company, modality, is_base=is_earlier)
    if is_past(slot, context, concept, role, company, period, modality):
        modality = "reported"
    if modality == "reported" and is_plan(context, concept, role, period):
        modality = "guided"
    sign = sign_of(slot, context, concept, measure, role)
    reading = Reading(
        slot, concept, measure, role, company, part, period, modality, sign, is_earlier
    )
    context.thread.remember(reading)
    return reading


def _part_of(
    slot: Slot, context: Context, concept: Concept, company: str | None, part: str | None
) -> str | None:
    """The part, where the concept has parts; a backlog stays that of the part it was first of."""
    if concept.id == "backlog":
        is_named = slot.passage.has(slot.passage.start, slot.start, "part")
        spoken = context.story.language.by_ticker.get(company or "")
        usual = spoken.backlog_part if spoken is not None else None
        return (part if is_named else None) or context.thread.backlog_parts.get(company) or usual
    return part if concept.of_parts else None


def _echoed(slot: Slot, context: Context) -> Slot:
    """A bare number set against the last one is in its unit: "analysts wanted 3.22"."""
    last = context.previous or context.thread.last
    if (
        last is None
        or slot.measure != "bare"
        or slot.numeral.is_joined
        or not ECHO.search(slot.before)
    ):
        return slot
    cue = slot.said_before("modality", "analyst")
    if (
        cue is None
        or cue.value not in ("estimated", True)
        or slot.said_after("concept", "furniture")
    ):
        return slot
    like, numeral = last.slot.numeral, slot.numeral
    low, high = numeral.low * like.scale, numeral.high * like.scale
    return replace(
        slot,
        numeral=replace(
            numeral, low=low, high=high, unit=like.unit, is_scaled=like.is_scaled, scale=like.scale
        ),
    )


def _is_about_backlog(context: Context) -> bool:
    passage, last = context.passage, context.thread.concept
    spoken = passage.between(passage.start, passage.end, "concept")
    is_last = last is not None and last.id == "backlog"
    return is_last or any(mention.value.id == "backlog" for mention in spoken)


def _open(context: Context) -> None:
    """What the sentence as a whole sets for the numbers in it."""
    passage, thread = context.passage, context.thread
    if passage.line != thread.line:
        _open_line(context)
    subject = passage.first(passage.start, passage.end, "company", "part")
    opening = passage.text[passage.start : subject.start] if subject else ""
    if subject is not None and subject.kind == "company" and not re.search(r"\w", opening):
        thread.company = subject.value
    if passage.numerals and not PRONOUN.match(passage.text, passage.start):
        thread.part = None
    context.scope = thread.line_modality or thread.header_modality or "reported"
    if not passage.numerals:
        if subject is not None:
            thread.part = owner_of(subject, context)[1]
        thread.line_period = _headed(context, is_ahead=False, kinds=OPENED_BY) or thread.line_period
        spoken = passage.last(passage.start, passage.end, "concept")
        thread.concept = spoken.value if spoken is not None else thread.concept


def _open_line(context: Context) -> None:
    """A new line: its label, and if it has no figures what it sets as a heading."""
    passage, thread = context.passage, context.thread
    thread.line, thread.line_period = passage.line, None
    thread.line_modality = labelled_modality(passage)
    thread.company = thread.section_company or context.story.company
    is_item = BULLET.match(passage.text, passage.start) is not None
    if not is_item and (thread.is_list_header or thread.has_list_begun):
        thread.header_period = thread.header_modality = None
        thread.is_list_header = thread.compares_with_estimates = False
    thread.has_list_begun = is_item
    is_whole = passage.text[passage.end : passage.end + 1] in ("\n", "")
    if is_whole and all(each.is_bare or is_quoted(each) for each in passage.numerals):
        _open_section(context)


def is_quoted(numeral: Numeral) -> bool:
    """As headings print what the shares did: "ORACLE (ORCL, -4%)"."""
    return numeral.has_sign and numeral.unit == "ratio"


def _open_section(context: Context) -> None:
    """A line without figures may be a heading: what it names holds for the lines below it."""
    passage, thread = context.passage, context.thread
    line = passage.text[passage.start :].split("\n", 1)[0]
    words = len(line.split())
    is_heading = words <= HEADING_WORDS and not line.rstrip().endswith((".", "!", "?"))
    cues = passage.between(passage.start, passage.end, "modality")
    is_outlook = (
        is_heading and words <= OUTLOOK_WORDS and any(cue.value == "guided" for cue in cues)
    )
    thread.is_list_header = line.rstrip().endswith(":")
    names_analysts = passage.has(passage.start, passage.end, "analyst")
    thread.compares_with_estimates = thread.is_list_header and names_analysts
    is_estimate = (thread.compares_with_estimates or is_outlook) and names_analysts
    if is_estimate and context.story.is_preview:
        thread.header_modality = "estimated"
    else:
        thread.header_modality = "guided" if is_outlook and not names_analysts else None
    if not is_heading or passage.start == 0:
        return
    kinds = (*HEADED_BY, "year") if is_outlook else HEADED_BY
    thread.header_period = _headed(context, is_ahead=is_outlook, kinds=kinds)
    companies = {m.value for m in passage.between(passage.start, passage.end, "company")}
    if len(companies) == 1 and words <= NAME_WORDS:
        thread.section_company = thread.company = companies.pop()


def _headed(context: Context, *, is_ahead: bool, kinds: Sequence[str] = HEADED_BY) -> Period | None:
    """The period a heading or an opening names."""
    dated = [each for each in context.passage.periods if each.kind in kinds]
    if not dated:
        return None
    return context.story.resolve(dated[0], context.thread.company, ahead=is_ahead)
