"""Talking with a discharged patient, and the nurse behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core.clock import SHANGHAI
from core.errors import Refusal
from followup.tables import Contact, ContactAnswer
from tests.followup.conftest import ID_NUMBER, House

Opened = Callable[..., str]


def contact(house: House) -> Contact:
    with house.database.reading() as session:
        return session.scalars(select(Contact)).unique().one()


def test_questions_come_one_at_a_time_and_end_with_thanks(house: House, opened: Opened) -> None:
    conversation = opened()
    turn = house.hear(conversation, "没有发烧")
    assert (turn.done, turn.severity, len(turn.replies)) == (False, "GREEN", 1)
    assert "肚子" in turn.replies[0].text and turn.replies[0].options
    for reply in ("不疼不胀", "都没有", "干燥，不红不肿"):
        turn = house.hear(conversation, reply)
    turn = house.hear(conversation, "吃得清淡，都正常")
    assert turn.done
    assert (contact(house).state, house.tasks()) == ("answered", ())
    assert house.hear(conversation, "好的") is None


def test_an_answer_to_several_questions_skips_them(house: House, opened: Opened) -> None:
    conversation = opened()
    turn = house.hear(conversation, "没有发烧，肚子不疼，伤口也不红")
    assert "发黄" in turn.replies[0].text
    turn = house.hear(conversation, "不黄，小便也正常")
    assert "吃饭" in turn.replies[-1].text


def test_a_worrying_answer_becomes_one_task_with_reasons_and_a_deadline(house: House, opened: Opened) -> None:
    conversation = opened()
    house.hear(conversation, "没有发烧")
    turn = house.hear(conversation, "一直疼或胀得厉害")
    assert (turn.severity, turn.done) == ("AMBER", False)
    assert "护士" in turn.replies[0].text
    (task,) = house.tasks()
    assert (task.kind, task.severity, task.id) == ("followup", "AMBER", turn.task_id)
    assert "腹痛" in task.reason
    assert task.due_at == datetime(2026, 11, 23, 17, 30, tzinfo=SHANGHAI)
    assert contact(house).state == "escalated"


def test_the_same_contact_never_has_two_tasks_and_rises_with_the_patient(
    house: House, opened: Opened
) -> None:
    conversation = opened()
    house.hear(conversation, "38度5")
    assert [task.severity for task in house.tasks()] == ["AMBER"]
    turn = house.hear(conversation, "肚子疼得受不了，硬邦邦的")
    assert (turn.severity, turn.done) == ("RED", True)
    (task,) = house.tasks()
    assert (task.severity, task.due_at - house.clock.now()) == ("RED", timedelta(minutes=30))
    assert "腹痛" in task.reason and "腹痛" in task.detail["reasons"]
    assert any("120" in reply.text for reply in turn.replies)


def test_something_worse_after_the_task_was_closed_is_a_task_of_its_own(house: House, opened: Opened) -> None:
    conversation = opened()
    house.hear(conversation, "38度5")
    (task,) = house.tasks()
    with house.database.session() as session:
        # As the console does, before the next tick has closed the contact with it.
        house.conversations.claim_task(session, task.id, "nurse-1", house.clock.now())
        house.conversations.close_task(session, task.id, "nurse-1", "phoned", "", house.clock.now())
    assert house.hear(conversation, "肚子疼得受不了，硬邦邦的").severity == "RED"
    (worse,) = house.tasks()
    assert (worse.severity, worse.id == task.id) == ("RED", False)
    house.tick()
    assert contact(house).state == "escalated"


def test_two_ambers_in_one_contact_are_a_red(house: House, opened: Opened) -> None:
    conversation = opened()
    house.hear(conversation, "38度5")
    house.hear(conversation, "不疼不胀")
    house.hear(conversation, "都没有")
    turn = house.hear(conversation, "伤口流黄水了")
    assert (turn.severity, turn.done) == ("RED", True)
    assert [task.severity for task in house.tasks()] == ["RED"]


def test_the_example_of_a_red_swollen_oozing_wound_with_fever(house: House, opened: Opened) -> None:
    turn = house.hear(opened(), "伤口红肿还流黄水，昨晚烧到38度9")
    assert turn.severity == "RED"
    (task,) = house.tasks()
    assert "伤口红肿" in task.reason and "38" in task.reason


def test_a_vague_answer_is_asked_back_once_and_then_a_nurse_asks(house: House, opened: Opened) -> None:
    conversation = opened()
    turn = house.hear(conversation, "还行吧")
    assert (turn.severity, turn.done, house.tasks()) == ("UNCLEAR", False, ())
    assert "没太听明白" in turn.replies[0].text
    turn = house.hear(conversation, "就那样吧")
    assert (turn.severity, [task.severity for task in house.tasks()]) == ("AMBER", ["AMBER"])
    assert "肚子" in turn.replies[-1].text


def test_an_answer_to_something_else_is_taken_in_and_the_question_asked_once_more(
    house: House, opened: Opened
) -> None:
    conversation = opened(day=1)
    for reply in ("有人陪，感觉还不错", "没有发烧"):
        house.hear(conversation, reply)
    turn = house.hear(conversation, "伤口有一点点红")
    assert (turn.severity, "护士" in turn.replies[0].text) == ("AMBER", True)
    assert "疼痛大概几分" in turn.replies[-1].text and turn.replies[-1].options
    turn = house.hear(conversation, "两三分")
    assert "肚子" in turn.replies[-1].text
    house.hear(conversation, "不疼不胀")
    turn = house.hear(conversation, "大便正常")
    assert "吐过吗" in turn.replies[-1].text and "记下" in turn.replies[-1].text
    turn = house.hear(conversation, "没吐")
    assert "小便解得出来吗" in turn.replies[-1].text
    assert "小便解得出来吗" in house.hear(conversation, "吃得下").replies[-1].text
    turn = house.hear(conversation, "胃口挺好的")
    assert "请护士和您核实" in turn.replies[0].text, "it was asked twice"
    assert turn.done, "the wound was told of already"
    with house.database.reading() as session:
        kept = {
            (row.question_id, row.severity, "urine" in row.topics)
            for row in session.scalars(select(ContactAnswer))
        }
    assert ("urine", "GREEN", False) in kept


@pytest.mark.parametrize("reply", ["正常", "没问题，伤口也好", "都挺好的", "解得出", "尿得挺顺的，吃饭也香"])
def test_an_answer_that_is_one_is_not_asked_again(house: House, opened: Opened, reply: str) -> None:
    conversation = opened(day=1)
    for earlier in ("有人陪，感觉还不错", "没有发烧", "0–3分，能忍", "不疼不胀", "没吐，能吃能喝"):
        turn = house.hear(conversation, earlier)
    assert "小便解得出来吗" in turn.replies[-1].text
    assert "小便" not in house.hear(conversation, reply).replies[-1].text


def test_a_request_of_its_own_is_left_to_the_bot(house: House, opened: Opened) -> None:
    conversation = opened()
    with house.database.session() as session:
        said = house.followup.answer(session, conversation, "异地住院能报多少", "m1", interrupts=True)
        assert said is None
        worrying = house.followup.answer(
            session, conversation, "我胸口疼得厉害，能报销吗", "m2", interrupts=True
        )
    assert worrying is not None and worrying.severity == "RED"


def test_the_same_message_is_heard_once(house: House, opened: Opened) -> None:
    conversation = opened()
    house.hear(conversation, "没有发烧", "m1")
    again = house.hear(conversation, "没有发烧", "m1")
    assert "肚子" in again.replies[0].text
    with house.database.reading() as session:
        assert len(session.scalars(select(ContactAnswer)).all()) == 1


def test_words_of_patients_are_sealed(house: House, opened: Opened) -> None:
    house.hear(opened(), "伤口流黄水很难闻")
    with house.database.engine.connect() as connection:
        stored = str(connection.exec_driver_sql("SELECT text_enc FROM followup_answer").fetchall())
    assert "黄水" not in stored


def test_opting_out_ends_everything_and_is_kept(house: House) -> None:
    row = f"周小满,女,13800000001,{ID_NUMBER},ZY1001,肝胆外科,陈,2026-11-22,胆囊结石,K80.2,胆囊切除"
    house.load(row)
    house.tick()
    with house.database.reading() as session:
        first = session.scalars(select(Contact).where(Contact.state == "open")).unique().one()
    turn = house.hear(first.conversation_id, "退订")
    assert turn.done and "不再" in turn.replies[0].text
    with house.database.reading() as session:
        patient = house.patients.find_by_id_number(session, ID_NUMBER)
        assert house.patients.opted_out(session, patient.id)
        assert {one.state for one in session.scalars(select(Contact)).unique()} == {"withdrawn"}
    assert house.tasks() == ()


def test_an_emergency_in_an_opt_out_is_answered_and_reaches_a_nurse(house: House, opened: Opened) -> None:
    turn = house.hear(opened(), "别发了，我胸口疼得喘不上气")
    assert "120" in turn.replies[0].text
    assert [task.severity for task in house.tasks()] == ["RED"]
    assert contact(house).state == "escalated"


def test_a_death_is_met_with_condolence_and_no_more_questions(house: House, opened: Opened) -> None:
    turn = house.hear(opened(), "我妈前天已经走了")
    assert turn.done and "节哀" in turn.replies[0].text
    assert "早日康复" not in turn.replies[0].text
    (task,) = house.tasks()
    assert "去世" in task.reason


def test_readmission_and_wrong_person_reach_a_nurse(house: House, opened: Opened) -> None:
    house.hear(opened("通用", 2), "又住院了")
    house.hear(opened("通用", 7), "打错了，我不认识这个人")
    assert sorted(task.reason[-12:] for task in house.tasks()) and len(house.tasks()) == 2


def test_words_without_an_open_question_are_judged_all_the_same(house: House, opened: Opened) -> None:
    conversation = opened()
    for reply in ("没有发烧", "不疼不胀", "都没有", "干燥，不红不肿", "吃得清淡，都正常"):
        house.hear(conversation, reply)
    with house.database.session() as session:
        said = house.followup.unasked(session, conversation, "刚才伤口裂开了", "late-1")
        assert house.followup.unasked(session, conversation, "我想问个事", "late-2") is None
    assert (said.severity, [task.severity for task in house.tasks()]) == ("AMBER", ["AMBER"])


def worried(house: House, conversation: str, text: str, *, lost: bool = True):  # type: ignore[no-untyped-def]
    with house.database.session() as session:
        return house.followup.after_worry(session, conversation, text, f"late-{text}", lost=lost)


def test_after_a_red_whoever_asks_is_told_to_go_and_the_nurse_hears_of_it(
    house: House, opened: Opened
) -> None:
    conversation = opened()
    house.hear(conversation, "38度5")
    house.hear(conversation, "伤口流黄水了")
    said = worried(house, conversation, "那我要不要回医院")
    assert said.replies[0].text.startswith("要去的，请现在就去医院急诊")
    assert (said.severity, said.done) == ("RED", True)
    assert "现在就去" in worried(house, conversation, "嗯", lost=False).replies[0].text
    with house.database.reading() as session:
        kept = session.scalars(select(ContactAnswer).where(ContactAnswer.question_id == "unasked")).all()
    assert [row.detail["why"] for row in kept] == [["患者追问，请回复"]]
    with house.database.session() as session:
        said = house.followup.unasked(session, conversation, "不发烧了", "late")
        worse = house.followup.unasked(session, conversation, "大便三天没解了", "later")
    assert said.severity == "RED" and "护士会联系您" in said.replies[0].text
    assert (worse.severity, len(house.tasks())) == ("RED", 1), "a contact has one task"
    house.clock.advance(timedelta(hours=25))
    assert worried(house, conversation, "嗯") is None


def test_after_an_amber_only_a_question_is_the_nurses(house: House, opened: Opened) -> None:
    conversation = opened("通用", 2)
    house.hear(conversation, "伤口流黄水了")
    while house.hear(conversation, "没有").done is False:
        pass
    assert worried(house, conversation, "嗯") is None
    assert worried(house, conversation, "要不要回医院", lost=False) is None
    assert "今天会联系您" in worried(house, conversation, "要不要回医院").replies[0].text


def test_a_nurse_closes_the_task_and_with_it_the_contact(house: House, opened: Opened) -> None:
    turn = house.hear(opened(), "伤口流黄水了")
    now = house.clock.now()
    with house.database.session() as session:
        house.conversations.claim_task(session, turn.task_id, "nurse-1", now)
        assert house.followup.close(session, turn.task_id, "nurse-1", "nonsense", "", now) == Refusal(
            "outcome_missing"
        )
        house.followup.close(session, turn.task_id, "nurse-1", "revisit_booked", "明天换药门诊", now)
    assert (contact(house).state, contact(house).outcome) == ("closed_by_nurse", "revisit_booked")


def test_a_task_closed_in_the_console_closes_the_contact_at_the_next_tick(
    house: House, opened: Opened
) -> None:
    turn = house.hear(opened(), "伤口流黄水了")
    now = house.clock.now()
    with house.database.session() as session:
        house.conversations.claim_task(session, turn.task_id, "nurse-1", now)
        house.conversations.close_task(session, turn.task_id, "nurse-1", "phone_advised", "已指导", now)
    assert len(house.tick().closed) == 1
    assert contact(house).state == "closed_by_nurse"


def test_every_question_of_every_pathway_can_be_opened(house: House, opened: Opened) -> None:
    from tests.followup.conftest import KNOWLEDGE

    for pathway in KNOWLEDGE.pathways:
        for rule in pathway.contacts:
            conversation = opened(pathway.id, rule.day)
            with house.database.reading() as session:
                question = house.followup.open_question(session, conversation)
            assert question is not None and len(question.options) <= 4
