"""Judging answers: properties that hold for every text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup import Other, Severity, assess
from tests.followup.conftest import KNOWLEDGE

GENERAL = KNOWLEDGE.pathway("通用")
_POLITE = st.sampled_from(["您好，", "谢谢医生，", "不好意思，", "医生您好，"])
_RED = st.sampled_from(["胸口疼得厉害", "喘不上气", "血流不止", "叫不醒了", "不想活了", "抽搐了", "吐血了"])
_WORDS = st.sampled_from(
    [
        "伤口有点红",
        "没有发烧",
        "吃得下饭",
        "挺好的",
        "体温38.6",
        "一天拉了五次",
        "昨天",
        "不过",
        "，",
        "。",
        "他说",
        "药吃完了",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    assert assess(KNOWLEDGE, GENERAL, text, question_text=text).severity in set(Severity)


@settings(max_examples=60, deadline=None)
@given(st.lists(_WORDS, max_size=6).map("，".join), _RED)
def test_a_red_is_not_lowered_by_what_stands_before_it(before: str, red: str) -> None:
    assert assess(KNOWLEDGE, GENERAL, f"{before}。现在{red}").severity is Severity.RED


@settings(max_examples=40, deadline=None)
@given(_POLITE, st.sampled_from(["伤口流脓了", "没有发烧", "疼痛7分", "昨晚烧到38度9", "还行吧"]))
def test_polite_words_change_nothing(polite: str, text: str) -> None:
    assert assess(KNOWLEDGE, GENERAL, polite + text).severity == assess(KNOWLEDGE, GENERAL, text).severity


@pytest.mark.parametrize("pathway", KNOWLEDGE.pathways, ids=lambda pathway: pathway.id)
def test_every_offered_option_means_what_it_says(pathway) -> None:  # type: ignore[no-untyped-def]
    for contact in pathway.contacts:
        for question_id in contact.questions:
            question = KNOWLEDGE.question(pathway, question_id)
            for option in question.options:
                found = assess(KNOWLEDGE, pathway, option.title, question=question)
                assert found.severity is option.severity, option.title
                assert found.severity.rank < 2 or found.why


@pytest.mark.parametrize("pathway", KNOWLEDGE.pathways, ids=lambda pathway: pathway.id)
def test_offered_options_typed_in_words_are_never_taken_for_less(pathway) -> None:  # type: ignore[no-untyped-def]
    """A red option that is typed with other words around it is at least an amber."""
    for contact in pathway.contacts:
        for question_id in contact.questions:
            question = KNOWLEDGE.question(pathway, question_id)
            for option in question.options:
                if option.severity is Severity.RED:
                    found = assess(KNOWLEDGE, pathway, f"我这边{option.title}呀", question=question)
                    assert found.severity.rank >= Severity.AMBER.rank, (option.title, found)


@pytest.mark.parametrize(
    "unit", ["疼", "没有", "伤口红肿，", "1", "一", "九十", "😀", "有点", "３", "1.", "。"]
)
def test_endless_answers_are_judged(unit: str) -> None:
    assert assess(KNOWLEDGE, GENERAL, unit * 10_000, question_text="伤口怎么样？").severity in set(Severity)


def test_two_ambers_are_a_red_and_one_is_not() -> None:
    one = assess(KNOWLEDGE, GENERAL, "伤口红肿还流黄水")
    two = assess(KNOWLEDGE, GENERAL, "伤口红肿还流黄水，昨晚烧到38度9")
    assert (one.severity, two.severity) == (Severity.AMBER, Severity.RED)


def test_an_emergency_beside_an_opt_out_is_still_an_emergency() -> None:
    found = assess(KNOWLEDGE, GENERAL, "别发了，我胸口疼得喘不上气")
    assert (found.severity, found.other) == (Severity.RED, Other.OPT_OUT)


def test_red_answers_tell_the_patient_what_to_do_and_name_no_disease() -> None:
    for text in ("胸口疼得厉害", "血流不止", "不想活了", "嘴歪了说话不清"):
        tell = assess(KNOWLEDGE, GENERAL, text).tell
        assert "120" in tell
        assert not any(word in tell for word in ("心梗", "脑梗", "肺栓塞", "诊断"))


@pytest.mark.parametrize(
    ("words", "pathway_id"),
    [
        ("腹腔镜胆囊切除（日间手术）", "lap_cholecystectomy_day"),
        ("2型糖尿病", "type2_diabetes"), ("剖宫产", "caesarean"),
        ("通用", "general_discharge"), ("没听说过的病", "general_discharge"),
        ("PCI", "pci"), ("慢阻肺", "copd"),
        ("脑梗死恢复期", "stroke"), ("", "general_discharge"),
    ],
)  # fmt: skip
def test_pathways_are_found_by_their_names(words: str, pathway_id: str) -> None:
    assert KNOWLEDGE.pathway(words).id == pathway_id


@pytest.mark.parametrize(
    ("diagnosis", "icd10", "operation", "pathway_id"),
    [
        ("胆囊结石伴慢性胆囊炎", "K80.1", "腹腔镜胆囊切除术", "lap_cholecystectomy_day"),
        ("2型糖尿病性周围神经病变", "E11.4", "", "type2_diabetes"),
        ("瘢痕子宫", "O34.2", "子宫下段剖宫产术", "caesarean"),
        ("急性前壁心肌梗死", "I21.0", "冠状动脉支架置入术", "pci"),
        ("急性阑尾炎", "K35.8", "阑尾切除术", "general_discharge"),
    ],
)
def test_discharges_are_matched_by_operation_before_diagnosis(
    diagnosis, icd10, operation, pathway_id
) -> None:  # type: ignore[no-untyped-def]
    chosen = KNOWLEDGE.choose(diagnosis=diagnosis, icd10=icd10, operation=operation, icd9="")
    assert chosen.id == pathway_id
