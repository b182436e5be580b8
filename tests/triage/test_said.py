"""What people say in an emergency, and what only sounds like one: tests/cases/triage/said.

Per criterion the sentences that must raise it and those that must raise nothing at all; the messages of
one talk are parted by `|`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from triage import Case, Triage

FOLDER = Path(__file__).parents[1] / "cases" / "triage" / "said"


def said(kind: str) -> list[Any]:
    return [
        pytest.param(flag, words, id=f"{flag} {words}")
        for file in sorted(FOLDER.glob("*.yml"))
        for flag, kinds in yaml.safe_load(file.read_text(encoding="utf-8")).items()
        for words in kinds[kind]
    ]


def raised(engine: Triage, words: str) -> list[str]:
    case = Case()
    for message in words.split("|"):
        case = engine.add(case, engine.read(message), message)
    return [hit.id for hit in engine.screen(case)]


@pytest.mark.parametrize(("flag", "words"), said("fires"))
def test_the_emergency_is_heard(engine: Triage, flag: str, words: str) -> None:
    assert flag in raised(engine, words)


@pytest.mark.parametrize(("flag", "words"), said("silent"))
def test_no_emergency_is_heard(engine: Triage, flag: str, words: str) -> None:
    assert raised(engine, words) == []


def test_every_criterion_is_said_in_six_ways_and_missed_in_four(engine: Triage) -> None:
    for kind, least in (("fires", 6), ("silent", 4)):
        said_of = [parameter.values[0] for parameter in said(kind)]
        flags = {flag.id for flag in engine.knowledge.red_flags}
        assert {flag for flag in flags if said_of.count(flag) < least} == set()
