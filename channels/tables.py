"""Tables of the adapters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Id, UtcDateTime, new_id


class SimulatedSms(Base):
    """An SMS that the simulator took instead of a provider."""

    __tablename__ = "simulated_sms"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    #: The outbox's stable key; a second sending under it is the same SMS.
    key: Mapped[str] = mapped_column(String(128), unique=True)
    phone_enc: Mapped[str] = mapped_column(Text)
    phone_index: Mapped[str] = mapped_column(String(64), index=True)
    text_enc: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
