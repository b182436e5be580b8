"""The port of channels that messages are pushed to, with its in-memory twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from conversations.model import Button, Card

SendStatus = Literal["accepted", "delivered", "retry", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class SendResult:
    """What the provider said.

    accepted: it has the message. delivered: the patient has it. retry: certainly not taken, may work later.
    failed: certainly not taken and never will be (window closed, unsubscribed). unknown: nobody knows.
    """

    status: SendStatus
    provider_id: str | None = None
    #: The provider's error code, never a text that may quote the patient.
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as a channel adapter gets it."""

    id: str
    #: Stable: give it to the provider as idempotency key or reference where it takes one.
    key: str
    conversation_id: str
    channel: str
    address: str
    text: str
    buttons: tuple[Button, ...]
    card: Card | None


class ChannelPort(Protocol):
    """A channel that messages are pushed to."""

    @property
    def name(self) -> str: ...

    async def send(self, message: Outgoing) -> SendResult:
        """Hand a message to the provider. An exception counts as unknown: it may have been taken."""
        ...

    async def lookup(self, key: str) -> SendResult | None:
        """The fate of a message at the provider; None if the provider cannot tell."""
        ...


class MemoryChannel:
    """An in-memory channel for tests: keeps what it was sent, and can be told to misbehave."""

    def __init__(self, name: str = "memory", *, can_look_up: bool = True) -> None:
        self._name = name
        self._can_look_up = can_look_up
        #: What the provider has, by key, in the order it came.
        self.taken: dict[str, Outgoing] = {}
        #: What to answer to the next sends, first one first; `accepted` when empty. An exception is raised
        #: after the message was taken, as when the connection breaks before the answer.
        self.next: list[SendResult | Exception] = []

    @property
    def name(self) -> str:
        return self._name

    async def send(self, message: Outgoing) -> SendResult:
        answer = self.next.pop(0) if self.next else SendResult("accepted")
        if isinstance(answer, Exception):
            self.taken[message.key] = message
            raise answer
        if answer.status in ("accepted", "delivered"):
            self.taken[message.key] = message
            return SendResult(answer.status, provider_id=f"{self._name}-{message.id}")
        return answer

    async def lookup(self, key: str) -> SendResult | None:
        if not self._can_look_up:
            return None
        message = self.taken.get(key)
        if message is None:
            return SendResult("retry")
        return SendResult("accepted", provider_id=f"{self._name}-{message.id}")
