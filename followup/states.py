"""The life of a planned contact, as a pure function. It ends answered, closed or withdrawn."""

from __future__ import annotations

from enum import StrEnum


class ContactState(StrEnum):
    PLANNED = "planned"
    #: A worker is opening it.
    CLAIMED = "claimed"
    #: The first question was asked.
    OPEN = "open"
    #: Something worrying was said; a nurse's task is open.
    ESCALATED = "escalated"
    #: Nobody answered or nobody could be reached; a nurse's task is open.
    UNANSWERED = "unanswered"
    ANSWERED = "answered"
    CLOSED_BY_NURSE = "closed_by_nurse"
    #: Not to be made any more, for a reason that is kept.
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    CLAIM = "claim"
    #: The worker that claimed it died.
    RELEASE = "release"
    OPEN = "open"
    #: The last question is answered and nothing is worrying.
    FINISH = "finish"
    ESCALATE = "escalate"
    #: Reminders are used up, or there is no way to reach the patient.
    GIVE_UP = "give_up"
    CLOSE = "close"
    WITHDRAW = "withdraw"


FINAL = frozenset({ContactState.ANSWERED, ContactState.CLOSED_BY_NURSE, ContactState.WITHDRAWN})
#: A nurse's task stands behind these.
WITH_NURSE = frozenset({ContactState.ESCALATED, ContactState.UNANSWERED})

_S, _E = ContactState, Event
_MOVES: dict[tuple[ContactState, Event], ContactState] = {
    (_S.PLANNED, _E.CLAIM): _S.CLAIMED,
    (_S.PLANNED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.PLANNED, _E.GIVE_UP): _S.UNANSWERED,
    (_S.CLAIMED, _E.RELEASE): _S.PLANNED,
    (_S.CLAIMED, _E.OPEN): _S.OPEN,
    (_S.CLAIMED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.CLAIMED, _E.GIVE_UP): _S.UNANSWERED,
    (_S.OPEN, _E.FINISH): _S.ANSWERED,
    (_S.OPEN, _E.ESCALATE): _S.ESCALATED,
    (_S.OPEN, _E.GIVE_UP): _S.UNANSWERED,
    (_S.OPEN, _E.WITHDRAW): _S.WITHDRAWN,
    # An escalation is only ended by a nurse, whatever the patient says or refuses afterwards.
    (_S.ESCALATED, _E.ESCALATE): _S.ESCALATED,
    (_S.ESCALATED, _E.FINISH): _S.ESCALATED,
    (_S.ESCALATED, _E.CLOSE): _S.CLOSED_BY_NURSE,
    # A late answer still counts; the nurse's task is then closed by the nurse without a call.
    (_S.UNANSWERED, _E.ESCALATE): _S.ESCALATED,
    (_S.UNANSWERED, _E.FINISH): _S.ANSWERED,
    (_S.UNANSWERED, _E.CLOSE): _S.CLOSED_BY_NURSE,
}


def step(state: ContactState, event: Event) -> ContactState | None:
    """The state after an event; None if the event cannot happen then. Final states are never left."""
    return _MOVES.get((state, event))
