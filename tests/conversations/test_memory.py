"""What is kept of a conversation, and that it is kept encrypted."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from conversations import Dialogue, UnknownConversation
from core.clock import FixedClock
from core.database import Database
from tests.conversations.support import conversations, message
from triage.model import Case, Finding, Level

SECRETS = ("王小明", "13812345678", "肚子疼", "胆囊", "page-secret")


def test_a_dialogue_and_a_case_come_back_as_they_were_kept(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    dialogue = Dialogue("booking_form", {"booking": {"slot": "s1", "names": ["王小明"]}}, 1)
    case = Case(findings=(Finding("腹痛", duration_hours=48.0),), asked=("q1",), words=("肚子疼",))
    with database.session() as session:
        at = room.open(session, "web", "page-1", "patient-1").id
        assert room.memory(session, at) == Dialogue()
        room.remember(session, at, dialogue)
        room.save_case(session, at, case, Level.III)
    with database.session() as session:
        assert room.memory(session, at) == dialogue
        assert room.case(session, at) == case
        view = room.conversation(session, at)
    assert (view.level, view.patient_id, view.address, view.holder) == ("III", "patient-1", "page-1", "bot")


def test_a_level_may_change_while_no_red_flag_is_raised_and_a_new_complaint_starts_anew(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    with database.session() as session:
        at = room.open(session, "web", "page-1").id
        room.save_case(session, at, Case(words=("a",)), Level.III)
        room.save_case(session, at, Case(words=("a",)), Level.IV)
        assert room.conversation(session, at).level == "IV"
        assert room.reset_case(session, at)
        assert room.case(session, at) == Case()
        assert room.conversation(session, at).level is None


async def test_nothing_a_patient_says_or_is_lies_in_the_database_in_clear(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message("我是王小明，13812345678，肚子疼", address="page-secret"))
    with database.session() as session:
        at = receipt.conversation_id
        room.remember(session, at, Dialogue("identity_form", {"identity": {"name": "王小明"}}))
        room.say(
            session,
            at,
            "王小明您好",
            [{"title": "王小明", "payload": "王小明"}],
            {"kind": "appointment", "name": "王小明"},
        )
        task = room.open_task(
            session, kind="followup", severity="RED", reason="胆囊术后", detail={"reply": "肚子疼"}
        )
        room.claim_task(session, task.id, "n1", clock.now())
        room.close_task(session, task.id, "n1", "phoned", "王小明已复诊", clock.now())
    with database.reading() as session:
        for table in ("conversation", "inbound_message", "outbound_message", "staff_task", "audit_event"):
            stored = repr(session.execute(text(f"SELECT * FROM {table}")).all())
            assert not [secret for secret in SECRETS if secret in stored], table


def test_a_key_is_said_once(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    with database.session() as session:
        at = room.open(session, "web", "page-1").id
        first = room.say(session, at, "您好，伤口还疼吗？", key="contact-1")
    with database.session() as session:
        assert room.say(session, at, "您好，伤口还疼吗？", key="contact-1") == first
        assert len(room.transcript(session, at)) == 1
        with pytest.raises(ValueError, match="empty"):
            room.say(session, at, "  ")


def test_live_pages_get_what_they_have_not_seen(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    with database.session() as session:
        at = room.open(session, "web", "page-1").id
        other = room.open(session, "web", "page-2").id
        ids = [room.say(session, at, f"{n}") for n in range(3)]
        room.say(session, other, "别人的")
    with database.session() as session:
        assert [line.text for line in room.since(session, at)] == ["0", "1", "2"]
        assert [line.text for line in room.since(session, at, ids[1])] == ["2"]
        assert room.since(session, at, ids[2]) == ()
        room.mark_delivered(session, ids[:1])
        assert [line.state for line in room.since(session, at)] == ["delivered", "planned", "planned"]


def test_an_unknown_conversation_is_named_as_such(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    with database.session() as session, pytest.raises(UnknownConversation) as caught:
        room.say(session, "nothing", "您好")
    assert caught.value.code == "no_such_conversation"


def test_conversations_are_found_by_address_and_by_patient(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    with database.session() as session:
        one = room.open(session, "web", "page-1")
        assert room.open(session, "web", "page-1").id == one.id
        assert room.open(session, "sms", "page-1").id != one.id
        assert room.find(session, "web", "nobody") is None
        room.link(session, one.id, "patient-1")
        assert [view.id for view in room.of_patient(session, "patient-1")] == [one.id]


def test_a_shared_address_stays_with_the_person_it_belongs_to(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    with database.session() as session:
        at = room.open(session, "sms", "+8613800000001", "daughter").id
        assert room.open(session, "sms", "+8613800000001", "mother").patient_id == "daughter"
        room.link(session, at, "mother")
        assert room.open(session, "sms", "+8613800000001").patient_id == "mother"
