"""The queue of escalations, and the page on which a nurse works on one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from console import aftercare, views, words
from console.deps import ConsoleDeps
from console.views import Lookup, Show
from console.web import HOME, Desk, HeadNurse, Nurse, go, not_found, page_router, refused
from conversations import TaskView
from core import audit
from core.errors import Refusal

router = page_router()


def _url(task_id: str, done: str = "") -> str:
    return f"{HOME}/tasks/{task_id}" + (f"?done={done}" if done else "")


@router.get("/tasks")
def board(request: Request, console: Desk, me: Nurse, show: Show = "all") -> Response:
    return _board(request, console, me, show, "tasks.html")


@router.get("/tasks/list")
def board_list(request: Request, console: Desk, me: Nurse, show: Show = "all") -> Response:
    return _board(request, console, me, show, "_tasks.html")


def _board(request: Request, console: Desk, me: Nurse, show: Show, template: str) -> Response:
    with console.deps.database.reading() as session:
        found = views.board(console.deps, session, show, me.staff.id)
    return console.page(request, template, me, board=found, show=show)


@router.get("/tasks/badge")
def badge(request: Request, console: Desk, me: Nurse) -> Response:
    with console.deps.database.reading() as session:
        found = views.badge(console.deps, session, me.staff.id)
    return console.page(request, "_badge.html", me, badge=found)


@router.get("/tasks/{task_id}")
def task(request: Request, console: Desk, me: Nurse, task_id: str) -> Response:
    """Opening the page is the audited view; its live fragments below belong to it."""
    with console.deps.database.session() as session:
        page = views.task_page(console.deps, session, task_id)
        if page is None:
            raise not_found("这条任务")
        shown = page.row.task
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.task_view",
            subject=f"patient:{shown.patient_id}" if shown.patient_id else f"task:{task_id}",
            at=console.deps.clock.now(),
            detail={"task": task_id},
        )
        contact_id = str(shown.detail.get("contact_id") or "")
        answers = aftercare.answers(console.deps, session, contact_id, page.transcript) if contact_id else ()
        if page.conversation and page.conversation.conversation.held_by == me.staff.id:
            console.deps.conversations.mark_seen(session, page.conversation.conversation.id)
    return console.page(request, "task.html", me, page=page, answers=answers)


@router.get("/tasks/{task_id}/status")
def status(request: Request, console: Desk, me: Nurse, task_id: str) -> Response:
    with console.deps.database.reading() as session:
        found = console.deps.conversations.task(session, task_id)
        if found is None:
            raise not_found("这条任务")
        row = views.task_row(found, Lookup(console.deps, session))
    return console.page(request, "_task_status.html", me, row=row)


@router.post("/tasks/{task_id}/claim")
def claim(request: Request, console: Desk, me: Nurse, task_id: str) -> Response:
    deps = console.deps
    with deps.database.session() as session:
        outcome = deps.conversations.claim_task(session, task_id, me.staff.id, deps.clock.now())
        if isinstance(outcome, Refusal):
            raise _refused(outcome, Lookup(deps, session))
    return go(_url(task_id, "claimed"), request)


@router.post("/tasks/{task_id}/release")
def release(request: Request, console: Desk, me: Nurse, task_id: str) -> Response:
    """Put one's own task back into the queue."""
    deps = console.deps
    with deps.database.session() as session:
        held = deps.conversations.task(session, task_id)
        if held is not None and held.claimed_by not in {None, me.staff.id}:
            raise _refused(Refusal("already_claimed", {"by": held.claimed_by}), Lookup(deps, session))
        outcome = deps.conversations.release_task(session, task_id, me.staff.id, deps.clock.now())
        if isinstance(outcome, Refusal):
            raise _refused(outcome, Lookup(deps, session))
    return go(f"{HOME}/tasks?done=released", request)


@router.post("/tasks/{task_id}/reassign")
def reassign(
    request: Request, console: Desk, me: HeadNurse, task_id: str, to: Annotated[str, Form(max_length=64)]
) -> Response:
    """A head nurse gives a task to somebody, whoever had it before."""
    deps, now = console.deps, console.deps.clock.now()
    with deps.database.session() as session:
        lookup = Lookup(deps, session)
        held = deps.conversations.task(session, task_id)
        if held is None:
            raise not_found("这条任务")
        if to not in lookup.active:
            raise refused(Refusal("unknown_colleague"))
        if held.state == "claimed":
            deps.conversations.release_task(session, task_id, me.staff.id, now)
        outcome = deps.conversations.claim_task(session, task_id, to, now)
        if isinstance(outcome, Refusal):
            raise _refused(outcome, lookup)
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.task_reassign",
            subject=f"task:{task_id}",
            at=now,
            detail={"from": held.claimed_by, "to": to},
        )
    return go(_url(task_id, "reassigned"), request)


@router.post("/tasks/{task_id}/close")
def close(
    request: Request,
    console: Desk,
    me: Nurse,
    task_id: str,
    outcome: Annotated[str, Form(max_length=64)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    deps = console.deps
    if outcome not in words.OUTCOMES:
        raise refused(Refusal("outcome_missing"))
    with deps.database.session() as session:
        task = deps.conversations.task(session, task_id)
        held = task is not None and _held(deps, session, task)
        # The follow-up room closes the contact behind the task, if there is one, in the same transaction; a
        # conversation that was held for its last task goes back to the bot.
        result = deps.followup.close(session, task_id, me.staff.id, outcome, note.strip(), deps.clock.now())
        if isinstance(result, Refusal):
            raise _refused(result, Lookup(deps, session))
        handed_back = held and not _held(deps, session, result)
    return go(f"{HOME}/tasks?done={'closed_handed_back' if handed_back else 'closed'}", request)


def _held(deps: ConsoleDeps, session: Session, task: TaskView) -> bool:
    at = task.conversation_id
    return at is not None and deps.conversations.conversation(session, at).holder == "nurse"


def _refused(outcome: Refusal, lookup: Lookup) -> Exception:
    if outcome.code == "no_such_task":
        return not_found("这条任务")
    return refused(lookup.named(outcome))
