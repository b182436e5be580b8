"""Tables of this room: who we talk to, what was said in both directions, and what staff must do.

Columns that end in `_enc` hold a patient's words or contact data, encrypted with `core.crypto.FieldCipher`;
only this room reads them, every other room sees the plain values of `conversations.model`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Id, UtcDateTime, new_id


class Conversation(Base):
    """One person's thread on one channel; there is exactly one per address."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "address_index"), Index("ix_conversation_holder", "holder"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    #: Name of the channel adapter: web, script, wechat, sms, voice.
    channel: Mapped[str] = mapped_column(String(16))
    #: Keyed hash of the address on that channel (openid, phone number, page key).
    address_index: Mapped[str] = mapped_column(String(64))
    address_enc: Mapped[str] = mapped_column(Text)
    #: The account's owner once identified; a row of the patients room.
    patient_id: Mapped[str | None] = mapped_column(Id, index=True, default=None)
    #: Who answers: "bot" or "nurse".
    holder: Mapped[str] = mapped_column(String(8), default="bot")
    #: The staff member who holds it; None while the bot does.
    held_by: Mapped[str | None] = mapped_column(String(64), default=None)
    #: `Dialogue` as JSON: the open loop and the working memory of the topics.
    dialogue_enc: Mapped[str | None] = mapped_column(Text, default=None)
    #: `triage.model.Case` as JSON.
    case_enc: Mapped[str | None] = mapped_column(Text, default=None)
    case_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    #: Most urgent level of the case, "I" to "IV"; None before anything was assessed.
    level: Mapped[str | None] = mapped_column(String(4), default=None)
    #: Ids of the red flags raised in this case; they only grow within it.
    red_flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Set to a new token whenever the open loop changed outside a bot turn; None while the bot is in step.
    stale_mark: Mapped[str | None] = mapped_column(Id, default=None)
    #: Counts every message in both directions. It is raised under the row's lock, so within a conversation
    #: its order is the order of commits and a live page never overlooks a message.
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    #: `seq` of the last message that closed the dialogue because of an emergency.
    closed_seq: Mapped[int] = mapped_column(Integer, default=0)
    #: `seq` of the last patient message that staff have looked at.
    seen_seq: Mapped[int] = mapped_column(Integer, default=0)
    #: Which worker runs this conversation's bot turns, and until when it may without renewing.
    lease_owner: Mapped[str | None] = mapped_column(Id, default=None)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    last_inbound_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Last message in either direction or change of holder.
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: New at every change of the row; see `Records.revision`.
    changed: Mapped[str] = mapped_column(Id, index=True, default=new_id, onupdate=new_id)


class InboundMessage(Base):
    """What a patient sent. A provider's message id counts once per conversation, however often delivered."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "provider_id"),
        Index("ix_inbound_message_unanswered", "conversation_id", "state"),
        Index("ix_inbound_message_order", "conversation_id", "seq"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    provider_id: Mapped[str] = mapped_column(String(128))
    seq: Mapped[int] = mapped_column(Integer)
    #: The whole text, without control characters.
    text_enc: Mapped[str] = mapped_column(Text)
    #: received → processing → answered.
    state: Mapped[str] = mapped_column(String(12), default="received", index=True)
    #: When the safety guard had read it; None before.
    guarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    #: The worker that asked the bot.
    owner: Mapped[str | None] = mapped_column(Id, default=None)
    #: How often the bot was asked.
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class OutboundMessage(Base):
    """The outbox: what we say, with how far its delivery got."""

    __tablename__ = "outbound_message"
    __table_args__ = (
        Index("ix_outbound_message_order", "conversation_id", "seq"),
        Index("ix_outbound_message_due", "state", "channel", "not_before"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    channel: Mapped[str] = mapped_column(String(16))
    #: Stable key of this message towards the provider: the same message is never sent under two keys.
    key: Mapped[str] = mapped_column(String(128), unique=True)
    seq: Mapped[int] = mapped_column(Integer)
    #: bot, nurse or system.
    author: Mapped[str] = mapped_column(String(8))
    #: The nurse who wrote it.
    staff_id: Mapped[str | None] = mapped_column(String(64), default=None)
    #: Text, buttons and card as JSON.
    body_enc: Mapped[str] = mapped_column(Text)
    #: planned → claimed → sending → accepted → delivered | failed | unknown.
    state: Mapped[str] = mapped_column(String(12), default="planned")
    #: The inbound message that this answers.
    in_reply_to: Mapped[str | None] = mapped_column(
        ForeignKey("inbound_message.id"), index=True, default=None
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Not sent before this time (quiet hours, or the wait before another attempt).
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claimed_by: Mapped[str | None] = mapped_column(Id, default=None)
    #: A claim that is not finished by then belongs to a worker that died.
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    #: Since when the fate of an `unknown` message is looked up; None once it is known or with staff.
    lookup_since: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    #: The provider's id of the sent message.
    provider_id: Mapped[str | None] = mapped_column(String(128), index=True, default=None)
    #: Why the last attempt failed: the provider's code, never a patient's words.
    last_error: Mapped[str | None] = mapped_column(String(200), default=None)
    changed: Mapped[str] = mapped_column(Id, index=True, default=new_id, onupdate=new_id)


class StaffTask(Base):
    """Something a person must do, with a deadline (FHIR Task)."""

    __tablename__ = "staff_task"
    __table_args__ = (Index("ix_staff_task_due", "state", "due_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    #: emergency, followup, human_request, bot_unavailable, complaint or unanswered.
    kind: Mapped[str] = mapped_column(String(24))
    #: RED, AMBER or GREEN.
    severity: Mapped[str] = mapped_column(String(8))
    conversation_id: Mapped[str | None] = mapped_column(
        ForeignKey("conversation.id"), index=True, default=None
    )
    patient_id: Mapped[str | None] = mapped_column(Id, index=True, default=None)
    #: One Chinese line for the queue.
    reason_enc: Mapped[str] = mapped_column(Text)
    detail_enc: Mapped[str | None] = mapped_column(Text, default=None)
    #: Names what it came from; a second task with the same reference is not opened.
    source_ref: Mapped[str | None] = mapped_column(String(160), unique=True, default=None)
    #: open → claimed → closed; claimed → open when given back.
    state: Mapped[str] = mapped_column(String(8), default="open")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(String(64), default=None)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closed_by: Mapped[str | None] = mapped_column(String(64), default=None)
    #: Code of what was done; set when closed.
    outcome: Mapped[str | None] = mapped_column(String(64), default=None)
    outcome_note_enc: Mapped[str | None] = mapped_column(Text, default=None)
    changed: Mapped[str] = mapped_column(Id, index=True, default=new_id, onupdate=new_id)
