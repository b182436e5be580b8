"""A small guard, phones and helpers that the tests of this room share."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import datetime

from conversations import BotPort, Conversations, Inbound, ScriptedBot
from core.clock import SHANGHAI, FixedClock
from core.crypto import FieldCipher
from core.database import Database
from triage.model import Action, Case, Finding, Level, Reading, RedFlagHit

_TERMS = {"胸口压": "胸痛", "喘不上气": "呼吸困难", "肚子疼": "腹痛", "不想活": "自杀意念", "打我": "被打"}
_FLAGS = (
    (
        {"胸痛", "呼吸困难"},
        RedFlagHit("rf_C01", "疑似心梗", Level.I, Action.CALL_120, "请坐下或半躺，不要走动。"),
    ),
    (
        {"自杀意念"},
        RedFlagHit("rf_S01", "自杀风险", Level.II, Action.EMERGENCY, "请和家人待在一起。", kind="suicide"),
    ),
    (
        {"被打"},
        RedFlagHit("rf_V01", "受到伤害", Level.II, Action.EMERGENCY, "请到人多的地方。", kind="violence"),
    ),
)
EMERGENCY_WORDS = "我胸口压得喘不上气"


class SmallGuard:
    """Stands in for triage: a few words, three red flags, and a switch that breaks it."""

    def __init__(self) -> None:
        self.broken = False
        self.asked: list[str | None] = []

    def read(self, text: str, *, asked: str | None = None) -> Reading:
        if self.broken:
            raise RuntimeError(f"cannot read {text}")
        self.asked.append(asked)
        found = tuple(
            Finding(term) for words, term in _TERMS.items() if words in text and f"不{words}" not in text
        )
        return Reading(found)

    def add(
        self, case: Case, reading: Reading, text: str, *, answer: bool = False, quote: bool = True
    ) -> Case:
        text = text if quote else ""
        known = {finding.term for finding in case.findings}
        new = tuple(finding for finding in reading.findings if finding.term not in known)
        grown = replace(case, findings=case.findings + new, words=(*case.words, text) if text else case.words)
        hits = tuple(hit.id for hit in self.screen(grown))
        return replace(grown, raised=tuple(dict.fromkeys((*case.raised, *hits))))

    def screen(self, case: Case) -> tuple[RedFlagHit, ...]:
        present = {finding.term for finding in case.findings if finding.counts}
        return tuple(
            replace(hit, because=tuple(sorted(terms)))
            for terms, hit in _FLAGS
            if terms <= present or hit.id in case.raised
        )


@dataclass(frozen=True)
class HospitalPhones:
    emergency_room: str = "0571-88880120"
    switchboard: str = "0571-88880000"
    nurse_line: str = "0571-88881111"
    psych_hotline: str = "12356"
    women_hotline: str = "12338"


#: Every room made in the running test.
rooms: list[Conversations] = []

_numbers = itertools.count(1)


def message(
    text: str, provider_id: str | None = None, *, address: str = "page-1", channel: str = "web"
) -> Inbound:
    return Inbound(
        channel=channel,
        address=address,
        provider_id=provider_id or f"m{next(_numbers)}",
        text=text,
        received_at=datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI),
    )


def conversations(
    database: Database,
    clock: FixedClock,
    bot: BotPort | None = None,
    guard: SmallGuard | None = None,
    kind: type[Conversations] = Conversations,
    patience: float = 8.0,
) -> Conversations:
    room = kind(
        database=database,
        guard=guard or SmallGuard(),
        clock=clock,
        cipher=FieldCipher.for_tests(),
        bot=bot or ScriptedBot(),
        phones=HospitalPhones(),
        patience=patience,
    )
    rooms.append(room)
    return room
