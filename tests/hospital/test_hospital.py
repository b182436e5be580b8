"""The example hospital: who goes where, who is found by what words, and whether it is believable."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SHANGHAI
from hospital import STANDARD_DEPARTMENTS, Hospital, QuietHours, Session
from hospital.directory import look_up
from tests import loaded

HOUSE = loaded.hospital()
SAMPLE_DATE = datetime(2026, 11, 23, tzinfo=SHANGHAI)


@pytest.fixture
def house() -> Hospital:
    return HOUSE


@pytest.mark.parametrize("standard", STANDARD_DEPARTMENTS)
def test_every_standard_department_leads_somewhere(house: Hospital, standard: str) -> None:
    assert house.department_for(standard) is not None


@given(
    standard=st.sampled_from(STANDARD_DEPARTMENTS),
    age=st.none() | st.floats(0, 110),
    sex=st.sampled_from([None, "男", "女"]),
)
def test_everybody_is_sent_to_a_department_that_takes_them(
    standard: str, age: float | None, sex: str | None
) -> None:
    department = HOUSE.department_for(standard, age=age, sex=sex)
    assert department is not None
    assert department.accepts(age=age, sex=sex)


@pytest.mark.parametrize(
    ("standard", "age", "sex", "name"),
    [
        ("呼吸内科", 40, None, "呼吸与危重症医学科"),
        ("呼吸内科", 5, None, "儿科"),
        ("骨科", 14.9, None, "小儿外科"),
        ("骨科", 15, None, "骨科"),
        ("普外科", 3, "男", "小儿外科"),
        ("男科", 30, "男", "男科"),
        ("男科", 30, "女", "泌尿外科"),
        ("妇科", 30, "男", "泌尿外科"),
        ("新生儿科", 0.05, None, "新生儿科"),
        ("新生儿科", 0.5, None, "儿科"),
        ("儿科", 30, None, "全科医学科"),
        ("老年医学科", 45, None, "全科医学科"),
        ("老年医学科", 80, None, "老年医学科"),
        ("感染科", 30, None, "感染科"),
        ("急诊科", 3, None, "急诊科"),
        ("其他", None, None, "全科医学科"),
    ],
)
def test_age_and_sex_decide_the_department(
    house: Hospital, standard: str, age: float | None, sex: str | None, name: str
) -> None:
    department = house.department_for(standard, age=age, sex=sex)
    assert department is not None
    assert department.name == name


def test_an_unknown_standard_department_is_nobodys(house: Hospital) -> None:
    assert house.department_for("占星科") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我想挂眼科", "ophthalmology"),
        ("我想挂眼底病的号", "fundus"),
        ("拍片子的在哪", "imaging"),
        ("想看牙", "dental"),
        ("小儿外科明天有号吗", "pediatric_surgery"),
        ("心内科还是心外科好", "cardiology"),
        ("心脏外科", "cardiac_surgery"),
        ("耳鼻喉", "ent"),
        ("肝胆外科", "hepatobiliary"),
        ("挂个 外 科", "general_surgery"),
        ("中西医结合", "integrated"),
        ("今天天气不错", None),
        ("", None),
    ],
)
def test_departments_are_found_by_what_people_call_them(house: Hospital, text: str, code: str | None) -> None:
    found = house.find_department(text)
    assert (found.code if found else None) == code


def test_every_name_and_alias_finds_its_own_department(house: Hospital) -> None:
    for department in house.departments:
        for name in (department.name, *department.aliases):
            found = house.find_department(f"请问{name}怎么走")
            assert found is department, name


def test_every_name_and_alias_finds_its_own_examination(house: Hospital) -> None:
    for exam in house.exams:
        for name in (exam.name, *exam.aliases):
            assert house.find_exam(f"我要约{name}，谢谢") is exam, name


def test_an_abbreviation_inside_another_word_is_not_found(house: Hospital) -> None:
    assert house.find_exam("做PETCT要准备什么") is None
    assert house.find_exam("想做个ct") is not None


def test_a_full_name_finds_one_doctor(house: Hospital) -> None:
    for doctor in house.doctors:
        assert doctor in house.find_doctor(f"我要挂{doctor.name}的号")


def test_a_surname_with_a_title_finds_all_of_that_name(house: Hospital) -> None:
    surname = Counter(doctor.name[0] for doctor in house.doctors).most_common(1)[0][0]
    named = [doctor for doctor in house.doctors if doctor.name.startswith(surname)]
    assert len(named) > 1
    for words in (f"{surname}主任", f"{surname}大夫在吗", f"姓{surname}的医生"):
        assert set(house.find_doctor(words)) == set(named)
    department = house.department(named[0].department)
    assert named[0] in house.find_doctor(f"{department.name}的{surname}医生")
    assert len(house.find_doctor(f"{department.name}的{surname}医生")) < len(named)


@pytest.mark.parametrize("text", ["想找个好医生", "我要看医生", "女医生", "", "医生您好"])
def test_a_title_alone_names_nobody(house: Hospital, text: str) -> None:
    assert house.find_doctor(text) == ()


def test_the_house_is_believable(house: Hospital) -> None:
    assert len(house.departments) >= 30
    assert 90 <= len(house.doctors) <= 130
    assert len({doctor.name for doctor in house.doctors}) == len(house.doctors)
    assert len(house.exams) >= 25
    assert len(house.info) >= 60
    assert sum(len(topic.questions) for topic in house.info) >= 360
    for phone in (house.phones.emergency_room, house.phones.switchboard, house.phones.insurance_office):
        assert phone.startswith("0999-555")
    for department in house.departments:
        if not department.bookable:
            continue
        sessions = [session for doctor in house.doctors_of(department.code) for session in doctor.sessions]
        assert len({(session.weekday, session.period) for session in sessions}) >= 6, department.name
        assert any(session.weekday >= 5 for session in sessions), department.name
    assert house.department("emergency").open_24h


@pytest.mark.parametrize(("weekday", "period", "slots"), [(7, "上午", 1), (0, "晚上", 1), (0, "上午", 0)])
def test_a_nonsense_session_is_refused(weekday: int, period: str, slots: int) -> None:
    with pytest.raises(ValueError, match=r"session|period|weekday"):
        Session(weekday, period, slots)


def test_half_hours_of_a_day() -> None:
    assert Session(0, "上午", 1).starts[0] == time(8, 0)
    assert Session(0, "上午", 1).starts[-1] == time(11, 30)
    assert Session(0, "下午", 1).starts == tuple(
        time(hour, minute) for hour in (14, 15, 16) for minute in (0, 30)
    )


@given(st.integers(0, 7 * 24 * 60))
def test_the_next_allowed_time_is_allowed_and_not_earlier(minutes: int) -> None:
    at = SAMPLE_DATE + timedelta(minutes=minutes)
    allowed = HOUSE.quiet_hours.next_allowed(at)
    assert allowed >= at
    assert HOUSE.quiet_hours.allows(allowed)
    assert allowed - at < timedelta(hours=14)


@pytest.mark.parametrize(
    ("at", "allowed"),
    [((8, 59), False), ((9, 0), True), ((12, 0), False), ((14, 30), True), ((20, 0), False)],
)
def test_contact_windows_end_sharply(at: tuple[int, int], allowed: bool) -> None:
    assert QuietHours().allows(SAMPLE_DATE.replace(hour=at[0], minute=at[1])) is allowed


@pytest.mark.parametrize(
    ("text", "topic", "words"),
    [
        ("口腔科在几楼", "place", "6层"),
        ("抽血的地方怎么走", "place", "2层"),
        ("无痛胃镜要家属陪吗", "exam.gastroscopy_sedated", "家属"),
        ("肠镜前一天要准备什么", "exam.colonoscopy", "泻药"),
        ("做核磁报告几天出", "exam.mri", "工作日"),
        ("腹部彩超要不要空腹", "exam.us_abdomen", "空腹8小时"),
    ],
)
def test_lists_answer_where_and_how(house: Hospital, text: str, topic: str, words: str) -> None:
    fact = look_up(house, text)
    assert fact is not None
    assert fact.topic == topic
    assert words in fact.text


def test_a_doctors_timetable_is_told(house: Hospital) -> None:
    doctor = next(doctor for doctor in house.doctors if doctor.sessions)
    fact = look_up(house, f"{doctor.name}医生周几出诊")
    assert fact is not None
    assert doctor.name in fact.text


@pytest.mark.parametrize("text", ["我头疼", "你好", "在哪里", "什么时候", ""])
def test_nothing_named_nothing_looked_up(house: Hospital, text: str) -> None:
    assert look_up(house, text) is None
