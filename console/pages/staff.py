"""Accounts (administrators) and the audit trail (head nurses and administrators)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Form, Request, Response

from console import accounts, admin, words
from console.accounts import SignedIn
from console.web import HOME, Admin, Console, Desk, HeadNurse, go, page_router, refused
from core.errors import Refusal

router = page_router()


@router.get("/accounts")
def index(request: Request, console: Desk, me: Admin) -> Response:
    return _accounts(request, console, me)


def _accounts(
    request: Request,
    console: Console,
    me: SignedIn,
    *,
    status: int = 200,
    error: tuple[str, str] | None = None,
    issued: tuple[str, str] | None = None,
) -> Response:
    """`issued`: user name and one-time password, shown this once."""
    with console.deps.database.reading() as session:
        rows = admin.accounts(session, console.deps.wall_clock.now())
    return console.page(request, "accounts.html", me, status=status, rows=rows, error=error, issued=issued)


@router.post("/accounts")
def create(
    request: Request,
    console: Desk,
    me: Admin,
    username: Annotated[str, Form(max_length=64)],
    display_name: Annotated[str, Form(max_length=64)],
    role: Annotated[str, Form(max_length=16)],
) -> Response:
    password = accounts.make_password()
    with console.deps.database.session() as session:
        made = accounts.create_account(
            session,
            username=username,
            display_name=display_name,
            role=role,
            password=password,
            at=console.deps.wall_clock.now(),
            actor=me.staff.actor,
            must_change_password=True,
        )
    if isinstance(made, Refusal):
        return _accounts(request, console, me, status=400, error=words.refusal(made))
    return _accounts(request, console, me, issued=(made.username, password))


@router.post("/accounts/{staff_id}/password")
def reset(request: Request, console: Desk, me: Admin, staff_id: str) -> Response:
    with console.deps.database.session() as session:
        password = accounts.reset_password(
            session, staff_id, at=console.deps.wall_clock.now(), actor=me.staff.actor
        )
        if isinstance(password, Refusal):
            raise refused(password)
        username = accounts.usernames(session)[staff_id]
    return _accounts(request, console, me, issued=(username, password))


@router.post("/accounts/{staff_id}/{change}")
def switch(
    request: Request, console: Desk, me: Admin, staff_id: str, change: Literal["enable", "disable"]
) -> Response:
    with console.deps.database.session() as session:
        refusal = accounts.set_active(
            session, staff_id, change == "enable", at=console.deps.wall_clock.now(), by=me.staff
        )
        if refusal:
            raise refused(refusal)
    return go(f"{HOME}/accounts?done=account", request)


@router.get("/audit")
def audit_trail(
    request: Request,
    console: Desk,
    me: HeadNurse,
    who: str = "",
    action: str = "",
    subject: str = "",
    before: str = "",
) -> Response:
    with console.deps.database.reading() as session:
        page = admin.audit_trail(session, who=who, action=action, subject=subject, before=before)
    return console.page(request, "audit.html", me, page=page, who=who, action=action, subject=subject)
