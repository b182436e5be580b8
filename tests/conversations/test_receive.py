"""The inbound pipeline: each message is stored once, checked, answered, in order."""

from __future__ import annotations

import asyncio

from conversations import ScriptedBot
from core.clock import FixedClock
from core.database import Database
from tests.conversations.support import EMERGENCY_WORDS, conversations, message


async def test_a_message_is_answered_by_the_bot(database: Database, clock: FixedClock) -> None:
    bot = ScriptedBot()
    receipt = await conversations(database, clock, bot).receive(message("你好"))
    assert [reply.text for reply in receipt.replies] == ["你好"]
    assert not receipt.duplicate
    assert bot.turns == [(receipt.conversation_id, receipt.message_id, "你好")]


async def test_an_emergency_is_answered_at_once_and_the_bot_is_not_asked(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    receipt = await room.receive(message(EMERGENCY_WORDS))
    (reply,) = receipt.replies
    assert "立即拨打120" in reply.text
    assert "0571-88880120" in reply.text
    assert reply.card is not None
    assert reply.card["kind"] == "emergency"
    assert bot.turns == []
    with database.reading() as session:
        view = room.conversation(session, receipt.conversation_id)
        (task,) = room.inbox(session)
    assert (view.level, view.red_flags, view.bot_stale) == ("I", ("rf_C01",), True)
    assert (task.kind, task.severity) == ("emergency", "RED")


async def test_twenty_messages_at_once_are_all_answered_in_order(
    database: Database, clock: FixedClock
) -> None:
    async def slow(_conversation: str, _message: str, text: str) -> list[str]:
        await asyncio.sleep(0.005)
        return [text]

    bot = ScriptedBot(slow)
    room = conversations(database, clock, bot)
    first = await room.receive(message("第0条"))
    receipts = await asyncio.gather(*(room.receive(message(f"第{n}条")) for n in range(1, 21)))
    assert [r.replies[0].text for r in receipts] == [f"第{n}条" for n in range(1, 21)]
    with database.reading() as session:
        lines = room.transcript(session, first.conversation_id)
    asked = [line.text for line in lines if line.author == "patient"]
    assert [text for _, _, text in bot.turns] == asked
    assert len(asked) == 21
