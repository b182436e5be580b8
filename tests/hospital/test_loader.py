"""Reading a hospital's folder: one broken file per mistake, and the example hospital against itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import hospital
from core.knowledge import KnowledgeError
from hospital.loader import EXAMPLE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "house"))


#: file, text in it, what it is replaced by, the message that must come
MISTAKES = [
    ("hospital.yml", "name: 云江市中心医院\n", "", "没有填"),
    ("hospital.yml", "  switchboard: 0999-5550000", "  switchbord: 0999-5550000", "没有这一项"),
    ("hospital.yml", '{start: "14:30", end: "20:00"}', '{start: "11:30", end: "20:00"}', "must not overlap"),
    ("hospital.yml", 'start: "14:30"', "start: 14:30", "quoted time"),
    ("hospital.yml", "[general, pediatrics", "[general, paediatrics", "no department paediatrics"),
    ("hospital.yml", "days_ahead: 15", "days_ahead: 15\n  days_ahead: 30", "出现了两次"),
    ("departments.yml", "standard: [心外科]", "standard: [心脏外科]", "not one of the standard departments"),
    ("departments.yml", "code: gastro,", "code: respiratory,", "used twice"),
    ("departments.yml", "aliases: [消化科,", "aliases: [呼吸科,", "also means"),
    ("departments.yml", "  其他: [全科医学科]", "  运动医学科B: [骨科]", "leads nowhere"),
    (
        "departments.yml",
        "  其他: [全科医学科]",
        "  其它: [全科医学科]",
        "not one of the standard departments",
    ),
    ("departments.yml", "min_age: 60", "min_age: 160", "不能大于 120"),
    ("departments.yml", "sex: 男,", "sex: 男性,", "'男' or '女'"),
    ("doctors.yml", "department: general,", "department: generall,", "no department generall"),
    ("doctors.yml", "id: dr002,", "id: dr001,", "used twice"),
    ("doctors.yml", "周一上午: 2", "周一早上: 2", "is not like"),
    ("doctors.yml", "周一上午: 2, 周三上午: 2", "周一上午: 2, 周一至周三上午: 2", "周一上午 appears twice"),
    ("doctors.yml", "fee: 50", "fee: -5", "不能小于 0"),
    ("doctors.yml", "department: general,", "department: emergency,", "is not booked"),
    ("exams.yml", "department: imaging", "department: xray", "no department xray"),
    ("exams.yml", "id: mri,", "id: ct,", "used twice"),
    ("exams.yml", "aliases: [核磁共振,", "aliases: [CT,", "used twice"),
    ("exams.yml", "bookable: false}", "bookable: true}", "sessions go with bookable"),
    ("calendar.yml", "2026-01-04", "2026-01-05", "no Saturday or Sunday"),
    ("calendar.yml", "2026-01-04", "2026-01-03", "also a day off"),
    ("calendar.yml", "2027-02-05", "2028-02-05", "in another year"),
    ("insurance.yml", "[[20000, 0.85], [null, 0.9]]", "[[20000, 85], [null, 0.9]]", "not between 0 and 1"),
    ("insurance.yml", "[[20000, 0.85], [null, 0.9]]", "[[20000, 0.85]]", "must be open"),
    ("insurance.yml", "[[20000, 0.85], [null, 0.9]]", "[[null, 0.85], [2, 0.9]]", "must rise"),
    ("insurance.yml", "category_b_share: 0.1", "category_b_share: 10", "不能大于 1"),
    ("info/visit.yml", "{days_ahead} 天，每天", "{days} 天，每天", "is not a known word"),
    ("info/visit.yml", "- id: address", "- id: hours", "already used"),
    ("info/visit.yml", "  source: 医院公开信息（示例）\n", "", "没有填"),
]


@pytest.mark.parametrize(("name", "text", "instead", "message"), MISTAKES)
def test_each_mistake_is_named_with_its_file_and_line(
    folder: Path, name: str, text: str, instead: str, message: str
) -> None:
    file = folder / name
    before = file.read_text(encoding="utf-8")
    assert text in before
    file.write_text(before.replace(text, instead, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        hospital.load(folder)
    faults = [fault for fault in caught.value.faults if message in fault.message]
    assert faults, [str(fault) for fault in caught.value.faults]
    assert faults[0].line >= 1
    assert faults[0].file.exists()


def test_a_missing_file_is_a_fault_and_others_are_still_read(folder: Path) -> None:
    (folder / "exams.yml").unlink()
    (folder / "places.yml").write_text("source: 示例\nplaces: 1\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        hospital.load(folder)
    assert {fault.file.name for fault in caught.value.faults} == {"exams.yml", "places.yml"}


def test_the_line_of_a_wrong_doctor_is_found(folder: Path) -> None:
    file = folder / "doctors.yml"
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if "id: dr050," in line)
    lines[at] = lines[at].replace("department: ", "department: x")
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        hospital.load(folder)
    assert caught.value.faults[0].line == at + 1
