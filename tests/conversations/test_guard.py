"""The safety guard: in every context, never lowered, and never silent when it breaks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conversations import Conversations, Dialogue, Inbound, Receipt, ScriptedBot, safety
from core.clock import FixedClock
from core.database import Database
from tests import loaded
from tests.conversations.support import EMERGENCY_WORDS, SmallGuard, conversations, message
from triage.model import Action, Case, Level, Reading, RedFlagHit


def opened(database: Database, room: Conversations, receipt: Receipt, loop: str) -> None:
    with database.session() as session:
        room.remember(session, receipt.conversation_id, Dialogue(loop, {"booking": {"slot": "x"}}))


async def test_a_red_flag_in_a_booking_closes_it_and_the_bot_is_put_back(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    first = await room.receive(message("挂号"))
    opened(database, room, first, "booking_form")
    await room.receive(message(EMERGENCY_WORDS))
    with database.reading() as session:
        view = room.conversation(session, first.conversation_id)
    assert view.dialogue.loop is None
    assert view.bot_stale
    await room.receive(message("好的，我打了"))
    assert bot.resets == [(first.conversation_id, None)]
    assert [text for _, _, text in bot.turns] == ["挂号", "好的，我打了"]
    with database.reading() as session:
        assert not room.conversation(session, first.conversation_id).bot_stale


async def test_findings_add_up_over_messages(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    assert "120" not in (await room.receive(message("胸口压得慌"))).replies[0].text
    assert "立即拨打120" in (await room.receive(message("现在喘不上气"))).replies[0].text


async def test_the_same_emergency_said_again_is_answered_again_with_one_task(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    await room.receive(message(EMERGENCY_WORDS))
    again = await room.receive(message("胸口压着还是疼"))
    assert "立即拨打120" in again.replies[0].text
    assert bot.turns == []
    with database.reading() as session:
        assert len(room.inbox(session)) == 1


async def test_after_staff_closed_the_emergency_a_new_mention_opens_another_task(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    await room.receive(message(EMERGENCY_WORDS))
    with database.session() as session:
        (task,) = room.inbox(session)
        room.claim_task(session, task.id, "n1", clock.now())
        room.close_task(session, task.id, "n1", "called_120", "家属已拨打", clock.now())
    await room.receive(message(EMERGENCY_WORDS))
    with database.reading() as session:
        (second,) = room.inbox(session)
    assert second.id != task.id


async def test_reassurance_does_not_lower_a_red_flag(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message(EMERGENCY_WORDS))
    await room.receive(message("没事了，好多了，不用管"))
    with database.session() as session:
        assert not room.reset_case(session, receipt.conversation_id)
        room.save_case(session, receipt.conversation_id, Case(), Level.IV)
    with database.reading() as session:
        view = room.conversation(session, receipt.conversation_id)
    assert view.level == "I"
    assert view.red_flags == ("rf_C01",)
    assert view.case.raised == ("rf_C01",)


async def test_care_for_another_person_starts_a_case_of_its_own(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message(EMERGENCY_WORDS))
    with database.session() as session:
        assert room.reset_case(session, receipt.conversation_id, another_person=True)
    with database.reading() as session:
        assert room.conversation(session, receipt.conversation_id).red_flags == ()
        assert len(room.inbox(session)) == 1


@pytest.mark.parametrize(
    ("hours", "closed", "kept"), [(11, True, True), (13, True, False), (13, False, True), (25, False, False)]
)
async def test_a_case_ends_by_silence_and_later_while_its_emergency_is_open(
    database: Database, clock: FixedClock, hours: int, closed: bool, kept: bool
) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message(EMERGENCY_WORDS))
    if closed:
        with database.session() as session:
            (task,) = room.inbox(session)
            room.claim_task(session, task.id, "n1", clock.now())
            room.close_task(session, task.id, "n1", "called_120", "家属已拨打", clock.now())
    clock.advance(timedelta(hours=hours))
    await room.receive(message("你好"))
    with database.reading() as session:
        view = room.conversation(session, receipt.conversation_id)
    assert (view.red_flags == ("rf_C01",)) is kept
    assert (view.level == "I") is kept


async def test_silence_closes_a_booking_but_not_a_follow_up(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message("你好"))
    for loop, after in (("booking_form", None), ("followup_form", "followup_form")):
        opened(database, room, receipt, loop)
        clock.advance(timedelta(hours=13))
        await room.receive(message("在吗"))
        with database.reading() as session:
            dialogue = room.conversation(session, receipt.conversation_id).dialogue
        assert dialogue.loop == after
        assert "booking" not in dialogue.topics


async def test_after_a_silence_the_follow_up_that_a_booking_interrupted_goes_on(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    receipt = await room.receive(message("你好"))
    with database.session() as session:
        interrupted = Dialogue("booking_form", suspended=("triage_form", "followup_form"))
        room.remember(session, receipt.conversation_id, interrupted)
    clock.advance(timedelta(hours=13))
    await room.receive(message("在吗"))
    with database.reading() as session:
        dialogue = room.conversation(session, receipt.conversation_id).dialogue
    assert dialogue == Dialogue("followup_form")
    assert bot.resets == [(receipt.conversation_id, "followup_form")]


async def test_a_conversation_that_a_nurse_holds_is_still_guarded(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    receipt = await room.receive(message("你好"))
    with database.session() as session:
        room.take_over(session, receipt.conversation_id, "n1")
    assert (await room.receive(message("在吗"))).replies == ()
    assert "立即拨打120" in (await room.receive(message(EMERGENCY_WORDS))).replies[0].text
    assert len(bot.turns) == 1
    with database.reading() as session:
        assert room.unread(session, "n1") == 2
        assert [view.unread for view in room.held(session, "n1")] == [2]


@pytest.mark.parametrize(("text", "number"), [("我真的不想活了", "12356"), ("他又打我", "110")])
async def test_self_harm_and_violence_get_care_a_helpline_and_a_person(
    database: Database, clock: FixedClock, text: str, number: str
) -> None:
    room = conversations(database, clock)
    (reply,) = (await room.receive(message(text))).replies
    assert number in reply.text
    assert "工作人员" in reply.text
    with database.reading() as session:
        (task,) = room.inbox(session)
    assert task.kind == "emergency"
    assert task.due_at - task.created_at == timedelta(minutes=5)


async def test_a_guard_that_breaks_never_reads_as_no_red_flag(database: Database, clock: FixedClock) -> None:
    bot, guard = ScriptedBot(), SmallGuard()
    room = conversations(database, clock, bot, guard)
    guard.broken = True
    for _ in range(2):
        (reply,) = (await room.receive(message("我有点难受"))).replies
        assert "120" in reply.text
        assert "护士" in reply.text
    assert bot.turns == []
    with database.reading() as session:
        (task,) = room.inbox(session)
    assert (task.kind, task.severity) == ("unanswered", "RED")


async def test_the_guard_reads_a_long_message_to_its_end(database: Database, clock: FixedClock) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    receipt = await room.receive(message("我最近睡不好。" * 1400 + EMERGENCY_WORDS))
    assert "立即拨打120" in receipt.replies[0].text
    assert bot.turns == []


async def test_a_message_too_long_for_the_guard_counts_as_not_checked(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message("啊" * 30_000))
    assert "护士" in receipt.replies[0].text
    with database.reading() as session:
        assert room.inbox(session)[0].severity == "RED"
        assert len(room.transcript(session, receipt.conversation_id)[0].text) == 30_000


async def test_invisible_characters_do_not_hide_a_red_flag(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message("我胸\u200b口\x00压得喘\u2060不上\u202e气"))
    assert "立即拨打120" in receipt.replies[0].text


async def test_the_guard_knows_the_question_that_triage_asked(database: Database, clock: FixedClock) -> None:
    guard = SmallGuard()
    room = conversations(database, clock, guard=guard)
    receipt = await room.receive(message("肚子疼"))
    with database.session() as session:
        room.remember(session, receipt.conversation_id, Dialogue("triage_form"))
        room.save_case(session, receipt.conversation_id, Case(asked=("q_fever",)))
    await room.receive(message("有"))
    opened(database, room, receipt, "booking_form")
    await room.receive(message("有"))
    assert guard.asked == [None, "q_fever", None]


async def test_an_emergency_during_a_slow_turn_is_answered_at_once_and_the_turn_cannot_reopen_the_booking(
    database: Database, clock: FixedClock
) -> None:
    go = asyncio.Event()

    async def slow(conversation: str, message_id: str, text: str) -> list[str]:
        await go.wait()
        with database.session() as session:
            room.remember(session, conversation, Dialogue("booking_form"))
            room.say(session, conversation, "您想挂哪一天？", in_reply_to=message_id)
        return []

    room = conversations(database, clock, ScriptedBot(slow))
    booking = asyncio.create_task(room.receive(message("挂号")))
    await asyncio.sleep(0.1)
    emergency = await asyncio.wait_for(room.receive(message(EMERGENCY_WORDS)), 2)
    assert "立即拨打120" in emergency.replies[0].text
    go.set()
    assert (await booking).replies[0].text == "您想挂哪一天？"
    with database.reading() as session:
        view = room.conversation(session, emergency.conversation_id)
    assert view.dialogue.loop is None
    assert view.bot_stale


def test_an_inbound_message_needs_an_id_and_a_zone(clock: FixedClock) -> None:
    with pytest.raises(ValueError, match="provider id"):
        Inbound("web", "a", "", "text", clock.now())
    with pytest.raises(ValueError, match="zone"):
        Inbound("web", "a", "1", "text", clock.now().replace(tzinfo=None))


async def test_an_emergency_that_an_action_finds_is_answered_like_the_guard_s(
    database: Database, clock: FixedClock
) -> None:
    """A bare "有" to a question completes it, which only the action can see."""
    hit = RedFlagHit("rf_Q01", "出血", Level.II, Action.EMERGENCY, "请平躺。")

    async def asked(conversation: str, message_id: str, _text: str) -> list[str]:
        with database.session() as session:
            room.raise_emergency(session, conversation, [hit], in_reply_to=message_id)
        return []

    room = conversations(database, clock, ScriptedBot(asked))
    receipt = await room.receive(message("有"))
    (reply,) = receipt.replies
    assert "到急诊" in reply.text
    assert "120" in reply.text
    with database.reading() as session:
        view = room.conversation(session, receipt.conversation_id)
        (task,) = room.inbox(session)
    assert (view.level, view.red_flags, view.case.raised) == ("II", ("rf_Q01",), ("rf_Q01",))
    assert task.source_ref == f"emergency:{receipt.message_id}"


def test_a_sign_that_is_told_in_answer_is_an_emergency_at_once() -> None:
    """Through the guard, as in a talk: what answers a question is never held back."""
    engine = loaded.triage()
    case = engine.add(Case(), engine.read("最近睡不着，心情不好"), "最近睡不着，心情不好")
    verdict = safety.judge(engine, case, safety.read(engine, "弄伤过自己", None), answer=True)
    assert "rf_M01b" in {hit.id for hit in verdict.hits}


def test_words_without_a_known_finding_are_heard_and_not_quoted() -> None:
    engine = loaded.triage()
    said = "他两眼往上一翻就栽地上了，嘴边冒沫子，手脚一个劲儿地抖"
    heard = [(said, Reading())]
    verdict = safety.judge(engine, Case(), heard)
    assert verdict.hits
    assert verdict.case.words == ()
