from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.edgar.decimals import decimal_text
from ingest.edgar.rows import Rejected


@pytest.mark.parametrize(
    ("text", "scale", "is_negative", "expected"),
    [
        ("637959", "6", False, "637959000000"),
        ("110.4", "9", False, "110400000000"),
        ("26.5", "-2", False, "0.265"),
        ("5.53", None, False, "5.53"),
        ("3.30", "0", False, "3.30"),
        ("2656", "6", True, "-2656000000"),
        ("-2656", "6", True, "2656000000"),
        ("+7", None, False, "7"),
        ("007", None, False, "7"),
        ("007.50", None, False, "7.50"),
        (".5", None, False, "0.5"),
        ("5.", None, False, "5"),
        ("1.2E3", None, False, "1200"),
        ("12e-3", None, False, "0.012"),
        (" \n12\t", "3", False, "12000"),
        ("1", "-10", False, "0.0000000001"),
        ("1", "+3", False, "1000"),
        ("", None, False, None),
    ],
)
def test_a_printed_number_becomes_plain_decimal_text(text, scale, is_negative, expected):
    if expected is None:
        with pytest.raises(Rejected):
            decimal_text(text, scale, is_negative)
    else:
        assert decimal_text(text, scale, is_negative) == expected


@pytest.mark.parametrize("text", ["0", "-0", "00", "+0", "0.0", "-0.00"])
@pytest.mark.parametrize("scale", [None, "0", "3", "6", "-2"])
@pytest.mark.parametrize("is_negative", [False, True])
def test_zero_has_no_sign(text, scale, is_negative):
    plain = decimal_text(text, scale, is_negative)
    assert not plain.startswith("-")
    assert Decimal(plain) == 0


def test_nothing_is_lost_to_floating_point():
    long = "1234567890123456789012345678901234567890.000000000000000000000000001"
    assert decimal_text(long) == long
    assert decimal_text("0.1", "1") == "1"
    assert decimal_text("1.005", "2") == "100.5"
    assert decimal_text("9007199254740993", "6") == "9007199254740993000000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "-",
        "--5",
        "1-",
        "(5)",
        "1,234",
        "1 234",
        "1\u00a0234",
        "NaN",
        "Infinity",
        "INF",
        "0x10",
        "1_000",
        "1e",
        "1e1000",
        "1e99999999999",
        "\u0661\u0662",
        "\uff11",
        "\u00b2",
        "$5",
        "9" * 101,
        "9" * 1_000_000,
    ],
)
def test_what_is_no_number_is_rejected_with_a_reason(text):
    with pytest.raises(Rejected) as caught:
        decimal_text(text)
    assert caught.value.reason == "malformed_number"
    assert len(caught.value.detail) < 300


@pytest.mark.parametrize("scale", ["3.0", "x", "1e3", "--3", "31", "-31", "9" * 5000, "6 6"])
@pytest.mark.parametrize("text", ["1", "1.5"])
def test_what_is_no_scale_is_rejected_with_a_reason(text, scale):
    with pytest.raises(Rejected) as caught:
        decimal_text(text, scale)
    assert caught.value.reason == "malformed_scale"
    assert len(caught.value.detail) < 300


@pytest.mark.parametrize("scale", ["1_0", "\uff13"])
def test_a_scale_is_an_integer_as_xml_schema_has_it(scale):
    with pytest.raises(Rejected):
        decimal_text("1.5", scale)


def test_a_precision_of_zeros_survives():
    assert decimal_text("1.10", "0") == "1.10"
    assert decimal_text("1.100", "1") == "11.00"


decimals = st.decimals(
    allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20
)


@settings(deadline=None)
@given(number=decimals, scale=st.integers(-30, 30), is_negative=st.booleans())
def test_the_value_is_exactly_the_number_times_its_scale(number, scale, is_negative):
    printed = format(number, "f")
    plain = decimal_text(printed, str(scale), is_negative)
    exact = Decimal(printed).scaleb(scale)
    assert Decimal(plain) == (-exact if is_negative else exact)
    assert "E" not in plain.upper()
    assert plain.lstrip("-").replace(".", "", 1).isdigit()


@settings(deadline=None)
@given(st.integers(0, 10**60), st.sampled_from(["0", "3", "6", "9"]))
def test_whole_numbers_agree_with_the_same_number_written_with_a_point(number, scale):
    whole = decimal_text(str(number), scale)
    assert Decimal(whole) == Decimal(decimal_text(f"{number}.0", scale))
    assert whole == str(number * 10 ** int(scale))


@settings(deadline=None)
@given(st.text(max_size=12), st.none() | st.text(max_size=4))
def test_any_text_is_a_number_or_rejected(text, scale):
    try:
        plain = decimal_text(text, scale)
    except Rejected:
        return
    assert Decimal(plain).is_finite()
