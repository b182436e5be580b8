"""The words of this room: plain frozen values that every other room sees, and the ports it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from triage.model import Case, Reading, RedFlagHit

Severity = Literal["RED", "AMBER", "GREEN"]
TaskKind = Literal[
    "emergency", "followup", "human_request", "bot_unavailable", "complaint", "feedback", "unanswered"
]
Author = Literal["bot", "nurse", "system"]
Button = Mapping[str, str]
Card = Mapping[str, Any]


class Guard(Protocol):
    """What the safety guard needs of `triage.Triage`."""

    def read(self, text: str, *, asked: str | None = None) -> Reading: ...

    def add(
        self, case: Case, reading: Reading, text: str, *, answer: bool = False, quote: bool = True
    ) -> Case: ...

    def screen(self, case: Case) -> tuple[RedFlagHit, ...]: ...


class Phones(Protocol):
    """The numbers a patient is told; `hospital.Phones` has them."""

    @property
    def emergency_room(self) -> str: ...

    @property
    def switchboard(self) -> str: ...

    @property
    def nurse_line(self) -> str: ...

    @property
    def psych_hotline(self) -> str: ...

    @property
    def women_hotline(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Inbound:
    """A patient's message as a channel adapter parsed it."""

    channel: str
    #: Where it came from on that channel: openid, phone number in E.164, page key.
    address: str
    #: The provider's id of the message; the same id from the same address is the same message.
    provider_id: str
    text: str
    received_at: datetime

    def __post_init__(self) -> None:
        if not self.channel or not self.address or not self.provider_id:
            raise ValueError("an inbound message needs a channel, an address and a provider id")
        if len(self.provider_id) > 128:
            raise ValueError("provider ids are at most 128 characters")
        if self.received_at.tzinfo is None:
            raise ValueError("received_at needs a zone")


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to a patient."""

    id: str
    text: str
    #: Tappable answers: `{"title": …, "payload": …}`.
    buttons: tuple[Button, ...] = ()
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an inbound message. `replies` are in order and the same at every redelivery."""

    conversation_id: str
    message_id: str
    duplicate: bool
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The bot's memory of one conversation; this, not Rasa's tracker, is the truth about the open loop."""

    #: Name of the open Rasa form, such as booking_form; None when nothing is asked.
    loop: str | None = None
    #: Working memory by topic: triage, booking, identity, history, change, followup, feedback.
    topics: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    #: How many turns in a row were not understood.
    misunderstood: int = 0
    #: Loops that were interrupted by the open one and go on after it, the last one first to go on.
    suspended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationView:
    """One conversation as other rooms see it."""

    id: str
    channel: str
    address: str
    patient_id: str | None
    #: "bot" or "nurse".
    holder: str
    held_by: str | None
    dialogue: Dialogue
    case: Case
    level: str | None
    red_flags: tuple[str, ...]
    bot_stale: bool
    #: Patient messages that staff have not looked at.
    unread: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a transcript, in either direction."""

    id: str
    seq: int
    #: "patient", "bot", "nurse" or "system".
    author: str
    text: str
    at: datetime
    #: Inbound: received, processing, answered. Outbound: the outbox states.
    state: str
    buttons: tuple[Button, ...] = ()
    card: Card | None = None
    in_reply_to: str | None = None
    staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """One staff task as the console shows it."""

    id: str
    kind: str
    severity: str
    conversation_id: str | None
    patient_id: str | None
    reason: str
    detail: Mapping[str, Any]
    source_ref: str | None
    #: open, claimed or closed.
    state: str
    created_at: datetime
    due_at: datetime
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    outcome: str | None = None
    outcome_note: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """An emergency that was answered in a conversation, for rooms that have a dialogue of their own there."""

    conversation_id: str
    hits: tuple[RedFlagHit, ...]
    #: The staff task behind it.
    task_id: str
    #: The message that told of it, and its words; None and empty if it came from elsewhere.
    message_id: str | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a start found left over from a crash."""

    #: Inbound messages that were not answered, by what happened: answered from the outbox, or asked again.
    from_outbox: int
    asked_again: int


class BotUnavailable(Exception):
    """The bot did not answer in time or not at all. Carries no text of the patient."""


class BotPort(Protocol):
    """The dialogue engine."""

    async def turn(self, conversation_id: str, message_id: str, text: str) -> Sequence[str]:
        """Small talk said by the bot itself; answers of actions are in the outbox. Raises BotUnavailable."""
        ...

    async def reset(self, conversation_id: str, loop: str | None) -> None:
        """Put the bot's open loop to `loop`. Raises BotUnavailable."""
        ...

    async def healthy(self) -> bool: ...
