"""What the words around a number make of it: one rule, one sentence of our own."""

from datetime import date

import pytest

HEAD = "Amazon first-quarter results\n\n"


@pytest.mark.parametrize(
    ("text", "span", "metric", "kind"),
    [
        ("Net sales were $180 billion.", "$180 billion", "net_sales", "level"),
        ("AWS revenue rose 28% to $37 billion.", "28%", "revenue_growth", "growth"),
        ("AWS revenue rose 28% to $37 billion.", "$37 billion", "segment_revenue", "level"),
        (
            "It produced $12 billion of operating income.",
            "$12 billion",
            "operating_income",
            "level",
        ),
        ("A 13.1% operating margin was a record.", "13.1%", "operating_margin", "margin"),
        ("Net income was $30 billion.", "$30 billion", "net_income", "level"),
        ("Earnings were $2.10 a share.", "$2.10", "eps_diluted", "level"),
        ("Earnings came to $30 billion.", "$30 billion", "net_income", "level"),
        ("Non-GAAP EPS was $2.30.", "$2.30", "eps_adjusted", "level"),
        ("Free cash flow fell 60% to $1 billion.", "60%", "cash_flow_growth", "growth"),
        ("Capex came to $44.2 billion.", "$44.2 billion", "capex_gross", "level"),
        ("Cash capital expenditures reached $43.2 billion.", "$43.2 billion", "capex_net", "level"),
        (
            "Capex, including finance leases, was $45 billion.",
            "$45 billion",
            "capex_incl_leases",
            "level",
        ),
        ("The backlog is $364 billion, up 93% from a year ago.", "93%", "backlog_growth", "growth"),
        ("About half of the backlog is with one customer.", "half", "backlog_share", "share"),
        ("AWS made up 60% of the company's operating income.", "60%", "mix_share", "share"),
        ("The chips unit has a run rate of $20 billion.", "$20 billion", "run_rate", "level"),
        ("The shares fell 4% after hours.", "4%", "share_price_change", "growth"),
        ("The stock trades at 33x forward earnings.", "33x", "pe_multiple", "multiple"),
        ("At 12× sales it is dear.", "12×", "valuation_multiple", "multiple"),
        ("The average price target is $300.", "$300", "price_target", "level"),
        ("Amazon is worth $2.6 trillion.", "$2.6 trillion", "market_cap", "level"),
        ("Headcount was 66,185.", "66,185", "operating_kpi", "level"),
        (
            "A severance charge of $1.8 billion weighed on it.",
            "$1.8 billion",
            "one_off_item",
            "level",
        ),
        ("A 190-basis-point currency headwind hurt.", "190-basis-point", "fx_impact", "change"),
        (
            "The weighted average life of the backlog is 4.1 years.",
            "4.1 years",
            "backlog_duration",
            "duration",
        ),
        ("Total expenses were $20 billion.", "$20 billion", "total_expenses", "level"),
        ("Gross margin narrowed 120 basis points.", "120 basis points", "gross_margin", "change"),
        ("Adjusted EBITDA was $5 billion.", "$5 billion", "other", "level"),
    ],
)
def test_the_metric(read, text, span, metric, kind):
    claim = read(HEAD + text)[span]
    assert (claim.metric, claim.kind) == (metric, kind)


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        ("The net loss was $3 billion.", "$3 billion", -3e9),
        ("It lost $0.20 a share.", "$0.20", -0.20),
        ("Revenue fell 3%.", "3%", -0.03),
        ("International's operating loss was $1 billion.", "$1 billion", -1e9),
        ("Costs were 5% lower than a year ago.", "5%", -0.05),
        ("The shares lost about 10%.", "10%", -0.10),
        ("Operating income fell to $3 billion.", "$3 billion", 3e9),
        ("The company's operating result was ($4.2 billion).", "($4.2 billion)", -4.2e9),
    ],
)
def test_the_sign_follows_the_meaning(read, text, span, value):
    assert read(HEAD + text)[span].value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "span", "modality"),
    [
        ("Revenue was $180 billion.", "$180 billion", "reported"),
        ("Revenue was $180 billion vs. $177 billion consensus.", "$177 billion", "estimated"),
        ("Analysts expected EPS of $1.57 on revenue of $177 billion.", "$177 billion", "estimated"),
        (
            "Analysts expected revenue of $177 billion; it was $180 billion.",
            "$177 billion",
            "estimated",
        ),
        (
            "Revenue of $180 billion topped the $177 billion analysts wanted.",
            "$177 billion",
            "estimated",
        ),
        ("Revenue was $180 billion, above estimates.", "$180 billion", "reported"),
        ("Management expects revenue of $190 billion.", "$190 billion", "guided"),
        ("Amazon plans about $200 billion of capital spending in 2026.", "$200 billion", "guided"),
        (
            "Guidance: revenue of $190 billion, operating income of $20 billion.",
            "$20 billion",
            "guided",
        ),
        (
            "If it grows, Amazon would have a market value of $3 trillion.",
            "$3 trillion",
            "conditional",
        ),
        ("The price target is $300.", "$300", "estimated"),
        ("One scenario has EPS at $9 in 2028.", "$9", "projected"),
        ("In my view fair value is $150.", "$150", "opinion"),
    ],
)
def test_whose_word_it_is(read, text, span, modality):
    assert read(HEAD + text)[span].modality == modality


@pytest.mark.parametrize(
    ("text", "span", "company", "segment"),
    [
        ("AWS grew 28%, ahead of Azure's 40%.", "28%", "AMZN", "AWS"),
        ("AWS grew 28%, behind Azure's 40%.", "40%", "MSFT", "Azure"),
        (
            "Rivals are Nvidia at $4.6 trillion and Apple at $3.9 trillion.",
            "$3.9 trillion",
            "AAPL",
            None,
        ),
        (
            "AWS earned $12 billion, half of the company total of $24 billion.",
            "$24 billion",
            "AMZN",
            None,
        ),
        ("The cloud unit grew 28%.", "28%", "AMZN", "AWS"),
        ("AWS capex reached $44 billion.", "$44 billion", "AMZN", None),
        ("OpenAI's revenue was $13 billion.", "$13 billion", None, None),
    ],
)
def test_whose_number_it_is(read, text, span, company, segment):
    claim = read(HEAD + text)[span]
    assert (claim.company, claim.segment) == (company, segment)


@pytest.mark.parametrize(
    ("text", "span", "approx", "bound"),
    [
        ("The backlog is around $244 billion.", "$244 billion", True, None),
        ("The backlog exceeds $244 billion.", "$244 billion", False, "ge"),
        ("Capex will be up to $135 billion.", "$135 billion", False, "le"),
        ("The backlog nearly doubled.", "doubled", True, None),
        ("The backlog is above $300 billion.", "$300 billion", False, "ge"),
        ("Dozens of analysts rate it a buy.", "Dozens", False, "ge"),
    ],
)
def test_hedges_and_bounds(read, text, span, approx, bound):
    claim = read(HEAD + text)[span]
    assert (claim.approx, claim.bound) == (approx, bound)


@pytest.mark.parametrize(
    ("text", "span", "kind", "is_constant"),
    [
        ("Sales rose 13% and 12% in constant currency.", "13%", "yoy", False),
        ("Sales rose 13% and 12% in constant currency.", "12%", "yoy", True),
        ("Sales rose 5% sequentially.", "5%", "qoq", False),
        ("Sales rose 5% quarter over quarter.", "5%", "qoq", False),
    ],
)
def test_what_a_growth_is_against(read, text, span, kind, is_constant):
    comparison = read(HEAD + text)[span].comparison
    assert (comparison.type, comparison.is_constant_currency) == (kind, is_constant)


@pytest.mark.parametrize(
    "text",
    [
        "Microsoft 365 and Windows 11 are products.",
        "10 stocks we like better than Amazon",
        "14 comments · 3 min read",
        "Page 1 of 4",
        "The 12-month target is under review.",
        "The fastest pace in 13 quarters.",
        "1. Funding. 2. Economics.",
        "Get Pro at 60% off until March.",
        "Dial in: conference ID 5557889",
        "It is a triple threat with two leaders.",
        "The S&P 500 and the Nasdaq 100 rose.",
        "Open 24/7",
    ],
)
def test_what_is_no_claim(read, text):
    assert read(HEAD + text) == {}


def test_a_figure_that_is_repeated_is_the_same_claim(read):
    text = (
        "Amazon plans about $200 billion of capital spending in 2026.\nThe $200 billion bet grows."
    )
    claims = list(read(text).values())
    assert claims[0].metric == "capex_guidance"
    assert claims[0].modality == "guided"


def test_a_heading_speaks_for_the_lines_below_it(read):
    claims = read("Amazon results\n\nSecond Quarter Guidance\n- Net sales of $190 billion\n")
    claim = claims["$190 billion"]
    assert (claim.metric, claim.modality) == ("revenue_guidance", "guided")
    assert str(claim.period.end) == "2026-06-30"


def test_the_actual_the_estimate_and_the_base_of_one_line(read):
    claims = read(
        HEAD + "Revenue: $180 billion vs. $177 billion consensus, up from $160 billion a year ago"
    )
    assert [claim.modality for claim in claims.values()] == ["reported", "estimated", "reported"]
    assert str(claims["$160 billion"].period.end) == "2025-03-31"


def test_an_error_of_the_page_is_read_as_written(read):
    assert read(HEAD + "EPS of $4.59 beat estimates.")["$4.59"].value == 4.59


def test_hostile_text_is_read_as_text(read):
    text = "Amazon'; DROP TABLE claims; -- revenue was <script>$5 billion</script>\n" + "(" * 5000
    assert read(text)["$5 billion"].metric == "net_sales"


def test_an_article_of_no_company_is_read(read):
    assert read("It cost $5 billion.", date(2026, 5, 14))["$5 billion"].company is None


def test_the_number_of_a_name_does_not_cut_the_name_in_two(read):
    claims = read(
        "Microsoft results\n\nRevenue rose 17%. Microsoft 365 commercial cloud was up 17%."
    )
    text = "Microsoft 365 commercial cloud"
    assert [claim.segment for claim in claims.values()] == [text]
