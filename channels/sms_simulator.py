"""An SMS provider that only keeps what it is sent, for demonstrations and tests: see the demo page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels.tables import SimulatedSms
from conversations import Outgoing, SendResult
from core.clock import Clock
from core.crypto import FieldCipher
from core.database import Database

CHANNEL = "sms"
#: An SMS has no buttons: they are offered as numbers, and either the number or the words may be sent back.
_MOST_OPTIONS = 9


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS at the simulated provider."""

    id: str
    phone: str
    text: str
    sent_at: datetime


class SmsSimulator:
    """A `ChannelPort`."""

    name = CHANNEL

    def __init__(self, *, database: Database, clock: Clock, cipher: FieldCipher) -> None:
        self._database = database
        self._clock = clock
        self._cipher = cipher

    async def send(self, message: Outgoing) -> SendResult:
        return await asyncio.to_thread(self._take, message)

    async def lookup(self, key: str) -> SendResult | None:
        return await asyncio.to_thread(self._find, key)

    def sent(self, session: Session, limit: int = 100) -> tuple[Sms, ...]:
        """The newest messages first."""
        rows = session.scalars(select(SimulatedSms).order_by(SimulatedSms.id.desc()).limit(limit))
        decrypt = self._cipher.decrypt
        return tuple(Sms(row.id, decrypt(row.phone_enc), decrypt(row.text_enc), row.sent_at) for row in rows)

    def _take(self, message: Outgoing) -> SendResult:
        try:
            with self._database.session() as session:
                session.add(
                    SimulatedSms(
                        id=message.id,
                        key=message.key,
                        phone_enc=self._cipher.encrypt(message.address),
                        phone_index=self._cipher.blind_index(message.address),
                        text_enc=self._cipher.encrypt(as_sms(message)),
                        sent_at=self._clock.now(),
                    )
                )
        except IntegrityError:
            # The key is known: it was taken before.
            return SendResult("delivered", provider_id=message.id)
        return SendResult("delivered", provider_id=message.id)

    def _find(self, key: str) -> SendResult | None:
        with self._database.reading() as session:
            row = session.scalar(select(SimulatedSms.id).where(SimulatedSms.key == key))
        return SendResult("retry") if row is None else SendResult("delivered", provider_id=row)


def as_sms(message: Outgoing) -> str:
    """The text of an SMS: options become numbered lines, a card its lines."""
    lines = [message.text]
    if message.card:
        lines += [f"{name}：{value}" for name, value in message.card.get("rows", [])]
        lines += list(message.card.get("notes", []))
    options = message.buttons[:_MOST_OPTIONS]
    lines += [f"{number}. {button['title']}" for number, button in enumerate(options, 1)]
    return "\n".join(line for line in lines if line)
