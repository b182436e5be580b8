"""A short answer to a yes/no question about one term: 有 / 没有 / 不清楚 / 有一点."""

from __future__ import annotations

from triage.lexicon import Lexicon
from triage.model import Status
from triage.reading.mentions import Mention

_STATUS = {"answer_yes": Status.PRESENT, "answer_no": Status.ABSENT, "answer_unsure": Status.UNCERTAIN}
_TAIL = "过一两三几好的啊呢吧呀哦嗯啦了哈~。，,. ！!、？?…"
_A_OR_NOT = ("有没有", "有没", "是不是", "会不会")


class Answers:
    """Reads the start of a message as an answer."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._words = {
            form: _STATUS[cue.kind]
            for form, cues in lexicon.cues.items()
            for cue in cues
            if cue.kind in _STATUS
        }
        self._longest = max((len(word) for word in self._words), default=0)

    def read(self, text: str, term: str, mentions: list[Mention]) -> Mention | None:
        """The asked term as answered, or None if the message does not begin with an answer.

        没有发烧 answers a question about 咳嗽 not at all: its 没有 belongs to 发烧. 有没有搞错 asks.
        """
        start = len(text) - len(text.lstrip())
        for size in range(min(self._longest, len(text) - start), 0, -1):
            status = self._words.get(text[start : start + size])
            if status is None:
                continue
            end = start + size
            rest = text[end:]
            if text.startswith(_A_OR_NOT, start):
                return None
            governed = next((m for m in mentions if m.start >= start), None)
            bare = not rest or rest[0] in _TAIL
            if not bare and governed is not None and governed.start - end <= 3 and governed.term != term:
                return None
            if not bare and governed is None and not self._goes_on(rest):
                return None
            return Mention(term, start, end, ((start, end),), "form", status=status)
        return None

    def _goes_on(self, rest: str) -> bool:
        """没有没有, 有一点: another answer follows. 不告诉你 answers nothing."""
        return any(rest.startswith(word) for word in self._words)
