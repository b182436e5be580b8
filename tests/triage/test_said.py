"""What people say in an emergency, and what only sounds like one: tests/cases/triage/said.

Per criterion the sentences that must raise it and those that must raise nothing at all; the messages of
one talk are parted by `|`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import loaded
from triage import Case, Triage

FOLDER = Path(__file__).parents[1] / "cases" / "triage" / "said"


def said(kind: str) -> list[Any]:
    """Per criterion all its sentences: thousands of tests of their own would take longer than the reading."""
    sentences: dict[str, list[str]] = {}
    for file in sorted(FOLDER.glob("*.yml")):
        for flag, kinds in loaded.document(file).items():
            sentences.setdefault(flag, []).extend(kinds[kind])
    return [pytest.param(flag, words, id=flag) for flag, words in sentences.items()]


def raised(engine: Triage, words: str) -> list[str]:
    case = Case()
    for message in words.split("|"):
        case = engine.add(case, engine.read(message), message)
    return [hit.id for hit in engine.screen(case)]


@pytest.mark.parametrize(("flag", "sentences"), said("fires"))
def test_the_emergency_is_heard(engine: Triage, flag: str, sentences: list[str]) -> None:
    assert [words for words in sentences if flag not in raised(engine, words)] == []


@pytest.mark.parametrize(("flag", "sentences"), said("silent"))
def test_no_emergency_is_heard(engine: Triage, flag: str, sentences: list[str]) -> None:
    assert [(words, raised(engine, words)) for words in sentences if raised(engine, words)] == []


def test_every_criterion_is_said_in_six_ways_and_missed_in_four(engine: Triage) -> None:
    for kind, least in (("fires", 6), ("silent", 4)):
        count = {flag: len(sentences) for flag, sentences in (one.values for one in said(kind))}
        assert {flag.id for flag in engine.knowledge.red_flags if count.get(flag.id, 0) < least} == set()
