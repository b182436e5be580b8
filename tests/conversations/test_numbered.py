"""Options on a channel without buttons: offered as numbers, and a number sent back is that option."""

from __future__ import annotations

import pytest

from conversations import ScriptedBot
from conversations import text as texts
from core.clock import FixedClock
from core.database import Database
from tests.conversations.support import conversations, message

_OPTIONS = [{"title": title, "payload": f"我{title}"} for title in ("不疼", "有点疼", "胸口压得喘不上气")]


async def _after(database: Database, clock: FixedClock, said: str, text: str, channel: str = "sms") -> str:
    """What the bot is given when a patient answers `text` with `said`; empty if the guard answered."""
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    with database.session() as session:
        talk = room.open(session, channel, "+8613800000001")
        room.say(session, talk.id, text, buttons=_OPTIONS)
    await room.receive(message(said, address="+8613800000001", channel=channel))
    return bot.turns[0][2] if bot.turns else ""


@pytest.mark.parametrize("said", ["2", "２", "2。", "选2", "第二个", " 2 "])
async def test_the_number_of_an_option_says_its_words(
    database: Database, clock: FixedClock, said: str
) -> None:
    assert await _after(database, clock, said, "伤口疼吗？") == "我有点疼"


@pytest.mark.parametrize("said", ["4", "0", "2 天了", "12", "二十"])
async def test_other_numbers_stay_what_they_are(database: Database, clock: FixedClock, said: str) -> None:
    assert await _after(database, clock, said, "伤口疼吗？") == said


async def test_a_question_for_a_number_is_answered_by_it(database: Database, clock: FixedClock) -> None:
    assert await _after(database, clock, "2", "一天大便几次？") == "2"


async def test_a_page_with_buttons_needs_no_numbers(database: Database, clock: FixedClock) -> None:
    assert await _after(database, clock, "2", "伤口疼吗？", channel="web") == "2"


async def test_the_guard_reads_the_words_of_the_option(database: Database, clock: FixedClock) -> None:
    assert await _after(database, clock, "3", "现在怎么样？") == ""


async def test_only_the_options_of_the_latest_answer_count(database: Database, clock: FixedClock) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    with database.session() as session:
        talk = room.open(session, "sms", "+8613800000001")
        room.say(session, talk.id, "伤口疼吗？", buttons=_OPTIONS)
    for said in ("有点疼", "2"):
        await room.receive(message(said, address="+8613800000001", channel="sms"))
    assert [text for _, _, text in bot.turns] == ["有点疼", "2"]


def test_options_of_a_question_for_a_number_are_told_in_words() -> None:
    assert texts.numbered("疼痛大概几分？", _OPTIONS) == ()
    assert texts.numbered("您说的几种情况都记下了。\n伤口疼吗？", _OPTIONS) == tuple(_OPTIONS)
