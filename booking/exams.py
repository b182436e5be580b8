"""Booking examinations: the same guarded places as consultations, simpler rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from booking import capacity
from booking.appointments import visit_number
from booking.model import BookSlot, ExamAppointmentView, ExamSlotView, Status
from booking.policies import last_open_day, too_late_to_change
from booking.schedule import bookable_from, day_span, fits, is_free, rows_within
from booking.tables import ExamAppointment, Slot
from booking.words import When
from core.audit import record
from core.clock import Clock
from core.database import new_id
from core.errors import Refusal
from hospital import Hospital
from patients import Patients


class Exams:
    """The appointment book of the examination rooms."""

    def __init__(self, hospital: Hospital, clock: Clock, patients: Patients) -> None:
        self._hospital = hospital
        self._clock = clock
        self._patients = patients
        self._exams = {exam.id: exam for exam in hospital.exams}

    def open_slots(
        self, session: Session, exam_id: str, when: When | None, limit: int
    ) -> list[ExamSlotView] | Refusal:
        exam = self._exams.get(exam_id)
        if exam is None:
            return Refusal("unknown_exam")
        if not exam.bookable:
            return Refusal("exam_walk_in", {"exam": exam.name, "location": exam.location})
        now = self._clock.now()
        last = last_open_day(now, self._hospital.booking)
        span = (bookable_from(now, self._hospital), day_span(last, last)[1])
        rows = rows_within(session, kind="exam", span=span, resource=exam_id)
        wanted = [
            row
            for row in rows
            if is_free(row)
            and (when is None or (when.first <= row.starts_at.date() <= when.last and fits(row, when)))
        ]
        return [
            ExamSlotView(row.id, exam.id, exam.name, row.starts_at, row.capacity - row.taken)
            for row in wanted[:limit]
        ]

    def book(self, session: Session, wish: BookSlot) -> ExamAppointmentView | Refusal:
        if self._patients.hold(session, wish.patient_id) is None:
            return Refusal("unknown_patient")
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
        if slot is None or slot.kind != "exam":
            return Refusal("unknown_slot")
        refusal = self._refusal(session, wish, slot)
        if refusal is not None:
            return refusal
        row = self._take(session, slot, wish)
        if isinstance(row, Refusal):
            return row
        self._audit(session, wish.booked_by, "booking.exam", row)
        return self.view(session, row)

    def cancel(
        self, session: Session, exam_appointment_id: str, reason: str, actor_id: str | None
    ) -> ExamAppointmentView | Refusal:
        row = session.get(ExamAppointment, exam_appointment_id)
        if row is None:
            return Refusal("unknown_appointment")
        actor_id = actor_id or row.booked_by
        if not self._patients.may_act_for(session, actor_id, row.patient_id):
            return Refusal("not_your_relative")
        self._patients.hold(session, row.patient_id)
        session.refresh(row)
        if row.status == Status.CANCELLED:
            return self.view(session, row)
        if row.status != Status.BOOKED:
            return Refusal("appointment_closed")
        now = self._clock.now()
        refusal = too_late_to_change(row.starts_at, row.created_at, now, self._hospital.booking)
        if refusal is not None:
            return refusal
        statement = (
            update(ExamAppointment)
            .where(ExamAppointment.id == row.id, ExamAppointment.status == Status.BOOKED)
            .values(status=Status.CANCELLED, reason=reason, updated_at=now)
            .execution_options(synchronize_session=False)
        )
        result = session.execute(statement)
        if isinstance(result, CursorResult) and result.rowcount == 1:
            capacity.give_back(session, row.slot_id)
            self._audit(session, actor_id, "booking.exam_cancel", row)
        session.refresh(row)
        return self.view(session, row)

    def of(self, session: Session, patient_ids: Sequence[str]) -> list[ExamAppointmentView]:
        """Booked examinations to come."""
        rows = session.scalars(
            select(ExamAppointment)
            .where(
                ExamAppointment.patient_id.in_(patient_ids),
                ExamAppointment.status == Status.BOOKED,
                ExamAppointment.starts_at > self._clock.now() - timedelta(hours=1),
            )
            .order_by(ExamAppointment.starts_at)
        )
        return [self.view(session, row) for row in rows]

    def view(self, session: Session, row: ExamAppointment) -> ExamAppointmentView:
        exam = self._exams[row.exam_id]
        slot = session.get_one(Slot, row.slot_id)
        patient = self._patients.get(session, row.patient_id)
        return ExamAppointmentView(
            id=row.id,
            patient_id=row.patient_id,
            patient_masked_name=patient.masked_name if patient else "",
            booked_by=row.booked_by,
            slot_id=row.slot_id,
            exam_id=exam.id,
            exam_name=exam.name,
            location=exam.location,
            starts_at=row.starts_at,
            number=visit_number(row.starts_at, slot.capacity, row.place),
            status=Status(row.status),
            preparation=exam.preparation,
            fasting=exam.fasting,
        )

    # -- inside ------------------------------------------------------------------------------------------

    def _refusal(self, session: Session, wish: BookSlot, slot: Slot) -> Refusal | None:
        now, rules = self._clock.now(), self._hospital.booking
        if slot.starts_at <= now:
            return Refusal("slot_past")
        if slot.status != "open":
            return Refusal(f"slot_{slot.status}")
        if slot.starts_at < bookable_from(now, self._hospital):
            return Refusal("too_late_to_book", {"minutes": str(rules.min_lead_minutes)})
        if slot.starts_at.date() > last_open_day(now, rules):
            return Refusal("too_far_ahead", {"days": str(rules.days_ahead)})
        same = select(ExamAppointment.id).where(
            ExamAppointment.patient_id == wish.patient_id,
            ExamAppointment.exam_id == slot.resource_id,
            ExamAppointment.status == Status.BOOKED,
        )
        return Refusal("already_booked_exam") if session.scalar(same) else None

    def _take(self, session: Session, slot: Slot, wish: BookSlot) -> ExamAppointment | Refusal:
        now = self._clock.now()
        try:
            with session.begin_nested():
                if not capacity.take(session, slot.id):
                    return Refusal("sold_out")
                occupied = session.scalars(
                    select(ExamAppointment.place).where(
                        ExamAppointment.slot_id == slot.id, ExamAppointment.status == Status.BOOKED
                    )
                ).all()
                row = ExamAppointment(
                    id=new_id(),
                    patient_id=wish.patient_id,
                    booked_by=wish.booked_by,
                    slot_id=slot.id,
                    exam_id=slot.resource_id,
                    starts_at=slot.starts_at,
                    place=capacity.free_place(occupied),
                    status=Status.BOOKED,
                    request_key=wish.request_key,
                    created_at=now,
                    updated_at=now,
                )
                session.add(row)
                session.flush()
                return row
        except IntegrityError:
            done = self._by_request(session, wish.request_key)
            return done if done and done.patient_id == wish.patient_id else Refusal("already_booked_exam")

    def _by_request(self, session: Session, request_key: str) -> ExamAppointment | None:
        return session.scalar(select(ExamAppointment).where(ExamAppointment.request_key == request_key))

    def _audit(self, session: Session, actor_id: str, action: str, row: ExamAppointment) -> None:
        record(
            session,
            actor=f"patient:{actor_id}",
            action=action,
            subject=f"patient:{row.patient_id}",
            at=self._clock.now(),
            detail={"exam_appointment": row.id},
        )
