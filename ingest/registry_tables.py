"""The registry as raw tables, so that SQL joins to declarations instead of repeating them."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import polars as pl

from ingest.new_york import new_york_time
from registry.assumptions import Thesis
from registry.models import ClaimRule, Company, Metric, Registry
from registry.universe import key_of

RegistryTables = dict[str, pl.DataFrame]


def registry_tables(registry: Registry, theses: Sequence[Thesis]) -> RegistryTables:
    """Frames by table name, each with a declared schema; one row per declaration."""
    return {
        "registry_companies": pl.DataFrame(
            [
                (
                    c.ticker,
                    c.cik,
                    c.name,
                    c.sic,
                    c.trading_symbol or (None if c.ticker == key_of(c.cik) else c.ticker),
                    c.fiscal_year_end.month,
                    c.cloud_segment,
                    c.capex.definition if c.capex else None,
                    c.capex.company_metric if c.capex else None,
                )
                for c in registry.companies
            ],
            schema={
                "ticker": pl.String,
                "cik": pl.String,
                "company_name": pl.String,
                "sic": pl.String,
                "trading_symbol": pl.String,
                "fiscal_year_end_month": pl.Int32,
                "cloud_segment": pl.String,
                "capex_definition": pl.String,
                "capex_company_metric": pl.String,
            },
            orient="row",
        ),
        "registry_parts": pl.DataFrame(
            [
                (c.ticker, grain, part.id, part.name)
                for c in registry.companies
                for grain in registry.dimension_patterns
                for part in c.parts(grain)
            ],
            schema=_texts("ticker", "grain", "segment", "part_name"),
            orient="row",
        ),
        "registry_metrics": pl.DataFrame(
            [m.model_dump(exclude={"concepts"}) for m in registry.metrics],
            schema={
                "name": pl.String,
                "description": pl.String,
                "unit": pl.String,
                "fact_unit": pl.String,
                "period": pl.String,
                "grain": pl.String,
                "quarters": pl.String,
                "ttm": pl.String,
                "total_metric": pl.String,
            },
        ).rename({"name": "metric"}),
        "registry_metric_facts": pl.DataFrame(
            [row for c in registry.companies for row in _metric_facts(registry, c)],
            schema={
                "ticker": pl.String,
                "metric": pl.String,
                "segment": pl.String,
                "concept": pl.String,
                "dimension_signature": pl.String,
                "concept_rank": pl.Int32,
            },
            orient="row",
        ),
        "registry_formula_terms": pl.DataFrame(
            [
                (c.ticker, metric, term.metric, term.segment, term.coefficient, len(terms))
                for c in registry.companies
                for metric, terms in c.all_formulas.items()
                for term in terms
            ],
            schema={
                "ticker": pl.String,
                "metric": pl.String,
                "term_metric": pl.String,
                "term_segment": pl.String,
                "coefficient": pl.Int32,
                "term_count": pl.Int32,
            },
            orient="row",
        ),
        "registry_splits": pl.DataFrame(
            [(c.ticker, s.effective_on, s.ratio) for c in registry.companies for s in c.splits],
            schema={
                "ticker": pl.String,
                "effective_on": pl.Date,
                "split_ratio": pl.Decimal(18, 6),
            },
            orient="row",
        ).with_columns(
            new_york_time(pl.col("effective_on").cast(pl.Datetime("us"))).alias("effective_from")
        ),
        "registry_backlog_rules": pl.DataFrame(
            [
                (c.ticker, b.scope, b.definition, b.revenue_metric, b.revenue_segment)
                for c in registry.companies
                if (b := c.backlog)
            ],
            schema=_texts("ticker", "scope", "definition", "revenue_metric", "revenue_segment"),
            orient="row",
        ),
        "registry_not_reported": pl.DataFrame(
            [(c.ticker, *entry) for c in registry.companies for entry in c.not_reported.items()],
            schema=_texts("ticker", "metric", "reason"),
            orient="row",
        ),
        "registry_definition_changes": pl.DataFrame(
            [row for c in registry.companies for row in _definition_changes(c)],
            schema={
                "ticker": pl.String,
                "metric": pl.String,
                "accession_number": pl.String,
                "from_quarter": pl.String,
                "note": pl.String,
            },
            orient="row",
        ),
        "registry_unallocated": pl.DataFrame(
            [
                (c.ticker, u.segment_metric, float(u.ratio), u.until, u.note)
                for c in registry.companies
                for u in c.unallocated
            ],
            schema={
                "ticker": pl.String,
                "segment_metric": pl.String,
                "allowed_ratio": pl.Float64,
                "until_quarter": pl.String,
                "note": pl.String,
            },
            orient="row",
        ),
        "registry_size_classes": pl.DataFrame(
            [
                (float(lower), float(upper) if upper else None)
                for lower, upper in zip_longest(
                    registry.universe.size_classes_usd, registry.universe.size_classes_usd[1:]
                )
            ],
            schema={"from_revenue_usd": pl.Float64, "below_revenue_usd": pl.Float64},
            orient="row",
        ),
        "registry_signals": pl.DataFrame(
            [
                (
                    rule.name,
                    rule.says,
                    rule.unit,
                    rule.better == "higher",
                    registry.signals.reference_quarters,
                    registry.signals.minimum_quarters,
                    registry.signals.lower_quantile,
                    registry.signals.upper_quantile,
                )
                for rule in registry.signals.signals
            ],
            schema={
                "signal": pl.String,
                "says": pl.String,
                "unit": pl.String,
                "is_higher_better": pl.Boolean,
                "reference_quarters": pl.Int32,
                "minimum_quarters": pl.Int32,
                "lower_quantile": pl.Float64,
                "upper_quantile": pl.Float64,
            },
            orient="row",
        ),
        "registry_thesis_claims": pl.DataFrame(
            [
                (thesis.id, thesis.ticker, claim.id, claim.signal, claim.says, claim.refuted_by)
                for thesis in theses
                for claim in thesis.claims
            ],
            schema=_texts("thesis", "ticker", "claim", "signal", "says", "refuted_by"),
            orient="row",
        ),
        "registry_claim_rules": pl.DataFrame(
            [
                (
                    rule.claim_metric,
                    metric,
                    rank,
                    rule.measure,
                    rule.over[place] if rule.over else "",
                    rule.of[place] if rule.of else "",
                    rule.guidance,
                    rule.is_outlook,
                    rule.constant_currency,
                    rule.of_segment,
                )
                for rule, place, metric, rank in _ranked_rules(registry)
            ],
            schema={
                "claim_metric": pl.String,
                "metric": pl.String,
                "metric_rank": pl.Int32,
                "measure": pl.String,
                "over_metric": pl.String,
                "of_metric": pl.String,
                "guided_metric": pl.String,
                "is_outlook": pl.Boolean,
                "is_constant_currency": pl.Boolean,
                "is_of_backlog_segment": pl.Boolean,
            },
            orient="row",
        ),
        "registry_claim_settings": pl.DataFrame(
            [
                (
                    modality,
                    float(registry.claims.approximation_tolerance_ratio),
                    registry.claims.stale_within_days,
                )
                for modality in registry.claims.open_modalities
            ],
            schema={
                "open_modality": pl.String,
                "approximation_tolerance_ratio": pl.Float64,
                "stale_within_days": pl.Int32,
            },
            orient="row",
        ),
    }


def _texts(*names: str) -> pl.Schema:
    """Columns of text: of no rows, no type could be told from them."""
    return pl.Schema(dict.fromkeys(names, pl.String()))


def _ranked_rules(registry: Registry) -> Iterator[tuple[ClaimRule, int, str, int]]:
    """Each metric of each rule with its place in the rule, and among all of the claim metric."""
    ranks: dict[str, int] = {}
    for rule in registry.claims.rules:
        for place, metric in enumerate(rule.metrics):
            rank = ranks.get(rule.claim_metric, 0)
            ranks[rule.claim_metric] = rank + 1
            yield rule, place, metric, rank


def _definition_changes(company: Company) -> Iterator[tuple[str, str, str, str, str]]:
    for change in company.definition_changes:
        for metric in change.metrics:
            for accession_number in change.accession_numbers or ("",):
                yield (
                    company.ticker,
                    metric,
                    accession_number,
                    change.from_quarter or "",
                    change.note,
                )


def _metric_facts(
    registry: Registry, company: Company
) -> Iterator[tuple[str, str, str, str, str, int]]:
    printed = {rule.metric: rule.concept for rule in registry.releases.metrics_of(company.ticker)}
    for metric in registry.metrics:
        concepts = company.concepts.get(metric.name, metric.concepts)
        for segment, signatures in _signatures(registry, company, metric):
            ranked = [(concept, signature) for concept in concepts for signature in signatures]
            of_release = (printed.get(metric.name, ""), _of_release(registry, metric, signatures))
            if of_release[0] and of_release not in ranked:
                ranked.append(of_release)
            for rank, (concept, signature) in enumerate(ranked):
                yield company.ticker, metric.name, segment, concept, signature, rank


def _of_release(registry: Registry, metric: Metric, signatures: Sequence[str]) -> str:
    """The dimensions of a figure printed in a release: none, or the part's own."""
    is_of_company = metric.grain == "company"
    return registry.dimension_patterns["company"][0] if is_of_company else signatures[0]


def _signatures(
    registry: Registry, company: Company, metric: Metric
) -> Iterator[tuple[str, tuple[str, ...]]]:
    patterns = registry.dimension_patterns[metric.grain]
    if metric.grain == "company":
        declared = company.dimensions.get(metric.name, patterns)
        yield "", tuple(form for pattern in declared for form in _forms(pattern))
    for part in company.parts(metric.grain):
        yield (
            part.id,
            tuple(pattern.format(member=member) for member in part.members for pattern in patterns),
        )


def _forms(pattern: str) -> tuple[str, ...]:
    """The signatures a declared one stands for: * is any typed member, the day after included."""
    return (pattern.replace("=*", "=next_day"), pattern) if "=*" in pattern else (pattern,)
