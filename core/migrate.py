"""Bringing a database to the current version with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration, without a file."""
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER))
    # Alembic interpolates %; a password may hold one.
    settings.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return settings


def upgrade(url: str) -> None:
    """Upgrade to the newest version. Running it again changes nothing."""
    command.upgrade(config(url), "head")
