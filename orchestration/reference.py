"""The reference pages of commands, configuration and errors, made of the code: `make reference`.

Belongs here: how they are laid out. Does not belong here: any text about a command, a variable or
an error; those stand with them (`cli`, `variables`, the errors' docstrings, `repairs`).
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from typer.main import get_command

from orchestration.cli import app
from orchestration.exits import exit_code_of
from orchestration.repairs import TRANSIENT, TREES, errors_under, repair_of
from orchestration.variables import VARIABLES

# What commands call that takes the lock of the data directory.
LOCKING = ("guard_process", "rollback", "examine")
MADE = "Made by `make reference`; change the code it is made of."


def reference_pages() -> dict[str, str]:
    """Text by file name."""
    return {
        "commands.md": "\n".join(_commands_page()),
        "configuration.md": "\n".join(_configuration_page()),
        "errors.md": "\n".join(_errors_page()),
    }


def commands() -> dict[str, Any]:
    """Every command by its full name, groups left out."""
    return dict(sorted(_leaves("plumbline", get_command(app))))


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for child in command.commands.values():
        yield from _leaves(f"{name} {child.name}", child)


def _commands_page() -> Iterator[str]:
    yield "# Commands\n"
    yield f"{MADE} `plumbline COMMAND --help` says the same.\n"
    yield f"{app.info.epilog} Each command below names those it may end with.\n"
    for name, command in commands().items():
        yield from _command(name, command)


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{command.help.strip()}\n"
    yield f"```text\n{_usage(name, command)}\n```\n"
    if command.params:
        yield "| argument or option | value | meaning |"
        yield "|---|---|---|"
        for parameter in command.params:
            yield f"| {_spelled(parameter)} | {_value(parameter)} | {_cell(parameter.help or '')} |"
        yield ""
    yield f"Exit codes: {', '.join(map(str, exit_codes(command)))}.\n"


def exit_codes(command: Any) -> list[int]:
    """The codes a command may end with, by what its function calls."""
    called = command.callback.__wrapped__.__code__.co_names
    codes = {0, 2}
    if "explained" in called or "EXIT_STOPPED" in called:
        codes.add(1)
    if set(LOCKING) & set(called):
        codes.add(3)
    if "published_settings" in called:
        codes.add(4)
    return sorted(codes)


def _usage(name: str, command: Any) -> str:
    parts = [name]
    required = [each for each in command.params if each.required and _is_option(each)]
    parts += [f"{each.opts[0]} {_placeholder(each)}" for each in required]
    if len(required) < sum(map(_is_option, command.params)):
        parts.append("[OPTIONS]")
    for parameter in command.params:
        if not _is_option(parameter):
            shown = parameter.name.upper() + ("…" if parameter.nargs == -1 else "")
            parts.append(shown if parameter.required else f"[{shown}]")
    return " ".join(parts)


def _is_option(parameter: Any) -> bool:
    return bool(parameter.opts[0].startswith("-"))


def _spelled(parameter: Any) -> str:
    names = [*parameter.opts, *parameter.secondary_opts] if _is_option(parameter) else None
    return ", ".join(f"`{name}`" for name in names or [parameter.name.upper()])


def _value(parameter: Any) -> str:
    """What the value may be, whether it must be given, and what it is otherwise."""
    kind = "flag" if getattr(parameter, "is_flag", False) else _placeholder(parameter)
    if parameter.required:
        return f"{kind}, needed"
    several = ", several" if parameter.nargs == -1 or parameter.multiple else ""
    default = parameter.default
    if default is None or (getattr(parameter, "is_flag", False) and not parameter.secondary_opts):
        return f"{kind}{several}"
    if getattr(parameter, "is_flag", False):
        return f"flag, default `{parameter.opts[0] if default else parameter.secondary_opts[0]}`"
    return f"{kind}{several}, default `{getattr(default, 'value', default)}`"


def _placeholder(parameter: Any) -> str:
    annotation = parameter.type_descriptor.annotation
    kind = next(iter(getattr(annotation, "__args__", ())), annotation)
    if issubclass(kind, Enum):
        return " or ".join(str(each.value) for each in kind)
    if issubclass(kind, int):
        bounds = [
            f"{word} {bound}"
            for word, bound in (("from", parameter.min), ("to", parameter.max))
            if bound is not None
        ]
        return " ".join(["whole number", *bounds])
    return {Path: "path", datetime: "YYYY-MM-DD", float: "number"}.get(kind, "text")


def _configuration_page() -> Iterator[str]:
    yield "# Configuration\n"
    yield f"{MADE}\n"
    yield (
        "Settings are variables of the environment; `.env.example` lists them to copy. Nothing of"
        " the method is set here: that stands in `registry/`.\n"
    )
    for each in VARIABLES:
        yield f"## {each.name}\n"
        yield f"{each.meaning}\n"
        default = f"`{each.default}`" if each.default else "none"
        yield f"- Value: {each.form}. Default: {default}."
        yield f"- Otherwise: {each.otherwise}\n"


def _errors_page() -> Iterator[str]:
    yield "# Errors\n"
    yield f"{MADE}\n"
    yield (
        "A message names the error, what it is about, where, and what to do. *Permanent* errors"
        " come again with the same input; *transient* ones pass. The number is the exit code of a"
        " command that ends with the error. During a refresh it is one line of what stopped it, and"
        " the code is 1; about one of several articles it is a row of `raw.rejects`.\n"
    )
    for room, bases in TREES.items():
        yield f"## {room}\n"
        yield "| error | what | what to do |"
        yield "|---|---|---|"
        for base in bases:
            for error in errors_under(base):
                yield _error(error)
        yield ""


def _error(error: type[Exception]) -> str:
    what = (error.__doc__ or "").strip().split("\n\n")[0]
    what = " ".join(what.split()).removesuffix(" Permanent.").removesuffix(" Transient.")
    kind = "transient" if issubclass(error, TRANSIENT) else "permanent"
    code = exit_code_of(error)
    marked = kind if code is None else f"{kind}, {code}"
    return f"| `{error.__name__}`<br>{marked} | {_cell(what)} | {_cell(repair_of(error))} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(directory: Path) -> None:
    """Write the pages there."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in reference_pages().items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
