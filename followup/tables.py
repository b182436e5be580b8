"""Tables of this room: stays, their follow-up plans, the contacts and what was answered.

Columns that end in `_enc` are encrypted with `core.crypto.FieldCipher`; `_key` columns are keyed hashes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Id, UtcDateTime, new_id


class Discharge(Base):
    """One stay that ended. The same stay is kept once, however often it is imported."""

    __tablename__ = "discharge"
    __table_args__ = (Index("ix_discharge_discharged_on", "discharged_on"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    #: Keyed hash of the hospital's number of the stay; NULL if it has none.
    encounter_key: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    #: Keyed hash of person, day of discharge and diagnosis.
    stay_key: Mapped[str] = mapped_column(String(64), unique=True)
    #: The registered person; NULL for a stay without an ID number.
    patient_id: Mapped[str | None] = mapped_column(Id, index=True, default=None)
    encounter_enc: Mapped[str | None] = mapped_column(Text, default=None)
    name_enc: Mapped[str | None] = mapped_column(Text, default=None)
    #: Keyed hash of the name, to find the stay by.
    name_key: Mapped[str | None] = mapped_column(String(64), index=True, default=None)
    #: E.164.
    phone_enc: Mapped[str | None] = mapped_column(Text, default=None)
    #: Keyed hash of the number that is written to: the patient's, else the relative's.
    phone_key: Mapped[str | None] = mapped_column(String(64), index=True, default=None)
    #: A relative's phone, E.164; used if the patient has none.
    family_phone_enc: Mapped[str | None] = mapped_column(Text, default=None)
    #: 男 or 女.
    sex: Mapped[str | None] = mapped_column(String(1), default=None)
    birth_date: Mapped[date | None] = mapped_column(Date, default=None)
    #: Completed years on the day of discharge, if no birth date was given.
    age: Mapped[int | None] = mapped_column(Integer, default=None)
    department: Mapped[str] = mapped_column(String(64), default="")
    doctor: Mapped[str] = mapped_column(String(64), default="")
    admitted_on: Mapped[date | None] = mapped_column(Date, default=None)
    discharged_on: Mapped[date] = mapped_column(Date)
    diagnosis: Mapped[str] = mapped_column(String(200), default="")
    icd10: Mapped[str] = mapped_column(String(32), default="")
    operation: Mapped[str] = mapped_column(String(200), default="")
    icd9: Mapped[str] = mapped_column(String(32), default="")
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Enrolment(Base):
    """A stay in a pathway."""

    __tablename__ = "followup_enrolment"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    discharge_id: Mapped[str] = mapped_column(ForeignKey("discharge.id"), unique=True)
    pathway_id: Mapped[str] = mapped_column(String(64))
    #: active or withdrawn.
    state: Mapped[str] = mapped_column(String(12), default="active")
    #: Code: opt_out, wrong_person, readmitted, deceased, by_staff.
    reason: Mapped[str | None] = mapped_column(String(32), default=None)
    #: Contacts in a row that nobody answered.
    silent: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    discharge: Mapped[Discharge] = relationship(lazy="joined")


class Contact(Base):
    """One planned contact. Its state changes only by `followup.states.step`."""

    __tablename__ = "followup_contact"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "day"),
        Index("ix_followup_contact_due", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("followup_enrolment.id"), index=True)
    day: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    purpose: Mapped[str] = mapped_column(String(100))
    #: Question ids, in order.
    questions: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default="planned")
    #: Why it was withdrawn or given up; a code.
    reason: Mapped[str | None] = mapped_column(String(32), default=None)
    conversation_id: Mapped[str | None] = mapped_column(Id, index=True, default=None)
    #: The question that is being asked; None when the dialogue is over.
    asking: Mapped[str | None] = mapped_column(String(64), default=None)
    #: How often the present question was asked back.
    asked_back: Mapped[int] = mapped_column(Integer, default=0)
    #: Opening and reminders so far.
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    #: Most worrying severity so far; None before the first answer.
    severity: Mapped[str | None] = mapped_column(String(8), default=None)
    task_id: Mapped[str | None] = mapped_column(Id, index=True, default=None)
    #: What the nurse wrote down at the end.
    outcome: Mapped[str | None] = mapped_column(String(64), default=None)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    first_answer_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    #: Last message of either side in this contact.
    active_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    enrolment: Mapped[Enrolment] = relationship(lazy="joined")


class ContactAnswer(Base):
    """One answer, as it was understood. The same message answers a question once."""

    __tablename__ = "followup_answer"
    __table_args__ = (UniqueConstraint("contact_id", "message_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("followup_contact.id"), index=True)
    question_id: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[str] = mapped_column(String(64))
    #: The patient's words.
    text_enc: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(8))
    #: Topics that the answer covered, and the problems in it that are amber (they add up).
    topics: Mapped[list[str]] = mapped_column(JSON)
    problems: Mapped[list[str]] = mapped_column(JSON)
    #: {"why": […], "findings": [{"term", "status", "severity"}], "other": code or null}.
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
