"""What people say besides the answer that was expected: doubts, corrections, half words, questions back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversation.conftest import buttons, words

pytestmark = [pytest.mark.conversation, pytest.mark.timeout(600)]

_SKIN = {"existing": [{"id": "x", "department": "皮肤科", "date": "2026-11-24", "period": "上午"}]}
_FOLLOWUP = {"pathway": "通用", "day": 3}


def _kept(row: dict[str, Any]) -> list[str]:
    return [one["id"] for one in row["state"]["appointments"] if one["status"] == "booked"]


def test_a_complaint_is_heard_whatever_the_classifier_made_of_it(talk: Any) -> None:
    assert talk().say("最近走路快了有点胸闷")["state"]["topic"] == "triage"
    assert talk().say("走路喘")["state"]["topic"] == "triage"


def test_whoever_has_told_what_happened_in_a_fright_is_not_asked_to_tell_it(talk: Any) -> None:
    row = talk().say("我妈在家摔了一跤，屁股着地，站不起来了")
    assert "120" in words(row)
    assert "能告诉我现在是谁" not in words(row)
    assert row["state"]["level"] in {"I", "II", "III"}


def test_whoever_is_not_understood_twice_is_offered_a_person(talk: Any) -> None:
    assert "转人工" in words(talk().say("有点那个", "还是那样"))


@pytest.mark.parametrize("said", ["等等别取消", "先别取消", "不要取消"])
def test_a_visit_is_kept_by_plain_words(talk: Any, said: str) -> None:
    person = talk(world=_SKIN)
    person.say("不去了帮我取消")
    row = person.say(said)
    assert "保持不变" in words(row)
    assert _kept(row) == ["x"]


def test_who_wanted_to_cancel_may_move_instead(talk: Any) -> None:
    person = talk(world=_SKIN)
    person.say("不去了帮我取消")
    row = person.say("还是改到下周三吧")
    assert "12月2日" in buttons(row)[0]
    assert "改到" in words(person.say(buttons(row)[0]))
    assert _kept(person.say("确认改期"))


def test_who_wanted_to_move_may_cancel_instead(talk: Any) -> None:
    person = talk(world=_SKIN)
    row = person.say("皮肤科改到下周三")
    person.say(buttons(row)[0])
    assert "确认取消吗" in words(person.say("不改了，直接取消吧"))


def test_the_time_one_already_has_is_not_offered_as_a_new_one(talk: Any) -> None:
    person = talk(world=_SKIN)
    start = person.say("我几点看病")["state"]["appointments"][0]["start"]
    offered = buttons(person.say("改到明天上午别的时间"))
    assert offered and not any(f"11月24日（周二）{start}" in one for one in offered)


def test_why_the_name_is_asked_is_answered_and_registering_can_be_left(talk: Any) -> None:
    person = talk(person=None)
    row = person.say("约眼科")
    person.say(buttons(row)[0])
    assert "加密" in words(person.say("为什么要身份证"))
    row = person.say("先不办了")
    assert "真实姓名" not in words(row)
    assert row["state"]["topic"] is None


def test_a_relative_may_answer_the_follow_up(talk: Any) -> None:
    person = talk(followup=_FOLLOWUP)
    row = person.say("我是他女儿，我爸不会用手机")
    assert "真实姓名" not in words(row)
    assert row["state"]["topic"] == "followup"
    assert person.say("恢复得不错")["state"]["severity"] == "GREEN"


def test_nobody_in_danger_is_asked_about_messages(talk: Any) -> None:
    assert "退订" not in words(talk().say("我想一了百了", "别管我"))
    row = talk().say("我现在胸口压着疼出冷汗", "打了")
    assert "保持电话畅通" in words(row)


def test_to_be_seen_today_is_not_to_be_in_the_emergency_department_now(talk: Any) -> None:
    said = words(talk().say("左耳朵突然听不见了，还嗡嗡响"))
    assert "今天" in said
    assert "现在就到急诊" not in said


def test_a_department_has_one_name_in_an_answer(talk: Any) -> None:
    person = talk()
    person.say("咳嗽一个礼拜了有黄痰")
    said = words(person.say("以上都没有"))
    assert "先看呼吸内科" not in said
    assert "呼吸与危重症医学科" in said


def test_yes_in_dialect_is_a_yes(talk: Any) -> None:
    person = talk()
    row = person.say("约皮肤科")
    person.say(buttons(row)[0])
    assert _kept(person.say("要得"))


def test_who_wants_a_bill_reckoned_is_told_what_it_takes(talk: Any) -> None:
    person = talk()
    said = words(person.say("上海职工医保住院三级医院花了3万能报多少"))
    assert "异地就医" in said and "粗略估算" not in said
    assert said.count("（依据") == 1 and "整理" not in said
    assert "总共花了多少钱" in words(person.say("给我算算"))


@pytest.mark.parametrize("asked", ["胃镜报告在哪取", "我的核磁报告什么时候能拿"])
def test_who_asks_for_a_report_is_told_where_and_when(talk: Any, asked: str) -> None:
    row = talk().say(asked)
    assert "自助机打印" in words(row) and "工作日" in words(row)
    assert "转人工" in buttons(row)


def test_what_is_only_supposed_is_no_question_about_a_report(talk: Any) -> None:
    said = words(talk().say("如果胸痛怎么办"))
    assert "报告" not in said
    assert "120" in said


def test_another_complaint_after_an_emergency_does_not_get_its_reason(talk: Any) -> None:
    said = words(talk().say("我刚误服了农药", "感冒吃什么药"))
    assert "因为您说误服" not in said
    assert "急诊" in said


def test_more_of_a_complaint_while_a_time_is_chosen_is_taken_in(talk: Any) -> None:
    person = talk(person=None)
    person.say("咳嗽一个月了")
    row = person.say("我自己")
    assert "痰里带血" in buttons(row)
    row = person.say("以上都没有")
    assert row["state"]["topic"] == "booking"
    row = person.say("这两天还胸痛")
    assert "没听清" not in words(row)
    assert row["state"]["topic"] == "triage"


def test_a_time_for_a_visit_said_too_early_does_not_lose_the_triage(talk: Any) -> None:
    person = talk(person=None)
    asked = person.say("我头疼")["replies"][-1]["text"]
    row = person.say("明天上午的")
    assert row["replies"][-1]["text"] == asked
    assert "想约哪个科" not in words(row)


def test_a_check_up_after_an_old_illness_is_a_matter_for_triage(talk: Any) -> None:
    assert talk().say("去年我爸心梗过，现在没事想复查")["state"]["topic"] in {"triage", "booking"}
