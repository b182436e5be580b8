"""After an emergency: what was under way stays stopped until the patient chooses, and help comes first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversation.conftest import buttons, words

pytestmark = [pytest.mark.conversation, pytest.mark.timeout(600)]

_DANGER = "我爸突然胸口压得喘不上气一身冷汗"


@pytest.mark.parametrize("said", ["已经到医院了，谢谢", "我们到急诊了", "人在抢救室了"])
def test_who_has_arrived_is_not_told_to_wait_where_they_are(talk: Any, said: str) -> None:
    person = talk()
    person.say(_DANGER)
    row = person.say(said)
    assert "待在原地" not in words(row) and "医生" in words(row)
    row = person.say("谢谢")
    assert "保持电话畅通" not in words(row)
    assert row["state"]["level"] == "I"


def test_who_is_on_the_way_is_not_told_to_wait_either(talk: Any) -> None:
    person = talk()
    person.say(_DANGER)
    said = words(person.say("正在去医院的路上"))
    assert "待在原地" not in said and "120" in said


def test_better_never_lowers_an_emergency(talk: Any) -> None:
    person = talk()
    person.say(_DANGER)
    row = person.say("好点了")
    assert "不能大意" in words(row)
    assert row["state"]["level"] == "I"


def test_an_id_number_after_the_stop_goes_on_with_nothing_by_itself(talk: Any) -> None:
    person = talk(person=None)
    person.say("挂眼科", "第一个", _DANGER)
    row = person.say("999999198512122349")
    assert "120" in words(row) and "停下" in words(row)
    assert "真实姓名" not in words(row)
    assert {"接着办", "先不办了"} <= set(buttons(row))
    assert "真实姓名" not in words(person.say("好点了"))


@pytest.mark.parametrize("said", ["接着办", "接着刚才的", "继续挂号"])
def test_a_booking_goes_on_where_it_was_when_the_patient_says_so(talk: Any, said: str) -> None:
    person = talk()
    person.say("挂眼科", "第一个", _DANGER, "已经到医院了")
    row = person.say(said)
    assert "120" in words(row) and "请核对" in words(row)
    row = person.say("确认预约")
    assert len(row["state"]["appointments"]) == 1
    assert row["state"]["level"] == "I"


def test_a_stopped_booking_can_be_ended(talk: Any) -> None:
    person = talk()
    person.say("挂眼科", "第一个", _DANGER, "好点了")
    row = person.say("先不办了")
    assert "挂号" in words(row) and row["state"]["topic"] is None
    assert "请核对" not in words(person.say("接着刚才的"))
    assert "接着办" not in buttons(person.say("谢谢"))


def test_nothing_is_offered_to_go_on_with_when_nothing_was_stopped(talk: Any) -> None:
    person = talk()
    person.say(_DANGER)
    assert "接着办" not in buttons(person.say("好点了"))


@pytest.mark.parametrize("danger", [_DANGER, "我不想活了"])
def test_nobody_in_danger_is_greeted_like_a_stranger(talk: Any, danger: str) -> None:
    person = talk()
    person.say(danger)
    assert "AI 助手" not in words(person.say("在吗"))


def test_who_has_told_the_emergency_is_not_asked_what_it_is(talk: Any) -> None:
    person = talk()
    person.say(_DANGER)
    assert "出了什么情况" not in words(person.say("还没到医院"))
