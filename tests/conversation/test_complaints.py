"""A complaint is heard to its end, thanks are no complaint, and whoever has lost somebody meets a person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversation.conftest import words

pytestmark = [pytest.mark.conversation, pytest.mark.timeout(600)]


def _tasks(person: Any, kind: str) -> list[Any]:
    talk = person.stage.talk(person.id)
    with talk.rooms.database.reading() as session:
        tasks = talk.rooms.conversations.tasks_of(session, talk.conversation_id)
    return [task for task in tasks if task.kind == kind]


def test_thanks_after_all_are_not_filed_as_a_complaint(talk: Any) -> None:
    person = talk()
    person.say("我要投诉")
    row = person.say("谢谢你们李护士特别好")
    assert "投诉电话" not in words(row) and "转达" in words(row)
    assert not _tasks(person, "complaint")
    assert row["state"]["topic"] is None


def test_an_account_that_names_a_doctor_is_an_account(talk: Any) -> None:
    person = talk(person=None)
    person.say("我要投诉")
    row = person.say("王医生骂我妈，昨天下午内科")
    assert "没有找到" not in words(row) and "记下" in words(row)
    assert [task.detail["words"] for task in _tasks(person, "complaint")] == ["王医生骂我妈，昨天下午内科"]


def test_a_phone_number_after_a_complaint_belongs_to_it(talk: Any) -> None:
    person = talk(person=None)
    person.say("我要投诉", "王医生骂我妈，昨天下午内科")
    row = person.say("13912345678")
    assert "姓名" not in words(row)
    assert row["state"]["topic"] is None
    (task,) = _tasks(person, "complaint")
    assert "13912345678" in task.detail["words"]


@pytest.mark.parametrize(
    "said", ["我妈上周走了，你们医院害死的", "我爸在你们医院去世了，我要个说法", "人没了，是你们误诊"]
)
def test_who_blames_the_house_for_a_death_meets_condolence_and_a_person(talk: Any, said: str) -> None:
    person = talk(person=None)
    row = person.say(said)
    assert "节哀" in words(row) and "投诉电话" in words(row)
    assert _tasks(person, "complaint")


def test_a_death_that_is_told_is_met_with_condolence(talk: Any) -> None:
    person = talk(person=None)
    assert "节哀" in words(person.say("我奶奶昨天去世了"))
    assert not _tasks(person, "complaint")


def test_a_death_in_the_family_does_not_hide_what_hurts(talk: Any) -> None:
    assert talk().say("我爸是胃癌去世的，我最近胃疼")["state"]["topic"] == "triage"
