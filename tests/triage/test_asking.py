"""Which question comes next, and how few there are."""

from __future__ import annotations

import pytest

from benchmarks.simulated_patient import Crowd
from benchmarks.triage_simulated import Run, talk
from tests import loaded
from tests.triage.building import case_of
from triage import DEFAULT_RULES, Case, Finding, Question, Status, Triage
from triage.asking import MOST_OPTIONS, MOST_SIGNS
from triage.questions import NONE, id_of, parts_of


def next_question(engine: Triage, case: Case) -> Question:
    question = engine.assess(case).next_question
    assert question is not None
    return question


def ask_through(engine: Triage, case: Case) -> list[Question]:
    """All questions, each answered by its last option."""
    asked: list[Question] = []
    while (question := engine.assess(case).next_question) is not None:
        asked.append(question)
        answered = engine.answer(case, question.id, question.options[-1].label)
        assert answered is not None
        case = answered
    return asked


def test_signs_of_one_region_come_in_one_question(engine: Triage) -> None:
    case = case_of(engine, "腹痛", "腹泻", "尿频", age=40, sex="男")
    question = next_question(engine, case)
    assert question.kind == "red_flag"
    assert {"q_rf_belly", "q_rf_diarrhea"} <= parts_of(question.id).keys()
    assert 2 <= len(question.options) - 1 <= MOST_SIGNS
    regions = [one for one in ask_through(engine, case) if one.kind == "red_flag"]
    assert len(regions) == 1


@pytest.mark.parametrize(
    "terms", [("腹痛", "呕吐"), ("头痛", "发热"), ("胸痛",), ("腰痛", "尿频"), ("皮疹",)]
)
def test_no_sign_is_asked_that_was_said_or_denied(engine: Triage, terms: tuple[str, ...]) -> None:
    plain = next_question(engine, case_of(engine, *terms, age=40, sex="男"))
    assert plain.kind == "red_flag"
    denied = plain.options[0].value
    case = case_of(engine, *terms, Finding(denied, Status.ABSENT), age=40, sex="男")
    for question in ask_through(engine, case):
        assert denied not in {option.value for option in question.options}
        assert not {option.value for option in question.options}.intersection(terms)


def test_a_sign_of_a_question_of_several_regions_is_understood(engine: Triage) -> None:
    case = case_of(engine, "腹痛", "腹泻", age=40, sex="男")
    question = next_question(engine, case)
    for option in question.options[:-1]:
        tapped = engine.answer(case, question.id, option.label)
        assert tapped is not None
        assert any(f.term == option.value and f.counts for f in tapped.findings), option
    none = engine.answer(case, question.id, "以上都没有")
    assert none is not None
    denied = {f.term for f in none.findings if f.status is Status.ABSENT}
    assert denied == {option.value for option in question.options} - {NONE}


def test_what_tells_departments_apart_is_offered_to_choose_from(engine: Triage) -> None:
    asked = ask_through(engine, case_of(engine, "乏力", age=45, sex="男"))
    choices = [question for question in asked if question.kind == "choice"]
    assert choices
    for question in choices:
        assert 2 <= len(question.options) - 1 <= MOST_OPTIONS
        assert engine.question(question.id) == question
    offered = [option.value for question in choices for option in question.options if option.value != NONE]
    assert len(offered) == len(set(offered))


def test_an_answer_that_says_more_than_was_asked_is_taken_in(engine: Triage) -> None:
    case = case_of(engine, "乏力", age=45, sex="男")
    question = next(q for q in ask_through(engine, case) if q.kind == "choice")
    first = question.options[0]
    answered = engine.answer(case, question.id, f"{first.label}，还牙疼")
    assert answered is not None
    assert {first.value, "牙痛"} <= {f.term for f in answered.findings if f.counts}


def test_a_baby_is_not_asked_what_a_baby_cannot_tell(engine: Triage) -> None:
    for terms in (("哭闹",), ("发热", "呕吐"), ("哭闹", "不吃奶")):
        for question in ask_through(engine, case_of(engine, *terms, age=8 / 12, sex="男")):
            assert not {"情绪低落", "焦虑", "头晕", "头痛", "心悸"}.intersection(
                o.value for o in question.options
            )


def test_a_denied_wider_term_rules_out_its_narrower_ones(engine: Triage) -> None:
    case = case_of(engine, "恶心", Finding("腹痛", Status.ABSENT), age=45, sex="男")
    for question in ask_through(engine, case):
        if question.kind == "choice":
            assert not any(
                "腹痛" in engine.knowledge.parents.get(option.value, ()) for option in question.options
            )


def test_who_it_is_comes_first_where_a_child_has_other_signs(engine: Triage) -> None:
    assert next_question(engine, case_of(engine, "发热")).id == "q_age"
    assert next_question(engine, case_of(engine, "发热", age=30, sex="男")).kind == "red_flag"
    assert next_question(engine, case_of(engine, "胸痛")).kind == "red_flag"


def test_sex_and_pregnancy_are_one_question_where_both_are_open(engine: Triage) -> None:
    asked = [question.id for question in ask_through(engine, case_of(engine, "下腹痛", age=30))]
    assert "q_woman" in asked
    assert not {"q_sex", "q_pregnant"}.intersection(asked)


@pytest.mark.parametrize(
    ("answer", "sex", "pregnant"),
    [
        ("男", "男", None), ("男的", "男", None), ("女，没怀孕", "女", False), ("女，怀孕了", "女", True),
        ("女，不确定", "女", None), ("女的，怀孕三个月", "女", True), ("我怀孕了", "女", True),
    ],
)  # fmt: skip
def test_one_answer_says_sex_and_pregnancy(
    engine: Triage, answer: str, sex: str, pregnant: bool | None
) -> None:
    answered = engine.answer(case_of(engine, "下腹痛", age=30), "q_woman", answer)
    assert answered is not None
    assert (answered.person.sex, answered.person.pregnant) == (sex, pregnant)


@pytest.mark.parametrize("unknown", ["q_which:没有这个词", "q_rf_none:冷汗", "q_x+q_y", ""])
def test_an_id_with_unknown_parts_is_an_error(engine: Triage, unknown: str) -> None:
    with pytest.raises(KeyError):
        engine.question(unknown)


def test_ids_are_put_together_and_taken_apart() -> None:
    parts = {"q_rf_belly": ("黑便", "呕血"), "q_rf_urine": ()}
    assert parts_of(id_of(parts)) == parts


@pytest.fixture(scope="module")
def runs(engine: Triage) -> list[Run]:
    base = engine.knowledge
    terms = {question.id: question.term for question in base.finding_questions}
    crowd = Crowd(base.conditions, loaded.words(), base.child_rules, DEFAULT_RULES.child_max_age, terms)
    return [talk(engine, crowd, f"test.{number}", 0.5) for number in range(200)]


def test_questions_are_few_and_help(runs: list[Run]) -> None:
    calm = [run for run in runs if not run.emergency]
    assert sum(len(run.questions) for run in calm) / len(calm) <= 3.2
    assert sum(run.first_right(5) for run in calm) > sum(run.first_right(0) for run in calm)


def test_nobody_is_asked_the_same_twice(runs: list[Run]) -> None:
    for run in runs:
        bases = [base for one in run.questions for base in parts_of(one) if base != "q_which"]
        offered = [term for one in run.questions for term in parts_of(one).get("q_which", ())]
        assert len(bases) == len(set(bases))
        assert len(offered) == len(set(offered))
