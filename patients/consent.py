"""Whether a person wants to be contacted: the newest decision counts, over all channels."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.audit import record
from core.clock import Clock
from core.crypto import FieldCipher
from core.errors import Refusal
from patients.tables import ConsentRow, ContactPointRow, PatientRow


class Consents:
    """The part of the register that keeps consent."""

    def __init__(self, cipher: FieldCipher, clock: Clock) -> None:
        self._cipher = cipher
        self._clock = clock

    def opt_out(self, session: Session, patient_id: str, reason: str, *, actor: str | None = None) -> None:
        """Stop contacting a person, on every channel. `reason` is a code, never the person's words."""
        actor = actor or f"patient:{patient_id}"
        self._consent(session, given=False, reason=reason, actor=actor, patient_id=patient_id)

    def opt_out_address(self, session: Session, address: str, reason: str) -> None:
        """Stop contacting whoever an address belongs to, now or later: for a stranger who texts 退订."""
        index = self._cipher.blind_index(address)
        self._consent(session, given=False, reason=reason, actor="patient:unknown", address_index=index)

    def opt_in(self, session: Session, patient_id: str, *, actor: str) -> Refusal | None:
        """Lift an opt-out: only by the person's own new consent, so `actor` must be `patient:<that id>`."""
        if actor != f"patient:{patient_id}":
            return Refusal("consent_must_be_own")
        self._consent(session, given=True, reason="own_consent", actor=actor, patient_id=patient_id)
        return None

    def opted_out(self, session: Session, patient_id: str) -> bool:
        """True if the newest decision about the person, or about an address of theirs, is a no."""
        addresses = set(
            session.scalars(
                select(ContactPointRow.address_index).where(ContactPointRow.patient_id == patient_id)
            )
        )
        patient = session.get(PatientRow, patient_id)
        if patient is not None and patient.phone_index is not None:
            addresses.add(patient.phone_index)
        newest = session.scalar(
            select(ConsentRow.given)
            .where(or_(ConsentRow.patient_id == patient_id, ConsentRow.address_index.in_(addresses)))
            .order_by(ConsentRow.at.desc(), ConsentRow.id.desc())
            .limit(1)
        )
        return newest is False

    def _consent(
        self,
        session: Session,
        *,
        given: bool,
        reason: str,
        actor: str,
        patient_id: str | None = None,
        address_index: str | None = None,
    ) -> None:
        session.add(
            ConsentRow(
                patient_id=patient_id,
                address_index=address_index,
                given=given,
                reason=reason,
                actor=actor,
                at=self._clock.now(),
            )
        )
        session.flush()
        self._audit(session, actor, f"patients.{'opt_in' if given else 'opt_out'}", patient_id or "unknown")

    def _audit(self, session: Session, actor: str, action: str, patient_id: str) -> None:
        record(session, actor=actor, action=action, subject=f"patient:{patient_id}", at=self._clock.now())
