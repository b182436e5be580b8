"""What cannot be booked is said as soon as it is known, with somewhere else to go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversation.conftest import buttons, words

pytestmark = [pytest.mark.conversation, pytest.mark.timeout(600)]

_MAN = {"name": "陈国强", "age": 40, "sex": "男"}
_CHILD = [{"relation": "儿子", "name": "陈小树", "age": 6}]


def test_a_man_is_told_at_once_whom_gynaecology_sees(talk: Any) -> None:
    row = talk(person=_MAN).say("挂妇科")
    assert "女性" in words(row) and "约满" not in words(row)
    assert "泌尿外科" in buttons(row)


def test_an_adult_is_told_at_once_whom_paediatrics_sees_and_may_mean_a_child(talk: Any) -> None:
    person = talk(person=_MAN, family=_CHILD)
    row = person.say("挂儿科")
    assert "14岁" in words(row) and "给孩子挂儿科" in buttons(row)
    person.say("给孩子挂儿科")
    assert "您孩子" in words(person.say("第一个"))


def test_a_visitor_is_told_before_confirming(talk: Any) -> None:
    person = talk(person=None)
    person.say("挂儿科", "第一个", "周小川", "999999198512122349")
    row = person.say("13912345678")
    assert "14岁" in words(row) and "请核对" not in words(row)


def test_an_age_that_the_id_contradicts_is_asked_about(talk: Any) -> None:
    person = talk(person=None)
    person.say("我自己 25岁 男，挂皮肤科", "第一个", "周小川", "999999198512122349")
    row = person.say("13912345678")
    assert "25岁" in words(row) and "40岁" in words(row)
    assert row["state"]["appointments"] == []
    assert len(person.say("确认预约")["state"]["appointments"]) == 1


def test_a_second_visit_to_one_department_is_refused_before_a_time_is_offered(talk: Any) -> None:
    person = talk()
    person.say("挂眼科", "第一个", "确认预约")
    row = person.say("再挂一个眼科")
    assert "已经有" in words(row) and "改时间" in buttons(row)
    assert not any("医师" in title for title in buttons(row))


def test_a_day_that_is_over_is_said_to_be_over(talk: Any) -> None:
    row = talk().say("挂眼科 昨天上午")
    assert "已经过了" in words(row) and "11月23日" in words(row)


def test_a_move_to_a_past_or_far_day_is_answered(talk: Any) -> None:
    person = talk(
        world={"existing": [{"id": "x", "department": "皮肤科", "date": "2026-11-24", "period": "上午"}]}
    )
    assert "已经过了" in words(person.say("改到上周五"))
    assert "没放号" in words(person.say("改到春节"))


def test_the_age_of_one_is_not_held_against_another(talk: Any) -> None:
    family = [{"relation": "妈妈", "name": "林秀兰", "age": 66}]
    person = talk(person=_MAN, family=family)
    row = person.say("牙疼")
    for _ in range(6):
        if row["state"]["topic"] == "booking":
            break
        row = person.say("没有")
    person.say("不约了", "给我妈挂眼科")
    row = person.say("第一个")
    assert "请核对：给您母亲" in words(row)


def test_a_visitors_child_is_not_taken_for_the_visitor(talk: Any) -> None:
    person = talk(person=None)
    person.say("我36岁，牙疼", "不约了")
    assert any("医师" in title for title in buttons(person.say("给孩子挂儿科")))
