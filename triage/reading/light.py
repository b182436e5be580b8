"""Light words: what may stand between a cue and the finding that it governs."""

from __future__ import annotations

from triage.lexicon import Lexicon

#: Kinds of cues that are light themselves: 没有突然很剧烈的头痛, 没有我妈那种头痛.
_KINDS = frozenset({
    "light", "severity", "sudden", "course_intermittent", "now", "pronoun", "self", "relative", "child",
})  # fmt: skip


class Light:
    """The words that may stand between a cue and what it governs."""

    def __init__(self, lexicon: Lexicon) -> None:
        words = {form for form, cues in lexicon.cues.items() if any(cue.kind in _KINDS for cue in cues)}
        self._words = frozenset(words) | frozenset(lexicon.parts)
        #: Behind 我: the writer tells or cares for another.
        self.telling = tuple(
            form for form, cues in lexicon.cues.items() if any(cue.kind == "telling" for cue in cues)
        )
        self._longest = max((len(word) for word in self._words), default=1)

    def residue(self, piece: str) -> int:
        """How many characters are left without light words, spaces and list marks."""
        left, at, length = 0, 0, len(piece)
        while at < length:
            if piece[at] in " 、，,/的了":
                at += 1
                continue
            for size in range(min(self._longest, length - at), 0, -1):
                if piece[at : at + size] in self._words:
                    at += size
                    break
            else:
                left += 1
                at += 1
        return left
