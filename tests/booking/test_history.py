"""The history before the visit: short, nothing asked twice, and readable for the doctor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking import AI_LABEL, SKIPPED, Booking, BookSlot, next_history_question, question_text, summarise
from booking.history import MAX_QUESTIONS, load_groups, load_questions
from core.audit import AuditEvent
from core.database import Database
from core.errors import Refusal
from hospital import STANDARD_DEPARTMENTS
from tests.booking.conftest import Enrol
from triage.model import Case, Finding, Person, Status

BELLY = Case(
    findings=(
        Finding(
            "腹痛",
            duration_hours=48,
            site="上腹",
            course="intermittent",
            severity=5,
            trigger="进食",
            relief="休息",
        ),
        Finding("腹泻", duration_hours=24),
        Finding("发热", status=Status.ABSENT),
        Finding("呕吐", status=Status.UNCERTAIN),
    ),
    person=Person(age=36, sex="女", pregnant=False, history=frozenset({"高血压"})),
    words=("我肚子疼两天了，还有点拉肚子",),
)


def talk(department: str, case: Case, answer: str = "没有") -> dict[str, str]:
    answered: dict[str, str] = {}
    while (question := next_history_question(department, case, answered)) is not None:
        assert question.id not in answered
        answered[question.id] = answer
    return answered


def test_every_group_has_its_short_questions_and_options() -> None:
    groups = load_questions()
    assert {
        "general",
        "abdomen",
        "respiratory",
        "heart",
        "neuro",
        "bone",
        "women",
        "child",
        "skin",
        "senses",
    } <= set(groups)
    for name, questions in groups.items():
        assert name == "common" or 6 <= len(questions) <= 8
        for question in questions:
            assert len(question.text) <= 40
            assert question.text.endswith(("？", "。", "）"))
            assert question.label
            assert not question.denies or question.options


def test_groups_name_real_departments() -> None:
    assert set(load_groups()) <= set(STANDARD_DEPARTMENTS)


@pytest.mark.parametrize("department", STANDARD_DEPARTMENTS)
def test_a_visit_to_any_department_asks_a_few_questions_and_always_for_allergies(department: str) -> None:
    answered = talk(department, Case())
    assert 6 <= len(answered) <= MAX_QUESTIONS
    assert {"past", "drugs", "allergy"} <= set(answered)
    assert all(question_text(one) for one in answered)


def test_what_triage_knows_is_not_asked_again() -> None:
    asked = talk("消化内科", BELLY)
    assert "abdomen_site" not in asked
    assert "abdomen_kind" not in asked
    assert "abdomen_with" not in asked
    assert "abdomen_meal" in asked
    assert "women_pregnant" not in talk("妇科", BELLY)


def test_questions_are_only_put_to_whom_they_concern() -> None:
    child = Case(person=Person(age=6, sex="女"))
    assert "respiratory_smoke" not in talk("呼吸内科", child)
    assert "women_births" not in talk("妇科", child)


def test_the_summary_is_a_case_history_with_the_label_first() -> None:
    answered = {
        "abdomen_meal": "饭后重一些",
        "abdomen_stool": "拉稀",
        "abdomen_food": "没有",
        "abdomen_scope": SKIPPED,
        "past": "高血压五年，吃氨氯地平",
        "drugs": "记不清了",
        "allergy": "不过敏",
    }
    summary = summarise(BELLY, answered, department="消化内科")
    sections = dict(summary.sections)
    assert summary.text.startswith(f"【{AI_LABEL}】\n就诊信息：女，36岁，预约消化内科")
    assert list(sections) == [
        "就诊信息", "主诉", "现病史", "伴随症状", "既往史", "过敏史", "用药史", "个人史",
    ]  # fmt: skip
    assert sections["主诉"] == "腹痛（上腹）2天，伴腹泻1天。"
    assert "腹痛（上腹），间断发作，持续2天，诱因：进食，缓解因素：休息" in sections["现病史"]
    assert sections["伴随症状"] == "腹泻，持续1天；无发热；呕吐不详。"
    assert "/10" not in summary.text
    assert "患者原话“我肚子疼两天了，还有点拉肚子”" in sections["现病史"]
    assert "与进食关系：饭后重一些" in sections["现病史"]
    assert sections["既往史"] == "自述有高血压；既往疾病和手术：高血压五年，吃氨氯地平。"
    assert sections["过敏史"] == "否认药物及食物过敏。"
    assert sections["用药史"] == "用药不详。"
    assert sections["个人史"] == "否认不洁饮食及饮酒。"
    assert SKIPPED not in summary.text


def test_a_no_that_goes_on_is_kept_in_the_patients_words() -> None:
    summary = summarise(Case(), {"allergy": "没有，就是吃虾会起疹子"}, department="皮肤科")
    assert dict(summary.sections)["过敏史"] == "过敏：没有，就是吃虾会起疹子。"


def test_without_findings_the_complaint_is_quoted_and_gaps_are_named() -> None:
    sections = dict(summarise(Case(words=("说不上来哪里难受",)), {}, department="全科医学科").sections)
    assert sections["主诉"] == "患者自述“说不上来哪里难受”。"
    assert "未问及：既往疾病和手术、用药、过敏" in sections["现病史"]


def test_an_answer_that_says_something_else_is_quoted_and_not_put_under_the_name_of_the_question() -> None:
    summary = summarise(BELLY, {"abdomen_kind": "两天前开始的"}, department="消化内科")
    assert "性质：" not in summary.text
    assert "问性质时，患者答“两天前开始的”" in summary.text
    told = summarise(BELLY, {"abdomen_kind": "隐隐作痛，吃完饭更厉害"}, department="消化内科")
    assert "性质：隐隐作痛，吃完饭更厉害" in told.text


def test_the_everyday_word_for_a_part_is_no_place_and_a_wide_term_is_not_repeated() -> None:
    case = Case(
        findings=(
            Finding("腹痛", site="肚子", duration_hours=48),
            Finding("疼痛"),
            Finding("腹泻", site="肚子"),
        )
    )
    assert dict(summarise(case, {}, department="消化内科").sections)["主诉"] == "腹痛2天，伴腹泻。"
    assert "abdomen_site" in talk("消化内科", case)


@pytest.mark.parametrize(("age", "words"), [(0.02, "7天"), (0.5, "6个月"), (3.0, "3岁")])
def test_small_children_are_told_in_days_and_months(age: float, words: str) -> None:
    sections = dict(summarise(Case(person=Person(age=age)), {}, department="儿科").sections)
    assert words in sections["就诊信息"]


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["past", "drugs", "allergy", "abdomen_meal", "nothing"]), st.text(max_size=80)
    ),
    st.lists(st.text(max_size=60), max_size=3),
)
def test_any_answers_can_be_summarised(answered: dict[str, str], words: list[str]) -> None:
    assert AI_LABEL in summarise(Case(words=tuple(words)), answered, department="消化内科").text


def test_a_history_is_stored_encrypted_read_with_an_audit_row_and_moves_along(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    summary = summarise(BELLY, {"allergy": "青霉素过敏"}, department="消化内科")
    with scheduled.session() as session:
        who = enrol(session)
        slots = booking.open_slots(session, department="gastro", limit=20)
        old = booking.book(session, BookSlot(who.id, who.id, slots[0].id, "k"))
        assert not isinstance(old, Refusal)
        assert booking.save_history(session, old.id, {"allergy": "青霉素过敏"}, summary) is None
        assert booking.save_history(session, old.id, {"allergy": "青霉素过敏"}, summary) is None
        assert isinstance(booking.save_history(session, "nothing", {}, summary), Refusal)
        new = booking.reschedule(session, old.id, slots[-1].id, "move")
        assert not isinstance(new, Refusal)
    with scheduled.session() as session:
        assert booking.history(session, new.id, actor="staff:d1") == summary.text
        assert booking.history(session, old.id, actor="staff:d1") is None
        session.flush()
        actions = [row.action for row in session.query(AuditEvent).order_by(AuditEvent.id)]
        assert actions.count("booking.view_history") == 1
        row = (
            session.connection()
            .exec_driver_sql("SELECT answers_enc, summary_enc FROM previsit_history")
            .one()
        )
        assert "青霉素" not in "".join(row)
