"""Staff: tasks with deadlines, take-over and hand-back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from conversations import Conversations, Dialogue, ScriptedBot, TaskView, words
from core.audit import AuditEvent
from core.clock import FixedClock
from core.database import Database
from core.errors import Refusal
from tests.conversations.support import conversations, message


def test_a_task_is_claimed_and_closed_with_a_documented_outcome(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    with database.session() as session:
        task = room.open_task(
            session, kind="followup", severity="RED", reason="伤口红肿", detail={"contact": "c1"}
        )
        assert task.due_at == clock.now() + timedelta(minutes=10)
        claimed = room.claim_task(session, task.id, "n1", clock.now())
        assert isinstance(claimed, TaskView)
        assert claimed.state == "claimed"
        assert room.close_task(session, task.id, "n1", " ", "", clock.now()) == Refusal("outcome_missing")
        closed = room.close_task(session, task.id, "n1", "phoned", "已电话联系", clock.now())
    assert isinstance(closed, TaskView)
    with database.reading() as session:
        kept = room.task(session, task.id)
        assert room.inbox(session) == ()
        actions = session.scalars(select(AuditEvent.action)).all()
    assert kept == closed
    assert (kept.outcome, kept.outcome_note, kept.detail) == ("phoned", "已电话联系", {"contact": "c1"})
    assert sorted(actions) == ["conversations.claim_task", "conversations.close_task"]


def test_refusals_say_why(database: Database, clock: FixedClock) -> None:
    room, now = conversations(database, clock), clock.now()
    with database.session() as session:
        task = room.open_task(session, kind="complaint", severity="GREEN", reason="等候太久")
        assert room.claim_task(session, "nothing", "n1", now) == Refusal("no_such_task")
        assert room.close_task(session, task.id, "n1", "x", "", now) == Refusal("not_claimed", {"by": ""})
        room.claim_task(session, task.id, "n1", now)
        assert room.claim_task(session, task.id, "n2", now) == Refusal("already_claimed", {"by": "n1"})
        assert room.close_task(session, task.id, "n2", "x", "", now) == Refusal("not_claimed", {"by": "n1"})
        room.close_task(session, task.id, "n1", "x", "", now)
        assert room.claim_task(session, task.id, "n1", now) == Refusal("closed")
        assert room.close_task(session, task.id, "n1", "x", "", now) == Refusal("closed")
        assert room.release_task(session, task.id, "n1", now) == Refusal("closed")


def test_what_was_urgent_is_closed_with_words(database: Database, clock: FixedClock) -> None:
    room, now = conversations(database, clock), clock.now()
    with database.session() as session:
        red = room.open_task(session, kind="emergency", severity="RED", reason="急症")
        assert room.close_task(session, red.id, "n1", "phoned", "", now) == Refusal("not_claimed", {"by": ""})
        room.claim_task(session, red.id, "n1", now)
        assert room.close_task(session, red.id, "n1", "phoned", " ", now) == Refusal("note_missing")
        assert isinstance(room.close_task(session, red.id, "n1", "phoned", "已到急诊", now), TaskView)


def test_a_task_only_ever_gets_more_urgent(database: Database, clock: FixedClock) -> None:
    room, now = conversations(database, clock), clock.now()
    with database.session() as session:
        task = room.open_task(session, kind="followup", severity="AMBER", reason="伤口红", detail={"day": 3})
        soon, late = now + timedelta(minutes=30), now + timedelta(days=2)
        worse = room.raise_task(
            session, task.id, severity="RED", due_at=soon, reason="大出血", detail={"reasons": "大出血"}
        )
        assert isinstance(worse, TaskView)
        assert (worse.severity, worse.due_at, worse.reason) == ("RED", soon, "大出血")
        assert worse.detail == {"day": 3, "reasons": "大出血"}
        assert room.raise_task(session, task.id, severity="GREEN", due_at=late, reason="好多了") == worse
    with database.reading() as session:
        assert room.inbox(session) == (worse,)


def test_a_closed_task_is_not_raised(database: Database, clock: FixedClock) -> None:
    room, now = conversations(database, clock), clock.now()
    with database.session() as session:
        task = room.open_task(session, kind="followup", severity="AMBER", reason="伤口红")
        room.claim_task(session, task.id, "n1", now)
        room.close_task(session, task.id, "n1", "phoned", "", now)
        for task_id, code in ((task.id, "closed"), ("nothing", "no_such_task")):
            refused = room.raise_task(session, task_id, severity="RED", due_at=now, reason="大出血")
            assert refused == Refusal(code)


def test_a_forgotten_task_can_be_given_to_somebody_else(database: Database, clock: FixedClock) -> None:
    room, now = conversations(database, clock), clock.now()
    with database.session() as session:
        task = room.open_task(session, kind="complaint", severity="GREEN", reason="等候太久")
        room.claim_task(session, task.id, "n1", now)
        room.release_task(session, task.id, "head", now)
        assert isinstance(room.claim_task(session, task.id, "n2", now), TaskView)


def test_the_queue_is_ordered_by_severity_and_then_by_deadline(database: Database, clock: FixedClock) -> None:
    room, now = conversations(database, clock), clock.now()
    with database.session() as session:
        for severity, minutes in (("GREEN", 1), ("RED", 9), ("AMBER", 5), ("RED", 3)):
            room.open_task(
                session,
                kind="followup",
                severity=severity,
                reason=f"{severity}{minutes}",
                due_at=now + timedelta(minutes=minutes),
            )
        assert [task.reason for task in room.inbox(session)] == ["RED3", "RED9", "AMBER5", "GREEN1"]
        late = room.overdue(session, now + timedelta(minutes=4))
        assert [task.reason for task in late] == ["RED3", "GREEN1"]


async def test_a_nurse_takes_over_writes_and_gives_back_and_the_open_loop_goes_on(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    receipt = await room.receive(message("伤口有点红"))
    at = receipt.conversation_id
    with database.session() as session:
        room.remember(session, at, Dialogue("followup_form"))
        assert room.nurse_says(session, at, "n1", "您好") == Refusal("not_held")
        room.take_over(session, at, "n1")
        assert room.take_over(session, at, "n2") == Refusal("held_by_other", {"by": "n1"})
        assert room.nurse_says(session, at, "n2", "您好") == Refusal("held_by_other", {"by": "n1"})
        assert room.nurse_says(session, at, "n1", "  ") == Refusal("empty")
        assert isinstance(room.nurse_says(session, at, "n1", "请拍张照片"), str)
    await room.receive(message("怎么拍"))
    with database.session() as session:
        assert room.unread(session, "n1") == 1
        room.mark_seen(session, at)
        assert room.unread(session, "n1") == 0
        room.hand_back(session, at, "n1")
        assert room.hand_back(session, at, "n1") == Refusal("not_held")
    await room.receive(message("谢谢"))
    assert [text for _, _, text in bot.turns] == ["伤口有点红", "谢谢"]
    assert bot.resets == [(at, "followup_form")]
    with database.reading() as session:
        said = [(line.author, line.text) for line in room.transcript(session, at)]
        staff = [line.staff_id for line in room.transcript(session, at) if line.author == "nurse"]
    assert said == [
        ("patient", "伤口有点红"),
        ("bot", "伤口有点红"),
        ("system", words.NURSE_HERE),
        ("nurse", "请拍张照片"),
        ("patient", "怎么拍"),
        ("system", words.NURSE_LEFT),
        ("patient", "谢谢"),
        ("bot", "谢谢"),
    ]
    assert staff == ["n1"]


@pytest.mark.parametrize("what", ["message", "task", "claim", "take_over", "say"])
async def test_every_change_shows_in_the_revision(database: Database, clock: FixedClock, what: str) -> None:
    room = conversations(database, clock)
    receipt = await room.receive(message("你好"))
    with database.session() as session:
        task = room.open_task(session, kind="complaint", severity="GREEN", reason="x")
    with database.reading() as session:
        before = room.revision(session)
        assert room.revision(session) == before
    with database.session() as session:
        if what == "task":
            room.open_task(session, kind="complaint", severity="GREEN", reason="x")
        elif what == "claim":
            room.claim_task(session, task.id, "n1", clock.now())
        elif what == "take_over":
            room.take_over(session, receipt.conversation_id, "n1")
        elif what == "say":
            room.say(session, receipt.conversation_id, "您好")
    if what == "message":
        await room.receive(message("在吗"))
    with database.reading() as session:
        assert room.revision(session) != before


async def test_the_revision_of_a_conversation_is_its_own(database: Database, clock: FixedClock) -> None:
    room = conversations(database, clock)
    mine = await room.receive(message("你好", address="a"))
    with database.reading() as session:
        before = room.revision(session, mine.conversation_id)
    await room.receive(message("你好", address="b"))
    with database.reading() as session:
        assert room.revision(session, mine.conversation_id) == before


async def _held(room: Conversations, clock: FixedClock, database: Database) -> tuple[str, TaskView]:
    """A conversation that a nurse took over to work on its one task."""
    at = (await room.receive(message("转人工"))).conversation_id
    with database.session() as session:
        task = room.open_task(
            session, kind="human_request", severity="AMBER", reason="要求人工", conversation_id=at
        )
        room.claim_task(session, task.id, "n1", clock.now())
        room.take_over(session, at, "n1")
    return at, task


async def test_closing_the_last_task_gives_the_conversation_back_and_the_patient_is_told(
    database: Database, clock: FixedClock
) -> None:
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    at, task = await _held(room, clock, database)
    with database.session() as session:
        other = room.open_task(session, kind="complaint", severity="GREEN", reason="x", conversation_id=at)
        room.close_task(session, task.id, "n1", "message_advised", "已答复", clock.now())
        assert room.conversation(session, at).holder == "nurse", "another task of hers is still open"
        room.claim_task(session, other.id, "n1", clock.now())
        room.mark_seen(session, at)
        room.close_task(session, other.id, "n1", "message_advised", "已答复", clock.now())
    with database.reading() as session:
        assert room.conversation(session, at).holder == "bot"
        assert room.transcript(session, at)[-1].text == words.NURSE_LEFT
    receipt = await room.receive(message("我想约皮肤科"))
    assert [reply.text for reply in receipt.replies] == ["我想约皮肤科"]
    assert bot.turns[-1][2] == "我想约皮肤科"


async def test_a_message_that_nobody_has_read_is_not_lost_with_the_last_task(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock, ScriptedBot())
    at, task = await _held(room, clock, database)
    with database.session() as session:
        room.mark_seen(session, at)
    await room.receive(message("还有件事想问"))
    with database.session() as session:
        room.close_task(session, task.id, "n1", "message_advised", "已答复", clock.now())
    with database.reading() as session:
        assert room.conversation(session, at).holder == "nurse"


async def test_who_writes_to_a_nurse_who_is_not_there_is_told_and_opens_one_task(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    at = (await room.receive(message("你好"))).conversation_id
    with database.session() as session:
        room.take_over(session, at, "n1")
    assert (await room.receive(message("在吗"))).replies == ()
    with database.reading() as session:
        assert room.inbox(session) == (), "she has just come"
    clock.advance(timedelta(hours=1))
    told = await room.receive(message("我想约皮肤科"))
    assert "护士暂时没能回复" in told.replies[0].text
    assert (await room.receive(message("有人吗"))).replies == ()
    with database.reading() as session:
        (task,) = room.inbox(session)
    assert (task.kind, task.conversation_id, task.due_at - clock.now()) == (
        "unanswered",
        at,
        timedelta(minutes=30),
    )


async def test_who_waits_for_the_nurse_for_long_is_given_to_somebody_else(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    at, task = await _held(room, clock, database)
    await room.receive(message("伤口有点渗水"))

    def call() -> tuple[str, ...]:
        with database.session() as session:
            return room.call_for_waiting(session, clock.now())

    assert call() == (), "she has a task of it, and has just come"
    clock.advance(timedelta(minutes=16))
    (opened,) = call()
    assert call() == ()
    with database.session() as session:
        assert {one.id for one in room.inbox(session)} == {task.id, opened}
        assert "护士暂时没能回复" in room.transcript(session, at)[-1].text
        room.nurse_says(session, at, "n1", "来了")
    clock.advance(timedelta(hours=1))
    assert call() == (), "she has answered"


async def test_a_message_that_the_nurse_has_read_may_wait_longer_and_nobody_is_told(
    database: Database, clock: FixedClock
) -> None:
    room = conversations(database, clock)
    at, _ = await _held(room, clock, database)
    await room.receive(message("好的，谢谢"))
    with database.session() as session:
        room.mark_seen(session, at)
        said = len(room.transcript(session, at))
    clock.advance(timedelta(minutes=30))
    with database.session() as session:
        assert room.call_for_waiting(session, clock.now()) == ()
    clock.advance(timedelta(hours=2))
    with database.session() as session:
        assert len(room.call_for_waiting(session, clock.now())) == 1
        assert len(room.transcript(session, at)) == said


def test_words_are_added_to_a_task_until_it_is_closed(database: Database, clock: FixedClock) -> None:
    room, now = conversations(database, clock), clock.now()
    with database.session() as session:
        task = room.open_task(
            session, kind="complaint", severity="AMBER", reason="投诉", detail={"words": "等了三小时"}
        )
        assert room.add_words(session, task.id, "联系电话：+8613912345678")
        kept = room.task(session, task.id)
        assert kept is not None and kept.detail == {"words": "等了三小时\n联系电话：+8613912345678"}
        room.claim_task(session, task.id, "n1", now)
        room.close_task(session, task.id, "n1", "phoned", "", now)
        assert not room.add_words(session, task.id, "还有")
        assert not room.add_words(session, "nothing", "还有")
