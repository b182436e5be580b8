"""Measured values in an answer: temperature, pain score, glucose, blood pressure and the like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from followup.numbers import arabic

_N = r"(\d+(?:\.\d+)?)(?:\s*[~～\-—到至]\s*(\d+(?:\.\d+)?))?"
#: Measure → its Chinese name and unit.
MEASURES = {
    "temperature": ("体温", "℃"), "pain": ("疼痛", "分"), "glucose": ("血糖", " mmol/L"),
    "systolic": ("收缩压", " mmHg"), "diastolic": ("舒张压", " mmHg"), "spo2": ("血氧", "%"),
    "heart_rate": ("心率", " 次/分"), "weight_gain": ("体重增加", " 公斤"), "stools": ("排便", " 次"),
    "vomits": ("呕吐", " 次"), "no_stool_days": ("未排便", " 天"), "pads_per_hour": ("每小时卫生巾", " 片"),
    "output": ("造口排出", " 毫升"), "mood_score": ("情绪量表", " 分"), "score": ("症状评分", " 分"),
}  # fmt: skip
#: Said of a value that was not reached, 没到38度.
_BELOW = re.compile(r"(?:不到|没到|没有到|没超过|没有超过|不超过|未超过|低于|没上|没过|不过)\s*$")
#: No measure has so many digits.
_TOO_LONG = re.compile(r"\d{9,}")


@dataclass(frozen=True, slots=True)
class Value:
    """One measured value."""

    #: `temperature` (°C), `pain` (0–10), `glucose` (mmol/L), `systolic`, `diastolic` (mmHg), `spo2` (%),
    #: `heart_rate` (per minute), `weight_gain` (kg), `stools`, `vomits` (times), `no_stool_days` (days),
    #: `pads_per_hour`, `output` (mL in 24 h), `mood_score` (points of the scale), `score` (0–10).
    measure: str
    number: float
    #: For glucose: `fasting` or `after_meal`; for weight gain: `day`, `days` or `week`; else empty.
    when: str = ""
    #: The words it was read from, in digits.
    text: str = ""


def read_values(text: str, asked: frozenset[str] = frozenset(), question: str = "") -> tuple[Value, ...]:
    """All values that the text states.

    `asked`: the measures that the question wants; a bare number is read as one of them. `question`: its
    text, because 空腹血糖多少 says what a bare 8 means.
    """
    plain = _tidy(arabic(text))
    found: list[Value] = []
    for read in _READERS:
        found += read(plain, asked, arabic(question))
    return tuple(dict.fromkeys(found))


def _tidy(text: str) -> str:
    text = _TOO_LONG.sub("", text).replace("．", ".").replace("點", "点")
    text = re.sub(r"(?<=\d)\s*[点。](?=\d(?!\d*\s*[:：分半]))", ".", text)
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)


def _numbers(match: re.Match[str], group: int = 1) -> float:
    """The number, or the upper end of a range."""
    upper = match.group(group + 1)
    return float(upper or match.group(group))


def _below(plain: str, match: re.Match[str], step: float, group: int = 1) -> float:
    number = _numbers(match, group)
    return number - step if _BELOW.search(plain[: match.start(group)]) else number


_TEMPERATURE = re.compile(
    r"(?<![\d./])(3[4-9]|4[0-3])(?:\.(\d{1,2}))?\s*(?:度|℃|°\s*c?|摄氏度)\s*(?:(\d)(?![\d点:天次小])|(半)|([多几]))?",
    re.IGNORECASE,
)
_TEMPERATURE_SAID = re.compile(
    r"(?:体温|烧到|发烧|发热|低烧|高烧|烧)[^\d，。,;；]{0,8}(3[4-9]|4[0-3])(?:\.(\d{1,2}))?(?!\d)"
)
_TEMPERATURE_BARE = re.compile(
    r"(?<![\d./])(3[4-9]|4[0-3])\.(\d{1,2})(?![\d./]|\s*(?:公斤|kg|斤|岁|%))", re.I
)
_TEMPERATURE_WHOLE = re.compile(r"(?<![\d./])(3[5-9]|4[0-2])(?![\d./]|\s*(?:天|次|岁|周|分|小时|公斤|斤))")


def _temperature(plain: str, asked: frozenset[str], _question: str) -> Iterator[Value]:
    taken: set[int] = set()
    patterns = [_TEMPERATURE, _TEMPERATURE_SAID, _TEMPERATURE_BARE]
    if "temperature" in asked:
        patterns.append(_TEMPERATURE_WHOLE)
    for pattern in patterns:
        for match in pattern.finditer(plain):
            if match.start(1) in taken:
                continue
            taken.add(match.start(1))
            groups = match.groups() + (None,) * 5
            tail = groups[1] or groups[2] or ("5" if groups[3] else "0")
            number = float(f"{groups[0]}.{tail}")
            if _BELOW.search(plain[: match.start(1)]) or plain[match.end() :].startswith(("以下", "以内")):
                number = round(number - 0.1, 1)
            yield Value("temperature", number, "", match.group())


_PAIN = re.compile(
    r"(?:[疼痛][^，。；\d]{0,8})" + _N + r"\s*(?:分|级|/10)?(?![\d.]|次|天|小时|点|片|度|周|个|粒)"
)
_POINTS = re.compile(r"(?<![\d.])" + _N + r"\s*(?:分(?!钟|之)|/10(?!\d))")
_BARE = re.compile(
    r"^\D{0,8}?"
    + _N
    + r"\s*(?:分|级|次|左右|吧|的样子|上下|多|个|回|趟|天|片|mmol(?:/l)?|ml|毫升|%|％)*\s*"
    + r"\W*[吧呢啊呀了的左右样子上下多一点儿]{0,4}\W*$",
    re.I,
)


def _pain(plain: str, asked: frozenset[str], question: str) -> Iterator[Value]:
    if "mood_score" in asked:
        return
    pattern = [_PAIN] + ([_POINTS, _BARE] if asked & {"pain", "score"} else [])
    if not asked:
        pattern.append(_POINTS)
    measure = "score" if "score" in asked and not re.search("[疼痛]", plain + question) else "pain"
    seen: set[int] = set()
    for each in pattern:
        for match in each.finditer(plain):
            number = _numbers(match)
            if number <= 10 and match.start(1) not in seen:
                seen.add(match.start(1))
                yield Value(measure, number, "", match.group())


_GLUCOSE_TAIL = (
    r"(?![\d.]|\s*(?:个?小时|点|片|单位|u\b|次|天|号|粒|颗|块|斤|公斤|克|g\b|分|周|月|年|岁|[:：/]))"
)
_GLUCOSE = re.compile(
    r"(血糖|空腹|餐后|饭后|随机|睡前|早上|晨起|早晨|测了?|糖)([^\d。；]{0,10}?)" + _N + _GLUCOSE_TAIL, re.I
)
_GLUCOSE_UNIT = re.compile(r"(?<![\d.])" + _N + r"\s*(?:mmol|毫摩尔|个糖)", re.I)
_AFTER_MEAL = re.compile(r"餐后|饭后|吃完|两小时|2小时|2h|睡前|随机", re.I)
_FASTING = re.compile(r"空腹|早上没吃|晨起|早晨|早上|清晨|起床|餐前|饭前")


def _glucose(plain: str, asked: frozenset[str], question: str) -> Iterator[Value]:
    if "glucose" not in asked and not re.search(r"血糖|空腹|餐后|mmol|饭后.{0,6}\d", plain, re.I):
        return
    plain = re.sub(
        r"(?:餐后|饭后|吃完饭?)\s*(?:半|\d+(?:\.\d+)?)\s*个?(?:小时|h|钟头)", "餐后", plain, flags=re.I
    )
    plain = re.sub(r"糖化(?:血红蛋白)?[^\d，。]{0,6}\d+(?:\.\d+)?\s*[%％]?", "", plain)
    taken: set[int] = set()
    patterns: list[tuple[re.Pattern[str], int]] = [(_GLUCOSE, 3), (_GLUCOSE_UNIT, 1)]
    if "glucose" in asked:
        patterns.append((re.compile(r"(?<![\d.])" + _N + _GLUCOSE_TAIL), 1))
    for pattern, group in patterns:
        for match in pattern.finditer(plain):
            number = _below(plain, match, 0.1, group)
            if match.start(group) in taken or not 0.5 <= number <= 45:
                continue
            taken.add(match.start(group))
            low = float(match.group(group))
            yield Value(
                "glucose",
                low if low <= 3.9 else number,
                _meal(plain[: match.start(group)], plain, question),
                match.group(),
            )


def _meal(before: str, plain: str, question: str) -> str:
    fasting = [m.start() for m in _FASTING.finditer(before)]
    after = [m.start() for m in _AFTER_MEAL.finditer(before)]
    if fasting or after:
        return "fasting" if max(fasting, default=-1) > max(after, default=-1) else "after_meal"
    for text in (plain, question):
        if bool(_FASTING.search(text)) != bool(_AFTER_MEAL.search(text)):
            return "fasting" if _FASTING.search(text) else "after_meal"
    return ""


_PRESSURE = re.compile(
    r"(?<![\d.])(\d{2,3})\s*(?:[/／\\,，、比和 ]|低压|-|~|的?高压)+\s*(\d{2,3})(?![\d.]|\s*[/天次])"
)
_HIGH = re.compile(r"(?:高压|收缩压|上压|上面)[^\d，。]{0,6}(\d{2,3})(?!\d)")
_LOW = re.compile(r"(?:低压|舒张压|下压|下面)[^\d，。]{0,6}(\d{2,3})(?!\d)")
_ONE = re.compile(r"血压[^\d。]{0,10}(\d{2,3})(?![\d.])")


def _pressure(plain: str, asked: frozenset[str], _question: str) -> Iterator[Value]:
    for match in _PRESSURE.finditer(plain):
        high, low = float(match.group(1)), float(match.group(2))
        slash = "/" in match.group() or "血压" in plain or "压" in plain
        if 60 <= high <= 280 and 30 <= low <= 160 and high > low and ("pressure" in asked or slash):
            yield Value("systolic", high, "", match.group())
            yield Value("diastolic", low, "", match.group())
    for pattern, name, least, most in ((_HIGH, "systolic", 60, 280), (_LOW, "diastolic", 30, 160)):
        for match in pattern.finditer(plain):
            if least <= float(match.group(1)) <= most:
                yield Value(name, float(match.group(1)), "", match.group())
    if not any(pattern.search(plain) for pattern in (_PRESSURE, _HIGH, _LOW)):
        found = _ONE.search(plain) or (_BARE.search(plain) if "pressure" in asked else None)
        if found and 90 <= float(found.group(1)) <= 280:
            yield Value("systolic", float(found.group(1)), "", found.group())


_SPO2 = re.compile(r"(?:血氧|氧饱和度?|饱和度|spo2)[^\d。]{0,10}" + _N + r"(?!\d)", re.I)
_RATE = re.compile(r"(?:心率|脉搏|心跳)[^\d。]{0,10}" + _N + r"(?![\d.])")


def _vital(plain: str, asked: frozenset[str], _question: str) -> Iterator[Value]:
    for pattern, name, least, most in ((_SPO2, "spo2", 50, 100), (_RATE, "heart_rate", 25, 250)):
        matches = list(pattern.finditer(plain)) or (
            [m] if name in asked and (m := _BARE.search(plain)) else []
        )
        for match in matches:
            # The lower end of a range of oxygen readings is the one that matters.
            number = float(match.group(1)) if name == "spo2" else _numbers(match)
            if least <= number <= most:
                yield Value(name, number, "", match.group())


_GAIN = re.compile(
    r"(?:重了|胖了|涨了|长了|增加了?|增了|多了|上涨了?|加了|重|涨)\s*(?:大概|差不多|快|将近|有|约)?\s*(?:了)?\s*"
    r"(?:" + _N + r"|(半))\s*(公斤|千克|kg|斤)(半)?",
    re.I,
)


def _weight(plain: str, _asked: frozenset[str], question: str) -> Iterator[Value]:
    for match in _GAIN.finditer(plain):
        number = 0.5 if match.group(3) else _numbers(match)
        number += 0.5 if match.group(5) else 0
        kilograms = number / 2 if match.group(4) == "斤" else number
        yield Value("weight_gain", kilograms, _period(plain) or _period(arabic(question)), match.group())


def _period(text: str) -> str:
    if re.search(r"(?:比|跟)?昨天|1天|一天|一夜|隔夜|24小时|昨晚", text):
        return "day"
    if re.search(r"[23](?:~3)?天|两天|这几天|几天", text):
        return "days"
    if re.search(r"[1一]?周|星期|礼拜|[4567]天", text):
        return "week"
    return ""


_TIMES = r"(?:次|回|趟|遍|泡)"
_STOOLS = re.compile(
    r"(?:拉|泻|大便|跑厕所|跑了|上厕所|解|便)[^，。；\d]{0,8}" + _N + r"\s*(?:多)?\s*" + _TIMES
)
_VOMITS = re.compile(r"吐[^，。；\d泻]{0,8}" + _N + r"\s*(?:多)?\s*" + _TIMES)
_NO_STOOL = re.compile(
    _N + r"\s*天(?:多)?(?:都)?(?:没有?|未|不)(?:大便|解大便|拉大便|解|拉|排便|上大号|大号|排气|放屁|通气)|"
    r"(?:便秘|没有?大便|没解大便|没拉大便|没排便)[^，。；\d]{0,4}" + _N + r"\s*天"
)
_PADS = re.compile(
    r"(?:每?(?:一|1|个)*\s*(?:个)?(?:小时|钟头)|每小时)[^，。；\d]{0,10}(?:" + _N + r")\s*(?:片|块|张|条|包)|"
    r"(半)\s*个?(?:小时|钟头)[^，。；\d]{0,10}(?:" + _N + r")?\s*(?:片|块|张|条)"
)
_OUTPUT = re.compile(_N + r"\s*(?:多)?\s*(?:ml|毫升|cc)", re.I)
_SCORE = re.compile(
    r"(?:量表|得分|总分|评分|EPDS|PHQ-?9|GAD-?7|打分)[^\d。]{0,8}" + _N + r"\s*分?(?!\d)", re.I
)


def _counts(plain: str, asked: frozenset[str], question: str) -> Iterator[Value]:
    for match in _STOOLS.finditer(plain):
        yield Value("stools", _numbers(match), "", match.group())
    for match in _VOMITS.finditer(plain):
        yield Value("vomits", _numbers(match), "", match.group())
    for name in asked & {"stools", "vomits"}:
        bare = re.search(_N + r"\s*(?:多)?\s*" + _TIMES, plain) or _BARE.search(plain)
        if (
            bare
            and "天" not in bare.group()
            and not (_STOOLS.search(plain) or _VOMITS.search(plain) or _NO_STOOL.search(plain))
        ):
            yield Value(name, _numbers(bare), "", bare.group())
    for match in _NO_STOOL.finditer(plain):
        groups = [group for group in match.groups() if group]
        yield Value("no_stool_days", float(groups[-1]), "", match.group())
    for match in _PADS.finditer(plain):
        number = float(match.group(2) or match.group(1) or match.group(5) or match.group(4) or 1)
        yield Value("pads_per_hour", number * (2 if match.group(3) else 1), "", match.group())
    if "output" in asked or re.search("造口|排出|排了|出量", plain):
        found = list(_OUTPUT.finditer(plain))
        if not found and "output" in asked and (bare := _BARE.search(plain)):
            found = [bare]
        for match in found:
            yield Value("output", _numbers(match), "", match.group())
    scored = list(_SCORE.finditer(plain))
    if not scored and "mood_score" in asked:
        scored = [m for m in (_BARE.search(plain), _POINTS.search(plain)) if m][:1]
    for match in scored:
        if _numbers(match) <= 30 and (
            "mood_score" in asked or re.search("EPDS|PHQ|GAD|量表", plain + question, re.I)
        ):
            yield Value("mood_score", _numbers(match), "", match.group())


_READERS: tuple[Callable[[str, frozenset[str], str], Iterator[Value]], ...] = (
    _temperature, _pain, _glucose, _pressure, _vital, _weight, _counts,
)  # fmt: skip
