"""What a reader needs to trust the page: method, limits, and how well each figure is attested."""

from report import formats
from report.content import Section, Statement, cite
from report.inputs import ReportInputs, newest

_METHOD = (
    "Figures come from SEC filings. Each keeps the accession numbers of the filings under it; a "
    "derived figure lists all of them. Hover over a bracket for the numbers, follow it to the "
    "list of sources, and from there to EDGAR.",
    "Everything is as known at the time printed at the top: a later restatement does not enter.",
    "Scenarios discount operating cash flow of the cloud segment and of the rest of the company, "
    "add cash and investments, and take off debt and leases. They are what the declared "
    "assumptions imply, not a forecast or advice; the status of a result is that of its weakest "
    "input.",
    "Evidence says how a figure reached us, and is printed where it is weaker than tagged XBRL: "
    "transcribed (read off the filing by hand), companyfacts (the SEC's own extract), data set "
    "(the SEC's quarterly one, days rounded), filing text (found in the filing's text), secondary "
    "(a third party, not the filing itself). A row of a table carries the weakest level among its "
    "figures.",
    "“Not stated” means that no filing on hand gives the figure; it never means zero.",
)


def method_section(inputs: ReportInputs) -> Section:
    """Method and limits in plain sentences."""
    return Section(
        "method",
        "Method and limits",
        statements=(
            *(Statement(text) for text in _METHOD),
            *_balance_sheet(inputs),
            *_price(inputs),
            *_missing(inputs),
        ),
    )


def _balance_sheet(inputs: ReportInputs) -> tuple[Statement, ...]:
    """The date of the balance sheet, and of the newest quarter where that is later."""
    cash = inputs.valuation_input("cash")
    if cash is None or cash["period_end"] is None:
        return (Statement("No balance sheet is on hand."),)
    text = f"Cash, securities, debt and leases are those of {formats.day(cash['period_end'])}"
    quarter = newest(inputs.capex_intensity, "capex_gross_usd")
    if quarter is not None and quarter["period_end"] > cash["period_end"]:
        text += (
            f", the newest complete balance sheet on hand; income and cash flow run to "
            f"{formats.day(quarter['period_end'])}, and free cash flow in between is a step of "
            "the bridge"
        )
    return (Statement(f"{text}.", cite(cash)),)


def _price(inputs: ReportInputs) -> tuple[Statement, ...]:
    price = inputs.valuation_input("share_price")
    if price is None or price["value"] is None:
        return (Statement("No closing price is on hand; market values are not stated."),)
    return (
        Statement(
            f"The share price is the close of {formats.day(price['period_end'])}, "
            f"{formats.usd_per_share(price['value'])}, from a price service and not from a filing."
        ),
    )


def _missing(inputs: ReportInputs) -> tuple[Statement, ...]:
    """Valuation inputs that are not known, with the reason the warehouse gives."""
    missing = [
        f"{row['input'].replace('_', ' ')} ({row['missing_reason']})"
        for row in inputs.valuation_inputs.sort("input").iter_rows(named=True)
        if row["value"] is None and not row["segment"]
    ]
    if not missing:
        return ()
    return (Statement(f"Inputs not stated: {'; '.join(missing)}."),)
