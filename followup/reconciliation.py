"""The nightly proof that nothing was missed; each silent miss becomes a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from followup import escalation
from followup.dispatch import BEFORE_FINAL, CATCH_UP, CLAIM_LASTS, REMIND_AFTER, DispatchReport, close_done
from followup.model import Severity
from followup.office import Office, move
from followup.states import FINAL, WITH_NURSE, ContactState, Event
from followup.tables import Contact


@dataclass(slots=True)
class Reconciliation:
    """What the nightly check found; ids of contacts."""

    #: Checked contacts whose time has come.
    checked: int = 0
    released: list[str] = field(default_factory=list)
    #: Silent misses: a task was opened for each.
    missed: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def reconcile(office: Office, session: Session, now: datetime) -> Reconciliation:
    """Rule 3, proved: every due contact is final, lives, or is with a nurse who has a task."""
    result = Reconciliation()
    report = DispatchReport()
    close_done(office, session, report)
    result.closed = report.closed
    rows = session.scalars(
        select(Contact).where(Contact.state.not_in([state.value for state in FINAL]), Contact.due_at <= now)
    ).unique()
    for contact in list(rows):
        result.checked += 1
        state = ContactState(contact.state)
        if state is ContactState.CLAIMED and now - contact.due_at > CLAIM_LASTS:
            move(contact, Event.RELEASE, now)
            state = ContactState.PLANNED
            result.released.append(contact.id)
        if state is ContactState.PLANNED and contact.enrolment.state != "active":
            move(contact, Event.WITHDRAW, now, contact.enrolment.reason or "withdrawn")
        elif state is ContactState.PLANNED and now - contact.due_at > CATCH_UP:
            escalation.give_up(office, session, contact, "overdue", "夜间核对发现没有随访，请人工联系")
            result.missed.append(contact.id)
        elif state is ContactState.OPEN and _stuck(contact, now):
            escalation.give_up(office, session, contact, "stuck", "夜间核对发现随访中断，请人工联系")
            result.missed.append(contact.id)
        elif state in WITH_NURSE and _without_task(office, session, contact):
            severity = Severity.RED if contact.severity == Severity.RED.value else Severity.AMBER
            task = escalation.open_task(
                office, session, contact, severity, "夜间核对发现没有处理任务，请核实",
                kind="followup" if state is ContactState.ESCALATED else "unanswered",
            )  # fmt: skip
            contact.task_id = task.id
            result.missed.append(contact.id)
    audit.record(
        session, actor="system", action="followup.reconcile", subject="contacts", at=now,
        detail={"checked": result.checked, "missed": len(result.missed)},
    )  # fmt: skip
    session.flush()
    return result


def _stuck(contact: Contact, now: datetime) -> bool:
    since = contact.active_at or contact.opened_at or contact.due_at
    return contact.asking is None or now - since > REMIND_AFTER * (BEFORE_FINAL + 2)


def _without_task(office: Office, session: Session, contact: Contact) -> bool:
    return contact.task_id is None or office.conversations.task(session, contact.task_id) is None
