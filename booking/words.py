"""Chinese words for time: 后天上午, 下周三, 12月3号下午三点半, 越快越好 → a span of days and a time of day.

Pure: everything is relative to the `now` that is passed in.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from booking.named_days import TRADITIONAL, WEEK, holidays_named
from core.numerals import whole

#: How far "any day" reaches, days. What can really be booked is the hospital's rule, not a matter of words.
HORIZON_DAYS = 30
#: A date that lies back at most this far is meant as said, and not as next year's, days.
_RECENT_PAST_DAYS = 60
#: A weekday named on that very day means today as long as this hour has not come.
_LAST_CLINIC_HOUR = 16
#: A time of day that stands before its day does so within this many characters.
_SHORT_CLAUSE = 5

MORNING, NOON, AFTERNOON, EVENING = "上午", "中午", "下午", "晚上"


@dataclass(frozen=True, slots=True)
class When:
    """When somebody wants to come. Days are inclusive; they may lie in the past if that was said."""

    first: date
    last: date
    #: 上午, 下午, 中午 or 晚上; None if it does not matter.
    period: str | None = None
    #: The time of day that was named.
    time: time | None = None
    #: True if `time` is the earliest (九点以后) or the latest (十一点前) that suits.
    not_before: bool = False
    not_after: bool = False
    #: False if only a time of day was said, so that the days are "any".
    dated: bool = True

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("the first day is after the last")

    def refined_by(self, later: When) -> When:
        """What was said before and after, together: 周三, then 下午三点. A new day replaces everything."""
        if later.dated or (later.period is None and later.time is None):
            return later
        return replace(later, first=self.first, last=self.last, dated=self.dated)


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    first: date
    last: date


_NUMBER = r"(?:\d{1,2}|[零一二两三四五六七八九]?十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_WEEKDAYS = {
    word: index
    for index, words in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7"))
    for word in words
}
_DAY_WORDS = {"今": 0, "当": 0, "明": 1, "后": 2, "大后": 3}

#: Behind one of these stands what is wanted now; before it, what was.
_CHANGE_TO = re.compile(r"(?:改|换|挪|调|推迟|推|提前|延|移|约)(?:到|成|在|至|为)")
_NO_BEFORE = re.compile(r"(?:不要|别|除了|不是|不想|不能|不)(?:在|约|挂|选|去)?$")
_NO_AFTER = re.compile(
    r"^(?:的|那天|就|都|我|又|还|真|实在|要上班|有事|,)*"
    r"(?:不行|没空|没时间|没有时间|不方便|不可以|去不了|来不了|不合适|太早|太晚|太久|不想|上不了|请不了假|有事|不得空|不好)"
)
_RANGE = re.compile(r"\s*(?:到|至|-|~|—|–)+\s*")
_CHOICE = re.compile(r"\s*(?:或者|或|和|跟|还是|、|,)\s*")


def parse_when(text: str, now: datetime, holidays: Mapping[date, str] | None = None) -> When | None:
    """The time that a message asks for, or None if it names none. Never raises.

    `holidays`: days off by date, so that their names are understood (春节).

    A day that is turned down (明天不行，后天吧) does not count, and of "把周三的改到周五" only Friday does.
    Two days joined by 到 or 或 give the span from one to the other; otherwise the last one named counts.
    """
    plain = unicodedata.normalize("NFKC", text).translate(TRADITIONAL)
    plain = re.sub(r"[，。；;！!？?\n]", ",", plain)
    for change in reversed(list(_CHANGE_TO.finditer(plain))):
        wanted = _read(plain[change.end() :], now, holidays)
        if wanted is not None:
            return wanted
    return _read(plain, now, holidays)


def _read(plain: str, now: datetime, holidays: Mapping[date, str] | None = None) -> When | None:
    today = now.date()
    named = [
        *_mentions(plain, now),
        *(_Mention(*one) for one in holidays_named(plain, today, holidays or {})),
    ]
    everything = sorted(named, key=lambda one: one.start)
    kept = [one for one in everything if not _turned_down(plain, one.start, one.end)]
    days = _together(plain, kept)
    if everything and not kept:
        return None
    rest = _beside(plain, days)
    period = _period(rest)
    clock = _clock(rest, period)
    if days is None and period is None and clock is None:
        return When(today, today + timedelta(HORIZON_DAYS), dated=False) if _ANY.search(plain) else None
    first, last = (days.first, days.last) if days else (today, today + timedelta(HORIZON_DAYS))
    at, not_before, not_after = clock or (None, False, False)
    if period is None and at is not None and not (not_before or not_after):
        period = _period_of(at)
    return When(first, last, period, at, not_before, not_after, dated=days is not None)


def _turned_down(plain: str, start: int, end: int) -> bool:
    return bool(_NO_BEFORE.search(plain[:start]) or _NO_AFTER.search(plain[end:]))


def _together(plain: str, kept: list[_Mention]) -> _Mention | None:
    """The span that the mentions mean: joined ones as one, else the last."""
    if not kept:
        return None
    span = kept[0]
    for mention in kept[1:]:
        between = plain[span.end : mention.start]
        if (_RANGE.fullmatch(between) or _CHOICE.fullmatch(between)) and span.first <= mention.last:
            span = _Mention(span.start, mention.end, span.first, mention.last)
        else:
            span = mention
    return span


def _beside(plain: str, days: _Mention | None) -> str:
    """The part of the text that tells the time of day for the chosen days.

    Behind them; or, if it names none there, a short clause before them: 下午三点，周五.
    """
    if days is None:
        return plain
    behind = plain[days.start :]
    if _period(behind) or _clock(behind, None):
        return behind
    before = plain[: days.start].rstrip(" ,的")
    return before[-_SHORT_CLAUSE:]


# -- days --------------------------------------------------------------------------------------------------

_Handler = Callable[[re.Match[str], datetime], tuple[date, date] | None]


def _on(day: date) -> tuple[date, date]:
    return day, day


def _relative_day(match: re.Match[str], now: datetime) -> tuple[date, date]:
    return _on(now.date() + timedelta(_DAY_WORDS[match[1]]))


def _two_days(match: re.Match[str], now: datetime) -> tuple[date, date]:
    first = now.date() + timedelta(_DAY_WORDS[match[1][0]])
    return first, first + timedelta(1)


def _weekday(match: re.Match[str], now: datetime) -> tuple[date, date] | None:
    today = now.date()
    which, named = match["which"] or "", match["day"]
    monday = today - timedelta(today.weekday())
    weeks = which.count("下")
    if named == "末":
        saturday = monday + timedelta(7 * weeks + 5)
        return max(saturday, today) if saturday <= today else saturday, saturday + timedelta(1)
    day = monday + timedelta(7 * weeks + _WEEKDAYS[named])
    if not which and (day < today or (day == today and now.hour >= _LAST_CLINIC_HOUR)):
        day += timedelta(7)
    return _on(day)


def _whole_week(match: re.Match[str], now: datetime) -> tuple[date, date]:
    today = now.date()
    monday = today - timedelta(today.weekday()) + timedelta(7 * match["which"].count("下"))
    return max(monday, today), monday + timedelta(6)


def _full_date(match: re.Match[str], now: datetime) -> tuple[date, date] | None:
    today = now.date()
    month, day = _number(match["month"]), _number(match["day"])
    if match["year"]:
        made = _date(int(match["year"]), month, day)
        return _on(made) if made else None
    made = _date(today.year, month, day)
    if made is None or (today - made).days > _RECENT_PAST_DAYS:
        made = _date(today.year + 1, month, day)
    return _on(made) if made else None


def _day_of_month(match: re.Match[str], now: datetime) -> tuple[date, date] | None:
    today, day = now.date(), _number(match["day"])
    months = match["which"].count("下") if match["which"] else 0
    if not match["which"] and day < today.day:
        months = 1
    year, month = _month(today, months)
    made = _date(year, month, day)
    return _on(made) if made else None


def _part_of_month(match: re.Match[str], now: datetime) -> tuple[date, date] | None:
    today = now.date()
    which = match["which"] or ""
    part = match["part"] or ""
    months = which.count("下")
    if part == "初" and not which and today.day > 5:
        months = 1
    year, month = _month(today, months)
    end = calendar.monthrange(year, month)[1]
    first, last = {"初": (1, 5), "中": (11, 20), "底": (end - 6, end), "末": (end - 6, end)}.get(
        part, (1, end)
    )
    start = date(year, month, first)
    return (max(start, today), date(year, month, last)) if date(year, month, last) >= today else None


def _days_later(match: re.Match[str], now: datetime) -> tuple[date, date]:
    return _on(now.date() + timedelta(_count(match)))


def _days_within(match: re.Match[str], now: datetime) -> tuple[date, date]:
    return now.date(), now.date() + timedelta(_count(match))


def _few_days(match: re.Match[str], now: datetime) -> tuple[date, date]:
    today = now.date()
    if match[0].startswith(("过", "再过")) or match[0].endswith("后"):
        return today + timedelta(2), today + timedelta(7)
    return today, today + timedelta(3)


def _count(match: re.Match[str]) -> int:
    if match["half"]:
        return 15
    return _number(match["count"]) * (7 if match["unit"] in {"周", "星期", "礼拜"} else 1)


_SPAN = rf"(?:(?P<half>半个月)|(?P<count>{_NUMBER})个?(?P<unit>天|日|周|星期|礼拜))"
_WHICH = r"(?P<which>(?:下个?){1,2}|这个?|本)"
_NOT_A_DAY = r"(?!楼|诊室|窗|线|门|厅|病房|床|院|码|\d)"
#: In order of precedence: an earlier pattern keeps its characters.
_DAYS: tuple[tuple[re.Pattern[str], _Handler], ...] = tuple(
    (re.compile(pattern), handler)
    for pattern, handler in (
        (
            r"(?<!\d)(?P<year>20\d\d)[年\-/.](?P<month>\d{1,2})[月\-/.](?P<day>\d{1,2})[日号]?(?!\d)",
            _full_date,
        ),
        (rf"(?P<year>)(?P<month>{_NUMBER})月(?:份)?(?P<day>{_NUMBER})[日号]?(?!\d|个|天)", _full_date),
        (
            r"(?P<year>)(?<![\d/\-.])(?P<month>1[0-2]|0?[1-9])/(?P<day>3[01]|[12]\d|0?[1-9])(?![\d/\-.])",
            _full_date,
        ),
        (
            r"再?过(?:两|几|三两)天(?!后|以后|之后)|(?:这|最近|近)一?(?:两|几|三)天|几天(?:之后|以后|后)",
            _few_days,
        ),
        (rf"(?:再过|过){_SPAN}(?:之?后|以后)?", _days_later),
        (rf"{_SPAN}(?:之后|以后|后)(?!天)", _days_later),
        (rf"{_SPAN}(?:之内|以内|内)", _days_within),
        (rf"{_WHICH}?(?<!上){WEEK}(?P<day>[一二三四五六日天末1-7])(?!\d|个|年|岁|天)", _weekday),
        (rf"{_WHICH}一?{WEEK}(?![一二三四五六日天末1-7])", _whole_week),
        (rf"{_WHICH}月的?(?P<day>{_NUMBER})[日号]", _day_of_month),
        (rf"(?<![\d一二三四五六七八九十个]){_WHICH}?月的?(?P<part>[初中底末])", _part_of_month),
        (r"(?P<which>(?:下个?){1,2})月(?P<part>)(?!\d)", _part_of_month),
        (rf"(?P<which>)(?<![\d月第])(?P<day>{_NUMBER})号{_NOT_A_DAY}", _day_of_month),
        (r"(今明|明后)(?:两?天|两日)", _two_days),
        (r"(大后|今|当|明|后)(?:天|日|儿个?|(?=早|晚|上午|下午|中午|晨|个儿))", _relative_day),
    )
)

_ANY = re.compile(
    r"尽快|尽早|[早快]一点|越快越好|越早越好|最快|最早|早点|快点|马上|立刻|赶紧|赶快|"
    r"最近的|最近(?:一|有|能|可以|什么时候|哪天|$)|近期|"
    r"(?:哪天|哪一天|什么时候|啥时候|几号|时间|随便哪天|任何时间)(?:都|随便|无所谓)|都行|都可以|都成|随便|随时|不限"
)


def _mentions(plain: str, now: datetime) -> list[_Mention]:
    found: list[_Mention] = []
    for pattern, handler in _DAYS:
        for match in pattern.finditer(plain):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            days = handler(match, now)
            if days is not None:
                found.append(_Mention(match.start(), match.end(), *days))
    return sorted(found, key=lambda one: one.start)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(today: date, later: int) -> tuple[int, int]:
    index = today.year * 12 + today.month - 1 + later
    return index // 12, index % 12 + 1


def _number(word: str) -> int:
    """Of what `_NUMBER` matches: 三 → 3, 二十三 → 23, 12 → 12."""
    return int(word) if word.isdigit() else whole(word) or 0


# -- the time of day ---------------------------------------------------------------------------------------

#: 周三晚, 明早: one character behind a day, and not 早点 or 晚一些.
_ONE = r"(?<=[今明天日一二三四五六]){}(?!点|一点|些|于)"
_PERIODS = (
    (EVENING, re.compile(r"晚上|夜里|夜间|夜晚|傍晚|下班后|下班以后|夜诊|晚间|" + _ONE.format("晚"))),
    (NOON, re.compile(r"中午|正午|午休")),
    (AFTERNOON, re.compile(r"下午|午后|后半天|下半天")),
    (MORNING, re.compile(r"上午|早上|早晨|清早|清晨|一早|大早|早起|午前|前半天|上半天|" + _ONE.format("早"))),
)

_CLOCK = re.compile(
    rf"(?<![\d:])(?:(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)(?!\d)|"
    rf"(?P<hour>{_NUMBER})点(?P<clock>钟|整)?(?P<minute>半|一刻|三刻|{_NUMBER}分?)?)"
    r"(?:钟|整|左右|的?时候)?(?P<edge>以后|之后|后(?!天)|过后|以前|之前|前(?!天)|开始)?"
)
#: "a little": 早一点, 有一点, 一点儿也不, not one o'clock.
_LITTLE_BEFORE = re.compile(r"[早晚快慢有好疼痛近大小么多少高低轻重差]$")
_LITTLE_AFTER = re.compile(r"^(?:儿|也|都|不|没|点)")


def _period(plain: str) -> str | None:
    found = [
        (match.end(), period)
        for period, pattern in _PERIODS
        for match in pattern.finditer(plain)
        if not _turned_down(plain, match.start(), match.end())
    ]
    return max(found)[1] if found else None


def _clock(plain: str, period: str | None) -> tuple[time, bool, bool] | None:
    """The last time of day that is named, and whether it is the earliest or the latest that suits.

    Of a span (九点到十点) the start counts, as the earliest.
    """
    told: tuple[time, bool, bool] | None = None
    ended = 0
    for match, at, not_before, not_after in _clocks(plain, period):
        if told is not None and _RANGE.fullmatch(plain[ended : match.start()]):
            told = (told[0], True, False)
        else:
            told = (at, not_before, not_after)
        ended = match.end()
    return told


def _clocks(plain: str, period: str | None) -> Iterator[tuple[re.Match[str], time, bool, bool]]:
    for match in _CLOCK.finditer(plain):
        if _turned_down(plain, match.start(), match.end()):
            continue
        if match["h"]:
            hour, minute = int(match["h"]), int(match["m"])
        else:
            little = match["hour"] == "一" and not match["minute"] and not match["clock"]
            if little and (
                _LITTLE_BEFORE.search(plain[: match.start()]) or _LITTLE_AFTER.search(plain[match.end() :])
            ):
                continue
            hour, minute = _number(match["hour"]), _minute(match["minute"])
        if period in {AFTERNOON, EVENING} and hour < 12:
            hour += 12
        elif period is None and not match["h"] and 1 <= hour <= 6:
            # Nobody books for three in the morning.
            hour += 12
        elif period == NOON and hour in {1, 2}:
            hour += 12
        if hour > 23 or minute > 59:
            continue
        edge = match["edge"] or ""
        yield match, time(hour, minute), edge.endswith("后") or edge == "开始", edge.endswith("前")


def _minute(word: str | None) -> int:
    if word is None:
        return 0
    return {"半": 30, "一刻": 15, "三刻": 45}.get(word) or _number(word.removesuffix("分"))


def _period_of(at: time) -> str:
    if at < time(12, 0):
        return MORNING
    if at < time(13, 30):
        return NOON
    return AFTERNOON if at < time(17, 30) else EVENING
