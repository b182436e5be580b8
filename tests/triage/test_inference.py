"""Properties of the inference and of the word index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.triage.building import case_of
from triage import Case, HospitalRules, Triage
from triage.conditions import WordIndex, to_children
from triage.expressions import View
from triage.inference import Inference


@pytest.fixture(scope="module")
def inference(engine: Triage) -> Inference:
    knowledge = engine.knowledge
    return Inference(knowledge.conditions, knowledge.hints, knowledge.child_rules, knowledge.parents)


def test_shares_add_up_to_one(engine: Triage, inference: Inference) -> None:
    case = case_of(engine, "腹痛", "发热", age=30)
    posterior = inference.posterior(case, View.of(case, engine.knowledge.parents), child=False)
    assert posterior.conditions.sum() == pytest.approx(1)
    assert sum(score for _, score in posterior.departments) == pytest.approx(1, abs=0.02)


def test_a_case_without_findings_has_no_departments(engine: Triage, inference: Inference) -> None:
    case = case_of(engine, age=30, sex="女")
    assert inference.posterior(case, View.of(case, engine.knowledge.parents), child=False).departments == ()


def test_a_narrow_term_and_its_wider_ones_are_one_observation(engine: Triage, inference: Inference) -> None:
    narrow = case_of(engine, "右下腹痛", age=30)
    both = case_of(engine, "右下腹痛", "腹痛", "下腹痛", age=30)
    parents = engine.knowledge.parents
    one = inference.posterior(narrow, View.of(narrow, parents), child=False)
    other = inference.posterior(both, View.of(both, parents), child=False)
    assert np.allclose(one.conditions, other.conditions)


def test_the_longest_word_wins_and_denied_words_do_not_count() -> None:
    index = WordIndex([(0, ("糖尿病",)), (1, ("糖尿病足",)), (2, ("肺炎", "Hpv"))])
    assert [m.key for m in index.find("有糖尿病足")] == [1]
    assert [m.key for m in index.find("没有糖尿病，得了肺炎")] == [2]
    assert [m.key for m in index.find("查HPV")] == [2]
    assert index.find("") == []


def test_foreign_words_are_found_whole_only() -> None:
    index = WordIndex([(0, ("NT",)), (1, ("HPV",))])
    assert [m.key for m in index.find("做NT，查hpv疫苗")] == [0, 1]
    assert index.find("a comment, xhpv") == []


def test_a_condition_that_only_gives_the_time_is_known_as_such() -> None:
    index = WordIndex([(0, ("感冒",)), (1, ("湿疹",))])
    assert [m.before for m in index.find("感冒以后耳朵闷")] == [True]
    assert [m.before for m in index.find("感冒好了之后一直咳")] == [True]
    assert [m.before for m in index.find("湿疹后背最痒")] == [False]
    assert [m.before for m in index.find("感冒三天")] == [False]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=50))
def test_the_word_index_takes_any_text(text: str) -> None:
    index = WordIndex([(0, ("肺炎", "感冒"))])
    assert all(0 <= match.start < max(1, len(text.lower())) for match in index.find(text))


def test_children_are_sent_by_the_conditions_own_list_first() -> None:
    rules = {"骨科": ("小儿外科", "骨科")}
    assert to_children(("骨科", "眼科"), rules, ()) == ("小儿外科", "骨科", "眼科")
    assert to_children(("骨科",), rules, ("儿科",)) == ("儿科",)


def test_what_is_asked_for_needs_the_wish(engine: Triage) -> None:
    def first(*terms: str) -> str:
        return engine.assess(case_of(engine, *terms, age=40), HospitalRules()).departments[0].name

    assert first("失眠", "乏力") != "中医科"
    assert first("失眠", "乏力", "吃中药", "中医调理") == "中医科"
    assert first("腰痛", "头晕", "针灸推拿") == "中医科"
    assert first("肩痛", "康复训练") == "康复医学科"


def test_words_of_childrens_conditions_decide_for_children_only(engine: Triage) -> None:
    def shares(text: str) -> dict[str, float]:
        case = engine.add(Case(), engine.read(text), text)
        return {d.name: d.score for d in engine.assess(case, HospitalRules()).departments}

    grown = shares("我缺钙，腿抽筋")
    assert next(iter(grown)) != "儿童保健科"
    assert next(iter(shares("孩子六个月，缺钙"))) == "儿童保健科"
