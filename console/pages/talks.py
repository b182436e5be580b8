"""Conversations: what is being said, taking one over, writing to the patient, giving it back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response

from console import views
from console.accounts import Role
from console.views import Lookup
from console.web import HOME, Desk, Nurse, go, is_fragment_request, page_router, refused
from core import audit
from core.errors import Refusal

router = page_router()

#: A text message of this length is still read; longer advice belongs into a phone call.
MAX_TEXT = 1000


@router.get("/conversations")
def index(request: Request, console: Desk, me: Nurse) -> Response:
    return _index(request, console, me, "conversations.html")


@router.get("/conversations/list")
def index_list(request: Request, console: Desk, me: Nurse) -> Response:
    return _index(request, console, me, "_conversations.html")


def _index(request: Request, console: Desk, me: Nurse, template: str) -> Response:
    with console.deps.database.reading() as session:
        rows = views.conversations(console.deps, session)
    return console.page(request, template, me, rows=rows)


@router.get("/conversations/{conversation_id}")
def conversation(request: Request, console: Desk, me: Nurse, conversation_id: str) -> Response:
    """Opening the page is the audited view; its live fragments below belong to it."""
    with console.deps.database.session() as session:
        page = views.conversation_page(console.deps, session, conversation_id)
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.conversation_view",
            subject=f"conversation:{conversation_id}",
            at=console.deps.clock.now(),
        )
        if page.row.conversation.held_by == me.staff.id:
            console.deps.conversations.mark_seen(session, conversation_id)
    return console.page(request, "conversation.html", me, page=page)


@router.get("/conversations/{conversation_id}/transcript")
def transcript(request: Request, console: Desk, me: Nurse, conversation_id: str) -> Response:
    deps = console.deps
    with deps.database.reading() as session:
        talk = views.conversation_row(deps, session, conversation_id, Lookup(deps, session))
        lines = deps.conversations.transcript(session, conversation_id)
    if talk.conversation.held_by == me.staff.id and talk.conversation.unread:
        with deps.database.session() as session:
            deps.conversations.mark_seen(session, conversation_id)
    return console.page(request, "_transcript.html", me, talk=talk, lines=lines)


@router.post("/conversations/{conversation_id}/take")
def take_over(
    request: Request, console: Desk, me: Nurse, conversation_id: str, task: Annotated[str, Form()] = ""
) -> Response:
    deps = console.deps
    with deps.database.session() as session:
        outcome = deps.conversations.take_over(session, conversation_id, me.staff.id)
        if isinstance(outcome, Refusal):
            raise refused(Lookup(deps, session).named(outcome))
    return go(_back(conversation_id, task, "taken"), request)


@router.post("/conversations/{conversation_id}/back")
def hand_back(
    request: Request, console: Desk, me: Nurse, conversation_id: str, task: Annotated[str, Form()] = ""
) -> Response:
    """The nurse who holds it; or a head nurse, when that nurse has gone home."""
    deps = console.deps
    with deps.database.session() as session:
        holder = deps.conversations.conversation(session, conversation_id).held_by
        if holder not in {None, me.staff.id} and not me.staff.role.covers(Role.HEAD_NURSE):
            raise refused(Lookup(deps, session).named(Refusal("held_by_other", {"by": holder})))
        outcome = deps.conversations.hand_back(session, conversation_id, me.staff.id)
        if isinstance(outcome, Refusal):
            raise refused(Lookup(deps, session).named(outcome))
    return go(_back(conversation_id, task, "handed_back"), request)


@router.post("/conversations/{conversation_id}/message")
def write(
    request: Request,
    console: Desk,
    me: Nurse,
    conversation_id: str,
    text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
    task: Annotated[str, Form()] = "",
) -> Response:
    deps = console.deps
    with deps.database.session() as session:
        outcome = deps.conversations.nurse_says(session, conversation_id, me.staff.id, text)
        if isinstance(outcome, Refusal):
            raise refused(Lookup(deps, session).named(outcome))
    if is_fragment_request(request):
        return transcript(request, console, me, conversation_id)
    return go(_back(conversation_id, task, "sent"), request)


def _back(conversation_id: str, task_id: str, done: str) -> str:
    """To the task that the nurse came from, else to the conversation."""
    inside = f"tasks/{task_id}" if task_id.isalnum() else f"conversations/{conversation_id}"
    return f"{HOME}/{inside}?done={done}"
