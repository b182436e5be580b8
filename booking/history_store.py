"""Keeps the history before a visit with its appointment."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from booking.history import HistorySummary
from booking.tables import Appointment, PreVisitHistory
from core.audit import record
from core.clock import Clock
from core.crypto import FieldCipher
from core.errors import Refusal
from patients import Patients


class Histories:
    """The stored histories. Encrypted at rest; every reading by staff is audited."""

    def __init__(self, clock: Clock, patients: Patients, cipher: FieldCipher) -> None:
        self._clock = clock
        self._patients = patients
        self._cipher = cipher

    def save(
        self, session: Session, appointment_id: str, answers: Mapping[str, str], summary: HistorySummary
    ) -> Refusal | None:
        appointment = session.get(Appointment, appointment_id)
        if appointment is None:
            return Refusal("unknown_appointment")
        self._patients.hold(session, appointment.patient_id)
        row = session.scalar(_of(appointment_id))
        if row is None:
            row = PreVisitHistory(appointment_id=appointment_id)
            session.add(row)
        row.answers_enc = self._cipher.encrypt(json.dumps(dict(answers), ensure_ascii=False))
        row.summary_enc = self._cipher.encrypt(summary.text)
        row.updated_at = self._clock.now()
        session.flush()
        return None

    def read(self, session: Session, appointment_id: str, actor: str) -> str | None:
        row = session.scalar(_of(appointment_id).execution_options(populate_existing=True))
        if row is None:
            return None
        appointment = session.get_one(Appointment, appointment_id)
        record(
            session,
            actor=actor,
            action="booking.view_history",
            subject=f"patient:{appointment.patient_id}",
            at=self._clock.now(),
            detail={"appointment": appointment_id},
        )
        return self._cipher.decrypt(row.summary_enc)


def _of(appointment_id: str) -> Select[PreVisitHistory]:
    return select(PreVisitHistory).where(PreVisitHistory.appointment_id == appointment_id)
