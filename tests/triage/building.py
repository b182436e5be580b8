"""Cases built from findings directly, for tests of rules that must not depend on how words are read."""

from __future__ import annotations

from typing import Any

from triage import Case, Finding, Person, Reading, Triage


def case_of(engine: Triage, *findings: str | Finding, **person: Any) -> Case:
    """A case with these findings present, as if one message had said them."""
    told = tuple(f if isinstance(f, Finding) else Finding(f) for f in findings)
    return engine.add(Case(), Reading(told, Person(**person)), "")


def flags_of(engine: Triage, case: Case) -> set[str]:
    return {hit.id for hit in engine.screen(case)}
