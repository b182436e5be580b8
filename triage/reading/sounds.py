"""Words that voice input or typing got wrong by their sound: 肚子腾 for 肚子疼, 拉度子, 咳凑, 恶新.

A character is read as another of the same sound only where that makes a known word out of what is none, and
where no other word is cut by it: 皮肤养护 keeps its 养护. The text keeps its length.
"""

from __future__ import annotations

import jieba

from triage.lexicon import Lexicon

_LONGEST = 5


class Sounds:
    """Built once from a lexicon."""

    def __init__(self, lexicon: Lexicon, words: jieba.Tokenizer) -> None:
        self._words = words
        self._meant: dict[str, list[str]] = {}
        for pair in lexicon.sounds:
            self._meant.setdefault(pair[0], []).append(pair[1])
        meant = frozenset(char for chars in self._meant.values() for char in chars)
        #: What stands before and behind a character in a word: 恶心 → 心: (恶, "").
        self._around: dict[str, set[tuple[str, str]]] = {char: set() for char in meant}
        felt = [form for form in lexicon.sensations if len(form) == 1]
        composed = (
            part + sensation for part in lexicon.parts if 1 < len(part) < _LONGEST for sensation in felt
        )
        for form in (*lexicon.forms, *composed):
            if 1 < len(form) <= _LONGEST:
                for at, char in enumerate(form):
                    if char in meant:
                        self._around[char].add((form[:at], form[at + 1 :]))
        self._known = frozenset(
            form
            for form in (*lexicon.forms, *lexicon.parts, *lexicon.sensations, *lexicon.cues)
            if len(form) > 1
        )

    def mend(self, text: str) -> str:
        """The text with the characters that are meant."""
        if self._meant.keys().isdisjoint(text):
            return text
        chars = list(text)
        for at, char in enumerate(text):
            for meant in self._meant.get(char, ()):
                if self._fits(text, at, meant):
                    chars[at] = meant
                    break
        return "".join(chars)

    def _fits(self, text: str, at: int, meant: str) -> bool:
        around = self._around[meant]
        for before in range(min(_LONGEST - 1, at), -1, -1):
            for after in range(_LONGEST - 1 - before, -1, -1):
                start, end = at - before, at + 1 + after
                known = before + after and (text[start:at], text[at + 1 : end]) in around
                if known and self._is_no_word(text, at) and self._cuts_nothing(text, start, end):
                    return True
        return False

    def _is_no_word(self, text: str, at: int) -> bool:
        """True if no known word of the text holds the character as it stands."""
        return not any(
            text[start : start + size] in self._known
            for size in range(2, _LONGEST + 1)
            for start in range(max(0, at - size + 1), at + 1)
        )

    def _cuts_nothing(self, text: str, start: int, end: int) -> bool:
        """True if the words of the language around it do not reach over its bounds, nor is it one itself."""
        first = max(0, start - 4)
        at = first
        for word in self._words.cut(text[first : end + 4], HMM=False):
            stop = at + len(word)
            crosses = at < end and start < stop and not (start <= at and stop <= end)
            if crosses or (len(word) > 1 and (at, stop) == (start, end)):
                return False
            at = stop
        return True
