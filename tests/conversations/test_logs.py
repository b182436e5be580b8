"""Logs and figures carry ids and codes, never a patient's words."""

from __future__ import annotations

from prometheus_client import generate_latest
from structlog.testing import capture_logs

from conversations import MemoryChannel, ScriptedBot, Sender
from core.clock import FixedClock
from core.database import Database
from tests.conversations.support import EMERGENCY_WORDS, SmallGuard, conversations, message

WORDS = "我叫王小明电话13812345678"


async def test_no_log_line_and_no_figure_quotes_a_patient(database: Database, clock: FixedClock) -> None:
    async def quotes(_conversation: str, _message: str, text: str) -> list[str]:
        raise ValueError(text)

    guard = SmallGuard()
    room = conversations(database, clock, ScriptedBot(quotes), guard)
    with capture_logs() as lines:
        await room.receive(message(WORDS, "m-1", channel="wechat", address="openid-secret"))
        await room.receive(message(WORDS, "m-1", channel="wechat", address="openid-secret"))
        await room.receive(message(EMERGENCY_WORDS + WORDS))
        guard.broken = True
        await room.receive(message(WORDS))
        await room.recover()
        channel = MemoryChannel("wechat")
        channel.next = [ValueError(WORDS)]
        await Sender(database=database, desk=room, clock=clock, channels={"wechat": channel}).tick()
    written = repr(lines) + generate_latest().decode("utf-8")
    assert "guard failed" in written
    assert "bot failed" in written
    for secret in (WORDS, "王小明", "13812345678", "openid-secret", "胸口"):
        assert secret not in written


async def test_the_figures_count_messages_hits_and_failures(database: Database, clock: FixedClock) -> None:
    def value(line: str) -> float:
        found = [row for row in generate_latest().decode("utf-8").splitlines() if row.startswith(line + " ")]
        return float(found[0].rsplit(" ", 1)[1]) if found else 0.0

    hits = 'banzhen_guard_hits_total{flag="rf_C01"}'
    inbound = 'banzhen_inbound_messages_total{channel="web",duplicate="true"}'
    failures = "banzhen_bot_failures_total"
    before = [value(line) for line in (hits, inbound, failures)]
    bot = ScriptedBot()
    room = conversations(database, clock, bot)
    await room.receive(message(EMERGENCY_WORDS, "m-1"))
    await room.receive(message(EMERGENCY_WORDS, "m-1"))
    bot.up = False
    await room.receive(message("你好"))
    assert [value(line) for line in (hits, inbound, failures)] == [count + 1 for count in before]
