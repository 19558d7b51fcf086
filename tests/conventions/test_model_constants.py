"""No assumption hides in the code of room `valuation`: every number of the model is declared.

Numbers of a company stand in `registry/scenarios/*.yml`, those of the method in
`registry/methods.yml`. In code 0, 1 and 2 are arithmetic; every other number is refused unless it
is a named constant of a module listed below, with the reason it is a definition.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[2] / "valuation"
MODULES = sorted(ROOM.glob("*.py"))
ARITHMETIC = {0, 1, 2}
NUMERAL = r"[+-]?[\d_]*\.?[\d_]*\d(e[+-]?\d+)?"

DEFINITIONS = {
    "QUARTERS_IN_YEAR": "the calendar",
    "DAYS_IN_YEAR": "the calendar, leap years shared out",
    "PERT_WEIGHT": "part of what a PERT distribution is",
    "LEVEL_DIGITS": "rounds the dust of a subtraction off a level; no value depends on it",
}


def undeclared(source: str) -> Iterator[tuple[int, object]]:
    """Line and value of each number in a module that is neither arithmetic nor a definition."""
    tree = ast.parse(source)
    defined = {
        id(inner)
        for node in tree.body
        if _names(node) & DEFINITIONS.keys()
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in defined:
            continue
        if _is_number(node.value) and node.value not in ARITHMETIC:
            yield node.lineno, node.value


def _is_number(value: object) -> bool:
    """Whether a literal is a number, or text that a conversion would turn into one."""
    if isinstance(value, str):
        return re.fullmatch(NUMERAL, value) is not None
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def _names(node: ast.stmt) -> set[str]:
    """The names a statement of a module assigns."""
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_every_number_of_the_model_is_declared(module):
    found = [f"{module.name}:{line}: {value!r}" for line, value in undeclared(module.read_text())]
    assert found == [], "declare it in registry/scenarios or registry/methods.yml"


def test_every_definition_is_still_there():
    defined = {
        name
        for module in MODULES
        for node in ast.parse(module.read_text()).body
        for name in _names(node)
    }
    assert DEFINITIONS.keys() <= defined


@pytest.mark.parametrize(
    ("hidden", "value"),
    [
        ("def value(cash_flow):\n    return cash_flow * 0.85", 0.85),
        ("def value(cash_flow, rate=0.085):\n    return cash_flow / rate", 0.085),
        ("EQUITY_PREMIUM = 0.045", 0.045),
        ("class Drivers:\n    beta: float = 1.15", 1.15),
        ("def value(x):\n    PERT_WEIGHT = 4\n    return x * PERT_WEIGHT", 4),
        ("RATE = float('0.085')", "0.085"),
        ("FLOORS = {'wacc': -3}", 3),
        ("match years:\n    case 10:\n        pass", 10),
        ("TRILLION = 10**12", 10),
    ],
)
def test_a_number_hidden_in_code_is_found(hidden, value):
    assert value in [found for _, found in undeclared(hidden)]


@pytest.mark.parametrize(
    "plain",
    [
        "def middle(low, high):\n    return (low + high) / 2 - 1 * 0",
        "QUARTERS_IN_YEAR = 4",
        'def value(x):\n    """Worth 0.85 of it.\n\n    Not 3.\n    """\n    return -1 * x',
        "IS_KNOWN = True",
        "print(f'{1:.4f} of column low_50_usd')",
    ],
)
def test_arithmetic_definitions_and_words_are_no_assumptions(plain):
    assert list(undeclared(plain)) == []
