"""How long a turn takes over HTTP, a visitor's POST in → replies out, all processes of the house running."""

from __future__ import annotations

import asyncio
import re
import statistics
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import httpx

from core.settings import Settings
from patients.invented import invent_id_number, invent_phone
from runtime.own_house import own_house

_COMPLAINT = "我肚子疼两天了，还有点拉肚子"
#: Taps on the questions of triage; whatever else is asked is answered in words.
_TAPS = ("没有", "以上都没有", "成人", "女", "自己", "不是")
_WORDS = "没有，我自己看，35岁，女，没怀孕"
_AFTERWARDS = ("我的预约", "停车场在哪", "改到后天上午", "谢谢")
_MOST_QUESTIONS = 12
_VISITS = 6
_WARM_UP = 1
_NAMES = "赵钱孙李周吴郑王冯陈"
_BORN = date(1985, 3, 7)
_serials = count(1)


@dataclass(slots=True)
class Visitor:
    """Somebody at the chat page, and how long each answer took, seconds."""

    client: httpx.AsyncClient
    times: list[float] = field(default_factory=list)
    heard: str = ""
    #: Title → what a tap sends.
    taps: dict[str, str] = field(default_factory=dict)

    async def say(self, text: str) -> None:
        started = time.perf_counter()
        answer = await self.client.post(
            "/api/chat/messages", json={"id": uuid.uuid4().hex, "text": text}, headers={"X-Banzhen": "1"}
        )
        self.times.append(time.perf_counter() - started)
        replies = answer.raise_for_status().json()["replies"]
        self.heard = "\n".join(reply["text"] for reply in replies)
        self.taps = {b["title"]: b["payload"] for reply in replies for b in reply["buttons"]}

    @property
    def slots(self) -> list[str]:
        """The times that are offered."""
        return [sent for title, sent in self.taps.items() if re.search("月.*日", title)]


def run(settings: Settings) -> None:
    """Print p50, p95 and turns per second for one person and for eight at once."""
    del settings  # the house has settings of its own
    with tempfile.TemporaryDirectory(prefix="banzhen-") as folder, own_house(Path(folder)) as house:
        asyncio.run(_people(house.base, people=1, visits=_WARM_UP))
        print(f"{'人数':>4} {'轮数':>6} {'p50 毫秒':>10} {'p95 毫秒':>10} {'每秒轮数':>10}")
        for people in (1, 8):
            started = time.perf_counter()
            times = sorted(asyncio.run(_people(house.base, people=people, visits=_VISITS)))
            seconds = time.perf_counter() - started
            p50, p95 = statistics.median(times), times[int(0.95 * len(times))]
            rate = len(times) / seconds
            print(f"{people:>4} {len(times):>6} {1000 * p50:>10.0f} {1000 * p95:>10.0f} {rate:>10.1f}")


async def _people(base: str, *, people: int, visits: int) -> list[float]:
    per_person = await asyncio.gather(*(_person(base, visits) for _ in range(people)))
    return [seconds for times in per_person for seconds in times]


async def _person(base: str, visits: int) -> list[float]:
    times: list[float] = []
    for _ in range(visits):
        async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as client:
            (await client.get("/chat")).raise_for_status()
            visitor = Visitor(client)
            await _visit(visitor, next(_serials))
            times += visitor.times
    return times


async def _visit(visitor: Visitor, serial: int) -> None:
    """One visit: triage with an interruption, booking under a real name, the history, the new time."""
    await visitor.say("你好")
    await visitor.say(_COMPLAINT)
    await visitor.say("异地住院能报多少")
    for _ in range(_MOST_QUESTIONS):
        if visitor.slots:
            break
        await visitor.say(next((sent for title, sent in visitor.taps.items() if title in _TAPS), _WORDS))
    await visitor.say(_one_of(visitor.slots, serial))
    await visitor.say(f"我叫{_NAMES[serial % len(_NAMES)]}试试")
    await visitor.say(invent_id_number(_BORN + timedelta(days=serial), "女"))
    await visitor.say(invent_phone(serial))
    await visitor.say("确认预约")
    while visitor.slots:
        # Somebody else was faster.
        await visitor.say(_one_of(visitor.slots, serial))
        await visitor.say("确认预约")
    for _ in range(_MOST_QUESTIONS):
        if "主诉" in visitor.heard:
            break
        await visitor.say("没有")
    for text in _AFTERWARDS:
        await visitor.say(text)


def _one_of(slots: list[str], serial: int) -> str:
    if not slots:
        raise RuntimeError("no time was offered: the visit did not get as far as booking")
    return slots[serial % len(slots)]
