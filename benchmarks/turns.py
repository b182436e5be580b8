"""How long a turn takes, message in → replies out, with the real Rasa and the real pipeline."""

from __future__ import annotations

import asyncio
import statistics
import time

from core.settings import Settings
from runtime.talk import Line, Stage, open_stage

#: One visit: triage with an interruption, booking, the history before the visit.
_VISIT = (
    "你好", "我肚子疼两天了，还有点拉肚子", "没有", "没有", "没有", "异地住院能报多少", "没有", "第一个",
    "确认预约", "没有", "跳过", "跳过", "我的预约", "停车场在哪", "改到后天上午", "谢谢",
)  # fmt: skip
_VISITS = 6
_WARM_UP = 1


def run(settings: Settings) -> None:
    """Print p50, p95 and turns per second for one person and for eight at once."""
    with open_stage(settings) as stage, asyncio.Runner() as runner:
        runner.run(_people(stage, people=1, visits=_WARM_UP, label="warm"))
        print(f"{'人数':>4} {'轮数':>6} {'p50 毫秒':>10} {'p95 毫秒':>10} {'每秒轮数':>10}")
        for people in (1, 8):
            started = time.perf_counter()
            times = runner.run(_people(stage, people=people, visits=_VISITS, label=f"p{people}"))
            seconds = time.perf_counter() - started
            times.sort()
            p50, p95 = statistics.median(times), times[int(0.95 * len(times))]
            rate = len(times) / seconds
            print(f"{people:>4} {len(times):>6} {1000 * p50:>10.0f} {1000 * p95:>10.0f} {rate:>10.1f}")


async def _people(stage: Stage, *, people: int, visits: int, label: str) -> list[float]:
    per_person = await asyncio.gather(
        *(_person(stage, visits, f"{label}-{number}") for number in range(people))
    )
    return [seconds for times in per_person for seconds in times]


async def _person(stage: Stage, visits: int, label: str) -> list[float]:
    times: list[float] = []
    for visit in range(visits):
        talk = f"{label}-{visit}"
        # The first line makes the conversation's database: not part of a turn.
        await stage.play(Line(id=talk), lambda _: None)
        for text in _VISIT:
            started = time.perf_counter()
            await stage.play(Line(id=talk, turns=[text]), lambda _: None)
            times.append(time.perf_counter() - started)
    return times
