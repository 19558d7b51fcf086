"""A registry entry proposed from a company's own filings, for a person to finish.

Belongs here: what the filings state, said as yaml with its evidence, and what they do not state.
Does not belong here: deciding (a line a person must settle says "TODO decide"), fetching beyond the
filings asked for, writing the registry.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ingest.edgar.client import EdgarClient
from ingest.edgar.filings import candidate_documents
from ingest.edgar.listings import FiledForm, Submissions
from ingest.edgar.xbrl import Facts, read_document
from ingest.errors import NotFoundError, UnreadableDocumentError
from registry.models import Grain, Metric, Registry

PERIODIC_FORMS = ("10-K", "10-Q")
ANNUAL_FORMS = ("10-K", "10-KT")
STANDARD_PREFIXES = frozenset(
    ("us-gaap", "srt", "dei", "ecd", "cyd", "country", "currency", "exch")
)
PART_AXES: Mapping[Grain, str] = {
    "segment": "us-gaap:StatementBusinessSegmentsAxis",
    "product_line": "srt:ProductOrServiceAxis",
}
REVENUE_METRICS = ("net_sales", "segment_revenue", "product_revenue")
PART_METRICS: Mapping[Grain, tuple[str, ...]] = {
    "segment": ("segment_revenue", "segment_operating_income"),
    "product_line": ("product_revenue",),
    "share_class": ("class_shares_outstanding",),
}
BACKLOG_METRICS = ("backlog", "backlog_remaining_life")
SPLIT_RATIO = "us-gaap:StockholdersEquityNoteStockSplitConversionRatio1"
# A period that ends in the first days of a month belongs to the month before (52/53-week years).
DAYS_OF_GRACE = timedelta(days=10)
ISO_DURATION = r"^P(\d+(\.\d+)?[YMDW])+$"
# Where no known concept states a metric: words by which a filer's own tag may be it.
OWN_TAG_WORDS = {
    "capex_gross": r"(?i)(payments|purchases?|additions).*(property|equipment|productive)",
    "capex_proceeds": r"(?i)proceeds.*(property|equipment|incentives)",
    "finance_lease_principal": r"(?i)(principal|payments?|repayments?).*(finance|capital)leases?",
    "depreciation": r"(?i)^depreciation",
}


@dataclass(frozen=True)
class FilingFacts:
    """One filing and what its documents state."""

    accession_number: str
    form: str
    period_end: date | None
    facts: Facts

    def __str__(self) -> str:
        return f"{self.accession_number} ({self.form} for {self.period_end or 'no stated period'})"


@dataclass(frozen=True)
class Evidence:
    """How many facts in how many filings say so, and the newest of them."""

    fact_count: int
    filing_count: int
    newest_accession_number: str
    newest_form: str
    newest_period_end: date | None

    def __str__(self) -> str:
        facts = "1 fact" if self.fact_count == 1 else f"{self.fact_count} facts"
        filings = "1 filing" if self.filing_count == 1 else f"{self.filing_count} filings"
        return (
            f"{facts} in {filings}, newest {self.newest_accession_number}"
            f" ({self.newest_form}), {self.newest_period_end or 'no period'}"
        )


@dataclass(frozen=True)
class ProposedPart:
    """A segment, product line or share class: an id made of its members' name."""

    id: str
    name: str
    members: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True)
class ProposedMetric:
    """The concepts a metric has in these filings, in the order tried, and the filings without one.

    `own_tags` are tags of the filer that may state it where no known concept does.
    """

    metric: str
    concepts: Mapping[str, Evidence]
    silent_filings: tuple[str, ...]
    own_tags: Mapping[str, Evidence]
    is_common: bool


@dataclass(frozen=True)
class Dimensioned:
    """Facts of one concept under one set of dimensions, a typed member being `*`."""

    concept: str
    signature: str
    evidence: Evidence
    is_one_per_period: bool


@dataclass(frozen=True)
class SplitHint:
    """A tagged split ratio; the day from which the share trades split-adjusted is not tagged."""

    ratio: str
    period_start: date | None
    evidence: Evidence


@dataclass(frozen=True)
class Proposal:
    """What a company's filings say of it, in the registry's terms.

    `fiscal_year_end_month` is None where the sources differ or none says; `fiscal_year_end_sources`
    are their words. `entangled` are members that carry the wanted figures only together with other
    axes, which the registry's patterns do not take.
    """

    ticker: str
    cik: str
    name: str
    registrant_names: tuple[str, ...]
    listed_tickers: tuple[str, ...]
    filings: tuple[str, ...]
    unread: tuple[str, ...]
    fiscal_year_end_month: int | None
    fiscal_year_end_sources: tuple[str, ...]
    segments: tuple[ProposedPart, ...]
    product_lines: tuple[ProposedPart, ...]
    share_classes: tuple[ProposedPart, ...]
    entangled: tuple[tuple[str, Evidence], ...]
    metrics: tuple[ProposedMetric, ...]
    backlog_dimensions: tuple[Dimensioned, ...]
    splits: tuple[SplitHint, ...]

    @property
    def not_found(self) -> tuple[str, ...]:
        """Metrics that no fact of these filings states."""
        return tuple(metric.metric for metric in self.metrics if not metric.concepts)

    def found(self, metric: str) -> bool:
        """Whether some fact states the metric."""
        return any(proposed.metric == metric and proposed.concepts for proposed in self.metrics)

    def to_yaml(self) -> str:
        """The entry, to be pasted at the end of `registry/companies.yml`."""
        return "\n".join(_yaml_lines(self)) + "\n"


def propose_company(
    ticker: str,
    cik: str,
    submissions: Submissions,
    filings: Sequence[FilingFacts],
    registry: Registry,
    unread: Sequence[str] = (),
) -> Proposal:
    """What these filings of a company say, in the registry's terms; nothing is guessed.

    `unread` are filings that could not be read, in words; they are named in the proposal.
    """
    numbers = _numbers(filings)
    texts = _texts(filings)
    month, sources = _fiscal_year_end(submissions, texts)
    return Proposal(
        ticker=ticker.upper(),
        cik=cik,
        name=submissions.name,
        registrant_names=_texts_of(texts, "dei:EntityRegistrantName"),
        listed_tickers=submissions.tickers,
        filings=tuple(str(filing) for filing in filings),
        unread=tuple(unread),
        fiscal_year_end_month=month,
        fiscal_year_end_sources=sources,
        segments=_parts(registry, numbers, "segment"),
        product_lines=_parts(registry, numbers, "product_line"),
        share_classes=_parts(registry, numbers, "share_class"),
        entangled=_entangled(registry, numbers),
        metrics=tuple(
            _metric(registry, metric, numbers, texts, filings)
            for metric in registry.metrics
            if metric.concepts
        ),
        backlog_dimensions=_backlog_dimensions(registry, numbers, texts),
        splits=_splits(numbers),
    )


def read_newest_filings(
    client: EdgarClient, cik: str, submissions: Submissions, count: int
) -> tuple[tuple[FilingFacts, ...], tuple[str, ...]]:
    """Facts of the `count` newest annual and quarterly reports at hand, and in words what is not.

    A source that holds only a part of EDGAR lists reports it has not; older ones are read instead.
    Raises FetchError, LandingError or UnexpectedContentError as the client does.
    """
    filings: list[FilingFacts] = []
    absent: list[str] = []
    unread: list[str] = []
    for filing in submissions.filings:
        if len(filings) == count:
            break
        if filing.form not in PERIODIC_FORMS or not filing.is_xbrl:
            continue
        try:
            facts = _read(client, cik, filing)
        except NotFoundError:
            absent.append(filing.accession_number)
        except UnreadableDocumentError as error:
            unread.append(f"{filing.accession_number} ({filing.form}): {error}")
        else:
            filings.append(
                FilingFacts(filing.accession_number, filing.form, filing.period_of_report, facts)
            )
    if absent:
        unread.append(f"{len(absent)} listed reports the source has not, newest {absent[0]}")
    return tuple(filings), tuple(unread)


def _read(client: EdgarClient, cik: str, filing: FiledForm) -> Facts:
    names = [file.name for file in client.documents(cik, filing.accession_number)]
    candidates = candidate_documents(filing, names)
    if not candidates:
        raise UnreadableDocumentError("its folder holds no document of facts")
    name = candidates[0]
    landed = client.document(cik, filing.accession_number, name)
    return read_document(name, client.content(landed))


def _numbers(filings: Sequence[FilingFacts]) -> pl.DataFrame:
    """Numeric facts that have a value, each with its filing and the signature of its dimensions."""
    frames = [_with_filing(filing, filing.facts.numeric) for filing in filings]
    whole = pl.concat(frames) if frames else _with_filing(None, None)
    return whole.filter(~pl.col("is_nil"), pl.col("value").is_not_null())


def _texts(filings: Sequence[FilingFacts]) -> pl.DataFrame:
    frames = [_with_filing(filing, filing.facts.text) for filing in filings]
    whole = pl.concat(frames) if frames else _with_filing(None, None)
    return whole.filter(~pl.col("is_nil"), pl.col("text_value").is_not_null())


COLUMNS = pl.Schema(
    {
        "concept": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "dimensions": pl.String(),
        "unit": pl.String(),
        "value": pl.String(),
        "text_value": pl.String(),
        "is_nil": pl.Boolean(),
        "accession_number": pl.String(),
        "form": pl.String(),
        "signature": pl.String(),
    }
)


def _with_filing(filing: FilingFacts | None, frame: pl.DataFrame | None) -> pl.DataFrame:
    if filing is None or frame is None:
        return COLUMNS.to_frame()
    signatures = _signatures(filing.facts.dimensions)
    return frame.with_columns(
        pl.lit(filing.accession_number).alias("accession_number"),
        pl.lit(filing.form).alias("form"),
        pl.col("dimensions")
        .replace_strict(signatures, default="", return_dtype=pl.String)
        .alias("signature"),
    ).select(COLUMNS.names())


def _signatures(dimensions: pl.DataFrame) -> dict[str, str]:
    """Signature of each JSON text of dimensions: axis=member in order of axis, * for typed."""
    members: dict[str, list[str]] = defaultdict(list)
    for text, axis, member, is_typed in dimensions.select(
        "dimensions", "axis", "member", "is_typed"
    ).iter_rows():
        members[text].append(f"{axis}={'*' if is_typed else member}")
    return {text: ";".join(sorted(pairs)) for text, pairs in members.items()}


def _evidence(facts: pl.DataFrame) -> Evidence:
    newest = facts.sort("period_end", "accession_number", nulls_last=False).row(-1, named=True)
    return Evidence(
        fact_count=facts.height,
        filing_count=facts["accession_number"].n_unique(),
        newest_accession_number=newest["accession_number"],
        newest_form=newest["form"],
        newest_period_end=newest["period_end"],
    )


def _texts_of(texts: pl.DataFrame, concept: str) -> tuple[str, ...]:
    values = texts.filter(pl.col("concept") == concept)["text_value"]
    return tuple(values.str.strip_chars().unique().sort().to_list())


def _fiscal_year_end(
    submissions: Submissions, texts: pl.DataFrame
) -> tuple[int | None, tuple[str, ...]]:
    """The month all sources agree on, and what each says."""
    stated: list[tuple[str, date | None]] = []
    if submissions.fiscal_year_end:
        text = submissions.fiscal_year_end
        stated.append((f"EDGAR's list says {text}", _month_day(text)))
    for text in _texts_of(texts, "dei:CurrentFiscalYearEndDate"):
        stated.append((f"covers say {text}", _month_day(text.replace("-", ""))))
    annual = texts.filter(pl.col("form").is_in(ANNUAL_FORMS))
    for text in _texts_of(annual, "dei:DocumentPeriodEndDate"):
        stated.append((f"an annual report ends on {text}", _day(text)))
    months = {(day - DAYS_OF_GRACE).month if day else None for _, day in stated}
    agreed = months.pop() if len(months) == 1 else None
    return agreed, tuple(words for words, _ in stated)


def _month_day(text: str) -> date | None:
    return _day(f"2000-{text[:2]}-{text[2:]}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _parts(registry: Registry, numbers: pl.DataFrame, grain: Grain) -> tuple[ProposedPart, ...]:
    """Members that alone, or as the registry's patterns have it, carry the grain's figures."""
    members = _members_at(registry, grain, numbers["signature"].unique().to_list())
    facts = numbers.filter(
        pl.col("concept").is_in(_concepts_at(registry, grain)),
        pl.col("signature").is_in(list(members)),
    ).with_columns(pl.col("signature").replace_strict(members, default="").alias("member"))
    by_id: dict[str, list[str]] = defaultdict(list)
    for member in facts["member"].unique().sort().to_list():
        by_id[identifier_of(member)].append(member)
    return tuple(
        ProposedPart(
            id=part_id,
            name=" ".join(_words(names[0])),
            members=tuple(names),
            evidence=_evidence(facts.filter(pl.col("member").is_in(names))),
        )
        for part_id, names in by_id.items()
    )


def _concepts_at(registry: Registry, grain: Grain) -> list[str]:
    named = {metric.name: metric.concepts for metric in registry.metrics}
    wanted = [*PART_METRICS[grain], *(REVENUE_METRICS if grain != "share_class" else ())]
    return sorted({concept for metric in wanted for concept in named.get(metric, ())})


def _members_at(registry: Registry, grain: Grain, signatures: Iterable[str]) -> dict[str, str]:
    """The member each signature states at a grain, for those that fit one of its patterns."""
    patterns = [
        re.compile(re.escape(pattern).replace(re.escape("{member}"), "([^;=*]+)"))
        for pattern in registry.dimension_patterns[grain]
    ]
    members: dict[str, str] = {}
    for signature in signatures:
        for pattern in patterns:
            if fits := pattern.fullmatch(signature):
                members[signature] = fits[1]
    return members


def _entangled(registry: Registry, numbers: pl.DataFrame) -> tuple[tuple[str, Evidence], ...]:
    """Members of segments and product lines that carry figures only beside other axes."""
    entangled: list[tuple[str, Evidence]] = []
    for grain, axis in PART_AXES.items():
        facts = numbers.filter(
            pl.col("concept").is_in(_concepts_at(registry, grain)),
            pl.col("signature").str.contains(f"{axis}=", literal=True),
        ).with_columns(pl.col("signature").str.extract(f"{axis}=([^;]+)").alias("member"))
        fitting = _members_at(registry, grain, facts["signature"].unique().to_list())
        alone = set(fitting.values())
        others = facts.filter(~pl.col("member").is_in(list(alone)))
        for (signature,), group in sorted(
            others.group_by("signature"), key=lambda item: str(item[0])
        ):
            entangled.append((str(signature), _evidence(group)))
    return tuple(entangled)


def _metric(
    registry: Registry,
    metric: Metric,
    numbers: pl.DataFrame,
    texts: pl.DataFrame,
    filings: Sequence[FilingFacts],
) -> ProposedMetric:
    """Which concept each filing states the metric by: the common ones first, then others known."""
    facts = _facts_of_metric(registry, metric, numbers, texts)
    others = _other_concepts(registry, metric)
    chosen: dict[str, list[str]] = defaultdict(list)
    silent: list[str] = []
    for filing in filings:
        stated = set(facts.filter(pl.col("accession_number") == filing.accession_number)["concept"])
        concept = next((c for c in (*metric.concepts, *others) if c in stated), None)
        if concept:
            chosen[concept].append(filing.accession_number)
        else:
            silent.append(filing.accession_number)
    ordered = [concept for concept in (*metric.concepts, *others) if concept in chosen]
    own = numbers.filter(
        pl.col("accession_number").is_in(silent),
        pl.col("signature") == "",
        pl.col("unit") == metric.fact_unit,
        ~pl.col("concept").str.extract("^([^:]+):").is_in(list(STANDARD_PREFIXES)),
        pl.col("concept").str.extract(":(.+)$").str.contains(OWN_TAG_WORDS[metric.name])
        if metric.name in OWN_TAG_WORDS
        else pl.lit(False),
    )
    return ProposedMetric(
        metric=metric.name,
        concepts={
            concept: _evidence(
                facts.filter(
                    pl.col("concept") == concept,
                    pl.col("accession_number").is_in(chosen[concept]),
                )
            )
            for concept in ordered
        },
        silent_filings=tuple(silent),
        own_tags={
            concept: _evidence(own.filter(pl.col("concept") == concept))
            for concept in own["concept"].unique().sort().to_list()
        },
        is_common=all(concept in metric.concepts for concept in ordered),
    )


def _facts_of_metric(
    registry: Registry, metric: Metric, numbers: pl.DataFrame, texts: pl.DataFrame
) -> pl.DataFrame:
    """Facts in the metric's unit and kind of period, under the dimensions of its grain."""
    if metric.fact_unit == "duration":
        facts = texts.filter(pl.col("text_value").str.contains(ISO_DURATION))
    else:
        facts = numbers.filter(pl.col("unit") == metric.fact_unit)
    is_duration = metric.period == "duration"
    facts = facts.filter(pl.col("period_start").is_not_null() == is_duration)
    if metric.name in BACKLOG_METRICS:
        return facts
    if metric.grain == "company":
        return facts.filter(pl.col("signature").is_in(registry.dimension_patterns["company"]))
    fitting = _members_at(registry, metric.grain, facts["signature"].unique().to_list())
    return facts.filter(pl.col("signature").is_in(list(fitting)))


def _other_concepts(registry: Registry, metric: Metric) -> tuple[str, ...]:
    """Concepts by which other companies state the metric; for revenue, other revenue concepts."""
    declared = [c for company in registry.companies for c in company.concepts.get(metric.name, ())]
    if metric.name in REVENUE_METRICS:
        declared += [c for m in registry.metrics if m.name in REVENUE_METRICS for c in m.concepts]
    return tuple(dict.fromkeys(c for c in declared if c not in metric.concepts))


def _backlog_dimensions(
    registry: Registry, numbers: pl.DataFrame, texts: pl.DataFrame
) -> tuple[Dimensioned, ...]:
    found: list[Dimensioned] = []
    for metric in registry.metrics:
        if metric.name not in BACKLOG_METRICS:
            continue
        facts = _facts_of_metric(registry, metric, numbers, texts).filter(
            pl.col("concept").is_in(metric.concepts)
        )
        for (concept, signature), group in sorted(
            facts.group_by("concept", "signature"), key=lambda item: str(item[0])
        ):
            found.append(
                Dimensioned(
                    str(concept),
                    str(signature),
                    _evidence(group),
                    group.group_by("accession_number", "period_end")
                    .agg(pl.col("dimensions").n_unique())["dimensions"]
                    .max()
                    == 1,
                )
            )
    return tuple(found)


def _splits(numbers: pl.DataFrame) -> tuple[SplitHint, ...]:
    facts = numbers.filter(pl.col("concept") == SPLIT_RATIO)
    grouped = facts.group_by("value", "period_start", "period_end")
    hints = [
        SplitHint(str(ratio), period_start, _evidence(group))
        for (ratio, period_start, _), group in grouped
    ]
    return tuple(sorted(hints, key=lambda hint: str(hint.evidence.newest_period_end)))


def identifier_of(member: str) -> str:
    """A member's name in snake_case: nvda:ComputeAndNetworkingMember is compute_and_networking."""
    words = "_".join(_words(member)).lower()
    return words if words[:1].isalpha() else f"part_{words}"


def _words(member: str) -> list[str]:
    """The words in a member's local name, without what only says that it is a member."""
    local = member.rpartition(":")[2].removesuffix("Member")
    shorter = re.sub(r"Segments?$", "", local)
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", shorter or local) or [local]


def _yaml_lines(proposal: Proposal) -> Iterator[str]:
    yield "  # Proposed from the filings below; what says 'TODO decide' is for a person."
    for filing in proposal.filings:
        yield f"  #   {filing}"
    for words in proposal.unread:
        yield f"  #   not read: {_one_line(words)}"
    yield f"  - ticker: {proposal.ticker}"
    if proposal.ticker not in proposal.listed_tickers:
        listed = ", ".join(proposal.listed_tickers) or "none"
        yield f"    # TODO decide: EDGAR lists the tickers {listed}"
    yield f"    cik: {_quoted(proposal.cik)}"
    covers = "; ".join(proposal.registrant_names) or "no name"
    yield f"    # TODO decide: the name in use; covers say {_one_line(covers)}"
    yield f"    name: {_quoted(proposal.name)}"
    yield from _fiscal_year_lines(proposal)
    yield "    # TODO decide: the id of the segment that is the cloud business, or null"
    yield "    cloud_segment: null"
    yield from _part_lines("segments", proposal.segments)
    yield from _part_lines("product_lines", proposal.product_lines)
    for signature, evidence in proposal.entangled:
        yield f"    # beside other axes only, not declarable: {signature}: {evidence}"
    yield from _part_lines("share_classes", proposal.share_classes)
    yield from _split_lines(proposal)
    yield from _rule_lines(proposal)
    yield from _metric_lines(proposal)
    yield from _formula_lines(proposal)


def _fiscal_year_lines(proposal: Proposal) -> Iterator[str]:
    for words in proposal.fiscal_year_end_sources:
        yield f"    # {_one_line(words)}"
    if proposal.fiscal_year_end_month is None:
        why = "the sources differ" if proposal.fiscal_year_end_sources else "not found"
        yield f"    # TODO decide: {why}"
        yield "    fiscal_year_end: {month: null}"
    else:
        yield f"    fiscal_year_end: {{month: {proposal.fiscal_year_end_month}}}"


def _part_lines(key: str, parts: Sequence[ProposedPart]) -> Iterator[str]:
    if not parts:
        yield f"    {key}: []  # not found"
        return
    yield f"    # TODO decide: ids, names and order of the {key.replace('_', ' ')}"
    yield f"    {key}:"
    for part in parts:
        yield f"      # {part.evidence}"
        members = ", ".join(_quoted(member) for member in part.members)
        yield f"      - {{id: {part.id}, name: {_quoted(part.name)}, members: [{members}]}}"


def _split_lines(proposal: Proposal) -> Iterator[str]:
    for hint in proposal.splits:
        since = f"from {hint.period_start} " if hint.period_start else ""
        yield (
            f"    # TODO decide: split ratio {hint.ratio} tagged {since}to"
            f" {hint.evidence.newest_period_end}: {hint.evidence}"
        )
    if proposal.splits:
        yield "    #   - {effective_on: first day of split-adjusted trading, ratio: , citation: }"
    yield "    splits: []" + ("" if proposal.splits else "  # no ratio found")


def _rule_lines(proposal: Proposal) -> Iterator[str]:
    yield (
        "    # TODO decide: what the purchases hold, in words, and what the company itself calls"
        " capital expenditures: {definition: , company_metric: , citation: }"
    )
    yield "    capex: null"
    if not proposal.backlog_dimensions:
        yield "    backlog: null  # no remaining performance obligations found"
        return
    for found in proposal.backlog_dimensions:
        bands = "" if found.is_one_per_period else ", several a period: bands, to be summed or not"
        where = found.signature or "without dimensions"
        yield f"    # {found.concept} {where}{bands}: {found.evidence}"
    yield "    # TODO decide: scope, definition, revenue it is held against and citation, or null"
    yield "    backlog: null"
    if overrides := _dimension_overrides(proposal):
        yield "    # TODO decide: the only dimensions it is stated under"
        yield "    dimensions:"
        for metric, signature in overrides.items():
            yield f"      {metric}: [{_quoted(signature)}]"


def _dimension_overrides(proposal: Proposal) -> dict[str, str]:
    """Backlog stated under one set of dimensions only, one figure a period, and its life beside it.

    Under other dimensions than the backlog's, a duration is the length of a band and no life.
    """
    found = {
        metric.metric: [d for d in proposal.backlog_dimensions if d.concept in metric.concepts]
        for metric in proposal.metrics
        if metric.metric in BACKLOG_METRICS
    }
    backlog = found.get("backlog", [])
    if len(backlog) != 1 or not backlog[0].signature or not backlog[0].is_one_per_period:
        return {}
    signature = backlog[0].signature
    return {
        metric: signature
        for metric, stated in found.items()
        if [d.signature for d in stated if d.is_one_per_period] == [signature]
    }


def _metric_lines(proposal: Proposal) -> Iterator[str]:
    if len(proposal.not_found) < len(proposal.metrics):
        yield "    # By which concept each metric is stated:"
    for metric in proposal.metrics:
        for concept, evidence in metric.concepts.items():
            yield f"    #   {metric.metric}: {concept}: {evidence}"
        if metric.concepts and metric.silent_filings:
            yield f"    #   {metric.metric}: no known concept in {', '.join(metric.silent_filings)}"
        for concept, evidence in metric.own_tags.items():
            yield f"    #   TODO decide: {metric.metric}: perhaps {concept}: {evidence}"
    yield f"    # Not found: {', '.join(proposal.not_found) or 'nothing'}"
    own = [metric for metric in proposal.metrics if metric.concepts and not metric.is_common]
    if own:
        yield "    concepts:"
        for metric in own:
            concepts = ", ".join(_quoted(concept) for concept in metric.concepts)
            yield f"      {metric.metric}: [{concepts}]"


def _formula_lines(proposal: Proposal) -> Iterator[str]:
    """Formulas whose every term was found; whether they are the company's own is for a person."""
    formulas: dict[str, list[str]] = {}
    if proposal.share_classes and not proposal.found("shares_outstanding"):
        formulas["shares_outstanding"] = [
            f"{{metric: class_shares_outstanding, segment: {part.id}}}"
            for part in proposal.share_classes
        ]
    if proposal.found("capex_gross") and proposal.found("finance_lease_principal"):
        formulas["capex_with_finance_leases"] = [
            "{metric: capex_gross}",
            "{metric: finance_lease_principal}",
        ]
    if proposal.found("operating_cash_flow") and proposal.found("capex_gross"):
        formulas["free_cash_flow"] = [
            "{metric: operating_cash_flow}",
            "{metric: capex_gross, coefficient: -1}",
        ]
    if formulas:
        yield "    # TODO decide: whether the company defines them so"
        yield "    formulas:"
    for metric, terms in formulas.items():
        yield f"      {metric}:"
        for term in terms:
            yield f"        - {term}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())
