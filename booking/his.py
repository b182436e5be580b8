"""The port to the hospital information system (HIS), and the embedded one that runs on our own tables.

A hospital with its own scheduling system gives the service another adapter of `HisPort`, such as
`booking.his_fhir.FhirHis`. All adapters keep the same promises, which one contract test checks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from booking.model import AppointmentView, BookSlot, Status
from booking.schedule import day_span, is_free, rows_within
from booking.service import Booking
from core.database import Database
from core.errors import BanzhenError, Refusal


class HisUnavailable(BanzhenError):
    """The hospital's system did not answer, or not in a way that can be understood."""

    def __init__(self, why: str) -> None:
        super().__init__("his_unavailable", "医院的预约系统暂时连不上，请过几分钟再试，或打总机预约。")
        #: For the log: no personal data.
        self.why = why


@dataclass(frozen=True, slots=True)
class HisPatient:
    """Who the appointment is for, as the HIS needs it."""

    #: `PatientView.id`.
    id: str
    name: str = field(repr=False)
    #: "男" or "女"; None if not known.
    sex: str | None
    birth_date: date
    #: Resident ID number; None for a child without one.
    id_number: str | None = field(default=None, repr=False)
    #: E.164.
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HisSlot:
    id: str
    doctor_id: str
    starts_at: datetime
    #: Places left, at least 1.
    left: int


@dataclass(frozen=True, slots=True)
class HisAppointment:
    id: str
    slot_id: str
    starts_at: datetime
    #: "booked", or how it ended: "cancelled", "fulfilled", "noshow".
    status: str


class HisPort(Protocol):
    """What the service asks of a hospital's scheduling system.

    Every method raises HisUnavailable if the system cannot be reached; a rule that says no is a Refusal.
    """

    def free_slots(self, doctor_id: str, first: date, last: date) -> tuple[HisSlot, ...]:
        """Slots with a place left on these days (inclusive), by time."""
        ...

    def book(self, patient: HisPatient, slot_id: str, request_key: str) -> HisAppointment | Refusal:
        """Refuses with sold_out or unknown_slot. The same request key never books twice."""
        ...

    def reschedule(self, appointment_id: str, slot_id: str, request_key: str) -> HisAppointment | Refusal:
        """The new appointment stands and the old one is freed, or nothing changes."""
        ...

    def cancel(self, appointment_id: str, reason: str) -> HisAppointment | Refusal:
        """Cancel and free the place; a repeat gives the same outcome."""
        ...

    def appointment(self, appointment_id: str) -> HisAppointment | None: ...


class EmbeddedHis:
    """The HIS of a hospital that has none to connect: our own tables, each call a transaction of its own."""

    def __init__(self, database: Database, booking: Booking) -> None:
        self._database = database
        self._booking = booking

    def free_slots(self, doctor_id: str, first: date, last: date) -> tuple[HisSlot, ...]:
        with self._database.reading() as session:
            rows = rows_within(session, kind="doctor", span=day_span(first, last), resource=doctor_id)
            return tuple(
                HisSlot(row.id, doctor_id, row.starts_at, row.capacity - row.taken)
                for row in rows
                if is_free(row)
            )

    def book(self, patient: HisPatient, slot_id: str, request_key: str) -> HisAppointment | Refusal:
        with self._database.session() as session:
            wish = BookSlot(patient.id, patient.id, slot_id, request_key)
            return _plain(self._booking.book(session, wish))

    def reschedule(self, appointment_id: str, slot_id: str, request_key: str) -> HisAppointment | Refusal:
        with self._database.session() as session:
            return _plain(self._booking.reschedule(session, appointment_id, slot_id, request_key))

    def cancel(self, appointment_id: str, reason: str) -> HisAppointment | Refusal:
        with self._database.session() as session:
            return _plain(self._booking.cancel(session, appointment_id, reason))

    def appointment(self, appointment_id: str) -> HisAppointment | None:
        with self._database.reading() as session:
            view = self._booking.appointment(session, appointment_id)
            return None if view is None else _his_appointment(view)


def _plain(outcome: AppointmentView | Refusal) -> HisAppointment | Refusal:
    return outcome if isinstance(outcome, Refusal) else _his_appointment(outcome)


def _his_appointment(view: AppointmentView) -> HisAppointment:
    # The outside world knows no "rescheduled": that appointment was cancelled in favour of another.
    status = Status.CANCELLED if view.status is Status.RESCHEDULED else view.status
    return HisAppointment(view.id, view.slot_id, view.starts_at, status.value)
