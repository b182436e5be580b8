"""The right person is booked, choices are understood in words, and no turn leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversation.conftest import buttons, words

pytestmark = [pytest.mark.conversation, pytest.mark.timeout(600)]

_MOTHER = [{"relation": "妈妈", "name": "林秀兰", "age": 66}]
_BOTH = [*_MOTHER, {"relation": "儿子", "name": "方小树", "age": 6}]


def _persons(row: dict[str, Any]) -> list[str]:
    return [one["person"] for one in row["state"]["appointments"] if one["status"] == "booked"]


def _until(person: Any, row: dict[str, Any], answer: str, topic: str) -> dict[str, Any]:
    for _ in range(8):
        if row["state"]["topic"] == topic:
            break
        row = person.say(answer)
    return row


def test_a_known_relative_is_booked_without_asking_again(talk: Any) -> None:
    person = talk(family=_MOTHER)
    row = person.say("给我妈挂个骨科")
    assert row["state"]["topic"] == "booking"
    row = person.say(buttons(row)[0])
    assert "您母亲（林*兰）" in words(row)
    assert _persons(person.say("确认预约")) == ["母亲"]


def test_for_whom_it_is_survives_the_complaint(talk: Any) -> None:
    person = talk(family=_MOTHER)
    person.say("给我妈挂号")
    row = _until(person, person.say("膝盖疼了半年"), "没有", "booking")
    row = person.say(buttons(row)[0])
    assert "您母亲" in words(row)


def test_an_elder_who_says_young_lady_books_for_himself(talk: Any) -> None:
    person = talk(person={"name": "陈国强", "age": 72, "sex": "男"})
    row = person.say("哎呀闺女啊我跟你说，我膝盖疼了好些天了，走路疼")
    row = _until(person, row, "没有", "booking")
    assert "您本人" in words(person.say("第一个"))


def test_whom_it_is_for_can_be_changed_before_confirming(talk: Any) -> None:
    person = talk(family=_BOTH)
    row = person.say("我想挂眼科明天的号")
    person.say(buttons(row)[0])
    assert "您母亲" in words(person.say("不是给我，是给我妈挂的"))
    assert _persons(person.say("确认预约")) == ["母亲"]


def test_a_child_without_an_id_card_is_registered_by_birth_date_and_sex(talk: Any) -> None:
    person = talk(person=None)
    row = person.say("给孩子挂个儿科明天上午的号")
    person.say(buttons(row)[0], "李小雨", "999999198512122349", "13912345678", "李小果")
    row = person.say("2022年3月5日")
    assert "男孩还是女孩" in words(row)
    assert "您孩子" in words(person.say("女孩"))
    assert _persons(person.say("确认预约")) == ["孩子"]


def test_an_examination_is_booked_by_words_for_the_right_person(talk: Any) -> None:
    person = talk(family=_MOTHER)
    person.say("给我妈约个心脏彩超")
    row = person.say("最早的")
    assert "您母亲" in words(row)
    assert "检查约好了" in words(person.say("确认预约"))
    row = person.say("我的预约")
    assert "心脏彩超" in words(row) and "林*兰" in words(row)
    person.say("取消预约")
    assert "已经取消" in words(person.say("确认取消"))
    assert "心脏彩超" not in words(person.say("我的预约"))


def test_another_wish_of_the_same_kind_does_not_repeat_itself(talk: Any) -> None:
    person = talk()
    person.say("给我妈挂个皮肤科")
    row = person.say("那我自己挂个皮肤科")
    assert len(row["replies"]) <= 2
    assert "您本人" in words(person.say("第一个"))


@pytest.mark.parametrize("way_out", ["别问了", "算了", "先不办了"])
def test_registering_can_be_left(talk: Any, way_out: str) -> None:
    person = talk(person=None)
    person.say("实名绑定")
    assert person.say(way_out)["state"]["topic"] is None


def test_whoever_tells_what_hurts_while_registering_is_heard(talk: Any) -> None:
    person = talk(person=None)
    person.say("实名绑定")
    assert person.say("我肚子疼两天了")["state"]["topic"] == "triage"


def test_thanks_are_no_answer_to_a_history_question(talk: Any) -> None:
    person = talk()
    row = person.say("挂消化内科明天上午的号")
    person.say(buttons(row)[0])
    question = person.say("确认预约")["replies"][-1]["text"]
    assert person.say("谢谢")["replies"][-1]["text"] == question
    person.say("我对青霉素过敏")
    row = _until(person, person.say("没有"), "没有", "nothing")
    told = "\n".join(words(one) for one in person.rows)
    assert "过敏史：我对青霉素过敏" in told
    assert "否认药物及食物过敏" not in told


def test_words_after_an_emergency_are_not_small_talk(talk: Any) -> None:
    person = talk()
    row = person.say("我爸突然胸口压得喘不上气一身冷汗")
    assert "保持电话畅通" in words(person.say("我已经拨打120"))
    assert "不能大意" in words(person.say("又没事了"))
    assert row["state"]["level"] == "I"


def test_an_own_complaint_after_the_fathers_emergency_is_a_matter_of_its_own(talk: Any) -> None:
    person = talk()
    person.say("我肚子疼两天了，还有点拉肚子")
    person.say("我爸突然胸口压得喘不上气一身冷汗")
    row = person.say("我自己还是肚子疼")
    assert "120" not in words(row) and row["state"]["topic"] == "triage"


def test_the_stranger_of_a_follow_up_is_told_who_asks(talk: Any) -> None:
    person = talk(followup={"pathway": "2型糖尿病", "day": 14})
    row = person.say("你是谁啊")
    assert "随访" in words(row) and row["state"]["topic"] == "followup"


def test_english_gets_an_emergency_number_it_can_read(talk: Any) -> None:
    assert "call 120" in words(talk().say("my father has chest pain, what should I do"))


def test_one_place_is_taken_by_a_plain_yes(talk: Any) -> None:
    person = talk()
    row = person.say("挂眼科周三下午三点")
    assert len([title for title in buttons(row) if "医师" in title]) == 1
    assert "请核对" in words(person.say("好"))


def test_skip_and_every_offered_answer_are_taken_in_the_history(talk: Any) -> None:
    person = talk()
    row = person.say("挂内分泌科明天上午的号")
    person.say(buttons(row)[0])
    row = person.say("确认预约")
    asked = []
    for n in range(12):
        if row["state"]["topic"] != "history":
            break
        question = row["replies"][-1]
        assert question["text"] not in asked
        asked.append(question["text"])
        titles = [button["title"] for button in question["buttons"]]
        row = person.say("跳过" if n % 2 else titles[-2])
    assert row["state"]["topic"] is None


def test_only_plain_words_opt_out(talk: Any) -> None:
    person = talk(followup={"pathway": "2型糖尿病", "day": 3})
    person.say("先不说这个", "我的随访还继续吗")
    assert all("不会再主动" not in words(row) for row in person.rows)
    assert "不会再主动" in words(person.say("退订")) or "不再" in words(person.rows[-1])


def test_the_branches_that_are_offered_lead_to_departments(talk: Any) -> None:
    person = talk()
    row = person.say("预约挂号")
    assert "内科" in buttons(row)
    row = person.say("内科")
    assert "消化内科" in buttons(row)
    assert "医师" in words(person.say("消化内科"))


def test_asking_for_a_person_twice_opens_one_task(talk: Any, stage: Any) -> None:
    person = talk()
    person.say("转人工")
    assert "还没接入" in words(person.say("转人工"))


def test_an_urgent_child_at_night_is_not_sent_to_a_closed_clinic(talk: Any) -> None:
    person = talk(now="2026-11-22T23:30:00+08:00", family=_BOTH)
    row = person.say("我儿子发烧39度5，咳得厉害，没精神")
    row = _until(person, row, "没有", "booking")
    told = "\n".join(words(one) for one in person.rows)
    assert "今天就来看" not in told
    assert "急诊" in told


def test_nothing_is_registered_from_the_despair_after_an_emergency(talk: Any) -> None:
    person = talk(followup={"pathway": "剖宫产", "day": 14})
    person.say("天天哭，不想活了")
    row = person.say("抱着孩子想跳下去")
    assert "姓名" not in words(row)
    assert any(number in words(row) for number in ("12356", "120"))


def test_somebody_elses_signs_do_not_end_in_the_booking_or_history_of_another(talk: Any) -> None:
    person = talk(family=_MOTHER)
    row = _until(person, person.say("我妈膝盖疼半年了，66岁"), "没有", "booking")
    person.say(buttons(row)[0])
    assert person.say("我自己也咳嗽三天了")["state"]["topic"] == "triage"
    assert person.rows[-1]["state"]["appointments"] == []
    row = _until(person, person.rows[-1], "没有", "booking")
    assert "您本人" in words(person.say("第一个"))
    person.say("确认预约")
    row = person.say("我妈膝盖还是疼得厉害")
    assert row["state"]["topic"] in {"triage", "booking"}


def test_a_place_question_does_not_change_the_department(talk: Any) -> None:
    person = talk()
    person.say("挂皮肤科明天上午的号")
    person.say("眼科在几楼")
    assert "皮肤科" in words(person.say("第一个"))


def test_changing_ones_mind_is_not_giving_up(talk: Any) -> None:
    person = talk()
    person.say("挂皮肤科明天上午的号", "换眼科")
    row = person.say("算了还是皮肤科吧")
    assert row["state"]["topic"] == "booking"
    assert "约皮肤科" in words(person.say("最早的"))
    assert person.say("取消预约")["state"]["topic"] is None


def test_the_history_of_a_cancelled_visit_is_not_asked_any_more(talk: Any) -> None:
    person = talk()
    row = person.say("挂皮肤科明天上午的号")
    person.say(buttons(row)[0], "确认预约")
    person.say("不去了，帮我取消")
    row = person.say("确认取消")
    assert row["state"]["topic"] is None
    assert len(row["replies"]) == 1


def test_the_history_moves_with_a_visit_that_is_moved(talk: Any) -> None:
    person = talk()
    row = person.say("挂皮肤科明天上午的号")
    person.say(buttons(row)[0], "确认预约", "帮我改到后天上午")
    row = person.say("第一个", "确认改期")
    assert row["state"]["topic"] == "history"
    for _ in range(10):
        if row["state"]["topic"] != "history":
            break
        row = person.say("跳过")
    assert "病史摘要已经存好" in words(row)
