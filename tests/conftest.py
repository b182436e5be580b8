"""Fixtures that every tier shares."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from core.clock import SHANGHAI, FixedClock
from core.crypto import FieldCipher
from core.database import Base, Database

#: The tests' time: a Monday morning.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)

#: Where tables are defined.
TABLES = (
    "booking.tables",
    "channels.tables",
    "console.tables",
    "conversations.tables",
    "core.audit",
    "core.demo_clock",
    "followup.tables",
    "patients.tables",
)

POSTGRES_URL = os.environ.get("BANZHEN_TEST_POSTGRES_URL")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def cipher() -> FieldCipher:
    return FieldCipher.for_tests()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied: making them takes longer than most tests."""
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    store = Database(f"sqlite:///{file}")
    import_all_tables()
    Base.metadata.create_all(store.engine)
    store.close()
    return file


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)],
)
def database(request: pytest.FixtureRequest, tmp_path: Path, empty_sqlite: Path) -> Iterator[Database]:
    """A fresh, empty database with all tables; every test that uses it runs on both kinds."""
    if request.param == "sqlite":
        store = Database(f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'test.db')}")
    else:
        if not POSTGRES_URL:
            pytest.skip("BANZHEN_TEST_POSTGRES_URL is not set")
        store = Database(POSTGRES_URL)
        with store.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        import_all_tables()
        Base.metadata.create_all(store.engine)
    yield store
    store.close()


def import_all_tables() -> None:
    """Make every room's tables known to the metadata."""
    for module in TABLES:
        importlib.import_module(module)


def require(condition: bool, reason: str) -> None:
    """Skip where something is missing; in CI nothing may be missing."""
    if condition:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; CI must have it")
    pytest.skip(reason)
