"""Appointments with what the patient told before the visit. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking import AppointmentView
from booking.tables import Appointment, PreVisitHistory
from console.deps import ConsoleDeps
from console.views import Lookup
from core.clock import SHANGHAI
from patients import PatientView


@dataclass(frozen=True, slots=True)
class Visit:
    appointment: AppointmentView
    patient: PatientView | None
    #: The patient has told a history before the visit.
    told: bool
    #: That history in a doctor's order; empty where it was not asked for.
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    #: By time, then department.
    visits: tuple[Visit, ...]
    #: Code and name of the departments that have visits on this day.
    departments: tuple[tuple[str, str], ...]


def of_patient(deps: ConsoleDeps, session: Session, patient_id: str, *, actor: str) -> tuple[Visit, ...]:
    """All appointments of a person with their histories, the latest first; each history read is audited."""
    found = deps.booking.appointments(session, [patient_id], upcoming_only=False)
    found.sort(key=lambda one: one.starts_at, reverse=True)
    told = _told(session, found)
    lookup = Lookup(deps, session)
    return tuple(
        Visit(
            appointment=one,
            patient=lookup.patient(one.patient_id),
            told=one.id in told,
            summary=deps.booking.history(session, one.id, actor=actor) or "" if one.id in told else "",
        )
        for one in found
    )


def of_day(deps: ConsoleDeps, session: Session, day: date, department: str = "") -> Day:
    """The visits that stand on a day, of all departments or of one; without what was told."""
    start = datetime.combine(day, time(), SHANGHAI)
    ids = session.scalars(
        select(Appointment.id)
        .where(
            Appointment.starts_at >= start,
            Appointment.starts_at < start + timedelta(days=1),
            Appointment.status.not_in(["cancelled", "rescheduled"]),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    found = [one for one in (deps.booking.appointment(session, key) for key in ids) if one]
    shown = [one for one in found if department in {"", one.department_code}]
    told = _told(session, shown)
    lookup = Lookup(deps, session)
    return Day(
        day=day,
        visits=tuple(Visit(one, lookup.patient(one.patient_id), one.id in told) for one in shown),
        departments=tuple(sorted({(one.department_code, one.department_name) for one in found})),
    )


def _told(session: Session, appointments: list[AppointmentView]) -> set[str]:
    """Ids of the appointments that have a history; the histories themselves are not read."""
    ids = [one.id for one in appointments]
    return set(
        session.scalars(select(PreVisitHistory.appointment_id).where(PreVisitHistory.appointment_id.in_(ids)))
    )
