"""Answers in many voices, as clinicians would write them down: tests/cases/followup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from followup import assess_row
from tests import loaded

KNOWLEDGE = loaded.followup()
FOLDER = Path(__file__).parents[1] / "cases" / "followup"


def _cases() -> list[Any]:
    found = []
    for file in sorted(FOLDER.glob("*.yml")):
        for case in loaded.document(file):
            found.append(pytest.param(case, id=f"{case.get('p', '通用')}｜{case['q']}｜{case['r']}"))
    return found


@pytest.mark.parametrize("case", _cases())
def test_answer_is_understood(case: dict[str, Any]) -> None:
    row = assess_row(
        KNOWLEDGE,
        {"id": "1", "pathway": case.get("p", "通用"), "day": 3, "question": case["q"], "reply": case["r"]},
    )
    if "s" in case:
        wanted = case["s"] if isinstance(case["s"], list) else [case["s"]]
        assert row["severity"] in wanted, row
    assert row["other"] == case.get("o"), row
    if row["severity"] in {"RED", "AMBER"} and row["other"] is None:
        assert row["why"]


def test_there_are_enough_cases() -> None:
    assert len(_cases()) >= 150
