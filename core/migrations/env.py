"""Alembic's entry: connects and runs the migrations. Every room's tables are in one metadata."""

from __future__ import annotations

from alembic import context

import booking.tables
import channels.tables
import console.tables
import conversations.tables
import core.audit
import core.demo_clock
import followup.tables
import patients.tables
from core.database import Base, Database

database = Database(context.config.get_main_option("sqlalchemy.url"))
with database.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter a column: Alembic copies the table.
        render_as_batch=database.is_sqlite,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
database.close()
