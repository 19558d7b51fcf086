"""Releases as companies printed them, where their text is at hand, against what was then filed.

The shared folder has them as text; `tests/support/release_pages.py` makes pages of it again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from ingest.edgar.release_tables import Figure
from ingest.edgar.release_words import ReleaseVocabulary
from ingest.edgar.releases import Release, read_release
from registry.models import load_registry
from tests.support.release_pages import page_of_cells, page_of_markdown

SHARED = Path(__file__).resolve().parents[3] / "shared"
EDGAR = SHARED / "edgar/Archives/edgar/data"
GOLDEN = SHARED / "snapshot/golden_quarters.csv"
FACTS = SHARED / "snapshot/facts.csv"
REGISTRY = load_registry()


@dataclass(frozen=True)
class OnHand:
    """A release at hand: whose, where, of which day, and how many figures it gives at least."""

    ticker: str
    path: str
    day: date
    page: Callable[[str], bytes]
    figures: int


AMZN_Q3 = OnHand(
    "AMZN", "1018724/by-period/AMZN-Q3-2025-ex991.md", date(2025, 10, 30), page_of_markdown, 240
)
AMZN_Q2 = OnHand(
    "AMZN", "1018724/by-period/AMZN-Q2-2025-8k-excerpts.md", date(2025, 7, 31), page_of_markdown,
    225,
)  # fmt: skip
CRWV_Q3 = OnHand(
    "CRWV", "1769628/by-period/crwv-2025_Q3_press_release.txt", date(2025, 11, 10), page_of_cells,
    36,
)  # fmt: skip
CRWV_Q1 = OnHand(
    "CRWV", "1769628/by-period/crwv-2025_Q1_press_release.txt", date(2025, 5, 14),
    page_of_markdown, 3,
)  # fmt: skip
ALL = (AMZN_Q3, AMZN_Q2, CRWV_Q3, CRWV_Q1)
IDS = [Path(release.path).stem for release in ALL]


def release_of(on_hand: OnHand) -> Release:
    path = EDGAR / on_hand.path
    if not path.is_file():
        pytest.skip(f"{path}: the release's text is not at hand")
    words = ReleaseVocabulary(REGISTRY, REGISTRY.company(on_hand.ticker))
    page = on_hand.page(path.read_text(encoding="utf-8"))
    return read_release({"ex991.htm": page}, words, on_hand.day)


def table_of(path: Path) -> pl.DataFrame:
    if not path.is_file():
        pytest.skip(f"{path}: what was filed is not at hand")
    return pl.read_csv(path, infer_schema=False)


Key = tuple[str, str, date | None, date]


def distinct(release: Release) -> dict[Key, Figure]:
    return {
        (
            figure.rule.metric,
            figure.part.id if figure.part else "",
            figure.period.start,
            figure.period.end,
        ): figure
        for exhibit in release.exhibits
        for figure in exhibit.figures
    }


@pytest.mark.parametrize("on_hand", ALL, ids=IDS)
def test_a_release_as_printed_gives_its_figures(on_hand):
    assert len(distinct(release_of(on_hand))) >= on_hand.figures


@pytest.mark.parametrize("on_hand", [AMZN_Q3, AMZN_Q2], ids=IDS[:2])
def test_quarters_of_a_release_are_those_verified(on_hand):
    """Every golden quarter the release states, of today's and of earlier periods."""
    golden = table_of(GOLDEN).filter(
        (pl.col("company") == on_hand.ticker) & (pl.col("basis") == "quarter")
    )
    known: Mapping[Key, Decimal] = {
        (
            row["metric"],
            row["segment"] or "",
            date.fromisoformat(row["period_start"]),
            date.fromisoformat(row["period_end"]),
        ): Decimal(row["value"])
        for row in golden.iter_rows(named=True)
        if row["period_start"]
    }
    found = distinct(release_of(on_hand))
    shared = known.keys() & found.keys()
    differ = {
        key: (found[key].value, known[key]) for key in shared if found[key].value != known[key]
    }
    assert differ == {}
    assert len(shared) > 30


@pytest.mark.parametrize("on_hand", [AMZN_Q3, AMZN_Q2], ids=IDS[:2])
def test_figures_of_a_release_are_those_filed_of_the_same_days(on_hand):
    """Each company figure against every filed fact of the metric's concepts and the same period."""
    company = REGISTRY.company(on_hand.ticker)
    concepts = {
        concept: metric.name
        for metric in REGISTRY.metrics
        if metric.grain == "company"
        for concept in company.concepts.get(metric.name, metric.concepts)
        if not concept.startswith("release:")
    }
    filed: dict[Key, set[Decimal]] = {}
    rows = table_of(FACTS).filter(
        (pl.col("cik") == company.cik)
        & (pl.col("dimensions") == "{}")
        & pl.col("concept").is_in(list(concepts))
        & ~pl.col("form").is_in(["8-K"])
    )
    for row in rows.iter_rows(named=True):
        if row["period_start"]:
            start, end = map(date.fromisoformat, (row["period_start"], row["period_end"]))
            key = (concepts[row["concept"]], "", start, end)
            filed.setdefault(key, set()).add(Decimal(row["value"]))
    found = distinct(release_of(on_hand))
    shared = found.keys() & filed.keys()
    differ = {key: found[key].value for key in shared if found[key].value not in filed[key]}
    assert differ == {}
    assert len(shared) > 15


def test_remaining_obligations_of_coreweave_are_told_apart_from_its_backlog():
    found = distinct(release_of(CRWV_Q1))
    backlog = found["backlog", "", None, date(2025, 3, 31)]
    assert backlog.value == Decimal("14.7") * 10**9
    assert all(key[0] != "backlog" for key in distinct(release_of(CRWV_Q3)))


def test_coreweave_in_thousands_with_signs_in_cells_of_their_own():
    found = distinct(release_of(CRWV_Q3))
    quarter = (date(2025, 7, 1), date(2025, 9, 30))
    expected = {
        "net_sales": "1364676000", "operating_income": "51850000", "net_income": "-110124000",
        "diluted_eps": "-0.22", "operating_cash_flow": "1689134000",
        "depreciation": "630479000", "stock_compensation": "144431000",
    }  # fmt: skip
    assert {metric: found[metric, "", *quarter].value for metric in expected} == {
        metric: Decimal(value) for metric, value in expected.items()
    }
