"""Cleaning and cutting of what people type. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from conversations.model import Button

_KEPT_CONTROLS = "\n\t"
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
#: More options than this are not numbered, so that one digit names one.
MOST_NUMBERED = 9
#: A question whose answer may be a number of its own.
_ASKS_A_NUMBER = re.compile(r"多少|多大|多高|多重|几(?!个选项|种情况)")
_CHOICE = re.compile(r"\W*(?:我?选择?|选项|回复|第)?\s*([1-9一二三四五六七八九])\s*(?:个|项|号)?(?:吧)?\W*")
_CHINESE_DIGITS = {char: place for place, char in enumerate("一二三四五六七八九", 1)}
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


def numbered(text: str, options: Sequence[Button]) -> tuple[Button, ...]:
    """The options that a channel without buttons offers as "1. …" below a text.

    None where the question itself may be answered with a number: "2" to 大便几次 is not the second option.
    """
    asked = text.rstrip().rsplit("\n", 1)[-1]
    return () if _ASKS_A_NUMBER.search(asked) else tuple(options[:MOST_NUMBERED])


def chosen(text: str, options: Sequence[Button]) -> Button | None:
    """The numbered option that a message names by its number alone: 2, ２。, 选2, 第二个."""
    named = _CHOICE.fullmatch(unicodedata.normalize("NFKC", text))
    if named is None:
        return None
    place = _CHINESE_DIGITS.get(named.group(1)) or int(named.group(1))
    return options[place - 1] if place <= len(options) else None
