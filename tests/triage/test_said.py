"""What people say in an emergency, and what only sounds like one: the sentences that triage learned from.

That they are heard shows that rules and second opinion work together as they were learned; how far this
reaches is measured on sentences that nobody learned from (benchmarks/data).
"""

from __future__ import annotations

import pytest

from tests import loaded
from triage import Case, Triage, learning

TOLD = loaded.told()
#: One in so many sentences is asked: reading all takes longer than all other tests of this room.
EVERY = 8


def raised(engine: Triage, words: str) -> tuple[str, ...]:
    case = Case()
    for message in words.split("|"):
        case = engine.add(case, engine.read(message), message)
    return case.raised


def test_emergencies_are_heard(engine: Triage) -> None:
    fires = [said for entry in TOLD.emergencies for said in entry.fires][::EVERY]
    missed = [said for said in fires if not raised(engine, said)]
    assert len(missed) <= 0.03 * len(fires), missed


def test_what_only_sounds_like_one_raises_nothing(engine: Triage) -> None:
    silent = [said for entry in TOLD.emergencies for said in entry.silent][::EVERY]
    alarms = [said for said in silent if raised(engine, said)]
    assert len(alarms) <= 0.02 * len(silent), alarms


def test_what_else_is_said_to_a_hospital_raises_nothing(engine: Triage) -> None:
    others = [said for entry in TOLD.others for said in entry.said][::EVERY]
    alarms = [said for said in others if raised(engine, said)]
    assert len(alarms) <= 0.01 * len(others), alarms


@pytest.mark.parametrize(("kind", "least"), [("fires", 6), ("silent", 4)])
def test_every_criterion_is_said_in_many_ways(engine: Triage, kind: str, least: int) -> None:
    count: dict[str, int] = {}
    for entry in TOLD.emergencies:
        count[entry.id] = count.get(entry.id, 0) + len(getattr(entry, kind))
    assert {flag.id for flag in engine.knowledge.red_flags if count.get(flag.id, 0) < least} == set()
    assert count.keys() <= {flag.id for flag in engine.knowledge.red_flags}


def test_no_sentence_is_an_emergency_and_harmless() -> None:
    fires = {said for entry in TOLD.emergencies for said in entry.fires}
    silent = {said for entry in TOLD.emergencies for said in entry.silent}
    assert fires & silent == set()


def test_what_was_learned_is_up_to_date() -> None:
    assert learning.is_learned(), "run ./banzhen train"
