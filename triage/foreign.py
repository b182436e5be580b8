"""Words of foreign letters inside Chinese text: they are found whole or not at all."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_\u2e80-\U0010ffff]{2}")


def has_words(text: str) -> bool:
    """True if two foreign letters stand together: only then can a stretch cut into a word."""
    return _WORD.search(text) is not None


def cuts_a_word(text: str, start: int, end: int) -> bool:
    """True if a stretch begins or ends within a word of foreign letters: dm in admin."""
    return _letters(text, start - 1, start) or _letters(text, end - 1, end)


def _letters(text: str, one: int, next_to_it: int) -> bool:
    return (
        one >= 0
        and next_to_it < len(text)
        and all(text[at].isalpha() and text[at] < "\u2e80" for at in (one, next_to_it))
    )
