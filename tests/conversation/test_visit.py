"""A visit from complaint to appointment card, with the real Rasa."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversation.conftest import buttons, words

pytestmark = [pytest.mark.conversation, pytest.mark.timeout(600)]

_MAX_QUESTIONS = 5


def triaged(person: Any) -> dict[str, Any]:
    """Answer triage's questions with no until slots are offered."""
    row = person.say("我肚子疼两天了，还有点拉肚子")
    asked = 0
    while row["state"]["topic"] == "triage":
        asked += 1
        assert asked <= _MAX_QUESTIONS, words(row)
        assert sum("？" in reply["text"] for reply in row["replies"]) >= 1
        row = person.say("没有")
    return row


def booked(person: Any) -> dict[str, Any]:
    row = triaged(person)
    row = person.say(buttons(row)[0])
    assert "确认" in words(row)
    return person.say("确认预约")


def test_a_complaint_leads_to_a_department_and_free_slots(talk: Any) -> None:
    row = triaged(talk())
    assert row["state"]["topic"] == "booking"
    assert row["state"]["department"]
    assert "建议" in words(row)
    assert any("月" in title and ":" in title for title in buttons(row))


def test_who_asks_again_for_the_department_is_told_again(talk: Any) -> None:
    person = talk()
    before = triaged(person)["state"]["department"]
    row = person.say("那我到底该挂什么科啊")
    assert row["state"]["department"] == before
    assert before in words(row)


def test_a_booking_is_confirmed_and_shown_with_what_to_bring(talk: Any) -> None:
    row = booked(talk())
    (appointment,) = row["state"]["appointments"]
    assert appointment["status"] == "booked"
    assert "约好了" in words(row)
    assert row["state"]["topic"] == "history"


def test_nothing_is_booked_before_the_confirmation(talk: Any) -> None:
    person = talk()
    row = person.say(buttons(triaged(person))[0])
    assert row["state"]["appointments"] == []
    row = person.say("先不约了")
    assert row["state"]["appointments"] == []


def test_the_history_is_asked_and_summed_up_for_the_doctor(talk: Any) -> None:
    person = talk()
    row = booked(person)
    for _ in range(10):
        if row["state"]["topic"] != "history":
            break
        row = person.say("没有")
    assert "主诉" in words(row)
    assert "AI整理" in words(row)


def test_the_summary_holds_only_what_was_said(talk: Any) -> None:
    person = talk()
    row = booked(person)
    answers = iter(["两天前开始的", "隐隐作痛，吃完饭更厉害"])
    for _ in range(10):
        if row["state"]["topic"] != "history":
            break
        row = person.say(next(answers, "没有"))
    said = words(row)
    assert "女，36岁" in said
    assert "主诉：腹痛2天，伴腹泻。" in said
    assert "/10" not in said and "逐渐加重" not in said and "性质：两天前" not in said
    assert "原话“我肚子疼两天了，还有点拉肚子”" in said


def test_who_does_not_want_to_answer_any_more_is_not_asked_on(talk: Any) -> None:
    person = talk()
    booked(person)
    assert person.say("不想答了")["state"]["topic"] is None


def test_an_insurance_question_in_between_is_answered_and_the_question_comes_back(talk: Any) -> None:
    person = talk()
    row = person.say("我肚子疼两天了，还有点拉肚子")
    question = row["replies"][-1]["text"]
    row = person.say("异地住院能报多少")
    assert "依据" in words(row)
    assert row["replies"][-1]["text"] == question
    assert row["state"]["topic"] == "triage"


def test_an_insurance_question_in_the_middle_of_booking_keeps_the_slots(talk: Any) -> None:
    person = talk()
    offered = buttons(triaged(person))
    row = person.say("异地住院能报多少")
    assert "依据" in words(row)
    assert offered[0] in buttons(row)


def test_an_emergency_at_any_point_is_answered_with_120_and_stops_the_booking(talk: Any) -> None:
    person = talk()
    triaged(person)
    row = person.say("我爸突然胸口压得喘不上气一身冷汗")
    assert "120" in words(row)
    assert row["state"]["topic"] is None
    assert row["state"]["level"] in {"I", "II"}
    assert row["state"]["red_flags"]
    assert row["state"]["appointments"] == []


def test_a_red_flag_is_not_lowered_by_reassurance(talk: Any) -> None:
    person = talk()
    person.say("我爸突然胸口压得喘不上气一身冷汗")
    row = person.say("没事没事，他说不疼了，不用管")
    assert row["state"]["level"] in {"I", "II"}
    assert row["state"]["red_flags"]


def test_an_answer_to_a_question_can_complete_an_emergency(talk: Any) -> None:
    person = talk(person={"name": "方伯年", "age": 67, "sex": "男"})
    row = person.say("胸口闷，胸口正中间压着疼")
    for _ in range(_MAX_QUESTIONS):
        if row["state"]["red_flags"] or row["state"]["topic"] != "triage":
            break
        row = person.say("出了一身冷汗")
    assert row["state"]["red_flags"]
    assert "120" in words(row)


def test_an_appointment_is_looked_up_moved_and_cancelled_in_words(talk: Any) -> None:
    world = {"existing": [{"id": "a1", "department": "消化内科", "date": "2026-11-26", "period": "上午"}]}
    person = talk(world=world)
    assert "消化内科" in words(person.say("我约的是什么时候"))

    row = person.say("改到后天上午")
    assert all("11月25日" in title for title in buttons(row)[:-2]), words(row)
    row = person.say(buttons(row)[0])
    row = person.say("确认改期")
    standing = [one for one in row["state"]["appointments"] if one["status"] == "booked"]
    assert [one["date"] for one in standing] == ["2026-11-25"]

    row = person.say("不去了帮我取消")
    assert "确认取消" in words(row)
    row = person.say("确认取消")
    assert all(one["status"] != "booked" for one in row["state"]["appointments"])


_BOOKED = {
    "existing": [
        {"id": "a1", "department": "消化内科", "date": "2026-11-24", "period": "上午", "person": "self"}
    ]
}


@pytest.mark.parametrize(
    "question", ["我约的几点到", "几点到医院合适", "要带什么", "在几楼", "我约的消化内科在哪里", "我排第几号"]
)
def test_questions_about_the_booked_visit_are_answered_from_it(talk: Any, question: str) -> None:
    said = words(talk(world=_BOOKED).say(question))
    assert "07:40前到门诊楼3层" in said
    assert "身份证" in said
    assert "就诊序号" in said


@pytest.mark.parametrize(
    ("question", "answer"),
    [("眼科在几楼", "眼科在"), ("住院要带什么", "住院证"), ("明天看病要空腹吗", "8–12 小时")],
)
def test_other_questions_keep_their_own_answers(talk: Any, question: str, answer: str) -> None:
    said = words(talk(world=_BOOKED).say(question))
    assert answer in said
    assert "就诊序号" not in said


def test_who_has_booked_nothing_is_told_so(talk: Any) -> None:
    assert "没有待就诊的预约" in words(talk().say("我约的几点到"))


def test_a_mild_cold_is_looked_after_at_home_and_can_be_booked_all_the_same(talk: Any) -> None:
    person = talk()
    row = person.say("感冒了，鼻塞流清鼻涕")
    assert "多久" in words(row)
    row = person.say("两三天")
    if row["state"]["topic"] == "triage":
        row = person.say("以上都没有")
    assert "在家照顾自己" in words(row) and "请来看医生" in words(row)
    assert row["state"]["topic"] == "booking"
    assert "月" in buttons(row)[0]


def test_a_stranger_is_asked_for_name_id_number_and_phone_and_mistakes_are_told(talk: Any) -> None:
    person = talk(person=None)
    row = person.say("我牙疼三天了")
    for _ in range(_MAX_QUESTIONS):
        if row["state"]["topic"] != "triage":
            break
        usual = {"我自己", "女", "女，没怀孕"}
        row = person.say(next((one for one in buttons(row) if one in usual), "没有"))
    row = person.say(buttons(row)[0])
    assert "姓名" in words(row)
    row = person.say("我叫方晓禾")
    assert "身份证" in words(row)
    assert "校验" in words(person.say("999999199003070011"))
    assert "还没到" in words(person.say("999999209903070019")) or "对不上" in words(person.rows[-1])
    row = person.say("99999919900307002" + _check_digit("99999919900307002"))
    assert "手机" in words(row)
    assert "字母" in words(person.say("138oooo1234"))
    row = person.say("13800001234")
    assert "确认" in words(row)
    row = person.say("确认预约")
    assert [one["status"] for one in row["state"]["appointments"]] == ["booked"]


def _check_digit(first: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return "10X98765432"[total % 11]
