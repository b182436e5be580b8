"""Staff accounts and their signed-in sessions. No web framework in here."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from console.tables import StaffAccount, StaffSession
from core import audit
from core.database import Database
from core.errors import Refusal

#: Wrong passwords in a row until the account is locked.
MAX_FAILURES = 5
LOCK_FOR = timedelta(minutes=15)
#: A session ends after this time without use.
IDLE = timedelta(hours=8)
MIN_PASSWORD = 10
MAX_PASSWORD = 128

#: Writing the expiry on every request would make every page a write; this step is fine enough.
_TOUCH_STEP = timedelta(minutes=5)
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


class Role(StrEnum):
    NURSE = "nurse"
    HEAD_NURSE = "head_nurse"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """True if this role may do what `needed` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Staff:
    """An account as pages see it."""

    id: str
    username: str
    display_name: str
    role: Role
    must_change_password: bool = False

    @property
    def actor(self) -> str:
        """How audit rows name this person."""
        return f"staff:{self.id}"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A valid session. `token` is the cookie's value."""

    staff: Staff
    csrf_token: str
    token: str


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def create_account(
    session: Session,
    *,
    username: str,
    display_name: str,
    role: Role | str,
    password: str,
    at: datetime,
    actor: str = "system",
    must_change_password: bool = False,
) -> StaffAccount | Refusal:
    """Add an account. Refuses `bad_username`, `bad_name`, `bad_role`, `weak_password`, `username_taken`."""
    username, display_name = username.strip().lower(), display_name.strip()
    if not _USERNAME.fullmatch(username):
        return Refusal("bad_username")
    if not 1 <= len(display_name) <= 32:
        return Refusal("bad_name")
    if role not in list(Role):
        return Refusal("bad_role")
    if refusal := check_password(password, username):
        return refusal
    if session.scalar(select(StaffAccount.id).where(StaffAccount.username == username)):
        return Refusal("username_taken", {"username": username})
    account = StaffAccount(
        username=username,
        display_name=display_name,
        role=str(role),
        password_hash=_hasher().hash(password),
        must_change_password=must_change_password,
        created_at=at,
    )
    session.add(account)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="accounts.create",
        subject=f"staff:{account.id}",
        at=at,
        detail={"role": str(role)},
    )
    return account


def check_password(password: str, username: str) -> Refusal | None:
    """Length over composition (NIST SP 800-63B), and never the user name itself."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        return Refusal("weak_password", {"min": str(MIN_PASSWORD)})
    if username in password.lower() or len(set(password)) < 4:
        return Refusal("weak_password", {"min": str(MIN_PASSWORD)})
    return None


def make_password() -> str:
    """A one-time password to hand to a colleague, without letters that look alike."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3))


def sign_in(
    database: Database, *, username: str, password: str, at: datetime, replaces: str | None = None
) -> SignedIn | Refusal:
    """Check a password and open a session with a new token.

    Refuses `wrong_login` (unknown, disabled or wrong, not told apart) and `locked` with `minutes`. The
    password is checked outside of the write transaction, because argon2 is slow on purpose; the lock is
    checked again inside it, so guesses sent at once gain nothing. `replaces`: the session token that the
    browser came with, which ends here.
    """
    username = username.strip().lower()
    with database.reading() as session:
        row = session.execute(
            select(StaffAccount.id, StaffAccount.password_hash, StaffAccount.active).where(
                StaffAccount.username == username
            )
        ).first()
    right = _hasher().verify(password[:MAX_PASSWORD], row.password_hash if row else _nobodys_hash())
    if row is None:
        return Refusal("wrong_login")
    with database.session() as session:
        account = session.scalars(
            select(StaffAccount).where(StaffAccount.id == row.id).with_for_update()
        ).one()
        if account.locked_until and account.locked_until > at:
            minutes = -(-(account.locked_until - at).total_seconds() // 60)
            return Refusal("locked", {"minutes": f"{minutes:.0f}"})
        if not right or not account.active:
            return _count_failure(session, account, at)
        account.failed_logins, account.locked_until, account.last_login_at = 0, None, at
        if replaces:
            session.execute(delete(StaffSession).where(StaffSession.token_hash == _hash(replaces)))
        session.execute(delete(StaffSession).where(StaffSession.expires_at <= at))
        signed_in = _open_session(session, account, at)
        audit.record(
            session,
            actor=signed_in.staff.actor,
            action="accounts.sign_in",
            subject=f"staff:{account.id}",
            at=at,
        )
        return signed_in


def _count_failure(session: Session, account: StaffAccount, at: datetime) -> Refusal:
    account.failed_logins += 1
    locked = account.failed_logins >= MAX_FAILURES
    if locked:
        account.failed_logins, account.locked_until = 0, at + LOCK_FOR
    audit.record(
        session,
        actor="system",
        action="accounts.locked" if locked else "accounts.wrong_password",
        subject=f"staff:{account.id}",
        at=at,
    )
    if locked:
        return Refusal("locked", {"minutes": f"{LOCK_FOR.total_seconds() / 60:.0f}"})
    return Refusal("wrong_login")


def _open_session(session: Session, account: StaffAccount, at: datetime) -> SignedIn:
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_hash=_hash(token), staff_id=account.id, csrf_token=csrf, created_at=at, expires_at=at + IDLE
        )
    )
    return SignedIn(_view(account), csrf, token)


def who_is(database: Database, token: str, at: datetime) -> SignedIn | None:
    """The session that a cookie's token names, or None if it is unknown, ended or its account disabled."""
    with database.reading() as session:
        found = session.execute(
            select(StaffSession, StaffAccount)
            .join(StaffAccount, StaffAccount.id == StaffSession.staff_id)
            .where(
                StaffSession.token_hash == _hash(token),
                StaffSession.expires_at > at,
                StaffAccount.active.is_(True),
            )
        ).first()
        if found is None:
            return None
        signed_in = SignedIn(_view(found.StaffAccount), found.StaffSession.csrf_token, token)
        stale = found.StaffSession.expires_at < at + IDLE - _TOUCH_STEP
    if stale:
        with database.session() as session:
            session.execute(
                update(StaffSession)
                .where(StaffSession.token_hash == _hash(token))
                .values(expires_at=at + IDLE)
            )
    return signed_in


def still_signed_in(session: Session, token: str, at: datetime) -> bool:
    """Like `who_is`, without prolonging the session: an open page alone is not use."""
    return (
        session.scalar(
            select(StaffSession.staff_id)
            .join(StaffAccount, StaffAccount.id == StaffSession.staff_id)
            .where(
                StaffSession.token_hash == _hash(token),
                StaffSession.expires_at > at,
                StaffAccount.active.is_(True),
            )
        )
        is not None
    )


def sign_out(session: Session, signed_in: SignedIn, at: datetime) -> None:
    session.execute(delete(StaffSession).where(StaffSession.token_hash == _hash(signed_in.token)))
    actor = signed_in.staff.actor
    audit.record(session, actor=actor, action="accounts.sign_out", subject=actor, at=at)


def change_password(
    session: Session, signed_in: SignedIn, *, current: str, new: str, at: datetime
) -> Refusal | None:
    """Replace one's own password and end one's other sessions. Refuses `wrong_password`, `weak_password`."""
    account = session.get_one(StaffAccount, signed_in.staff.id)
    if not _hasher().verify(current[:MAX_PASSWORD], account.password_hash):
        return Refusal("wrong_password")
    if refusal := check_password(new, account.username):
        return refusal
    account.password_hash, account.must_change_password = _hasher().hash(new), False
    session.execute(
        delete(StaffSession).where(
            StaffSession.staff_id == account.id, StaffSession.token_hash != _hash(signed_in.token)
        )
    )
    actor = signed_in.staff.actor
    audit.record(session, actor=actor, action="accounts.change_password", subject=actor, at=at)
    return None


def reset_password(session: Session, staff_id: str, *, at: datetime, actor: str) -> str | Refusal:
    """Set and return a one-time password, lift a lock and end every session of the account."""
    account = session.get(StaffAccount, staff_id)
    if account is None:
        return Refusal("unknown_account")
    password = make_password()
    account.password_hash, account.must_change_password = _hasher().hash(password), True
    account.failed_logins, account.locked_until = 0, None
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
    audit.record(session, actor=actor, action="accounts.reset_password", subject=f"staff:{staff_id}", at=at)
    return password


def set_active(session: Session, staff_id: str, active: bool, *, at: datetime, by: Staff) -> Refusal | None:
    """Disable an account, which ends its sessions, or enable it again. Refuses `own_account`."""
    if staff_id == by.id:
        return Refusal("own_account")
    account = session.get(StaffAccount, staff_id)
    if account is None:
        return Refusal("unknown_account")
    account.active = active
    if not active:
        session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
    audit.record(
        session,
        actor=by.actor,
        action="accounts.enable" if active else "accounts.disable",
        subject=f"staff:{staff_id}",
        at=at,
    )
    return None


def names(session: Session) -> dict[str, str]:
    """Account id → display name, disabled ones too: old work still names them."""
    rows = session.execute(select(StaffAccount.id, StaffAccount.display_name))
    return {row.id: row.display_name for row in rows}


def usernames(session: Session) -> dict[str, str]:
    """Account id → what is typed at sign-in."""
    return {row.id: row.username for row in session.execute(select(StaffAccount.id, StaffAccount.username))}


def colleagues(session: Session) -> tuple[tuple[str, str], ...]:
    """Id and display name of every active account, by name."""
    rows = session.execute(
        select(StaffAccount.id, StaffAccount.display_name)
        .where(StaffAccount.active.is_(True))
        .order_by(StaffAccount.display_name)
    )
    return tuple((row.id, row.display_name) for row in rows)


def _view(account: StaffAccount) -> Staff:
    return Staff(
        id=account.id,
        username=account.username,
        display_name=account.display_name,
        role=Role(account.role),
        must_change_password=account.must_change_password,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
