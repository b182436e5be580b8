"""What every part of this room works with: its knowledge and the rooms it calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from conversations import Conversations
from core.clock import Clock
from core.crypto import FieldCipher
from followup.assess import Reader
from followup.knowledge import Knowledge, Pathway, Question
from followup.planner import QuietHours, Workdays
from followup.states import ContactState, Event, step
from followup.tables import Contact
from patients import Patients

#: End of the nurses' day shift, Asia/Shanghai.
SHIFT_END = time(17, 30)
LOOP = "followup_form"
AI_LABEL = "【AI 随访助手，仅供参考，不能代替医生】"


@dataclass(frozen=True)
class Office:
    """Ports of this room. `hospital_name` is what the patient knows it by."""

    knowledge: Knowledge
    reader: Reader | None
    patients: Patients
    conversations: Conversations
    clock: Clock
    cipher: FieldCipher
    hospital_name: str
    emergency_phone: str
    quiet_hours: QuietHours
    calendar: Workdays

    def pathway_of(self, contact: Contact) -> Pathway:
        return self.knowledge.pathway(contact.enrolment.pathway_id)

    def question_of(self, contact: Contact, question_id: str) -> Question:
        return self.knowledge.question(self.pathway_of(contact), question_id)

    def today(self) -> date:
        return self.clock.now().date()


class IllegalMove(Exception):
    """A contact was to leave a state in a way that does not exist; a fault of this program."""


def move(contact: Contact, event: Event, at: datetime, reason: str | None = None) -> None:
    """Change a contact's state. Raises IllegalMove."""
    after = step(ContactState(contact.state), event)
    if after is None:
        raise IllegalMove(f"{contact.state} has no {event.value}")
    contact.state = after.value
    if reason is not None:
        contact.reason = reason
    if after in {ContactState.ANSWERED, ContactState.CLOSED_BY_NURSE, ContactState.WITHDRAWN}:
        contact.finished_at = at
    if after in {
        ContactState.ANSWERED,
        ContactState.CLOSED_BY_NURSE,
        ContactState.WITHDRAWN,
        ContactState.UNANSWERED,
    }:
        contact.asking = None


def can(contact: Contact, event: Event) -> bool:
    return step(ContactState(contact.state), event) is not None


def claimable(session: Session, statement: Select[Any]) -> Select[Any]:
    """Rows that no other worker holds; see `core.database.Database.claimable`."""
    if session.get_bind().dialect.name == "sqlite":
        return statement
    return statement.with_for_update(skip_locked=True, of=Contact)
