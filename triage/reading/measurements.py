"""Measured values: 烧到38度9, 三十九度二, 血压一百八/一百一, 血糖16.7, 血氧88."""

from __future__ import annotations

import re
from collections.abc import Iterable

from triage.lexicon import Lexicon
from triage.model import Status
from triage.reading.mentions import Mention
from triage.reading.numbers import NUMBER, parse
from triage.words import Measurement

_FAR = r"(?:一直|一分钟|一下子?|[^。，；！？\d零一二三四五六七八九十百]){0,6}"
#: A bound is not a value: 没到38度, 不超过38.5.
_BOUND = re.compile(
    r"(没到|不到|没超过|不超过|未超过|低于|没有超过|没有到|小于|没上|不足|没过|超过|高于|大于|以上|到了)$"
)
#: A length of time or an age is no value: 糖尿病20年.
_TIME_UNIT = re.compile(r"多?(?:年|岁|天|日|周|个多?月|个星期|个礼拜|星期|小时|点钟|分钟)")
#: What counts something else than the value, or is no number at all: 漏了一次, 吃两片, 血糖一直高, 高一点.
_NO_VALUE = re.compile(r"片|粒|颗|针|支|型|种|倍|块|滴|点(?![零〇一二三四五六七八九\d])")
_NO_ONE = re.compile(r"[直般定些样阵会共起个向]")
_TIMES = re.compile(r"[次下回顿]")
#: Measured in beats or breaths: 心率120次.
_RATES = frozenset({"heart_rate", "breathing_rate"})
_UPPER = frozenset(("超过", "高于", "大于", "到了", "以上"))
_DEGREES = re.compile(
    r"(?P<a>4[0-3]|3[4-9]|三十[四五六七八九]|四十[一二三]?)"
    r"(?:(?P<dot>[.点])(?P<b>\d{1,2}|[零一二三四五六七八九]))?"
    r"(?P<unit>度|℃|°c|°|摄氏度)?(?(unit)(?P<c>半|[1-9](?![\d天个月周次年小分])|[一二三四五六七八九](?![十百天次个周月年]))?)"
)
_PRESSURE = re.compile(rf"(?P<s>{NUMBER})\s*(?:/|／|-|、|,|，|\s|比|和|到|杠)\s*(?P<d>{NUMBER})")
#: 高的二百一低的一百三, 上头195下头125: each value by its own word.
_EACH = re.compile(
    rf"(?:高的|大的|上头|上面|上边|上压|高压)(?:那个|数字|是|有|到了?|都)*(?P<s>{NUMBER})(?:多|几)?[，、\s]?(?:了)?"
    rf"(?:低的|小的|下头|下面|下边|下压|低压|底下)(?:那个|数字|是|有|到了?|也|都)*(?P<d>{NUMBER})"
)
#: 瘦了二十斤, 体重掉了10公斤.
_LOST = re.compile(
    r"(?:瘦|体重[^。，；！？\d]{0,4}(?:轻|掉|降|减|少))了?(?:有|大概|差不多|快|将近|足足|整整|大约|近)*"
    rf"(?P<n>{NUMBER})(?:多|来|几)?(?:个)?(?P<unit>斤|公斤|kg|千克)"
)
#: 手表上一百七十多下: beats counted by whatever, in a message about the heart.
_HEART = re.compile(r"心|脉|手表|手环|腕表")
_BEATS = re.compile(
    rf"(?:跳|手表|手环|腕表|脉|心率|心脏|数了|测|量|显示|飙到|冲到|表上)[^，。；！？\n\d一二三四五六七八九十百]{{0,6}}"
    rf"(?P<n>{NUMBER})(?:多|来|几)?(?:下|跳|次(?=/|每|一?分))"
)
_WORDS_BEFORE = 12
#: 今天38.1: nothing but words of time stands before it.
_ONLY_TIME = re.compile(
    r"(今天|昨天|昨晚|昨夜|刚才|刚刚|早上|晚上|下午|上午|中午|夜里|半夜|现在|目前|一直|都|又|有|是|到|还|就|已经|的时候|宝宝|孩子|左右|"
    r"[一二两三四五六七八九十半\d]+(?:个)?(?:半)?(?:月|岁|天)(?:龄|大|半|多)?|今儿|昨儿|后晌|前晌|傍晚|夜里头|一量|量得|量出来|量起来|量|测得|测|电子的|温度计|显示|耳温枪|额温枪|体温枪|腋下|腋窝|肛门|"
    r"早晨|今早|今晚|了|在|大概|差不多|反复|才|也|大约|最低)+$"
)


def _counts_else(measurement_id: str, match: re.Match[str]) -> bool:
    """True if the number of a match is none of the measurement."""
    text, end = match.string, match.end()
    return bool(
        _NO_VALUE.match(text, end)
        or (match["n"] == "一" and _NO_ONE.match(text, end))
        or (measurement_id not in _RATES and _TIMES.match(text, end))
    )


class Measurements:
    """Built once; finds measured values and what follows from them."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._by_id = {measurement.id: measurement for measurement in lexicon.measurements}
        self._single = [
            (m, re.compile(rf"(?:{_any(m.words)}){_FAR}(?:百分之)?(?P<n>{NUMBER})"))
            for m in lexicon.measurements
            if m.id not in {"temperature", "systolic"}
        ]
        self._context = {m.id: re.compile(_any(m.words)) for m in lexicon.measurements}

    def find(self, text: str) -> list[Mention]:
        """Mentions with values, each followed by those that it means (体温 38.9, 发热 38.9)."""
        if not any(char.isdigit() or char in "一二三四五六七八九十" for char in text):
            return []
        found: list[Mention] = []
        found += self._temperatures(text)
        found += self._pressures(text)
        found += _lost_weight(text)
        found += self._beats(text)
        for measurement, pattern in self._single:
            for match in pattern.finditer(text):
                value = parse(match["n"])
                if _TIME_UNIT.match(text, match.end()) or _counts_else(measurement.id, match):
                    continue
                if measurement.id == "breathing_rate" and "次" not in text[match.end() : match.end() + 2]:
                    continue
                if value is not None and not _bound(text, match.start("n")):
                    found += _means(measurement, value, match.start(), match.end())
        return found

    def _beats(self, text: str) -> Iterable[Mention]:
        measurement = self._by_id.get("heart_rate")
        if measurement is None or not _HEART.search(text):
            return
        for match in _BEATS.finditer(text):
            value = parse(match["n"])
            if value is not None and 30 <= value <= 300:
                yield from _means(measurement, value, match.start(), match.end())

    def _temperatures(self, text: str) -> Iterable[Mention]:
        measurement = self._by_id.get("temperature")
        if measurement is None:
            return
        context = self._context["temperature"]
        for match in _DEGREES.finditer(text):
            if match.start() and (text[match.start() - 1].isdigit() or text[match.start() - 1] in ".百/"):
                continue
            after = text[match.end() : match.end() + 1]
            if (
                after
                and not match["unit"]
                and (after.isdigit() or after in "岁周天个次斤块元号月年小片/%公kg分.-")
            ):
                continue
            near = _near(text, match.start())
            spoken = context.search(near)
            if (
                not match["unit"]
                and not spoken
                and not (match["b"] and (context.search(text) or _ONLY_TIME.match(near.replace(" ", ""))))
            ):
                continue
            if match["unit"] == "度" and re.search(
                r"(室温|气温|水温|室内|空调|近视|散光|眼镜|角|温水|天气|弯曲|侧弯)[^，。]{0,4}$", near
            ):
                continue
            if _bound(text, match.start()):
                continue
            value = parse(match["a"])
            if value is None:
                continue
            tail = match["b"] or ("5" if match["c"] == "半" else match["c"])
            if tail:
                digits = tail if tail.isdigit() else str(int(parse(tail) or 0))
                value += int(digits) / 10 ** len(digits)
            start = match.start() - (len(near) - spoken.start()) if spoken else match.start()
            yield from _means(measurement, round(value, 2), start, match.end())

    def _pressures(self, text: str) -> Iterable[Mention]:
        systolic, diastolic = self._by_id.get("systolic"), self._by_id.get("diastolic")
        if systolic is None or diastolic is None:
            return
        done: list[tuple[int, int]] = []
        for match in (*_EACH.finditer(text), *_PRESSURE.finditer(text)):
            high, low = parse(match["s"]), parse(match["d"])
            if high is None or low is None:
                continue
            near = _near(text, match.start())
            named = self._context["systolic"].search(near)
            each = match.re is _EACH
            if not (60 <= high <= 300 and 30 <= low <= 200 and low < high):
                continue
            if not (named or each) and not ("/" in match.group() and high >= 80 and low >= 40):
                continue
            start = match.start() - (len(near) - named.start()) if named else match.start()
            done.append((match.start(), match.end()))
            raised = high >= 140 or low >= 90
            yield from _means(systolic, high, start, match.end())
            yield from _means(diastolic, low, start, match.end(), derive=not (high >= 140 and raised))
        pattern = re.compile(rf"(?:{_any(systolic.words)}){_FAR}(?P<n>{NUMBER})")
        for match in pattern.finditer(text):
            value = parse(match["n"])
            if (
                value is None
                or any(s <= match.start("n") < e for s, e in done)
                or _bound(text, match.start("n"))
            ):
                continue
            if value >= 60:
                yield from _means(systolic, value, match.start(), match.end())


def _lost_weight(text: str) -> Iterable[Mention]:
    for match in _LOST.finditer(text):
        value = parse(match["n"])
        kilograms = (value or 0) * (0.5 if match["unit"] == "斤" else 1.0)
        if 0.5 <= kilograms <= 100:
            yield Mention("体重下降", *match.span(), (match.span(),), "measured", value=kilograms)


def _means(
    measurement: Measurement, value: float, start: int, end: int, *, derive: bool = True
) -> Iterable[Mention]:
    low, high = measurement.plausible
    if not low <= value <= high:
        return
    spans = ((start, end),)
    yield Mention(measurement.term, start, end, spans, "measured", value=value)
    if not derive:
        return
    for meaning in measurement.means:
        if meaning.from_ is not None and value < meaning.from_:
            continue
        if meaning.below is not None and value >= meaning.below:
            continue
        status = Status.ABSENT if meaning.absent else Status.PRESENT
        yield Mention(meaning.term, start, end, spans, "measured", value=value, status=status)


def _near(text: str, start: int) -> str:
    """The words of the same clause before a number."""
    return re.split("[，。；！？\n]", text[max(0, start - _WORDS_BEFORE) : start])[-1]


def _bound(text: str, start: int) -> bool:
    match = _BOUND.search(text[max(0, start - 4) : start])
    return bool(match and match[1] not in _UPPER)


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
