"""The record of one patient as pages show it: found by name or number, then everything about them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from console import aftercare, visits
from console.aftercare import EnrolmentView
from console.deps import ConsoleDeps
from console.views import ConversationRow, Lookup, TaskRow, task_row
from console.visits import Visit
from conversations import ConversationView
from conversations.tables import StaffTask
from core.errors import Refusal
from followup import StayPerson
from patients import PatientView, Relative, parse_id_number, parse_name, parse_phone, refusal_text

_WHOLE = "请输入完整的姓名、手机号或身份证号。"


@dataclass(frozen=True, slots=True)
class Hit:
    patient: PatientView
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[Hit, ...]
    #: What was searched by, for the audit row: `phone`, `id_number`, `name` or `nothing`.
    by: str
    #: Why nothing was searched; empty otherwise.
    error: str = ""
    #: Discharged people of that name who are not registered.
    stays: tuple[StayPerson, ...] = ()


def search(deps: ConsoleDeps, session: Session, query: str) -> Found:
    """By a whole name, phone number or resident ID number: by blind index, without decrypting anything."""
    query = query.strip()
    digits = sum(ch.isdigit() for ch in query)
    if digits >= 15:
        number = parse_id_number(query, deps.clock.now().date())
        if isinstance(number, Refusal):
            return Found((), "nothing", refusal_text(number) or _WHOLE)
        hit = deps.patients.find_by_id_number(session, number.value)
        return Found(_hits(deps, session, [hit] if hit else []), "id_number")
    if digits:
        phone = parse_phone(query)
        if isinstance(phone, Refusal):
            return Found((), "nothing", refusal_text(phone) or _WHOLE)
        return Found(_hits(deps, session, deps.patients.find_by_phone(session, phone)), "phone")
    name = parse_name(f"姓名：{query}")
    if isinstance(name, Refusal):
        return Found((), "nothing", _WHOLE)
    return Found(
        _hits(deps, session, deps.patients.find_by_name(session, name)),
        "name",
        stays=tuple(deps.followup.find_by_name(session, name)),
    )


def _hits(deps: ConsoleDeps, session: Session, patients: list[PatientView]) -> tuple[Hit, ...]:
    return tuple(Hit(patient, deps.patients.opted_out(session, patient.id)) for patient in patients)


@dataclass(frozen=True, slots=True)
class PatientPage:
    patient: PatientView
    opted_out: bool
    relatives: tuple[Relative, ...]
    conversations: tuple[ConversationRow, ...]
    #: Newest first.
    tasks: tuple[TaskRow, ...]
    visits: tuple[Visit, ...]
    enrolments: tuple[EnrolmentView, ...]


def patient_page(deps: ConsoleDeps, session: Session, patient_id: str, *, actor: str) -> PatientPage | None:
    lookup = Lookup(deps, session)
    patient = lookup.patient(patient_id)
    if patient is None:
        return None
    talks: tuple[ConversationView, ...] = deps.conversations.of_patient(session, patient_id)
    tasks = session.scalars(
        select(StaffTask.id).where(StaffTask.patient_id == patient_id).order_by(StaffTask.id.desc())
    )
    return PatientPage(
        patient=patient,
        opted_out=deps.patients.opted_out(session, patient_id),
        relatives=tuple(deps.patients.relatives(session, patient_id)),
        conversations=tuple(
            ConversationRow(talk, patient, lookup.staff(talk.held_by), lookup.names) for talk in talks
        ),
        tasks=tuple(
            task_row(task, lookup) for one in tasks if (task := deps.conversations.task(session, one))
        ),
        visits=visits.of_patient(deps, session, patient_id, actor=actor),
        enrolments=aftercare.of_patient(deps, session, patient_id),
    )
