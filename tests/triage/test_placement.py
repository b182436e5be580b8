"""What a hospital decides for itself: each group of rules, chosen and not chosen."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.loaded import triage as loaded_triage
from tests.triage.building import case_of
from triage import HospitalRules, Triage, wrong_choices
from triage.expressions import View
from triage.placement import RuleGroup, by_condition, moved

GROUPS = loaded_triage().knowledge.rule_groups
EVERY_OPTION = [(g.id, o.id) for g in GROUPS for o in g.options if o.id != g.default]


def group(**more: Any) -> RuleGroup:
    entry: dict[str, Any] = {
        "id": "own",
        "title": "自定",
        "options": [
            {"id": "usual", "title": "照常"},
            {"id": "other", "title": "改看", "departments": ["眼科"]},
        ],
        "default": "usual",
        "source": "《内科学》第9版",
        "when": {"finding": ["发热"]},
    }
    return RuleGroup.model_validate({k: v for k, v in {**entry, **more}.items() if v is not None})


def names(engine: Triage, case: Any, **choices: str) -> list[str]:
    return [d.name for d in engine.assess(case, HospitalRules(choices=choices)).departments]


def test_a_hospital_has_many_groups_to_choose_from() -> None:
    assert len(GROUPS) >= 30
    assert len({g.title for g in GROUPS}) == len(GROUPS)
    assert all(not g.chosen({}) for g in GROUPS), "the defaults leave the knowledge as it is"


@pytest.mark.parametrize(("name", "option"), EVERY_OPTION)
def test_every_option_sends_its_patients_to_its_department(name: str, option: str) -> None:
    [chosen] = [g for g in GROUPS if g.id == name]
    departments = chosen.chosen({name: option})
    assert departments
    if chosen.conditions:
        assert by_condition(GROUPS, {name: option}) == dict.fromkeys(chosen.conditions, departments)
        return
    whose = chosen.departments or ("普外科",)
    open_to_all = chosen.model_copy(update={"when": None, "population": type(chosen.population)()})
    view = View.of(case_of(loaded_triage(), "发热"), {})
    scores = moved([open_to_all], {name: option}, view, [(whose[0], 0.7), ("眼科", 0.3)])
    assert sum(score for _, score in scores) == pytest.approx(1)
    assert scores[0][0] == departments[0]


@pytest.mark.parametrize(
    ("terms", "person", "choice", "usual", "chosen"),
    [
        (["甲状腺结节"], {"age": 40}, ("thyroid_nodule", "endocrine"), "甲状腺头颈外科", "内分泌科"),
        (["痔疮"], {"age": 40}, ("anorectal", "general_surgery"), "肛肠科", "普外科"),
        (["痛风"], {"age": 40}, ("gout", "endocrine"), "风湿免疫科", "内分泌科"),
        (["骨折"], {"age": 40}, ("adult_injury", "emergency"), "骨科", "急诊科"),
        (["骨折"], {"age": 6}, ("child_injury", "paediatric_surgery"), "骨科", "小儿外科"),
        (["咳嗽"], {"age": 16}, ("adolescents", "paediatrics"), "呼吸内科", "儿科"),
        (["咳嗽", "发热"], {"age": 30}, ("fever_adults", "infection"), "呼吸内科", "感染科"),
        (["腹泻", "腹痛"], {"age": 30}, ("diarrhoea", "infection"), "消化内科", "感染科"),
        (["咳嗽"], {"age": 30, "pregnant": True}, ("pregnant_medical", "obstetrics"), "呼吸内科", "产科"),
        (
            ["咳嗽"],
            {"age": 75, "history": frozenset({"高血压", "糖尿病"})},
            ("multimorbidity", "geriatrics"),
            "呼吸内科",
            "老年医学科",
        ),
    ],
)  # fmt: skip
def test_a_choice_moves_the_patients_it_is_about(
    engine: Triage, terms: list[str], person: dict[str, Any], choice: tuple[str, str], usual: str, chosen: str
) -> None:
    case = case_of(engine, *terms, **person)
    assert names(engine, case)[0] == usual
    assert names(engine, case, **{choice[0]: choice[1]})[0] == chosen


def test_a_choice_leaves_other_patients_alone(engine: Triage) -> None:
    everything = {name: option for name, option in EVERY_OPTION}
    case = case_of(engine, "牙痛", age=40)
    assert names(engine, case, **everything)[0] == names(engine, case)[0] == "口腔科"
    adult = case_of(engine, "咳嗽", age=40)
    assert names(engine, adult, adolescents="paediatrics") == names(engine, adult)


def test_no_choice_comes_before_an_emergency(engine: Triage) -> None:
    case = case_of(engine, "胸痛", "大汗", "濒死感", age=60)
    assert engine.screen(case)
    for name, option in EVERY_OPTION:
        assert names(engine, case, **{name: option})[0] == names(engine, case)[0], name


def test_a_chosen_department_that_the_hospital_lacks_is_replaced(engine: Triage) -> None:
    rules = HospitalRules(choices={"gout": "endocrine"}, substitutes={"内分泌科": "全科医学科"})
    found = engine.assess(case_of(engine, "痛风", age=40), rules).departments
    assert found[0].name == "全科医学科"


def test_wrong_choices_are_named_with_what_there_is() -> None:
    wrong = wrong_choices(GROUPS, {"thyroid": "endocrine", "sleep": "heart", "gout": "endocrine"})
    assert set(wrong) == {"thyroid", "sleep"}
    assert "no such group" in wrong["thyroid"]
    assert "standard, neurology, tcm" in wrong["sleep"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"default": "nothing"}, "none of its options"),
        ({"conditions": ["gout"]}, "either conditions"),
        ({"when": None}, "either conditions"),
        ({"when": None, "conditions": ["gout"], "departments": ["骨科"]}, "departments go with when"),
        ({"options": [{"id": "usual", "title": "照常"}] * 2}, "same id"),
        ({"options": [{"id": "usual", "title": "照常"}]}, "at least 2"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        group(**more)


def test_the_sum_of_the_scores_stays(engine: Triage) -> None:
    view = View.of(case_of(engine, "发热", age=30), {})
    scores = [("骨科", 0.5), ("眼科", 0.3), ("皮肤科", 0.2)]
    assert moved([group()], {}, view, scores) == scores
    assert moved([group()], {"own": "other"}, view, scores) == [("眼科", 1.0)]
    some = moved([group(departments=["骨科"])], {"own": "other"}, view, scores)
    assert [name for name, _ in some] == ["眼科", "皮肤科"]
    assert sum(score for _, score in some) == pytest.approx(1)
