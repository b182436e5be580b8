"""From a worrying answer to a nurse: one task per contact, with a deadline, which only rises."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from conversations import TaskView
from conversations.tables import StaffTask
from core.database import new_id
from followup.model import Severity
from followup.office import SHIFT_END, Office, can, move
from followup.planner import end_of_shift
from followup.states import Event
from followup.tables import Contact

#: A nurse acts on a red within this.
RED_WITHIN = timedelta(minutes=30)
#: An amber is due at the end of the shift, but a nurse has at least this long.
AMBER_AT_LEAST = timedelta(hours=2)


def due_at(severity: Severity, now: datetime) -> datetime:
    """The deadline of an escalation opened now."""
    if severity is Severity.RED:
        return now + RED_WITHIN
    if severity is Severity.AMBER:
        return max(now + AMBER_AT_LEAST, end_of_shift(now, SHIFT_END))
    return now + timedelta(hours=24)


def escalate(
    office: Office, session: Session, contact: Contact, severity: Severity, why: tuple[str, ...]
) -> str:
    """Open the contact's task, or make the one it has more urgent. Gives its id."""
    now = office.clock.now()
    if can(contact, Event.ESCALATE):
        move(contact, Event.ESCALATE, now)
    task = open_task(
        office, session, contact, severity, "；".join(why) or "随访回答需要核实", kind="followup"
    )
    contact.task_id = task.id
    if severity.rank > Severity(task.severity).rank:
        session.execute(
            update(StaffTask)
            .where(StaffTask.id == task.id, StaffTask.state != "closed")
            .values(severity=severity.value, due_at=min(task.due_at, due_at(severity, now)), changed=new_id())
            .execution_options(synchronize_session=False)
        )
    return task.id


def open_task(
    office: Office, session: Session, contact: Contact, severity: Severity, reason: str, *, kind: str
) -> TaskView:
    """The contact's one task; the same one if it is there already."""
    now = office.clock.now()
    pathway = office.pathway_of(contact)
    discharge = contact.enrolment.discharge
    detail: dict[str, Any] = {
        "contact_id": contact.id,
        "pathway": pathway.name,
        "day": contact.day,
        "diagnosis": discharge.diagnosis,
        "operation": discharge.operation,
        "discharged_on": discharge.discharged_on.isoformat(),
        "department": discharge.department,
        "doctor": discharge.doctor,
        "purpose": contact.purpose,
        "reasons": reason,
    }
    return office.conversations.open_task(
        session,
        kind="unanswered" if kind == "unanswered" else "followup",
        severity="RED" if severity is Severity.RED else "AMBER" if severity is Severity.AMBER else "GREEN",
        reason=f"{pathway.name} 出院第{contact.day}天：{reason}"[:200],
        conversation_id=contact.conversation_id,
        patient_id=discharge.patient_id,
        detail=detail,
        source_ref=f"followup:{contact.id}",
        due_at=due_at(severity, now),
    )


def give_up(office: Office, session: Session, contact: Contact, code: str, reason: str) -> str:
    """Nobody answered or nobody can be reached: a nurse takes it on. Gives the task's id."""
    move(contact, Event.GIVE_UP, office.clock.now(), code)
    task = open_task(office, session, contact, Severity.AMBER, reason, kind="unanswered")
    contact.task_id = task.id
    return task.id
