"""What brings a finding on and what relieves it: 一走路就疼，歇会儿能好点; 饭后胃胀; 吃药也不管用."""

from __future__ import annotations

import re
from collections.abc import Callable

from triage.model import Status
from triage.reading.mentions import CueHit, Mention
from triage.reading.text import Layout

_BETTER = re.compile(
    r"[^，。]{0,8}?(?<!不)(?<!没)(?<!没有)(缓解|好点|好一?些|好一点|就好|能好|会好|好转|减轻|轻点|轻些|轻一[点些]|舒服|"
    r"没事|消失|好受|不[疼痛痒晕咳喘胀闷]|退)"
)
_NO_BETTER = re.compile(
    r"[^，。]{0,6}?(不管用|没用|没效|不见好|[不没][^，。]{0,3}(缓解|好转|减轻|见好)|还是)"
)
_NEXT_CLAUSE = re.compile(r"(就|能|会|可以)?[^，。]{0,2}(缓解|好点|好些|好一点|好了|好转|减轻|舒服|没事)")


class Occasions:
    """Sets `trigger` and `relief` of the mentions of one message."""

    def __init__(self, text: str, layout: Layout, cues: list[CueHit]) -> None:
        self._text = text
        self._layout = layout
        self._hits = [hit for hit in cues if hit.cue.kind == "occasion"]

    def apply(self, in_clause: Callable[[int], list[Mention]]) -> None:
        for hit in self._hits:
            number = self._layout.clause(hit.start)
            if self._relieves(hit, number):
                self._relief(hit, number, in_clause)
            elif not _NO_BETTER.match(self._text, hit.end, self._layout.clause_span(number)[1]):
                self._trigger(hit, number, in_clause)

    def _relieves(self, hit: CueHit, number: int) -> bool:
        end = self._layout.clause_span(number)[1]
        if _NO_BETTER.match(self._text, hit.end, end):
            return False
        if _BETTER.match(self._text, hit.end, end):
            return True
        rest = self._text[hit.end : end].strip("，、 ")
        return len(rest) <= 2 and _NEXT_CLAUSE.match(self._text, end) is not None

    def _relief(self, hit: CueHit, number: int, in_clause: Callable[[int], list[Mention]]) -> None:
        """Of what was spoken of before, in this clause or the one before."""
        sentence = self._layout.sentence(hit.start)
        for other in range(number, max(-1, number - 4), -1):
            if self._layout.sentence(self._layout.starts[other]) != sentence:
                return
            before = [m for m in in_clause(other) if m.start < hit.start and m.status is Status.PRESENT]
            for mention in before:
                mention.relief = mention.relief or hit.cue.means
            if before:
                return

    def _trigger(self, hit: CueHit, number: int, in_clause: Callable[[int], list[Mention]]) -> None:
        own = in_clause(number)
        follows = number + 1 < len(self._layout.starts) and self._layout.sentence(
            self._layout.starts[number + 1]
        ) == self._layout.sentence(hit.start)
        for mention in own or (in_clause(number + 1) if follows else []):
            if mention.status is Status.PRESENT and mention.origin != "measured":
                mention.trigger = mention.trigger or hit.cue.means
