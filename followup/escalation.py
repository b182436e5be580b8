"""From a worrying answer to a nurse: one task per contact, with a deadline, which only rises."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from conversations import Severity as TaskSeverity
from conversations import TaskView
from core.database import new_id
from core.errors import Refusal
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
    reason = "；".join(why) or "随访回答需要核实"
    task_id = contact.task_id or open_task(office, session, contact, severity, reason, kind="followup").id
    raised = office.conversations.raise_task(
        session,
        task_id,
        severity=_of_task(severity),
        due_at=due_at(severity, now),
        reason=_line(office, contact, reason),
        detail={"reasons": reason},
    )
    if isinstance(raised, Refusal):
        # A nurse closed it a moment ago and has not seen this: it is a task of its own.
        task_id = open_task(office, session, contact, severity, reason, kind="followup", again=new_id()).id
    contact.task_id = task_id
    return task_id


def open_task(
    office: Office,
    session: Session,
    contact: Contact,
    severity: Severity,
    reason: str,
    *,
    kind: Literal["followup", "unanswered"],
    again: str | None = None,
) -> TaskView:
    """The contact's one task; the same one if it is there already. `again`: names a further one."""
    discharge = contact.enrolment.discharge
    detail: dict[str, Any] = {
        "contact_id": contact.id,
        "pathway": office.pathway_of(contact).name,
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
        kind=kind,
        severity=_of_task(severity),
        reason=_line(office, contact, reason),
        conversation_id=contact.conversation_id,
        patient_id=discharge.patient_id,
        detail=detail,
        source_ref=":".join(part for part in ("followup", contact.id, again) if part),
        due_at=due_at(severity, office.clock.now()),
    )


def _line(office: Office, contact: Contact, reason: str) -> str:
    """One line for the queue."""
    return f"{office.pathway_of(contact).name} 出院第{contact.day}天：{reason}"[:200]


def _of_task(severity: Severity) -> TaskSeverity:
    """What was not understood is no more urgent than what is harmless."""
    return "RED" if severity is Severity.RED else "AMBER" if severity is Severity.AMBER else "GREEN"


def give_up(office: Office, session: Session, contact: Contact, code: str, reason: str) -> str:
    """Nobody answered or nobody can be reached: a nurse takes it on. Gives the task's id."""
    move(contact, Event.GIVE_UP, office.clock.now(), code)
    task = open_task(office, session, contact, Severity.AMBER, reason, kind="unanswered")
    contact.task_id = task.id
    return task.id
