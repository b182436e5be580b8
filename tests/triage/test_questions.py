"""The next question and its answers."""

# ruff: noqa: E501 (tables of Chinese sentences)
from __future__ import annotations

import pytest

from tests.triage.building import case_of
from triage import Case, Finding, Status, Triage
from triage.questions import MOST, age_in, number_in


def told(case: Case) -> dict[str, Status]:
    return {finding.term: finding.status for finding in case.findings}


def talk(engine: Triage, case: Case, answer: str) -> tuple[Case, list[str]]:
    """Plays a patient who always gives the same answer; returns the case and the questions."""
    asked = []
    while (question := engine.assess(case).next_question) is not None:
        assert question.id not in asked, f"{question.id} was asked twice"
        asked.append(question.id)
        assert len(asked) <= MOST
        labels = [option.label for option in question.options]
        text = answer if answer in labels or question.kind == "finding" else labels[-1]
        answered = engine.answer(case, question.id, text)
        assert answered is not None, question
        case = answered
    return case, asked


@pytest.mark.parametrize(
    "term", ["腹痛", "头晕", "胸闷", "发热", "腰痛", "下腹痛", "皮疹", "咳嗽", "关节痛", "乏力"]
)
@pytest.mark.parametrize("answer", ["有", "没有", "不确定"])
def test_at_most_five_questions_none_twice(engine: Triage, term: str, answer: str) -> None:
    talk(engine, case_of(engine, term), answer)


def test_nothing_said_asks_for_the_complaint(engine: Triage) -> None:
    question = engine.assess(Case()).next_question
    assert question is not None
    assert question.text == "请用一句话说说哪里不舒服，比如“肚子疼两天了”。"


def test_the_opening_question_takes_a_complaint_and_refuses_noise(engine: Triage) -> None:
    case = engine.answer(Case(), "q_complaint", "肚子疼两天了")
    assert case is not None and "腹痛" in told(case)
    assert engine.answer(Case(), "q_complaint", "哈哈哈") is None


def test_red_flag_signs_are_asked_first_where_one_is_missing(engine: Triage) -> None:
    question = engine.assess(case_of(engine, "胸痛", age=50, sex="男")).next_question
    assert question is not None and question.kind == "red_flag"
    assert question.options[-1].label == "以上都没有"


def test_a_tapped_sign_raises_the_red_flag(engine: Triage) -> None:
    case = case_of(engine, "胸痛", age=50, sex="男")
    question = engine.assess(case).next_question
    assert question is not None
    answered = engine.answer(case, question.id, "出冷汗、一身大汗")
    assert answered is not None and "rf_A02" in answered.raised
    assert engine.assess(answered).next_question is None


def test_none_of_these_rules_all_signs_out(engine: Triage) -> None:
    case = case_of(engine, "胸痛", age=50, sex="男")
    answered = engine.answer(case, "q_rf_chest", "以上都没有")
    assert answered is not None
    assert told(answered)["冷汗"] is Status.ABSENT
    assert told(answered)["胸痛"] is Status.PRESENT


def test_a_yes_or_no_is_understood_in_many_words(engine: Triage) -> None:
    case = case_of(engine, "腹痛")
    for text, status in (
        ("有", Status.PRESENT), ("有点", Status.PRESENT), ("嗯，有的", Status.PRESENT), ("yes", Status.PRESENT),
        ("没有", Status.ABSENT), ("没", Status.ABSENT), ("不", Status.ABSENT), ("no", Status.ABSENT),
        ("不知道", Status.UNCERTAIN), ("不确定", Status.UNCERTAIN), ("没注意", Status.UNCERTAIN),
    ):  # fmt: skip
        answered = engine.answer(case, "q_fever", text)
        assert answered is not None, text
        assert told(answered)["发热"] is status, text


def test_an_answer_takes_in_whatever_else_it_says(engine: Triage) -> None:
    answered = engine.answer(case_of(engine, "头晕"), "q_fever", "没有，就是肚子疼")
    assert answered is not None
    assert told(answered)["发热"] is Status.ABSENT
    assert told(answered)["腹痛"] is Status.PRESENT


def test_what_is_no_answer_is_refused(engine: Triage) -> None:
    case = case_of(engine, "腹痛")
    assert engine.answer(case, "q_fever", "你们几点下班") is None
    assert engine.answer(case, "q_age", "你好") is None
    assert engine.answer(case, "q_sex", "你好") is None


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("六十二", 62.0),
        ("70", 70.0),
        ("我妈，今年70", 70.0),
        ("三十五岁", 35.0),
        ("8个月", 8 / 12),
        ("二十", 20.0),
    ],
)
def test_ages_are_understood(engine: Triage, text: str, age: float) -> None:
    answered = engine.answer(case_of(engine, "腹痛"), "q_age", text)
    assert answered is not None
    assert answered.person.age == pytest.approx(age, abs=0.01)


def test_age_groups_can_be_tapped(engine: Triage) -> None:
    coughing = engine.add(Case(), engine.read("咳嗽"), "咳嗽")
    child = engine.answer(coughing, "q_age", "孩子")
    assert child is not None
    assert engine.assess(child).departments[0].name == "儿科"
    adult = engine.answer(coughing, "q_age", "成人")
    assert adult is not None
    assert engine.assess(adult).departments[0].name == "呼吸内科"


def test_sex_and_pregnancy_are_understood(engine: Triage) -> None:
    case = case_of(engine, "下腹痛")
    woman = engine.answer(case, "q_sex", "女的")
    assert woman is not None and woman.person.sex == "女"
    pregnant = engine.answer(woman, "q_pregnant", "怀孕了")
    assert pregnant is not None and pregnant.person.pregnant is True
    unsure = engine.answer(woman, "q_pregnant", "不确定")
    assert unsure is not None and unsure.person.pregnant is None


def test_pregnancy_is_asked_of_women_with_belly_complaints_only(engine: Triage) -> None:
    def questions(**person: object) -> list[str]:
        return talk(engine, case_of(engine, "下腹痛", **person), "没有")[1]

    assert "q_pregnant" in questions(sex="女", age=30)
    assert "q_pregnant" not in questions(sex="男", age=30)
    assert "q_pregnant" not in questions(sex="女", age=70)


def test_a_clear_department_asks_no_findings(engine: Triage) -> None:
    case = case_of(engine, "牙痛", Finding("发热", Status.ABSENT), age=40, sex="男")
    question = engine.assess(case).next_question
    assert question is None or question.kind != "finding"


@pytest.mark.parametrize(
    "text",
    ["不告诉你", "什么意思", "为什么要问这个", "不是我想问下医保", "有没有搞错", "可以先挂号吗", "我头晕"],
)
def test_words_that_only_begin_like_an_answer_are_none(engine: Triage, text: str) -> None:
    case = case_of(engine, "头晕", age=40, sex="男")
    question = engine.assess(case).next_question
    assert question is not None and question.kind == "red_flag"
    assert engine.answer(case, question.id, text) is None
    assert engine.answer(case, "q_fever", text) is None


@pytest.mark.parametrize(
    "text",
    [
        "没有",
        "都没有的",
        "以上情况都没有",
        "没有这些情况",
        "我自己看，40岁，没有",
        "嗯，没有",
        "没有没有",
        "这些我都没有",
    ],
)
def test_a_no_to_a_list_is_understood_in_many_words(engine: Triage, text: str) -> None:
    case = case_of(engine, "头晕", age=40, sex="男")
    answered = engine.answer(case, "q_rf_stroke", text)
    assert answered is not None
    assert told(answered)["口角歪斜"] is Status.ABSENT


def test_an_unknown_question_is_an_error(engine: Triage) -> None:
    with pytest.raises(KeyError):
        engine.question("q_nonsense")


@pytest.mark.parametrize(
    ("text", "number"),
    [("一百零二", 102.0), ("十五", 15.0), ("二十", 20.0), ("两", 2.0), ("没说", None), ("36.5", 36.5)],
)
def test_numbers_are_read(text: str, number: float | None) -> None:
    assert number_in(text) == number


def test_impossible_ages_are_no_answer() -> None:
    assert age_in("300") is None
    assert age_in("不知道") is None
    assert age_in("第0条 肚子真的疼") is None
    assert age_in("第一个孩子，3岁") == 3


def test_a_flood_of_answer_words_is_read_at_once(engine: Triage) -> None:
    """Not a question of speed: parted in every way this would take longer than the tests may."""
    case = case_of(engine, "腹痛")
    question = engine.assess(case).next_question
    assert question is not None
    assert engine.answer(case, question.id, "没有" * 200 + "x") is None
