"""The room's words as a jieba user dictionary, so that the bot cuts messages where the reader finds words."""

from __future__ import annotations

import re

from triage.lexicon import Lexicon

#: High enough that jieba keeps our words whole, in its own corpus counts.
FREQUENCY = 2000
_WORD = re.compile(r"[\u4e00-\u9fffa-z0-9]{2,8}")


def user_dictionary(lexicon: Lexicon) -> list[str]:
    """Lines `word frequency tag`, sorted and unique; tags `nsym` symptom, `nbody` body part, `nhist` history.

    Words of one character and whole phrases (9 characters and more) are left out: they would cut other words.
    """
    tags: dict[str, str] = {}
    for surface in lexicon.parts:
        tags[surface] = "nbody"
    for surface, name in lexicon.forms.items():
        tags[surface] = "nhist" if lexicon.terms[name].history else "nsym"
    return [f"{word} {FREQUENCY} {tags[word]}" for word in sorted(tags) if _WORD.fullmatch(word)]
