"""Sending a code: what is locked in which order (docs/decisions.md, 13)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import ORMExecuteState, Session

from actions.identity import IdentityTalk
from conversations.records import Records
from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from patients import Patients
from tests.patients.test_register import enrol


def locked_tables(session: Session) -> list[str]:
    """Grows with each statement that locks rows."""
    order: list[str] = []

    @event.listens_for(session, "do_orm_execute")
    def note(state: ORMExecuteState) -> None:
        words = str(state.statement.compile(dialect=postgresql.dialect())).split()
        if "FOR" in words:
            order.append(words[words.index("FROM") + 1])

    return order


def test_the_conversation_of_the_code_is_locked_before_its_patient(
    database: Database, cipher: FieldCipher, clock: FixedClock
) -> None:
    """The other order is a deadlock with a patient who texts from that phone at this moment."""
    patients, records = Patients(cipher, clock), Records(clock=clock, cipher=cipher)
    with database.session() as session:
        known = enrol(session, patients)
    with database.session() as session:
        here = records.open(session, "web", "browser")
        topics = {"bind": {"identity": {"code_for": known.id}}}
        turn: Any = SimpleNamespace(
            session=session,
            text="没收到，重新发送",
            message_id="m1",
            conversation=here,
            rooms=SimpleNamespace(
                patients=patients, conversations=records, hospital=SimpleNamespace(short_name="示例医院")
            ),
            topic=topics.__getitem__,
        )
        order = locked_tables(session)
        assert IdentityTalk(turn, "bind", "本人").take()
        sms = records.find(session, "sms", known.phone or "")
        assert sms is not None
        [message] = records.transcript(session, sms.id)
        assert "验证码" in message.text
    assert order.index("conversation") < order.index("patient")
