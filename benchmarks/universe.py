"""Filings of as many companies as are wanted, as data sets of the SEC, and always the same.

`python -m benchmarks.universe DIRECTORY --companies 1000 --years 15` writes one zip a quarter, in
the layout of the Financial Statement Data Sets.

What is realistic about them: a filing has some 1,500 numbers, of which a third have dimensions and
a tenth are in concepts of the filer's own; quarterly reports state the quarter and the year so far,
each beside the year before; annual reports state no fourth quarter; seven filers of ten end their
year in December; revenue changed its concept in 2018; some filings restate, some are amended; and a
few numbers are wrong in the ways numbers are wrong.
"""

import argparse
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

SEED = 20260807
FIRST_CIK = 2_000_000
NUMBERS_OF_A_FILING = 1_500
"""540 million facts in 360,000 filings."""
FIRST_QUARTER = (2010, 1)
REVENUE_CHANGED = (2018, 3)

# Month the fiscal year ends in, and how many filers of a hundred end it there.
YEAR_ENDS = {12: 72, 6: 7, 9: 6, 3: 4, 1: 3, 8: 2, 10: 2, 11: 1, 5: 1, 4: 1, 7: 1}
# As in the data set of 2010q2: numbers left empty 0.44 %, in a concept of the filer's own 11 %, and
# 15 of 522 filings that were amended later.
SHARE_EMPTY = 0.0044
SHARE_OF_OWN_CONCEPTS = 0.11
SHARE_AMENDED = 0.03
# Supposed, to have enough of each: filings that restate the year before; numbers with another sign,
# in thousands, and of a filing that no list names.
SHARE_RESTATING = 0.03
SHARE_FLIPPED = 0.0002
SHARE_IN_THOUSANDS = 0.0001
SHARE_OF_NO_FILING = 0.00001


@dataclass(frozen=True)
class Core:
    """A figure every company has: its concept, what it is of a quarter's sales, how it moves."""

    concept: str
    of_sales: float
    spread: float
    kind: str = "income"


# `income` is stated for the quarter and the year so far, `cash` for the year so far, `instant` for
# the day and the end of the year before.
CORE = (
    Core("Revenues", 1.0, 0.0),
    Core("OperatingIncomeLoss", 0.12, 0.08),
    Core("NetIncomeLoss", 0.08, 0.07),
    Core("IncomeTaxExpenseBenefit", 0.02, 0.01),
    Core("PaymentsToAcquirePropertyPlantAndEquipment", 0.06, 0.04, "cash"),
    Core("NetCashProvidedByUsedInOperatingActivities", 0.14, 0.08, "cash"),
    Core("DepreciationDepletionAndAmortization", 0.05, 0.02, "cash"),
    Core("ShareBasedCompensation", 0.02, 0.01, "cash"),
    Core("Assets", 4.0, 1.0, "instant"),
    Core("CashAndCashEquivalentsAtCarryingValue", 0.5, 0.2, "instant"),
    Core("LongTermDebt", 0.8, 0.4, "instant"),
    Core("PropertyPlantAndEquipmentNet", 1.2, 0.4, "instant"),
    Core("RevenueRemainingPerformanceObligation", 1.1, 0.5, "instant"),
)
NEW_REVENUE = "RevenueFromContractWithCustomerExcludingAssessedTax"
STANDARD_CONCEPTS = 3_000
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
YEARS_BEFORE = 3
"""Years of figures that the first filings compare with."""


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter in which filings are made."""

    year: int
    number: int

    @property
    def index(self) -> int:
        """Quarters since the year 0."""
        return 4 * self.year + self.number - 1

    def __str__(self) -> str:
        return f"{self.year}q{self.number}"


def main() -> None:
    """Write the data sets."""
    options = argparse.ArgumentParser(description="Data sets of filings that nobody made.")
    options.add_argument("directory", type=Path)
    options.add_argument("--companies", type=int, default=1000)
    options.add_argument("--years", type=int, default=15)
    options.add_argument("--numbers", type=int, default=NUMBERS_OF_A_FILING,
                         help="numbers in each filing (default: %(default)s)")  # fmt: skip
    given = options.parse_args()
    given.directory.mkdir(parents=True, exist_ok=True)
    write_universe(given.directory, given.companies, given.years, given.numbers)


def write_universe(directory: Path, companies: int, years: int, numbers: int) -> list[Path]:
    """One zip a quarter, oldest first."""
    universe = Universe(companies, years, numbers)
    return [universe.write(quarter, directory) for quarter in universe.quarters()]


class Universe:
    """Companies and all they will ever file."""

    def __init__(self, companies: int, years: int, numbers: int) -> None:
        self._random = np.random.default_rng(SEED)
        self._count, self._years, self._numbers = companies, years, numbers
        months, weights = list(YEAR_ENDS), np.array(list(YEAR_ENDS.values()), float)
        self._year_end = self._random.choice(months, companies, p=weights / weights.sum())
        self._cik = FIRST_CIK + np.arange(companies)
        self._sic = self._random.choice([2834, 3674, 5961, 6022, 7370, 7372], companies)

    def quarters(self) -> list[Quarter]:
        """The quarters in which there are filings."""
        first = Quarter(*FIRST_QUARTER).index
        return [Quarter(i // 4, i % 4 + 1) for i in range(first, first + 4 * self._years)]

    @cached_property
    def figures(self) -> FloatArray:
        """Each core figure of each company in each quarter; the first ones are from before."""
        quarters = 4 * (self._years + YEARS_BEFORE)
        shape = (self._count, quarters)
        start = self._random.lognormal(np.log(5e7), 2.0, (self._count, 1))
        growth = self._random.normal(0.015, 0.03, shape).cumsum(axis=1)
        season = 1 + 0.1 * np.sin(np.arange(quarters) * np.pi / 2)
        sales = start * np.exp(growth) * season
        found = [sales]
        for core in CORE[1:]:
            own = self._random.normal(core.of_sales, core.spread, (self._count, 1))
            drift = self._random.normal(0, core.spread / 20 + 1e-9, shape).cumsum(axis=1)
            found.append(sales * (own + drift))
        return np.round(np.stack(found), -3)

    @cached_property
    def _sums(self) -> FloatArray:
        """Running sums of the figures, with a zero before the first."""
        zero = np.zeros((*self.figures.shape[:2], 1))
        return np.concatenate([zero, self.figures.cumsum(axis=2)], axis=2)

    def write(self, quarter: Quarter, directory: Path) -> Path:
        """The data set of one quarter."""
        filings, numbers = self.reports(quarter)
        path = directory / f"{quarter}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _save(archive, "sub", filings)
            _save(archive, "num", _with_errors(numbers, np.random.default_rng(quarter.index)))
            _save(archive, "tag", _tags())
            _save(archive, "pre", _presentation(filings))
        return path

    def reports(self, quarter: Quarter) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The filings of a quarter and the numbers they state, the same whenever it is asked."""
        random = np.random.default_rng((SEED, quarter.index))
        filings = self._filings(quarter, random)
        core = self._core(quarter, filings, random)
        return filings, pl.concat([core, self._others(quarter, filings)])

    def _filings(self, quarter: Quarter, random: np.random.Generator) -> pl.DataFrame:
        """One report of each company, and the amendments."""
        month = 3 * (quarter.index - 1) + (self._year_end - 1) % 3
        months_into_year = (month - (self._year_end - 1)) % 12
        number = np.where(months_into_year == 0, 4, months_into_year // 3)
        reports = pl.DataFrame(
            {
                "company": np.arange(self._count),
                "cik": self._cik,
                "sic": self._sic,
                "year_end": self._year_end,
                "month": month,
                "quarter": number,
                "days": np.where(number == 4, 60, 38) + random.integers(0, 20, self._count),
                "is_amendment": False,
            }
        )
        amended = reports.filter(random.random(self._count) < SHARE_AMENDED)
        both = pl.concat(
            [reports, amended.with_columns(pl.lit(True).alias("is_amendment"), pl.col("days") + 15)]
        )
        ends = _month_end(pl.col("month"))
        year = pl.col("month") // 12 + (pl.col("month") % 12 >= pl.col("year_end")).cast(pl.Int64)
        last_day = pl.date(quarter.year, 3 * quarter.number, 1).dt.month_end()
        filed = pl.min_horizontal(ends + pl.duration(days=pl.col("days")), last_day)
        form = pl.when(pl.col("quarter") == 4).then(pl.lit("10-K")).otherwise(pl.lit("10-Q"))
        suffix = pl.when("is_amendment").then(pl.lit("/A")).otherwise(pl.lit(""))
        return both.with_columns(
            pl.format(
                "{}-{}-{}",
                pl.col("cik").cast(pl.String).str.zfill(10),
                pl.lit(f"{quarter.year % 100:02d}"),
                (pl.lit(10 * quarter.number) + pl.col("is_amendment").cast(pl.Int64))
                .cast(pl.String)
                .str.zfill(6),
            ).alias("adsh"),
            pl.format("COMPANY {} INC", pl.col("company")).alias("name"),
            pl.format("{}{}", pl.col("year_end").cast(pl.String).str.zfill(2), pl.lit("31")).alias(
                "fye"
            ),
            (form + suffix).alias("form"),
            ends.dt.strftime("%Y%m%d").alias("period"),
            year.alias("fy"),
            pl.when(pl.col("quarter") == 4)
            .then(pl.lit("FY"))
            .otherwise(pl.format("Q{}", "quarter"))
            .alias("fp"),
            filed.dt.strftime("%Y%m%d").alias("filed"),
            filed.dt.strftime("%Y-%m-%d 16:30:00.0").alias("accepted"),
            pl.format("company-{}.xml", "company").alias("instance"),
        )

    def _core(
        self, quarter: Quarter, filings: pl.DataFrame, random: np.random.Generator
    ) -> pl.DataFrame:
        """What the filings state of the core figures."""
        now = quarter.index - Quarter(*FIRST_QUARTER).index + 4 * YEARS_BEFORE - 1
        is_annual = filings["quarter"].to_numpy() == 4
        number = filings["quarter"].to_numpy()
        every = np.ones(filings.height, dtype=bool)
        restates = random.random(filings.height) < SHARE_RESTATING
        found = []
        for place, core in enumerate(CORE):
            for back in (0, 4, 8):
                stated = every if back < 8 else is_annual
                if core.kind == "instant":
                    if back == 0:
                        found.append(self._lines(filings, place, now, every, 0 * number, 0))
                        found.append(self._lines(filings, place, now, every, 0 * number, number))
                    continue
                factor = np.where(restates & (back == 4), 1.02, 1.0)
                found.append(self._lines(filings, place, now, stated, number, back, factor))
                if core.kind == "income" and back < 8:
                    single = (number > 1) & ~is_annual
                    found.append(
                        self._lines(filings, place, now, single, 0 * number + 1, back, factor)
                    )
        return pl.concat(found)

    def _lines(
        self,
        filings: pl.DataFrame,
        place: int,
        now: int,
        stated: BoolArray,
        quarters: IntArray,
        back: int | IntArray,
        factor: float | FloatArray = 1.0,
    ) -> pl.DataFrame:
        """One core figure of many quarters, or of a day, as each filing states it."""
        company = filings["company"].to_numpy()
        end = now - back + np.zeros(filings.height, dtype=int)
        sums = self._sums[place, company]
        rows = np.arange(filings.height)
        flow = sums[rows, end + 1] - sums[rows, end + 1 - quarters]
        value = np.where(quarters == 0, self.figures[place, company, end], flow) * factor
        month = filings["month"].to_numpy() - 3 * (now - end)
        concept = np.full(filings.height, CORE[place].concept)
        if place == 0:
            new = 4 * REVENUE_CHANGED[0] + REVENUE_CHANGED[1] - 1
            concept = np.where(filings["month"].to_numpy() // 3 >= new, NEW_REVENUE, concept)
        return (
            pl.DataFrame(
                {
                    "adsh": filings["adsh"],
                    "tag": concept,
                    "version": "us-gaap/2020",
                    "month": month,
                    "qtrs": quarters,
                    "uom": "USD",
                    "segments": pl.Series([None], dtype=pl.String).new_from_index(0, len(rows)),
                    "value": np.round(value),
                }
            )
            .filter(pl.Series(stated))
            .with_columns(pl.col("month").cast(pl.Int64), pl.col("qtrs").cast(pl.Int64))
        )

    def _others(self, quarter: Quarter, filings: pl.DataFrame) -> pl.DataFrame:
        """The numbers that are no core figure: six forms of each of many concepts."""
        each = max(0, self._numbers - 40)
        rows = filings.height * each
        of = np.repeat(np.arange(filings.height), each)
        line = np.tile(np.arange(each), filings.height)
        company = filings["company"].to_numpy()[of]
        form, place = line % 6, line // 6
        tag = (place * 7 + company * 13) % STANDARD_CONCEPTS
        is_own = (place * 100 // max(1, each // 6)) < 100 * SHARE_OF_OWN_CONCEPTS
        is_instant = tag % 2 == 0
        number = filings["quarter"].to_numpy()[of]
        scale = self.figures[0, company, -1]
        noise = np.random.default_rng(quarter.index).lognormal(-3, 1.5, rows)
        adsh = filings["adsh"].gather(of)
        return pl.DataFrame(
            {
                "adsh": adsh,
                "tag": pl.Series(OTHER_CONCEPTS).gather(tag),
                "version": pl.select(
                    pl.when(pl.Series(is_own)).then(adsh).otherwise(pl.lit("us-gaap/2020"))
                ).to_series(),
                "month": filings["month"].to_numpy()[of] - np.where(form % 2 == 1, 12, 0),
                "qtrs": np.where(is_instant, 0, np.where(form >= 4, 1, number)),
                "uom": "USD",
                "segments": SEGMENTS.gather(np.where(form >= 4, 1 + place % 5, 0)),
                "value": np.round(scale * noise, -3),
            }
        ).with_columns(pl.col("month").cast(pl.Int64), pl.col("qtrs").cast(pl.Int64))


OTHER_CONCEPTS = [f"OtherConcept{number:04d}" for number in range(STANDARD_CONCEPTS)]
SEGMENTS = pl.Series(
    [
        None,
        "BusinessSegments=Cloud;",
        "BusinessSegments=Retail;",
        "ProductOrService=Services;",
        "StatementGeographical=US;",
        "EquityComponents=RetainedEarnings;",
    ]
)


def _month_end(month: pl.Expr) -> pl.Expr:
    """The last day of a month counted from the first of the year 0."""
    return pl.date(month // 12, month % 12 + 1, 1).dt.month_end()


def _with_errors(numbers: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """In the columns of `num`, with some numbers as they should not be."""
    chance = pl.Series(random.random(numbers.height))
    edges = np.cumsum([SHARE_EMPTY, SHARE_FLIPPED, SHARE_IN_THOUSANDS, SHARE_OF_NO_FILING])
    value = pl.col("value").cast(pl.Int64)
    return numbers.select(
        pl.when((chance >= edges[2]) & (chance < edges[3]))
        .then(pl.lit("0000000000-00-000000"))
        .otherwise("adsh")
        .alias("adsh"),
        "tag",
        "version",
        _month_end(pl.col("month")).dt.strftime("%Y%m%d").alias("ddate"),
        "qtrs",
        "uom",
        "segments",
        pl.lit(None, pl.String).alias("coreg"),
        pl.when(chance < edges[0])
        .then(None)
        .when(chance < edges[1])
        .then(-value)
        .when(chance < edges[2])
        .then(value // 1000)
        .otherwise(value)
        .alias("value"),
        pl.lit(None, pl.String).alias("footnote"),
    )


def _tags() -> pl.DataFrame:
    concepts = [*(core.concept for core in CORE), NEW_REVENUE, *OTHER_CONCEPTS]
    return pl.DataFrame({"tag": concepts}).with_columns(
        pl.lit("us-gaap/2020").alias("version"),
        pl.lit(0).alias("custom"),
        pl.lit(0).alias("abstract"),
        pl.lit("monetary").alias("datatype"),
        pl.lit("D").alias("iord"),
        pl.lit("C").alias("crdr"),
        pl.col("tag").alias("tlabel"),
        pl.lit(None, pl.String).alias("doc"),
    )


def _presentation(filings: pl.DataFrame) -> pl.DataFrame:
    lines = pl.DataFrame({"line": range(1, len(CORE) + 1), "tag": [core.concept for core in CORE]})
    return (
        filings.select("adsh")
        .join(lines, how="cross")
        .select(
            "adsh",
            pl.lit(2).alias("report"),
            "line",
            pl.lit("IS").alias("stmt"),
            pl.lit(0).alias("inpth"),
            pl.lit("X").alias("rfile"),
            "tag",
            pl.lit("us-gaap/2020").alias("version"),
            pl.col("tag").alias("plabel"),
            pl.lit(0).alias("negating"),
        )
    )


def _save(archive: zipfile.ZipFile, name: str, rows: pl.DataFrame) -> None:
    with archive.open(f"{name}.txt", "w", force_zip64=True) as text:
        rows.write_csv(text, separator="\t", quote_style="never", null_value="")


if __name__ == "__main__":
    main()
