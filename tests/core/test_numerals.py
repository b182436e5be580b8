"""Numerals are read as people mean them, and what is none is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numerals import number, whole

_WORDS = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("零", 0), ("七", 7), ("两", 2), ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23),
        ("一百", 100), ("一百零三", 103), ("一百三", 130), ("一百三十", 130), ("一百一十二", 112),
        ("两千三", 2300), ("一千零五十", 1050), ("三万", 30_000), ("三万五", 35_000), ("三万零五", 30_005),
        ("一万二千", 12_000), ("十二万三千四百五十六", 123_456), ("二〇二六", 2026), ("一三八", 138),
    ],
)  # fmt: skip
def test_a_numeral_has_its_value(text: str, value: int) -> None:
    assert whole(text) == value


@pytest.mark.parametrize("text", ["", "天", "十百", "二三十", "百千", "万", "一万二万", "三点五", "12"])
def test_what_is_no_numeral_has_no_value(text: str) -> None:
    assert whole(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("三十八点五", 38.5), ("七点二", 7.2), ("三十八", 38), ("点五", None), ("三点", None), ("三点十", None)],
)
def test_a_point_begins_a_fraction(text: str, value: float | None) -> None:
    assert number(text) == value


@given(st.integers(0, 9999))
def test_every_number_is_understood_as_it_is_written_in_full(value: int) -> None:
    assert whole(_written(value)) == value


@given(st.text(alphabet=_WORDS + "十百千万两〇点度 a", max_size=12))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    assert (number(text) or 0) >= 0


def _written(value: int) -> str:
    if value < 10:
        return _WORDS[value]
    parts: list[str] = []
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            parts.append(_WORDS[digit] + name)
        elif parts and value % unit and parts[-1] != "零":
            parts.append("零")
    return "".join(parts)
