"""Whether a finding is there, doubtful, over or only thought of, by the words around it (after ConText).

Every cue is data (knowledge/cues.yml). A cue governs a finding if nothing but other findings, list words and
light words (什么, 明显, 出现) stand between them: 没有什么发烧 is no fever, 没吃药发烧 is a fever.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from triage.lexicon import Lexicon
from triage.model import Status, When
from triage.reading.light import Light
from triage.reading.mentions import CueHit, Mention
from triage.reading.reach import Reach
from triage.reading.text import Layout

#: Characters of unknown words that a cue reaches across, by its scope.
_RESIDUE = {"next": 1, "clause": 2, "sentence": 12, None: 2}
_LIST = frozenset("、和或及与跟也/,以")
_GOES_ON = ("开始", "起就", "至今", "到现在", "以来", "一直", "反复", "断断续续", "就有", "就开始", "还")
_FAR = 24
#: 痛得不得了 says how much.
_EITHER_OR = re.compile(r"(?<![早晚])([^\W不没])[不没]\1(?!(?<=得不得)了)")


class Context(Reach):
    """Sets status and time of the mentions of one message."""

    def __init__(
        self, text: str, layout: Layout, mentions: list[Mention], cues: list[CueHit], light: Light
    ) -> None:
        super().__init__(text, layout, mentions, cues, light)
        #: 疼不疼, 咳没咳: asks, and says neither.
        self._either_or = [match.span() for match in _EITHER_OR.finditer(text)]

    def apply(self, lexicon: Lexicon) -> None:
        for mention in self._mentions:
            self._status(mention, lexicon)
            self._time(mention)
        self._reach(lexicon)

    def _status(self, mention: Mention, lexicon: Lexicon) -> None:
        number = self._layout.clause(mention.start)
        over = bisect_right(self._either_or, mention.start, key=lambda span: span[1])
        asked = self._either_or[over] if over < len(self._either_or) else None
        # 走了是不是就不难受了: there the question is part of the words.
        own = asked is not None and any(s <= asked[0] and asked[1] <= e for s, e in mention.parts)
        if asked is not None and asked[0] < mention.end and not own:
            mention.status = Status.UNCERTAIN
            return
        for hit in self._governing(mention, number):
            kind = hit.cue.kind
            if kind == "negation":
                if not self._doubled(hit, number):
                    mention.status = Status.ABSENT
                return
            if kind == "uncertain":
                if not (hit.cue.value and lexicon.terms[mention.term].in_doubt):
                    mention.status = Status.UNCERTAIN
                return
            if kind == "hypothetical":
                mention.time = When.HYPOTHETICAL
                return
        self._status_after(mention, number)

    def _governing(self, mention: Mention, number: int) -> list[CueHit]:
        """Cues before (or in a gap of) the mention that reach it, the nearest first."""
        found = []
        for hit in reversed(self._clause_and_sentence_cues(number)):
            if hit.cue.kind not in {"negation", "uncertain", "hypothetical"} or hit.start >= mention.end:
                continue
            if hit.end > mention.start:
                # 没有痰 when 有痰 is the word for it.
                # 怕被狗咬 when 被狗咬 is.
                shared = hit.start < mention.start == hit.end - 1 and self._text[mention.start] in "有被"
                if shared or self._in_gap(mention, hit):
                    found.append(hit)
                continue
            if self._reaches(hit, mention, number):
                found.append(hit)
        return found

    def _clause_and_sentence_cues(self, number: int) -> list[CueHit]:
        own = self._cues.get(number, [])
        before = [
            hit
            for other in range(max(0, number - 6), number)
            for hit in self._cues.get(other, ())
            if hit.cue.scope == "sentence"
            and hit.cue.kind == "negation"
            and self._layout.sentence(hit.start) == self._layout.sentence(self._layout.starts[number])
        ]
        return before + own if before else own

    def _in_gap(self, mention: Mention, hit: CueHit) -> bool:
        """肚子不疼: the cue stands between the words of the finding and right before the last of them."""
        last = mention.parts[-1]
        if self._layout.clause(hit.start) != self._layout.clause(last[0]):
            return False  # 躺下就没，今天回不去
        # The 有 of 有血 may be that of 没有: 大便没有血.
        shared = hit.end - 1 == last[0] and self._text[last[0]] == "有"
        if hit.start < mention.parts[0][1] or (hit.end > last[0] and not shared):
            return False
        # 尿…不…出: the negation is one of its own words.
        if any(start < hit.end and hit.start < end for start, end in mention.parts[:-1]):
            return False
        return self._residue(hit.end, last[0], None) <= 1

    def _reaches(self, hit: CueHit, mention: Mention, number: int) -> bool:
        start, end = hit.end, mention.start
        if end - start > 60 or any(p in "。！？；\n" for p in self._text[start:end]):
            return False
        others = self._between(start, end)
        for cue in self._cues.get(number, ()):
            inside = start <= cue.start and cue.end <= end
            # Some words part only what is listed: 没发烧有点咳嗽, but 没有突然晕倒.
            if cue.cue.kind == "contrast" and inside and (cue.cue.scope is None or others):
                return False
        if hit.cue.kind == "negation" and hit.cue.scope == "next" and others:
            between = self._text[others[-1].end : end].strip()
            if not between or not all(char in _LIST for char in between):
                return False
        if hit.cue.kind == "uncertain" and others:
            between = self._text[others[-1].end : end]
            if not between or not all(char in _LIST for char in between):
                return False
        limit = _RESIDUE[hit.cue.scope]
        if hit.cue.kind == "hypothetical" and hit.cue.scope != "next":
            limit = 6
        if hit.cue.scope == "clause" and hit.end - hit.start == 1:
            limit = 1  # 无 and 没 begin many words of their own: 无头绪, 没睡好
        occasions = sum(
            cue.end - cue.start
            for cue in self._cues.get(number, ())
            if cue.cue.kind == "occasion" and start <= cue.start and cue.end <= end
        )
        return self._residue(start, end, others) <= limit + occasions  # 没有活动后胸痛

    def _doubled(self, hit: CueHit, number: int) -> bool:
        """不是不疼 affirms."""
        for other in self._cues.get(number, ()):
            if (
                other.cue.kind == "negation"
                and other.end <= hit.start
                and self._text[other.end : hit.start] in {"", "是", "会", "说"}
            ):
                return True
        return False

    def _status_after(self, mention: Mention, number: int) -> None:
        clause_end = self._layout.clause_span(number)[1]
        for hit in self._cues.get(number, ()):
            if hit.start < mention.end or hit.cue.kind not in {
                "negation_after",
                "uncertain_after",
                "hypothetical_after",
            }:
                continue
            if hit.start - mention.end > _FAR:
                return
            if self._residue(mention.end, hit.start, self._between(mention.end, hit.start)) > 1:
                continue
            if hit.cue.kind == "hypothetical_after":
                mention.time = When.HYPOTHETICAL
                return
            if self._text[hit.end : clause_end].strip() == "？":
                mention.status = Status.UNCERTAIN  # 发烧没有？
                return
            if self._contrast_between(number, mention.end, hit.start) or not self._closes(hit, clause_end):
                continue
            mention.status = Status.ABSENT if hit.cue.kind == "negation_after" else Status.UNCERTAIN
            return
        if self._asked(mention.end, clause_end):
            mention.status = Status.UNCERTAIN

    def _asked(self, start: int, clause_end: int) -> bool:
        """有恶心呕吐吗: nothing but further items of a list stands before the 吗."""
        tail = self._text[start:clause_end].rstrip("？ ，。！")
        if not tail.endswith(("吗", "么", "嘛")):
            return False
        end = start + len(tail) - 1
        listed = list(self._text[start:end])
        for other in self._between(start, end):
            listed[other.start - start : other.end - start] = " " * (other.end - other.start)
        return all(char in _LIST or char == " " for char in listed)

    def _contrast_between(self, number: int, start: int, end: int) -> bool:
        return any(
            cue.cue.kind == "contrast" and cue.cue.scope is None and start <= cue.start and cue.end <= end
            for cue in self._cues.get(number, ())
        )

    def _time(self, mention: Mention) -> None:
        number = self._layout.clause(mention.start)
        if mention.time is not When.NOW:
            return
        cues = self._cues.get(number, [])
        for hit in cues:
            if hit.cue.kind not in {"past", "past_weak"} or hit.start >= mention.start:
                continue
            between = self._text[hit.end : mention.end]
            if any(word in self._text[hit.end : mention.end + 4] for word in _GOES_ON):
                continue
            if any(c.cue.kind == "now" and hit.end <= c.start < mention.start for c in cues):
                continue
            if (
                hit.cue.kind == "past_weak"
                and not self._text.startswith("过", mention.end)
                and "过" not in between
            ):
                continue
            mention.time = When.PAST
