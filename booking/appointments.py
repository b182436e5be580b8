"""Booking, moving and cancelling consultations. Each is one transaction of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from booking import capacity
from booking.model import AppointmentView, BookSlot, Status, period_of
from booking.policies import ANY_SLOT, Held, Wish, first_refusal, too_late_to_change
from booking.tables import Appointment, PreVisitHistory, Slot
from core.audit import record
from core.clock import Clock
from core.database import new_id
from core.errors import Refusal
from hospital import SLOT_STARTS, Hospital
from patients import PatientBasics, Patients


class Appointments:
    """The appointment book of one hospital. Holds no state of its own."""

    def __init__(self, hospital: Hospital, clock: Clock, patients: Patients) -> None:
        self._hospital = hospital
        self._clock = clock
        self._patients = patients

    def book(self, session: Session, wish: BookSlot) -> AppointmentView | Refusal:
        patient = self._patients.hold(session, wish.patient_id)
        if patient is None:
            return Refusal("unknown_patient")
        # Looked for under the patient's lock: of two equal requests at once the second waits and finds it.
        done = self._by_request(session, wish.request_key)
        if done is not None:
            return (
                self.view(session, done)
                if done.patient_id == wish.patient_id
                else Refusal("request_key_reused")
            )
        if not self._patients.may_act_for(session, wish.booked_by, wish.patient_id):
            return Refusal("not_your_relative")
        slot = capacity.lock(session, [wish.slot_id]).get(wish.slot_id)
        if slot is None or slot.kind != "doctor":
            return Refusal("unknown_slot")
        refusal = first_refusal(self._wish(session, patient, slot))
        if refusal is not None:
            return refusal
        row = self._take(session, slot, wish, replaces=None)
        if isinstance(row, Refusal):
            return row
        self._audit(session, f"patient:{wish.booked_by}", "booking.book", row)
        return self.view(session, row)

    def reschedule(
        self, session: Session, appointment_id: str, slot_id: str, request_key: str, actor_id: str | None
    ) -> AppointmentView | Refusal:
        """Take the new slot and free the old one, or change nothing."""
        done = self._by_request(session, request_key)
        old = session.get(Appointment, appointment_id)
        if old is None:
            return Refusal("unknown_appointment")
        actor_id = actor_id or old.booked_by
        if not self._patients.may_act_for(session, actor_id, old.patient_id):
            return Refusal("not_your_relative")
        patient = self._patients.hold(session, old.patient_id)
        done = done or self._by_request(session, request_key)
        if done is not None:
            same = done.replaces_id == appointment_id
            return self.view(session, done) if same else Refusal("request_key_reused")
        session.refresh(old)
        now = self._clock.now()
        refusal = self._changeable(old, now)
        if patient is None or refusal is not None:
            return refusal or Refusal("unknown_patient")
        if slot_id == old.slot_id:
            return Refusal("same_slot")
        slots = capacity.lock(session, [slot_id, old.slot_id])
        slot = slots.get(slot_id)
        if slot is None or slot.kind != "doctor":
            return Refusal("unknown_slot")
        refusal = first_refusal(self._wish(session, patient, slot, without=old.id))
        if refusal is not None:
            return refusal
        wish = BookSlot(old.patient_id, actor_id, slot_id, request_key)
        new = self._take(session, slot, wish, replaces=old)
        if isinstance(new, Refusal):
            return new
        session.execute(
            update(PreVisitHistory)
            .where(PreVisitHistory.appointment_id == old.id)
            .values(appointment_id=new.id)
        )
        self._audit(session, f"patient:{actor_id}", "booking.reschedule", new, {"from": old.id})
        return self.view(session, new)

    def cancel(
        self, session: Session, appointment_id: str, reason: str, actor_id: str | None
    ) -> AppointmentView | Refusal:
        """Cancel and free the place; cancelling what is cancelled gives the same outcome again."""
        row = session.get(Appointment, appointment_id)
        if row is None:
            return Refusal("unknown_appointment")
        actor_id = actor_id or row.booked_by
        if not self._patients.may_act_for(session, actor_id, row.patient_id):
            return Refusal("not_your_relative")
        self._patients.hold(session, row.patient_id)
        session.refresh(row)
        now = self._clock.now()
        if row.status == Status.CANCELLED:
            return self.view(session, row)
        refusal = self._changeable(row, now)
        if refusal is not None:
            return refusal
        if self._end(session, row, Status.CANCELLED, now, reason):
            self._audit(session, f"patient:{actor_id}", "booking.cancel", row, {"reason": reason})
        return self.view(session, row)

    def close(
        self, session: Session, appointment_id: str, status: Status, actor: str
    ) -> AppointmentView | Refusal:
        """The visit took place (fulfilled) or not (noshow); recorded by staff or the HIS."""
        row = session.get(Appointment, appointment_id)
        if row is None:
            return Refusal("unknown_appointment")
        self._patients.hold(session, row.patient_id)
        session.refresh(row)
        if row.status != Status.BOOKED or status not in {Status.FULFILLED, Status.NOSHOW}:
            return Refusal("appointment_closed")
        row.status, row.updated_at = status, self._clock.now()
        session.flush()
        self._audit(session, actor, f"booking.{status}", row)
        return self.view(session, row)

    def of(
        self, session: Session, patient_ids: Sequence[str], *, upcoming_only: bool
    ) -> list[AppointmentView]:
        query = select(Appointment).where(Appointment.patient_id.in_(patient_ids))
        if upcoming_only:
            query = query.where(
                Appointment.status == Status.BOOKED,
                Appointment.starts_at > self._clock.now() - timedelta(hours=1),
            )
        rows = session.scalars(
            query.order_by(Appointment.starts_at, Appointment.id).execution_options(populate_existing=True)
        )
        return [self.view(session, row) for row in rows]

    def get(self, session: Session, appointment_id: str) -> AppointmentView | None:
        row = session.get(Appointment, appointment_id, populate_existing=True)
        return self.view(session, row) if row else None

    def view(self, session: Session, row: Appointment) -> AppointmentView:
        doctor = self._hospital.doctor(row.doctor_id)
        department = self._hospital.department(row.department_code)
        patient = self._patients.get(session, row.patient_id)
        slot = session.get_one(Slot, row.slot_id)
        return AppointmentView(
            id=row.id,
            patient_id=row.patient_id,
            patient_masked_name=patient.masked_name if patient else "",
            booked_by=row.booked_by,
            slot_id=row.slot_id,
            department_code=department.code,
            department_name=department.name,
            location=department.location,
            doctor_id=doctor.id,
            doctor_name=doctor.name,
            title=doctor.title,
            fee=doctor.fee,
            starts_at=row.starts_at,
            number=visit_number(row.starts_at, slot.capacity, row.place),
            status=Status(row.status),
            replaces_id=row.replaces_id,
        )

    # -- inside ------------------------------------------------------------------------------------------

    def _take(
        self, session: Session, slot: Slot, wish: BookSlot, *, replaces: Appointment | None
    ) -> Appointment | Refusal:
        """Take a place, and end the appointment that is replaced, in one savepoint: all of it or nothing."""
        now = self._clock.now()
        try:
            with session.begin_nested():
                if not capacity.take(session, slot.id):
                    return Refusal("sold_out")
                occupied = session.scalars(
                    select(Appointment.place).where(
                        Appointment.slot_id == slot.id, Appointment.status == Status.BOOKED
                    )
                ).all()
                row = Appointment(
                    id=new_id(),
                    patient_id=wish.patient_id,
                    booked_by=wish.booked_by,
                    slot_id=slot.id,
                    department_code=slot.department_code,
                    doctor_id=slot.resource_id,
                    starts_at=slot.starts_at,
                    place=capacity.free_place(occupied),
                    status=Status.BOOKED,
                    request_key=wish.request_key,
                    replaces_id=replaces.id if replaces else None,
                    created_at=now,
                    updated_at=now,
                )
                session.add(row)
                session.flush()
                if replaces is not None:
                    self._end(session, replaces, Status.RESCHEDULED, now, None)
                return row
        except IntegrityError:
            # A unique index said no where a lock was missing: the same key, or the same person and slot.
            done = self._by_request(session, wish.request_key)
            return done if done and done.patient_id == wish.patient_id else Refusal("already_booked_slot")

    def _end(
        self, session: Session, row: Appointment, status: Status, now: datetime, reason: str | None
    ) -> bool:
        """Turn a standing appointment into another state and free its place; True for the one that did it."""
        statement = (
            update(Appointment)
            .where(Appointment.id == row.id, Appointment.status == Status.BOOKED)
            .values(status=status, reason=reason, updated_at=now)
            .execution_options(synchronize_session=False)
        )
        result = session.execute(statement)
        ended = isinstance(result, CursorResult) and result.rowcount == 1
        if ended:
            capacity.give_back(session, row.slot_id)
        session.refresh(row)
        return ended

    def _changeable(self, row: Appointment, now: datetime) -> Refusal | None:
        if row.status != Status.BOOKED:
            return Refusal("appointment_closed", {"status": row.status})
        return too_late_to_change(row.starts_at, row.created_at, now, self._hospital.booking)

    def _by_request(self, session: Session, request_key: str) -> Appointment | None:
        return session.scalar(select(Appointment).where(Appointment.request_key == request_key))

    def barred(self, session: Session, patient: PatientBasics, department_code: str) -> Refusal | None:
        """Why this person cannot have any slot of the department, whichever is chosen."""
        now = self._clock.now()
        wish = Wish(
            now=now,
            patient=patient,
            department=self._hospital.department(department_code),
            slot_id="",
            starts_at=now,
            slot_status="open",
            held=self._held(session, patient),
            rules=self._hospital.booking,
        )
        return first_refusal(wish, ANY_SLOT)

    def _held(self, session: Session, patient: PatientBasics, without: str | None = None) -> list[Held]:
        now = self._clock.now()
        since = now - timedelta(days=self._hospital.booking.no_show_window_days)
        rows = session.scalars(
            select(Appointment)
            .where(
                Appointment.patient_id == patient.id,
                or_(Appointment.status == Status.BOOKED, Appointment.status == Status.NOSHOW),
                Appointment.starts_at > since,
            )
            .execution_options(populate_existing=True)
        )
        return [
            Held(row.id, row.slot_id, row.department_code, row.starts_at, row.status)
            for row in rows
            if row.id != without
        ]

    def _wish(self, session: Session, patient: PatientBasics, slot: Slot, without: str | None = None) -> Wish:
        return Wish(
            now=self._clock.now(),
            patient=patient,
            department=self._hospital.department(slot.department_code),
            slot_id=slot.id,
            starts_at=slot.starts_at,
            slot_status=slot.status,
            held=self._held(session, patient, without),
            rules=self._hospital.booking,
        )

    def _audit(
        self,
        session: Session,
        actor: str,
        action: str,
        row: Appointment,
        detail: dict[str, str] | None = None,
    ) -> None:
        record(
            session,
            actor=actor,
            action=action,
            subject=f"patient:{row.patient_id}",
            at=self._clock.now(),
            detail={"appointment": row.id, **(detail or {})},
        )


def visit_number(starts_at: datetime, capacity_of_slot: int, place: int) -> int:
    """Order of a visit within the half day: all places of the half hours before, then the place."""
    starts = SLOT_STARTS[period_of(starts_at)]
    start = starts_at.timetz().replace(tzinfo=None)
    before = sum(one < start for one in starts)
    return before * capacity_of_slot + place
