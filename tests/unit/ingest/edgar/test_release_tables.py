"""Tables of releases, each written here for one feature of those that companies print."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edgar.facts import FilingOfFacts
from ingest.edgar.release_tables import Figure, Unread
from ingest.edgar.release_words import ReleaseVocabulary
from ingest.edgar.releases import Release, read_release, release_rows
from registry.models import load_registry

REGISTRY = load_registry()
WORDS = {c.ticker: ReleaseVocabulary(REGISTRY, c) for c in REGISTRY.companies}
FILING = FilingOfFacts("0001018724", "0001018724-25-000084", "folder", "edgar")
LATEST = date(2025, 7, 31)
QUARTER, HALF, YEAR = (
    (date(2025, 4, 1), date(2025, 6, 30)),
    (date(2025, 1, 1), date(2025, 6, 30)),
    (date(2024, 7, 1), date(2025, 6, 30)),
)
YEAR_AGO = (date(2024, 4, 1), date(2024, 6, 30))


def row(*cells: str | tuple[str, int]) -> str:
    """A row of cells, each a text or a text and its colspan."""
    pairs = [(cell, 1) if isinstance(cell, str) else cell for cell in cells]
    return f"<tr>{''.join(f'<td colspan={width}>{text}</td>' for text, width in pairs)}</tr>"


def table(*rows: str) -> str:
    return f"<table>{''.join(rows)}</table>"


def read(*parts: str, ticker: str = "AMZN", latest: date = LATEST) -> Release:
    page = f"<html><body>{''.join(parts)}</body></html>".encode()
    return read_release({"ex991.htm": page}, WORDS[ticker], latest)


def figures(release: Release) -> dict[tuple[str, str, tuple[date | None, date]], Decimal]:
    return {key(each): each.value for exhibit in release.exhibits for each in exhibit.figures}


def key(figure: Figure) -> tuple[str, str, tuple[date | None, date]]:
    part = figure.part.id if figure.part else ""
    return figure.rule.metric, part, (figure.period.start, figure.period.end)


def unread(release: Release) -> list[Unread]:
    return [each for exhibit in release.exhibits for each in exhibit.unread]


def reasons(release: Release) -> list[str]:
    return [each.reason for each in unread(release)]


def million(value: float) -> Decimal:
    return Decimal(str(value)) * 10**6


MILLIONS = "<p>(in millions, except per share data)</p>"
HEAD = row("", ("Three Months Ended June 30,", 6)) + row("", ("2024", 3), ("2025", 3))
SALES = row("Total net sales", "$", "147,977", "", "$", "167,702", "")
BOTH = {
    ("net_sales", "", YEAR_AGO): million(147977),
    ("net_sales", "", QUARTER): million(167702),
}


# Headers, scales, split cells


def test_headers_over_several_lines_and_cells_of_their_own_for_signs():
    assert figures(read(MILLIONS, table(HEAD, SALES))) == BOTH


@pytest.mark.parametrize(
    "parts",
    [
        (table(row(("(In millions)", 7)), HEAD, SALES),),
        ("<p>(in millions)</p>", "<p>(unaudited)</p>", table(HEAD, SALES)),
        (f"<table><caption>(in millions)</caption>{HEAD}{SALES}</table>",),
        (table(HEAD.replace("<td colspan=1></td>", "<td>(in millions)</td>", 1), SALES),),
        ("<p>(in thousands)</p>", table(HEAD, SALES.replace(",977", ",977,000")
                                        .replace(",702", ",702,000"))),
        ("<p>(In billions)</p>", table(HEAD, SALES.replace("147,977", "147.977")
                                       .replace("167,702", "167.702"))),
    ],
    ids=["row above", "paragraph", "caption", "header's label", "thousands", "billions"],
)  # fmt: skip
def test_the_scale_is_found_where_releases_put_it(parts):
    assert figures(read(*parts)) == BOTH


def test_without_a_scale_nothing_is_guessed():
    release = read(table(HEAD, SALES))
    assert (figures(release), reasons(release)) == ({}, ["no_scale"])


def test_two_scales_over_one_table_are_none():
    release = read("<p>(in millions)</p><p>(in thousands)</p>", table(HEAD, SALES))
    assert (figures(release), reasons(release)) == ({}, ["no_scale"])


def test_the_scale_of_one_table_is_not_that_of_the_next():
    release = read(MILLIONS, table(HEAD, SALES), table(HEAD, SALES))
    assert figures(release) == BOTH
    assert reasons(release) == ["no_scale"]


def test_amounts_a_share_and_counts_of_shares_in_a_table_of_millions():
    rows = (
        row("Diluted earnings per share", "$", "1.26", "", "$", "1.68", ""),
        row(("Weighted-average shares used in computation of earnings per share:", 7)),
        row("Basic", "", "10,447", "", "", "10,638", ""),
        row("Diluted", "", "10,708", "", "", "10,806", ""),
    )
    found = figures(read(MILLIONS, table(HEAD, *rows)))
    assert found["diluted_eps", "", QUARTER] == Decimal("1.68")
    assert found["diluted_shares", "", QUARTER] == million(10806)
    assert len(found) == 4


def test_shares_that_are_excepted_from_the_scale_are_counts():
    note = "<p>(in thousands, except share and per share data)</p>"
    shares = row("Diluted weighted average shares outstanding", "", "10,806", "", "", "10,807", "")
    found = figures(read(note, table(HEAD, shares)))
    assert found["diluted_shares", "", QUARTER] == 10807


def test_an_average_weeks_quarter_of_another_calendar():
    head = row("", ("Three Months Ended", 6)) + row(
        "", ("October 26, 2025", 3), ("October 27, 2024", 3)
    )
    sales = row("Revenue", "$", "57,006", "", "$", "35,082", "")
    found = figures(read("<p>(In millions)</p>", table(head, sales), ticker="NVDA",
                         latest=date(2025, 11, 19)))  # fmt: skip
    assert found == {
        ("net_sales", "", (date(2025, 7, 28), date(2025, 10, 26))): million(57006),
        ("net_sales", "", (date(2024, 7, 29), date(2024, 10, 27))): million(35082),
    }


def test_a_second_header_in_the_table_takes_over_and_keeps_the_years():
    rows = (
        row("", ("Three Months Ended June 30,", 6)), row("", ("2024", 3), ("2025", 3)), SALES,
        row("", ("Six Months Ended June 30,", 6)),
        row("Total net sales", "$", "291,290", "", "$", "323,369", ""),
    )  # fmt: skip
    found = figures(read(MILLIONS, table(*rows)))
    assert found["net_sales", "", HALF] == million(323369)
    assert found["net_sales", "", QUARTER] == million(167702)
    assert len(found) == 4


def test_cells_that_span_rows_are_over_both():
    head = "<tr><td></td><td rowspan=2 colspan=3>Q2 2024</td><td colspan=3>Q2 2025</td></tr>" + (
        "<tr><td></td><td colspan=3>(unaudited)</td></tr>"
    )
    assert figures(read(MILLIONS, table(head, SALES))) == BOTH


# Signs and what is no figure


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("(1,234)", -1234), ("-1,234", -1234), ("\u22121,234", -1234), ("\u20131,234", -1234),
        ("$(1,234)", -1234), ("($1,234)", -1234), ("1,234 (1)", 1234), ("1,234", 1234),
        ("&#8212;", 0), ("-", 0), ("$ &#8211;", 0),
    ],
)  # fmt: skip
def test_negatives_and_nil(printed, value):
    release = read(MILLIONS, table(row("", "Q2 2025"), row("Operating income", printed)))
    assert list(figures(release).values()) == [million(value)]


@pytest.mark.parametrize("printed", ["1,23", "1.234,5", "(1,234", "12 34", "1,234)", "1O0"])
def test_a_number_that_cannot_be_read_is_a_reject_that_names_it(printed):
    release = read(MILLIONS, table(row("", "Q2 2025", "Q1 2025"),
                                   row("Operating income", printed, "5")))  # fmt: skip
    assert list(figures(release)) == [
        ("operating_income", "", (date(2025, 1, 1), date(2025, 3, 31)))
    ]
    (problem,) = unread(release)
    assert problem.reason == "unreadable_number"
    assert printed in problem.detail
    assert problem.place == "table1.row2"


@pytest.mark.parametrize("printed", ["12 %", "(15)%", "N/A", "NM", "*", "", "120 bps"])
def test_shares_and_blanks_are_neither_figures_nor_rejects(printed):
    release = read(MILLIONS, table(row("", "Q2 2025", "Q1 2025"),
                                   row("Operating income", printed, "5")))  # fmt: skip
    assert len(figures(release)) == 1
    assert unread(release) == []


def test_percent_signs_in_cells_of_their_own_make_no_figures():
    rows = (row("", ("Q2 2025", 3), ("Q1 2025", 3)),
            row("Operating income", "", "11.4", "%", "", "11.8", "%"))  # fmt: skip
    assert figures(read(MILLIONS, table(*rows))) == {}


def test_columns_of_growth_and_change_are_no_figures():
    rows = (
        row("", "Q2 2024", "Q2 2025", "Y/Y Change", "$ Change"),
        row("Operating income", "14,672", "19,171", "31", "4,499"),
    )
    release = read(MILLIONS, table(*rows))
    assert sorted(figures(release).values()) == [million(14672), million(19171)]
    assert unread(release) == []


def test_a_column_of_another_measure_is_refused():
    rows = (
        row("", ("Three Months Ended June 30, 2025", 2)),
        row("", "GAAP", "Non-GAAP"),
        row("Operating income", "19,171", "21,000"),
    )
    release = read(MILLIONS, table(*rows))
    assert (figures(release), reasons(release)) == ({}, ["unknown_column"])


def test_a_loss_without_brackets_may_be_either():
    rows = (row("", "Q2 2025", "Q1 2025"), row("Net loss", "1,234", "(1,200)"))
    release = read(MILLIONS, table(*rows))
    assert list(figures(release).values()) == [million(-1200)]
    assert reasons(release) == ["sign_unclear"]


def test_purchases_are_amounts_paid_and_a_provision_is_an_expense():
    rows = (
        row("", "Q2 2025"),
        row("Purchases of property and equipment", "(32,183)"),
        row("Proceeds from property and equipment sales and incentives", "815"),
        row("Principal repayments of finance leases", "(411)"),
        row("Provision for income taxes", "(3,444)"),
    )
    found = {metric: value for (metric, *_), value in figures(read(MILLIONS, table(*rows))).items()}
    assert found == {
        "capex_gross": million(32183),
        "capex_proceeds": million(815),
        "finance_lease_principal": million(411),
        "income_tax": million(3444),
    }


def test_a_period_that_is_not_over_is_an_outlook():
    release = read(MILLIONS, table(row("", "Q3 2025"), row("Total net sales", "179,500")))
    assert (figures(release), reasons(release)) == ({}, ["period_after_the_release"])


def test_a_day_alone_is_no_period_of_sales_but_one_of_the_backlog():
    rows = (
        row("", "June 30, 2025"),
        row("Total net sales", "167,702"),
        row("Remaining performance obligations (in billions)", "195"),
    )
    release = read(MILLIONS, table(*rows))
    assert figures(release) == {("backlog", "", (None, QUARTER[1])): Decimal(195) * 10**9}
    assert reasons(release) == ["period_without_length"]


def test_twelve_months_are_said_by_the_row():
    rows = (
        row("", "Q1 2025", "Q2 2025"),
        row("Operating cash flow -- trailing twelve months (TTM)", "113,903", "121,137"),
        row("Free cash flow -- TTM (1)", "25,925", "18,184"),
        row("Net sales -- TTM", "650,313", "670,038"),
        row("Net sales -- Y/Y growth, excluding F/X", "10", "12"),
    )
    found = figures(read(MILLIONS, table(*rows)))
    assert found["operating_cash_flow", "", YEAR] == million(121137)
    assert found["free_cash_flow", "", YEAR] == million(18184)
    assert found["net_sales", "", YEAR] == million(670038)
    assert len(found) == 6


def test_numbers_that_share_one_header_are_refused():
    rows = (row("", ("Q2 2025", 2)), row("Operating income", "19,171", "18,405"))
    release = read(MILLIONS, table(*rows))
    assert (figures(release), reasons(release)) == ({}, ["two_numbers_in_one_column"])


# Segments


HEADINGS = ("AWS", "AWS Segment", "AWS Segment:", "<b>AWS</b> (1)", "Amazon Web Services")


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_makes_the_rows_below_those_of_a_segment(heading):
    rows = (
        row("", "Q2 2025"), row((heading, 2)), row("Net sales", "30,873"),
        row("Operating expenses", "20,713"), row("Operating income", "10,160"),
        row(("Consolidated", 2)), row("Net sales", "167,702"), row("Operating income", "19,171"),
        row("Net income", "18,164"),
    )  # fmt: skip
    found = figures(read(MILLIONS, table(*rows)))
    assert found == {
        ("segment_revenue", "aws", QUARTER): million(30873),
        ("segment_operating_income", "aws", QUARTER): million(10160),
        ("net_sales", "", QUARTER): million(167702),
        ("operating_income", "", QUARTER): million(19171),
        ("net_income", "", QUARTER): million(18164),
    }


def test_a_heading_nobody_declared_beside_segments_is_refused():
    rows = (
        row("", "Q2 2025"), row(("AWS", 2)), row("Net sales", "30,873"),
        row(("Satellites", 2)), row("Net sales", "12"),
    )  # fmt: skip
    release = read(MILLIONS, table(*rows))
    assert list(figures(release)) == [("segment_revenue", "aws", QUARTER)]
    assert reasons(release) == ["unknown_heading"]


def test_a_label_of_the_company_under_a_segment_is_refused():
    rows = (row("", "Q2 2025"), row(("AWS", 2)), row("Net income", "9,000"))
    release = read(MILLIONS, table(*rows))
    assert (figures(release), reasons(release)) == ({}, ["label_under_a_part"])


def test_segments_as_columns():
    rows = (
        row("", ("Three Months Ended June 30, 2025", 4)),
        row("", "North America", "International", "AWS", "Consolidated"),
        row("Net sales", "100,068", "36,761", "30,873", "167,702"),
        row("Operating income", "7,517", "1,494", "10,160", "19,171"),
    )
    found = figures(read(MILLIONS, table(*rows)))
    assert found["segment_revenue", "international", QUARTER] == million(36761)
    assert found["segment_operating_income", "aws", QUARTER] == million(10160)
    assert found["operating_income", "", QUARTER] == million(19171)
    assert len(found) == 8


def test_segments_as_columns_keep_their_place_when_the_period_changes():
    rows = (
        row(("Three Months Ended June 30, 2025", 4)),
        row("", "North America", "AWS", "Corporate"),
        row("Net sales", "100,068", "30,873", "3"),
        row(("Three Months Ended June 30, 2024", 4)),
        row("Net sales", "90,033", "26,281", "4"),
    )
    found = figures(read(MILLIONS, table(*rows)))
    assert found == {
        ("segment_revenue", "north_america", QUARTER): million(100068),
        ("segment_revenue", "aws", QUARTER): million(30873),
        ("segment_revenue", "north_america", YEAR_AGO): million(90033),
        ("segment_revenue", "aws", YEAR_AGO): million(26281),
    }


def test_segments_under_the_heading_of_a_metric():
    rows = (
        row("", ("Three Months Ended June 30,", 2)), row("", "2024", "2025"),
        row(("Revenues:", 3)),
        row("Google Services", "$ 73,928", "$ 82,543"), row("Google Cloud", "10,347", "13,624"),
        row("Total revenues", "$ 84,742", "$ 96,428"),
        row(("Operating income (loss):", 3)),
        row("Google Cloud", "1,172", "2,826"), row("Other Bets", "(1,134)", "(1,246)"),
    )  # fmt: skip
    found = figures(read("<p>(in millions)</p>", table(*rows), ticker="GOOGL"))
    assert found["segment_revenue", "google_cloud", QUARTER] == million(13624)
    assert found["segment_operating_income", "other_bets", QUARTER] == million(-1246)
    assert found["net_sales", "", QUARTER] == million(96428)
    assert len(found) == 10


def test_a_name_of_both_kinds_is_a_line_of_products_where_one_stands_beside_it():
    rows = (row("", "Q2 2025"), row(("Net Sales", 2)), row("Online stores (1)", "61,485"),
            row("AWS", "30,873"))  # fmt: skip
    found = figures(read(MILLIONS, table(*rows)))
    assert set(found) == {
        ("product_revenue", "online_stores", QUARTER), ("product_revenue", "aws", QUARTER)
    }  # fmt: skip


def test_a_layout_table_around_others_is_not_read_itself():
    page = f"<table><tr><td>{MILLIONS}{table(HEAD, SALES)}</td><td>Net sales 5</td></tr></table>"
    assert figures(read(page)) == BOTH


# The filing as a whole


def test_a_figure_stated_twice_is_one_fact_and_the_more_precise_of_those_that_agree():
    rough = table(row("", "Q2 2025"), row("Total net sales", "$167.7 billion"))
    release = read(MILLIONS, table(HEAD, SALES), MILLIONS, table(HEAD, SALES), rough)
    rows = release_rows(release, FILING)
    assert sorted(rows.facts["value"]) == sorted(BOTH.values())
    assert set(rows.facts["decimals"]) == {"-6"}
    assert rows.rejects.is_empty()


def test_a_figure_stated_differently_is_none_and_both_values_are_named():
    other = table(HEAD, SALES.replace("167,702", "167,703"))
    rows = release_rows(read(MILLIONS, table(HEAD, SALES), MILLIONS, other), FILING)
    assert rows.facts["value"].to_list() == [million(147977)]
    (reject,) = rows.rejects.to_dicts()
    assert (reject["table_name"], reject["reason"]) == ("releases", "conflicting_values")
    assert "167702000000" in reject["detail"]
    assert "167703000000" in reject["detail"]


# Sentences


BACKLOG = ("backlog", "", (None, date(2025, 9, 30)))


def say(sentence: str, ticker: str = "GOOGL") -> Release:
    return read(f"<p>{sentence}</p>", ticker=ticker, latest=date(2025, 11, 10))


@pytest.mark.parametrize(
    ("sentence", "billions"),
    [
        ("Revenue backlog was $55.6 billion as of September 30, 2025.", "55.6"),
        ("Revenue backlog<sup>1</sup> was $55.6 billion as of September 30, 2025.", "55.6"),
        ("Revenue backlog1 was $55.6 billion as of September 30, 2025.", "55.6"),
        ("As of September 30, 2025, our revenue backlog totaled $55,612 million.", "55.612"),
        ("Remaining performance obligations of $155 billion as of September 30, 2025", "155"),
        ("RPO: $14.7 billion", "14.7"),
        ("Backlog increased 46% year-over-year to $155 billion in the quarter.", "155"),
        ("Google Cloud ended the quarter with $155 billion in backlog.", "155"),
    ],
)
def test_a_sentence_that_states_one_exact_amount_is_a_figure(sentence, billions):
    release = say(sentence)
    assert figures(release) == {BACKLOG: Decimal(billions) * 10**9}
    assert unread(release) == []


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Revenue backlog more than doubled to over $55 billion.", "no_exact"),
        ("Backlog was approximately $155 billion.", "no_exact"),
        ("A deal that adds $11.2 billion in revenue backlog was signed.", "no_exact"),
        ("Backlog increased by $10 billion.", "no_exact"),
        ("Backlog grew while revenue was $100.2 billion.", "no_exact"),
        ("Backlog was $49 billion as of June 30, 2025 and September 30, 2025.", "several_days"),
        ("Backlog was $49 billion as of September 15, 2025.", "not_the_end"),
        ("Backlog was $49 billion as of December 31, 2025.", "period_after"),
        ("Backlog was €49 billion.", "no_exact"),
    ],
)
def test_a_sentence_that_says_anything_else_is_a_reject(sentence, reason):
    release = say(sentence)
    assert figures(release) == {}
    (problem,) = unread(release)
    assert problem.reason.startswith(reason)
    assert problem.metric == "backlog"


def test_a_sentence_without_an_amount_states_nothing():
    release = say("Backlog is defined in the notes.")
    assert (figures(release), unread(release)) == ({}, [])


def test_what_one_company_calls_backlog_is_another_figure():
    """CoreWeave's revenue backlog adds amounts that are no remaining performance obligations."""
    assert figures(say("Revenue backlog was $55.6 billion.", "CRWV")) == {}
    assert len(figures(say("RPO was $14.7 billion.", "CRWV"))) == 1


# Any layout gives back the same figures


SEGMENTS = {"north_america": "North America", "international": "International", "aws": "AWS"}
PERIODS = {
    "Q2 2024": ("June 30, 2024", YEAR_AGO),
    "Q2 2025": ("June 30, 2025", QUARTER),
    "Q1 2025": ("March 31, 2025", (date(2025, 1, 1), date(2025, 3, 31))),
}
AMOUNTS = st.integers(-999_999, 9_999_999)
SCALE_WORDS = {"(in thousands)": 3, "(In millions, except per share data)": 6, "($ in billions)": 9}


def printed(value: int, style: str) -> list[str]:
    """One value over one cell or three."""
    digits = f"{abs(value):,}"
    if style == "split":
        return ["$ (" if value < 0 else "$", digits, ")" if value < 0 else ""]
    minus = "\u2212" if style == "minus" else ""
    return [f"{minus}{digits}" if minus and value < 0 else f"({digits})" if value < 0 else digits]


def heads(names: Sequence[str], width: int, style: str) -> list[str]:
    """Header rows over the columns: names of quarters, or spans over their dates."""
    if style == "names":
        return [row("", *((name, width) for name in names))]
    return [
        row("", ("Three Months Ended", width * len(names))),
        row("", *((PERIODS[name][0], width) for name in names)),
    ]


@given(
    amounts=st.lists(AMOUNTS, min_size=9, max_size=9),
    order=st.permutations(list(PERIODS)),
    layout=st.sampled_from(["headings", "metric", "columns"]),
    style=st.sampled_from(["split", "brackets", "minus"]),
    head=st.sampled_from(["names", "spans"]),
    scale=st.sampled_from(list(SCALE_WORDS)),
    has_growth=st.booleans(),
)
def test_the_same_figures_come_back_from_any_layout(
    amounts, order, layout, style, head, scale, has_growth
):
    values = {
        (segment, name): amounts[3 * i + j]
        for i, segment in enumerate(SEGMENTS)
        for j, name in enumerate(PERIODS)
    }
    width = 3 if style == "split" else 1

    def cells(keys: Sequence[tuple[str, str]]) -> list[str]:
        growth = ["", "12", "%"] if width == 3 else ["12 %"]
        found = [cell for each in keys for cell in printed(values[each], style)]
        return found + (growth if has_growth else [])

    if layout == "columns":
        change = [("Y/Y % Change", width)] if has_growth else []
        rows = [
            each
            for name in order
            for each in (
                row((f"Three Months Ended {PERIODS[name][0]}", 1 + 4 * width)),
                row("", *((each, width) for each in SEGMENTS.values()), *change),
                row("Net sales", *cells([(segment, name) for segment in SEGMENTS])),
            )
        ]
    else:
        rows = heads(order, width, head)
        if has_growth:
            rows[-1] = rows[-1].replace("</tr>", f"<td colspan={width}>Change</td></tr>")
        if layout == "metric":
            rows.append(row(("Net sales:", 9)))
        for segment, name in SEGMENTS.items():
            line = cells([(segment, each) for each in order])
            rows += (
                [row(name, *line)]
                if layout == "metric"
                else [row((f"{name} Segment:", 9)), row("Net sales (1)", *line)]
            )
    release = read(f"<p>{scale}</p>", table(*rows))
    assert unread(release) == []
    assert figures(release) == {
        ("segment_revenue", segment, PERIODS[name][1]): Decimal(value) * 10 ** SCALE_WORDS[scale]
        for (segment, name), value in values.items()
    }
