import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.edgar.rows import Rejected
from ingest.edgar.transforms import IXT_RULES, SEC_RULES, TransformError, find_transform

IXT_VERSIONS = ("2010-04-20", "2011-07-31", "2015-02-26", "2020-02-12", "2022-02-16")
IXT = [f"http://www.xbrl.org/inlineXBRL/transformation/{version}" for version in IXT_VERSIONS]
SEC = "http://www.sec.gov/inlineXBRL/transformation/2015-08-31"
NEWEST = IXT[-1]

NOT_NUMBERS = ("", " ", "-", "(5)", "$5", "five", "1.2.3,4,5", "\u0661\u0662", ".", ",", "1e5")
NOT_DATES = ("", "soon", "13/13/2023", "December 32, 2023", "1", "1 2 3 4 5", "2023")
NOT_DAYS = ("", "soon", "13/13", "December 32", "1", "January 1, 2023", "30 February")
NOT_MONTHS = ("", "soon", "13/2023", "2023/13", "Smarch 2023", "1", "December 31, 2023")

Examples = dict[str, str]

DOT = {
    "1,234.5": "1234.5",
    "637,959": "637959",
    "0": "0",
    "5.53": "5.53",
    "1\u00a0234.5": "1234.5",
    "1\u2009234": "1234",
    "12345678": "12345678",
    ".5": ".5",
}
COMMA = {
    "1.234,5": "1234.5",
    "637.959": "637959",
    "0": "0",
    "5,53": "5.53",
    "1\u00a0234,5": "1234.5",
    ",5": ".5",
}
APOSTROPHES = ("'", "`", "\u00b4", "\u2019", "\u2032")
DASHES: Examples = dict.fromkeys(("-", "–", "—", " — ", "−"), "0")
MDY = {
    "12/31/2023": "2023-12-31",
    "1/2/23": "2023-01-02",
    "December 31, 2023": "2023-12-31",
    "June 30,\u00a02023": "2023-06-30",
    "June\u00a030, 2023": "2023-06-30",
    "Feb. 29, 2024": "2024-02-29",
}
DMY = {
    "31.12.2023": "2023-12-31",
    "2/1/23": "2023-01-02",
    "31 December 2023": "2023-12-31",
    "30\u00a0June 2023": "2023-06-30",
    "29 Feb 2024": "2024-02-29",
}
MD = {
    "December 31": "--12-31",
    "December\u00a031": "--12-31",
    "12/31": "--12-31",
    "1/28": "--01-28",
    "February 29": "--02-29",
}
DM = {"31 December": "--12-31", "31/12": "--12-31", "28.1": "--01-28", "29 February": "--02-29"}
MY = {"December 2023": "2023-12", "12/2023": "2023-12", "Jan\u00a02024": "2024-01"}
YM = {"2023 December": "2023-12", "2023/12": "2023-12", "2024, Jan": "2024-01"}
ANYTHING: tuple[str, ...] = ()


def always(value: str) -> Examples:
    return dict.fromkeys(("", "\u2014", "none", "anything at all"), value)


# Rule: texts it reads with their values, texts it refuses.
IXT_EXAMPLES: dict[str, tuple[Examples, tuple[str, ...]]] = {
    "num-dot-decimal": (DOT, NOT_NUMBERS),
    "num-dot-decimal-apos": (
        DOT | {f"1{sign}234{sign}567.8": "1234567.8" for sign in APOSTROPHES},
        NOT_NUMBERS,
    ),
    "numcommadot": ({"1,234.5": "1234.5", "12": "12"}, NOT_NUMBERS),
    "numspacedot": ({"1 234.5": "1234.5", "1\u00a0234": "1234"}, NOT_NUMBERS),
    "num-comma-decimal": (COMMA, NOT_NUMBERS),
    "num-comma-decimal-apos": (
        COMMA | {f"1{sign}234{sign}567,8": "1234567.8" for sign in APOSTROPHES},
        NOT_NUMBERS,
    ),
    "numdotcomma": ({"1.234,5": "1234.5", "12": "12"}, NOT_NUMBERS),
    "numspacecomma": ({"1 234,5": "1234.5", "1\u00a0234": "1234"}, NOT_NUMBERS),
    "num-unit-decimal": (
        {"4 dollars 50 cents": "4.50", "1,234 dollars 5 cents": "1234.05", "$4 5c": None}
        | {"4 dollars 5": "4.05"},
        ("", "4 dollars", "dollars", "4 dollars 500 cents"),
    ),
    "numdash": (DASHES, ("", "0", "x", "--")),
    "zerodash": (DASHES, ("", "0", "x", "\u2014\u2014")),
    "fixed-zero": (always("0"), ANYTHING),
    "nocontent": (always(""), ANYTHING),
    "fixed-empty": (always(""), ANYTHING),
    "booleantrue": (always("true"), ANYTHING),
    "booleanfalse": (always("false"), ANYTHING),
    "fixed-true": (always("true"), ANYTHING),
    "fixed-false": (always("false"), ANYTHING),
    **dict.fromkeys(
        ("dateslashus", "datedotus", "datelongus", "dateshortus", "date-month-day-year",
         "datemonthdayyearen", "date-monthname-day-year-en"),
        (MDY, NOT_DATES),
    ),
    **dict.fromkeys(
        ("dateslasheu", "datedoteu", "datelonguk", "dateshortuk", "date-day-month-year",
         "datedaymonthyearen", "date-day-monthname-year-en"),
        (DMY, NOT_DATES),
    ),
    **dict.fromkeys(
        ("datelongmonthdayus", "dateshortmonthdayus", "dateslashmonthdayus", "date-month-day",
         "datemonthdayen", "date-monthname-day-en"),
        (MD, NOT_DAYS),
    ),
    **dict.fromkeys(
        ("datelongdaymonthuk", "dateshortdaymonthuk", "dateslashdaymontheu", "date-day-month",
         "datedaymonthen", "date-day-monthname-en"),
        (DM, NOT_DAYS),
    ),
    **dict.fromkeys(
        ("datelongmonthyear", "dateshortmonthyear", "date-month-year", "datemonthyearen",
         "date-monthname-year-en"),
        (MY, NOT_MONTHS),
    ),
    **dict.fromkeys(
        ("datelongyearmonth", "dateshortyearmonth", "date-year-month", "dateyearmonthen",
         "date-year-monthname-en"),
        (YM, NOT_MONTHS),
    ),
    "date-year-month-day": (
        {"2023-12-31": "2023-12-31", "2023/1/2": "2023-01-02", "23.6.30": "2023-06-30"},
        NOT_DATES,
    ),
}  # fmt: skip
del IXT_EXAMPLES["num-unit-decimal"][0]["$4 5c"]

SEC_EXAMPLES: dict[str, tuple[Examples, tuple[str, ...]]] = {
    "duryear": (
        {
            "3.7": "P3Y8M12D",
            "4.1": "P4Y1M6D",
            "5.5": "P5Y6M",
            "6.4": "P6Y4M24D",
            "11.3": "P11Y3M18D",
            "8.1": "P8Y1M6D",
            "0.1": "P1M6D",
            "10.3": "P10Y3M18D",
            "5": "P5Y",
            "0": "P0Y",
        },
        ("", "five", "-1", "1/2"),
    ),
    "durmonth": (
        {"24": "P24M", "1.5": "P1M15D", "0": "P0M", "1,000": "P1000M"},
        ("", "two", "-1"),
    ),
    "durweek": ({"52": "P364D", "0.5": "P3D", "0": "P0D"}, ("", "two", "-1")),
    "durday": (
        {"397": "P397D", "0.5": "PT12H", "1.25": "P1DT6H", "0": "P0D"},
        ("", "two", "-1"),
    ),
    "durhour": ({"24": "PT24H", "36": "PT36H"}, ("", "two", "-1")),
    "durwordsen": (
        {
            "364-day": "P364D",
            "five years": "P5Y",
            "Five Years": "P5Y",
            "thirty years": "P30Y",
            "twelve months": "P12M",
            "twenty-five years": "P25Y",
            "three\u2011year": "P3Y",
            "forty\u00a0years": "P40Y",
            "one year and six months": "P1Y6M",
            "1 year, 6 months": "P1Y6M",
            "a year": "P1Y",
            "two weeks": "P14D",
            "one hundred eighty days": "P180D",
            "six months and two days": "P6M2D",
            "thirty-six hours": "PT36H",
        },
        (
            "",
            "year",
            "years",
            "five",
            "five yards",
            "no later than five years",
            "2.5 years",
            "three to five years",
            "eightyears",
            "five years or so",
        ),
    ),
    "numwordsen": (
        {
            "no": "0",
            "None": "0",
            "zero": "0",
            "three": "3",
            "Three": "3",
            "fifteen": "15",
            "twenty-five": "25",
            "twenty five": "25",
            "twenty\u2011five": "25",
            "one hundred": "100",
            "a hundred": "100",
            "one hundred and six": "106",
            "two thousand, five hundred": "2500",
            "one million two hundred thousand": "1200000",
            "three billion": "3000000000",
            "two trillion": "2000000000000",
            "12": "12",
        },
        ("", "hundred", "and", "fifty-leven", "million", "twelve monkeys", "hundred five"),
    ),
    "datequarterend": (
        {
            "first quarter 2020": "2020-03-31",
            "second quarter of 2020": "2020-06-30",
            "third quarter 2020": "2020-09-30",
            "Fourth Quarter of 2025": "2025-12-31",
            "Q3 2024": "2024-09-30",
            "1st quarter 2021": "2021-03-31",
            "4th quarter, 2021": "2021-12-31",
        },
        ("", "2020", "fifth quarter 2020", "first quarter"),
    ),
    "boolballotbox": (
        {"\u2611": "true", "\u2612": "true", "\u2610": "false", " \u2612 ": "true"},
        ("", "x", "Yes", "\u2611\u2610"),
    ),
    "yesnoballotbox": ({"\u2611": "Yes", "\u2612": "Yes", "\u2610": "No"}, ("", "x", "No")),
    "stateprovnameen": (
        {
            "Delaware": "DE",
            "Washington": "WA",
            "California": "CA",
            "Oregon": "OR",
            "Indiana": "IN",
            "NEW YORK": "NY",
            "Washington, D.C.": "DC",
            "District of Columbia": "DC",
            "Ontario": "A6",
            "Commonwealth of Virginia": "VA",
        },
        ("", "Freedonia", "D", "Delaware and California"),
    ),
    "exchnameen": (
        {
            "The Nasdaq Stock Market LLC": "NASDAQ",
            "Nasdaq Global Select Market": "NASDAQ",
            "New York Stock Exchange": "NYSE",
            "NYSE": "NYSE",
            "NYSE American": "NYSEAMER",
            "None": "NONE",
        },
        ("", "Bourse", "Nasdaq or NYSE"),
    ),
    "entityfilercategoryen": (
        {
            "Large accelerated filer": "Large Accelerated Filer",
            "Accelerated Filer": "Accelerated Filer",
            "NON-ACCELERATED FILER": "Non-accelerated Filer",
        },
        ("", "filer", "Smaller Reporting Company"),
    ),
}


def names_of(rule: str) -> set[str]:
    """Registries 4 and 5 write hyphens, those before none."""
    return {rule, rule.replace("-", "")}


def read_cases():
    for rule, (good, _) in IXT_EXAMPLES.items():
        for text, value in good.items():
            yield pytest.param(IXT, rule, text, value, id=f"{rule} {text!r}")
    for rule, (good, _) in SEC_EXAMPLES.items():
        for text, value in good.items():
            yield pytest.param([SEC], rule, text, value, id=f"{rule} {text!r}")


def refused_cases():
    for rule, (_, bad) in IXT_EXAMPLES.items():
        for text in bad:
            yield pytest.param(IXT, rule, text, id=f"{rule} {text!r}")
    for rule, (_, bad) in SEC_EXAMPLES.items():
        for text in bad:
            yield pytest.param([SEC], rule, text, id=f"{rule} {text!r}")


def test_every_rule_has_examples():
    shown = {rule.replace("-", "") for rule in IXT_EXAMPLES}
    assert set(IXT_RULES) - shown == {"numcomma"}, "numcomma has a test of its own"
    assert shown <= set(IXT_RULES)
    assert set(SEC_EXAMPLES) == set(SEC_RULES)


@pytest.mark.parametrize(("registries", "rule", "text", "value"), read_cases())
def test_printed_text_becomes_a_value_in_every_registry(registries, rule, text, value):
    for registry in registries:
        for name in names_of(rule):
            assert find_transform(registry, name)(text) == value


@pytest.mark.parametrize(("registries", "rule", "text"), refused_cases())
def test_text_that_does_not_fit_the_rule_is_rejected(registries, rule, text):
    for registry in registries:
        for name in names_of(rule):
            with pytest.raises(Rejected) as caught:
                find_transform(registry, name)(text)
            assert caught.value.reason == "malformed_value"


def test_numcomma_has_a_decimal_comma():
    # Registry 1: numcomma is a number with a comma for fractions and no separator of thousands.
    assert find_transform(IXT[0], "numcomma")("1,5") == "1.5"


@pytest.mark.parametrize(
    ("registry", "name"),
    [
        (NEWEST, "num-dot-decimals"),
        (NEWEST, "duryear"),
        (NEWEST, ""),
        (SEC, "num-dot-decimal"),
        (SEC, "dur-year"),
        (SEC, ""),
        ("http://www.sec.gov/inlineXBRL/", "duryear"),
        ("http://example.com/transformation/2020-02-12", "num-dot-decimal"),
        ("http://www.xbrl.org/inlineXBRL/transformations/x", "num-dot-decimal"),
        ("", "num-dot-decimal"),
        ("x" * 5000, "num-dot-decimal"),
        (NEWEST, "x" * 5000),
    ],
)
def test_an_unknown_rule_or_registry_is_rejected(registry, name):
    with pytest.raises(Rejected) as caught:
        find_transform(registry, name)
    assert caught.value.reason == "unknown_format"
    assert len(caught.value.detail) < 500


def test_the_registry_of_the_first_inline_specification_is_known():
    first = "http://www.xbrl.org/2008/inlineXBRL/transformation"
    assert find_transform(first, "numcommadot")("1,234.5") == "1234.5"


# What is wrong today


@pytest.mark.parametrize(
    ("text", "value"),
    [("2024 second quarter", "2024-06-30"), ("2023 Q1", "2023-03-31"), ("2022 Q4", "2022-12-31")],
)
def test_a_quarter_after_its_year(text, value):
    assert find_transform(SEC, "datequarterend")(text) == value


def test_there_is_no_fifth_quarter():
    with pytest.raises(Rejected):
        find_transform(SEC, "datequarterend")("Q5 2024")


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("duryear", "9" * 29),
        ("durmonth", "9" * 29),
        ("durday", "9" * 29),
        ("durweek", "9" * 5000),
        ("durhour", "9" * 5000),
        ("durwordsen", "9" * 5000 + " years"),
    ],
)
def test_an_absurd_duration_is_rejected(rule, text):
    with pytest.raises(Rejected):
        find_transform(SEC, rule)(text)


@pytest.mark.parametrize(
    "text",
    ["one two", "five five", "twenty twenty", "one thousand two million", "nineteen ninety",
     "zero one", "twenty-eleven", "five and"],
)  # fmt: skip
def test_number_words_in_no_order_are_rejected(text):
    with pytest.raises(Rejected):
        find_transform(SEC, "numwordsen")(text)


@pytest.mark.parametrize("text", ["-5", "\u22125", "-five"])
def test_a_negative_number_loses_no_sign(text):
    with pytest.raises(Rejected):
        find_transform(SEC, "numwordsen")(text)


def test_a_month_of_many_digits_is_rejected():
    with pytest.raises(Rejected):
        find_transform(NEWEST, "date-month-day")("0112/05")


def test_a_fraction_of_an_hour_is_kept_or_rejected():
    try:
        value = find_transform(SEC, "durhour")("1.5")
    except Rejected:
        return
    assert value == "PT1H30M"


# Laws

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(number: int, joint: str, conjunction: str) -> str:
    """English words, with the joint of twenty-five and the word between hundred and the rest."""
    if number < 20:
        return ONES[number]
    if number < 100:
        rest = number % 10
        return TENS[number // 10 - 2] + (joint + ONES[rest] if rest else "")
    for size, name in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"),
                       (10**3, "thousand")):  # fmt: skip
        if number >= size:
            rest = number % size
            head = f"{spelled(number // size, joint, conjunction)} {name}"
            return head + (f" {spelled(rest, joint, conjunction)}" if rest else "")
    rest = number % 100
    head = f"{ONES[number // 100]} hundred"
    return head + (f" {conjunction}{spelled(rest, joint, conjunction)}" if rest else "")


@settings(deadline=None)
@given(
    st.integers(0, 10**15 - 1),
    st.sampled_from(["-", " ", "\u2010", "\u2011", "\u2013"]),
    st.sampled_from(["", "and "]),
    st.sampled_from([str.lower, str.title, str.upper]),
)
def test_numbers_in_words_come_back(number, joint, conjunction, cased):
    words = cased(spelled(number, joint, conjunction))
    assert find_transform(SEC, "numwordsen")(words) == str(number)


@settings(deadline=None)
@given(st.integers(1, 999), st.sampled_from([("year", "Y"), ("month", "M"), ("day", "D")]))
def test_durations_in_words_come_back(count, named):
    unit, designator = named
    expected = f"P{count}{designator}"
    transform = find_transform(SEC, "durwordsen")
    assert transform(f"{spelled(count, '-', '')} {unit}s") == expected
    assert transform(f"{count}-{unit}") == expected


amounts = st.decimals(
    allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**15
)


@settings(deadline=None)
@given(amounts, st.sampled_from([",", " ", "\u00a0", "\u2009", "'", "\u2019"]), st.integers(0, 3))
def test_numbers_grouped_any_way_come_back(amount, group, places):
    printed = f"{amount:,.{places}f}"
    value = Decimal(f"{amount:.{places}f}")
    swapped = printed.translate(str.maketrans(",.", ".,"))
    grouped = printed.replace(",", group)
    assert Decimal(find_transform(NEWEST, "num-dot-decimal")(grouped)) == value
    assert Decimal(find_transform(NEWEST, "num-comma-decimal")(swapped)) == value


@settings(deadline=None)
@given(st.integers(0, 9999), st.integers(0, 9))
def test_years_with_one_decimal_are_years_months_and_days(years, tenths):
    # A tenth of a year is 1.2 months; a month has 30.4375 days.
    months, twelfths = divmod(tenths * 12, 10)
    days = int(Decimal(twelfths) / 10 * Decimal("30.4375"))
    written = find_transform(SEC, "duryear")(f"{years}.{tenths}")
    found = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?", written)
    assert found is not None
    assert tuple(int(part or 0) for part in found.groups()) == (years, months, days)


@settings(deadline=None)
@given(st.dates())
def test_dates_come_back_from_every_way_they_are_printed(day):
    us = [f"{day:%B} {day.day}, {day.year:04}", f"{day:%b}. {day.day}, {day.year:04}"]
    for text in [*us, f"{day.month}/{day.day}/{day.year:04}"]:
        assert find_transform(NEWEST, "date-month-day-year")(text) == day.isoformat()
    for text in [f"{day.day} {day:%B} {day.year:04}", f"{day.day}.{day.month}.{day.year:04}"]:
        assert find_transform(NEWEST, "date-day-month-year")(text) == day.isoformat()


RULES = [(NEWEST, name) for name in IXT_RULES] + [(SEC, name) for name in SEC_RULES]
PIECES = st.sampled_from(
    ["1", "12", "2023", " ", ",", ".", "-", "/", "year", "five", "hundred", "and", "June", "\u2611"]
)


@settings(deadline=None)
@given(st.sampled_from(RULES), st.text(max_size=30) | st.lists(PIECES, max_size=8).map("".join))
def test_any_text_becomes_a_value_or_is_rejected(rule, text):
    try:
        value = find_transform(*rule)(text)
    except TransformError as error:
        # Rejected as malformed_value; a long text is not repeated whole.
        value = error.detail
    assert isinstance(value, str)
    assert len(value) <= 300
