"""What is known while a sentence is read: its number so far, its story, what was said before."""

from dataclasses import dataclass, field

from ingest.articles.extraction.passages import Passage
from ingest.articles.extraction.periods import Period
from ingest.articles.extraction.slots import Slot
from ingest.articles.extraction.story import Story
from registry.language import Concept, Measure, Role

Figure = tuple[object, ...]


@dataclass(frozen=True)
class Reading:
    """A numeral with what its surroundings say, before it is put in the words of a claim."""

    slot: Slot
    concept: Concept
    measure: Measure
    role: Role
    company: str | None
    part: str | None
    period: Period | None
    modality: str
    sign: int
    is_base: bool = False


@dataclass
class Thread:
    """What carries over from one number to the next, and from one sentence to the next.

    `company` is the one spoken of, `section_company` that of the heading above; `part` and
    `concept` those of the last number, `by_measure` the last concept of each kind of quantity.
    Headings and labels set a period and a modality for what stands below or beside them; one that
    ends with a colon does for the list below it alone.
    """

    company: str | None
    companies: frozenset[str] = frozenset()
    section_company: str | None = None
    part: str | None = None
    backlog_parts: dict[str | None, str] = field(default_factory=dict)
    concept: Concept | None = None
    by_measure: dict[Measure, Concept] = field(default_factory=dict)
    last: Reading | None = None
    figures: dict[Figure, Reading] = field(default_factory=dict)
    line: int = -1
    line_period: Period | None = None
    line_modality: str | None = None
    header_period: Period | None = None
    is_list_header: bool = False
    has_list_begun: bool = False
    compares_with_estimates: bool = False
    header_modality: str | None = None

    def remember(self, reading: Reading) -> None:
        """Keep what later numbers may lean on."""
        self.last = reading
        self.concept = reading.concept
        self.by_measure[reading.measure] = reading.concept
        self.part = reading.part
        if reading.concept.id == "backlog" and reading.part:
            self.backlog_parts[reading.company] = reading.part
        self.figures.setdefault(figure_of(reading.slot), reading)


@dataclass
class Context:
    """A sentence being read: `previous` is its last claim, `scope` the modality that still holds.

    `dated_to` is how far words that date the numbers so far reach.
    """

    story: Story
    passage: Passage
    thread: Thread
    concepts: dict[str, Concept]
    previous: Reading | None = None
    period: Period | None = None
    scope: str = "reported"
    dated_to: int = 0

    @property
    def last_concept(self) -> Concept | None:
        """The concept of the last claim, of this sentence or an earlier one."""
        return self.previous.concept if self.previous is not None else self.thread.concept


def figure_of(slot: Slot) -> Figure:
    """What makes two numbers the same figure; the currency may go without saying."""
    measure = "money" if slot.measure == "amount" else slot.measure
    return slot.numeral.low, slot.numeral.high, measure
