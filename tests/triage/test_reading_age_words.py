"""Words behind a time that sound like an age and are none."""

from __future__ import annotations

import pytest

from triage import Triage


@pytest.mark.parametrize(
    "text", ["这两天大便发黑", "三天大姨妈没来了", "两个月大便都不成形", "脸圆得像满月", "两天大腿疼"]
)
def test_no_age_is_heard_where_none_is_said(engine: Triage, text: str) -> None:
    assert engine.read(text).person.age is None


@pytest.mark.parametrize(
    ("text", "years"), [("5天大的宝宝", 5 / 365), ("宝宝三个月大一直吐", 0.25), ("宝宝刚满月", 1 / 12)]
)
def test_a_babys_age_is_still_heard(engine: Triage, text: str, years: float) -> None:
    assert engine.read(text).person.age == pytest.approx(years, abs=0.01)


@pytest.mark.parametrize("text", ["俺自个儿 45 男", "男45", "45，女"])
def test_age_and_sex_are_typed_short(engine: Triage, text: str) -> None:
    assert engine.read(text).person.age == 45
    assert engine.read(text).person.sex in {"男", "女"}
