"""Cues that speak of findings behind them, or of a whole sentence: 都没有, 已经好了, 如果, 报多少."""

from __future__ import annotations

from bisect import bisect_left

from triage.lexicon import Lexicon
from triage.model import Status, When
from triage.reading.light import Light
from triage.reading.mentions import CueHit, Mention
from triage.reading.scene import Scene
from triage.reading.text import LONGEST_CLAUSE, Layout

_ALL_OF_THEM = ("都", "均", "全", "一个都", "这些都", "也都", "就都")
#: Before 下去了, 好了, 没了: a movement or something got ready, not an illness that is over.
_NOT_OVER = tuple("掉摔跌滚滑跳坠栽沉陷凹塌咽吞喝吃写备攒囤买")
_PEOPLE = frozenset({"self", "relative", "child", "pronoun"})
_CLAUSES_BACK = 8


class Reach(Scene):
    """Sets status and time of the mentions that such cues reach."""

    def __init__(
        self, text: str, layout: Layout, mentions: list[Mention], cues: list[CueHit], light: Light
    ) -> None:
        super().__init__(text, layout, mentions, cues, light)
        #: Sentences that an 如果 has taken, and those that ask about money or places.
        self._supposed: set[int] = set()
        self._administered: set[int] = set()

    def _reach(self, lexicon: Lexicon) -> None:
        """To be called when every mention has what its own words say."""
        for number, cues in self._cues.items():
            for hit in cues:
                if hit.cue.kind == "negation_after":
                    self._all_before(number, hit)
                    self._answered(number, hit)
                elif hit.cue.kind == "resolved_after":
                    self._resolve_before(number, hit, lexicon)
                elif hit.cue.kind == "educational":
                    self._teach(number, hit, lexicon)
                elif hit.cue.kind == "administrative":
                    self._administer(number, lexicon)
                elif hit.cue.kind == "hypothetical" and hit.cue.scope == "sentence":
                    self._suppose(hit)
        self._past_goes_on()
        self._no_longer(lexicon)

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

    def _teach(self, number: int, hit: CueHit, lexicon: Lexicon) -> None:
        """中风有哪些症状 is a question; 我糖尿病要注意什么 and 我头晕有什么原因 speak of a person."""
        people = [c.end for c in self._cues.get(number, ()) if c.cue.kind in _PEOPLE]
        mentions = self._in_clause.get(number, [])
        near_only = hit.cue.scope == "next"
        if not mentions and number and not near_only:
            mentions = [m for m in self._in_clause.get(number - 1, []) if self._bare(number - 1, m.end)]
        for mention in mentions:
            # 抽搐五分钟了，严重吗 asks about what is going on.
            if near_only and self._residue(mention.end, hit.start, None) > 1:
                continue
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
