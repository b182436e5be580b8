"""Answers to questions: the right topic, its source and date, or a person."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hospital
import insurance
from core.knowledge import KnowledgeError
from insurance.library import KNOWLEDGE
from tests import loaded

CASES = loaded.document(Path(__file__).parent.parent / "cases" / "faq" / "questions.yml")
HOUSE = loaded.hospital()
INSURANCE = loaded.insurance()


def test_questions_are_answered_rightly_or_handed_over() -> None:
    right = wrong = answered_strangers = 0
    for case in CASES:
        answer = INSURANCE.answer(case["ask"])
        if case["expect"] is None:
            answered_strangers += answer.answered
        elif answer.answered:
            right += answer.topic in case["expect"]
            wrong += answer.topic not in case["expect"]
    known = sum(case["expect"] is not None for case in CASES)
    assert right / known >= 0.88
    assert wrong / known <= 0.02
    assert answered_strangers == 0


@pytest.mark.parametrize("topic", [*INSURANCE.topics, *HOUSE.info], ids=lambda topic: topic.id)
def test_every_phrasing_is_answered_by_its_own_topic_or_not_at_all(
    topic: insurance.Topic | hospital.InfoTopic,
) -> None:
    found = [INSURANCE.answer(asked) for asked in topic.questions]
    own = sum(answer.topic == topic.id for answer in found)
    # lists (places, examinations) and estimates may answer some of them better
    assert own >= 0.6 * len(found), [(q, a.topic) for q, a in zip(topic.questions, found, strict=True)]


def test_every_answer_has_a_source_a_date_and_a_caution() -> None:
    for topic in INSURANCE.topics:
        answer = INSURANCE.answer(topic.title + "医保")
        for found in (answer, INSURANCE.answer(topic.questions[0])):
            if found.answered:
                assert found.source
                assert found.as_of is not None
                assert not re.search(r"\{\w+\}", found.text)
    answer = INSURANCE.answer("住院能报多少")
    assert "以参保地政策和结算单为准" in answer.cited
    assert len(answer.cited) <= 70
    assert "以参保地政策和结算单为准" not in answer.text
    assert "虚构示例" in answer.source
    assert answer.as_of == HOUSE.insurance.as_of


def test_no_answer_promises() -> None:
    for topic in INSURANCE.topics:
        assert not re.search(r"一定能报|保证|肯定能|百分之百", topic.answer), topic.id


def test_local_numbers_come_from_the_hospital_only() -> None:
    for topic in INSURANCE.topics:
        text = topic.answer.replace("政策范围内报 50% 以上", "").replace("报 85%", "")
        assert not re.search(r"\d+\s*%", text), topic.id


def test_the_knowledge_is_deep_enough() -> None:
    assert len(INSURANCE.topics) >= 50
    assert all(len(topic.questions) >= 8 for topic in INSURANCE.topics)


def test_a_strange_question_is_handed_over_with_a_phone() -> None:
    answer = INSURANCE.answer("公积金怎么提取")
    assert not answer.answered
    assert answer.topic is None
    assert HOUSE.phones.insurance_office in answer.text
    assert HOUSE.insurance.office_hours in answer.text
    assert "转人工" in answer.text


def test_a_near_miss_offers_what_it_may_have_been() -> None:
    answer = INSURANCE.answer("门坎钱是个啥")
    assert answer.answered or "起付线" in answer.near


def test_a_question_about_money_is_not_answered_by_a_question_about_safety() -> None:
    assert INSURANCE.answer("门诊拍个CT医保能报吗").topic == "outpatient_tests"
    assert INSURANCE.answer("怀孕了拍CT对孩子有没有影响").topic == "pregnancy_radiation"


@pytest.mark.parametrize("text", ["拔完牙还在疼", "老是想上厕所尿不干净", "眼睛流泪怕光", "骨折三个月还肿"])
def test_a_complaint_is_no_insurance_question(text: str) -> None:
    assert not INSURANCE.answer(text).answered


@pytest.mark.parametrize("text", ["", " ", "😀", "?" * 50, "a" * 10_000, "报" * 10_000])
def test_bad_input_is_handed_over(text: str) -> None:
    assert INSURANCE.answer(text).text


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=60)
def test_any_text_gets_words(text: str) -> None:
    answer = INSURANCE.answer(text)
    assert answer.text
    assert 0 <= answer.confidence <= 1
    assert answer.answered == (answer.topic is not None)


def test_a_stated_bill_is_estimated() -> None:
    answer = INSURANCE.answer("我是职工医保，住院花了三万，自费五千，能报多少")
    assert answer.topic == "estimate"
    assert "30,000.00" in answer.text
    assert "5,000.00" in answer.text
    assert "不是承诺" in answer.text


def test_a_bill_without_a_plan_is_estimated_for_both() -> None:
    text = INSURANCE.answer("住院总费用2万块大概报多少").text
    assert "职工医保" in text
    assert "居民医保" in text


def test_faq_rows_keep_their_contract() -> None:
    row = insurance.faq_row(INSURANCE, {"id": 7, "text": "异地住院能报多少"})
    assert set(row) == {"id", "topic", "confidence", "answer", "source", "as_of", "answered"}
    assert row["id"] == 7
    assert row["topic"] == "away_settle"
    assert row["answered"] is True
    handed = insurance.faq_row(INSURANCE, {"id": 8, "text": "帮我写首诗"})
    assert (handed["topic"], handed["answered"], handed["as_of"]) == (None, False, None)
    assert "error" in insurance.faq_row(INSURANCE, {"id": 9})
    assert "error" in insurance.faq_row(INSURANCE, {"id": 10, "text": 3})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KNOWLEDGE, tmp_path / "knowledge"))


@pytest.mark.parametrize(
    ("name", "text", "instead", "message"),
    [
        ("topics/coverage_and_away.yml", "{employee_cap}", "{employe_cap}", "unknown words"),
        ("topics/coverage_and_away.yml", "- id: cap\n", "- id: parking\n", "same id"),
        ("topics/coverage_and_away.yml", "- id: cap\n", "- id: plans\n", "already used"),
        ("topics/coverage_and_away.yml", "  - 住院能报多少\n", "", ""),
        ("topics/coverage_and_away.yml", "  as_of: 2026-11-01\n", "", "没有填"),
        ("synonyms.yml", "words:", "word:", "没有这一项"),
        ("synonyms.yml", "  停车: [泊车", "  停车: [大夫, 泊车", "stands for two words"),
        ("cues.yml", "weak:", "weak_:", "没有填"),
    ],
)
def test_each_mistake_is_named(folder: Path, name: str, text: str, instead: str, message: str) -> None:
    file = folder / name
    before = file.read_text(encoding="utf-8")
    assert text in before
    file.write_text(before.replace(text, instead, 1), encoding="utf-8")
    if not message:
        insurance.load(HOUSE, folder)
        return
    with pytest.raises(KnowledgeError, match=message):
        insurance.load(HOUSE, folder)


def test_the_way_of_asking_for_an_estimate_that_answers_suggest_works() -> None:
    suggested = re.search(r"这样问我：“(.+?)”", INSURANCE.answer("住院能报多少").text)
    assert suggested is not None
    assert INSURANCE.answer(suggested[1]).topic == "estimate"


def test_whoever_is_insured_elsewhere_gets_no_local_figures() -> None:
    for text in (
        "上海职工医保住院三级医院花了3万能报多少",
        "我是河南居民医保，在你们这住院花了两万，能报多少",
    ):
        answer = INSURANCE.answer(text)
        assert answer.topic == "away_settle"
        assert "异地就医" in answer.text
        assert "元粗略估算" not in answer.text
    assert INSURANCE.answer("职工医保住院花了3万能报多少").topic == "estimate"


def test_a_way_of_paying_is_no_limit_of_days() -> None:
    assert INSURANCE.answer("DRG是什么").topic == "drg"
    assert not INSURANCE.answer("外星人来看病报多少").answered


def test_the_place_for_chest_pain_is_told() -> None:
    assert "急诊楼1层" in INSURANCE.answer("胸痛中心在哪").text
