"""What the pages show, gathered from the rooms into plain values. Reads only; audit rows are the pages' duty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from console import accounts
from console.deps import ConsoleDeps
from conversations.model import ConversationView, Message, TaskView
from conversations.tables import Conversation, StaffTask
from core.errors import Refusal
from patients.model import PatientView

Show = Literal["all", "mine", "open", "closed"]
#: How many closed tasks and quiet conversations a list goes back.
RECENT = 100


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One line of the queue."""

    task: TaskView
    patient: PatientView | None
    #: Display name of who works on it; empty if nobody does.
    holder: str
    #: Pathway and day, department: as far as the task's opener told them.
    pathway: str
    day: int | None
    department: str

    def lateness(self, now: datetime) -> str:
        """CSS class of the countdown: `late`, `soon` (a quarter of the time left) or empty."""
        if self.task.state == "closed":
            return ""
        if self.task.due_at <= now:
            return "late"
        total = self.task.due_at - self.task.created_at
        return "soon" if self.task.due_at - now < total / 4 else ""


@dataclass(frozen=True, slots=True)
class Board:
    rows: tuple[TaskRow, ...]
    #: Number of tasks per filter, `closed` left out.
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Badge:
    unclaimed: int
    #: Ids of red tasks that nobody has claimed.
    red: tuple[str, ...]
    #: Messages not looked at in conversations that I hold.
    unread: int


@dataclass(frozen=True, slots=True)
class ConversationRow:
    conversation: ConversationView
    patient: PatientView | None
    holder: str


class Lookup:
    """Patients and staff names of one page, each read once."""

    def __init__(self, deps: ConsoleDeps, session: Session) -> None:
        self._deps = deps
        self._session = session
        self._patients: dict[str, PatientView | None] = {}
        self.names = accounts.names(session)

    def patient(self, patient_id: str | None) -> PatientView | None:
        if patient_id is None:
            return None
        if patient_id not in self._patients:
            self._patients[patient_id] = self._deps.patients.get(self._session, patient_id)
        return self._patients[patient_id]

    def staff(self, staff_id: str | None) -> str:
        """Display name; an id that is no account stays as it is."""
        return self.names.get(staff_id, staff_id) if staff_id else ""

    def named(self, refusal: Refusal) -> Refusal:
        """The same refusal with a colleague's name instead of an id in `by`."""
        detail = dict(refusal.detail)
        if "by" in detail:
            detail["by"] = self.staff(detail["by"])
        return Refusal(refusal.code, detail)


def board(deps: ConsoleDeps, session: Session, show: Show, staff_id: str) -> Board:
    waiting: tuple[TaskView, ...] = deps.conversations.inbox(session)
    shown: Iterable[TaskView] = {
        "all": waiting,
        "mine": [task for task in waiting if task.claimed_by == staff_id],
        "open": [task for task in waiting if task.state == "open"],
        "closed": _closed(deps, session) if show == "closed" else (),
    }[show]
    lookup = Lookup(deps, session)
    return Board(
        rows=tuple(task_row(task, lookup) for task in shown),
        counts={
            "all": len(waiting),
            "mine": sum(task.claimed_by == staff_id for task in waiting),
            "open": sum(task.state == "open" for task in waiting),
        },
    )


def _closed(deps: ConsoleDeps, session: Session) -> list[TaskView]:
    ids = session.scalars(
        select(StaffTask.id)
        .where(StaffTask.state == "closed")
        .order_by(StaffTask.closed_at.desc())
        .limit(RECENT)
    )
    return [task for task_id in ids if (task := deps.conversations.task(session, task_id))]


def task_row(task: TaskView, lookup: Lookup) -> TaskRow:
    detail: dict[str, Any] = dict(task.detail)
    day = detail.get("day")
    return TaskRow(
        task=task,
        patient=lookup.patient(task.patient_id),
        holder=lookup.staff(task.closed_by or task.claimed_by),
        pathway=str(detail.get("pathway_name") or detail.get("pathway") or ""),
        day=day if isinstance(day, int) else None,
        department=str(detail.get("department") or ""),
    )


def badge(deps: ConsoleDeps, session: Session, staff_id: str) -> Badge:
    rows = session.execute(select(StaffTask.id, StaffTask.severity).where(StaffTask.state == "open")).all()
    return Badge(
        unclaimed=len(rows),
        red=tuple(row.id for row in rows if row.severity == "RED"),
        unread=deps.conversations.unread(session, staff_id),
    )


def conversations(deps: ConsoleDeps, session: Session) -> tuple[ConversationRow, ...]:
    """Those held by nurses first, then the others by their latest message."""
    held: tuple[ConversationView, ...] = deps.conversations.held(session)
    quiet = session.scalars(
        select(Conversation.id)
        .where(Conversation.holder == "bot")
        .order_by(Conversation.updated_at.desc())
        .limit(RECENT)
    )
    lookup = Lookup(deps, session)
    return tuple(
        ConversationRow(view, lookup.patient(view.patient_id), lookup.staff(view.held_by))
        for view in (*held, *(deps.conversations.conversation(session, one) for one in quiet))
    )


def transcript(deps: ConsoleDeps, session: Session, conversation_id: str) -> tuple[Message, ...]:
    lines: tuple[Message, ...] = deps.conversations.transcript(session, conversation_id)
    return lines
