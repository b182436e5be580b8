"""Sentences with what must be read in them; doctors can add to tests/cases/reading/*.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import loaded
from triage.model import Finding

CASES = Path(__file__).parent.parent / "cases" / "reading"
READER = loaded.reader()
_DEFAULTS = {"status": "present", "subject": "self", "time": "now"}


def _cases() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*.yml")):
        for case in loaded.document(file):
            found.append(pytest.param(case, id=f"{file.stem}: {case['name']}"))
    return found


def _fits(finding: Finding, wanted: dict[str, Any]) -> bool:
    """A narrower term fits too: 刀割一样疼 is 撕裂样."""
    rest = {**_DEFAULTS, **wanted}
    term = rest.pop("term")
    named = finding.term == term or term in loaded.words().terms[finding.term].wider
    return named and all(getattr(finding, field) == value for field, value in rest.items())


@pytest.mark.parametrize("case", _cases())
def test_reads(case: dict[str, Any]) -> None:
    reading = READER.read(case["text"], asked_term=case.get("asked"))
    for wanted in case.get("expect", ()):
        assert any(_fits(finding, wanted) for finding in reading.findings), (wanted, reading.findings)
    counting = {finding.term for finding in reading.findings if finding.counts}
    assert not counting & set(case.get("not_now", ()))
    if "for_other" in case:
        assert reading.for_other is case["for_other"]
    for field, value in case.get("person", {}).items():
        known = getattr(reading.person, field)
        if field == "history":
            assert known >= set(value) if value else not known
        elif value is None or isinstance(value, str | bool):
            assert known == value
        else:
            assert known == pytest.approx(value, abs=0.002)


def test_there_are_many_cases() -> None:
    assert len(_cases()) >= 120
