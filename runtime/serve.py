"""The service process."""

from __future__ import annotations

import sys

import uvicorn

from app import create_app
from conversations import RasaBot
from core.logs import configure
from core.settings import Settings
from runtime import staff
from runtime.house import open_house


def run_service(settings: Settings) -> None:
    """Serve until stopped."""
    configure()
    bot = RasaBot(f"http://127.0.0.1:{settings.bot_port}", settings.bot_token, settings.bot_timeout)
    rooms = open_house(settings, bot)
    if missing := staff.hint(rooms.database):
        sys.stderr.write(f"伴诊：{missing}\n")
    uvicorn.run(
        create_app(settings, rooms, bot),
        host=settings.host,
        port=settings.port,
        # The log is ours (core.logs): uvicorn's own would print the messages of errors.
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
