"""Every golden quarterly figure whose inputs are in the facts is a version in the warehouse.

Golden figures marked secondary without a filing on hand have no fact to come from: they are counted
as uncovered and must be exactly those.
"""

import sys
from decimal import Decimal

import polars as pl
import pytest

from tests.conftest import SHARED_SNAPSHOT

GOLDEN = SHARED_SNAPSHOT / "golden_quarters.csv"
TOLERANCE = {
    "USD": Decimal("0.5"),
    "shares": Decimal("0.5"),
    "USD/shares": Decimal("0.005"),
    "years": Decimal("0.05"),
}

pytestmark = pytest.mark.skipif(
    not GOLDEN.exists(), reason="the shared golden_quarters.csv is not on this machine"
)


@pytest.fixture
def comparison(warehouse) -> pl.DataFrame:
    golden = pl.read_csv(GOLDEN, infer_schema=False).with_columns(
        pl.col("segment").fill_null(""),
        pl.col("value").cast(pl.Decimal(38, 9)),
        pl.col("unit").replace_strict(TOLERANCE, return_dtype=pl.Decimal(38, 9)).alias("tolerance"),
    )
    warehouse.register("golden", golden.to_arrow())
    return warehouse.sql(
        """
        select
            golden.company, golden.metric, golden.segment, golden.fiscal_quarter, golden.basis,
            golden.value, golden.how, golden.confidence,
            count(history.value) > 0 as is_covered,
            coalesce(bool_or(abs(history.value - golden.value) < golden.tolerance), false) as is_hit
        from golden
        left join marts.fct_metrics_history as history
            on golden.company = history.ticker
            and golden.metric = history.metric
            and golden.segment = history.segment
            and golden.basis = history.basis
            and golden.fiscal_quarter = history.fiscal_quarter
        group by all
        """
    ).pl()


def test_golden_figures_are_reproduced(comparison, capsys):
    table = (
        comparison.group_by("company", "metric")
        .agg(
            pl.len().alias("rows"),
            pl.col("is_hit").sum().alias("hits"),
            (pl.col("is_covered") & ~pl.col("is_hit")).sum().alias("misses"),
            (~pl.col("is_covered")).sum().alias("uncovered"),
        )
        .sort("company", "metric")
    )
    with capsys.disabled(), pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True):
        totals = table.select(pl.all().exclude("company", "metric").sum())
        sys.stdout.write(f"\n{table}\n{totals}\n")
    misses = comparison.filter(pl.col("is_covered") & ~pl.col("is_hit"))
    assert misses.is_empty(), misses.to_dicts()


def test_only_figures_without_a_fact_are_uncovered(comparison):
    uncovered = comparison.filter(~pl.col("is_covered"))
    assert uncovered["how"].str.starts_with("secondary").all()
    assert uncovered.height == 40
    assert comparison.filter("is_hit").height == 803


def test_every_verified_figure_is_reproduced(comparison):
    verified = comparison.filter(pl.col("confidence") == "verified")
    assert verified.height == 677
    assert verified["is_hit"].all()


def test_a_verified_figure_that_no_longer_stands_was_changed_for_a_reason(comparison, warehouse):
    warehouse.register("verified", comparison.filter(pl.col("confidence") == "verified").to_arrow())
    changed = warehouse.sql(
        """
        select verified.company, verified.metric, verified.fiscal_quarter, figures.version_reason
        from verified
        inner join marts.fct_metrics as figures
            on verified.company = figures.ticker
            and verified.metric = figures.metric
            and verified.segment = figures.segment
            and verified.basis = figures.basis
            and verified.fiscal_quarter = figures.fiscal_quarter
        where abs(figures.value - verified.value)
            >= case figures.unit when 'USD/shares' then 0.005 when 'years' then 0.05 else 0.5 end
        """
    ).fetchall()
    assert len(changed) == 26
    assert {row[3] for row in changed} <= {
        "split",
        "restated",
        "redefined",
        "recast",
        "more_precise",
    }
