"""What stands where in a message, and how far it is from one word to another."""

from __future__ import annotations

from bisect import bisect_left

from triage.reading.light import Light
from triage.reading.mentions import CueHit, Mention
from triage.reading.text import Layout

#: Said at the end of a clause without changing its sense.
_PARTICLES = frozenset("的了啊呢吧呀哦嗯啦嘛哈诶欸 ~，。！;；！,.")


class Scene:
    """Mentions and cues by clause."""

    def __init__(
        self, text: str, layout: Layout, mentions: list[Mention], cues: list[CueHit], light: Light
    ) -> None:
        self._text = text
        self._layout = layout
        self._mentions = mentions
        self._light = light
        self._starts = [mention.start for mention in mentions]
        #: Clause number → its cues in order.
        self._cues: dict[int, list[CueHit]] = {}
        for cue in cues:
            self._cues.setdefault(layout.clause(cue.start), []).append(cue)
        self._in_clause: dict[int, list[Mention]] = {}
        for mention in mentions:
            self._in_clause.setdefault(layout.clause(mention.start), []).append(mention)

    def _between(self, start: int, end: int) -> list[Mention]:
        first = bisect_left(self._starts, start)
        found = []
        for index in range(first, len(self._mentions)):
            mention = self._mentions[index]
            if mention.start >= end:
                break
            if mention.end <= end:
                found.append(mention)
        return found

    def _residue(self, start: int, end: int, others: list[Mention] | None) -> int:
        """Characters between that are neither findings nor light words."""
        if start >= end:
            return 0
        piece = self._text[start:end]
        if others:
            chars = list(piece)
            for mention in others:
                for position in range(mention.start - start, mention.end - start):
                    chars[position] = " "
            piece = "".join(chars)
        return self._light.residue(piece)

    def _bare(self, number: int, end: int) -> bool:
        """Nothing but findings and light words up to `end`."""
        start = self._layout.clause_span(number)[0]
        return self._residue(start, end, self._between(start, end)) <= 1

    def _closes(self, hit: CueHit, clause_end: int) -> bool:
        tail = self._text[hit.end : clause_end]
        return all(char in _PARTICLES for char in tail)
