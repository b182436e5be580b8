"""Nobody is asked the same thing for ever: questions are answered, mistakes explained, ways out offered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversation.conftest import buttons, words

pytestmark = [pytest.mark.conversation, pytest.mark.timeout(600)]

_SKIN = {"existing": [{"id": "x", "department": "皮肤科", "date": "2026-11-24", "period": "上午"}]}


def _asks_id(talk: Any) -> Any:
    person = talk(person=None)
    person.say("帮我约明天上午心内科", "第一个", "陈静")
    return person


# -- who somebody is


def test_who_fails_twice_at_the_id_number_is_offered_a_person(talk: Any) -> None:
    person = _asks_id(talk)
    assert "转人工" not in buttons(person.say("110101199001011234"))
    row = person.say("110101199001011235")
    assert {"转人工", "先不约了"} <= set(buttons(row))


def test_who_cannot_give_the_number_is_told_why_it_is_needed_and_where_else(talk: Any) -> None:
    row = _asks_id(talk).say("跳过")
    assert "实名" in words(row) and "帮不上忙" not in words(row)
    assert {"转人工", "先不约了"} <= set(buttons(row))


def test_a_passport_is_answered_honestly(talk: Any) -> None:
    row = _asks_id(talk).say("护照行吗")
    assert "服务台" in words(row) and "帮不上忙" not in words(row)
    assert "转人工" in buttons(row)


def test_a_phone_number_in_place_of_the_id_is_named(talk: Any) -> None:
    person = _asks_id(talk)
    row = person.say("13912345678")
    assert "这是手机号" in words(row) and "身份证" in words(row)
    assert "请核对" in words(person.say("999999198512122349"))


def test_an_id_in_place_of_the_phone_number_is_named(talk: Any) -> None:
    person = _asks_id(talk)
    person.say("999999198512122349")
    assert "这是身份证号" in words(person.say("999999198512122349"))


def test_the_way_out_of_identity_leaves_the_booking(talk: Any) -> None:
    row = _asks_id(talk).say("先不约了")
    assert row["state"]["topic"] is None and len(row["replies"]) == 1


def test_a_child_without_a_card_is_registered_by_birth_date(talk: Any) -> None:
    person = talk(person=None)
    person.say("给孩子挂个儿科", "第一个", "周小川", "999999198512122349", "13912345678", "周小果")
    row = person.say("还没办身份证")
    assert "出生日期" in words(row) and "已经实名绑定" not in words(row)
    row = person.say("2030年1月1日")
    assert "还没到" in words(row) and "已经实名绑定" not in words(row)
    assert "男孩还是女孩" in words(person.say("2022年3月5日"))


def test_why_is_answered_even_after_a_refusal(talk: Any) -> None:
    person = talk(person=None)
    person.say("挂眼科", "第一个", "算了")
    row = person.say("为什么要身份证")
    assert "加密" in words(row) and row["state"]["topic"] is None


def test_a_phone_number_in_place_of_the_name_is_named(talk: Any) -> None:
    person = talk(person=None)
    person.say("挂眼科", "第一个")
    row = person.say("13912345678")
    assert "这是手机号" in words(row) and "真实姓名" in words(row)


# -- which time


def test_there_is_always_a_way_out_of_the_times(talk: Any) -> None:
    person = talk()
    assert "先不约了" in buttons(person.say("挂皮肤科"))
    assert person.say("先不约了")["state"]["topic"] is None


def test_who_is_not_understood_twice_about_the_time_is_offered_a_person(talk: Any) -> None:
    person = talk()
    person.say("挂皮肤科")
    assert "转人工" not in buttons(person.say("贵的那个"))
    row = person.say("就是那个贵的")
    assert "转人工" in buttons(row) and "没听清" not in words(row)


def test_none_of_these_asks_for_others(talk: Any) -> None:
    person = talk()
    first = buttons(person.say("挂皮肤科"))
    row = person.say("以上都没有")
    assert "没听清" not in words(row) and buttons(row)[0] != first[0]


@pytest.mark.parametrize("said", ["我30岁", "我自己"])
def test_facts_about_the_person_are_taken_at_the_times(talk: Any, said: str) -> None:
    person = talk(person=None)
    person.say("挂皮肤科")
    row = person.say(said)
    assert row["state"]["topic"] == "booking"
    assert "没听清" not in words(row) and "姓名" not in words(row)
    assert "换个时间" in buttons(row)


def test_a_new_sign_is_weighed_before_a_time_is_chosen(talk: Any) -> None:
    person = talk()
    row = person.say("我牙疼")
    assert row["state"]["topic"] == "booking"
    row = person.say("还发烧，没力气，咳嗽")
    assert row["state"]["topic"] == "triage" or "建议" in words(row)
    assert "没听清" not in words(row)


def test_a_sign_does_not_take_away_a_department_that_was_chosen(talk: Any) -> None:
    person = talk()
    person.say("挂皮肤科")
    row = person.say("身上起红疹子，痒")
    assert row["state"]["topic"] == "booking" and row["state"]["department"] == "皮肤科"
    assert "记下了" in words(row)


@pytest.mark.parametrize("said", ["挂号要多少钱", "要多少钱"])
def test_the_fee_is_told_before_booking(talk: Any, said: str) -> None:
    person = talk()
    person.say("挂皮肤科")
    row = person.say(said)
    assert "元" in words(row) and row["state"]["topic"] == "booking"
    person.say("第一个")
    row = person.say(said)
    assert "50元" in words(row) and "15元" not in words(row) and "请核对" in words(row)


def test_who_only_wants_to_book_sees_the_same_times_again(talk: Any) -> None:
    person = talk()
    first = buttons(person.say("挂皮肤科"))
    assert buttons(person.say("我不想说了直接给我挂号")) == first


def test_rescheduling_can_be_left(talk: Any) -> None:
    person = talk(world=_SKIN)
    assert "不改了" in buttons(person.say("改时间"))
    row = person.say("不改了")
    assert "保持不变" in words(row) and row["state"]["topic"] is None


# -- a person, and tiredness


def test_leaving_and_asking_for_a_person_calls_one(talk: Any) -> None:
    person = talk()
    person.say("挂眼科")
    row = person.say("算了转人工")
    assert "工作人员" in words(row) and row["state"]["topic"] is None
    assert "还没接入" in words(person.say("转人工"))


def test_who_waits_for_a_person_is_not_greeted_anew(talk: Any) -> None:
    person = talk()
    person.say("转人工")
    row = person.say("在吗")
    assert "还没接入" in words(row) and "AI 助手" not in words(row)


@pytest.mark.parametrize("said", ["不想答了", "烦死了"])
def test_a_visitor_without_follow_ups_is_not_asked_about_them(talk: Any, said: str) -> None:
    row = talk(person=None).say(said)
    assert "随访" not in words(row) and "转人工" in words(row)


# -- whose complaint


def test_for_myself_is_no_wish_to_register(talk: Any) -> None:
    person = talk(person=None)
    question = person.say("我肚子疼")["replies"][-1]["text"]
    row = person.say("我自己")
    assert row["state"]["topic"] == "triage" and row["replies"][-1]["text"] == question


def test_an_answer_beside_age_and_person_is_taken(talk: Any) -> None:
    person = talk(person=None)
    question = person.say("我肚子疼")["replies"][-1]["text"]
    row = person.say("我自己看，40岁，没有")
    assert row["replies"][-1]["text"] != question


def test_who_has_had_enough_of_questions_is_booked_by_what_is_known(talk: Any) -> None:
    person = talk()
    person.say("我肚子疼")
    row = person.say("我不想说了直接给我挂号")
    assert row["state"]["topic"] == "booking" and "建议" in words(row)
    assert any("医师" in title for title in buttons(row))


@pytest.mark.parametrize("said", ["?", "。。。", "胃pain了two天help"])
def test_what_cannot_be_read_does_not_lose_the_question(talk: Any, said: str) -> None:
    person = talk()
    question = person.say("我肚子疼")["replies"][-1]
    row = person.say(said)
    assert row["replies"][-1]["text"] == question["text"]
    assert row["replies"][-1]["buttons"] == question["buttons"]
    assert "您好" not in words(row)
