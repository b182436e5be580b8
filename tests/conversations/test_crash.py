"""A process that dies at any step: after the restart nothing is lost and nothing doubled."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from conversations import Conversations, ScriptedBot
from conversations.tables import InboundMessage
from core import audit
from core.clock import FixedClock
from core.database import Database
from tests.conversations.support import EMERGENCY_WORDS, conversations, message

STEPS = ("_store", "_guard", "_take", "_ask", "_finish")


class Crash(Exception):
    """Stands for the death of the process: nothing in the pipeline handles it."""


def dying(step: str, when: str) -> type[Conversations]:
    """A room that dies before or after a step, once."""

    class Dying(Conversations):
        dead = False

        def __getattribute__(self, name: str) -> Any:
            found = super().__getattribute__(name)
            if name != step or type(self).dead:
                return found
            if name == "_ask":

                async def ask(*arguments: Any) -> Any:
                    type(self).dead = True
                    if when == "after":
                        await found(*arguments)
                    raise Crash

                return ask

            def run(*arguments: Any) -> Any:
                type(self).dead = True
                if when == "after":
                    found(*arguments)
                raise Crash

            return run

    return Dying


class Booking:
    """An action that books and writes its answer in one transaction."""

    def __init__(self, database: Database, room: Conversations, clock: FixedClock) -> None:
        self._database, self._room, self._clock = database, room, clock

    async def __call__(self, conversation: str, message_id: str, text: str) -> list[str]:
        with self._database.session() as session:
            audit.record(
                session, actor="patient:1", action="test.book", subject=message_id, at=self._clock.now()
            )
            self._room.say(session, conversation, f"约好了：{text}", in_reply_to=message_id)
        return []


def bookings(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(audit.AuditEvent.action == "test.book")) or 0


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_death_at_any_step_loses_and_doubles_nothing(
    database: Database, clock: FixedClock, step: str, when: str
) -> None:
    plain = conversations(database, clock)
    action = Booking(database, plain, clock)
    room = conversations(database, clock, ScriptedBot(action), kind=dying(step, when))
    with pytest.raises(Crash):
        await room.receive(message("确认", "m-1"))

    clock.advance(timedelta(minutes=1))
    restarted = conversations(database, clock, ScriptedBot(action))
    await restarted.recover()
    receipt = await restarted.receive(message("确认", "m-1"))
    assert receipt.duplicate is not (step == "_store" and when == "before")
    assert [reply.text for reply in receipt.replies] == ["约好了：确认"]
    assert bookings(database) == 1
    with database.reading() as session:
        lines = restarted.transcript(session, receipt.conversation_id)
    assert [line.author for line in lines] == ["patient", "bot"]
    assert (await restarted.receive(message("谢谢"))).replies[0].text == "约好了：谢谢"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["_store", "_guard"])
async def test_an_emergency_survives_a_death_before_or_after_its_check(
    database: Database, clock: FixedClock, step: str, when: str
) -> None:
    room = conversations(database, clock, kind=dying(step, when))
    with pytest.raises(Crash):
        await room.receive(message(EMERGENCY_WORDS, "m-1"))
    clock.advance(timedelta(minutes=1))
    bot = ScriptedBot()
    restarted = conversations(database, clock, bot)
    await restarted.recover()
    receipt = await restarted.receive(message(EMERGENCY_WORDS, "m-1"))
    (reply,) = receipt.replies
    assert "立即拨打120" in reply.text
    assert bot.turns == []
    with database.reading() as session:
        assert len(restarted.inbox(session)) == 1


async def test_an_emergency_is_answered_after_a_crash_before_the_bot_is_up(
    database: Database, clock: FixedClock
) -> None:
    for number, text in enumerate((EMERGENCY_WORDS, "谢谢")):
        with pytest.raises(Crash):
            room = conversations(database, clock, kind=dying("_guard", "before"))
            await room.receive(message(text, "m-1", address=f"page-{number}"))
    bot = ScriptedBot()
    bot.up = False
    restarted = conversations(database, clock, bot)
    assert await restarted.check_left_over() == 2
    with database.reading() as session:
        emergency = restarted.find(session, "web", "page-0")
        assert emergency is not None
        lines = restarted.transcript(session, emergency.id)
        assert [task.kind for task in restarted.inbox(session)] == ["emergency"]
    assert "立即拨打120" in lines[-1].text
    assert bot.turns == []
    assert await restarted.check_left_over() == 0


async def test_recovery_says_what_it_found_and_finds_nothing_the_second_time(
    database: Database, clock: FixedClock
) -> None:
    plain = conversations(database, clock)
    for number, (step, when) in enumerate([("_ask", "after"), ("_ask", "before"), ("_guard", "before")]):
        room = conversations(
            database, clock, ScriptedBot(Booking(database, plain, clock)), kind=dying(step, when)
        )
        with pytest.raises(Crash):
            await room.receive(message("确认", address=f"page-{number}"))
    clock.advance(timedelta(minutes=1))
    bot = ScriptedBot()
    restarted = conversations(database, clock, bot)
    first = await restarted.recover()
    assert (first.from_outbox, first.asked_again) == (1, 2)
    assert len(bot.turns) == 2
    second = await restarted.recover()
    assert (second.from_outbox, second.asked_again) == (0, 0)


async def test_a_message_that_kills_every_worker_ends_with_staff(
    database: Database, clock: FixedClock
) -> None:
    with pytest.raises(Crash):
        await conversations(database, clock, kind=dying("_ask", "before")).receive(message("确认", "m-1"))
    with database.session() as session:
        session.execute(update(InboundMessage).values(attempts=3))
    clock.advance(timedelta(minutes=1))
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    await room.recover()
    (reply,) = (await room.receive(message("确认", "m-1"))).replies
    assert "总机" in reply.text
    assert bot.turns == []
    with database.reading() as session:
        assert [task.kind for task in room.inbox(session)] == ["bot_unavailable"]


async def test_a_worker_waits_for_the_lease_of_a_dead_one_and_then_goes_on(
    database: Database, clock: FixedClock
) -> None:
    with pytest.raises(Crash):
        await conversations(database, clock, kind=dying("_ask", "before")).receive(message("第一条"))
    room = conversations(database, clock)
    second = asyncio.create_task(room.receive(message("第二条")))
    await asyncio.sleep(0.2)
    assert not second.done()
    clock.advance(timedelta(seconds=21))
    receipt = await asyncio.wait_for(second, 5)
    assert receipt.replies[0].text == "第二条"
    with database.reading() as session:
        lines = room.transcript(session, receipt.conversation_id)
    assert [line.text for line in lines if line.author == "bot"] == ["第一条", "第二条"]
