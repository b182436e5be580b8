"""Who a stay is about, for staff: masked in lists, in full on demand and on record.

A discharge without an ID number registers nobody, so the register of patients cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.masking import mask_name, mask_phone
from followup.office import Office
from followup.tables import Contact, Discharge, Enrolment
from patients import name_key


@dataclass(frozen=True, slots=True)
class StayPerson:
    """The person of a stay as lists show them. `patient_id` is None for one who is not registered."""

    discharge_id: str
    patient_id: str | None
    masked_name: str
    #: Of the number that is written to; empty if there is none.
    masked_phone: str
    #: 男 or 女; None if not known.
    sex: str | None
    birth_date: date | None
    #: Completed years on the day of discharge, if that is all that is known.
    age: int | None
    department: str
    discharged_on: date
    #: The latest conversation about the stay.
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class FullStayPerson:
    """The same unmasked: only for a member of staff who asked, see `reveal`."""

    masked: StayPerson
    name: str = field(repr=False)
    #: E.164; empty if not given.
    phone: str = field(repr=False)
    family_phone: str = field(repr=False)
    #: The hospital's number of the stay; empty if not given.
    encounter: str = field(repr=False)


def of_contacts(office: Office, session: Session, contact_ids: Iterable[str]) -> Mapping[str, StayPerson]:
    """Contact id → masked person, for as many as are known."""
    rows = session.execute(
        select(Contact.id, Discharge)
        .join(Enrolment, Contact.enrolment_id == Enrolment.id)
        .join(Discharge, Enrolment.discharge_id == Discharge.id)
        .where(Contact.id.in_(list(contact_ids)), Discharge.name_enc.is_not(None))
    ).all()
    return {contact_id: _masked(office, discharge) for contact_id, discharge in rows}


def of_conversation(office: Office, session: Session, conversation_id: str) -> StayPerson | None:
    """Whom the latest contact of a conversation is about."""
    contact = session.scalar(
        select(Contact.id)
        .where(Contact.conversation_id == conversation_id)
        .order_by(Contact.opened_at.desc())
        .limit(1)
    )
    return of_contacts(office, session, [contact]).get(contact) if contact else None


def named(office: Office, session: Session, name: str, limit: int = 50) -> list[StayPerson]:
    """Unregistered people of that whole name, the latest discharge first; registered ones have a record."""
    key = office.cipher.blind_index(f"name|{name_key(name)}")
    rows = session.scalars(
        select(Discharge)
        .where(Discharge.name_key == key, Discharge.patient_id.is_(None))
        .order_by(Discharge.discharged_on.desc())
        .limit(limit)
    )
    found = []
    for row in rows:
        talk = session.scalar(
            select(Contact.conversation_id)
            .join(Enrolment, Contact.enrolment_id == Enrolment.id)
            .where(Enrolment.discharge_id == row.id, Contact.conversation_id.is_not(None))
            .order_by(Contact.opened_at.desc())
            .limit(1)
        )
        found.append(_masked(office, row, talk))
    return found


def reveal(office: Office, session: Session, discharge_id: str, *, actor: str) -> FullStayPerson | None:
    """Everything that the list told about the person of a stay; writes an audit row."""
    row = session.get(Discharge, discharge_id)
    if row is None or row.name_enc is None:
        return None
    audit.record(
        session, actor=actor, action="followup.view_person", subject=f"discharge:{discharge_id}",
        at=office.clock.now(),
    )  # fmt: skip

    def opened(sealed: str | None) -> str:
        return office.cipher.decrypt(sealed) if sealed else ""

    return FullStayPerson(
        masked=_masked(office, row),
        name=opened(row.name_enc),
        phone=opened(row.phone_enc),
        family_phone=opened(row.family_phone_enc),
        encounter=opened(row.encounter_enc),
    )


def _masked(office: Office, row: Discharge, conversation_id: str | None = None) -> StayPerson:
    sealed = row.phone_enc or row.family_phone_enc
    return StayPerson(
        discharge_id=row.id,
        patient_id=row.patient_id,
        masked_name=mask_name(office.cipher.decrypt(row.name_enc)) if row.name_enc else "",
        masked_phone=mask_phone(office.cipher.decrypt(sealed)) if sealed else "",
        sex=row.sex,
        birth_date=row.birth_date,
        age=row.age,
        department=row.department,
        discharged_on=row.discharged_on,
        conversation_id=conversation_id,
    )
