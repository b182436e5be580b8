"""Who did what to whose data: written in the same transaction as the deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.database import Base, Id, UtcDateTime, new_id


class AuditEvent(Base):
    """FHIR AuditEvent, reduced to what the hospital asks for. Rows are only ever added."""

    __tablename__ = "audit_event"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: `staff:<id>`, `patient:<id>` or `system`.
    actor: Mapped[str] = mapped_column(String(64), index=True)
    #: Room and verb, such as `patients.view` or `booking.cancel`.
    action: Mapped[str] = mapped_column(String(64))
    #: What it was done to, such as `patient:<id>`.
    subject: Mapped[str] = mapped_column(String(96), index=True)
    #: Ids and codes only, never a patient's words.
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an audit row to the caller's transaction."""
    session.add(AuditEvent(at=at, actor=actor, action=action, subject=subject, detail=detail or {}))
