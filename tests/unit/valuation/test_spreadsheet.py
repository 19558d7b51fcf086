"""The declared scenarios recomputed as on a sheet: rows of years, columns of plain Python.

Written from the references, not from room `valuation`: Koller, Goedhart and Wessels, *Valuation*,
for free cash flow (NOPAT less net investment) and the value-driver formula; Damodaran's
spreadsheets for fading growth and for reinvestment as added revenue over sales to capital;
straight-line depreciation vintage by vintage. Assumptions are read from the yaml, figures from the
filings; of the code under test nothing is used but the result it is held against.
"""

import pytest
import yaml

from registry.assumptions import SCENARIOS_DIR
from tests.unit.valuation.amazon import FIGURES, QUARTERS
from valuation.scenarios import value_scenario

EXACT = 1e-9


def company(name):
    return FIGURES[name, ""]


def aws(name):
    return FIGURES[name, "aws"]


def rest_of_year_before():
    """Sales without AWS, twelve months to 2025Q2, from the quarters."""
    last = next(i for i, each in enumerate(QUARTERS) if each.fiscal_quarter == "2025Q2")
    year = QUARTERS[last - 3 : last + 1]
    return sum(each.net_sales - each.aws_revenue for each in year) * 1e6


def rest_of_quarter_before():
    """Sales without AWS of 2025Q2."""
    (quarter,) = (each for each in QUARTERS if each.fiscal_quarter == "2025Q2")
    return (quarter.net_sales - quarter.aws_revenue) * 1e6


REST_SALES = company("ttm_net_sales") - aws("ttm_segment_revenue")
REST_INCOME = company("ttm_operating_income") - aws("ttm_segment_operating_income")
FILED = {
    "segment_revenue_growth_yoy": 42_232 / 30_873 - 1,
    "ttm_segment_operating_margin": aws("ttm_segment_operating_income")
    / aws("ttm_segment_revenue"),
    "rest_revenue_growth_yoy": (company("quarter_net_sales") - aws("quarter_segment_revenue"))
    / rest_of_quarter_before()
    - 1,
    "rest_ttm_revenue_growth_yoy": REST_SALES / rest_of_year_before() - 1,
    "rest_ttm_operating_margin": REST_INCOME / REST_SALES,
}


def assumptions(name):
    content = yaml.safe_load((SCENARIOS_DIR / f"amzn_{name}.yml").read_text(encoding="utf-8"))
    return {
        driver: FILED[given["input"]] if "input" in given else given["value"]
        for driver, given in content["drivers"].items()
    }


def sheet(a, part, sales, plant):
    """One part: a row a year, and the value of all of it."""
    years = range(1, int(a["forecast_years"]) + 1)
    p = {
        key.removeprefix(f"{part}_"): value
        for key, value in a.items()
        if key.startswith(f"{part}_")
    }
    keep, w = 1 - a["tax_rate"], a["wacc"]
    column = {"sales": [sales], "capex": [0.0], "plant": [plant]}
    rows = []
    for t in years:
        grows = p["growth_terminal"] + (p["growth_now"] - p["growth_terminal"]) * p[
            "growth_fade"
        ] ** (t - 1)
        done = min(t / p["margin_convergence"], 1)
        margin = p["margin_now"] * (1 - done) + p["margin_terminal"] * done
        column["sales"].append(column["sales"][-1] * (1 + grows))
        invested = (column["sales"][t] - column["sales"][t - 1]) / p["sales_to_capital"]
        charge = plant / p["remaining_life"] * years_charged(t, p["remaining_life"])
        for bought in range(1, t):
            charge += (
                column["capex"][bought]
                / p["asset_life"]
                * years_charged(t - bought, p["asset_life"])
            )
        column["capex"].append(invested + charge)
        column["plant"].append(column["plant"][-1] + invested)
        nopat = column["sales"][t] * margin * keep
        rows.append(
            {
                "growth_ratio": grows,
                "revenue_usd": column["sales"][t],
                "margin_ratio": margin,
                "operating_income_usd": column["sales"][t] * margin,
                "nopat_usd": nopat,
                "reinvestment_usd": invested,
                "free_cash_flow_usd": nopat - invested,
                "depreciation_usd": charge,
                "capex_usd": column["capex"][t],
                "ppe_opening_usd": column["plant"][t - 1],
                "ppe_closing_usd": column["plant"][t],
                "discount_factor_ratio": (1 + w) ** -t,
                "present_value_usd": (nopat - invested) / (1 + w) ** t,
            }
        )
    g = p["growth_terminal"]
    later = rows[-1]["nopat_usd"] * (1 + g) * (1 - g / a["ronic"]) / (w - g)
    return rows, sum(row["present_value_usd"] for row in rows) + later / (1 + w) ** len(rows)


def years_charged(age, life):
    """How much of its `age`-th year a vintage is charged: all, the last part of its life, none."""
    return max(0.0, min(1.0, life - age + 1))


@pytest.fixture(params=["bear", "base", "bull"])
def recomputed(request, amazon, scenarios):
    """Assumptions, rows and values of both parts, and the result they are held against."""
    a = assumptions(request.param)
    plant = company("ppe_net")
    openings = {
        "cloud": (aws("ttm_segment_revenue"), plant * a["cloud_ppe_share"]),
        "rest": (REST_SALES, plant * (1 - a["cloud_ppe_share"])),
    }
    sheets = {part: sheet(a, part, *opening) for part, opening in openings.items()}
    return a, sheets, value_scenario(amazon.inputs(), scenarios[request.param])


def test_enterprise_values_equity_and_value_per_share(recomputed):
    a, sheets, result = recomputed
    for part, (_, value) in sheets.items():
        assert result.parts[part].enterprise_value_usd == pytest.approx(value, rel=EXACT)
    equity = (
        sum(value for _, value in sheets.values())
        + company("cash")
        + company("securities")
        + a["non_operating_assets"]
        - company("debt")
        - company("lease_liabilities")
        + company("free_cash_flow_since_balance_sheet")
    )
    shares = company("diluted_shares") * (1 + a["net_dilution"]) ** a["forecast_years"]
    assert result.equity.value == pytest.approx(equity, rel=EXACT)
    assert result.value_per_share.value == pytest.approx(equity / shares, rel=EXACT)


def test_every_cell_of_every_year(recomputed):
    _, sheets, result = recomputed
    for part, (rows, _) in sheets.items():
        path = result.parts[part].path
        assert [year.year for year in path] == list(range(1, len(rows) + 1))
        for year, row in zip(path, rows, strict=True):
            found = {name: getattr(year, name) for name in row}
            assert found == pytest.approx(row, rel=EXACT)


def test_company_path_is_the_sum_of_the_sheets(recomputed):
    _, sheets, result = recomputed
    summed = zip(*(rows for rows, _ in sheets.values()), strict=True)
    for year, (cloud, rest) in zip(result.company_path, summed, strict=True):
        for name in ("revenue_usd", "nopat_usd", "capex_usd", "free_cash_flow_usd"):
            assert getattr(year, name) == pytest.approx(cloud[name] + rest[name], rel=EXACT)
