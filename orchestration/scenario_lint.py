"""Declared assumptions, checked file by file: every problem of every file, not the first alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from registry.assumptions import (
    BASE_SCENARIO,
    SCENARIOS_DIR,
    THESES_DIR,
    Scenario,
    Thesis,
)
from registry.methods import FRONTIER_AXES, Methods, load_methods
from registry.models import (
    REGISTRY_DIR,
    Declared,
    Registry,
    RegistryError,
    load_registry,
    read_yaml,
)
from valuation.distributions import correlation_matrix, correlation_root
from valuation.errors import ValuationError

METHODS_PATH = REGISTRY_DIR / "methods.yml"


@dataclass(frozen=True)
class Problem:
    """What does not hold, in which file and at which key."""

    path: Path
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.path.name}: {self.key}: {self.message}" if self.key else self.message


def lint_declarations(paths: Sequence[Path]) -> tuple[int, list[Problem]]:
    """How many files were checked, and what does not hold in them.

    Without paths, the registry's scenarios, theses and methods. A file with `drivers` is a
    scenario, one with `claims` a thesis, one with `simulation` the settings of the method.
    """
    files = sorted(_files(paths or [SCENARIOS_DIR, THESES_DIR, METHODS_PATH]))
    registry = load_registry()
    problems = [problem for path in files for problem in _problems(path, registry)]
    return len(files), [*problems, *_repeated(files)]


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from path.glob("*.yml")
        else:
            yield path


def _problems(path: Path, registry: Registry) -> Iterator[Problem]:
    try:
        content = read_yaml(path)
    except RegistryError as error:
        yield Problem(path, "", str(error))
        return
    model = _model(content)
    if model is None:
        yield Problem(path, "file", "neither a scenario (drivers), a thesis (claims) nor methods")
        return
    try:
        declared = model.model_validate(content)
    except ValidationError as error:
        for item in error.errors():
            key = ".".join(map(str, item["loc"])) or "file"
            yield Problem(path, key, item["msg"].removeprefix("Value error, "))
        return
    yield from _unfitting(path, declared, registry)


def _model(content: dict[str, Any]) -> type[Declared] | None:
    for key, model in (("drivers", Scenario), ("claims", Thesis), ("simulation", Methods)):
        if key in content:
            return model
    return None


def _unfitting(path: Path, declared: Declared, registry: Registry) -> Iterator[Problem]:
    """What a file says that the rest of the registry, or the mathematics, does not allow."""
    if isinstance(declared, Scenario | Thesis):
        try:
            company = registry.company(declared.ticker)
        except RegistryError as error:
            yield Problem(path, "ticker", str(error))
            return
        segments = {part.id for part in company.segments}
        if isinstance(declared, Scenario) and declared.cloud_segment not in segments:
            known = ", ".join(sorted(segments))
            yield Problem(path, "cloud_segment", f"not a segment of {company.ticker}: {known}")
    if isinstance(declared, Scenario):
        matrix = correlation_matrix(declared.uncertain_drivers, declared.correlations)
        yield from _unranged(path, declared)
        try:
            correlation_root(matrix, declared.label)
        except ValuationError as error:
            yield Problem(path, "correlations", str(error))


def _unranged(path: Path, scenario: Scenario) -> Iterator[Problem]:
    """Drivers of a base scenario that are moved between a low and a high it does not give."""
    methods = load_methods()
    moved = {*FRONTIER_AXES, methods.frontier.solved, *methods.what_if.axes}
    for name in sorted(moved) if scenario.name == BASE_SCENARIO else ():
        if scenario.drivers[name].low is None or scenario.drivers[name].high is None:
            yield Problem(path, f"drivers.{name}", "low and high are needed to move within")


def _repeated(files: Sequence[Path]) -> Iterator[Problem]:
    """Scenarios declared in more than one file."""
    first: dict[tuple[object, object], Path] = {}
    for path in files:
        try:
            content = read_yaml(path)
        except RegistryError:
            continue
        key = (content.get("ticker"), content.get("name"))
        if "drivers" in content and first.setdefault(key, path) != path:
            yield Problem(path, "name", f"{key[0]} {key[1]} is declared in {first[key].name} too")
