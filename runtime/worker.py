"""The worker process: APScheduler ticks; what is due is a question to the database, so any number may run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from actions.base import Rooms
from channels import push_channels
from conversations import Sender
from core.clock import SHANGHAI
from core.logs import configure
from core.settings import Settings
from runtime.house import open_house

log = structlog.get_logger()

#: A tick that comes late still runs, seconds; one that is still running is not started again.
_GRACE = 3600


def run_worker(settings: Settings) -> None:
    """Tick until stopped."""
    configure()
    rooms = open_house(settings)
    asyncio.run(_tick_for_ever(settings, rooms))


async def _tick_for_ever(settings: Settings, rooms: Rooms) -> None:
    channels = push_channels(settings.sms, database=rooms.database, clock=rooms.clock, cipher=rooms.cipher)
    sender = Sender(database=rooms.database, desk=rooms.conversations, clock=rooms.clock, channels=channels)
    scheduler = AsyncIOScheduler(
        timezone=SHANGHAI,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": _GRACE},
    )
    every = {"trigger": "interval", "seconds": settings.tick_seconds}
    scheduler.add_job(_guarded("send", sender.tick), **every)
    scheduler.add_job(_guarded("followup", _in_thread(dispatch, rooms)), **every)
    scheduler.add_job(_guarded("waiting", _in_thread(call_for_waiting, rooms)), **every)
    scheduler.add_job(_guarded("schedule", _in_thread(extend_schedule, rooms)), "interval", hours=1)
    scheduler.add_job(_guarded("reconcile", _in_thread(reconcile, rooms)), "cron", hour=2, minute=30)
    await asyncio.to_thread(extend_schedule, rooms)
    scheduler.start()
    await asyncio.Event().wait()


def dispatch(rooms: Rooms) -> None:
    """Open every follow-up contact that is due."""
    with rooms.database.session() as session:
        rooms.followup.dispatch_due(session, rooms.clock.now())


def call_for_waiting(rooms: Rooms) -> None:
    """Call somebody for patients whom the nurse of their conversation leaves without an answer."""
    with rooms.database.session() as session:
        rooms.conversations.call_for_waiting(session, rooms.clock.now())


def reconcile(rooms: Rooms) -> None:
    """Prove that no planned contact was silently missed, and open a task for each that was."""
    with rooms.database.session() as session:
        rooms.followup.reconcile(session, rooms.clock.now())


def extend_schedule(rooms: Rooms) -> None:
    """Open the slots of the coming days."""
    with rooms.database.session() as session:
        rooms.booking.ensure_schedule(
            session, rooms.clock.now().date(), rooms.hospital.booking.days_ahead + 1
        )


def _in_thread(job: Callable[[Rooms], None], rooms: Rooms) -> Callable[[], Awaitable[None]]:
    return lambda: asyncio.to_thread(job, rooms)


def _guarded(name: str, job: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await job()
        except Exception as error:
            log.error("tick failed", job=name, error=type(error).__name__, exc_info=error)

    return run
