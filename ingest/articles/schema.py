"""Articles and claims as rows.

An article has one row per version: the same story whose text changed is a new version of it, and
`duplicate_of` names the article that printed the same text before. A claim is a number an article
prints, with what the number is said to be. `low` and `high` carry a
range as the article states it; `printed_low` and `printed_high` bound every value the printed
digits can stand for: "$44.2 billion" stands for [44.15e9, 44.25e9).
"""

import polars as pl

from ingest.edgar.schema import INSTANT

CLAIM_UNITS = ("USD", "USD_per_share", "ratio", "multiple", "years", "count", "W")
CLAIM_KINDS = (
    "level", "growth", "change", "margin", "share", "guidance", "multiple", "duration", "surprise",
)  # fmt: skip
MODALITIES = ("reported", "guided", "estimated", "projected", "conditional", "opinion")
BOUNDS = ("ge", "le")
COMPARISONS = ("yoy", "qoq", "none")
ATTRIBUTIONS = ("company", "analyst", "unattributed")
# What an article may be said to state, in the words of the claim rules of the registry and more.
CLAIM_METRICS = (
    "net_sales", "segment_revenue", "revenue_growth", "revenue_guidance", "run_rate", "mix_share",
    "operating_income", "operating_income_growth", "operating_income_guidance", "operating_margin",
    "gross_margin", "net_income", "net_income_growth", "eps_diluted", "eps_adjusted", "eps_growth",
    "operating_cash_flow", "free_cash_flow", "cash_flow_growth", "capex_gross", "capex_net",
    "capex_incl_leases", "capex_growth", "capex_guidance", "backlog", "backlog_growth",
    "backlog_duration", "backlog_share", "contract_value", "market_cap", "share_price",
    "share_price_change", "price_target", "pe_multiple", "valuation_multiple", "total_expenses",
    "one_off_item", "fx_impact", "surprise", "cash_and_securities", "debt", "operating_kpi",
    "other",
)  # fmt: skip

ARTICLES = pl.Schema(
    {
        "article_id": pl.String(),
        "article_version": pl.Int64(),
        "title": pl.String(),
        "outlet": pl.String(),
        "address": pl.String(),
        "published_at": pl.Date(),
        "how_dated": pl.String(),
        "known_from": INSTANT,
        "body": pl.String(),
        "body_sha256": pl.String(),
        "duplicate_of": pl.String(),
        "source": pl.String(),
    }
)

CLAIMS = pl.Schema(
    {
        "article_id": pl.String(),
        "article_version": pl.Int64(),
        "claim_id": pl.String(),
        "char_start": pl.Int64(),
        "char_end": pl.Int64(),
        "span_text": pl.String(),
        "value": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "printed_low": pl.Float64(),
        "printed_high": pl.Float64(),
        "unit": pl.String(),
        "is_approximate": pl.Boolean(),
        "bound": pl.String(),
        "kind": pl.String(),
        "metric": pl.String(),
        "of_metric": pl.String(),
        "ticker": pl.String(),
        "segment": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "is_instant": pl.Boolean(),
        "period_label": pl.String(),
        "comparison": pl.String(),
        "is_constant_currency": pl.Boolean(),
        "base_start": pl.Date(),
        "base_end": pl.Date(),
        "modality": pl.String(),
        "attributed_to": pl.String(),
        "attribution_name": pl.String(),
        "extractor": pl.String(),
        "source": pl.String(),
    }
)
