"""Which of the offered places a message means, and giving up, in many words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actions.history import _ALLERGY
from actions.identity import gives_up, wants_visit
from actions.slots import picked
from core.clock import FixedClock
from hospital import Hospital, load

_OFFERED = [
    {"id": "a", "label": "11月25日（周三）08:00 曹云苓 主任医师", "starts_at": "2026-11-25T08:00:00+08:00"},
    {"id": "b", "label": "11月25日（周三）14:00 曹云苓 主任医师", "starts_at": "2026-11-25T14:00:00+08:00"},
    {"id": "c", "label": "11月24日（周二）08:30 杨念霁 主治医师", "starts_at": "2026-11-24T08:30:00+08:00"},
]


@pytest.fixture(scope="module")
def the_hospital() -> Hospital:
    return load()


def _turn(text: str, clock: FixedClock, hospital: Hospital) -> Any:
    return SimpleNamespace(text=text, now=clock.now(), rooms=SimpleNamespace(hospital=hospital))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("第二个", "b"), ("2", "b"), ("选3号", "c"), ("最早的", "c"), ("都行", "c"), ("周三下午", "b"),
        ("周二的吧", "c"), ("明天上午八点半", "c"), ("杨念霁那个", "c"), ("曹云苓那个", None), ("周三", None),
        ("第七个", None), ("好", None), ("就这个", None), ("我头疼", None),
        ("11月25日（周三）08:00 曹云苓 主任医师", "a"),
    ],
)  # fmt: skip
def test_one_of_several_places_is_chosen_by_words(
    text: str, place: str | None, clock: FixedClock, the_hospital: Hospital
) -> None:
    assert picked(_turn(text, clock, the_hospital), _OFFERED) == place


@pytest.mark.parametrize("text", ["好", "就这个", "那个吧", "确认预约", "可以", "周三的", "周三下午两点"])
def test_the_only_place_is_chosen_by_a_yes(text: str, clock: FixedClock, the_hospital: Hospital) -> None:
    assert picked(_turn(text, clock, the_hospital), _OFFERED[1:2]) == "b"


@pytest.mark.parametrize("text", ["不好", "周五的", "换一个", "还有别的吗"])
def test_the_only_place_is_not_forced_on_anybody(
    text: str, clock: FixedClock, the_hospital: Hospital
) -> None:
    assert picked(_turn(text, clock, the_hospital), _OFFERED[1:2]) is None


@pytest.mark.parametrize(
    "text", ["算了", "先不办了", "不约了", "取消", "别问了", "不想填", "以后再说", "我不登记了", "不用了"]
)
def test_giving_up_is_understood(text: str) -> None:
    assert gives_up(text)


@pytest.mark.parametrize(
    "text", ["张晓梅", "999999199003071234", "不知道号码", "我不太会弄", "不是我，是我妈"]
)
def test_an_answer_is_not_giving_up(text: str) -> None:
    assert not gives_up(text)


@pytest.mark.parametrize(
    ("text", "visit"),
    [
        ("给我妈挂号", True), ("帮我爸约个骨科", True), ("替孩子看医生", True), ("绑定我妈", False),
        ("添加家人就诊卡", False), ("给我妈实名登记一下再挂号", False),
    ],
)  # fmt: skip
def test_an_appointment_for_a_relative_is_told_from_a_registration(text: str, visit: bool) -> None:
    assert wants_visit(text) == visit


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("青霉素过敏", True),
        ("对头孢过敏", True),
        ("吃海鲜会过敏", True),
        ("不过敏", False),
        ("过敏性鼻炎", False),
    ],
)
def test_an_allergy_that_is_told_by_the_way_is_noticed(text: str, told: bool) -> None:
    assert bool(_ALLERGY.search(text)) == told
