"""The staff side: tasks with deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from conversations import whose
from conversations.memory import Memory
from conversations.model import Severity, TaskKind, TaskView
from conversations.tables import StaffTask
from core import audit
from core.database import new_id
from core.errors import Refusal

#: Time to act when the opener of a task gives no deadline.
DEFAULT_DUE: Mapping[Severity, timedelta] = {
    "RED": timedelta(minutes=10),
    "AMBER": timedelta(hours=2),
    "GREEN": timedelta(hours=24),
}
_URGENCY: Mapping[str, int] = {"RED": 0, "AMBER": 1, "GREEN": 2}
_SEVERITY_ORDER = case(dict(_URGENCY), value=StaffTask.severity, else_=len(_URGENCY))


class Desk(Memory):
    """The queue of tasks, on top of the records."""

    def open_task(
        self,
        session: Session,
        *,
        kind: TaskKind,
        severity: Severity,
        reason: str,
        conversation_id: str | None = None,
        patient_id: str | None = None,
        detail: Mapping[str, Any] | None = None,
        source_ref: str | None = None,
        due_at: datetime | None = None,
    ) -> TaskView:
        """Put a task in the queue. The same `source_ref` again gives the task that is already there.

        `due_at` defaults to `DEFAULT_DUE` of its severity. If the talk is about a relative of the account's
        owner just then, the detail tells it as `about`.
        """
        earlier = self._task_of(session, source_ref)
        if earlier is not None:
            return self._task(earlier)
        now = self._clock.now()
        told = {**self._about(session, conversation_id, detail or {}), **(detail or {})}
        row = StaffTask(
            id=new_id(),
            kind=kind,
            severity=severity,
            conversation_id=conversation_id,
            patient_id=patient_id,
            reason_enc=self._seal.text(reason),
            detail_enc=self._seal.data(told) if told else None,
            source_ref=source_ref,
            state="open",
            created_at=now,
            due_at=due_at or now + DEFAULT_DUE[severity],
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            earlier = self._task_of(session, source_ref)
            if earlier is None:
                raise
            return self._task(earlier)
        return self._task(row)

    def raise_task(
        self,
        session: Session,
        task_id: str,
        *,
        severity: Severity,
        due_at: datetime,
        reason: str,
        detail: Mapping[str, Any] | None = None,
    ) -> TaskView | Refusal:
        """Something worse became known: severity and deadline of a task only ever get more urgent.

        If it is more severe, `reason` is what the queue shows from now on; `detail` is laid over what is
        there. Refusals: no_such_task, closed (open another one then).
        """
        row = session.scalars(
            select(StaffTask)
            .where(StaffTask.id == task_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            return Refusal("no_such_task")
        if row.state == "closed":
            return Refusal("closed")
        if _URGENCY[severity] < _URGENCY[row.severity]:
            row.severity = severity
            row.reason_enc = self._seal.text(reason)
            row.detail_enc = self._seal.data(
                {**(self._seal.open_data(row.detail_enc) or {}), **(detail or {})}
            )
        row.due_at = min(row.due_at, due_at)
        session.flush()
        return self._task(row)

    def add_words(self, session: Session, task_id: str, words: str) -> bool:
        """Add to what the patient said in a task; False if it is closed, or unknown, and stays as it is."""
        row = self._fresh_task(session, task_id)
        if row is None or row.state == "closed":
            return False
        detail = self._seal.open_data(row.detail_enc) or {}
        told = [one for one in (detail.get("words"), words) if one]
        row.detail_enc = self._seal.data({**detail, "words": "\n".join(told)})
        return True

    def task(self, session: Session, task_id: str) -> TaskView | None:
        row = self._fresh_task(session, task_id)
        return None if row is None else self._task(row)

    def claim_task(self, session: Session, task_id: str, staff_id: str, now: datetime) -> TaskView | Refusal:
        """One staff member takes the task on; of several at once exactly one does.

        Refusals: no_such_task, already_claimed (detail: by), closed. Claiming one's own task again is fine.
        """
        claimed = session.execute(
            update(StaffTask)
            .where(StaffTask.id == task_id, StaffTask.state == "open")
            .values(state="claimed", claimed_by=staff_id, claimed_at=now)
        )
        row = self._fresh_task(session, task_id)
        if row is None:
            return Refusal("no_such_task")
        if row.state == "closed":
            return Refusal("closed")
        if row.claimed_by != staff_id:
            return Refusal("already_claimed", {"by": row.claimed_by or ""})
        if _changed(claimed):
            self._audit(session, staff_id, "claim_task", f"task:{task_id}", now)
        return self._task(row)

    def release_task(
        self, session: Session, task_id: str, staff_id: str, now: datetime
    ) -> TaskView | Refusal:
        """Give a claimed task back to the queue: its holder, or a head nurse for one that was forgotten."""
        released = session.execute(
            update(StaffTask)
            .where(StaffTask.id == task_id, StaffTask.state == "claimed")
            .values(state="open", claimed_by=None, claimed_at=None)
        )
        row = self._fresh_task(session, task_id)
        if row is None:
            return Refusal("no_such_task")
        if not _changed(released):
            return Refusal("closed" if row.state == "closed" else "not_claimed")
        self._audit(session, staff_id, "release_task", f"task:{task_id}", now)
        return self._task(row)

    def close_task(
        self, session: Session, task_id: str, staff_id: str, outcome: str, note: str, now: datetime
    ) -> TaskView | Refusal:
        """Close a task that this staff member has claimed, with a documented outcome.

        What was urgent is closed with words: what was done, and how the patient is. Refusals: no_such_task,
        outcome_missing, note_missing, not_claimed (detail: by), closed.
        """
        if not outcome.strip():
            return Refusal("outcome_missing")
        row = self._fresh_task(session, task_id)
        mine = row is not None and row.state == "claimed" and row.claimed_by == staff_id
        if row is not None and mine and row.severity == "RED" and not note.strip():
            return Refusal("note_missing")
        closed = session.execute(
            update(StaffTask)
            .where(StaffTask.id == task_id, StaffTask.state == "claimed", StaffTask.claimed_by == staff_id)
            .values(
                state="closed",
                closed_at=now,
                closed_by=staff_id,
                outcome=outcome.strip(),
                outcome_note_enc=self._seal.text(note),
            )
        )
        row = self._fresh_task(session, task_id)
        if row is None:
            return Refusal("no_such_task")
        if not _changed(closed):
            if row.state == "closed":
                return Refusal("closed")
            return Refusal("not_claimed", {"by": row.claimed_by or ""})
        self._audit(
            session,
            staff_id,
            "close_task",
            f"task:{task_id}",
            now,
            {"outcome": row.outcome, "kind": row.kind},
        )
        return self._task(row)

    # The queue

    def inbox(
        self, session: Session, *, severity: Severity | None = None, limit: int = 200
    ) -> tuple[TaskView, ...]:
        """Tasks that are not closed: the most severe first, then by deadline."""
        statement = select(StaffTask).where(StaffTask.state != "closed")
        if severity is not None:
            statement = statement.where(StaffTask.severity == severity)
        rows = session.scalars(
            statement.order_by(_SEVERITY_ORDER, StaffTask.due_at, StaffTask.id).limit(limit)
        )
        return tuple(self._task(row) for row in rows)

    def tasks_of(self, session: Session, conversation_id: str) -> tuple[TaskView, ...]:
        """All tasks of a conversation, closed ones too, newest first."""
        rows = session.scalars(
            select(StaffTask)
            .where(StaffTask.conversation_id == conversation_id)
            .order_by(StaffTask.created_at.desc(), StaffTask.id.desc())
        )
        return tuple(self._task(row) for row in rows)

    def overdue(self, session: Session, now: datetime) -> tuple[TaskView, ...]:
        """Tasks whose deadline has passed, the most severe first."""
        rows = session.scalars(
            select(StaffTask)
            .where(StaffTask.state != "closed", StaffTask.due_at < now)
            .order_by(_SEVERITY_ORDER, StaffTask.due_at)
        )
        return tuple(self._task(row) for row in rows)

    # Inside this room

    def _task_of(self, session: Session, source_ref: str | None) -> StaffTask | None:
        if source_ref is None:
            return None
        return session.scalars(select(StaffTask).where(StaffTask.source_ref == source_ref)).one_or_none()

    def _about(
        self, session: Session, conversation_id: str | None, detail: Mapping[str, Any]
    ) -> dict[str, str]:
        """The relative whose complaint the talk is about; a follow-up is about whom it was planned for."""
        if conversation_id is None or "contact_id" in detail:
            return {}
        row = self._row(session, conversation_id, lock=False)
        about = self._dialogue(row).topics.get("case", {}).get("about")
        return {} if about in {None, whose.SELF} else {"about": about}

    def _fresh_task(self, session: Session, task_id: str) -> StaffTask | None:
        return session.scalars(
            select(StaffTask).where(StaffTask.id == task_id).execution_options(populate_existing=True)
        ).one_or_none()

    def _task(self, row: StaffTask) -> TaskView:
        note = row.outcome_note_enc
        return TaskView(
            id=row.id,
            kind=row.kind,
            severity=row.severity,
            conversation_id=row.conversation_id,
            patient_id=row.patient_id,
            reason=self._seal.open_text(row.reason_enc),
            detail=self._seal.open_data(row.detail_enc) or {},
            source_ref=row.source_ref,
            state=row.state,
            created_at=row.created_at,
            due_at=row.due_at,
            claimed_by=row.claimed_by,
            claimed_at=row.claimed_at,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            outcome=row.outcome,
            outcome_note=None if note is None else self._seal.open_text(note),
        )

    def _audit(
        self,
        session: Session,
        staff_id: str,
        verb: str,
        subject: str,
        at: datetime,
        detail: dict[str, Any] | None = None,
    ) -> None:
        audit.record(
            session,
            actor=f"staff:{staff_id}",
            action=f"conversations.{verb}",
            subject=subject,
            at=at,
            detail=detail,
        )


def _changed(result: Any) -> bool:
    """True if the UPDATE hit its row."""
    return bool(result.rowcount == 1)
