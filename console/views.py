"""What the pages show, gathered from the rooms into plain values. Reads only; pages write the audit rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from console import accounts
from console.deps import ConsoleDeps
from conversations import ConversationView, Message, TaskView
from conversations.tables import Conversation, StaffTask
from core.errors import Refusal
from followup import StayPerson
from patients.model import PatientView

Show = Literal["all", "mine", "open", "closed"]
#: How many closed tasks and quiet conversations a list goes back.
RECENT = 100


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One line of the queue."""

    task: TaskView
    #: Masked; a `StayPerson` for somebody who is known only from a discharge list.
    patient: PatientView | StayPerson | None
    #: Display name of who works on it; empty if nobody does.
    holder: str
    #: Pathway and day, department: as far as the task's opener told them.
    pathway: str
    day: int | None
    department: str
    #: The relative whom it is about, such as 父亲; empty if the account's owner.
    about: str
    #: Why it was opened, without what the other columns say.
    reason: str

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
    patient: PatientView | StayPerson | None
    holder: str
    #: Account id → name, for the nurses who wrote in it.
    names: dict[str, str]


class Lookup:
    """Patients and staff names of one page, each read once."""

    def __init__(self, deps: ConsoleDeps, session: Session) -> None:
        self._deps = deps
        self._session = session
        self._patients: dict[str, PatientView | None] = {}
        self.names = accounts.names(session)
        self.active = {staff_id for staff_id, _ in accounts.colleagues(session)}

    def patient(self, patient_id: str | None) -> PatientView | None:
        if patient_id is None:
            return None
        if patient_id not in self._patients:
            self._patients[patient_id] = self._deps.patients.get(self._session, patient_id)
        return self._patients[patient_id]

    def of_task(self, task: TaskView) -> PatientView | StayPerson | None:
        """The registered person of a task, or whom its follow-up contact is about."""
        registered = self.patient(task.patient_id)
        if registered is not None:
            return registered
        contact = str(task.detail.get("contact_id") or "")
        if contact:
            return self._deps.followup.people(self._session, [contact]).get(contact)
        if task.conversation_id:
            return self._deps.followup.person_of_conversation(self._session, task.conversation_id)
        return None

    def of_conversation(self, talk: ConversationView) -> PatientView | StayPerson | None:
        return self.patient(talk.patient_id) or self._deps.followup.person_of_conversation(
            self._session, talk.id
        )

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
        patient=lookup.of_task(task),
        holder=lookup.staff(task.closed_by or task.claimed_by),
        pathway=str(detail.get("pathway_name") or detail.get("pathway") or ""),
        day=day if isinstance(day, int) else None,
        department=str(detail.get("department") or ""),
        about=str(detail.get("about") or ""),
        reason=str(detail.get("reasons") or task.reason),
    )


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Everything that a nurse needs to work on one task."""

    row: TaskRow
    opted_out: bool
    conversation: ConversationRow | None
    transcript: tuple[Message, ...]
    #: Other tasks of the same conversation, newest first.
    others: tuple[TaskRow, ...]
    #: Id and name of those a head nurse may give the task to.
    colleagues: tuple[tuple[str, str], ...]


def task_page(deps: ConsoleDeps, session: Session, task_id: str) -> TaskPage | None:
    task: TaskView | None = deps.conversations.task(session, task_id)
    if task is None:
        return None
    lookup = Lookup(deps, session)
    talk: ConversationRow | None = None
    lines: tuple[Message, ...] = ()
    others: tuple[TaskRow, ...] = ()
    if task.conversation_id:
        talk = conversation_row(deps, session, task.conversation_id, lookup)
        lines = deps.conversations.transcript(session, task.conversation_id)
        others = tuple(
            task_row(other, lookup)
            for other in deps.conversations.tasks_of(session, task.conversation_id)
            if other.id != task.id
        )
    return TaskPage(
        row=task_row(task, lookup),
        opted_out=bool(task.patient_id) and deps.patients.opted_out(session, task.patient_id),
        conversation=talk,
        transcript=lines,
        others=others,
        colleagues=accounts.colleagues(session),
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
        ConversationRow(view, lookup.of_conversation(view), lookup.staff(view.held_by), lookup.names)
        for view in (*held, *(deps.conversations.conversation(session, one) for one in quiet))
    )


def conversation_row(
    deps: ConsoleDeps, session: Session, conversation_id: str, lookup: Lookup
) -> ConversationRow:
    view: ConversationView = deps.conversations.conversation(session, conversation_id)
    return ConversationRow(view, lookup.of_conversation(view), lookup.staff(view.held_by), lookup.names)


@dataclass(frozen=True, slots=True)
class ConversationPage:
    row: ConversationRow
    transcript: tuple[Message, ...]
    #: Tasks of this conversation, newest first.
    tasks: tuple[TaskRow, ...]
    opted_out: bool


def conversation_page(deps: ConsoleDeps, session: Session, conversation_id: str) -> ConversationPage:
    lookup = Lookup(deps, session)
    row = conversation_row(deps, session, conversation_id, lookup)
    return ConversationPage(
        row=row,
        transcript=deps.conversations.transcript(session, conversation_id),
        tasks=tuple(task_row(task, lookup) for task in deps.conversations.tasks_of(session, conversation_id)),
        opted_out=isinstance(row.patient, PatientView) and deps.patients.opted_out(session, row.patient.id),
    )
