"""The outbound queue: delivers what was written to the outbox, over channels that are pushed to.

No provider gives exactly-once for an outside effect. So a message is marked `sending` before the provider is
called, and whatever happens to it after that without a clear answer makes it `unknown`: it is looked up at
the provider, or staff decide. It is never sent again blindly.

    planned → claimed → sending → accepted → delivered | failed | unknown

`claimed` and a clear "not taken" go back to planned; nothing leaves delivered or failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from conversations import metrics
from conversations.channel import ChannelPort, Outgoing, SendResult
from conversations.desk import Desk
from conversations.tables import Conversation, OutboundMessage
from core.clock import Clock
from core.database import Database, new_id

#: A worker that has not finished a claim by then is taken for dead.
CLAIM = timedelta(minutes=2)
#: The provider's answer is waited for at most this long, seconds; shorter than CLAIM.
SEND_TIMEOUT = 30.0
#: Waits before the second, third … attempt after a clear "not taken". After the last one it has failed.
BACKOFF = (timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
#: A message that could not be sent so long after its time is not sent any more: it no longer fits.
STALE = timedelta(hours=24)
#: So long the provider is asked for the fate of an unknown message before staff are.
LOOKUP_FOR = timedelta(minutes=10)
#: Conversations served by one tick.
BATCH = 50
_SERVED_AT_ONCE = 8
_CODE_LENGTH = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one tick did, by number of messages."""

    sent: int
    looked_up: int


class Sender:
    """One worker of the outbound queue; any number of them may tick on one database."""

    def __init__(
        self, *, database: Database, desk: Desk, clock: Clock, channels: Mapping[str, ChannelPort]
    ) -> None:
        """`desk`: the `Conversations` object. `channels`: by channel name; other channels are left alone."""
        self._database = database
        self._desk = desk
        self._clock = clock
        self._channels = dict(channels)
        self._me = new_id()

    async def tick(self) -> TickReport:
        """Take back what dead workers left, ask for the fate of unknown messages, send what is due."""
        await asyncio.to_thread(self._release)
        looked_up = await self._look_up()
        groups = await asyncio.to_thread(self._claim)
        gate = asyncio.Semaphore(_SERVED_AT_ONCE)
        sent = await asyncio.gather(*(self._deliver(group, gate) for group in groups))
        return TickReport(sent=sum(sent), looked_up=looked_up)

    def report(
        self, session: Session, channel: str, provider_id: str, *, delivered: bool, error: str | None = None
    ) -> bool:
        """Take a provider's delivery report. False if there is no such message or its fate is settled."""
        row = session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.channel == channel, OutboundMessage.provider_id == provider_id)
            .with_for_update()
        ).first()
        if row is None or row.state in ("delivered", "failed"):
            return False
        self._settle(session, row, SendResult("delivered" if delivered else "failed", provider_id, error))
        return True

    # Claims

    def _release(self) -> None:
        now = self._clock.now()
        mine = OutboundMessage.channel.in_(self._channels)
        with self._database.session() as session:
            session.execute(
                update(OutboundMessage)
                .where(mine, OutboundMessage.state == "claimed", OutboundMessage.claimed_until < now)
                .values(state="planned", claimed_by=None, claimed_until=None)
            )
            session.execute(
                update(OutboundMessage)
                .where(mine, OutboundMessage.state == "sending", OutboundMessage.claimed_until < now)
                .values(state="unknown", claimed_by=None, claimed_until=None, lookup_since=now)
            )

    def _claim(self) -> list[list[str]]:
        """Ids of due messages, grouped by conversation and in their order there."""
        now = self._clock.now()
        due = (
            OutboundMessage.state == "planned",
            OutboundMessage.channel.in_(self._channels),
            or_(OutboundMessage.not_before.is_(None), OutboundMessage.not_before <= now),
        )
        underway = aliased(OutboundMessage)
        with self._database.session() as session:
            # The conversation's lock makes two senders take turns, so that its order is kept.
            conversations = session.scalars(
                select(Conversation.id)
                .where(Conversation.id.in_(select(OutboundMessage.conversation_id).where(*due)))
                .order_by(Conversation.updated_at)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            rows = session.scalars(
                select(OutboundMessage)
                .where(
                    *due,
                    OutboundMessage.conversation_id.in_(conversations),
                    ~exists().where(
                        underway.conversation_id == OutboundMessage.conversation_id,
                        underway.state.in_(("claimed", "sending")),
                    ),
                )
                .order_by(OutboundMessage.seq)
                .execution_options(populate_existing=True)
            ).all()
            groups: dict[str, list[str]] = {}
            for row in rows:
                if now - max(row.created_at, row.not_before or row.created_at) > STALE:
                    self._settle(session, row, SendResult("failed", error="stale"))
                    continue
                row.state, row.claimed_by, row.claimed_until = "claimed", self._me, now + CLAIM
                groups.setdefault(row.conversation_id, []).append(row.id)
            return list(groups.values())

    # Sending

    async def _deliver(self, message_ids: Sequence[str], gate: asyncio.Semaphore) -> int:
        """Send the messages of one conversation in order; stops at the first that must wait."""
        sent = 0
        async with gate:
            for index, message_id in enumerate(message_ids):
                outgoing = await asyncio.to_thread(self._begin, message_id)
                if outgoing is None:
                    continue
                result = await self._send(outgoing)
                await asyncio.to_thread(self._end, message_id, result)
                sent += 1
                if result.status == "retry":
                    await asyncio.to_thread(self._give_back, message_ids[index + 1 :])
                    break
        return sent

    async def _send(self, message: Outgoing) -> SendResult:
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                result = await self._channels[message.channel].send(message)
        except Exception as error:  # noqa: BLE001 - whatever broke, the provider may have taken it
            result = SendResult("unknown", error=type(error).__name__)
        metrics.SENT.labels(message.channel, result.status).inc()
        log.info(
            "sent", message=message.id, channel=message.channel, result=result.status, error=result.error
        )
        return result

    def _begin(self, message_id: str) -> Outgoing | None:
        """Mark as `sending`, before the provider is called; None if the claim was lost."""
        with self._database.session() as session:
            won = session.execute(
                update(OutboundMessage)
                .where(
                    OutboundMessage.id == message_id,
                    OutboundMessage.state == "claimed",
                    OutboundMessage.claimed_by == self._me,
                )
                .values(
                    state="sending",
                    attempts=OutboundMessage.attempts + 1,
                    claimed_until=self._clock.now() + CLAIM,
                )
            )
            if won.rowcount != 1:  # type: ignore[attr-defined]
                return None
            row = session.get_one(OutboundMessage, message_id)
            return self._desk.outgoing(session, row)

    def _end(self, message_id: str, result: SendResult) -> None:
        with self._database.session() as session:
            row = session.get_one(OutboundMessage, message_id, with_for_update=True)
            if row.state == "sending" and row.claimed_by == self._me:
                self._settle(session, row, result)

    def _give_back(self, message_ids: Sequence[str]) -> None:
        with self._database.session() as session:
            session.execute(
                update(OutboundMessage)
                .where(
                    OutboundMessage.id.in_(message_ids),
                    OutboundMessage.state == "claimed",
                    OutboundMessage.claimed_by == self._me,
                )
                .values(state="planned", claimed_by=None, claimed_until=None)
            )

    def _settle(self, session: Session, row: OutboundMessage, result: SendResult) -> None:
        now = self._clock.now()
        row.claimed_by = row.claimed_until = row.lookup_since = None
        row.provider_id = result.provider_id or row.provider_id
        row.last_error = result.error[:_CODE_LENGTH] if result.error else None
        if result.status == "retry" and row.attempts <= len(BACKOFF):
            row.state = "planned"
            row.not_before = now + BACKOFF[max(row.attempts, 1) - 1]
        elif result.status in ("retry", "failed"):
            row.state = "failed"
            self._tell_staff(session, row, "消息没有送达患者，请换一种方式联系")
        elif result.status == "unknown":
            row.state = "unknown"
            row.lookup_since = now
        else:
            row.state = result.status

    def _tell_staff(self, session: Session, row: OutboundMessage, reason: str) -> None:
        if self._desk.has_open_task(session, row.conversation_id, "unanswered", "outbox:"):
            return
        self._desk.open_task(
            session,
            kind="unanswered",
            severity="AMBER",
            reason=reason,
            conversation_id=row.conversation_id,
            detail={"message_id": row.id, "channel": row.channel, "error": row.last_error},
            source_ref=f"outbox:{row.id}:{row.state}",
        )

    # Unknown fate

    async def _look_up(self) -> int:
        asked = await asyncio.to_thread(self._unknown)
        for message_id, channel, key in asked:
            try:
                async with asyncio.timeout(SEND_TIMEOUT):
                    result = await self._channels[channel].lookup(key)
            except Exception as error:  # noqa: BLE001 - the next tick asks again
                log.warning("look-up failed", message=message_id, error=type(error).__name__)
                result = SendResult("unknown")
            await asyncio.to_thread(self._found, message_id, result)
        return len(asked)

    def _unknown(self) -> list[tuple[str, str, str]]:
        with self._database.reading() as session:
            rows = session.execute(
                select(OutboundMessage.id, OutboundMessage.channel, OutboundMessage.key)
                .where(
                    OutboundMessage.state == "unknown",
                    OutboundMessage.lookup_since.is_not(None),
                    OutboundMessage.channel.in_(self._channels),
                )
                .order_by(OutboundMessage.id)
                .limit(BATCH)
            ).all()
            return [(row[0], row[1], row[2]) for row in rows]

    def _found(self, message_id: str, result: SendResult | None) -> None:
        now = self._clock.now()
        with self._database.session() as session:
            row = session.get_one(OutboundMessage, message_id, with_for_update=True)
            if row.state != "unknown" or row.lookup_since is None:
                return
            if result is not None and result.status != "unknown":
                self._settle(session, row, result)
            elif result is None or now - row.lookup_since >= LOOKUP_FOR:
                row.lookup_since = None
                self._tell_staff(session, row, "不清楚消息是否送达患者，请核实")

    def backlog(self, session: Session) -> int:
        """Messages that are due and not sent, for /metrics and alarms."""
        now = self._clock.now()
        count = session.scalar(
            select(func.count()).where(
                OutboundMessage.state == "planned",
                OutboundMessage.channel.in_(self._channels),
                or_(OutboundMessage.not_before.is_(None), OutboundMessage.not_before <= now),
            )
        )
        return count or 0
