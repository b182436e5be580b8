"""Tables of this room. Whatever names a person is encrypted; a keyed hash beside it serves look-up."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Id, UtcDateTime, new_id

#: Length of `FieldCipher.blind_index`.
_INDEX = String(64)


class PatientRow(Base):
    __tablename__ = "patient"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name_enc: Mapped[str] = mapped_column(Text)
    name_index: Mapped[str] = mapped_column(_INDEX, index=True)
    #: NULL for a child registered by name and birth date.
    id_number_enc: Mapped[str | None] = mapped_column(Text)
    id_number_index: Mapped[str | None] = mapped_column(_INDEX, unique=True)
    phone_enc: Mapped[str | None] = mapped_column(Text)
    phone_index: Mapped[str | None] = mapped_column(_INDEX, index=True)
    #: 男 or 女; NULL if not known.
    sex: Mapped[str | None] = mapped_column(String(1))
    birth_date: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContactPointRow(Base):
    """An address that was shown to belong to a person. One address has one owner, the last bound."""

    __tablename__ = "contact_point"
    __table_args__ = (UniqueConstraint("channel", "address_index"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patient.id"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    address_enc: Mapped[str] = mapped_column(Text)
    address_index: Mapped[str] = mapped_column(_INDEX)
    bound_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PhoneCodeRow(Base):
    """A code that was sent to the phone on record, to prove that an address is the person's own."""

    __tablename__ = "phone_code"
    __table_args__ = (Index("ix_phone_code_patient_sent", "patient_id", "sent_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patient.id"))
    #: Where the code must come back from.
    channel: Mapped[str] = mapped_column(String(16))
    address_index: Mapped[str] = mapped_column(_INDEX)
    #: A keyed hash; the code itself is nowhere but in the message.
    code_index: Mapped[str] = mapped_column(_INDEX)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Wrong answers so far.
    tries: Mapped[int] = mapped_column(Integer)
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RelativeRow(Base):
    """The owner may act for the patient."""

    __tablename__ = "patient_relative"
    __table_args__ = (UniqueConstraint("owner_id", "patient_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(ForeignKey("patient.id"), index=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patient.id"), index=True)
    #: Canonical relation word.
    relation: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentRow(Base):
    """One decision about being contacted. Rows are only added; the newest that concerns a person holds."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_patient_at", "patient_id", "at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    #: NULL when only an address is known (a stranger texts 退订).
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patient.id"))
    address_index: Mapped[str | None] = mapped_column(_INDEX, index=True)
    #: False: do not contact.
    given: Mapped[bool] = mapped_column(Boolean)
    #: A code such as patient_request; never the person's words.
    reason: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
