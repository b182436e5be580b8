"""Words for time. The tests' day is Monday 23 November 2026, nine in the morning."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking import When, names_past_day, parse_when
from core.clock import SHANGHAI

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
NUMERALS = "零一二三四五六七八九十"


def day(month: int, of_month: int, year: int = 2026) -> date:
    return date(year, month, of_month)


def chinese(number: int) -> str:
    if number <= 10:
        return NUMERALS[number]
    tens, ones = divmod(number, 10)
    return (NUMERALS[tens] if tens > 1 else "") + "十" + (NUMERALS[ones] if ones else "")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("今天", day(11, 23), None),
        ("明儿个", day(11, 24), None),
        ("后天", day(11, 25), None),
        ("大后天", day(11, 26), None),
        ("後天", day(11, 25), None),
        ("明后天", day(11, 24), day(11, 25)),
        ("周一", day(11, 23), None),
        ("周三", day(11, 25), None),
        ("礼拜天", day(11, 29), None),
        ("这周五", day(11, 27), None),
        ("下周三", day(12, 2), None),
        ("下下周二", day(12, 8), None),
        ("下个星期一", day(11, 30), None),
        ("下周", day(11, 30), day(12, 6)),
        ("这周", day(11, 23), day(11, 29)),
        ("周末", day(11, 28), day(11, 29)),
        ("下周末", day(12, 5), day(12, 6)),
        ("12月3号", day(12, 3), None),
        ("十二月三日", day(12, 3), None),
        ("3号", day(12, 3), None),
        ("二十五号", day(11, 25), None),
        ("下个月3号", day(12, 3), None),
        ("2026-12-03", day(12, 3), None),
        ("12/3", day(12, 3), None),
        ("3月5号", day(3, 5, 2027), None),
        ("11月20号", day(11, 20), None),
        ("月底", day(11, 24), day(11, 30)),
        ("下个月初", day(12, 1), day(12, 5)),
        ("三天后", day(11, 26), None),
        ("一周后", day(11, 30), None),
        ("半个月后", day(12, 8), None),
        ("过两天", day(11, 25), day(11, 30)),
        ("三天内", day(11, 23), day(11, 26)),
        ("周一到周三", day(11, 23), day(11, 25)),
        ("周三或者周四", day(11, 25), day(11, 26)),
        ("明天不行，后天吧", day(11, 25), None),
        ("周三没空，周五可以", day(11, 27), None),
        ("把周三的改到周五", day(11, 27), None),
        ("提前到明天", day(11, 24), None),
        ("今天肚子疼，想约明天", day(11, 24), None),
        ("周三…算了，周四吧", day(11, 26), None),
    ],
)
def test_a_day_is_understood(text: str, first: date, last: date | None) -> None:
    when = parse_when(text, NOW)
    assert when is not None
    assert (when.first, when.last, when.period, when.time, when.dated) == (
        first,
        last or first,
        None,
        None,
        True,
    )


@pytest.mark.parametrize(
    ("text", "period", "at"),
    [
        ("明天上午", "上午", None),
        ("明早", "上午", None),
        ("明天一早", "上午", None),
        ("明天下午", "下午", None),
        ("明天中午", "中午", None),
        ("明晚", "晚上", None),
        ("明天下班后", "晚上", None),
        ("明天八点半", "上午", time(8, 30)),
        ("明天下午3点", "下午", time(15)),
        ("明天三点", "下午", time(15)),
        ("明天15:30", "下午", time(15, 30)),
        ("明天上午九点一刻", "上午", time(9, 15)),
        ("明天下午一点", "下午", time(13)),
        ("明天两点半", "下午", time(14, 30)),
        ("明天十点钟左右", "上午", time(10)),
        ("下午三点，明天", "下午", time(15)),
        ("明天上午不行，下午可以", "下午", None),
    ],
)
def test_a_time_of_day_is_understood(text: str, period: str, at: time | None) -> None:
    when = parse_when(text, NOW)
    assert when is not None
    assert (when.first, when.period, when.time) == (TODAY + timedelta(days=1), period, at)


@pytest.mark.parametrize(
    ("text", "at", "not_before", "not_after"),
    [
        ("明天九点以后", time(9), True, False),
        ("明天下午4点后", time(16), True, False),
        ("明天十点前", time(10), False, True),
        ("明天9点到10点", time(9), True, False),
    ],
)
def test_an_edge_is_understood(text: str, at: time, not_before: bool, not_after: bool) -> None:
    when = parse_when(text, NOW)
    assert when is not None
    assert (when.time, when.not_before, when.not_after) == (at, not_before, not_after)


@pytest.mark.parametrize("text", ["越快越好", "尽快", "最近的", "最早的号", "哪天都行", "早一点的", "随便"])
def test_any_day_is_understood(text: str) -> None:
    when = parse_when(text, NOW)
    assert when is not None
    assert (when.first, when.dated, when.period, when.time) == (TODAY, False, None, None)


@pytest.mark.parametrize(
    "text",
    ["", "我想取消", "头疼三天了", "最近肚子疼", "有一点疼", "3号楼在哪", "第二个", "不要周三", "上周三",
     "明天不行", "前天", "25点", "31号", "13月40号", "医生叫什么"],
)  # fmt: skip
def test_no_time_is_found_where_none_is_asked_for(text: str) -> None:
    assert parse_when(text, NOW) is None


def test_a_weekday_named_on_that_day_after_clinic_means_next_week() -> None:
    evening = NOW.replace(hour=18)
    when = parse_when("周一", evening)
    assert when is not None
    assert when.first == day(11, 30)


def test_what_is_said_later_refines_or_replaces() -> None:
    wednesday, afternoon = parse_when("周三", NOW), parse_when("下午三点", NOW)
    assert wednesday is not None
    assert afternoon is not None
    both = wednesday.refined_by(afternoon)
    assert (both.first, both.period, both.time, both.dated) == (day(11, 25), "下午", time(15), True)
    friday = parse_when("周五", NOW)
    assert friday is not None
    assert both.refined_by(friday) == friday
    anything = parse_when("都行", NOW)
    assert anything is not None
    assert both.refined_by(anything) == anything


def test_a_span_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="after"):
        When(day(11, 24), day(11, 23))


moments = st.builds(
    lambda days, minutes: NOW + timedelta(days=days, minutes=minutes),
    st.integers(-900, 1500),
    st.integers(0, 1439),
)


@given(moments, st.integers(0, 300), st.booleans(), st.sampled_from("日号"))
def test_any_date_written_out_is_that_date(now: datetime, ahead: int, in_words: bool, ending: str) -> None:
    wanted = now.date() + timedelta(days=ahead)
    write = chinese if in_words else str
    when = parse_when(f"{write(wanted.month)}月{write(wanted.day)}{ending}", now)
    assert when is not None
    assert (when.first, when.last) == (wanted, wanted)


@given(moments, st.integers(1, 7), st.sampled_from(["周", "星期", "礼拜"]))
def test_a_weekday_of_next_week_is_in_next_week(now: datetime, weekday: int, word: str) -> None:
    when = parse_when(f"下{word}{'一二三四五六日'[weekday - 1]}", now)
    assert when is not None
    monday = now.date() - timedelta(days=now.weekday())
    assert when.first == when.last == monday + timedelta(days=6 + weekday)


@given(moments, st.integers(1, 28), st.sampled_from(["天后", "天以后", "天之后"]))
def test_days_later_are_counted(now: datetime, days: int, ending: str) -> None:
    for number in (str(days), chinese(days)):
        when = parse_when(f"{number}{ending}", now)
        assert when is not None
        assert when.first == when.last == now.date() + timedelta(days=days)


@given(st.integers(7, 17), st.sampled_from([0, 15, 30]))
def test_any_clinic_time_is_the_same_in_digits_and_words(hour: int, minute: int) -> None:
    digits = parse_when(f"明天{hour}:{minute:02d}", NOW)
    words = parse_when(f"明天{chinese(hour)}点{ {0: '', 15: '一刻', 30: '半'}[minute] }", NOW)
    assert digits is not None
    assert digits == words
    assert digits.time == time(hour, minute)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=100)
    | st.lists(
        st.sampled_from(
            [
                *"0123456789一二三十月日号周末下上午晚点半前后到或不改约的，/-:",
                "星期",
                "礼拜",
                "最近",
                "半个月",
                "大后天",
                "2026年",
            ]
        ),
        max_size=12,
    ).map("".join),
    moments,
)
def test_any_text_is_read_without_an_exception(text: str, now: datetime) -> None:
    when = parse_when(text, now)
    assert when is None or when.first <= when.last


@given(
    st.sampled_from(["明天上午", "下周三", "12月3号下午三点", "周五", "尽快"]),
    st.sampled_from(["麻烦您", "请问", "那就", "我想约", "谢谢，"]),
)
def test_polite_words_change_nothing(core: str, polite: str) -> None:
    assert parse_when(polite + core, NOW) == parse_when(core, NOW)
    assert parse_when(core + "，" + polite, NOW) == parse_when(core, NOW)


@pytest.mark.parametrize("said", ["改到上周五", "挂眼科 昨天上午", "约昨天的号", "改到上个月3号吧"])
def test_a_day_behind_that_is_asked_for_is_known_as_past(said: str) -> None:
    assert names_past_day(said)


@pytest.mark.parametrize("said", ["昨天开始疼，挂眼科", "挂眼科明天上午", "我昨天挂的号", "上周五开始咳嗽"])
def test_a_day_behind_that_only_tells_since_when_is_no_wish(said: str) -> None:
    assert not names_past_day(said)


def test_a_holiday_is_known_by_its_name() -> None:
    holidays = {date(2026, 10, 1): "国庆节", date(2027, 2, 5): "春节", date(2027, 2, 10): "春节"}
    when = parse_when("改到春节", NOW, holidays)
    assert when is not None
    assert (when.first, when.last) == (date(2027, 2, 5), date(2027, 2, 10))
    assert parse_when("春节前都行", NOW, {}) is not None
    assert parse_when("改到春节", NOW) is None
