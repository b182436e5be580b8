"""Tables of this room.

Locking rules. A unit of work that books, moves or cancels takes its locks in this order, so that two of them
never wait for each other: 1. the patient (`patients.Patients.hold`), 2. the slots concerned, by id
(`capacity.lock`). Capacity is only ever changed by `capacity.take` and `capacity.give_back`. The unique
indexes below hold even where somebody forgets a lock.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Id, UtcDateTime, new_id

#: Rows of these indexes are the appointments that stand.
_STANDING = text("status = 'booked'")


class Slot(Base):
    """Half an hour of a doctor or of an examination room, with room for some people."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("resource_id", "starts_at"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken_within_capacity"),
        Index("ix_slot_department_starts", "department_code", "starts_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    #: "doctor" or "exam".
    kind: Mapped[str] = mapped_column(String(8))
    #: `Doctor.id` or `Exam.id` of the hospital.
    resource_id: Mapped[str] = mapped_column(String(64))
    department_code: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: How many people it takes, and how many stand booked.
    capacity: Mapped[int] = mapped_column(Integer)
    taken: Mapped[int] = mapped_column(Integer, default=0)
    #: open, stopped (the doctor does not come) or closed (the house is shut).
    status: Mapped[str] = mapped_column(String(8), default="open")


class Appointment(Base):
    """A booked consultation. `rescheduled` rows stay and are followed by the row that replaces them."""

    __tablename__ = "appointment"
    __table_args__ = (
        Index(
            "uq_appointment_standing_slot",
            "patient_id",
            "slot_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index(
            "uq_appointment_standing_place",
            "slot_id",
            "place",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index("ix_appointment_patient_starts", "patient_id", "starts_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patient.id"))
    #: The person who booked: the patient or somebody who may act for them.
    booked_by: Mapped[str] = mapped_column(ForeignKey("patient.id"))
    slot_id: Mapped[str] = mapped_column(ForeignKey("slot.id"))
    department_code: Mapped[str] = mapped_column(String(64))
    doctor_id: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Which of the slot's places, from 1.
    place: Mapped[int] = mapped_column(Integer)
    #: booked, rescheduled, cancelled, fulfilled or noshow.
    status: Mapped[str] = mapped_column(String(12), default="booked")
    #: Made by the caller, one per intention: the same key never books twice.
    request_key: Mapped[str] = mapped_column(String(128), unique=True)
    #: The appointment that this one was moved from.
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("appointment.id"))
    #: Why it was cancelled: a code.
    reason: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PreVisitHistory(Base):
    """What the patient told before the visit. Moves along when the appointment is moved."""

    __tablename__ = "previsit_history"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointment.id"), unique=True)
    #: JSON object: question id → the patient's words. Encrypted, as all words of patients.
    answers_enc: Mapped[str] = mapped_column(Text)
    #: For the doctor, with the AI label. Encrypted.
    summary_enc: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamAppointment(Base):
    """A booked examination."""

    __tablename__ = "exam_appointment"
    __table_args__ = (
        Index(
            "uq_exam_appointment_standing_place",
            "slot_id",
            "place",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index(
            "uq_exam_appointment_standing_exam",
            "patient_id",
            "exam_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patient.id"))
    booked_by: Mapped[str] = mapped_column(ForeignKey("patient.id"))
    slot_id: Mapped[str] = mapped_column(ForeignKey("slot.id"))
    exam_id: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[int] = mapped_column(Integer)
    #: booked, cancelled, fulfilled or noshow.
    status: Mapped[str] = mapped_column(String(12), default="booked")
    request_key: Mapped[str] = mapped_column(String(128), unique=True)
    reason: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
