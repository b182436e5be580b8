"""Red flags over findings: who they are for, how they add up, and that they stay."""

# ruff: noqa: E501 (tables of Chinese sentences)
from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests import loaded
from tests.triage.building import case_of, flags_of
from triage import Case, Finding, Level, Person, Reading, Status, Subject, Triage, When
from triage.red_flags import URGENCY

ENGINE = loaded.triage()
TERMS = sorted({term for flag in ENGINE.knowledge.red_flags for term in flag.when.terms()})
AGES = st.sampled_from([None, 0.05, 0.2, 0.4, 2.0, 10.0, 30.0, 70.0])


def test_crushing_chest_pain_with_sweat_is_an_emergency_even_if_age_and_sex_are_unknown(
    engine: Triage,
) -> None:
    case = case_of(engine, "胸痛", "压榨样", "冷汗")
    assessment = engine.assess(case)
    assert "rf_A02" in flags_of(engine, case)
    assert (assessment.level, assessment.action.value) == (Level.I, "call_120")
    assert assessment.departments[0].name == "急诊科"
    assert assessment.next_question is None
    assert "120" in assessment.red_flags[0].advice


def test_red_flags_add_up_over_the_messages_of_a_case(engine: Triage) -> None:
    case = engine.add(Case(), Reading((Finding("胸闷"),)), "胸口闷")
    assert flags_of(engine, case) == set()
    case = engine.add(case, Reading((Finding("冷汗"),)), "出冷汗")
    assert "rf_A02" in flags_of(engine, case)


def test_a_raised_red_flag_is_not_lowered_by_a_later_denial(engine: Triage) -> None:
    case = case_of(engine, "胸痛", "大汗")
    calmed = engine.add(case, Reading((Finding("胸痛", Status.ABSENT),)), "他说不疼了")
    assert "rf_A02" in calmed.raised
    assert "rf_A02" in flags_of(engine, calmed)


def test_denied_past_hypothetical_and_other_peoples_findings_raise_nothing(engine: Triage) -> None:
    for harmless in (
        Finding("呕血", Status.ABSENT),
        Finding("呕血", Status.UNCERTAIN),
        Finding("呕血", subject=Subject.OTHER),
        Finding("呕血", time=When.PAST),
        Finding("呕血", time=When.HYPOTHETICAL),
    ):
        assert flags_of(engine, case_of(engine, harmless)) == set()


def test_single_harmless_complaints_raise_nothing(engine: Triage) -> None:
    for term in ("头痛", "腹泻", "胸闷", "腰痛", "咳嗽", "发热", "头晕", "腹痛", "呕吐", "皮疹", "牙痛", "鼻出血",
                 "心悸", "乏力", "咽痛", "听力下降", "视力下降", "下肢水肿", "肢体麻木", "便血"):  # fmt: skip
        assert flags_of(engine, case_of(engine, term)) == set(), term


def test_an_infant_criterion_needs_an_age_or_a_word_for_a_child(engine: Triage) -> None:
    fever = Finding("体温", value=38.4)
    assert "rf_K01" in flags_of(engine, case_of(engine, fever, "发热", age=0.2))
    assert flags_of(engine, case_of(engine, fever, "发热")) == set()
    assert flags_of(engine, case_of(engine, fever, "发热", age=30)) == set()


def test_a_pregnancy_criterion_needs_a_pregnancy_or_a_missed_period(engine: Triage) -> None:
    assert "rf_P01" in flags_of(engine, case_of(engine, "停经", "腹痛"))
    assert "rf_P01" in flags_of(engine, case_of(engine, "腹痛", "阴道出血", pregnant=True))
    assert "rf_P01" not in flags_of(engine, case_of(engine, "腹痛", "阴道出血"))
    assert "rf_P01" not in flags_of(engine, case_of(engine, "停经", "腹痛", sex="男"))


def test_suicidal_thoughts_are_answered_with_a_helpline(engine: Triage) -> None:
    hit = engine.screen(case_of(engine, "自杀意念"))[0]
    assert hit.kind == "suicide"
    assert "12356" in hit.advice


def test_violence_is_answered_with_safety_first(engine: Triage) -> None:
    hit = engine.screen(case_of(engine, "家庭暴力"))[0]
    assert hit.kind == "violence"
    assert "110" in hit.advice and "12338" in hit.advice


def test_measured_values_follow_the_consensus(engine: Triage) -> None:
    def level(**value: float) -> Level:
        ((term, number),) = value.items()
        return engine.assess(case_of(engine, Finding(term, value=number), age=40)).level

    assert level(血氧=85) is Level.II
    assert level(血糖=2.5) is Level.I
    assert level(收缩压=65) is Level.I
    assert level(收缩压=210) is Level.II
    assert level(体温=41.5) is Level.I
    assert level(体温=39.4) is Level.III
    assert level(心率=120) is Level.III
    assert level(心率=75) is Level.IV


findings = st.builds(
    Finding,
    term=st.sampled_from(TERMS),
    status=st.sampled_from([Status.PRESENT, Status.PRESENT, Status.ABSENT]),
    severity=st.sampled_from([None, 2.0, 8.0]),
    sudden=st.sampled_from([None, True]),
    value=st.sampled_from([None, 2.0, 39.5, 85.0, 190.0]),
)
people = st.builds(
    Person,
    age=AGES,
    sex=st.sampled_from([None, "男", "女"]),
    pregnant=st.sampled_from([None, True, False]),
    gestation_weeks=st.sampled_from([None, 8.0, 30.0]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(findings, max_size=4), st.sampled_from(TERMS), people)
def test_adding_a_finding_never_lowers_the_level_of_a_red_flag(
    told: list[Finding], term: str, person: Person
) -> None:
    before = ENGINE.add(Case(), Reading(tuple(told), person), "")
    after = ENGINE.add(before, Reading((Finding(term, severity=8, sudden=True),)), "")
    assert set(before.raised) <= set(after.raised)
    levels = [min((URGENCY[h.level] for h in ENGINE.screen(c)), default=3) for c in (before, after)]
    assert levels[1] <= levels[0]
    if before.raised:
        assert URGENCY[ENGINE.assess(after).level] <= URGENCY[ENGINE.screen(before)[0].level]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Finding, st.sampled_from(TERMS)), min_size=2, max_size=5), st.randoms(), people)
def test_the_order_of_messages_loses_no_red_flag(told: list[Finding], random: object, person: Person) -> None:
    def raised(order: list[Finding]) -> set[str]:
        case = Case(person=person)
        for finding in order:
            case = ENGINE.add(case, Reading((finding,)), "")
        return flags_of(ENGINE, case)

    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    # Each message alone or together: what all of them add up to is always raised.
    together = flags_of(ENGINE, ENGINE.add(Case(), Reading(tuple(told), person), ""))
    assert together <= raised(told)
    assert together <= raised(shuffled)
