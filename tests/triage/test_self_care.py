"""Looking after oneself at home: advised only where everything speaks for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import loaded
from triage import Action, Assessment, Case, Finding, Level, Person, Reading, Triage
from triage.model import Question

CASES = loaded.document(Path(__file__).parents[1] / "cases" / "triage" / "self_care.yml")
COLD = "感冒两天了，流鼻涕，鼻塞"


def told(engine: Triage, *messages: str, **person: Any) -> Case:
    case = Case(person=Person(**person))
    for message in messages:
        case = engine.add(case, engine.read(message), message)
    return case


def answered(question: Question, entry: dict[str, Any]) -> str:
    if question.kind == "red_flag":
        return str(entry.get("signs", "以上都没有"))
    if question.id == "q_since":
        return str(entry["since"])
    return {"q_age": "我自己", "q_woman": "女，没怀孕", "q_sex": "男"}.get(question.id, "没有")


def to_the_end(engine: Triage, case: Case, entry: dict[str, Any]) -> Assessment:
    while (question := engine.assess(case).next_question) is not None:
        grown = engine.answer(case, question.id, answered(question, entry))
        assert grown is not None, question
        case = grown
    return engine.assess(case)


@pytest.mark.parametrize("entry", CASES, ids=lambda entry: entry["name"])
def test_who_may_stay_at_home(engine: Triage, entry: dict[str, Any]) -> None:
    found = to_the_end(engine, told(engine, *entry["messages"], **entry.get("person", {})), entry)
    assert (found.action is Action.SELF_CARE) is entry["self_care"], found
    assert bool(found.advice) is entry["self_care"]
    assert found.departments, "the department is named all the same"


def test_how_long_it_has_lasted_is_asked_before_anybody_is_left_at_home(engine: Triage) -> None:
    case = told(engine, "感冒了，鼻塞流清鼻涕", age=30, sex="男")
    found = engine.assess(case)
    assert found.next_question is not None and found.next_question.id == "q_since"
    assert found.action is Action.CLINIC
    for option, at_home in (("今天刚开始", True), ("两三天", True), ("week", False), ("半个月以上", False)):
        grown = engine.answer(case, "q_since", option)
        assert grown is not None
        assert (engine.assess(grown).action is Action.SELF_CARE) is at_home, option
    assert engine.answer(case, "q_since", "你们几点下班") is None


def test_an_open_question_about_danger_comes_first(engine: Triage) -> None:
    found = engine.assess(told(engine, "昨天开始拉肚子", age=28, sex="男"))
    assert found.next_question is not None and found.next_question.kind == "red_flag"
    assert found.action is Action.CLINIC


FLAGS = loaded.triage().knowledge.red_flags
SINGLE = sorted({flag.when.finding[0] for flag in FLAGS if flag.when.finding and not flag.when._limits()})


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SINGLE))
def test_a_red_flag_always_ends_self_care(term: str) -> None:
    engine = loaded.triage()
    case = told(engine, COLD, age=30, sex="男")
    assert engine.assess(case).action is Action.SELF_CARE
    grown = engine.add(case, Reading((Finding(term),)), "")
    found = engine.assess(grown)
    assert found.action is not Action.SELF_CARE
    assert found.advice == ""


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        sorted(loaded.words().history_terms - {"药物过敏史", "瘦高体型", "长途旅行", "口服避孕药"})
    )
)
def test_any_illness_of_the_history_ends_self_care(term: str) -> None:
    engine = loaded.triage()
    case = told(engine, COLD, age=30, sex="男")
    ill = replace(case, person=replace(case.person, history=frozenset({term})))
    assert engine.assess(ill).action is not Action.SELF_CARE


@settings(max_examples=40, deadline=None)
@given(st.floats(min_value=0, max_value=110))
def test_only_grown_ups_below_65_stay_at_home(age: float) -> None:
    engine = loaded.triage()
    found = engine.assess(told(engine, COLD, age=age, sex="男"))
    assert (found.action is Action.SELF_CARE) is (18 <= age < 65)


def test_self_care_is_level_four_only(engine: Triage) -> None:
    for condition in engine.knowledge.conditions:
        if condition.self_care is not None:
            assert condition.level is Level.IV, condition.id
            assert "请" in condition.self_care.advice, f"{condition.id}: say when to come all the same"
