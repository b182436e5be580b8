"""The migrations make exactly the tables that the code speaks of, on both kinds of database."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from core.database import Base, Database
from core.migrate import upgrade
from tests.conftest import POSTGRES_URL, import_all_tables


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def test_an_upgraded_database_has_what_the_code_speaks_of(kind: str, tmp_path: Path) -> None:
    if kind == "postgresql":
        if not POSTGRES_URL:
            pytest.skip("BANZHEN_TEST_POSTGRES_URL is not set")
        database = Database(POSTGRES_URL)
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    else:
        database = Database(f"sqlite:///{tmp_path / 'migrated.db'}")
    import_all_tables()
    upgrade(database.url)
    upgrade(database.url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: not (kind == "table" and name == "moment_of_the_tests"),
            },
        )
        differences = [
            one for one in compare_metadata(context, Base.metadata) if "moment_of_the_tests" not in str(one)
        ]
    database.close()
    assert differences == []
