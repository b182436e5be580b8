"""Identity out of free text: what is understood, and what each mistake is called."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from patients import (
    IdNumber,
    age_on,
    parse_birth_date,
    parse_id_number,
    parse_identity,
    parse_name,
    parse_phone,
    refusal_text,
    same_name,
)
from patients.invented import birth_date_of, invent_id_number

TODAY = date(2026, 11, 23)
ID = invent_id_number(date(1990, 3, 7), "女", 3)
ID_WITH_X = next(
    number
    for number in (invent_id_number(date(1985, 7, 1), "男", serial) for serial in range(500))
    if number.endswith("X")
)


def code(outcome: object) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王小美", "王小美"),
        ("我叫王小美", "王小美"),
        ("我叫 王 小美", "王小美"),
        ("姓名：欧阳娜", "欧阳娜"),
        ("我的名字叫李雷。", "李雷"),
        ("病人叫陈默，女", "陈默"),
        ("我是王小美", "王小美"),
        ("王小美女士", "王小美"),
        ("我叫王小美今年32岁", "王小美"),
        ("王小美 13800001234", "王小美"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("我叫阿卜杜拉.买买提", "阿卜杜拉·买买提"),
        ("扎西•顿珠", "扎西·顿珠"),
        ("我叫黑大山", "黑大山"),
        ("Li Na", "Li Na"),
        ("姓名: john smith", "john smith"),
    ],
)
def test_a_name_is_found_however_it_is_said(text: str, name: str) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text",
    ["哈哈哈", "不想说", "肚子疼", "我想挂号", "my name", "🙂🙂", "12345", "王", "叫我小王就行",
     "我是来看病的", "姓名：张医生", "王王", "王" * 21, "张三疼", "明天上午", "测试", "aaaa"],
)  # fmt: skip
def test_nonsense_is_no_name(text: str) -> None:
    assert code(parse_name(text)).startswith("name_")


@pytest.mark.parametrize(
    "text",
    [ID, f"身份证号 {ID}", f"{ID[:6]} {ID[6:14]} {ID[14:]}", f"是{ID}。",
     "".join(chr(ord(c) + 0xFEE0) for c in ID)],
)  # fmt: skip
def test_an_id_number_is_read_with_blanks_labels_and_full_width_digits(text: str) -> None:
    number = parse_id_number(text, TODAY)
    assert isinstance(number, IdNumber)
    assert (number.value, number.birth_date, number.sex) == (ID, date(1990, 3, 7), "女")


@pytest.mark.parametrize("text", [ID_WITH_X.lower(), ID_WITH_X[:-1] + " x", ID_WITH_X[:-1] + "Ｘ"])
def test_a_final_x_is_read_in_any_form(text: str) -> None:
    number = parse_id_number(text, TODAY)
    assert isinstance(number, IdNumber)
    assert number.value == ID_WITH_X


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我没带", "id_number_missing"),
        (ID[:-1], "id_number_length"),
        (ID + "1", "id_number_length"),
        (ID[:6] + ID[8:17], "id_number_old"),
        (ID[:-1] + str((int(ID[-1]) + 1) % 10), "id_number_check_digit"),
        (ID[:10] + "1332" + ID[14:], "id_number_birth_date"),
        (ID[:6] + "1790" + ID[10:], "id_number_birth_date"),
        (invent_id_number(TODAY + timedelta(days=1), "男"), "id_number_future"),
        ("护照E12345678", "id_number_document"),
        ("港澳通行证H1234567890", "id_number_document"),
    ],
)
def test_each_mistake_in_an_id_number_has_its_own_name(text: str, expected: str) -> None:
    assert code(parse_id_number(text, TODAY)) == expected


@settings(deadline=None)
@given(
    born=st.dates(date(1910, 1, 1), TODAY),
    sex=st.sampled_from("男女"),
    serial=st.integers(0, 499),
    place=st.integers(0, 17),
    change=st.integers(1, 9),
)
def test_any_valid_number_is_read_and_any_changed_digit_is_noticed(
    born: date, sex: str, serial: int, place: int, change: int
) -> None:
    value = invent_id_number(born, sex, serial)
    number = parse_id_number(value, TODAY)
    assert isinstance(number, IdNumber)
    assert (number.birth_date, number.sex) == (born, sex)
    if value[place].isdigit():
        wrong = value[:place] + str((int(value[place]) + change) % 10) + value[place + 1 :]
        assert isinstance(parse_id_number(wrong, TODAY), Refusal)


@pytest.mark.parametrize(
    "text",
    ["13800001234", "手机号是 138 0000 1234", "138-0000-1234", "+86 13800001234", "0086 13800001234",
     "１３８００００１２３４",
     "幺三八零零零零幺二三四", "电话一三八，零零零零，一二三四"],
)  # fmt: skip
def test_a_mobile_number_becomes_e164(text: str) -> None:
    assert parse_phone(text) == "+8613800001234"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("不方便", "phone_missing"),
        ("1380000123", "phone_length"),
        ("138000012345", "phone_length"),
        ("010-88886666", "phone_landline"),
        ("1380000l234", "phone_letters"),
        ("12000001234", "phone_unknown"),
        ("23800001234", "phone_unknown"),
    ],
)
def test_each_mistake_in_a_phone_has_its_own_name(text: str, expected: str) -> None:
    assert code(parse_phone(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"我叫王小美，身份证号{ID}，手机13800001234",
        f"王小美 {ID} 13800001234",
        f"13800001234 {ID} 王小美",
        f"{ID}\n138 0000 1234\n王小美",
        f"姓名：王小美 身份证 {ID[:6]} {ID[6:14]} {ID[14:]} 电话 138-0000-1234",
    ],
)
def test_one_message_may_carry_all_three(text: str) -> None:
    parts = parse_identity(text, TODAY)
    assert parts.id_number is not None
    assert (parts.name, parts.id_number.value, parts.phone, parts.problems) == (
        "王小美",
        ID,
        "+8613800001234",
        (),
    )


def test_what_is_wrong_is_named_and_what_is_right_is_kept() -> None:
    parts = parse_identity(f"王小美 身份证{ID[:-2]} 手机1380000123", TODAY)
    assert (parts.name, parts.id_number, parts.phone) == ("王小美", None, None)
    assert [one.code for one in parts.problems] == ["id_number_length", "phone_length"]


def test_what_is_not_said_is_no_problem() -> None:
    parts = parse_identity("等一下，我找找", TODAY)
    assert (parts.name, parts.id_number, parts.phone, parts.problems) == (None, None, None, ())


@settings(deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="1239xX -姓名身份证手机我叫王小美", max_size=60))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    parts = parse_identity(text, TODAY)
    assert all(refusal_text(problem) for problem in parts.problems)
    for outcome in (
        parse_name(text),
        parse_phone(text),
        parse_id_number(text, TODAY),
        parse_birth_date(text, TODAY),
    ):
        assert not isinstance(outcome, Refusal) or refusal_text(outcome)


@settings(deadline=None)
@given(born=st.dates(date(1910, 1, 1), TODAY), sex=st.sampled_from("男女"), serial=st.integers(0, 499))
def test_what_names_a_person_is_not_in_a_repr(born: date, sex: str, serial: int) -> None:
    value = invent_id_number(born, sex, serial)
    shown = repr(parse_identity(f"我叫王小美 {value} 13800001234", TODAY))
    assert value not in shown
    assert "王小美" not in shown
    assert "13800001234" not in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020年3月5号", date(2020, 3, 5)),
        ("生日2020-03-05", date(2020, 3, 5)),
        ("20200305", date(2020, 3, 5)),
        ("二〇二〇年十二月三十一日", date(2020, 12, 31)),
    ],
)
def test_a_birth_date_is_read(text: str, expected: date) -> None:
    assert parse_birth_date(text, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("三岁", "birth_date_missing"),
        ("2020年2月30日", "birth_date_impossible"),
        ("2027年1月1日", "birth_date_future"),
    ],
)
def test_a_wrong_birth_date_is_named(text: str, expected: str) -> None:
    assert code(parse_birth_date(text, TODAY)) == expected


def test_age_counts_completed_years() -> None:
    assert age_on(date(2012, 11, 24), TODAY) == 13
    assert age_on(date(2012, 11, 23), TODAY) == 14
    assert age_on(date(2000, 2, 29), date(2026, 2, 28)) == 25
    with pytest.raises(ValueError, match="before"):
        age_on(date(2027, 1, 1), TODAY)


@settings(deadline=None)
@given(st.integers(0, 100))
def test_an_invented_birth_date_gives_its_age(age: int) -> None:
    assert age_on(birth_date_of(age, TODAY), TODAY) == age


def test_names_are_compared_without_blanks_case_and_kind_of_dot() -> None:
    assert same_name("阿卜杜拉·买买提", "阿卜杜拉•买买提")
    assert same_name("Li Na", "LI NA")
    assert not same_name("王小美", "王小妹")
