"""The outbound queue: everything is sent once or accounted for."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select, update

from conversations import Conversations, MemoryChannel, Sender, SendResult
from conversations.tables import OutboundMessage
from core.clock import FixedClock
from core.database import Database
from tests.conftest import NOW, import_all_tables
from tests.conversations.channel_contract import ChannelContract
from tests.conversations.support import conversations


class TestMemoryChannel(ChannelContract):
    @pytest.fixture
    def channel(self) -> MemoryChannel:
        return MemoryChannel()


class Post:
    """A room, one push channel and its sender."""

    def __init__(self, database: Database, clock: FixedClock, *, can_look_up: bool = True) -> None:
        self.database, self.clock = database, clock
        self.room: Conversations = conversations(database, clock)
        self.channel = MemoryChannel("sms", can_look_up=can_look_up)
        self.sender = self.another_sender()

    def another_sender(self) -> Sender:
        return Sender(
            database=self.database, desk=self.room, clock=self.clock, channels={"sms": self.channel}
        )

    def say(self, text: str, *, address: str = "a1", channel: str = "sms", **more: Any) -> str:
        with self.database.session() as session:
            at = self.room.open(session, channel, address).id
            return self.room.say(session, at, text, **more)

    def states(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(OutboundMessage.state).order_by(OutboundMessage.seq)))

    def sent(self) -> list[str]:
        return [message.text for message in self.channel.taken.values()]

    def tasks(self) -> list[str]:
        with self.database.reading() as session:
            return [task.kind for task in self.room.inbox(session)]


@pytest.fixture
def post(database: Database, clock: FixedClock) -> Post:
    return Post(database, clock)


async def test_planned_messages_are_sent_once_in_order_with_their_address(post: Post) -> None:
    for number in range(3):
        post.say(f"第{number}条", address="13800000000")
    assert (await post.sender.tick()).sent == 3
    assert (await post.sender.tick()).sent == 0
    assert post.sent() == ["第0条", "第1条", "第2条"]
    assert {message.address for message in post.channel.taken.values()} == {"13800000000"}
    assert post.states() == ["accepted"] * 3


async def test_messages_of_other_channels_are_left_alone(post: Post) -> None:
    post.say("网页", channel="web")
    await post.sender.tick()
    assert post.states() == ["planned"]


async def test_a_message_waits_for_its_time(post: Post) -> None:
    post.say("早上再说", not_before=post.clock.now() + timedelta(hours=1))
    await post.sender.tick()
    assert post.sent() == []
    post.clock.advance(timedelta(hours=1))
    await post.sender.tick()
    assert post.sent() == ["早上再说"]


async def test_a_clear_refusal_for_now_is_tried_again_later_and_what_follows_waits(post: Post) -> None:
    post.channel.next = [SendResult("retry", error="45009")]
    post.say("一")
    post.say("二")
    await post.sender.tick()
    assert post.states() == ["planned", "planned"]
    post.clock.advance(timedelta(seconds=11))
    await post.sender.tick()
    assert post.sent() == ["一", "二"]


async def test_attempts_are_bounded_and_then_staff_are_told_once(post: Post) -> None:
    post.channel.next = [SendResult("retry")] * 99
    post.say("一")
    for _ in range(20):
        await post.sender.tick()
        post.clock.advance(timedelta(minutes=11))
    assert len(post.channel.next) == 99 - 5
    assert post.states() == ["failed"]
    assert post.tasks() == ["unanswered"]


async def test_a_final_refusal_is_not_tried_again(post: Post) -> None:
    post.channel.next = [SendResult("failed", error="45015")] * 2
    post.say("一")
    post.say("二")
    for _ in range(3):
        await post.sender.tick()
        post.clock.advance(timedelta(hours=1))
    assert post.states() == ["failed", "failed"]
    assert post.sent() == []
    assert post.tasks() == ["unanswered"]


async def test_a_message_that_is_out_of_date_is_not_sent_any_more(post: Post) -> None:
    post.say("明天上午复查")
    post.clock.advance(timedelta(hours=25))
    await post.sender.tick()
    assert post.sent() == []
    assert post.states() == ["failed"]
    assert post.tasks() == ["unanswered"]


@pytest.mark.parametrize("taken", [True, False])
async def test_a_death_while_sending_is_looked_up_and_never_resent_blindly(post: Post, taken: bool) -> None:
    message_id = post.say("一")
    dead = post.another_sender()
    (group,) = dead._claim()
    begun = dead._begin(group[0])
    assert begun is not None
    if taken:
        await post.channel.send(begun)
    await post.sender.tick()
    assert post.states() == ["sending"]
    post.clock.advance(timedelta(minutes=3))
    await post.sender.tick()
    if not taken:
        # The provider is sure not to have it, so this is not a blind second time.
        post.clock.advance(timedelta(seconds=11))
        await post.sender.tick()
    assert post.states() == ["accepted"]
    assert list(post.channel.taken) == [message_id]
    assert post.tasks() == []


async def test_without_a_look_up_a_half_sent_message_goes_to_staff(
    database: Database, clock: FixedClock
) -> None:
    post = Post(database, clock, can_look_up=False)
    post.channel.next = [ConnectionError("lost")]
    post.say("一")
    await post.sender.tick()
    for _ in range(3):
        await post.sender.tick()
        clock.advance(timedelta(hours=1))
    assert post.states() == ["unknown"]
    assert post.sent() == ["一"]
    assert post.tasks() == ["unanswered"]


async def test_a_death_after_the_claim_only_delays(post: Post) -> None:
    post.say("一")
    assert post.another_sender()._claim()
    assert (await post.sender.tick()).sent == 0
    post.clock.advance(timedelta(minutes=3))
    assert (await post.sender.tick()).sent == 1
    assert post.sent() == ["一"]


@pytest.mark.concurrency
async def test_many_senders_at_once_send_each_message_once_and_each_conversation_in_order(post: Post) -> None:
    for number in range(30):
        post.say(f"{number}", address=f"a{number % 5}")
    order: list[tuple[str, str]] = []
    plain_send = post.channel.send

    async def slow_send(message: Any) -> SendResult:
        await asyncio.sleep(0.005)
        order.append((message.address, message.text))
        return await plain_send(message)

    post.channel.send = slow_send  # type: ignore[method-assign]
    senders = [post.another_sender() for _ in range(4)]
    for _ in range(3):
        await asyncio.gather(*(sender.tick() for sender in senders))
    assert len(order) == 30
    for address in {address for address, _ in order}:
        texts = [int(text) for at, text in order if at == address]
        assert texts == sorted(texts)


async def test_a_delivery_report_settles_a_message_once(post: Post) -> None:
    post.say("一")
    await post.sender.tick()
    (message,) = post.channel.taken.values()
    provider_id = f"sms-{message.id}"
    with post.database.session() as session:
        assert not post.sender.report(session, "sms", "other", delivered=True)
        assert post.sender.report(session, "sms", provider_id, delivered=True)
    with post.database.session() as session:
        assert not post.sender.report(session, "sms", provider_id, delivered=False)
        assert post.sender.backlog(session) == 0
    assert post.states() == ["delivered"]


#: What one tick may make of a state; a tick takes several steps.
ALLOWED = {
    "planned": {"planned", "claimed", "sending", "accepted", "delivered", "failed", "unknown"},
    "claimed": {"planned", "claimed", "sending", "accepted", "delivered", "failed", "unknown"},
    "sending": {"planned", "sending", "accepted", "delivered", "failed", "unknown"},
    "unknown": {"planned", "unknown", "accepted", "delivered", "failed"},
    "accepted": {"accepted", "delivered", "failed"},
    "delivered": {"delivered"},
    "failed": {"failed"},
}


class Outbox(RuleBasedStateMachine):
    """Whatever providers, crashes and time do, no message is taken twice and none leaves a final state."""

    @initialize()
    def start(self) -> None:
        import_all_tables()
        self.database = Database(f"sqlite:///{Path(mkdtemp()) / 'outbox.db'}")
        self.database.create_all()
        self.post = Post(self.database, FixedClock(NOW))
        self.taken: list[str] = []
        plain_send = self.post.channel.send

        async def counted(message: Any) -> SendResult:
            had = message.key in self.post.channel.taken
            try:
                return await plain_send(message)
            finally:
                if had or message.key in self.post.channel.taken:
                    self.taken.append(message.key)

        self.post.channel.send = counted  # type: ignore[method-assign]
        self.before: dict[str, str] = {}

    @rule(address=st.sampled_from(["a", "b"]))
    def say(self, address: str) -> None:
        self.post.say("您好", address=address)

    @rule(
        answers=st.lists(
            st.sampled_from(
                [
                    SendResult("accepted"),
                    SendResult("delivered"),
                    SendResult("retry"),
                    SendResult("failed"),
                    SendResult("unknown"),
                    ConnectionError(),
                ]
            ),
            max_size=3,
        )
    )
    def tick(self, answers: list[SendResult | Exception]) -> None:
        self.post.channel.next = list(answers)
        asyncio.run(self.post.sender.tick())

    @rule(begin=st.booleans(), send=st.booleans())
    def die(self, begin: bool, send: bool) -> None:
        self.post.channel.next = []
        dead = self.post.another_sender()
        for group in dead._claim():
            outgoing = dead._begin(group[0]) if begin else None
            if outgoing is not None and send:
                asyncio.run(self.post.channel.send(outgoing))

    @rule(minutes=st.sampled_from([1, 3, 15, 60 * 25]))
    def wait(self, minutes: int) -> None:
        self.post.clock.advance(timedelta(minutes=minutes))

    @invariant()
    def nothing_is_taken_twice(self) -> None:
        if hasattr(self, "taken"):
            assert len(self.taken) == len(set(self.taken))

    @invariant()
    def states_only_go_where_they_may(self) -> None:
        if not hasattr(self, "before"):
            return
        with self.database.reading() as session:
            now = dict(session.execute(select(OutboundMessage.id, OutboundMessage.state)).all())
        for message_id, state in self.before.items():
            assert now[message_id] in ALLOWED[state], (state, now[message_id])
        self.before = now

    @invariant()
    def what_failed_or_is_lost_has_a_task(self) -> None:
        if hasattr(self, "before") and "failed" in self.before.values():
            assert self.post.tasks()

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()


Outbox.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOutbox = Outbox.TestCase


async def test_without_the_sending_mark_a_death_would_send_twice(post: Post) -> None:
    """The negative control of the look-up: a row put back to planned by hand is taken a second time."""
    post.say("一")
    dead = post.another_sender()
    (group,) = dead._claim()
    begun = dead._begin(group[0])
    assert begun is not None
    seen: list[str] = []
    plain_send = post.channel.send

    async def counted(message: Any) -> SendResult:
        seen.append(message.key)
        return await plain_send(message)

    post.channel.send = counted  # type: ignore[method-assign]
    await counted(begun)
    with post.database.session() as session:
        session.execute(update(OutboundMessage).values(state="planned", claimed_by=None))
    await post.sender.tick()
    assert len(seen) == 2
