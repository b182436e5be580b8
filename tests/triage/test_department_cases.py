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


@pytest.mark.parametrize("entry", [*cases()])
def test_the_complaint_goes_where_it_belongs(engine: Triage, entry: dict[str, Any]) -> None:
    case = Case(person=Person(**entry.get("person", {})))
    for message in entry["messages"]:
        case = engine.add(case, engine.read(message), message)
    names = [department.name for department in engine.assess(case, HospitalRules()).departments]
    expect = entry["expect"]
    assert expect["department"] in names[: expect.get("within", 1)], names
