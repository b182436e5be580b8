"""The unit of work, and what a reader may do."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from core import audit
from core.clock import FixedClock
from core.database import Database, new_id


def test_a_unit_of_work_is_all_or_nothing(database: Database, clock: FixedClock) -> None:
    with pytest.raises(RuntimeError), database.session() as session:
        audit.record(session, actor="system", action="a.b", subject="patient:1", at=clock.now())
        raise RuntimeError("half-way")
    with database.reading() as session:
        assert session.scalars(select(audit.AuditEvent)).all() == []


def test_reading_never_writes(database: Database, clock: FixedClock) -> None:
    with database.reading() as session:
        audit.record(session, actor="system", action="a.b", subject="patient:1", at=clock.now())
    with database.reading() as session:
        assert session.scalars(select(audit.AuditEvent)).all() == []


def test_a_reader_does_not_wait_for_a_writer(database: Database, clock: FixedClock) -> None:
    inside, done = threading.Event(), threading.Event()

    def write() -> None:
        with database.session() as session:
            audit.record(session, actor="system", action="a.b", subject="patient:1", at=clock.now())
            session.flush()
            inside.set()
            assert done.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    assert inside.wait(10)
    try:
        with database.reading() as session:
            assert session.scalars(select(audit.AuditEvent)).all() == []
    finally:
        done.set()
        writer.join()


def test_writers_of_one_database_wait_for_each_other(database: Database, clock: FixedClock) -> None:
    def write() -> None:
        with database.session() as session:
            audit.record(session, actor="system", action="a.b", subject="patient:1", at=clock.now())

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert len(session.scalars(select(audit.AuditEvent)).all()) == 8


def test_new_ids_are_unique_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [one[:16] for one in ids] == sorted(one[:16] for one in ids)
    assert all(len(one) == 32 for one in ids)
