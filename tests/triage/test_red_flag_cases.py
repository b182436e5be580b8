"""Emergencies and near misses in patients' words, from YAML that doctors can write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import loaded
from triage import Case, Person, Triage

FOLDER = Path(__file__).parents[1] / "cases" / "triage"


def cases(folder: str = "red_flags") -> Iterator[Any]:
    for file in sorted((FOLDER / folder).glob("*.yml")):
        for entry in loaded.document(file):
            yield pytest.param(entry, id=entry["name"])


@pytest.mark.parametrize("entry", [*cases(), *cases("voices")])
def test_the_case_raises_what_it_should(engine: Triage, entry: dict[str, Any]) -> None:
    case = Case(person=Person(**entry.get("person", {})))
    for message in entry["messages"]:
        case = engine.add(case, engine.read(message), message)
    hits = engine.screen(case)
    raised = [hit.id for hit in hits]
    expect = entry["expect"]
    if "red_flag" in expect:
        assert expect["red_flag"] in raised
    elif "urgent" in expect:
        assert hits
    else:
        assert raised == expect["red_flags"]


def test_every_red_flag_has_three_emergencies_and_two_near_misses(engine: Triage) -> None:
    firing: dict[str, int] = {}
    missing: dict[str, int] = {}
    for parameter in cases():
        entry = parameter.values[0]
        if "red_flag" in entry["expect"]:
            flag = entry["expect"]["red_flag"]
            firing[flag] = firing.get(flag, 0) + 1
        else:
            flag = "rf_" + entry["name"].split()[0]
            missing[flag] = missing.get(flag, 0) + 1
    flags = {flag.id for flag in engine.knowledge.red_flags}
    assert {flag for flag in flags if firing.get(flag, 0) < 3} == set()
    assert {flag for flag in flags if missing.get(flag, 0) < 2} == set()
