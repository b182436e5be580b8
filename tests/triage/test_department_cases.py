"""Complaints in patients' words and the department they belong to, from YAML that doctors can write.

`expect` names the `department`; with `within: 3` it may be second or third.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import loaded
from triage import Case, HospitalRules, Person, Triage

FOLDER = Path(__file__).parents[1] / "cases" / "triage" / "departments"


def cases() -> Iterator[Any]:
    for file in sorted(FOLDER.glob("*.yml")):
        for entry in loaded.document(file):
            yield pytest.param(entry, id=f"{file.stem}: {entry['name']}")


def departments(engine: Triage, entry: dict[str, Any]) -> list[str]:
    case = Case(person=Person(**entry.get("person", {})))
    for message in entry["messages"]:
        case = engine.add(case, engine.read(message), message)
    return [department.name for department in engine.assess(case, HospitalRules()).departments]


@pytest.mark.parametrize("entry", [*cases()])
def test_the_complaint_is_offered_where_it_belongs(engine: Triage, entry: dict[str, Any]) -> None:
    assert entry["expect"]["department"] in departments(engine, entry)


def test_nearly_all_complaints_go_first_where_they_belong(engine: Triage) -> None:
    """Each time that triage learns anew, single cases between two departments may change places."""
    entries = [parameter.values[0] for parameter in cases()]
    astray = [
        (entry["name"], names)
        for entry in entries
        if entry["expect"]["department"]
        not in (names := departments(engine, entry))[: entry["expect"].get("within", 1)]
    ]
    assert len(astray) <= 0.03 * len(entries), astray
