"""The bot's files agree with each other and with the actions that exist. No Rasa is needed for this."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actions.base import INTERRUPTIONS, RESUMABLE
from actions.endpoint import ActionEndpoint
from tests import loaded

ROOT = Path(__file__).resolve().parents[2]
DOMAIN_KEYS = {"version", "intents", "forms", "slots", "actions", "entities", "session_config"}
#: Rasa's own.
BUILT_IN = {"action_listen"}


def _documents(folder: str) -> list[dict[str, Any]]:
    files = sorted((ROOT / folder).rglob("*.yml"))
    assert files
    return [loaded.document(file) for file in files]


def _domain(key: str) -> list[str]:
    return [name for document in _documents("bot/domain") for name in document.get(key, ())]


def _rules() -> list[dict[str, Any]]:
    return [rule for document in _documents("nlu_data/rules") for rule in document["rules"]]


def test_the_domain_has_no_misspelt_keys() -> None:
    for document in _documents("bot/domain"):
        assert set(document) <= DOMAIN_KEYS


@pytest.mark.parametrize("key", ["intents", "forms", "slots", "actions"])
def test_nothing_is_declared_twice(key: str) -> None:
    names = _domain(key)
    assert len(names) == len(set(names))


def test_every_action_of_the_domain_exists_and_every_action_is_declared() -> None:
    assert sorted(_domain("actions")) == ActionEndpoint.names()


def test_every_form_has_its_slot_its_validation_and_an_ending() -> None:
    forms = _domain("forms")
    for form in forms:
        assert f"validate_{form}" in _domain("actions")
        assert f"{form.removesuffix('_form')}_answer" in _domain("slots")
    ended = {rule["steps"][0].get("action") for rule in _rules() if rule.get("condition")}
    assert ended == set(forms)
    assert set(forms) >= RESUMABLE


def test_every_intent_has_exactly_one_rule_and_every_rule_a_known_action() -> None:
    known = {*_domain("actions"), *_domain("forms"), *BUILT_IN}
    intents = []
    for rule in _rules():
        intents += [step["intent"] for step in rule["steps"] if "intent" in step]
        assert {step["action"] for step in rule["steps"] if "action" in step} <= known
    assert sorted(intents) == sorted([*_domain("intents"), "nlu_fallback"])


def test_interruptions_are_intents_of_the_domain() -> None:
    assert set(_domain("intents")) >= INTERRUPTIONS
    assert len(_domain("intents")) == 28


def test_loops_hold_no_slot_that_rasa_could_fill_by_itself() -> None:
    for document in _documents("bot/domain"):
        for slot in document.get("slots", {}).values():
            assert slot["mappings"] == [{"type": "custom"}]
            assert slot["influence_conversation"] is False
