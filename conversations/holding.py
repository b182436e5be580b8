"""Conversations that nurses hold: taking over, writing, giving back, and who waits there for an answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from conversations import words
from conversations.desk import Desk
from conversations.model import ConversationView, Phones, TaskView
from conversations.tables import Conversation, InboundMessage, OutboundMessage, StaffTask
from core.clock import Clock
from core.crypto import FieldCipher
from core.database import new_id
from core.errors import Refusal

#: A nurse who holds a conversation and has not written for so long is not at it.
NURSE_AWAY = timedelta(minutes=15)
#: Who has read a message and left it so long without a word has forgotten that the bot is silent meanwhile.
FORGOTTEN = timedelta(hours=2)
#: Time in which somebody else looks after a patient who was left waiting.
WAITING_DUE = timedelta(minutes=30)


class Holding(Desk):
    """Take-over, on top of the tasks. Whoever is held is never left alone for long."""

    def __init__(self, *, clock: Clock, cipher: FieldCipher, phones: Phones) -> None:
        super().__init__(clock=clock, cipher=cipher)
        self._phones = phones

    # Lists

    def held(self, session: Session, staff_id: str | None = None) -> tuple[ConversationView, ...]:
        """Conversations that nurses hold (or this one does), the latest message first, with unread counts."""
        statement = select(Conversation).where(Conversation.holder == "nurse")
        if staff_id is not None:
            statement = statement.where(Conversation.held_by == staff_id)
        rows = session.scalars(statement.order_by(Conversation.updated_at.desc()))
        return tuple(self._view(session, row) for row in rows)

    def unread(self, session: Session, staff_id: str) -> int:
        """Patient messages not looked at, in the conversations that this staff member holds."""
        count = session.scalar(
            select(func.count())
            .select_from(InboundMessage)
            .join(Conversation, InboundMessage.conversation_id == Conversation.id)
            .where(
                Conversation.holder == "nurse",
                Conversation.held_by == staff_id,
                InboundMessage.seq > Conversation.seen_seq,
            )
        )
        return count or 0

    def mark_seen(self, session: Session, conversation_id: str) -> None:
        """Staff have looked at everything that is in the conversation now."""
        row = self._row(session, conversation_id)
        row.seen_seq = row.last_seq

    # Take-over

    def take_over(self, session: Session, conversation_id: str, staff_id: str) -> ConversationView | Refusal:
        """From now on this nurse answers, not the bot. Refusal held_by_other (detail: by)."""
        row = self._row(session, conversation_id)
        if row.holder == "nurse":
            if row.held_by != staff_id:
                return Refusal("held_by_other", {"by": row.held_by or ""})
            return self._view(session, row)
        row.holder, row.held_by = "nurse", staff_id
        # Whoever takes over does so from the page that shows the talk.
        row.seen_seq = row.last_seq
        self._audit(session, staff_id, "take_over", f"conversation:{row.id}", self._clock.now())
        self.say(session, row.id, words.NURSE_HERE, author="system", staff_id=staff_id)
        return self._view(session, row)

    def hand_back(self, session: Session, conversation_id: str, staff_id: str) -> ConversationView | Refusal:
        """The bot answers again; a loop that was open goes on. Refusal not_held.

        Any staff member may give back: the nurse who held it may have gone home.
        """
        row = self._row(session, conversation_id)
        if row.holder != "nurse":
            return Refusal("not_held")
        row.holder, row.held_by = "bot", None
        # The bot has not heard what was said meanwhile; put it back to the loop that is open.
        row.stale_mark = new_id()
        row.seen_seq = row.last_seq
        self._audit(session, staff_id, "hand_back", f"conversation:{row.id}", self._clock.now())
        self.say(session, row.id, words.NURSE_LEFT, author="system", staff_id=staff_id)
        return self._view(session, row)

    def nurse_says(self, session: Session, conversation_id: str, staff_id: str, text: str) -> str | Refusal:
        """Write to the patient; gives the message's id. Refusals: empty, not_held, held_by_other."""
        if not text.strip():
            return Refusal("empty")
        row = self._row(session, conversation_id)
        if row.holder != "nurse":
            return Refusal("not_held")
        if row.held_by != staff_id:
            return Refusal("held_by_other", {"by": row.held_by or ""})
        row.seen_seq = row.last_seq
        self._audit(session, staff_id, "nurse_says", f"conversation:{row.id}", self._clock.now())
        return self.say(session, row.id, text.strip(), author="nurse", staff_id=staff_id)

    def close_task(
        self, session: Session, task_id: str, staff_id: str, outcome: str, note: str, now: datetime
    ) -> TaskView | Refusal:
        """As `Desk.close_task`; the last task of a held conversation also gives it back to the bot.

        Nobody would answer there any more: a nurse who goes on to write takes it over again.
        """
        known = self.task(session, task_id)
        at = known.conversation_id if known is not None else None
        # The conversation first, as everybody locks.
        row = self._row(session, at) if at is not None else None
        closed = super().close_task(session, task_id, staff_id, outcome, note, now)
        if isinstance(closed, Refusal) or row is None or row.holder != "nurse":
            return closed
        # Another nurse's talk, or a message that nobody has read yet, stays: who waits is called for.
        if (
            row.held_by == staff_id
            and not self._has_tasks(session, row.id)
            and not self._has_unread(session, row)
        ):
            self.hand_back(session, row.id, staff_id)
        return closed

    @staticmethod
    def _has_unread(session: Session, row: Conversation) -> bool:
        newest = session.scalar(
            select(func.max(InboundMessage.seq)).where(InboundMessage.conversation_id == row.id)
        )
        return newest is not None and newest > row.seen_seq

    # Who waits

    def call_for_waiting(self, session: Session, now: datetime) -> tuple[str, ...]:
        """Open a task for every patient whom the holding nurse leaves waiting; gives their ids."""
        held = (
            select(Conversation.id)
            .where(Conversation.holder == "nurse", Conversation.last_inbound_at <= now - NURSE_AWAY)
            .order_by(Conversation.id)
        )
        called = []
        for conversation_id in session.scalars(held).all():
            row = self._row(session, conversation_id)
            waiting = self._waiting(session, row, now) if row.holder == "nurse" else None
            if waiting is not None:
                task = self._call_somebody(session, row, waiting, None)
                called += [] if task is None else [task]
        return tuple(called)

    # Inside this room

    def _leave_to_nurse(self, session: Session, row: Conversation, message: InboundMessage) -> None:
        """A patient writes in a held conversation; if nobody is at it, somebody is called at once."""
        wrote = self._nurse_wrote(session, row)
        away = wrote is None or self._clock.now() - wrote.created_at > NURSE_AWAY
        if away and not self._has_tasks(session, row.id):
            self._call_somebody(session, row, message, message.id)

    def _waiting(self, session: Session, row: Conversation, now: datetime) -> InboundMessage | None:
        """The latest message of the patient, if the nurse has not written since: soon if she has not read it,
        later if she has, because 好的，谢谢 needs no answer."""
        latest = session.scalars(
            select(InboundMessage)
            .where(InboundMessage.conversation_id == row.id)
            .order_by(InboundMessage.seq.desc())
            .limit(1)
        ).first()
        if latest is None or row.last_inbound_at is None:
            return None
        wrote = self._nurse_wrote(session, row)
        patience = FORGOTTEN if latest.seq <= row.seen_seq else NURSE_AWAY
        answered = wrote is not None and wrote.seq > latest.seq
        return None if answered or now - row.last_inbound_at <= patience else latest

    def _nurse_wrote(self, session: Session, row: Conversation) -> OutboundMessage | None:
        """The last sign of the nurse who holds it: what was written, or the take-over itself."""
        return session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.conversation_id == row.id, OutboundMessage.staff_id == row.held_by)
            .order_by(OutboundMessage.seq.desc())
            .limit(1)
        ).first()

    def _call_somebody(
        self, session: Session, row: Conversation, message: InboundMessage, in_reply_to: str | None
    ) -> str | None:
        """One task, and one word to the patient, however much is written meanwhile."""
        source = f"held:{message.id}"
        known = self._task_of(session, source) is not None
        if known or self.has_open_task(session, row.id, "unanswered", "held:"):
            return None
        task = self.open_task(
            session,
            kind="unanswered",
            severity="AMBER",
            reason="会话由护士接管，患者来信没有人回复",
            conversation_id=row.id,
            patient_id=row.patient_id,
            detail={"message_id": message.id},
            source_ref=source,
            due_at=self._clock.now() + WAITING_DUE,
        )
        if message.seq <= row.seen_seq:
            return task.id
        self.say(
            session,
            row.id,
            words.nurse_away(self._phones),
            in_reply_to=in_reply_to,
            key=f"{message.id}:held",
            author="system",
        )
        return task.id

    def _has_tasks(self, session: Session, conversation_id: str) -> bool:
        session.flush()
        left = select(StaffTask.id).where(
            StaffTask.conversation_id == conversation_id, StaffTask.state != "closed"
        )
        return session.scalar(left.limit(1)) is not None
