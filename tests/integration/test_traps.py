"""The traps of XBRL facts, each with the real figures that sprung it (USD millions)."""

from decimal import Decimal

import pytest

MILLION = 10**6


def figure(warehouse, metric, quarter, basis="quarter", segment="", ticker="AMZN", column="value"):
    rows = warehouse.execute(
        f"select {column} from marts.fct_metrics where ticker = ? and metric = ? and segment = ?"
        " and fiscal_quarter = ? and basis = ?",
        [ticker, metric, segment, quarter, basis],
    ).fetchall()
    return rows[0][0] if rows else None


def versions(warehouse, metric, quarter, basis, segment=""):
    return warehouse.execute(
        "select value, value_as_filed, version_reason from marts.fct_metrics_history"
        " where ticker = 'AMZN' and metric = ? and fiscal_quarter = ? and basis = ? and segment = ?"
        " order by known_from",
        [metric, quarter, basis, segment],
    ).fetchall()


def test_1_segments_are_never_summed_across_axes(warehouse):
    on_all_axes = warehouse.execute(
        "select sum(value) from raw.facts where accession_number = '0001018724-25-000004'"
        " and concept = 'us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax'"
        " and period_start = '2024-01-01' and period_end = '2024-12-31'"
    ).fetchone()[0]
    total = figure(warehouse, "net_sales", "2024Q4", "fiscal_year")
    segments = [
        figure(warehouse, "segment_revenue", "2024Q4", "fiscal_year", segment)
        for segment in ("north_america", "international", "aws")
    ]
    assert on_all_axes > 3 * total
    assert [segment / MILLION for segment in segments] == [387_497, 142_906, 107_556]
    assert sum(segments) == total == 637_959 * MILLION


@pytest.mark.parametrize(
    ("quarter", "backlog", "life"), [("2022Q4", "110.4", "3.7"), ("2024Q4", "177", "4.1")]
)
def test_2_backlog_is_found_on_its_moving_typed_axis(warehouse, quarter, backlog, life):
    assert figure(warehouse, "backlog", quarter, "instant") == Decimal(backlog) * 10**9
    assert figure(warehouse, "backlog_remaining_life", quarter, "instant") == Decimal(life)


def test_3_twelve_months_in_a_10q_are_no_fiscal_year(warehouse):
    assert figure(warehouse, "capex_gross", "2025Q2") == 32_183 * MILLION
    assert figure(warehouse, "capex_gross", "2025Q2", "ttm") == 107_656 * MILLION
    assert figure(warehouse, "capex_gross", "2025Q2", "fiscal_year") is None
    year, half, half_before = (82_999, 57_202, 32_545)
    assert half + year - half_before == 107_656


def test_4_the_fourth_quarter_is_the_year_less_nine_months(warehouse):
    assert figure(warehouse, "capex_gross", "2024Q4") == (82_999 - 55_165) * MILLION
    first = warehouse.execute(
        "select derivation from marts.fct_metrics_history where ticker = 'AMZN'"
        " and metric = 'capex_gross' and fiscal_quarter = '2024Q4' and basis = 'quarter'"
        " order by known_from limit 1"
    ).fetchone()
    assert first == ("year_less_nine_months",)


def test_4_a_fourth_quarter_without_nine_months_is_never_the_year(warehouse):
    as_long_as_a_year = warehouse.execute(
        """
        select quarters.ticker, quarters.metric, quarters.segment, quarters.fiscal_quarter
        from marts.fct_metrics as quarters
        inner join marts.fct_metrics as years
            using (ticker, metric, segment, fiscal_quarter, value)
        where quarters.basis = 'quarter' and years.basis = 'fiscal_year' and quarters.value <> 0
        """
    ).fetchall()
    assert as_long_as_a_year == []


def test_4_earnings_per_share_of_a_fourth_quarter_are_stated_or_absent(warehouse):
    derivations = warehouse.execute(
        "select distinct derivation from marts.fct_metrics_history"
        " where metric in ('diluted_eps', 'diluted_shares') and basis = 'quarter'"
    ).fetchall()
    assert derivations == [("reported",)]


def test_5_the_filings_own_fiscal_labels_place_no_fact(warehouse):
    # The 10-K for 2024 is labelled FY2024 and states 2022 and 2023 too: each lands in its own year.
    years = warehouse.execute(
        "select fiscal_year, value / 1000000 from marts.fct_metrics_history"
        " where ticker = 'AMZN' and metric = 'capex_gross' and basis = 'fiscal_year'"
        " and fiscal_year between 2022 and 2024 and known_to is null order by 1"
    ).fetchall()
    assert years == [(2022, 63_645), (2023, 52_729), (2024, 82_999)]


def test_6_precision_scales_no_figure(warehouse):
    # Printed in billions, filed in millions: the values are what they say, whatever the decimals.
    stated = warehouse.execute(
        "select distinct decimals, value / 1000000 from raw.facts"
        " where accession_number in ('0001018724-26-000012', '0001018724-26-000014')"
        " and concept = 'us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax'"
        " and period_start = '2026-01-01' and period_end = '2026-03-31' and dimensions = '{}'"
    ).fetchall()
    assert sorted(stated) == [("-6", 181_519), ("-8", 181_500)]


def test_7_a_rounder_later_figure_changes_nothing_and_a_finer_one_is_a_version(warehouse):
    net_sales = versions(warehouse, "net_sales", "2026Q1", "quarter")
    assert [value / MILLION for value, _, _ in net_sales] == [181_500, 181_519]
    assert net_sales[-1][2] == "more_precise"


def test_8_a_loss_keeps_its_sign(warehouse):
    found = figure(
        warehouse, "segment_operating_income", "2023Q4", "fiscal_year", segment="international"
    )
    assert found == -2_656 * MILLION


def test_10_property_additions_are_one_series_under_two_concept_names(warehouse):
    assert (
        figure(warehouse, "segment_property_additions", "2022Q4", "fiscal_year", "aws")
        == 27_755 * MILLION
    )
    names = warehouse.execute(
        "select count(distinct concept) from raw.facts where value = 27755000000"
    ).fetchone()
    assert names == (2,)


def test_11_a_series_outlives_the_prefix_of_its_members(warehouse):
    # Facebook's fb:FamilyOfAppsMember became meta:FamilyOfAppsMember.
    prefixes = warehouse.execute(
        "select distinct left(member, strpos(member, ':')) from raw.fact_dimensions"
        " where member like '%:FamilyOfAppsMember' order by 1"
    ).fetchall()
    years = warehouse.execute(
        "select count(*) from marts.fct_metrics"
        " where ticker = 'META' and segment = 'family_of_apps'"
        " and metric = 'segment_revenue' and basis = 'fiscal_year'"
    ).fetchone()
    assert len(prefixes) >= 1
    assert years[0] >= 3


def test_12_capital_spending_has_three_definitions(warehouse):
    assert {
        metric: figure(warehouse, metric, "2024Q4", "fiscal_year") / MILLION
        for metric in ("capex_gross", "capex_net", "property_additions")
    } == {"capex_gross": 82_999, "capex_net": 77_658, "property_additions": 85_752}
    assert (
        figure(warehouse, "capex_with_finance_leases", "2024Q4", "fiscal_year", ticker="META")
        == (37_256 + 1_969) * MILLION
    )


def test_13_a_split_restates_once_what_was_filed_before_it(warehouse):
    found = versions(warehouse, "diluted_shares", "2020Q4", "fiscal_year")
    assert [(value / MILLION, filed / MILLION, why) for value, filed, why in found] == [
        (510, 510, "first_known"),
        (10_200, 510, "split"),
        (10_198, 10_198, "more_precise"),
    ]
    assert figure(warehouse, "diluted_eps", "2020Q4", "fiscal_year") == Decimal("2.09")
    as_filed = figure(warehouse, "diluted_shares", "2020Q4", "fiscal_year", column="value_as_filed")
    assert as_filed == 510 * MILLION


def test_13_a_quarter_no_later_filing_restates_is_split_adjusted(warehouse):
    shares, as_filed = (
        figure(warehouse, "shares_outstanding", "2019Q2", "instant", column=column)
        for column in ("value", "value_as_filed")
    )
    assert as_filed == 494_656_015
    assert shares == 20 * as_filed


def test_14_a_filing_is_known_when_accepted_not_before(warehouse):
    known = "select count(*) from marts.fct_metrics_history where ticker = 'AMZN'" \
        " and metric = 'capex_gross' and fiscal_quarter = '2024Q3' and basis = 'quarter'" \
        " and known_from <= cast(? as timestamptz)"  # fmt: skip
    assert warehouse.execute(known, ["2024-10-31 18:00:00-04"]).fetchone() == (0,)
    assert warehouse.execute(known, ["2024-10-31 19:00:00-04"]).fetchone() == (1,)


def test_restatements_are_versions(warehouse):
    cash_flow = versions(warehouse, "operating_cash_flow", "2016Q4", "fiscal_year")
    assert [value / MILLION for value, _, _ in cash_flow] == [16_443, 17_272, 17_203]
    assert [why for _, _, why in cash_flow] == ["first_known", "redefined", "redefined"]


def test_vintages_are_never_mixed(warehouse):
    # Meta restated its capital spending of 2023Q1 in April 2024 and of the half year in August: in
    # between, the old half year less the new quarter would be 6,235 million, reported by nobody.
    rows = warehouse.execute(
        "select value / 1000000, version_reason from marts.fct_metrics_history"
        " where ticker = 'META' and metric = 'capex_gross' and fiscal_quarter = '2023Q2'"
        " and basis = 'quarter' order by known_from"
    ).fetchall()
    assert rows == [(6_216, "first_known"), (6_134, "redefined")]


def test_a_quarter_is_never_the_difference_of_two_definitions(warehouse):
    # The year 2016 was restated twice (tax benefits, restricted cash), its nine months once: under
    # the second definition no fourth quarter can be formed, and the first one's stays.
    rows = warehouse.execute(
        "select value / 1000000, known_to is null from marts.fct_metrics_history"
        " where ticker = 'AMZN' and metric = 'operating_cash_flow' and fiscal_quarter = '2016Q4'"
        " and basis = 'quarter' order by known_from"
    ).fetchall()
    assert rows == [(16_443 - 5_791, False), (17_272 - 6_284, True)]


@pytest.mark.parametrize(
    ("quarter", "revenue", "operating_income", "margin"),
    [("2022Q4", 80_096, 22_841, 28.52), ("2023Q4", 90_757, 24_631, 27.14),
     ("2024Q4", 107_556, 39_834, 37.04)],
)  # fmt: skip
def test_aws_margins_by_year(warehouse, quarter, revenue, operating_income, margin):
    row = warehouse.execute(
        "select ttm_revenue_usd, ttm_operating_income_usd, ttm_operating_margin_ratio"
        " from marts.fct_segment_margins"
        " where ticker = 'AMZN' and segment = 'aws' and fiscal_quarter = ?",
        [quarter],
    ).fetchone()
    assert (row[0], row[1]) == (revenue * MILLION, operating_income * MILLION)
    assert round(100 * row[2], 2) == margin


@pytest.mark.parametrize(
    ("quarter", "expected"),
    [
        ("2026Q1", (181_519, 37_587, 14_161, 44_203, 1_232, 364_000, "5.5")),
        ("2026Q2", (200_606, 42_232, 16_621, 54_208, -7_604, 496_000, "6.4")),
    ],
)
def test_the_newest_quarters(warehouse, quarter, expected):
    *dollars, life = expected
    found = [
        figure(warehouse, "net_sales", quarter),
        figure(warehouse, "segment_revenue", quarter, segment="aws"),
        figure(warehouse, "segment_operating_income", quarter, segment="aws"),
        figure(warehouse, "capex_gross", quarter),
        figure(warehouse, "free_cash_flow", quarter, "ttm"),
        figure(warehouse, "backlog", quarter, "instant"),
    ]
    assert [value / MILLION for value in found] == dollars
    assert figure(warehouse, "backlog_remaining_life", quarter, "instant") == Decimal(life)


def test_capex_growth_of_the_story(warehouse):
    growth = warehouse.execute(
        "select capex_growth_yoy_ratio from marts.fct_capex_intensity"
        " where ticker = 'AMZN' and fiscal_quarter = '2026Q1'"
    ).fetchone()[0]
    assert round(100 * growth, 2) == 76.68


@pytest.mark.parametrize(
    ("quarter", "conversion"),
    [("2022Q3", .312), ("2022Q4", .329), ("2024Q4", .335), ("2025Q1", .336), ("2025Q2", .328)],
)  # fmt: skip
def test_backlog_conversion(warehouse, quarter, conversion):
    found = warehouse.execute(
        "select backlog_conversion_ratio from marts.fct_backlog_burndown"
        " where ticker = 'AMZN' and fiscal_quarter = ?",
        [quarter],
    ).fetchone()[0]
    assert round(found, 3) == conversion


def test_12_the_definitions_stand_side_by_side_and_reconcile(warehouse):
    row = warehouse.execute(
        """
        select ttm_capex_gross_usd, ttm_capex_proceeds_usd, ttm_capex_net_usd,
            ttm_property_additions_usd, ttm_net_difference_usd, ttm_company_less_gross_usd,
            ttm_additions_less_gross_usd
        from marts.fct_capex_definitions where ticker = 'AMZN' and fiscal_quarter = '2024Q4'
        """
    ).fetchone()
    assert [value / MILLION for value in row] == [82_999, 5_341, 77_658, 85_752, 0, -5_341, 2_753]


@pytest.mark.parametrize(
    ("ticker", "quarter", "backlog", "implied"),
    [
        # Half of it within 24 months; 49 % within 12 months; over an average life of 4.1 years.
        ("GOOGL", "2024Q4", "93.2", 93.2 * 0.5 / 2),
        ("ORCL", "2024Q1", "64.9", 64.9 * 0.49),
        ("AMZN", "2024Q4", "177", 177 / 4.1),
    ],
)
def test_15_each_filer_says_in_its_own_way_when_backlog_turns_into_revenue(
    warehouse, ticker, quarter, backlog, implied
):
    found = warehouse.execute(
        "select backlog_usd / 1000000000, implied_next_12m_revenue_usd / 1e9"
        " from marts.fct_backlog_coverage where ticker = ? and fiscal_quarter = ?",
        [ticker, quarter],
    ).fetchone()
    assert found == (pytest.approx(float(backlog)), pytest.approx(implied))


def test_15_the_commercial_backlog_is_a_part_of_the_total(warehouse):
    assert warehouse.execute(
        "select backlog_usd / 1000000000, backlog_commercial_usd / 1000000000"
        " from marts.fct_backlog_coverage where ticker = 'MSFT' and fiscal_quarter = '2026Q4'"
    ).fetchone() == (684, 678)


def test_15_a_backlog_is_not_compared_across_a_change_of_meaning(warehouse):
    rows = warehouse.execute(
        "select fiscal_quarter, backlog_usd / 100000000, net_bookings_usd is null, missing_reasons"
        " from marts.fct_backlog_coverage"
        " where ticker = 'GOOGL' and fiscal_quarter in ('2025Q3', '2026Q1', '2026Q2') order by 1"
    ).fetchall()
    assert [row[:3] for row in rows] == [
        ("2025Q3", 1_577, False),
        ("2026Q1", 4_676, True),
        ("2026Q2", 5_195, False),
    ]
    assert "previous_backlog_usd: the metric meant something else then" in rows[1][3]
    notes = warehouse.execute(
        "select fiscal_quarter, version_note from marts.fct_metrics where ticker = 'GOOGL'"
        " and metric = 'backlog' and fiscal_quarter in ('2025Q4', '2026Q1') order by 1"
    ).fetchall()
    assert notes[0][1] is None
    assert notes[1][1].startswith("from 2026Q1 on:")


def test_a_look_alike_of_another_metric_confirms_nothing(warehouse):
    assert figure(warehouse, "net_sales", "2026Q2") == 200_606 * MILLION
    verdicts = warehouse.execute(
        "select distinct verdict, matched_metric, filed_value, formula from marts.fct_claim_checks"
        " where claimed_value = 200000000000"
    ).fetchall()
    plan = "guidance on capex stated on 2026-02-05"
    assert verdicts == [("confirmed_rounded", None, None, plan)]


def test_recast_segments_and_changed_definitions_say_so(warehouse):
    reasons = dict(
        warehouse.execute(
            "select metric || ' ' || fiscal_quarter || ' ' || segment, version_reason"
            " from marts.fct_metrics where ticker = 'MSFT' and basis = 'fiscal_year'"
        ).fetchall()
    )
    # Recast in August 2022 with the total as it was; restated for new standards in fiscal 2018.
    assert reasons["segment_revenue 2022Q4 intelligent_cloud"] == "recast"
    assert reasons["cloud_revenue 2022Q4 "] == "recast"
    assert reasons["net_sales 2017Q4 "] == "redefined"
    assert reasons["cloud_revenue 2017Q4 "] == "redefined"


@pytest.mark.parametrize(
    ("ticker", "fiscal", "calendar", "ends"),
    [
        ("MSFT", "2026Q4", "2026Q2", "2026-06-30"),
        ("ORCL", "2024Q1", "2023Q3", "2023-08-31"),
        ("AMZN", "2026Q2", "2026Q2", "2026-06-30"),
    ],
)
def test_fiscal_quarters_are_aligned_with_the_calendar(warehouse, ticker, fiscal, calendar, ends):
    found = warehouse.execute(
        "select distinct calendar_quarter, cast(period_end as varchar) from marts.fct_metrics"
        " where ticker = ? and fiscal_quarter = ?",
        [ticker, fiscal],
    ).fetchall()
    assert found == [(calendar, ends)]


def test_companies_are_compared_within_a_calendar_quarter(warehouse):
    rows = warehouse.execute(
        """
        select ticker, fiscal_quarter, round(100 * ttm_capex_to_revenue_ratio, 1),
            capex_to_revenue_rank
        from marts.fct_peer_comparison
        where calendar_quarter = '2026Q1' and capex_to_revenue_rank is not null
        order by capex_to_revenue_rank
        """
    ).fetchall()
    assert [row[3] for row in rows] == list(range(1, len(rows) + 1))
    assert {row[:2] for row in rows} >= {
        ("AMZN", "2026Q1"),
        ("MSFT", "2026Q3"),
        ("GOOGL", "2026Q1"),
    }
    assert [row[2] for row in rows] == sorted((row[2] for row in rows), reverse=True)


def test_what_a_company_does_not_report_is_null_with_a_reason(warehouse):
    unexplained = []
    for table in ("fct_segment_margins", "fct_capex_intensity", "fct_backlog_coverage",
                  "fct_backlog_burndown", "fct_capex_definitions", "fct_segment_returns",
                  "fct_cloud_signals", "fct_peer_comparison"):  # fmt: skip
        inputs = [
            name
            for (name,) in warehouse.execute(
                "select column_name from marts.dim_figure_column"
                " where table_name = ? and kind in ('figure', 'mart')",
                [table],
            ).fetchall()
        ]
        for name in inputs:
            unexplained += warehouse.execute(
                f"select '{table}', '{name}', ticker, fiscal_quarter from marts.{table}"
                f" where ({name} is null)"
                f" <> (list_contains(list_transform(string_split(missing_reasons, ' | '),"
                f" lambda reason: string_split(reason, ':')[1]), '{name}'))"
            ).fetchall()
    assert unexplained == []
    backlog_of_meta = warehouse.execute(
        "select distinct backlog_usd, missing_reasons like '%Meta states no remaining performance%'"
        " from marts.fct_backlog_coverage where ticker = 'META'"
    ).fetchall()
    assert backlog_of_meta == [(None, True)]


def test_returns_of_a_segment_come_of_its_own_assets(warehouse):
    row = warehouse.execute(
        "select segment_assets_usd / 1000000, year_ago_segment_assets_usd / 1000000,"
        " ttm_operating_income_usd / 1000000, return_on_segment_assets_ratio,"
        " ttm_segment_property_additions_usd / 1000000"
        " from marts.fct_segment_returns"
        " where ticker = 'AMZN' and segment = 'aws' and fiscal_quarter = '2024Q4'"
    ).fetchone()
    assert row == (
        155_953,
        108_533,
        39_834,
        pytest.approx(39_834 / ((155_953 + 108_533) / 2)),
        53_267,
    )


def test_the_scorecard_uses_thresholds_known_at_the_time(warehouse):
    judged = warehouse.execute(
        "select fiscal_quarter, value, lower_threshold, upper_threshold, reference_count, verdict"
        " from marts.fct_thesis_signals where claim = 'cash_flow_recovers' order by 1"
    ).fetchall()
    by_quarter = {row[0]: row for row in judged}
    assert by_quarter["2026Q2"][5] == "weakens"
    assert by_quarter["2026Q2"][1] == pytest.approx(-7_604 / 775_885, rel=0.02)
    for quarter, value, lower, upper, count, verdict in judged:
        if verdict == "not_scored":
            assert count < 6, quarter
            continue
        expected = "strengthens" if value > upper else "weakens" if value < lower else "neutral"
        assert verdict == expected, quarter
    # The thresholds of a quarter are the quartiles of the twelve before it, as then known.
    then = warehouse.execute(
        "select quantile_cont(free_cash_flow_ratio, 0.25),"
        " quantile_cont(free_cash_flow_ratio, 0.75)"
        " from marts.cloud_signals_as_of((select known_from from marts.fct_thesis_signals"
        " where claim = 'cash_flow_recovers' and fiscal_quarter = '2026Q2'))"
        " where ticker = 'AMZN' and fiscal_quarter between '2023Q2' and '2026Q1'"
    ).fetchone()
    assert by_quarter["2026Q2"][2:4] == (pytest.approx(then[0]), pytest.approx(then[1]))
