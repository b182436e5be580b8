"""The live stream of the pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from console import accounts, live
from console.accounts import SignedIn
from console.web import COOKIE
from tests.console.conftest import World


async def no_pause(seconds: float) -> None:
    await asyncio.sleep(0)


def someone(world: World) -> SignedIn:
    nurse = world.signed_in("li")
    found = accounts.who_is(world.database, nurse.client.cookies[COOKIE], world.clock.now())
    assert found is not None
    return found


async def next_event(stream: AsyncIterator[str]) -> str:
    """The next one that is not a comment."""
    while (event := await asyncio.wait_for(anext(stream), 10)).startswith(":"):
        pass
    return event


async def test_the_stream_speaks_at_the_start_and_at_every_change(world: World) -> None:
    me = someone(world)
    stream = live.events(world.deps, me, no_pause)
    first = await next_event(stream)
    assert first.startswith("event: changed\n")
    world.task()
    second = await next_event(stream)
    assert second.startswith("event: changed\n")
    assert second != first


async def test_a_claim_and_a_message_are_changes(world: World) -> None:
    me, task = someone(world), world.task()
    stream = live.events(world.deps, me, no_pause)
    await next_event(stream)
    with world.database.session() as session:
        world.conversations.claim_task(session, task.id, me.staff.id, world.clock.now())
    assert (await next_event(stream)).startswith("event: changed")
    with world.database.session() as session:
        world.conversations.say(session, task.conversation_id, "您好")
    assert (await next_event(stream)).startswith("event: changed")


async def test_while_nothing_changes_only_comments_keep_the_stream_open(world: World) -> None:
    stream = live.events(world.deps, someone(world), no_pause)
    await next_event(stream)
    assert (await asyncio.wait_for(anext(stream), 10)).startswith(":")


async def test_the_stream_ends_with_the_session_and_does_not_prolong_it(world: World) -> None:
    stream = live.events(world.deps, someone(world), no_pause)
    await next_event(stream)
    world.clock.advance(accounts.IDLE + timedelta(seconds=1))
    assert (await next_event(stream)).startswith("event: signed_out")
    assert [event async for event in stream] == []


def test_the_stream_needs_a_sign_in(world: World) -> None:
    assert world.browser().get("/console/events").status_code == 303
