"""Every declared thesis, valued from the inputs of a warehouse.

Belongs here: which declarations meet which inputs. Does not belong here: any formula (room
`valuation`), or where results are kept (`valuation_store`).
"""

from collections.abc import Sequence

import polars as pl

from orchestration.valuation_store import newest_knowledge
from registry.assumptions import Scenario, Thesis, load_scenarios, load_theses
from valuation.errors import MissingInputError
from valuation.frames import ValuationFrames, not_valued, value_company


def value_every_thesis(rows: pl.DataFrame, may_lack_figures: bool) -> list[ValuationFrames]:
    """Each declared thesis valued from the inputs of all companies.

    Where the inputs may lack figures, a thesis that misses one has a reason instead of a value;
    elsewhere that raises MissingInputError.
    """
    scenarios = load_scenarios()
    return [_value_thesis(rows, scenarios, thesis, may_lack_figures) for thesis in load_theses()]


def _value_thesis(
    rows: pl.DataFrame, scenarios: Sequence[Scenario], thesis: Thesis, may_lack_figures: bool
) -> ValuationFrames:
    own = rows.filter(pl.col("ticker") == thesis.ticker)
    known_at = newest_knowledge(own)
    try:
        return value_company(own.iter_rows(named=True), scenarios, thesis, known_at)
    except MissingInputError as error:
        # An archive that holds a part of EDGAR, or what was known of old, may hold too little to
        # value anything; elsewhere a figure that is missing stops the run.
        if not may_lack_figures:
            raise
        return not_valued(thesis, known_at, str(error))


def table_of(valued: Sequence[ValuationFrames], table: str) -> pl.DataFrame:
    """One table of the results, the rows of every thesis."""
    frames: list[pl.DataFrame] = [getattr(frames, table) for frames in valued]
    return pl.concat(frames)
