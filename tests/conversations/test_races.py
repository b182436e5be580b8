"""Several workers on one database: one row per message, one turn at a time, in order."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from conversations import Conversations, ScriptedBot
from conversations.tables import Conversation, InboundMessage
from core.clock import FixedClock
from core.database import Database
from tests.conversations.support import conversations, message

pytestmark = pytest.mark.concurrency


class SlowBot(ScriptedBot):
    """Notes whether two turns of one conversation ever run at once."""

    def __init__(self, seconds: float = 0.02) -> None:
        super().__init__()
        self._seconds = seconds
        self.running = 0
        self.most = 0

    async def turn(self, conversation_id: str, message_id: str, text: str) -> list[str]:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self._seconds)
        self.running -= 1
        return list(await super().turn(conversation_id, message_id, text))


class Unlocked(Conversations):
    """The negative control: every worker thinks that it has the lease."""

    def _lease(self, session: Session, conversation_id: str) -> bool:
        return True


async def test_one_provider_id_delivered_at_once_to_two_workers_is_one_message(
    database: Database, clock: FixedClock
) -> None:
    bot = SlowBot()
    one, two = conversations(database, clock, bot), conversations(database, clock, bot)
    receipts = await asyncio.gather(*(room.receive(message("你好", "wx-1")) for room in (one, two) * 5))
    assert len({receipt.message_id for receipt in receipts}) == 1
    assert {receipt.replies for receipt in receipts} == {receipts[0].replies}
    assert sum(not receipt.duplicate for receipt in receipts) == 1
    assert len(bot.turns) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(InboundMessage)) == 1
        assert session.scalar(select(func.count()).select_from(Conversation)) == 1


async def test_two_workers_answer_one_conversation_one_turn_at_a_time_and_in_order(
    database: Database, clock: FixedClock
) -> None:
    bot = SlowBot()
    one, two = conversations(database, clock, bot), conversations(database, clock, bot)
    receipts = await asyncio.gather(*((one, two)[n % 2].receive(message(f"第{n}条")) for n in range(10)))
    assert [receipt.replies[0].text for receipt in receipts] == [f"第{n}条" for n in range(10)]
    assert bot.most == 1
    with database.reading() as session:
        lines = one.transcript(session, receipts[0].conversation_id)
        row = session.get_one(Conversation, receipts[0].conversation_id)
        assert row.lease_owner is None
    assert [text for _, _, text in bot.turns] == [line.text for line in lines if line.author == "patient"]


async def test_without_the_lease_the_same_test_sees_two_turns_at_once(
    database: Database, clock: FixedClock
) -> None:
    bot = SlowBot(0.1)
    one, two = (conversations(database, clock, bot, kind=Unlocked) for _ in range(2))
    await asyncio.gather(*((one, two)[n % 2].receive(message(f"第{n}条")) for n in range(6)))
    assert bot.most > 1


async def test_two_nurses_claim_a_task_at_once_and_one_gets_it(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    with database.session() as session:
        task = room.open_task(session, kind="complaint", severity="GREEN", reason="等候太久")

    def claim(staff_id: str) -> bool:
        with database.session() as session:
            return hasattr(room.claim_task(session, task.id, staff_id, clock.now()), "claimed_by")

    won = await asyncio.gather(*(asyncio.to_thread(claim, f"n{n}") for n in range(8)))
    assert sum(won) == 1


async def test_one_source_opens_one_task_however_many_open_it_at_once(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)

    def open_one() -> str:
        with database.session() as session:
            return room.open_task(
                session, kind="followup", severity="AMBER", reason="伤口红肿", source_ref="contact-1"
            ).id

    ids = await asyncio.gather(*(asyncio.to_thread(open_one) for _ in range(8)))
    assert len(set(ids)) == 1


async def test_messages_said_at_once_have_an_order_that_live_pages_can_follow(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    with database.session() as session:
        conversation = room.open(session, "web", "page-1").id

    def say(number: int) -> None:
        with database.session() as session:
            room.say(session, conversation, f"{number}")

    async def follow() -> list[str]:
        seen: list[str] = []
        after = None
        while len(seen) < 12:
            with database.reading() as session:
                for line in room.since(session, conversation, after):
                    seen.append(line.text)
                    after = line.id
            await asyncio.sleep(0.005)
        return seen

    page = asyncio.create_task(follow())
    await asyncio.gather(*(asyncio.to_thread(say, n) for n in range(12)))
    assert sorted(await asyncio.wait_for(page, 10), key=int) == [str(n) for n in range(12)]
