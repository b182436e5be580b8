"""Where time comes from. Nothing else in the project reads the system time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time of the hospital."""

    def now(self) -> datetime:
        """The current moment, aware, in Asia/Shanghai."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC).astimezone(SHANGHAI)


class FixedClock:
    """A clock that stands still until it is moved: for tests and scripted talk."""

    def __init__(self, at: datetime) -> None:
        self.move_to(at)

    def now(self) -> datetime:
        return self._at

    def move_to(self, at: datetime) -> None:
        """Set the clock. Raises ValueError for a time without a zone."""
        if at.tzinfo is None:
            raise ValueError("a clock needs a time with a zone")
        self._at = at.astimezone(SHANGHAI)

    def advance(self, by: timedelta) -> None:
        self._at += by
