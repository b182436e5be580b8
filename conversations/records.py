"""What is kept of a conversation: both directions of messages, the bot's memory and the triage case.

Every method takes the caller's session first and never commits, so that an answer and the state change that
caused it are one transaction. Methods that change a conversation, and `memory` and `case`, lock its row until
that transaction ends: two writers of one conversation wait for each other and lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from conversations import text as texts
from conversations.channel import Outgoing
from conversations.model import (
    Author,
    Button,
    Card,
    ConversationView,
    Dialogue,
    Message,
    Reply,
)
from conversations.sealing import Seal
from conversations.tables import Conversation, InboundMessage, OutboundMessage, StaffTask
from core.clock import Clock
from core.crypto import FieldCipher
from core.database import new_id
from core.errors import BanzhenError
from triage.model import Case

#: Channels without buttons: options are offered as numbers there, see `conversations.text.numbered`.
WORDS_ONLY = frozenset({"sms", "voice"})
#: Late commits show in `revision` if they lie at most this far behind the newest change, microseconds.
_REVISION_WINDOW = 10_000_000


class UnknownConversation(BanzhenError):
    def __init__(self, conversation_id: str) -> None:
        super().__init__("no_such_conversation", "没有找到这个会话")
        self.conversation_id = conversation_id


class Records:
    """Storage of conversations."""

    def __init__(self, *, clock: Clock, cipher: FieldCipher) -> None:
        self._clock = clock
        self._seal = Seal(cipher)

    # Conversations

    def open(
        self, session: Session, channel: str, address: str, patient_id: str | None = None
    ) -> ConversationView:
        """Find or create the conversation of an address.

        `patient_id` links it if nobody is linked yet: a phone that two people share stays with whom it
        belongs to, and is not handed to whoever is written to next. See `link` for a change.
        """
        row = self._find_or_create(session, channel, address)
        row.patient_id = row.patient_id or patient_id
        return self._view(session, row)

    def conversation(self, session: Session, conversation_id: str) -> ConversationView:
        """Without a lock, for looking at. Raises UnknownConversation."""
        return self._view(session, self._row(session, conversation_id, lock=False))

    def find(self, session: Session, channel: str, address: str) -> ConversationView | None:
        row = self._by_address(session, channel, address)
        return None if row is None else self._view(session, row)

    def of_patient(self, session: Session, patient_id: str) -> tuple[ConversationView, ...]:
        """All conversations linked to a patient, the one with the latest message first."""
        rows = session.scalars(
            select(Conversation)
            .where(Conversation.patient_id == patient_id)
            .order_by(Conversation.updated_at.desc())
        )
        return tuple(self._view(session, row) for row in rows)

    def link(self, session: Session, conversation_id: str, patient_id: str | None) -> None:
        """Say whose account the conversation belongs to."""
        self._row(session, conversation_id).patient_id = patient_id

    # Messages

    def say(
        self,
        session: Session,
        conversation_id: str,
        text: str,
        buttons: Sequence[Button] = (),
        card: Card | None = None,
        in_reply_to: str | None = None,
        key: str | None = None,
        author: Author = "bot",
        *,
        staff_id: str | None = None,
        not_before: datetime | None = None,
    ) -> str:
        """Write a message to the outbox in the caller's transaction; gives its id.

        With a `key` that was used before nothing is written and the earlier id is given. `not_before`: the
        sender waits until then (quiet hours). Raises UnknownConversation, ValueError for an empty message.
        """
        if not text.strip() and card is None:
            raise ValueError("refusing to send an empty message")
        row = self._row(session, conversation_id)
        if key is not None:
            earlier = session.scalar(select(OutboundMessage.id).where(OutboundMessage.key == key))
            if earlier is not None:
                return earlier
        message_id = new_id()
        session.add(
            OutboundMessage(
                id=message_id,
                conversation_id=row.id,
                channel=row.channel,
                key=key or message_id,
                seq=self._next_seq(row),
                author=author,
                staff_id=staff_id,
                body_enc=self._seal.data(
                    {"text": text, "buttons": [dict(button) for button in buttons], "card": card}
                ),
                in_reply_to=in_reply_to,
                created_at=self._clock.now(),
                not_before=not_before,
            )
        )
        row.updated_at = self._clock.now()
        session.flush()
        return message_id

    def transcript(self, session: Session, conversation_id: str, limit: int = 200) -> tuple[Message, ...]:
        """The last `limit` messages of both directions, oldest first."""
        inbound = session.scalars(
            select(InboundMessage)
            .where(InboundMessage.conversation_id == conversation_id)
            .order_by(InboundMessage.seq.desc())
            .limit(limit)
        )
        outbound = session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.conversation_id == conversation_id)
            .order_by(OutboundMessage.seq.desc())
            .limit(limit)
        )
        lines = [self._inbound(row) for row in inbound] + [self._outbound(row) for row in outbound]
        return tuple(sorted(lines, key=lambda line: line.seq)[-limit:])

    def since(
        self, session: Session, conversation_id: str, after_id: str | None = None
    ) -> tuple[Message, ...]:
        """What we said after the message `after_id` (of either direction), oldest first, for live pages.

        An id that this conversation does not have gives everything: the page drops what it already shows.
        """
        after = 0
        if after_id is not None:
            for table in (OutboundMessage, InboundMessage):
                after = after or (
                    session.scalar(
                        select(table.seq).where(
                            table.id == after_id, table.conversation_id == conversation_id
                        )
                    )
                    or 0
                )
        rows = session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.conversation_id == conversation_id, OutboundMessage.seq > after)
            .order_by(OutboundMessage.seq)
        )
        return tuple(self._outbound(row) for row in rows)

    def mark_delivered(self, session: Session, message_ids: Iterable[str]) -> None:
        """The patient's page has fetched these: for channels that are not pushed to."""
        ids = list(message_ids)
        if ids:
            session.execute(
                update(OutboundMessage)
                .where(OutboundMessage.id.in_(ids), OutboundMessage.state == "planned")
                .values(state="delivered")
            )

    def outgoing(self, session: Session, row: OutboundMessage) -> Outgoing:
        """A row of the outbox as its channel sends it."""
        conversation = self._row(session, row.conversation_id, lock=False)
        body = self._seal.open_data(row.body_enc)
        text, options = body["text"], tuple(body["buttons"])
        if row.channel in WORDS_ONLY and options and not texts.numbered(text, options):
            text += "\n（也可以回复：" + "；".join(option["title"] for option in options) + "）"
            options = ()
        return Outgoing(
            id=row.id,
            key=row.key,
            conversation_id=row.conversation_id,
            channel=row.channel,
            address=self._seal.open_text(conversation.address_enc),
            text=text,
            buttons=options,
            card=body["card"],
        )

    def revision(self, session: Session, conversation_id: str | None = None) -> str:
        """A short text that is another one whenever something changed: of everything, or of a conversation.

        It costs a few look-ups in indexes. Rows carry the time of their change; a transaction that commits
        late shows up because the changes just before the newest one are counted.
        """
        parts = []
        for table, owner in (
            (Conversation, Conversation.id),
            (OutboundMessage, OutboundMessage.conversation_id),
            (StaffTask, StaffTask.conversation_id),
        ):
            of = [] if conversation_id is None else [owner == conversation_id]
            newest = session.scalar(select(func.max(table.changed)).where(*of))
            if newest is None:
                continue
            floor = f"{int(newest[:16], 16) - _REVISION_WINDOW:016x}"
            count = session.scalar(select(func.count()).where(table.changed >= floor, *of))
            parts.append(f"{newest}.{count}")
        return "-".join(parts) or "0"

    # Inside this room

    def _row(self, session: Session, conversation_id: str, *, lock: bool = True) -> Conversation:
        statement = select(Conversation).where(Conversation.id == conversation_id)
        if lock:
            # Without populate_existing a row read earlier in this session would hide newer values.
            session.flush()
            statement = statement.with_for_update().execution_options(populate_existing=True)
        row = session.scalars(statement).one_or_none()
        if row is None:
            raise UnknownConversation(conversation_id)
        return row

    def _by_address(self, session: Session, channel: str, address: str) -> Conversation | None:
        index = self._seal.index(channel, address)
        return session.scalars(
            select(Conversation).where(Conversation.channel == channel, Conversation.address_index == index)
        ).one_or_none()

    def _find_or_create(self, session: Session, channel: str, address: str) -> Conversation:
        row = self._by_address(session, channel, address)
        if row is not None:
            return self._row(session, row.id)
        now = self._clock.now()
        try:
            with session.begin_nested():
                row = Conversation(
                    id=new_id(),
                    channel=channel,
                    address_index=self._seal.index(channel, address),
                    address_enc=self._seal.text(address),
                    created_at=now,
                    updated_at=now,
                )
                session.add(row)
        except IntegrityError:
            # Somebody else created it between our look and our insert.
            row = self._by_address(session, channel, address)
            if row is None:
                raise
        return self._row(session, row.id)

    def _next_seq(self, row: Conversation) -> int:
        """The row is locked by the caller."""
        row.last_seq += 1
        return row.last_seq

    def _dialogue(self, row: Conversation) -> Dialogue:
        data: Mapping[str, Any] = self._seal.open_data(row.dialogue_enc) or {}
        return Dialogue(**{**data, "suspended": tuple(data.get("suspended", ()))})

    def _case(self, row: Conversation) -> Case:
        return Case.from_json(self._seal.open_data(row.case_enc))

    def _view(self, session: Session, row: Conversation) -> ConversationView:
        unread = session.scalar(
            select(func.count()).where(
                InboundMessage.conversation_id == row.id, InboundMessage.seq > row.seen_seq
            )
        )
        return ConversationView(
            id=row.id,
            channel=row.channel,
            address=self._seal.open_text(row.address_enc),
            patient_id=row.patient_id,
            holder=row.holder,
            held_by=row.held_by,
            dialogue=self._dialogue(row),
            case=self._case(row),
            level=row.level,
            red_flags=tuple(row.red_flags),
            bot_stale=row.stale_mark is not None,
            unread=unread or 0,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def _inbound(self, row: InboundMessage) -> Message:
        return Message(
            id=row.id,
            seq=row.seq,
            author="patient",
            text=self._seal.open_text(row.text_enc),
            at=row.received_at,
            state=row.state,
        )

    def _outbound(self, row: OutboundMessage) -> Message:
        body = self._seal.open_data(row.body_enc)
        return Message(
            id=row.id,
            seq=row.seq,
            author=row.author,
            text=body["text"],
            at=row.created_at,
            state=row.state,
            buttons=tuple(body["buttons"]),
            card=body["card"],
            in_reply_to=row.in_reply_to,
            staff_id=row.staff_id,
        )

    def _replies(self, session: Session, message_id: str) -> tuple[Reply, ...]:
        rows = session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.in_reply_to == message_id)
            .order_by(OutboundMessage.seq)
        )
        lines = [self._outbound(row) for row in rows]
        return tuple(Reply(line.id, line.text, line.buttons, line.card) for line in lines)
