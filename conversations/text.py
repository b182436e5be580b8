"""Cleaning and cutting of what people type. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_KEPT_CONTROLS = "\n\t"
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SENTENCE_ENDS = "。！？!?；;\n"


def clean(text: str) -> str:
    """Without control, invisible and private characters: a zero-width space must not hide a word."""
    kept = (char for char in text if char in _KEPT_CONTROLS or unicodedata.category(char) not in _DROPPED)
    return "".join(kept).strip()


def has_words(text: str) -> bool:
    """True if there is any letter, Chinese character or digit: something other than emoji and punctuation."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def pieces(text: str, size: int) -> Iterator[str]:
    """The text in pieces of at most `size` characters, cut behind a sentence where there is one."""
    start = 0
    while start < len(text):
        end = min(start + size, len(text))
        if end < len(text):
            cut = max(text.rfind(mark, start, end) for mark in _SENTENCE_ENDS)
            if cut > start:
                end = cut + 1
        yield text[start:end]
        start = end
