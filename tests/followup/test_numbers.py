"""Numbers as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.measures import read_values
from followup.numbers import arabic

_DIGITS = "零一二三四五六七八九"


def _spoken(number: int) -> str:
    """A whole number below 1000 as it is read out."""
    if number < 10:
        return _DIGITS[number]
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    return words + (_DIGITS[ones] if ones else "")


@given(st.integers(35, 42), st.integers(0, 9))
def test_every_temperature_is_understood_however_it_is_written(whole: int, tenth: int) -> None:
    wanted = float(f"{whole}.{tenth}")
    spoken = _spoken(whole)
    ways = [
        f"{whole}.{tenth}",
        f"{whole}.{tenth}度",
        f"{whole}度{tenth}",
        f"{spoken}度{_DIGITS[tenth]}",
        f"{spoken}点{_DIGITS[tenth]}度",
    ]
    for way in ways:
        values = [
            value.number
            for value in read_values(way, frozenset({"temperature"}))
            if value.measure == "temperature"
        ]
        assert values == [wanted], way


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    arabic(text)
    read_values(
        text, frozenset({"temperature", "pain", "glucose", "pressure", "spo2", "stools", "output"}), text
    )


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("一百三", "130"), ("一百零三", "103"), ("五六次", "5~6次"), ("十五六", "15~16"),
        ("十分疼", "十分疼"),
        ("有一点疼", "有一点疼"), ("一直疼", "一直疼"), ("一百三八十五", "130/85"), ("三八度五", "38度5"),
        ("两三天", "2~3天"),
    ],
)  # fmt: skip
def test_spoken_numbers_become_digits(text: str, digits: str) -> None:
    assert arabic(text) == digits


@pytest.mark.parametrize(
    ("text", "asked", "measure", "number"),
    [
        ("昨晚烧到38度9", "", "temperature", 38.9),
        ("没到38度", "", "temperature", 37.9),
        ("疼痛大概三分", "", "pain", 3),
        ("7分吧", "pain", "pain", 7),
        ("血糖七点二", "", "glucose", 7.2),
        ("饭后两小时9.8", "", "glucose", 9.8),
        ("高压一百八，低压九十五", "", "systolic", 180),
        ("三天重了2.5公斤", "", "weight_gain", 2.5),
        ("比昨天重了三斤", "", "weight_gain", 1.5),
        ("一天拉了五六次", "", "stools", 6),
        ("两三天没大便", "", "no_stool_days", 3),
        ("一个小时就湿透一片", "", "pads_per_hour", 1),
        ("造口排了1200毫升", "", "output", 1200),
        ("血氧91", "", "spo2", 91),
    ],
)
def test_measures_carry_their_unit(text: str, asked: str, measure: str, number: float) -> None:
    values = {value.measure: value.number for value in read_values(text, frozenset(asked.split()))}
    assert values[measure] == number


def test_other_numbers_are_no_measures() -> None:
    assert read_values("我疼了两天，吃了三片药，8点睡的，3号复查") == ()
