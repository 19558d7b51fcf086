"""Section on the assumptions: every driver, what it is drawn from, its basis and why."""

from collections.abc import Mapping, Sequence

from registry.assumptions import (
    BASE_SCENARIO,
    COMPANY_DRIVERS,
    DRIVERS,
    PARTS,
    Assumption,
    Scenario,
)
from report import formats
from report.content import Cell, Header, Row, Section, Statement, Table, cite, number
from report.drivers import range_text, short_name, value_text
from report.inputs import ReportInputs
from report.valuation_sections import part_name, place, scenario_label


def assumptions_section(inputs: ReportInputs) -> Section:
    """Every driver in every scenario, with its basis and why it was chosen."""
    title = "Assumptions"
    ordered = sorted(inputs.declared_scenarios, key=lambda each: place(each.name))
    if not ordered:
        return Section("assumptions", title, absence="No assumptions are declared.")
    cells = _driver_cells(inputs)
    groups = {part: part_name(inputs, part) for part in PARTS} | {"": "Company as a whole"}
    return Section(
        "assumptions",
        title,
        statements=tuple(
            Statement(f"{scenario_label(each.name)}: {each.statement}") for each in ordered
        ),
        tables=tuple(
            _assumption_table(heading, _drivers_of(part), ordered, cells, _distributions(inputs))
            for part, heading in groups.items()
        )
        + _correlation_table(inputs, ordered),
        notes=(
            "Basis: filing, taken from a filing; derived, computed from filed figures; published, "
            "taken from a cited publication; judgement, our own.",
        ),
    )


def _drivers_of(part: str) -> list[str]:
    """Drivers of a part in declared order; those of the company for the empty part."""
    if not part:
        return list(COMPANY_DRIVERS)
    own = (name for name in DRIVERS if name not in COMPANY_DRIVERS)
    return [name for name in own if name.startswith(f"{part}_")]


def _driver_cells(inputs: ReportInputs) -> dict[tuple[str, str], Row]:
    return {
        (row["scenario"], row["driver"]): row
        for row in inputs.scenario_drivers.iter_rows(named=True)
    }


def _assumption_table(
    heading: str,
    drivers: Sequence[str],
    scenarios: Sequence[Scenario],
    values: dict[tuple[str, str], Row],
    distributions: dict[str, Cell],
) -> Table:
    headers = (
        Header("Driver", is_number=False),
        *(Header(scenario_label(scenario.name)) for scenario in scenarios),
        Header("Drawn from", is_number=False),
        Header("Basis and why", is_number=False, is_prose=True),
    )
    body = tuple(
        (
            Cell(DRIVERS[driver].meaning),
            *(_driver_value(scenario, driver, values) for scenario in scenarios),
            distributions.get(driver, Cell("fixed")),
            _rationale({each.name: each.drivers[driver] for each in scenarios}),
        )
        for driver in drivers
    )
    return Table(heading, headers, body)


def _distributions(inputs: ReportInputs) -> dict[str, Cell]:
    """What each driver that varies was drawn from in the simulation."""
    return {row["driver"]: _drawn(row) for row in inputs.simulation_drivers.iter_rows(named=True)}


def _drawn(row: Row) -> Cell:
    """Family, and its bounds or its spread with what that was estimated from."""
    family = str(row["family"])
    if row["spread"] is None:
        bounds = range_text(row["driver"], row["low"], row["high"], row["unit"])
        return Cell(f"{family}, {bounds}")
    spread = value_text(row["driver"], row["spread"], row["unit"])
    details = []
    if row["spread_observations"] is not None:
        details.append(f"estimated from {row['spread_observations']} overlapping observations")
    if row["beyond_range_ratio"]:
        share = formats.chance(row["beyond_range_ratio"])
        bounds = range_text(row["driver"], row["low"], row["high"], row["unit"])
        details.append(f"{share} of the draws lie beyond the declared {bounds}")
    return Cell(f"{family}, ± {spread}", detail="; ".join(details))


def _correlation_table(inputs: ReportInputs, scenarios: Sequence[Scenario]) -> tuple[Table, ...]:
    """The correlations of the scenario that is simulated."""
    declared = [
        each
        for scenario in scenarios
        if scenario.name == BASE_SCENARIO
        for each in scenario.correlations
    ]
    if not declared:
        return ()
    body = tuple(
        (
            Cell(" and ".join(short_name(driver, inputs.cloud_name) for driver in each.drivers)),
            number(f"{each.value:+.1f}".replace("-", formats.MINUS)),
            Cell(f"{each.basis}: {each.rationale}"),
        )
        for each in declared
    )
    headers = (
        Header("Two drivers", is_number=False),
        Header("Correlation"),
        Header("Basis and why", is_number=False, is_prose=True),
    )
    return (Table("Drivers drawn together; all others are independent", headers, body),)


def _driver_value(scenario: Scenario, driver: str, values: dict[tuple[str, str], Row]) -> Cell:
    row = values.get((scenario.name, driver))
    unit = DRIVERS[driver].unit
    if row is None:
        return number(value_text(driver, scenario.drivers[driver].value, unit))
    return number(value_text(driver, row["value"], unit), cite(row))


def _rationale(assumptions: Mapping[str, Assumption]) -> Cell:
    """Basis and rationale of the base scenario; those of the others folded where they differ."""
    words = {name: _assumption_words(assumption) for name, assumption in assumptions.items()}
    shown = words.get(BASE_SCENARIO) or next(iter(words.values()))
    others = {name: text for name, text in words.items() if text != shown}
    return Cell(
        shown,
        more_label=" and ".join(map(scenario_label, others)).lower(),
        more="\n".join(f"{scenario_label(name)}: {text}" for name, text in others.items()),
    )


def _assumption_words(assumption: Assumption) -> str:
    backing = assumption.citation or assumption.expression
    words = f"{assumption.basis}: {assumption.rationale}"
    return f"{words} [{backing}]" if backing else words
