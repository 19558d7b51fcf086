"""The examples of the documents: their blocks, the commands in them, and what is shown of them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
HERE_DOCUMENT = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?\n(?!.*^\1$)", flags=re.MULTILINE | re.DOTALL)
LEFT_OUT = "…"
FRAMES = re.compile(r"[│┃┏┓┗┛━┳┻╇┡┩┼├┤┌┐└┘─┬┴╞╪╡═╭╮╰╯|]+")


@dataclass(frozen=True)
class Block:
    """A fenced block: what it is written in, and what the document shows it to print."""

    document: str
    line: int
    language: str
    text: str
    shown: str = ""

    def __str__(self) -> str:
        """Where it is."""
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    """Every document people read."""
    own = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    return [path for path in own if path.exists()] + sorted((ROOT / "docs").rglob("*.md"))


def blocks(document: Path) -> list[Block]:
    """The blocks of a document; a `text` block is what the block before it prints."""
    text = document.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match[1] == "text" and found:
            found[-1] = Block(*list(vars(found[-1]).values())[:4], shown=match[2])
        else:
            name = str(document.relative_to(ROOT))
            found.append(Block(name, line, match[1], match[2]))
    return found


def commands_of(block: Block) -> Iterator[str]:
    """The commands of a block as they would be typed, comments left out, quoted newlines kept.

    In a `console` block a command stands after the prompt, that of a user or of root.
    """
    pending, text = "", block.text
    if block.language == "console":
        text = "".join(f"{line}\n" for line in re.findall(r"^[$#] (.*)$", text, re.MULTILINE))
    for line in text.splitlines(keepends=True):
        pending += line
        if pending.rstrip("\n").endswith("\\") or HERE_DOCUMENT.search(pending):
            continue
        try:
            words = shlex.split(pending, comments=True)
        except ValueError:
            continue
        if words:
            yield pending.strip()
        pending = ""
    if pending.strip():
        raise ValueError(f"{block}: a quote or a here-document has no end: {pending}")


def plain(text: str) -> str:
    """Without frames of tables, and every run of blanks and breaks as one blank."""
    return " ".join(FRAMES.sub(" ", text).split())


def missing_lines(shown: str, printed: str) -> list[str]:
    """Lines shown that were not printed, or not in this order."""
    rest, missing = plain(printed), []
    for line in map(plain, shown.splitlines()):
        if not line or line == LEFT_OUT:
            continue
        _, found, after = rest.partition(line)
        if found:
            rest = after
        else:
            missing.append(line)
    return missing
