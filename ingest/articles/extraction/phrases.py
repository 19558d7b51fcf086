"""Declared phrases found in a text: longest first, word by word, whatever the case or hyphens."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

# The stop of an abbreviation does not end a phrase.
WORD = re.compile(r"(?:incl|excl|adj|est|approx)\.|[a-z0-9]+|[~≈><≥≤]", re.IGNORECASE)
# What may stand between the words of one phrase: no stop, no bracket.
INNER_GAP = re.compile(r"[ \-–/&'’,$]{0,3}|['’]s ")
POSSESSIVE = re.compile(r"['’]s\b")


@dataclass(frozen=True)
class Mention:
    """A declared phrase at text[start:end], and one of the things it says: a kind and a value."""

    start: int
    end: int
    kind: str
    value: Any


class PhraseBook:
    """Phrases and what they say; a phrase may say several things."""

    def __init__(self, entries: Iterable[tuple[str, str, Any]]) -> None:
        """`entries` are phrase, kind and value."""
        self._root: dict[str, Any] = {}
        for phrase, kind, value in entries:
            node = self._root
            for word in WORD.findall(POSSESSIVE.sub("", phrase.lower())):
                node = node.setdefault(word, {})
            node.setdefault("", []).append((kind, value))

    def find(self, text: str) -> Iterator[Mention]:
        """Mentions in order; at each word the longest phrase alone, and none inside another."""
        words = [
            (match.group().rstrip("."), *match.span())
            for match in WORD.finditer(POSSESSIVE.sub(_blank, text.lower()))
        ]
        position = 0
        while position < len(words):
            length, meanings = self._longest(text, words, position)
            for kind, value in meanings:
                yield Mention(words[position][1], words[position + length - 1][2], kind, value)
            position += max(length, 1)

    def _longest(
        self, text: str, words: list[tuple[str, int, int]], position: int
    ) -> tuple[int, list[tuple[str, Any]]]:
        node: dict[str, Any] = self._root
        found: tuple[int, list[tuple[str, Any]]] = (0, [])
        for index in range(position, len(words)):
            word, start, _ = words[index]
            if index > position and not INNER_GAP.fullmatch(text, words[index - 1][2], start):
                break
            if word not in node:
                break
            node = node[word]
            if "" in node:
                found = (index + 1 - position, node[""])
        return found


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
