"""How long, how suddenly, how it goes on and how bad it is, and which findings that is said of."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from triage.reading.mentions import CueHit, Mention, Span
from triage.reading.numbers import NUMBER, parse
from triage.reading.text import Layout

_HOURS = {
    "分钟": 1 / 60, "分": 1 / 60, "小时": 1.0, "钟头": 1.0, "个小时": 1.0, "天": 24.0, "日": 24.0, "宿": 24.0, "晚": 24.0,
    "夜": 24.0, "周": 168.0, "星期": 168.0, "礼拜": 168.0, "月": 720.0, "年": 8760.0, "刻钟": 0.25,
}  # fmt: skip
_ROUGH = {"几": 4.0, "好几": 5.0, "数": 4.0, "十几": 14.0, "十来": 10.0, "十多": 13.0, "几十": 40.0, "半": 0.5, "大半": 0.7, "一两": 1.5,
          "两三": 2.5, "好多": 8.0, "多": 6.0, "小半": 0.4}  # fmt: skip
_LENGTH = re.compile(
    r"(?P<n>好几|十几|十来|十多|几十|一两|两三|大半|小半|好多|几|数|" + NUMBER + r")"
    r"(?P<more>多|来)?(?:个)?(?P<unit>分钟|小时|钟头|刻钟|天|日|宿|晚上|周|星期|礼拜|月|年)(?P<half>半)?(?P<tail>多|了)?"
)
#: Not how long it lasts: 一天三次, 每天, 8个月的宝宝, 怀孕5个月, 十分钟一次, 三天后复查.
_NOT_BEFORE = re.compile(r"(前|每|每隔|隔|未来|孕|怀孕|产后|术后|手术后|出生|生后|月龄|第|满|过|再等|提前|每次|一次|吃药|吃了药)$")
_NOT_AFTER = re.compile(r"^(的?(宝宝|婴儿|孩子|娃|小孩|女儿|儿子|男宝|女宝|女孩|男孩|大)|大的?|龄|疼?一次|疼一回|[一二两三四五六七八九十\d]+[次顿片粒颗]|"
                        r"后|之后|以后|内|岁|就好|就恢复|自己|缓解|大了|零|又?\d+天|一换|左右一次)")  # fmt: skip
_CLOCK_WORDS = re.compile(
    r"(?P<w>大前天|前天|昨天|昨晚|昨夜|昨儿|昨日|前晚|今天|今早|今儿|今晨|今晚|今日|凌晨|半夜|早上|早晨|上午|中午|下午|刚才|刚刚|刚|刚开始|"
    r"上上周|上上个?星期|上个?周|上个?星期|上个?礼拜|上上个月|上个月|上月|前几天|前两天|这几天|这两天|最近几天|最近两天|近几天|近两天|这一周|这周|"
    r"这个月|去年|前年|今年|年初|年前|过年|国庆|五一|春节|前阵子|这阵子|这段时间|前段时间|从小|小时候|出生|饭后|\d{1,2}月\d{1,2}[号日]|\d{1,2}号)"
    r"(?P<time>[一二三四五六日天末]|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|凌晨|\d{1,2}点|[一二三四五六七八九十]{1,2}点)?(?P<start>开始|起|就|到现在)?"
)
#: Hours back from a message in the daytime; rough on purpose.
_AGO = {
    "大前天": 72, "前天": 48, "昨天": 24, "昨儿": 24, "昨日": 24, "昨晚": 12, "昨夜": 12, "前晚": 36, "今天": 6, "今早": 4, "今儿": 6, "今晨": 4,
    "今日": 6, "今晚": 2, "凌晨": 8, "半夜": 9, "早上": 4, "早晨": 4, "上午": 3, "中午": 3, "下午": 3, "刚才": 0.5, "刚刚": 0.25, "刚": 0.5,
    "刚开始": 0.5, "前几天": 96, "前两天": 48, "这几天": 96, "这两天": 48, "最近几天": 96, "最近两天": 48, "近几天": 96, "近两天": 48,
    "这一周": 168, "这周": 96, "这个月": 360, "前阵子": 720, "这阵子": 480, "这段时间": 720, "前段时间": 720,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """Something said of findings near by."""

    start: int
    end: int
    value: float


def durations(text: str, taken: list[Span]) -> list[Said]:
    """How long something has lasted, hours, for every place where that is said; not inside `taken`."""
    found: list[Said] = []
    for match in _LENGTH.finditer(text):
        before, after = text[max(0, match.start() - 4) : match.start()], text[match.end() : match.end() + 6]
        if _NOT_BEFORE.search(before) or (_NOT_AFTER.search(after) and not match["tail"] == "了"):
            continue
        if _overlaps(match.start(), match.end(), taken):
            continue
        if match["unit"] in {"月", "日"} and "个" not in match.group() and match["unit"] == "月" and match["n"][0].isdigit():
            continue  # 8月 is a date
        hours = _hours(match["n"], match["unit"].removesuffix("上"), bool(match["half"]))
        if hours is not None:
            found.append(Said(match.start(), match.end(), hours))
    ends = {said.start for said in found}
    for match in _CLOCK_WORDS.finditer(text):
        hours = _ago(match["w"])
        if hours is None or match.start() in ends or _overlaps(match.start(), match.end(), taken):
            continue
        if match["w"] in {"今年", "早上", "上午", "中午", "下午", "凌晨", "半夜", "早晨"} and not match["start"]:
            continue
        found.append(Said(match.start(), match.end(), hours))
    return sorted(found, key=lambda said: said.start)


def _hours(number: str, unit: str, half: bool) -> float | None:
    value = _ROUGH.get(number)
    if value is None:
        value = parse(number)
    if value is None or value > 2000:
        return None
    if unit not in _HOURS:
        return None
    return round((value + (0.5 if half else 0.0)) * _HOURS[unit], 3)


def _ago(word: str) -> float | None:
    if word in _AGO:
        return float(_AGO[word])
    if word.startswith("上上") and "月" not in word:
        return 336.0
    if word.startswith("上上"):
        return 1440.0
    if word.startswith("上") and "月" in word:
        return 720.0
    if word.startswith("上"):
        return 168.0
    return None


def _overlaps(start: int, end: int, taken: list[Span]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)


class Timing:
    """Hands durations and manner on to the mentions that they are said of."""

    def __init__(self, text: str, layout: Layout, mentions: list[Mention], cues: list[CueHit]) -> None:
        self._text = text
        self._layout = layout
        self._mentions = mentions
        self._cues = cues
        self._starts = [mention.start for mention in mentions]
        self._clauses = [layout.clause(mention.start) for mention in mentions]

    def apply(self, said: list[Said]) -> None:
        near = [one for one in said if self._in(self._layout.clause(one.start))]
        for one in (*near, *(one for one in said if one not in near)):
            for mention in self._said_of(one):
                if mention.duration_hours is None:
                    mention.duration_hours = one.value
        for hit in self._cues:
            kind = hit.cue.kind
            if kind == "sudden" and hit.cue.value is not None:
                for mention in self._manner_of(hit):
                    mention.sudden = bool(hit.cue.value)
            elif kind.startswith("course_"):
                for mention in self._manner_of(hit):
                    mention.course = kind.removeprefix("course_")
            elif kind == "severity":
                self._severity(hit)
        self._scores()

    def _in(self, number: int) -> list[Mention]:
        """Mentions of a clause."""
        first = bisect_left(self._clauses, number)
        found = []
        for index in range(first, len(self._mentions)):
            if self._clauses[index] != number:
                break
            found.append(self._mentions[index])
        return found

    def _said_of(self, said: Said) -> list[Mention]:
        """The findings of the clause; if it has none, those before it in the sentence, else the next clause's."""
        number = self._layout.clause(said.start)
        own = self._in(number)
        if own:
            return own
        sentence = self._layout.sentence(said.start)
        before: list[Mention] = []
        for other in range(number - 1, max(-1, number - 6), -1):
            if self._layout.sentence(self._layout.starts[other]) != sentence:
                break
            here = self._in(other)
            if any(mention.duration_hours is not None for mention in here):
                break
            before += here
        if before:
            return before
        if number + 1 < len(self._layout.starts) and self._layout.sentence(self._layout.starts[number + 1]) == sentence:
            return self._in(number + 1)
        return []

    def _manner_of(self, hit: CueHit) -> list[Mention]:
        number = self._layout.clause(hit.start)
        own = self._in(number)
        if own:
            return own
        if hit.cue.kind == "sudden":
            return self._in(number + 1)
        return self._in(number - 1)[-1:] if self._same_sentence(number - 1, hit.start) else []

    def _same_sentence(self, number: int, position: int) -> bool:
        layout = self._layout
        return number >= 0 and layout.sentence(layout.starts[number]) == layout.sentence(position)

    def _severity(self, hit: CueHit) -> None:
        """A degree word belongs to the finding right behind it, or else to the one before it."""
        number = self._layout.clause(hit.start)
        best: Mention | None = None
        for mention in self._in(number):
            inside = mention.start <= hit.start < mention.end
            if inside or 0 <= mention.start - hit.end <= 3:
                best = mention
                break
            if 0 <= hit.start - mention.end <= 4:
                best = mention
        if best is None and not self._in(number) and self._same_sentence(number - 1, hit.start):
            previous = self._in(number - 1)
            best = previous[-1] if previous and hit.cue.value is not None and hit.cue.value >= 7 else None
        if best is not None and (best.severity is None or (hit.cue.value or 0) > best.severity):
            best.severity = hit.cue.value

    def _scores(self) -> None:
        """疼痛8分, 能打七分."""
        for match in re.finditer(r"(10|[0-9]|十|[一二三四五六七八九])(?:-(10|\d))?分(?!钟|之|泌)", self._text):
            value = parse(match[1])
            if value is None:
                continue
            said = Said(match.start(), match.end(), value)
            for mention in self._said_of(said):
                if mention.sensation == "pain" or "痛" in mention.term:
                    mention.severity = value
