"""Follow-up as the patient meets it: what is worrying, what is asked again, and what comes after."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from followup.tables import Contact
from runtime.talk import Stage
from tests.conversation.conftest import words

pytestmark = pytest.mark.conversation

CAESAREAN = {"pathway": "剖宫产", "day": 3}
PLAIN = {"pathway": "通用", "day": 2}


def contact_of(stage: Stage, talker: Any) -> Contact:
    talk = stage.talk(talker.id)
    with talk.rooms.database.reading() as session:
        return session.scalars(select(Contact)).unique().one()


def test_a_wish_to_die_makes_the_contact_red_and_nobody_is_thanked(talk: Any, stage: Stage) -> None:
    mother = talk(followup=CAESAREAN)
    mother.say("不多，越来越少")
    row = mother.say("老想哭，觉得活着没意思，想抱着孩子跳下去")
    assert "12356" in words(row)
    assert row["state"]["severity"] == "RED"
    contact = contact_of(stage, mother)
    assert (contact.state, contact.severity, contact.asking) == ("escalated", "RED", None)
    assert contact.task_id is not None
    row = mother.say("没有", "伤口没事")
    assert "护士会联系您" in words(row)
    assert "多休息" not in words(row)
    assert (row["state"]["severity"], contact_of(stage, mother).state) == ("RED", "escalated")


@pytest.mark.parametrize(
    "asked", ["那我要不要回医院", "现在就去吗", "我需要去医院吗", "要去急诊吗", "明天再去行吗"]
)
def test_whether_to_go_is_answered_after_a_red_follow_up(talk: Any, asked: str) -> None:
    patient = talk(followup=PLAIN)
    row = patient.say("伤口流黄水了", "大便三天没解了")
    assert row["state"]["severity"] == "RED"
    assert "要去的，请现在就去" in words(patient.say(asked))
    assert "请现在就去" in words(patient.say("嗯"))


def test_whether_to_go_is_answered_after_an_emergency(talk: Any) -> None:
    patient = talk(followup=CAESAREAN)
    patient.say("突然胸痛喘不上气")
    assert "要去的，请现在就去" in words(patient.say("那我要不要回医院"))
    assert "要去的，请现在就去" in words(patient.say("嗯", "现在就去吗"))


def test_an_answer_to_something_else_leaves_the_question_open(talk: Any) -> None:
    patient = talk(followup={"pathway": "腹腔镜胆囊切除", "day": 1})
    row = patient.say("有人陪，感觉还不错", "没有发烧", "伤口有一点点红")
    assert "疼痛大概几分" in words(row)
    row = patient.say("2分", "不疼不胀", "大便正常")
    assert "还想再问一句：回家后吐过吗" in words(row)
    row = patient.say("没吐", "吃得下")
    assert "小便解得出来吗" in words(row)
