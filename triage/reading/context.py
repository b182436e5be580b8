"""Whether a finding is there, doubtful, over or only thought of, by the words around it (after ConText).

Every cue is data (knowledge/cues.yml). A cue governs a finding if nothing but other findings, list words and
light words (什么, 明显, 出现) stand between them: 没有什么发烧 is no fever, 没吃药发烧 is a fever.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from triage.lexicon import Lexicon
from triage.model import Status, When
from triage.reading.light import Light
from triage.reading.mentions import CueHit, Mention
from triage.reading.text import LONGEST_CLAUSE, Layout

#: Characters of unknown words that a cue reaches across, by its scope.
_RESIDUE = {"next": 1, "clause": 2, "sentence": 12, None: 2}
_LIST = frozenset("、和或及与跟也/,以")
#: Said at the end of a clause without changing its sense.
_PARTICLES = frozenset("的了啊呢吧呀哦嗯啦嘛哈诶欸 ~，。！;；！,.")
_ALL_OF_THEM = ("都", "均", "全", "一个都", "这些都", "也都", "就都")
_GOES_ON = ("开始", "起就", "至今", "到现在", "以来", "一直", "反复", "断断续续", "就有", "就开始", "还")
#: Before 下去了, 好了, 没了: a movement or something got ready, not an illness that is over.
_NOT_OVER = tuple("掉摔跌滚滑跳坠栽沉陷凹塌咽吞喝吃写备攒囤买")
_FAR = 24
_EITHER_OR = re.compile(r"([^\W不没])[不没]\1")
_PEOPLE = frozenset({"self", "relative", "child", "pronoun"})
_CLAUSES_BACK = 8


class Context:
    """Sets status and time of the mentions of one message."""

    def __init__(
        self, text: str, layout: Layout, mentions: list[Mention], cues: list[CueHit], light: Light
    ) -> None:
        self._text = text
        self._layout = layout
        self._mentions = mentions
        self._light = light
        self._starts = [mention.start for mention in mentions]
        #: 疼不疼, 咳没咳: asks, and says neither.
        self._either_or = [match.span() for match in _EITHER_OR.finditer(text)]
        #: Sentences that an 如果 has taken, and those that ask about money or places.
        self._supposed: set[int] = set()
        self._administered: set[int] = set()
        #: Clause number → its cues in order.
        self._cues: dict[int, list[CueHit]] = {}
        for cue in cues:
            self._cues.setdefault(layout.clause(cue.start), []).append(cue)
        self._in_clause: dict[int, list[Mention]] = {}
        for mention in mentions:
            self._in_clause.setdefault(layout.clause(mention.start), []).append(mention)

    def apply(self, lexicon: Lexicon) -> None:
        for mention in self._mentions:
            self._status(mention, lexicon)
            self._time(mention)
        for number, cues in self._cues.items():
            for hit in cues:
                if hit.cue.kind == "negation_after":
                    self._all_before(number, hit)
                    self._answered(number, hit)
                elif hit.cue.kind == "resolved_after":
                    self._resolve_before(number, hit, lexicon)
                elif hit.cue.kind == "educational":
                    self._teach(number, lexicon)
                elif hit.cue.kind == "administrative":
                    self._administer(number, lexicon)
                elif hit.cue.kind == "hypothetical" and hit.cue.scope == "sentence":
                    self._suppose(hit)
        self._past_goes_on()
        self._no_longer(lexicon)

    # -- one mention ------------------------------------------------------------------------------------

    def _status(self, mention: Mention, lexicon: Lexicon) -> None:
        number = self._layout.clause(mention.start)
        over = bisect_right(self._either_or, mention.start, key=lambda span: span[1])
        if over < len(self._either_or) and self._either_or[over][0] < mention.end:
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
                shared = hit.start < mention.start == hit.end - 1 and self._text[mention.start] == "有"
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
        tail = self._text[start:clause_end].rstrip("？ ")
        if not tail.endswith(("吗", "么", "嘛")):
            return False
        end = start + len(tail) - 1
        listed = list(self._text[start:end])
        for other in self._between(start, end):
            listed[other.start - start : other.end - start] = " " * (other.end - other.start)
        return all(char in _LIST or char == " " for char in listed)

    def _closes(self, hit: CueHit, clause_end: int) -> bool:
        tail = self._text[hit.end : clause_end]
        return all(char in _PARTICLES for char in tail)

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

    # -- cues that reach back or over the sentence ---------------------------------------------------------

    def _all_before(self, number: int, hit: CueHit) -> None:
        """发烧，咳嗽，胸闷都没有: 都 takes in the bare items of the clauses before."""
        said = self._text[hit.start : hit.end]
        if not said.startswith(_ALL_OF_THEM) or not self._closes(hit, self._layout.clause_span(number)[1]):
            return
        if not self._bare(number, hit.start):
            return
        sentence = self._layout.sentence(hit.start)
        for before in range(number - 1, max(-1, number - 1 - _CLAUSES_BACK), -1):
            start, end = self._layout.clause_span(before)
            if (
                self._layout.sentence(start) != sentence
                or not self._in_clause.get(before)
                or not self._bare(before, end)
                or self._text.startswith("除", start)
            ):
                return
            for mention in self._in_clause[before]:
                mention.status = Status.ABSENT

    def _answered(self, number: int, hit: CueHit) -> None:
        """头晕？没有。 The writer answers himself."""
        start, end = self._layout.clause_span(number)
        asked = start > 0 and self._text[start - 1] == "？"
        if asked and hit.start == start and self._closes(hit, end):
            for mention in self._in_clause.get(number - 1, ()):
                mention.status = Status.ABSENT

    def _bare(self, number: int, end: int) -> bool:
        """Nothing but findings and light words up to `end`."""
        start = self._layout.clause_span(number)[0]
        return self._residue(start, end, self._between(start, end)) <= 1

    def _resolve_before(self, number: int, hit: CueHit, lexicon: Lexicon) -> None:
        """头疼已经好了, 昨天头疼，今天好了: it was there and is over. 掉下去了 and 写好了 are not."""
        if self._text[: hit.start].endswith(_NOT_OVER):
            return
        clause_end = self._layout.clause_span(number)[1]
        tail = self._text[hit.end : clause_end]
        if "吗" in tail or "又" in tail or "再" in tail or "？" in self._text[hit.end : clause_end + 1]:
            return
        own = [m for m in self._in_clause.get(number, ()) if m.end <= hit.start]
        clause_start = self._layout.clause_span(number)[0]
        # 挂号没有了 is not said of what was complained of before.
        if not own and not self._in_clause.get(number) and self._residue(clause_start, hit.start, None) <= 1:
            sentence = self._layout.sentence(hit.start)
            for before in range(number - 1, max(-1, number - 1 - _CLAUSES_BACK), -1):
                if self._layout.sentence(self._layout.starts[before]) != sentence:
                    break
                own += self._in_clause.get(before, [])
        for mention in own:
            if mention.time is When.NOW and mention.status is Status.PRESENT:
                _end(mention, lexicon)

    def _teach(self, number: int, lexicon: Lexicon) -> None:
        """中风有哪些症状 is a question; 我糖尿病要注意什么 and 我头晕有什么原因 speak of a person."""
        people = [c.end for c in self._cues.get(number, ()) if c.cue.kind in _PEOPLE]
        mentions = self._in_clause.get(number, [])
        if not mentions and number:
            mentions = [m for m in self._in_clause.get(number - 1, []) if self._bare(number - 1, m.end)]
        for mention in mentions:
            lasting = lexicon.terms[mention.term].kind in {"disease", "medicine", "circumstance"}
            near = 1 if lasting else LONGEST_CLAUSE
            if not any(0 <= mention.start - end <= near for end in people):
                mention.time = When.HYPOTHETICAL

    def _administer(self, number: int, lexicon: Lexicon) -> None:
        """腰椎间盘突出手术医保报多少: an illness in a question about money or places is no complaint."""
        sentence = self._layout.sentence(self._layout.starts[number])
        if sentence in self._administered:
            return
        self._administered.add(sentence)
        start, end = self._layout.sentence_span(sentence)
        mentions = self._mentions[bisect_left(self._starts, start) : bisect_left(self._starts, end)]
        kinds = {lexicon.terms[m.term].kind for m in mentions if m.term in lexicon.terms}
        if kinds & {"symptom", "sign", "quality", "vital"}:
            return
        for mention in mentions:
            mention.time = When.HYPOTHETICAL

    def _suppose(self, hit: CueHit) -> None:
        """如果…: all that follows in the sentence, until the talk is of now."""
        sentence = self._layout.sentence(hit.start)
        if sentence in self._supposed:
            return
        self._supposed.add(sentence)
        end = self._layout.sentence_span(sentence)[1]
        now = [
            cue.start
            for cue in self._sentence_cues(hit.start, end)
            if cue.cue.kind == "now" and cue.cue.scope == "sentence" and cue.start > hit.end + 3
        ]
        limit = min(now, default=end)
        first = bisect_left(self._starts, hit.end)
        for mention in self._mentions[first : bisect_left(self._starts, limit)]:
            mention.time = When.HYPOTHETICAL

    def _sentence_cues(self, start: int, end: int) -> list[CueHit]:
        first, last = self._layout.clause(start), self._layout.clause(max(start, end - 1))
        return [cue for number in range(first, last + 1) for cue in self._cues.get(number, ())]

    def _past_goes_on(self) -> None:
        """以前有胃溃疡，高血压: bare clauses behind a past one share its time."""
        for number in sorted(self._in_clause):
            before = self._in_clause.get(number - 1)
            if not before or before[-1].time is not When.PAST:
                continue
            start, end = self._layout.clause_span(number)
            same = self._layout.sentence(start) == self._layout.sentence(before[-1].start)
            has_past = any(cue.cue.kind == "past" for cue in self._cues.get(number - 1, ()))
            own = self._cues.get(number, ())
            if (
                same
                and has_past
                and self._bare(number, end)
                and not any(c.cue.kind in {"now", "sudden"} for c in own)
            ):
                for mention in self._in_clause[number]:
                    if mention.time is When.NOW:
                        mention.time = When.PAST

    def _no_longer(self, lexicon: Lexicon) -> None:
        """昨天肚子疼，今天不疼了: the earlier mention is past."""
        for index, mention in enumerate(self._mentions):
            if mention.status is not Status.ABSENT or mention.time is not When.NOW:
                continue
            number = self._layout.clause(mention.start)
            cues = self._cues.get(number, ())
            if any(cue.cue.kind == "occasion" and cue.start < mention.start for cue in cues):
                continue  # 歇会儿就不疼了: it comes again
            now = any(cue.cue.kind == "now" for cue in cues)
            if not now and not self._text.startswith("了", mention.end):
                continue
            for earlier in self._mentions[max(0, index - 20) : index]:
                if (
                    earlier.status is Status.PRESENT
                    and earlier.time is When.NOW
                    and _same(earlier, mention, lexicon)
                ):
                    _end(earlier, lexicon)
                    if lexicon.terms[mention.term].passing:
                        mention.status, mention.course = Status.PRESENT, earlier.course

    # -- measuring the way --------------------------------------------------------------------------------

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


def _end(mention: Mention, lexicon: Lexicon) -> None:
    """It is over; an event like a fit or a palsy still counts when it has passed."""
    if lexicon.terms[mention.term].passing:
        mention.course = "improving"
    else:
        mention.time = When.PAST


def _same(one: Mention, other: Mention, lexicon: Lexicon) -> bool:
    if one.term == other.term:
        return True
    first, second = lexicon.terms.get(one.term), lexicon.terms.get(other.term)
    return bool(first and second and (other.term in first.wider or one.term in second.wider))
