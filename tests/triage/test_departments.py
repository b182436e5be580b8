"""Where complaints go, over findings: by body system, age, sex, pregnancy, named conditions and wishes."""

from __future__ import annotations

import pytest

from tests.triage.building import case_of
from triage import Case, Finding, HospitalRules, Person, Reading, Status, Triage
from triage.questions import START


def first(engine: Triage, case: Case, rules: HospitalRules | None = None) -> str:
    departments = engine.assess(case, rules or HospitalRules()).departments
    return departments[0].name if departments else ""


@pytest.mark.parametrize(
    ("terms", "department"),
    [
        (("腹痛", "腹泻"), "消化内科"),
        (("膝关节痛",), "骨科"),
        (("皮疹", "皮肤瘙痒"), "皮肤科"),
        (("牙痛",), "口腔科"),
        (("眼痒",), "眼科"),
        (("咳嗽", "咳痰", "发热"), "呼吸内科"),
        (("尿频", "尿急", "尿痛"), "泌尿外科"),
        (("多饮", "多尿", "体重下降"), "内分泌科"),
        (("肛门肿物", "便血"), "肛肠科"),
        (("晨僵", "手痛", "关节肿胀"), "风湿免疫科"),
        (("泡沫尿", "颜面水肿"), "肾内科"),
        (("耳鸣", "听力下降"), "耳鼻喉科"),
        (("情绪低落", "失眠"), "精神心理科"),
        (("静脉曲张",), "血管外科"),
    ],
)
def test_an_adult_goes_where_the_complaint_belongs(
    engine: Triage, terms: tuple[str, ...], department: str
) -> None:
    assert first(engine, case_of(engine, *terms, age=40)) == department


@pytest.mark.parametrize(
    ("terms", "department"),
    [
        (("咳嗽", "发热"), "儿科"),
        (("腹痛",), "儿科"),
        (("疝气",), "小儿外科"),
        (("牙痛",), "口腔科"),
        (("近视",), "眼科"),
        (("发育迟缓",), "儿童保健科"),
        (("疫苗接种",), "儿童保健科"),
    ],
)
def test_a_child_goes_to_the_childrens_departments(
    engine: Triage, terms: tuple[str, ...], department: str
) -> None:
    assert first(engine, case_of(engine, *terms, age=6)) == department


def test_a_newborn_with_jaundice_goes_to_the_newborn_ward(engine: Triage) -> None:
    assert first(engine, case_of(engine, "黄疸", age=0.04)) == "新生儿科"


def test_the_hospital_decides_who_is_a_child(engine: Triage) -> None:
    case = case_of(engine, "咳嗽", age=15)
    assert first(engine, case) == "呼吸内科"
    assert first(engine, case, HospitalRules(child_max_age=16)) == "儿科"


def test_a_word_for_a_child_is_enough(engine: Triage) -> None:
    case = engine.add(Case(), Reading((Finding("咳嗽"),)), "宝宝咳嗽两天了")
    assert first(engine, case) == "儿科"


def test_sex_decides_between_departments(engine: Triage) -> None:
    assert first(engine, case_of(engine, "下腹痛", "白带异常", sex="女", age=30)) == "妇科"
    assert "妇科" not in {
        d.name for d in engine.assess(case_of(engine, "下腹痛", "尿频", sex="男", age=30)).departments
    }


def test_pregnancy_goes_to_obstetrics_from_the_hospitals_week_on(engine: Triage) -> None:
    late = case_of(engine, "妊娠呕吐", sex="女", age=28, pregnant=True, gestation_weeks=20.0)
    early = case_of(engine, "妊娠呕吐", sex="女", age=28, pregnant=True, gestation_weeks=7.0)
    assert first(engine, late) == "产科"
    assert first(engine, early) == "妇科"


@pytest.mark.parametrize(
    ("text", "department"),
    [
        ("痔疮犯了", "肛肠科"),
        ("腰椎间盘突出", "骨科"),
        ("甲亢复查", "内分泌科"),
        ("想配眼镜", "眼科"),
        ("想做个体检", "健康管理科"),
        ("孩子打疫苗", "儿童保健科"),
        ("我想试管婴儿", "生殖医学科"),
        ("拔智齿", "口腔科"),
        ("想看中医调理", "中医科"),
        ("化疗后复查，肺癌", "肿瘤科"),
    ],
)
def test_a_named_condition_or_wish_decides(engine: Triage, text: str, department: str) -> None:
    case = engine.add(Case(), engine.read(text), text)
    names = [d.name for d in engine.assess(case).departments]
    assert department in names[:2], names


def test_a_symptoms_word_does_not_name_a_condition_as_well(engine: Triage) -> None:
    # 打呼噜 is a word of snorers' conditions too; counted twice it would drown what else is said.
    text = "血压160/100，头晕，平时打呼噜"
    case = engine.add(Case(person=Person(age=45)), engine.read(text), text)
    assert first(engine, case) == "心血管内科"


def test_a_denied_condition_is_no_evidence(engine: Triage) -> None:
    case = engine.add(Case(), Reading((Finding("咳嗽"),)), "咳嗽，没有糖尿病")
    assert first(engine, case) == "呼吸内科"


def test_absent_findings_count(engine: Triage) -> None:
    with_fever = case_of(engine, "腹泻", "腹痛", "发热", age=30)
    without = case_of(engine, "腹泻", "腹痛", Finding("发热", Status.ABSENT), age=30)
    assert "没有发烧" in engine.assess(without).explanation
    assert "发烧" in engine.assess(with_fever).explanation


def test_the_reason_is_a_sentence_in_plain_words(engine: Triage) -> None:
    assessment = engine.assess(case_of(engine, "腹痛", "腹泻", Finding("发热", Status.ABSENT), age=30))
    assert assessment.explanation == "因为您说肚子痛、拉肚子，没有发烧，先看消化内科比较合适。"
    assert all(d.why.endswith("。") for d in assessment.departments)


def test_a_department_that_the_hospital_lacks_is_replaced(engine: Triage) -> None:
    rules = HospitalRules(substitutes={"肛肠科": "普外科"})
    assert first(engine, case_of(engine, "痔疮", age=40), rules) == "普外科"


def test_the_fever_clinic_comes_first_where_the_hospital_wants_it(engine: Triage) -> None:
    case = case_of(engine, "发热", "咳嗽", age=30)
    assert first(engine, case, HospitalRules(fever_clinic_first=True)) == "感染科"
    assert first(engine, case) == "呼吸内科"


def test_scores_are_shares(engine: Triage) -> None:
    for case in (case_of(engine, "腹痛"), case_of(engine, "胸痛", "冷汗"), case_of(engine, "头晕", age=70)):
        scores = [d.score for d in engine.assess(case).departments]
        assert 0 < sum(scores) <= 1.001
        assert len(scores) <= 3


def test_the_engine_does_not_change_between_cases(engine: Triage) -> None:
    case = case_of(engine, "头晕", age=50, sex="女")
    before = engine.assess(case)
    engine.assess(case_of(engine, "发热", age=0.1))
    assert engine.assess(case) == before


def test_a_case_survives_json(engine: Triage) -> None:
    case = engine.add(Case(), engine.read("我肚子疼两天了"), "我肚子疼两天了")
    assert Case.from_json(case.to_json()) == case
    assert Case.from_json(None) == Case(person=Person())


def test_a_body_part_inside_another_word_is_no_hint(engine: Triage) -> None:
    asked = engine.assess(engine.add(Case(), Reading(), "担心手术")).next_question
    assert asked is not None and asked.id == START


def test_somebody_who_speaks_of_suicide_is_answered_with_care(engine: Triage) -> None:
    assert "陪着您" in engine.assess(case_of(engine, "自杀意念")).explanation


def test_an_emergency_of_a_child_names_childrens_departments(engine: Triage) -> None:
    def departments(age: float) -> list[str]:
        text = "右下腹疼得厉害，发烧，不敢动"
        case = engine.add(Case(person=Person(age=age)), engine.read(text), text)
        assert engine.screen(case)
        return [d.name for d in engine.assess(case, HospitalRules()).departments]

    assert departments(40)[:2] == ["急诊科", "普外科"]
    young = departments(7)
    assert young[:2] == ["急诊科", "小儿外科"]
    assert "普外科" not in young
