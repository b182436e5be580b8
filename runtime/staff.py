"""Accounts of staff from the command line: the first administrator, and a way back after a lost password."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from console import accounts, admin, words
from core.clock import SystemClock
from core.database import Database
from core.errors import BanzhenError, Refusal
from core.migrate import upgrade
from core.settings import Settings

FIRST = "admin"


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """Up to date; nothing else of the house is needed here."""
    upgrade(settings.url)
    database = Database(settings.url)
    try:
        yield database
    finally:
        database.close()


def first_administrator(settings: Settings, *, seen: bool) -> list[str]:
    """Make an administrator where there is no account at all; gives the lines to print, this once.

    `seen`: a person reads them. A password is not for a log, so else they only say how to get one.
    """
    with _database(settings) as database:
        missing = hint(database)
        if not missing:
            return []
        return [_made(database, FIRST, "管理员", accounts.Role.ADMIN) if seen else missing]


def hint(database: Database) -> str:
    """What to do if nobody can sign in yet; empty if somebody can."""
    with database.reading() as session:
        if accounts.usernames(session):
            return ""
    return f"还没有账号，请在命令行运行：./banzhen staff add {FIRST} --role admin"


def add(settings: Settings, username: str, name: str, role: str) -> str:
    """A new account with a one-time password. Raises BanzhenError."""
    with _database(settings) as database:
        return _made(database, username, name or username, role)


def reset(settings: Settings, username: str) -> str:
    """A new one-time password: lifts a lock and ends every session. Raises BanzhenError."""
    with _database(settings) as database, database.session() as session:
        known = {name: staff_id for staff_id, name in accounts.usernames(session).items()}
        staff_id = known.get(username.strip().lower())
        if staff_id is None:
            raise BanzhenError(
                "unknown_account", f"没有名为 {username} 的账号，可用 ./banzhen staff list 查看。"
            )
        password = accounts.reset_password(session, staff_id, at=SystemClock().now(), actor=_who())
        if isinstance(password, Refusal):
            raise _refused(password)
        return _issued(username.strip().lower(), password)


def every(settings: Settings) -> list[str]:
    """One line for each account."""
    with _database(settings) as database, database.reading() as session:
        rows = admin.accounts(session, SystemClock().now())
        return [
            f"{row.username}\t{row.display_name}\t{words.ROLES[row.role]}"
            + ("" if row.active else "\t已停用")
            + ("\t已锁定" if row.locked else "")
            for row in rows
        ]


def _made(database: Database, username: str, name: str, role: str) -> str:
    password = accounts.make_password()
    with database.session() as session:
        made = accounts.create_account(
            session,
            username=username,
            display_name=name,
            role=role,
            password=password,
            at=SystemClock().now(),
            actor=_who(),
            must_change_password=True,
        )
        if isinstance(made, Refusal):
            raise _refused(made)
        return _issued(made.username, password)


def _refused(refusal: Refusal) -> BanzhenError:
    title, message = words.refusal(refusal)
    return BanzhenError(refusal.code, f"{title}：{message}")


def _issued(username: str, password: str) -> str:
    return f"用户名 {username}  一次性密码 {password}（只显示这一次，登录后须改密码）"


def _who() -> str:
    """Whoever has the machine's command line, for the audit trail."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        # A container may run as a number without a name.
        user = "unknown"
    return f"command:{user}"[:64]
