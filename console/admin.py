"""What the pages of administrators and head nurses show: accounts and the audit trail. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from console import accounts as staff_accounts
from console.tables import StaffAccount
from core.audit import AuditEvent

AUDIT_PAGE = 100


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: str
    username: str
    display_name: str
    role: str
    active: bool
    #: Too many wrong passwords; ends by itself or by a reset.
    locked: bool
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    at: datetime
    #: Staff name, 患者, 系统 or the raw actor.
    who: str
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditPage:
    rows: tuple[AuditRow, ...]
    staff: tuple[tuple[str, str], ...]
    #: Id to continue with towards older rows; empty on the last page.
    older: str
    #: What the rows are about, if they were asked for by subject.
    subject: str


def accounts(session: Session, now: datetime) -> tuple[AccountRow, ...]:
    rows = session.scalars(select(StaffAccount).order_by(StaffAccount.active.desc(), StaffAccount.username))
    return tuple(
        AccountRow(
            id=row.id,
            username=row.username,
            display_name=row.display_name,
            role=row.role,
            active=row.active,
            locked=row.locked_until is not None and row.locked_until > now,
            last_login_at=row.last_login_at,
        )
        for row in rows
    )


def audit_trail(
    session: Session, *, who: str = "", action: str = "", subject: str = "", before: str = ""
) -> AuditPage:
    """The newest rows first. `who`: a staff id; `action`: a code; `subject`: as recorded, such as
    `patient:<id>`; `before`: an `AuditPage.older`."""
    statement = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(AUDIT_PAGE + 1)
    if who:
        statement = statement.where(AuditEvent.actor == f"staff:{who}")
    if action:
        statement = statement.where(AuditEvent.action == action)
    if subject:
        statement = statement.where(AuditEvent.subject == subject)
    if before:
        statement = statement.where(AuditEvent.id < before)
    found = session.scalars(statement).all()
    names = staff_accounts.names(session)
    rows = tuple(
        AuditRow(row.at, _who(row.actor, names), row.action, _subject(row.subject, names), row.detail)
        for row in found[:AUDIT_PAGE]
    )
    more = len(found) > AUDIT_PAGE
    return AuditPage(
        rows,
        tuple(sorted(names.items(), key=_by_name)),
        found[-2].id if more else "",
        _subject(subject, names),
    )


def _who(actor: str, names: dict[str, str]) -> str:
    kind, _, key = actor.partition(":")
    if kind == "staff":
        return names.get(key, key)
    if kind == "command":
        return f"命令行（{key}）"
    return {"patient": "患者本人", "system": "系统"}.get(kind, actor)


def _subject(subject: str, names: dict[str, str]) -> str:
    """Subjects are ids; the end of one is enough to tell rows apart."""
    kind, _, key = subject.partition(":")
    if kind == "staff":
        return f"账户 {names.get(key, key[-6:])}"
    title = {
        "patient": "患者",
        "task": "任务",
        "conversation": "会话",
        "contact": "随访",
        "appointment": "预约",
    }
    return f"{title.get(kind, kind)} {key[-6:]}".strip()


def _by_name(item: tuple[str, str]) -> str:
    return item[1]
