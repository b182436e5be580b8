"""Answers that follow from the hospital's own lists: where something is, how to prepare, who sees when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hospital.model import Department, Doctor, Exam, Hospital, Place

SOURCE = "医院公开信息（示例）"

_WHERE = re.compile(r"在哪|哪里|哪儿|哪边|几楼|几层|哪层|哪栋|怎么走|怎么去|位置|咋走|啥地方|什么地方")
_PREPARE = re.compile(r"空腹|准备|注意|憋尿|吃饭|吃东西|吃早饭|喝水|能吃|能喝|前一天|家属陪|要人陪|停药")
_REPORT = re.compile(
    r"(?:报告|结果|片子).*(?:多久|几天|什么时候|啥时候|何时|多长时间)|(?:多久|几天)(?:能)?出(?:来)?(?:报告|结果)?"
)
_WHEN = re.compile(r"什么时候|啥时候|哪天|周几|星期几|几点|坐诊|出诊|上班|出门诊|有号")
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer that was read off a list."""

    topic: str
    title: str
    text: str
    source: str = SOURCE


def look_up(hospital: Hospital, text: str) -> Fact | None:
    """The answer if the text names an examination, a doctor or a place and asks about it; else None."""
    exam = hospital.find_exam(text)
    if exam is not None and _PREPARE.search(text):
        return Fact(
            f"exam.{exam.id}", f"{exam.name}怎么准备", f"{exam.name}：{exam.preparation}{_where(exam)}"
        )
    if exam is not None and _REPORT.search(text):
        return Fact(f"exam.{exam.id}", f"{exam.name}报告", f"{exam.name}的报告一般{exam.report}能出。")
    doctors = hospital.find_doctor(text)
    if doctors and _WHEN.search(text):
        lines = [_timetable(hospital, doctor) for doctor in doctors[:4]]
        return Fact("doctor.timetable", "出诊时间", "\n".join([*lines, "临时停诊会另行通知，要帮您约号吗？"]))
    if not _WHERE.search(text):
        return None
    # the longest name wins over all three lists: 超声科登记处 is not 超声科
    named: list[Place | Department | Exam] = [
        entry
        for entry in (hospital.find_place(text), hospital.find_department(text), exam)
        if entry is not None
    ]
    if not named:
        return None
    best = max(named, key=lambda entry: _longest(entry, text))
    topic = f"exam.{best.id}" if isinstance(best, Exam) else "place"
    return Fact(topic, f"{best.name}在哪里", f"{best.name}在{best.location}。找不到可以问一楼服务台的导诊。")


def _longest(entry: Place | Department | Exam, text: str) -> int:
    return max((len(name) for name in (entry.name, *entry.aliases) if name in text), default=0)


def _where(exam: Exam) -> str:
    return f"地点：{exam.location}。具体以检查单和医生的话为准。"


def _timetable(hospital: Hospital, doctor: Doctor) -> str:
    sessions = "、".join(f"周{_WEEKDAYS[session.weekday]}{session.period}" for session in doctor.sessions)
    department = hospital.department(doctor.department).name
    return f"{department} {doctor.name}（{doctor.title}）：{sessions or '在急诊值班，不出预约门诊'}。"
