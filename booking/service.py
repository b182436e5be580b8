"""Booking's face: one object for one hospital, whose methods take the caller's session first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking import instructions, schedule
from booking.appointments import Appointments
from booking.exams import Exams
from booking.history import HistorySummary
from booking.history_store import Histories
from booking.model import (
    AppointmentView,
    BookSlot,
    ExamAppointmentView,
    ExamSlotView,
    Offer,
    SlotView,
    Status,
)
from booking.policies import unfit
from booking.schedule import Schedule
from booking.tables import Appointment
from booking.words import When
from booking.world import apply, read_world
from core.audit import record
from core.clock import Clock
from core.crypto import FieldCipher
from core.errors import Refusal
from hospital import Hospital
from patients import PatientBasics, Patients, PatientView


class Booking:
    """Everything that can be done with slots, appointments, examinations and pre-visit histories."""

    def __init__(self, hospital: Hospital, clock: Clock, patients: Patients, cipher: FieldCipher) -> None:
        self.hospital = hospital
        self._clock = clock
        self._schedule = Schedule(hospital)
        self._appointments = Appointments(hospital, clock, patients)
        self._exams = Exams(hospital, clock, patients)
        self._histories = Histories(clock, patients, cipher)

    # -- schedule ----------------------------------------------------------------------------------------

    def ensure_schedule(
        self, session: Session, first_day: date | None = None, days: int | None = None
    ) -> int:
        """Make missing slots of `days` days (default: today and all days that can be booked); idempotent."""
        first_day = first_day or self._clock.now().date()
        days = self.hospital.booking.days_ahead + 1 if days is None else days
        return schedule.ensure_schedule(session, self.hospital, first_day, days)

    def stop_session(
        self, session: Session, doctor_id: str, day: date, period: str, *, actor: str
    ) -> list[AppointmentView]:
        """The doctor does not come. Returns the standing appointments of that half day, to be moved."""
        span = schedule.half_day_span(day, period)
        schedule.mark(session, status="stopped", resource_id=doctor_id, span=span)
        rows = session.scalars(
            select(Appointment)
            .where(
                Appointment.doctor_id == doctor_id,
                Appointment.starts_at >= span[0],
                Appointment.starts_at < span[1],
                Appointment.status == Status.BOOKED,
            )
            .order_by(Appointment.starts_at)
        )
        record(
            session,
            actor=actor,
            action="booking.stop_session",
            subject=f"doctor:{doctor_id}",
            at=self._clock.now(),
            detail={"day": day.isoformat(), "period": period},
        )
        return [self._appointments.view(session, row) for row in rows]

    def offer(
        self,
        session: Session,
        *,
        department: str | None = None,
        doctor: str | None = None,
        when: When | None = None,
        limit: int = 6,
        age: float | None = None,
        sex: str | None = None,
    ) -> Offer:
        """Free slots that meet the wish; if there are none, why, and the nearest others.

        `department` and `doctor` are ids of the hospital; `age` (years) and `sex` leave out departments that
        do not see such a person.
        """
        return self._schedule.offer(
            session,
            self._clock.now(),
            department=department,
            doctor=doctor,
            when=when,
            limit=limit,
            age=age,
            sex=sex,
        )

    def open_slots(
        self,
        session: Session,
        *,
        department: str | None = None,
        doctor: str | None = None,
        when: When | None = None,
        limit: int = 6,
        age: float | None = None,
        sex: str | None = None,
    ) -> list[SlotView]:
        """As `offer`, but only slots that meet the wish."""
        offer = self.offer(
            session, department=department, doctor=doctor, when=when, limit=limit, age=age, sex=sex
        )
        return [] if offer.why else list(offer.slots)

    # -- appointments ------------------------------------------------------------------------------------

    def book(self, session: Session, wish: BookSlot) -> AppointmentView | Refusal:
        """Book a slot. The same request key gives the same appointment, however often and at once."""
        return self._appointments.book(session, wish)

    def barred(
        self,
        session: Session,
        department: str,
        *,
        person: PatientView | None,
        age: float | None,
        sex: str | None,
    ) -> Refusal | None:
        """Why somebody cannot have any slot of a department, as far as is known of them; None if they may.

        `person`: who they are, if registered: their other appointments count too.
        """
        refusal = unfit(self.hospital.department(department), age=age, sex=sex)
        if refusal is not None or person is None:
            return refusal
        basics = PatientBasics(person.id, person.sex, person.birth_date)
        return self._appointments.barred(session, basics, department)

    def reschedule(
        self,
        session: Session,
        appointment_id: str,
        slot_id: str,
        request_key: str,
        *,
        actor_id: str | None = None,
    ) -> AppointmentView | Refusal:
        """Move an appointment: the new one stands and the old one is freed, or nothing changes.

        `actor_id`: the patient who asks, themselves or for a relative; default: who booked it.
        """
        return self._appointments.reschedule(session, appointment_id, slot_id, request_key, actor_id)

    def cancel(
        self, session: Session, appointment_id: str, reason: str, *, actor_id: str | None = None
    ) -> AppointmentView | Refusal:
        """Cancel an appointment; `reason` is a code. A repeat gives the same outcome."""
        return self._appointments.cancel(session, appointment_id, reason, actor_id)

    def close(
        self, session: Session, appointment_id: str, status: Status, *, actor: str
    ) -> AppointmentView | Refusal:
        """Record that a visit took place (fulfilled) or that nobody came (noshow)."""
        return self._appointments.close(session, appointment_id, status, actor)

    def appointments(
        self, session: Session, patient_ids: Sequence[str], *, upcoming_only: bool = True
    ) -> list[AppointmentView]:
        """Appointments of these people by time; `upcoming_only`: those that stand and are not over."""
        return self._appointments.of(session, patient_ids, upcoming_only=upcoming_only)

    def appointment(self, session: Session, appointment_id: str) -> AppointmentView | None:
        return self._appointments.get(session, appointment_id)

    def instructions(
        self, appointment: AppointmentView | ExamAppointmentView, *, age: float | None = None
    ) -> tuple[str, ...]:
        """What to bring and how to prepare; `age` of the patient in years, if known."""
        if isinstance(appointment, ExamAppointmentView):
            return instructions.exam_instructions(self.hospital, appointment)
        return instructions.visit_instructions(self.hospital, appointment, age=age)

    # -- examinations ------------------------------------------------------------------------------------

    def open_exam_slots(
        self, session: Session, exam_id: str, *, when: When | None = None, limit: int = 6
    ) -> list[ExamSlotView] | Refusal:
        """Free places of an examination; refuses with exam_walk_in if it needs no booking."""
        return self._exams.open_slots(session, exam_id, when, limit)

    def book_exam(self, session: Session, wish: BookSlot) -> ExamAppointmentView | Refusal:
        return self._exams.book(session, wish)

    def cancel_exam(
        self, session: Session, exam_appointment_id: str, reason: str, *, actor_id: str | None = None
    ) -> ExamAppointmentView | Refusal:
        return self._exams.cancel(session, exam_appointment_id, reason, actor_id)

    def exam_appointments(self, session: Session, patient_ids: Sequence[str]) -> list[ExamAppointmentView]:
        return self._exams.of(session, patient_ids)

    # -- history before the visit ------------------------------------------------------------------------

    def save_history(
        self, session: Session, appointment_id: str, answers: Mapping[str, str], summary: HistorySummary
    ) -> Refusal | None:
        """Store what the patient told, replacing what was stored before."""
        return self._histories.save(session, appointment_id, answers, summary)

    def history(self, session: Session, appointment_id: str, *, actor: str) -> str | None:
        """The stored summary, for a member of staff; writes an audit row."""
        return self._histories.read(session, appointment_id, actor)

    # -- scripted talk -----------------------------------------------------------------------------------

    def apply_world(self, session: Session, world: Mapping[str, Any], people: Mapping[str, str]) -> None:
        """Make the schedule and lay a script's world over it. `people`: `self` and relations → patient ids.

        Its `doctors` are not applied here: give `booking.overlay_world(hospital, world)` to this object and
        to every other room. Raises BanzhenError for a world that does not fit.
        """
        parsed = read_world(world)
        now = self._clock.now()
        self.ensure_schedule(session)
        for entry in (*parsed.existing, *parsed.stopped, *parsed.sold_out):
            if entry.date > now.date() + timedelta(days=self.hospital.booking.days_ahead):
                self.ensure_schedule(session, entry.date, 1)
        apply(session, self.hospital, parsed, people, now)
