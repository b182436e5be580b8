"""The inbound pipeline: each message is stored once, checked, answered, in order."""

from __future__ import annotations

import asyncio

import pytest

from conversations import Dialogue, ScriptedBot, words
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


async def test_a_redelivery_gets_the_same_replies_and_is_not_processed_again(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    first = await room.receive(message("你好", "wx-1"))
    again = await room.receive(message("你好", "wx-1"))
    assert again.duplicate
    assert (again.message_id, again.replies) == (first.message_id, first.replies)
    assert len(bot.turns) == 1


async def test_the_same_provider_id_from_another_address_is_another_message(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    mine = await room.receive(message("我的事", "1", address="page-1"))
    other = await room.receive(message("别人的事", "1", address="page-2"))
    assert not other.duplicate
    assert other.conversation_id != mine.conversation_id
    assert other.replies[0].text == "别人的事"


@pytest.mark.parametrize("text", ["", "   \n", "😀👍", "？？", "\u200b", "🙏🏻👨‍👩‍👧"])
async def test_a_message_without_words_gets_a_friendly_nudge(
    database: Database, clock: FixedClock, text: str
) -> None:
    bot = ScriptedBot()
    receipt = await conversations(database, clock, bot).receive(message(text))
    assert [reply.text for reply in receipt.replies] == [words.NUDGE]
    assert bot.turns == []


async def test_a_message_without_words_does_not_lose_the_open_question(
    database: Database, clock: FixedClock
) -> None:
    house = conversations(database, clock, ScriptedBot())
    receipt = await house.receive(message("你好"))
    with database.session() as session:
        house.set_loop(session, receipt.conversation_id, "triage_form")
        house.say(session, receipt.conversation_id, "几天了？", [{"title": "一天", "payload": "一天"}])
    said = (await house.receive(message("？"))).replies
    assert [reply.text for reply in said] == [words.NUDGE_INSIDE, "几天了？"]
    assert [button["title"] for button in said[-1].buttons] == ["一天"]


@pytest.mark.parametrize("text", ["1", "I have a headache", "頭痛", "3️⃣", "𠮷", "A"])
async def test_anything_with_letters_or_digits_goes_to_the_bot(
    database: Database, clock: FixedClock, text: str
) -> None:
    bot = ScriptedBot()
    await conversations(database, clock, bot).receive(message(text))
    assert [said for _, _, said in bot.turns] == [text]


async def test_a_very_long_message_is_kept_whole_and_the_bot_reads_its_beginning(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    text = "我想问一下。" * 1667
    receipt = await room.receive(message(text))
    assert bot.turns[0][2] == text[:500]
    assert receipt.replies[-1].text == words.SHORTENED
    with database.reading() as session:
        assert room.transcript(session, receipt.conversation_id)[0].text == text


async def test_answers_of_actions_come_before_small_talk_with_buttons_and_card(
    database: Database, clock: FixedClock
) -> None:
    async def booked(conversation: str, message_id: str, _text: str) -> list[str]:
        with database.session() as session:
            room.say(
                session,
                conversation,
                "约好了。",
                [{"title": "改期", "payload": "改期"}],
                {"kind": "appointment"},
                in_reply_to=message_id,
            )
        return ["祝您早日康复。", "  "]

    room = conversations(database, clock, ScriptedBot(booked))
    receipt = await room.receive(message("确认"))
    assert [reply.text for reply in receipt.replies] == ["约好了。", "祝您早日康复。"]
    assert receipt.replies[0].buttons == ({"title": "改期", "payload": "改期"},)
    assert receipt.replies[0].card == {"kind": "appointment"}


@pytest.mark.parametrize(("channel", "state"), [("web", "delivered"), ("wechat", "planned")])
async def test_replies_are_delivered_on_return_only_where_the_channel_fetches_them(
    database: Database, clock: FixedClock, channel: str, state: str
) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message("你好", channel=channel))
    with database.reading() as session:
        (_, said) = room.transcript(session, receipt.conversation_id)
    assert said.state == state


async def test_while_the_bot_is_down_the_patient_is_told_and_one_task_is_opened(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    bot.up = False
    for _ in range(3):
        (reply,) = (await room.receive(message("我想挂号"))).replies
        assert "0571-88880000" in reply.text
        assert "120" in reply.text
    assert "立即拨打120" in (await room.receive(message(EMERGENCY_WORDS))).replies[0].text
    with database.reading() as session:
        assert [(task.kind, task.severity) for task in room.inbox(session)] == [
            ("emergency", "RED"),
            ("bot_unavailable", "AMBER"),
        ]
    bot.up = True
    assert (await room.receive(message("还在吗"))).replies[0].text == "还在吗"


async def test_a_bot_that_hangs_or_breaks_is_given_up(database: Database, clock: FixedClock) -> None:
    async def hangs(*_: str) -> list[str]:
        await asyncio.sleep(60)
        return []

    async def breaks(*_: str) -> list[str]:
        raise KeyError("boom")

    for script in (hangs, breaks):
        room = conversations(database, clock, ScriptedBot(script), patience=0.1)
        (reply,) = (await room.receive(message("我想挂号"))).replies
        assert "总机" in reply.text


async def test_a_bot_that_dies_after_the_booking_is_not_called_unavailable(
    database: Database, clock: FixedClock
) -> None:
    async def dies(conversation: str, message_id: str, _text: str) -> list[str]:
        with database.session() as session:
            room.say(session, conversation, "约好了。", in_reply_to=message_id)
        raise KeyError("boom")

    room = conversations(database, clock, ScriptedBot(dies))
    receipt = await room.receive(message("确认"))
    assert [reply.text for reply in receipt.replies] == ["约好了。"]
    with database.reading() as session:
        assert room.conversation(session, receipt.conversation_id).bot_stale
        assert room.inbox(session) == ()


async def test_a_bot_that_says_nothing_is_not_silence_for_the_patient(
    database: Database, clock: FixedClock
) -> None:
    async def silent(*_: str) -> list[str]:
        return []

    receipt = await conversations(database, clock, ScriptedBot(silent)).receive(message("嗯"))
    assert [reply.text for reply in receipt.replies] == [words.NOTHING_UNDERSTOOD]


async def test_a_loop_opened_from_outside_is_put_to_the_bot_before_its_next_turn(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    with database.session() as session:
        view = room.open(session, "web", "page-1")
        room.remember(session, view.id, Dialogue("booking_form"))
        room.set_loop(session, view.id, "followup_form")
        room.say(session, view.id, "您好，伤口还疼吗？", key="contact-1")
    await room.receive(message("不疼"))
    await room.receive(message("谢谢"))
    assert bot.resets == [(view.id, "followup_form")]


@pytest.mark.parametrize("after", [0.0, 0.1])
async def test_a_caller_who_goes_away_does_not_stop_the_answer(
    database: Database, clock: FixedClock, after: float
) -> None:
    async def slow(*_: str) -> list[str]:
        await asyncio.sleep(0.2)
        return ["好的"]

    bot = ScriptedBot(slow)
    room = conversations(database, clock, bot)
    caller = asyncio.create_task(room.receive(message("你好", "m-gone")))
    await asyncio.sleep(after)
    caller.cancel()
    await room.close()
    assert len(bot.turns) == 1
    assert (await room.receive(message("你好", "m-gone"))).replies[0].text == "好的"
    assert len(bot.turns) == 1


async def test_messages_of_several_people_do_not_wait_for_each_other(
    database: Database, clock: FixedClock
) -> None:
    go = asyncio.Event()

    async def first_waits(_conversation: str, _message: str, text: str) -> list[str]:
        if text == "慢":
            await go.wait()
        return [text]

    room = conversations(database, clock, ScriptedBot(first_waits))
    slow = asyncio.create_task(room.receive(message("慢", address="a")))
    await asyncio.sleep(0.05)
    assert (await asyncio.wait_for(room.receive(message("快", address="b")), 2)).replies[0].text == "快"
    go.set()
    await slow
