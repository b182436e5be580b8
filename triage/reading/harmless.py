"""Signs that are spoken of and not there: mere names, everyday causes, stories, old events, things feared.

Words alone sound like an emergency in 农药打完了, 赖床叫不醒, 去年放了支架，当时胸口压得慌 and 讲家暴的电影.
"""

from __future__ import annotations

import re

from triage.lexicon import Lexicon
from triage.model import Status, When
from triage.reading.light import Light
from triage.reading.mentions import CueHit, Mention
from triage.reading.text import Layout
from triage.words import Ordinary

#: Before a word: it is denied or only feared. 没喝, 怕他吞了.
_NOT_DONE = re.compile(
    r"(没|没有|没啥|没什么|无|不|并不|倒不|别|未|怕|怕他|怕她|怕孩子|怕宝宝|万一|会不会|没有人|从没)$"
)
#: Characters of other words beside a name that stands for an accident all the same: 农药 孩子.
_FEW = 4
_THEN = ("当时", "那时", "那会", "走的时候", "去世")
#: 胃出血是三年前的事了.
_OLD_STORY = re.compile(r"[^，。！？；\n]{0,6}(年前|年轻时|小时候|以前|早年|读书时|上学时)的事")
#: 胃出血会拉黑便吗: the name of an illness, and what it may do.
_NAME = re.compile(r"(病|炎|症|梗|梗死|出血|中风|癌|休克|危象|癫痫|惊厥)$")
_MAY_IT = re.compile(r"(一般|通常)?(会|能)(?!是|自己|好)[^，。！？；\n]{1,10}[吗么嘛]")
#: 讲家暴的电影: what a story tells, with its name behind.
_STORY = re.compile(
    r"(讲|演|写|播|说|放|拍|关于)[^，。！？；\n]{0,14}的?"
    r"(电影|电视剧|连续剧|短剧|剧|小说|纪录片|新闻|综艺|动漫|节目|漫画|短视频)"
)
#: 怕遇到蛇，被咬了怎么办: what is feared, and what would be done about it.
_FEARED = re.compile(r"(怕|担心)(遇|碰|哪天|以后|到时|半路|路上)")
_WHAT_TO_DO = re.compile(r"(怎么|咋|如何)(办|处理|整|弄|应对|做|急救)|来不及|该找谁")
_HAPPENED = re.compile(r"现在|刚|已经|今天|昨天|结果|真的|突然|果然|还是被")


class Harmless:
    """Marks what the words name and nobody has now."""

    def __init__(
        self, text: str, layout: Layout, mentions: list[Mention], cues: list[CueHit], light: Light
    ) -> None:
        self._text = text
        self._layout = layout
        self._mentions = mentions
        self._cues = cues
        self._light = light

    def apply(self, lexicon: Lexicon) -> None:
        stories = [match.span() for match in _STORY.finditer(self._text)]
        for mention in self._mentions:
            if mention.time is not When.NOW or mention.status is not Status.PRESENT:
                continue
            ordinary = any(self._is_ordinary(mention, one) for one in lexicon.ordinary.get(mention.term, ()))
            told = any(start <= mention.start and mention.end <= end for start, end in stories)
            if ordinary or told or self._is_asked_about(mention):
                mention.time = When.HYPOTHETICAL
            elif self._happened_then(mention) or _OLD_STORY.match(self._text, mention.end):
                mention.time = When.PAST
            elif lexicon.terms[mention.term].kind == "circumstance" and self._is_feared(mention):
                mention.time = When.HYPOTHETICAL

    def _is_ordinary(self, mention: Mention, one: Ordinary) -> bool:
        if one.value_to is not None and (mention.value is None or mention.value > one.value_to):
            return False
        if one.when and not any(word in self._text for word in one.when):
            return False
        rest = self._text[: mention.start] + self._text[mention.end :]
        if not one.when and self._light.residue(rest) <= _FEW:
            return False
        return not any(self._is_told(word) for word in one.unless)

    def _is_told(self, word: str) -> bool:
        at = self._text.find(word)
        while at >= 0:
            if not _NOT_DONE.search(self._text[max(0, at - 4) : at]):
                return True
            at = self._text.find(word, at + 1)
        return False

    def _is_asked_about(self, mention: Mention) -> bool:
        """胃出血会拉黑便吗: nobody is said to have it."""
        start, _ = self._layout.clause_span(self._layout.clause(mention.start))
        name = _NAME.search(self._text, mention.start, mention.end)
        opens = self._light.residue(self._text[start : mention.start]) == 0
        return bool(name and opens and _MAY_IT.match(self._text, mention.end))

    def _happened_then(self, mention: Mention) -> bool:
        """去年放了支架，当时胸口压得慌: the time of the clause is that of what was told before."""
        start, _ = self._layout.clause_span(self._layout.clause(mention.start))
        then = max((self._text.rfind(word, start, mention.start) for word in _THEN), default=-1)
        if then < 0:
            return False
        sentence, _ = self._layout.sentence_span(self._layout.sentence(mention.start))
        told = [hit for hit in self._cues if sentence <= hit.start < then and hit.cue.kind in {"past", "now"}]
        return bool(told) and told[-1].cue.kind == "past"

    def _is_feared(self, mention: Mention) -> bool:
        number = self._layout.clause(mention.start)
        start, end = self._layout.clause_span(number)
        if not number or self._layout.sentence(start) != self._layout.sentence(start - 1):
            return False
        feared = _FEARED.search(self._text, self._layout.clause_span(number - 1)[0], start)
        asked = _WHAT_TO_DO.search(self._text, mention.end, end)
        return bool(feared and asked) and not _HAPPENED.search(self._text, start, end)
