"""Codes to the phone on record: whoever knows a name and an ID number is not yet that person.

A person who is registered with a phone is taken over at a new address (a browser, a WeChat account) only
after a code that was sent to that phone came back from the address.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit import record
from core.clock import Clock
from core.crypto import FieldCipher
from core.errors import Refusal
from core.masking import mask_phone
from patients.tables import PatientRow, PhoneCodeRow

DIGITS = 6
#: A code is good for so long, and proves the address for as long again.
GOOD_FOR = timedelta(minutes=5)
#: Time before another code is sent to the same address.
PAUSE = timedelta(seconds=60)
#: Codes for one person in a day, from whatever address: nobody's phone is flooded.
MOST_A_DAY = 5
DAY = timedelta(hours=24)
#: Wrong answers to one code.
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """To be sent to `phone` (E.164) at once, and kept nowhere in the clear."""

    phone: str
    code: str
    #: The phone as anybody may see it: 138****1234.
    masked_phone: str


class PhoneCodes:
    """Issues and checks codes in the caller's transaction."""

    def __init__(self, cipher: FieldCipher, clock: Clock) -> None:
        self._cipher = cipher
        self._clock = clock

    def issue(self, session: Session, patient_id: str, channel: str, address: str) -> IssuedCode | Refusal:
        """A new code for an address; the one before is void. Refuses too many, and a missing phone.

        Locks the patient: the caller has locked the conversation that the code is sent in.
        """
        now = self._clock.now()
        phone_enc = session.scalar(
            select(PatientRow.phone_enc).where(PatientRow.id == patient_id).with_for_update(key_share=True)
        )
        if phone_enc is None:
            return Refusal("phone_missing")
        sent = session.scalar(
            select(func.count()).where(
                PhoneCodeRow.patient_id == patient_id, PhoneCodeRow.sent_at > now - DAY
            )
        )
        if (sent or 0) >= MOST_A_DAY:
            return Refusal("code_too_many")
        last = self._last(session, patient_id, channel, address)
        if last is not None and now - last.sent_at < PAUSE:
            return Refusal("code_too_soon")
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        session.add(
            PhoneCodeRow(
                patient_id=patient_id,
                channel=channel,
                address_index=self._cipher.blind_index(address),
                code_index=self._index(patient_id, code),
                sent_at=now,
                tries=0,
            )
        )
        session.flush()
        record(
            session, actor="patient:unknown", action="patients.code", subject=f"patient:{patient_id}", at=now
        )
        phone = self._cipher.decrypt(phone_enc)
        return IssuedCode(phone, code, mask_phone(phone))

    def answer(
        self, session: Session, patient_id: str, channel: str, address: str, code: str
    ) -> Refusal | None:
        """Take a code in; None if it is the right one. Every wrong one counts."""
        now = self._clock.now()
        last = self._last(session, patient_id, channel, address)
        if last is None or last.proven_at is not None or now - last.sent_at > GOOD_FOR:
            return Refusal("code_expired")
        if last.tries >= MOST_TRIES:
            return Refusal("code_expired")
        if last.code_index != self._index(patient_id, code):
            last.tries += 1
            return Refusal("code_wrong" if last.tries < MOST_TRIES else "code_expired")
        last.proven_at = now
        return None

    def proven(self, session: Session, patient_id: str, channel: str, address: str) -> bool:
        """True if the right code came from the address just now."""
        last = self._last(session, patient_id, channel, address)
        return (
            last is not None and last.proven_at is not None and self._clock.now() - last.proven_at <= GOOD_FOR
        )

    def _last(self, session: Session, patient_id: str, channel: str, address: str) -> PhoneCodeRow | None:
        return session.scalar(
            select(PhoneCodeRow)
            .where(
                PhoneCodeRow.patient_id == patient_id,
                PhoneCodeRow.channel == channel,
                PhoneCodeRow.address_index == self._cipher.blind_index(address),
            )
            .order_by(PhoneCodeRow.sent_at.desc(), PhoneCodeRow.id.desc())
            .limit(1)
        )

    def _index(self, patient_id: str, code: str) -> str:
        return self._cipher.blind_index(f"code|{patient_id}|{code}")
