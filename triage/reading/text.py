"""The message in the reader's normal form, cut into clauses, with the way back to the original positions."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

#: Ends a sentence.
STOPS = frozenset("。！？；\n")
#: Ends a clause; 、 does not, it joins items of a list.
COMMAS = frozenset("，：…~—()（）【】[]<>《》|")
#: A longer clause is cut here, so that text without any punctuation is read in bounded time.
LONGEST_CLAUSE = 120
_HALF_TO_FULL = {
    ",": "，",
    "?": "？",
    "!": "！",
    ";": "；",
    ":": "：",
    "､": "、",
    "｡": "。",
    "﹐": "，",
    "．": ".",
}
_LETTERS_BEFORE_SPACE = frozenset("没有无不未是、和")


@dataclass(frozen=True, slots=True)
class Message:
    """`text[i]` came from position `at[i]` of the original."""

    text: str
    at: tuple[int, ...]
    #: Length of the original, characters.
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Original start and end (exclusive) of a stretch of the normal form."""
        if start >= end or end > len(self.at):
            return (0, 0)
        return self.at[start], self.at[end - 1] + 1


class Normaliser:
    """Half width, simplified, lower case; invisible characters leave, emoji part clauses like a comma."""

    def __init__(self, characters: Mapping[str, str]) -> None:
        self._table = dict(characters)
        self._table.update(_HALF_TO_FULL)
        for code in range(0xFF01, 0xFF5F):
            char = chr(code)
            if char not in "，？！；：．":
                half = chr(code - 0xFEE0)
                self._table[char] = _HALF_TO_FULL.get(half, half.lower())
        self._table["．"] = "."
        self._table["\r"] = "\n"
        for space in "\t\u3000\u00a0\u2002\u2003\u2009":
            self._table[space] = " "

    def __call__(self, text: str) -> Message:
        chars: list[str] = []
        at: list[int] = []
        table = self._table
        for position, char in enumerate(text):
            known = table.get(char)
            if known is None:
                plain = "\u4e00" <= char <= "\u9fff" or "0" <= char <= "9"
                known = char if plain else self._other(char)
                table[char] = known
            if known:
                chars.append(known)
                at.append(position)
        return Message("".join(chars), tuple(at), len(text))

    @staticmethod
    def _other(char: str) -> str:
        category = unicodedata.category(char)
        if char != "\n" and category in {"Cc", "Cf", "Cs", "Mn", "Cn", "Co"}:
            return ""
        if category in {"Zl", "Zp"}:
            return "\n"
        if category == "Zs":
            return " "
        if category == "So" and char not in "℃°":
            return "~"
        lower = char.lower()
        return lower if len(lower) == 1 else char


class Layout:
    """Which clause and sentence a position is in. Clauses are half-open stretches without their comma."""

    def __init__(self, text: str) -> None:
        starts = {0}
        sentences = {0}
        last = 0
        for position, char in enumerate(text):
            if char in STOPS:
                starts.add(position + 1)
                sentences.add(position + 1)
                last = position
            elif char in COMMAS or (char == " " and _is_break(text, position)):
                starts.add(position + 1)
                last = position
            elif position - last >= LONGEST_CLAUSE:
                starts.add(position)
                last = position
        self.starts = sorted(starts)
        self.sentences = sorted(sentences)
        self.length = len(text)

    def clause(self, position: int) -> int:
        """Number of the clause."""
        return bisect_right(self.starts, position) - 1

    def clause_span(self, number: int) -> tuple[int, int]:
        end = self.starts[number + 1] if number + 1 < len(self.starts) else self.length
        return self.starts[number], end

    def sentence(self, position: int) -> int:
        return bisect_right(self.sentences, position) - 1

    def sentence_span(self, number: int) -> tuple[int, int]:
        end = self.sentences[number + 1] if number + 1 < len(self.sentences) else self.length
        return self.sentences[number], end


def _is_break(text: str, position: int) -> bool:
    """A space parts clauses unless it stands by a number or right behind a word that must go on."""
    before = text[position - 1] if position else " "
    after = text[position + 1] if position + 1 < len(text) else " "
    if before in _LETTERS_BEFORE_SPACE:
        return False
    return not (before.isascii() and after.isascii()) and not before.isdigit() and not after.isdigit()
