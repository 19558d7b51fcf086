from datetime import UTC, date, datetime

import polars as pl

from report.content import Citation, merge
from report.sources import SourceIndex

FILINGS = pl.DataFrame(
    {
        "accession_number": ["a", "b", "c", "d", "unused"],
        "form": ["10-K", "10-Q", "10-Q", "8-K", "10-Q"],
        "period_of_report": [date(2025, 12, 31)] * 5,
        "filed_at": [date(2026, 1, 1), None, *(date(2026, month, 1) for month in (3, 4, 5))],
        "known_from": [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4, 5)],
        "edgar_address": ["https://www.sec.gov/a", "javascript:alert(1)", None, "", ""],
    }
)


def index_of(*numbers: str) -> SourceIndex:
    return SourceIndex.build([Citation(numbers)], FILINGS)


def test_only_cited_filings_are_numbered_newest_first() -> None:
    index = index_of("a", "d", "b", "lost")
    assert [each.accession_number for each in index.sources] == ["d", "b", "a", "lost"]
    assert [each.number for each in index.sources] == [1, 2, 3, 4]
    assert index.sources[-1].form is None


def test_only_edgar_addresses_become_links() -> None:
    addresses = {each.accession_number: each.address for each in index_of("a", "b", "c").sources}
    assert addresses == {"a": "https://www.sec.gov/a", "b": None, "c": None}


def test_consecutive_numbers_are_drawn_together() -> None:
    index = index_of("a", "b", "c", "d", "lost")
    assert [run.text for run in index.runs(Citation(("d", "c", "b", "lost")))] == ["1–3", "5"]
    assert [run.text for run in index.runs(Citation(("c", "d")))] == ["1,2"]
    assert index.runs(Citation()) == ()


def test_merged_evidence_is_the_weakest() -> None:
    merged = merge(
        [Citation(("a",), "xbrl"), Citation(("b",), None), Citation(("a",), "secondary")]
    )
    assert merged == Citation(("a", "b"), "secondary")
    assert merge([Citation(("a",), "rumour"), Citation(("b",), "secondary")]).evidence == "rumour"
