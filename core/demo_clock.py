"""The demonstration's clock: the machine's time plus an offset that people may move forward."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from sqlalchemy import Float, Integer
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import SystemClock
from core.database import Base, Database

#: Other processes see a move after at most this many seconds.
_CACHE_SECONDS = 1.0
_ROW = 1


class DemoClockOffset(Base):
    __tablename__ = "demo_clock"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    offset_seconds: Mapped[float] = mapped_column(Float, default=0.0)


class DemoClock:
    """A `Clock` for all processes of a demonstration: its offset is a row, so they agree."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._system = SystemClock()
        self._offset = timedelta()
        self._read_at = float("-inf")

    def now(self) -> datetime:
        if time.monotonic() - self._read_at > _CACHE_SECONDS:
            with self._database.reading() as session:
                row = session.get(DemoClockOffset, _ROW)
                self._offset = timedelta(seconds=row.offset_seconds if row else 0.0)
            self._read_at = time.monotonic()
        return self._system.now() + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward and give the new time. Raises ValueError for a move back."""
        if by < timedelta():
            raise ValueError("the demonstration's clock only moves forward")
        with self._database.session() as session:
            row = session.get(DemoClockOffset, _ROW)
            if row is None:
                row = DemoClockOffset(id=_ROW, offset_seconds=0.0)
                session.add(row)
            row.offset_seconds += by.total_seconds()
        self._read_at = float("-inf")
        return self.now()
