"""The inbound pipeline: store, guard, nurse or bot, answer.

Each step is a transaction of its own, so a crash between two of them loses and doubles nothing:

1. `_store`: the message, once per provider id.
2. `_guard`: the safety guard; it may answer (emergency, nothing readable) or leave the message to the bot.
3. `_take`: under the conversation's lease, the earliest message that is not answered becomes `processing`.
4. the bot's turn, outside any transaction; its actions write their answers with their state changes.
5. `_finish`: the bot's own small talk, `answered`, and the next message is taken or the lease given up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from conversations import metrics, words
from conversations.intake import Intake
from conversations.line import BUSY, Busy, Line
from conversations.model import (
    BotPort,
    BotUnavailable,
    Guard,
    Inbound,
    Phones,
    Receipt,
    Recovery,
    Reply,
)
from conversations.tables import Conversation, InboundMessage
from core.clock import Clock
from core.crypto import FieldCipher
from core.database import Database, new_id

#: Channels whose replies are handed over as the answer of the request itself.
FETCHED = frozenset({"web", "script"})
#: A worker that has not renewed its lease for so long is taken for dead. Longer than any bot turn.
LEASE = timedelta(seconds=20)
#: No turn is waited for longer than this, seconds, whatever the bot's adapter does.
PATIENCE = 8.0
#: A message that has not been answered after so many turns is given to staff: it may be what kills workers.
MAX_ATTEMPTS = 3
#: Longer messages are read whole by the guard, but only their beginning goes to the bot. Characters.
LONG = 2_000
BOT_READS = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One message for the bot."""

    conversation_id: str
    message_id: str
    text: str
    #: The loop to put the bot to before the turn, if `stale_mark` is set.
    loop: str | None
    stale_mark: str | None


@dataclass(frozen=True, slots=True)
class _Unguarded:
    """The next message has not been read by the guard yet."""

    message_id: str


@dataclass(frozen=True, slots=True)
class _Step:
    """What a transaction of the line did, and what is to be done next: None if nothing is."""

    answers: Mapping[str, tuple[Reply, ...]]
    next: _Turn | _Unguarded | Busy | None


class Conversations(Intake):
    """The face of this room. One object per process; any number of processes on one database."""

    def __init__(
        self,
        *,
        database: Database,
        guard: Guard,
        clock: Clock,
        cipher: FieldCipher,
        bot: BotPort,
        phones: Phones,
        fetched: frozenset[str] = FETCHED,
        patience: float = PATIENCE,
    ) -> None:
        """`guard`: a loaded `triage.Triage`. `fetched`: channels that hand replies over in the response."""
        super().__init__(
            database=database, guard=guard, clock=clock, cipher=cipher, phones=phones, fetched=fetched
        )
        self._bot = bot
        self._patience = patience
        #: Names this worker in leases.
        self._me = new_id()
        #: Kept, or the event loop would forget tasks whose caller went away.
        self._receiving: set[asyncio.Task[Receipt]] = set()
        self._line = Line(self._turns, self._answered)

    async def receive(self, inbound: Inbound) -> Receipt:
        """Take a patient's message and give its replies, in order.

        A redelivery waits for the same replies. If the caller is cancelled, the message is checked and
        answered all the same, and a redelivery, the outbox or the live page has the answer.
        """
        work = asyncio.create_task(self._receive(inbound))
        self._receiving.add(work)
        work.add_done_callback(self._received)
        return await asyncio.shield(work)

    def _received(self, work: asyncio.Task[Receipt]) -> None:
        self._receiving.discard(work)
        # The caller has the error, unless it went away; the message is then left to `recover`.
        if not work.cancelled() and (error := work.exception()) is not None:
            log.error("receive failed", error=type(error).__name__)

    async def _receive(self, inbound: Inbound) -> Receipt:
        started = time.perf_counter()
        stored = await asyncio.to_thread(self._store, inbound)
        metrics.INBOUND.labels(inbound.channel, str(stored.duplicate).lower()).inc()
        done = stored.answered
        if not done and not stored.guarded:
            done = await asyncio.to_thread(self._guard, stored.message_id)
        if done:
            answers = await asyncio.to_thread(self._answered, [stored.message_id])
            replies = answers[stored.message_id]
        else:
            replies = await self._line.wait(stored.conversation_id, stored.message_id)
        metrics.RECEIVE_SECONDS.labels(inbound.channel).observe(time.perf_counter() - started)
        log.info(
            "message received",
            conversation=stored.conversation_id,
            message=stored.message_id,
            duplicate=stored.duplicate,
            replies=len(replies),
        )
        return Receipt(stored.conversation_id, stored.message_id, stored.duplicate, replies)

    async def check_left_over(self) -> int:
        """After a start: let the safety guard read what a crash left unread. Gives how many messages it read.

        Needs neither the bot nor a lease, so an emergency is answered before anything else has come up.
        """
        unread = await asyncio.to_thread(self._unread)
        for message in unread:
            await asyncio.to_thread(self._guard, message)
        return len(unread)

    async def recover(self) -> Recovery:
        """After a start: answer what a crash left unanswered. Waits until it is done.

        A message whose turn had already written answers is answered by them; any other goes to the bot
        again. What another live worker is at is left to it and waited for, so calling this at any time does
        no harm. Outgoing messages that a crash left half-sent are the business of `Sender.tick`.
        """
        left = await asyncio.to_thread(self._unanswered)
        await asyncio.gather(*(self._line.wait(conversation, message) for conversation, message, _ in left))
        had_rows = sum(answered for _, _, answered in left)
        log.info("recovered", from_outbox=had_rows, asked_again=len(left) - had_rows)
        return Recovery(from_outbox=had_rows, asked_again=len(left) - had_rows)

    async def close(self) -> None:
        """Wait for the messages that are under way."""
        await asyncio.gather(*self._receiving, return_exceptions=True)
        await self._line.close()

    # 3 to 5 the bot's turn

    async def _turns(self, conversation_id: str) -> AsyncIterator[Mapping[str, tuple[Reply, ...]] | Busy]:
        """Do what waits in a conversation; gives the replies of messages as they are answered. See `Line`."""
        step = await asyncio.to_thread(self._take, conversation_id)
        while True:
            yield BUSY if step.next is BUSY else step.answers
            if isinstance(step.next, _Turn):
                said = await self._ask(step.next)
                step = await asyncio.to_thread(self._finish, step.next, said)
            elif isinstance(step.next, _Unguarded):
                await asyncio.to_thread(self._guard, step.next.message_id)
                step = await asyncio.to_thread(self._take, conversation_id)
            else:
                return

    def _lease(self, session: Session, conversation_id: str) -> bool:
        now = self._clock.now()
        won = session.execute(
            update(Conversation)
            .where(
                Conversation.id == conversation_id,
                or_(
                    Conversation.lease_owner.is_(None),
                    Conversation.lease_owner == self._me,
                    Conversation.lease_until < now,
                ),
            )
            .values(lease_owner=self._me, lease_until=now + LEASE)
            .execution_options(synchronize_session=False)
        )
        return bool(won.rowcount == 1)  # type: ignore[attr-defined]

    def _take(self, conversation_id: str) -> _Step:
        """Get the conversation's lease and its next message."""
        with self._database.session() as session:
            if not self._lease(session, conversation_id):
                return _Step({}, BUSY)
            return self._next(session, self._row(session, conversation_id))

    def _next(self, session: Session, row: Conversation) -> _Step:
        """The earliest message that the bot or the guard must see; what needs neither is answered here.

        If nothing waits, the lease is given up in this very transaction: a message that is stored later
        finds it free.
        """
        answers: dict[str, tuple[Reply, ...]] = {}
        waiting = session.scalars(
            select(InboundMessage)
            .where(
                InboundMessage.conversation_id == row.id,
                InboundMessage.state.in_(("received", "processing")),
            )
            .order_by(InboundMessage.seq)
        )
        for message in waiting:
            if message.guarded_at is None:
                return _Step(answers, _Unguarded(message.id))
            if row.holder == "nurse":
                self._leave_to_nurse(session, row, message)
                self._answer(session, message, "nurse")
            elif message.state == "processing" and self._has_rows(session, message.id):
                # A worker died after an action had written the answer.
                row.stale_mark = new_id()
                self._answer(session, message, "outbox")
            elif message.attempts >= MAX_ATTEMPTS:
                self._bot_failed(session, row, message)
            else:
                message.state, message.owner = "processing", self._me
                message.attempts += 1
                return _Step(answers, self._turn(session, row, message))
            answers[message.id] = self._replies(session, message.id)
        row.lease_owner = row.lease_until = None
        return _Step(answers, None)

    def _turn(self, session: Session, row: Conversation, message: InboundMessage) -> _Turn:
        text = self._meant(session, row, message)
        return _Turn(
            conversation_id=row.id,
            message_id=message.id,
            text=text if len(text) <= LONG else text[:BOT_READS],
            loop=self._dialogue(row).loop,
            stale_mark=row.stale_mark,
        )

    async def _ask(self, turn: _Turn) -> Sequence[str] | None:
        """What the bot itself says; None if it did not answer."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._patience):
                if turn.stale_mark is not None:
                    await self._bot.reset(turn.conversation_id, turn.loop)
                return await self._bot.turn(turn.conversation_id, turn.message_id, turn.text)
        except (BotUnavailable, TimeoutError) as error:
            log.warning("bot unavailable", message=turn.message_id, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a broken bot must not leave a patient without an answer
            log.error("bot failed", message=turn.message_id, error=type(error).__name__)
        finally:
            metrics.BOT_SECONDS.observe(time.perf_counter() - started)
        return None

    def _finish(self, turn: _Turn, said: Sequence[str] | None) -> _Step:
        """Close a turn and take the next message."""
        with self._database.session() as session:
            if not self._lease(session, turn.conversation_id):
                # The lease ran out and another worker is at it.
                return _Step({}, BUSY)
            row = self._row(session, turn.conversation_id)
            message = session.get_one(InboundMessage, turn.message_id, populate_existing=True)
            if message.state != "processing" or message.owner != self._me:
                # Another worker had the lease meanwhile and has answered.
                return self._next(session, row)
            if said is None:
                self._bot_failed(session, row, message)
            else:
                if row.stale_mark == turn.stale_mark:
                    row.stale_mark = None
                self._small_talk(session, row, message, said)
                self._answer(session, message, "bot")
            dialogue = self._dialogue(row)
            if row.closed_seq > message.seq and (dialogue.loop is not None or dialogue.suspended):
                # An emergency came in during this turn: what the turn opened is closed again.
                self._stop_loop(row)
            replies = self._replies(session, message.id)
            step = self._next(session, row)
            return _Step({message.id: replies, **step.answers}, step.next)

    def _small_talk(
        self, session: Session, row: Conversation, message: InboundMessage, said: Sequence[str]
    ) -> None:
        if row.holder == "nurse":
            # A nurse has taken over during the turn and speaks now.
            return
        for index, line in enumerate(line for line in said if line.strip()):
            self._reply(session, message, f"bot:{index}", line, author="bot")
        if not self._has_rows(session, message.id):
            # Nothing at all means that an action failed: the bot may have lost its place, so it is put right.
            row.stale_mark = new_id()
            self._reply(session, message, "bot:none", words.NOTHING_UNDERSTOOD)
        if len(self._seal.open_text(message.text_enc)) > LONG:
            self._reply(session, message, "long", words.SHORTENED)

    def _bot_failed(self, session: Session, row: Conversation, message: InboundMessage) -> None:
        metrics.BOT_FAILURES.inc()
        # Nobody knows how far the bot came with it.
        row.stale_mark = new_id()
        if not self._has_rows(session, message.id):
            self._reply(session, message, "unavailable", words.bot_unavailable(self._phones))
            if not self.has_open_task(session, row.id, "bot_unavailable"):
                self.open_task(
                    session,
                    kind="bot_unavailable",
                    severity="AMBER",
                    reason="助手没有回答，请人工回复患者",
                    conversation_id=row.id,
                    patient_id=row.patient_id,
                    detail={"message_id": message.id},
                    source_ref=f"bot_unavailable:{message.id}",
                )
        self._answer(session, message, "unavailable")

    def _answered(self, message_ids: Sequence[str]) -> dict[str, tuple[Reply, ...]]:
        """The replies of those messages that are answered."""
        with self._database.reading() as session:
            done = session.scalars(
                select(InboundMessage.id).where(
                    InboundMessage.id.in_(message_ids), InboundMessage.state == "answered"
                )
            ).all()
            return {message_id: self._replies(session, message_id) for message_id in done}

    def _unread(self) -> list[str]:
        """Ids of the messages that the guard has not read, oldest first."""
        with self._database.reading() as session:
            return list(
                session.scalars(
                    select(InboundMessage.id)
                    .where(InboundMessage.state == "received", InboundMessage.guarded_at.is_(None))
                    .order_by(InboundMessage.id)
                )
            )

    def _unanswered(self) -> list[tuple[str, str, bool]]:
        """Conversation and id of every message left over, and whether answers were already written."""
        with self._database.reading() as session:
            rows = session.execute(
                select(InboundMessage.conversation_id, InboundMessage.id)
                .where(InboundMessage.state.in_(("received", "processing")))
                .order_by(InboundMessage.id)
            ).all()
            return [(row[0], row[1], self._has_rows(session, row[1])) for row in rows]
