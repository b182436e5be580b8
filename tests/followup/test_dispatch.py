"""Opening what is due, reminding the silent, missing nothing, sending nothing twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from core.clock import SHANGHAI
from followup.states import FINAL, WITH_NURSE
from followup.tables import Contact, ContactAnswer
from patients.tables import PatientRow
from tests.followup.conftest import HEADER, ID_NUMBER, House
from triage.model import Action, Level, RedFlagHit

ROW = f"周小满,女,13800000001,{ID_NUMBER},ZY1001,肝胆外科,陈医生,2026-11-22,胆囊结石,K80.2,胆囊切除"
PLAIN = "林秋水,女,13800000002,,ZY1002,内分泌科,陈医生,2026-11-22,2型糖尿病,E11.9,"


def contacts(house: House) -> list[Contact]:
    with house.database.reading() as session:
        return list(session.scalars(select(Contact).order_by(Contact.due_at, Contact.id)).unique())


def test_a_due_contact_opens_with_its_first_question_and_the_loop(house: House) -> None:
    house.load(ROW)
    report = house.tick()
    assert len(report.opened) == 1
    first = contacts(house)[0]
    assert (first.state, first.asking) == ("open", "wellbeing_lc")
    with house.database.reading() as session:
        conversation = house.conversations.conversation(session, first.conversation_id)
    assert (conversation.channel, conversation.dialogue.loop, conversation.bot_stale) == (
        "sms",
        "followup_form",
        True,
    )
    sent = house.sent(first.conversation_id)
    assert len(sent) == 1
    assert "AI" in sent[0].text and "退订" in sent[0].text and "周*满" in sent[0].text
    assert sent[0].buttons


def test_nothing_is_opened_twice(house: House) -> None:
    house.load(ROW)
    first = house.tick()
    assert [house.tick().opened for _ in range(3)] == [[], [], []]
    assert len(house.sent(contacts(house)[0].conversation_id)) == len(first.opened) == 1


def test_an_opening_that_is_rolled_back_is_made_again(house: House) -> None:
    house.load(ROW)
    try:
        with house.database.session() as session:
            house.followup.dispatch_due(session, house.clock.now())
            raise RuntimeError("killed")
    except RuntimeError:
        pass
    assert contacts(house)[0].state == "planned"
    assert len(house.tick().opened) == 1


def test_nobody_is_written_to_in_quiet_hours(house: House) -> None:
    house.load(ROW)
    house.clock.move_to(datetime(2026, 11, 23, 22, 0, tzinfo=SHANGHAI))
    assert house.tick().opened == []
    house.clock.move_to(datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI))
    assert len(house.tick().opened) == 1


def test_the_web_page_comes_before_the_phone(house: House) -> None:
    house.load(ROW)
    with house.database.session() as session:
        patient = house.patients.find_by_id_number(session, ID_NUMBER)
        house.patients.bind(session, "web", "page-1", patient.id)
    house.tick()
    with house.database.reading() as session:
        assert house.conversations.conversation(session, contacts(house)[0].conversation_id).channel == "web"


def test_a_relative_who_is_written_to_does_not_get_the_account(house: House) -> None:
    with house.database.session() as session:
        house.patients.register(
            session, name="周小满", id_number=ID_NUMBER, phone="13800000009", actor="system"
        )
    header = HEADER.replace("手机号", "家属电话")
    data = "\n".join([header, ROW]).encode("utf-8")
    with house.database.session() as session:
        assert house.followup.import_discharges(session, data, "list.csv").accepted == 1
        session.execute(update(PatientRow).values(phone_enc=None, phone_index=None))
    house.tick()
    with house.database.reading() as session:
        talk = house.conversations.conversation(session, contacts(house)[0].conversation_id)
    assert (talk.address, talk.patient_id) == ("+8613800000001", None)


def test_overdue_contacts_are_still_made_after_a_restart(house: House) -> None:
    house.load(ROW)
    house.clock.advance(timedelta(hours=30))
    assert len(house.tick().opened) == 1


def test_contacts_overdue_for_too_long_go_to_a_nurse(house: House) -> None:
    house.load(ROW)
    house.clock.advance(timedelta(days=5))
    report = house.tick()
    # The first is past its catch-up, the second as well; nobody is written to about last week.
    assert len(report.given_up) == 2
    assert {task.kind for task in house.tasks()} == {"unanswered"}
    assert house.tick().given_up == []


def test_who_has_opted_out_is_withdrawn_with_a_reason(house: House) -> None:
    house.load(ROW)
    with house.database.session() as session:
        patient = house.patients.find_by_id_number(session, ID_NUMBER)
        house.patients.opt_out(session, patient.id, "asked")
    house.tick()
    assert {(contact.state, contact.reason) for contact in contacts(house)} == {("withdrawn", "opt_out")}


def test_a_number_that_opted_out_is_not_written_to_for_another_stay(house: House) -> None:
    house.load(PLAIN.replace("2026-11-22", "2026-11-20"))
    house.tick()
    conversation_id = contacts(house)[0].conversation_id
    house.hear(conversation_id, "退订")
    house.load(PLAIN.replace("ZY1002", "ZY1009").replace("E11.9", "E11.2"))
    house.run(24 * 4)
    assert len([line for line in house.sent(conversation_id) if "出院随访" in line.text]) == 1
    assert {contact.state for contact in contacts(house)} == {"withdrawn"}


def test_a_nurse_who_writes_with_the_patient_is_not_interrupted(house: House) -> None:
    house.load(ROW)
    with house.database.session() as session:
        patient = house.patients.find_by_id_number(session, ID_NUMBER)
        conversation = house.conversations.open(session, "sms", "+8613800000001", patient.id)
        house.conversations.take_over(session, conversation.id, "nurse-1")
    assert len(house.tick().postponed) == 1
    with house.database.session() as session:
        house.conversations.hand_back(session, conversation.id, "nurse-1")
    assert len(house.tick().opened) == 1


def test_a_contact_that_waits_for_a_nurse_for_long_becomes_her_task(house: House) -> None:
    house.load(ROW)
    with house.database.session() as session:
        patient = house.patients.find_by_id_number(session, ID_NUMBER)
        conversation = house.conversations.open(session, "sms", "+8613800000001", patient.id)
        house.conversations.take_over(session, conversation.id, "nurse-1")
    house.run(6)
    first = contacts(house)[0]
    assert (first.state, first.reason) == ("unanswered", "held")
    (task,) = house.tasks()
    assert (task.conversation_id, task.id) == (conversation.id, first.task_id)
    assert "护士接管" in task.reason


def test_an_open_contact_is_not_forgotten_while_a_nurse_holds_the_talk(house: House) -> None:
    house.load(ROW)
    house.tick()
    first = contacts(house)[0]
    with house.database.session() as session:
        house.conversations.take_over(session, first.conversation_id, "nurse-1")
    house.run(30)
    assert (contacts(house)[0].state, contacts(house)[0].reason) == ("unanswered", "held")


def test_silence_is_reminded_then_checked_once_more_then_given_to_a_nurse(house: House) -> None:
    house.load("林秋水,女,13800000002,,ZY1002,普外科,陈医生,2026-11-21,急性阑尾炎,K35.8,")
    house.run(24 * 4 + 3)
    first = contacts(house)[0]
    texts = [line.text for line in house.sent(first.conversation_id)]
    assert len(texts) == 4
    assert "放心不下" in texts[3]
    assert (first.state, first.reason) == ("unanswered", "unanswered")
    assert [(task.kind, task.severity) for task in house.tasks()] == [("unanswered", "AMBER")]


def test_a_later_contact_takes_the_place_of_one_that_nobody_answered(house: House) -> None:
    house.load(ROW)
    house.run(24 * 3)
    states = [(contact.day, contact.state, contact.reason) for contact in contacts(house)]
    assert states[:2] == [(1, "withdrawn", "superseded"), (3, "open", None)]


def test_reconciliation_finds_and_repairs_every_silent_miss(house: House) -> None:
    house.load(ROW, PLAIN)
    house.tick()
    broken = contacts(house)
    with house.database.session() as session:
        # A worker that died, a dialogue without a question, an escalation without a task.
        for contact, state, asking in zip(
            broken[:3], ("claimed", "open", "escalated"), ("x", None, None), strict=True
        ):
            session.execute(
                update(Contact)
                .where(Contact.id == contact.id)
                .values(state=state, asking=asking, due_at=house.clock.now() - timedelta(hours=3))
            )
    with house.database.session() as session:
        result = house.followup.reconcile(session, house.clock.now())
    assert (len(result.released), len(result.missed)) == (1, 2)
    assert len(house.tasks()) == 2
    with house.database.session() as session:
        assert house.followup.reconcile(session, house.clock.now()).missed == []


def test_after_two_months_every_contact_has_ended_or_is_with_a_nurse(house: House) -> None:
    house.load(ROW, PLAIN)
    for _ in range(70):
        house.run(24, step=12)
        with house.database.session() as session:
            house.followup.reconcile(session, house.clock.now())
    allowed = {state.value for state in FINAL | WITH_NURSE}
    assert {contact.state for contact in contacts(house)} <= allowed
    for contact in contacts(house):
        assert contact.state != "withdrawn" or contact.reason


HIT = RedFlagHit("rf_X", "低血糖", Level.II, Action.EMERGENCY, "请马上去急诊。")


def alarm(house: House, conversation_id: str) -> None:
    """As the safety guard does it, before follow-up hears a word."""
    with house.database.session() as session:
        house.conversations.raise_emergency(session, conversation_id, [HIT])


def test_an_emergency_told_in_a_follow_up_makes_the_contact_red_and_the_nurses_at_once(house: House) -> None:
    house.load(ROW)
    house.tick()
    contact = contacts(house)[0]
    house.clock.advance(timedelta(minutes=5))
    alarm(house, contact.conversation_id)
    (task,) = house.tasks()
    now = contacts(house)[0]
    assert (now.state, now.severity, now.asking, now.task_id) == ("escalated", "RED", None, task.id)
    assert task.due_at - house.clock.now() == timedelta(minutes=5)
    with house.database.reading() as session:
        kept = session.scalars(select(ContactAnswer)).one()
        memory = house.conversations.memory(session, contact.conversation_id)
    assert (kept.severity, kept.detail["why"]) == ("RED", ["低血糖"])
    assert memory.topics["followup"]["severity"] == "RED"
    assert house.hear(contact.conversation_id, "没有") is None
    sent = len(house.sent(contact.conversation_id))
    house.clock.advance(timedelta(hours=25))
    house.tick()
    assert len(house.sent(contact.conversation_id)) == sent, "nobody is reminded of a question after that"
    with house.database.session() as session:
        house.conversations.claim_task(session, task.id, "nurse", house.clock.now())
        house.followup.close(session, task.id, "nurse", "phone_advised", "已到急诊", house.clock.now())
        figures = house.followup.indicators(session, "2026-11")
    assert contacts(house)[0].state == "closed_by_nurse"
    assert (figures.red, figures.closed, figures.followed_up) == (1, 1, 1)


def test_an_emergency_makes_the_task_that_a_contact_has_red(house: House) -> None:
    house.load(ROW)
    house.tick()
    contact = contacts(house)[0]
    house.hear(contact.conversation_id, "有不舒服，伤口流黄水了")
    alarm(house, contact.conversation_id)
    own = contacts(house)[0].task_id
    assert {(task.kind, task.severity, task.id == own) for task in house.tasks()} == {
        ("emergency", "RED", False),
        ("followup", "RED", True),
    }


def test_an_emergency_of_an_earlier_day_is_not_the_contacts(house: House) -> None:
    house.load(ROW)
    with house.database.session() as session:
        talk = house.conversations.open(session, "sms", "+8613800000001")
    alarm(house, talk.id)
    house.clock.advance(timedelta(minutes=31))
    house.tick()
    assert contacts(house)[0].state == "open"
