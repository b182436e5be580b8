"""What is no answer to a question of triage stays unknown: nothing is invented from it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversation.conftest import buttons, words

pytestmark = [pytest.mark.conversation, pytest.mark.timeout(600)]

_NONE = "以上都没有"


@pytest.mark.parametrize("asked_back", ["什么意思", "为什么要问这个"])
def test_who_asks_back_gets_a_sentence_of_explanation_and_the_question_again(
    talk: Any, asked_back: str
) -> None:
    person = talk()
    offered = buttons(person.say("我头晕"))
    row = person.say(asked_back)
    assert buttons(row) == offered
    assert "急症" in row["replies"][0]["text"]
    assert "帮不上忙" not in words(row)


def test_what_is_no_answer_is_asked_again_once_and_never_becomes_a_no(talk: Any) -> None:
    person = talk()
    offered = buttons(person.say("我头晕"))
    row = person.say("不告诉你")
    assert buttons(row) == offered
    for _ in range(6):
        if row["state"]["topic"] != "triage":
            break
        row = person.say("不告诉你")
    assert row["state"]["topic"] == "booking"
    assert "没有" not in row["replies"][0]["text"].splitlines()[0]
    assert "马上打120" in words(row)


def test_a_question_about_an_illness_is_no_history_of_it(talk: Any) -> None:
    person = talk()
    offered = buttons(person.say("我头晕"))
    row = person.say("高血压多少算高")
    assert buttons(row) == offered
    assert "高血压" not in words(person.say(_NONE))


def test_the_same_complaint_again_answers_no_question(talk: Any) -> None:
    person = talk()
    offered = buttons(person.say("我头疼"))
    assert _NONE in offered
    assert buttons(person.say("我头疼")) == offered
    row = person.say("我头疼")
    assert buttons(row) != offered
    assert "没有" not in row["replies"][0]["text"].splitlines()[0]


def test_more_of_the_story_does_not_do_away_with_the_signs_of_danger(talk: Any) -> None:
    person = talk()
    person.say("我头晕")
    assert "一边手脚没力气" in buttons(person.say("还有点恶心"))


def test_age_sex_and_a_no_in_one_message_answer_the_list(talk: Any) -> None:
    person = talk()
    offered = buttons(person.say("我头疼"))
    assert buttons(person.say("我自己看，40岁，没有")) != offered


def test_a_plain_headache_gets_signs_of_danger_one_list_and_a_department(talk: Any) -> None:
    person = talk()
    person.say("我头疼", _NONE)
    assert person.say(_NONE)["state"]["topic"] == "booking"


def test_a_bare_number_is_an_age_although_something_else_was_asked(talk: Any) -> None:
    person = talk(person=None)
    person.say("我爷爷不舒服")
    row = person.say("100")
    assert "记下了" in words(row)
    assert "多大年纪" not in words(row)


def test_who_is_tired_of_life_gets_warm_words_and_somebody_to_talk_to_and_no_alarm(talk: Any) -> None:
    row = talk().say("好烦啊，活着真累")
    assert row["state"]["red_flags"] == []
    assert "12356" in words(row)
    assert "不想活了、想过死" in buttons(row)
