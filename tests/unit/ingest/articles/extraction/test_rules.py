"""Rules met in pages of other kinds: a sentence of our own for each, and what it must give."""

from datetime import date

import pytest

HEAD = "Amazon first-quarter results\n\n"
REPORTED = (date(2026, 1, 1), date(2026, 3, 31))
TWELVE_MONTHS = (date(2025, 4, 1), date(2026, 3, 31))


def days(claim):
    return claim.period and (claim.period.start, claim.period.end)


@pytest.mark.parametrize(
    ("text", "span", "metric"),
    [
        # What a part, a price, a contract or a cash flow is spoken of.
        ("Operating margin at AWS rose to 37%.", "37%", "operating_margin"),
        ("Who minds the satellites? We do. AWS lost $2 billion.", "$2 billion", "operating_income"),
        ("AWS: -$2 billion.", "-$2 billion", "operating_income"),
        ("Cash burn was $3 billion.", "$3 billion", "free_cash_flow"),
        (
            "Free cash flow was $5 billion, after an outflow of $1 billion.",
            "$1 billion",
            "free_cash_flow",
        ),
        ("It fell 20% from its $258 peak.", "$258", "share_price"),
        ("At roughly $190, the stock is dear.", "$190", "share_price"),
        ("The shares traded up $3.10.", "$3.10", "share_price_change"),
        ("The agreement is worth $38 billion.", "$38 billion", "contract_value"),
        ("The deal with a rival is worth up to $9 billion.", "$9 billion", "contract_value"),
        (
            "It turned $180 billion of sales into $9 billion of net income.",
            "$9 billion",
            "net_income",
        ),
        ("A valuation loss of $3 billion weighed on it.", "$3 billion", "one_off_item"),
        ("Its first $180B+ quarter is behind it.", "$180B", "net_sales"),
        ("The backlog is $364 billion, of which 40% is with one customer.", "40%", "backlog_share"),
        ("AWS was 60% of operating income.", "60%", "mix_share"),
        ("Total assets were $1.1 trillion.", "$1.1 trillion", "other"),
        # By how much something was beaten.
        ("EPS of $1.70 beat the consensus by $0.20.", "$0.20", "surprise"),
        (
            "Operating income was $2 billion above the high end of guidance.",
            "$2 billion",
            "surprise",
        ),
        # Growth without the currency is growth.
        ("International revenue was up 9% without FX.", "9%", "revenue_growth"),
    ],
)
def test_the_metric(read, text, span, metric):
    assert read(HEAD + text)[span].metric == metric


def test_a_signed_percent_beside_a_ticker_is_of_the_shares_and_heads_a_section(read):
    claims = read(
        "Amazon and the others\n\nORACLE (ORCL US, -4.1%)\n* Revenue rose 21%.\n\n"
        "META (META): +2.2%."
    )
    assert (claims["-4.1%"].metric, claims["-4.1%"].company) == ("share_price_change", "ORCL")
    assert (claims["21%"].metric, claims["21%"].company) == ("revenue_growth", "ORCL")
    assert (claims["+2.2%"].metric, claims["+2.2%"].company) == ("share_price_change", "META")


def test_an_index_is_no_company(read):
    assert read(HEAD + "The Nasdaq Composite tumbled 2.8%.")["2.8%"].company is None


def test_a_general_word_is_the_name_of_a_part_in_capitals_alone(read):
    text = "Microsoft results\n\nAI services supplied 7 points of Azure's growth."
    assert read(text)["7 points"].company == "MSFT"


def test_the_backlog_of_one_company_has_not_the_part_of_another(read):
    text = (
        "Cloud results\n\nGOOGLE\n* Google Cloud backlog $240 billion.\n\n"
        "AMAZON\n* Backlog $364 billion."
    )
    assert read(text)["$364 billion"].segment == "AWS"


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        # Whose loss it was.
        ("A loss on a stake weighed on net income of $30 billion.", "$30 billion", 30e9),
        ("A quarter of net sales came from abroad.", "A quarter", 0.25),
    ],
)
def test_the_value(read, text, span, value):
    assert read(HEAD + text)[span].value == value


@pytest.mark.parametrize(
    "text",
    [
        "After two quarters of decline, it rose.",
        "After a quarter of decline, it rose.",
        "YouTube (31/12 close) was there.",
        "$" + "9" * 400 + " was spent.",
        "9" * 5000 + " dollars 36",
        "1.2K Followers | Risk warning: 71% of retail CFD accounts lose money.",
    ],
)
def test_what_is_no_claim(read, text):
    assert read(HEAD + text) == {}


def test_equal_ends_are_no_range(read):
    claims = read(HEAD + "Net sales are to be $190 billion to $190 billion.")
    assert {claim.value for claim in claims.values()} == {190e9}


def test_glued_cells_are_no_range(read):
    claims = read(HEAD + "Shipping costs$ 7,665$ 8,663 in all.")
    assert {claim.value is None for claim in claims.values()} <= {False}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("Its price target went from $150.00 to $175.00.", "$175.00"),
        ("It more than doubled, from $1.2 billion to $2.8 billion.", "$2.8 billion"),
    ],
)
def test_what_moved_is_two_figures(read, text, span):
    assert read(HEAD + text)[span].value is not None


@pytest.mark.parametrize(
    ("text", "span", "modality"),
    [
        # What a text denies is not said.
        ("Net sales were not $180 billion.", "$180 billion", "conditional"),
        ("It denied that net sales were $180 billion.", "$180 billion", "conditional"),
        ("Net sales failed to reach $180 billion.", "$180 billion", "conditional"),
        ("Had it earned $30 billion, it would have told.", "$30 billion", "conditional"),
        # What is over is no outlook, and an outlook told of is no result.
        (
            "It spent between $40 billion and $50 billion.",
            "$40 billion and $50 billion",
            "reported",
        ),
        (
            "It beat its guidance of $16 billion to $20 billion with $24 billion.",
            "$24 billion",
            "reported",
        ),
        (
            "Wall Street had pencilled in $177 billion, and profit leapt to $30 billion.",
            "$30 billion",
            "reported",
        ),
        ("Our 2027E EPS is $9.10.", "$9.10", "estimated"),
        ("It stands by $200 billion for 2026.", "$200 billion", "guided"),
    ],
)
def test_whose_word_it_is(read, text, span, modality):
    assert read(HEAD + text)[span].modality == modality


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("Operating cash flow in the twelve months to March 31 was $150 billion.", "$150 billion",
         TWELVE_MONTHS),
        ("Free cash flow was $1 billion for the trailing twelve months ended March 31, 2026.",
         "$1 billion", TWELVE_MONTHS),
        ("Operating cash flow rose 30% to $150 billion for the trailing twelve months.", "30%",
         TWELVE_MONTHS),
        ("Net sales over the past year totalled $740 billion.", "$740 billion", TWELVE_MONTHS),
        ("Trailing twelve-month net sales hit $740 billion as of March 2026.", "$740 billion",
         TWELVE_MONTHS),
        ("Net sales of the first six months of 2025 were $320 billion.", "$320 billion",
         (date(2025, 1, 1), date(2025, 6, 30))),
        ("The backlog was $364 billion, up from $244 billion at the end of December.",
         "$244 billion", (None, date(2025, 12, 31))),
        ("The backlog was $364 billion, against $244 billion three months earlier.",
         "$244 billion", (None, date(2025, 12, 31))),
        ("Net income was $30 billion, or $2.80 a share, compared with $17 billion, or $1.59 a"
         " share, a year before.", "$1.59", (date(2025, 1, 1), date(2025, 3, 31))),
        ("AWS grew 28%, its best rate since 2022.", "28%", REPORTED),
        ("For the June quarter it guided to revenue of $190 billion.", "$190 billion",
         (date(2026, 4, 1), date(2026, 6, 30))),
        ("In the prior year, the firm earned $17 billion.", "$17 billion",
         (date(2025, 1, 1), date(2025, 3, 31))),
        ("It put first-quarter capex at $44 billion and the full-year bill at $200 billion.",
         "$44 billion", REPORTED),
        ("At 24x our 2027E EPS of $9.10 it is dear.", "$9.10",
         (date(2027, 1, 1), date(2027, 12, 31))),
    ],
)  # fmt: skip
def test_the_period(read, text, span, expected):
    assert days(read(HEAD + text)[span]) == expected


@pytest.mark.parametrize(
    ("text", "kind", "base"),
    [
        ("AWS revenue rose 28%.", "yoy", date(2025, 3, 31)),
        ("AWS revenue rose 28% from the first quarter of 2025.", "yoy", date(2025, 3, 31)),
        ("AWS revenue rose 28% from the fourth quarter of 2025.", "qoq", date(2025, 12, 31)),
        ("AWS revenue rose 28% from the first quarter of 2023.", "none", date(2023, 3, 31)),
        ("AWS revenue grew at a compound rate of 28% over five years.", "none", None),
        ("Over three years, AWS revenue rose 28%.", "none", None),
    ],
)
def test_against_what_it_grew(read, text, kind, base):
    comparison = read("Amazon Q1 2026 results\n\n" + text)["28%"].comparison
    assert (comparison.type, comparison.base and comparison.base.end) == (kind, base)


@pytest.mark.parametrize(
    ("text", "span", "of"),
    [
        ("Free cash flow rose 30%.", "30%", "free_cash_flow"),
        ("Operating cash flow rose 30%.", "30%", "operating_cash_flow"),
        ("Adjusted EPS grew 12%.", "12%", "eps_adjusted"),
        ("AWS accounted for 60% of operating income.", "60%", "operating_income"),
        ("AWS accounted for 20% of net sales.", "20%", "net_sales"),
        ("Net sales were $180 billion.", "$180 billion", None),
    ],
)
def test_of_what_it_is(read, text, span, of):
    assert read(HEAD + text)[span].of_metric == of


def test_heads_are_told_apart_by_the_cells_below(read):
    claims = read(
        "Amazon first-quarter results\n\n"
        "Metric Q1 2026 Estimate Q1 2025\nNet sales $180B $177B $155B\nAWS revenue $37B $36B $29B"
    )
    assert {span: claim.modality for span, claim in claims.items()} == {
        "$180B": "reported", "$177B": "estimated", "$155B": "reported",
        "$37B": "reported", "$36B": "estimated", "$29B": "reported",
    }  # fmt: skip
    assert days(claims["$177B"]) == REPORTED


def test_a_title_stands_inside_a_table_and_a_part_in_its_own_line(read):
    claims = read(
        "Amazon first-quarter results\n\n"
        "In millions Q1 2025 Q1 2026\nAWS revenue 29,267 37,587\nOperating income 18,405 23,852\n"
        "Other figures\nNet income 17,127 30,255"
    )
    assert claims["37,587"].segment == "AWS"
    assert (claims["23,852"].segment, claims["23,852"].value) == (None, 23_852e6)
    assert (claims["30,255"].metric, claims["30,255"].value) == ("net_income", 30_255e6)
