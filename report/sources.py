"""The numbered list of filings a page rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import polars as pl

from report.content import Citation

EDGAR_PREFIX = "https://www.sec.gov/"
"""Only addresses under it become links."""


@dataclass(frozen=True, slots=True)
class Source:
    """A filing the page cites; form and dates are None if it is not among the filings on hand."""

    number: int
    accession_number: str
    form: str | None
    period_of_report: date | None
    filed_at: date | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive source numbers: `text` is 3 or 3–7, `first` the number to link to."""

    first: int
    text: str


@dataclass(frozen=True)
class SourceIndex:
    """Filings numbered from 1, newest first: neighbours in time have neighbouring numbers."""

    sources: tuple[Source, ...]

    @classmethod
    def build(cls, citations: Iterable[Citation], filings: pl.DataFrame) -> "SourceIndex":
        """Number every filing cited; those not in `filings` come last."""
        cited = {number for citation in citations for number in citation.accession_numbers}
        known = {
            row["accession_number"]: row
            for row in filings.iter_rows(named=True)
            if row["accession_number"] in cited
        }
        newest_first = sorted(
            known, key=lambda accession: (known[accession]["known_from"], accession), reverse=True
        )
        ordered = [*newest_first, *sorted(cited - known.keys())]
        return cls(
            tuple(
                _source(position, accession, known.get(accession, {}))
                for position, accession in enumerate(ordered, start=1)
            )
        )

    def of(self, citation: Citation) -> tuple[Source, ...]:
        """The citation's filings, newest first."""
        cited = set(citation.accession_numbers)
        return tuple(source for source in self.sources if source.accession_number in cited)

    def runs(self, citation: Citation) -> tuple[Run, ...]:
        """The citation's source numbers in order, consecutive ones drawn together."""
        numbers = [source.number for source in self.of(citation)]
        if not numbers:
            return ()
        breaks = [after for before, after in pairwise(numbers) if after > before + 1]
        starts = [numbers[0], *breaks]
        ends = [*(numbers[numbers.index(start) - 1] for start in breaks), numbers[-1]]
        return tuple(_run(start, end) for start, end in zip(starts, ends, strict=True))


def _run(start: int, end: int) -> Run:
    if start == end:
        return Run(start, str(start))
    joiner = "," if end == start + 1 else "–"
    return Run(start, f"{start}{joiner}{end}")


def _source(position: int, accession: str, row: dict[str, object]) -> Source:
    form, period, filed, address = (
        row.get(name) for name in ("form", "period_of_report", "filed_at", "edgar_address")
    )
    return Source(
        number=position,
        accession_number=accession,
        form=form if isinstance(form, str) else None,
        period_of_report=period if isinstance(period, date) else None,
        filed_at=filed if isinstance(filed, date) else None,
        address=address if isinstance(address, str) and address.startswith(EDGAR_PREFIX) else None,
    )
