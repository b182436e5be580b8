"""Appointments with what the patient told before the visit. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.model import AppointmentView
from booking.tables import Appointment, PreVisitHistory
from console.deps import ConsoleDeps
from console.views import Lookup
from core.clock import SHANGHAI
from patients import PatientView


@dataclass(frozen=True, slots=True)
class Visit:
    appointment: AppointmentView
    patient: PatientView | None
    #: The pre-visit history in a doctor's order; empty if none was taken.
    summary: str


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    #: By time, then department.
    visits: tuple[Visit, ...]
    #: Code and name of the departments that have visits on this day.
    departments: tuple[tuple[str, str], ...]


def of_patient(deps: ConsoleDeps, session: Session, patient_id: str) -> tuple[Visit, ...]:
    """All appointments of a person, cancelled ones too, the latest first."""
    return _visits(
        session,
        sorted(
            deps.booking.appointments(session, [patient_id], upcoming_only=False),
            key=_starts_at,
            reverse=True,
        ),
        Lookup(deps, session),
    )


def of_day(deps: ConsoleDeps, session: Session, day: date, department: str = "") -> Day:
    """The visits that stand on a day, of all departments or of one."""
    start = datetime.combine(day, time(), SHANGHAI)
    patient_ids = session.scalars(
        select(Appointment.patient_id)
        .where(Appointment.starts_at >= start, Appointment.starts_at < start + timedelta(days=1))
        .distinct()
    ).all()
    found: list[AppointmentView] = [
        one
        for one in deps.booking.appointments(session, list(patient_ids), upcoming_only=False)
        if one.starts_at.astimezone(SHANGHAI).date() == day and one.status not in {"cancelled", "rescheduled"}
    ]
    shown = [one for one in found if department in {"", one.department_code}]
    shown.sort(key=lambda one: (one.starts_at, one.department_name, one.number))
    return Day(
        day=day,
        visits=_visits(session, shown, Lookup(deps, session)),
        departments=tuple(sorted({(one.department_code, one.department_name) for one in found})),
    )


def _visits(session: Session, found: Iterable[AppointmentView], lookup: Lookup) -> tuple[Visit, ...]:
    appointments = list(found)
    rows = session.execute(
        select(PreVisitHistory.appointment_id, PreVisitHistory.summary).where(
            PreVisitHistory.appointment_id.in_([one.id for one in appointments])
        )
    )
    summaries = {row.appointment_id: row.summary for row in rows}
    return tuple(
        Visit(one, lookup.patient(one.patient_id), summaries.get(one.id, "")) for one in appointments
    )


def _starts_at(appointment: AppointmentView) -> datetime:
    return appointment.starts_at
