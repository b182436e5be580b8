"""Follow-up as pages show it: the contacts of a day, what is overdue, and a patient's plan. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from console.deps import ConsoleDeps
from console.views import Lookup
from conversations import Message
from core.clock import SHANGHAI
from followup import StayPerson
from followup.knowledge import Pathway
from followup.states import FINAL
from followup.tables import Contact, ContactAnswer, Discharge, Enrolment
from patients import PatientView

#: The dispatcher opens what is due within minutes; a contact that still waits then is stuck.
OPENED_WITHIN = timedelta(minutes=30)
#: A contact that was opened should have come to its end by then.
ENDED_WITHIN = timedelta(hours=48)
#: Longest list on one page.
LIMIT = 500


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact of a plan."""

    id: str
    due_at: datetime
    #: Days after discharge.
    day: int
    purpose: str
    state: str
    #: Code: why it was withdrawn or given up.
    reason: str
    severity: str | None
    overdue: bool
    pathway: str
    department: str
    patient: PatientView | StayPerson | None
    conversation_id: str | None
    task_id: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanDay:
    day: date
    rows: tuple[ContactRow, ...]
    #: State → number on this day, whatever the filter.
    counts: dict[str, int]
    #: Contacts of all days that are overdue.
    overdue: int


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """A stay in a pathway with all its contacts."""

    pathway: str
    department: str
    doctor: str
    discharged_on: date
    diagnosis: str
    operation: str
    #: active or withdrawn.
    state: str
    reason: str
    contacts: tuple[ContactRow, ...]


def of_day(deps: ConsoleDeps, session: Session, day: date, state: str = "") -> PlanDay:
    """Contacts due on a day, by time; with `state` only those in it."""
    start = datetime.combine(day, time(), SHANGHAI)
    rows = _rows(
        deps,
        session,
        select(Contact).where(Contact.due_at >= start, Contact.due_at < start + timedelta(days=1)),
    )
    return PlanDay(
        day=day,
        rows=tuple(row for row in rows if state in {"", row.state}),
        counts=dict(Counter(row.state for row in rows)),
        overdue=len(overdue(deps, session)),
    )


def overdue(deps: ConsoleDeps, session: Session) -> tuple[ContactRow, ...]:
    """Contacts that should have been opened or ended by now, the oldest first."""
    latest = deps.clock.now() - OPENED_WITHIN
    waiting = select(Contact).where(Contact.state.not_in(FINAL), Contact.due_at < latest)
    return tuple(row for row in _rows(deps, session, waiting) if row.overdue)


def of_patient(deps: ConsoleDeps, session: Session, patient_id: str) -> tuple[EnrolmentView, ...]:
    """All stays of a person that are or were followed up, the latest first."""
    enrolments = session.scalars(
        select(Enrolment)
        .join(Discharge, Discharge.id == Enrolment.discharge_id)
        .where(Discharge.patient_id == patient_id)
        .order_by(Discharge.discharged_on.desc())
    )
    return tuple(_enrolment(deps, session, row) for row in enrolments)


def _enrolment(deps: ConsoleDeps, session: Session, row: Enrolment) -> EnrolmentView:
    stay = row.discharge
    return EnrolmentView(
        pathway=_pathway(deps, row.pathway_id),
        department=stay.department,
        doctor=stay.doctor,
        discharged_on=stay.discharged_on,
        diagnosis=stay.diagnosis,
        operation=stay.operation,
        state=row.state,
        reason=row.reason or "",
        contacts=_rows(deps, session, select(Contact).where(Contact.enrolment_id == row.id)),
    )


def _rows(deps: ConsoleDeps, session: Session, wanted: Select[Contact]) -> tuple[ContactRow, ...]:
    found: Sequence[Contact] = session.scalars(wanted.order_by(Contact.due_at, Contact.id).limit(LIMIT)).all()
    stays = deps.followup.people(session, [row.id for row in found])
    lookup, now = Lookup(deps, session), deps.clock.now()
    return tuple(
        ContactRow(
            id=row.id,
            due_at=row.due_at,
            day=row.day,
            purpose=row.purpose,
            state=row.state,
            reason=row.reason or "",
            severity=row.severity,
            overdue=is_overdue(row.state, row.due_at, now),
            pathway=_pathway(deps, row.enrolment.pathway_id),
            department=row.enrolment.discharge.department,
            patient=lookup.patient(row.enrolment.discharge.patient_id) or stays.get(row.id),
            conversation_id=row.conversation_id,
            task_id=row.task_id,
            finished_at=row.finished_at,
        )
        for row in found
    )


def is_overdue(state: str, due_at: datetime, now: datetime) -> bool:
    """Not opened half an hour after it was due, or opened and not at its end two days after."""
    if state in FINAL:
        return False
    limit = OPENED_WITHIN if state in {"planned", "claimed"} else ENDED_WITHIN
    return now - due_at > limit


def _pathway(deps: ConsoleDeps, pathway_id: str) -> str:
    return deps.pathways.pathway(pathway_id).name


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a contact, as it was understood."""

    question: str
    #: The patient's words.
    reply: str
    severity: str
    why: tuple[str, ...]


def answers(
    deps: ConsoleDeps, session: Session, contact_id: str, lines: Iterable[Message]
) -> tuple[Answer, ...]:
    """What was answered in a contact, in order; the words come from the conversation's `lines`."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        return ()
    pathway = deps.pathways.pathway(contact.enrolment.pathway_id)
    said = {line.id: line.text for line in lines}
    rows = session.scalars(
        select(ContactAnswer)
        .where(ContactAnswer.contact_id == contact_id)
        .order_by(ContactAnswer.at, ContactAnswer.id)
    )
    return tuple(
        Answer(
            question=_question(deps, pathway, row.question_id),
            reply=said.get(row.message_id, "（见对话记录）"),
            severity=row.severity,
            why=tuple(row.detail.get("why", ())),
        )
        for row in rows
    )


def _question(deps: ConsoleDeps, pathway: Pathway, question_id: str) -> str:
    """The words of a question; its id if the pathway was changed since."""
    if question_id == "unasked":
        return "患者主动说"
    try:
        return deps.pathways.question(pathway, question_id).text
    except KeyError:
        return question_id
