"""Rooms are closed after each test, so that no turn outlives its database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conversations import support


@pytest.fixture(autouse=True)
async def _close_rooms() -> AsyncIterator[None]:
    yield
    for room in support.rooms:
        await room.close()
    support.rooms.clear()
