"""What to bring and how to prepare: said once, right after the booking."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from booking.model import AppointmentView, ExamAppointmentView, day_words, period_of
from core.knowledge import Entry, load_entries
from hospital import Hospital

#: How long before the visit to report, minutes.
_REPORT_EARLY = 20
#: Younger people come with a guardian, completed years (民法典 第十七条).
_ADULT_AGE = 18


class _VisitNote(Entry):
    id: str
    #: Standard departments.
    departments: tuple[str, ...]
    period: Literal["上午", "下午"] | None = None
    text: str


@cache
def _notes() -> tuple[_VisitNote, ...]:
    return tuple(load_entries(Path(__file__).parent / "knowledge" / "visit_notes.yml", _VisitNote))


def visit_instructions(
    hospital: Hospital, appointment: AppointmentView, *, age: float | None
) -> tuple[str, ...]:
    """Short sentences for a consultation, the most useful first. `age`: years, on the day of the visit."""
    department = hospital.department(appointment.department_code)
    report_at = appointment.starts_at - timedelta(minutes=_REPORT_EARLY)
    said = [
        f"请在{day_words(appointment.starts_at.date())}{report_at:%H:%M}前到{appointment.location}，"
        "先在自助机或分诊台报到。",
        hospital.booking.bring,
    ]
    if age is not None and age < _ADULT_AGE:
        said.append("未满18岁，请由家长陪同就诊。")
    said += [
        note.text
        for note in _notes()
        if set(note.departments) & set(department.standard)
        and note.period in {None, period_of(appointment.starts_at)}
    ]
    said.append(f"来不了请提前{hospital.booking.cancel_until_minutes}分钟告诉我取消，把号让给别人。")
    return tuple(said)


def exam_instructions(hospital: Hospital, appointment: ExamAppointmentView) -> tuple[str, ...]:
    report_at = appointment.starts_at - timedelta(minutes=_REPORT_EARLY)
    said = [
        f"请在{day_words(appointment.starts_at.date())}{report_at:%H:%M}前到{appointment.location}报到。",
        appointment.preparation,
        "请带好医生开的检查单、身份证和医保卡（或医保电子凭证）。",
        f"来不了请提前{hospital.booking.cancel_until_minutes}分钟告诉我取消。",
    ]
    return tuple(said)
