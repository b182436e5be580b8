"""Time comes from one place, always with a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import SHANGHAI, FixedClock, SystemClock
from core.database import Base, Database, Id, UtcDateTime, new_id
from core.demo_clock import DemoClock


class Moment(Base):
    __tablename__ = "moment_of_the_tests"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def test_the_system_clock_speaks_shanghai_time() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(hours=8)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_fixed_clock_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        FixedClock(datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001


def test_times_come_back_from_the_database_as_the_same_moment_in_shanghai(database: Database) -> None:
    at = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    with database.session() as session:
        session.add(Moment(id="1", at=at))
    with database.reading() as session:
        stored = session.get_one(Moment, "1").at
    assert stored == at
    assert stored.tzinfo == SHANGHAI
    assert stored.hour == 9


def test_the_database_refuses_a_time_without_a_zone(database: Database) -> None:
    with pytest.raises(Exception, match="zone"), database.session() as session:
        session.add(Moment(id="1", at=datetime(2026, 11, 23)))  # noqa: DTZ001


def test_a_moved_demo_clock_is_seen_by_another_process(database: Database) -> None:
    mine, theirs = DemoClock(database), DemoClock(database)
    before = mine.now()
    mine.advance(timedelta(days=1))
    assert theirs.now() - before >= timedelta(days=1)


def test_a_demo_clock_only_moves_forward(database: Database) -> None:
    with pytest.raises(ValueError, match="forward"):
        DemoClock(database).advance(timedelta(hours=-1))
