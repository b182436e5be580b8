"""Tables of this room: who works at the console, and who is signed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Id, UtcDateTime, new_id


class StaffAccount(Base):
    """A person of the hospital who may sign in. Disabled, never deleted: audit rows name it."""

    __tablename__ = "staff_account"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    #: What is typed at sign-in; lower case.
    username: Mapped[str] = mapped_column(String(64), unique=True)
    #: What colleagues see, such as 李敏.
    display_name: Mapped[str] = mapped_column(String(64))
    #: `nurse`, `head_nurse` or `admin`; each may do what the one before it may.
    role: Mapped[str] = mapped_column(String(16))
    #: Argon2id, with its own salt and parameters.
    password_hash: Mapped[str] = mapped_column(String(255))
    #: The password was set by somebody else and must be replaced before anything else is done.
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    #: Wrong passwords since the last right one or the last lock.
    failed_logins: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class StaffSession(Base):
    """One signed-in browser. The cookie holds the token; only its hash is stored."""

    __tablename__ = "staff_session"

    #: SHA-256 of the cookie's token, hexadecimal.
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_account.id"), index=True)
    #: Expected in every request that changes something.
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Moved on while the browser is used; the session ends when it stands idle until then.
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
