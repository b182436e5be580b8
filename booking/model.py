"""What other rooms see of slots and appointments. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from hospital import AFTERNOON, MORNING

#: Length of a slot.
SLOT_LENGTH = timedelta(minutes=30)
_NOON_HOUR = 12
_WEEKDAYS = "一二三四五六日"


class Status(StrEnum):
    """Of an appointment."""

    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    FULFILLED = "fulfilled"
    NOSHOW = "noshow"


def period_of(at: datetime) -> str:
    """上午 or 下午; `at` in the hospital's time."""
    return MORNING if at.hour < _NOON_HOUR else AFTERNOON


def day_words(day: date) -> str:
    """11月25日（周三）."""
    return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def time_range(at: datetime) -> str:
    """09:00–09:30."""
    return f"{at:%H:%M}–{at + SLOT_LENGTH:%H:%M}"


@dataclass(frozen=True, slots=True)
class SlotView:
    """A bookable half hour of a doctor."""

    id: str
    department_code: str
    department_name: str
    doctor_id: str
    doctor_name: str
    title: str
    #: Consultation fee, yuan.
    fee: Decimal
    #: Hospital time.
    starts_at: datetime
    #: Places left, at the moment of reading.
    left: int

    @property
    def label(self) -> str:
        """One line for a button: 11月25日（周三）09:00 曹云苓 主任医师."""
        return f"{day_words(self.starts_at.date())}{self.starts_at:%H:%M} {self.doctor_name} {self.title}"


@dataclass(frozen=True, slots=True)
class Offer:
    """Slots to choose from, and how well they meet what was asked."""

    slots: tuple[SlotView, ...]
    #: Why what was asked for cannot be had: sold_out, stopped, closed, no_session, past, beyond,
    #: outside_hours (evening or noon).
    #: None if the slots meet the wish.
    why: str | None = None


@dataclass(frozen=True, slots=True)
class BookSlot:
    """The wish to book. `request_key` is one per intention; a repeat finds the first booking."""

    patient_id: str
    booked_by: str
    slot_id: str
    request_key: str

    def __post_init__(self) -> None:
        if not self.request_key:
            raise ValueError("a booking needs a request key")


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """An appointment as people see it."""

    id: str
    patient_id: str
    patient_masked_name: str
    booked_by: str
    slot_id: str
    department_code: str
    department_name: str
    #: Building, floor and zone.
    location: str
    doctor_id: str
    doctor_name: str
    title: str
    fee: Decimal
    starts_at: datetime
    #: Order of the visit within the doctor's half day, from 1.
    number: int
    status: Status
    #: The appointment it was moved from.
    replaces_id: str | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + SLOT_LENGTH

    @property
    def when(self) -> str:
        """11月25日（周三）上午 09:00–09:30."""
        at = self.starts_at
        return f"{day_words(at.date())}{period_of(at)} {time_range(at)}"

    def card(self) -> dict[str, str]:
        """For the appointment card of a channel; values are words to show."""
        titles: Mapping[Status, str] = {
            Status.BOOKED: "预约成功",
            Status.CANCELLED: "预约已取消",
            Status.RESCHEDULED: "预约已改期",
            Status.FULFILLED: "已就诊",
            Status.NOSHOW: "未到诊",
        }
        return {
            "title": titles[self.status],
            "department": self.department_name,
            "doctor": f"{self.doctor_name} {self.title}",
            "date": day_words(self.starts_at.date()),
            "time": f"{period_of(self.starts_at)} {time_range(self.starts_at)}",
            "location": self.location,
            "patient": self.patient_masked_name,
            "fee": f"{self.fee.normalize():f}元",
            "number": f"{self.number}号",
        }

    def state(self, person: str) -> dict[str, str]:
        """For the `state` of scripted talk; `person` is `self` or a relation."""
        return {
            "id": self.id,
            "department": self.department_name,
            "doctor": self.doctor_name,
            "date": self.starts_at.date().isoformat(),
            "start": f"{self.starts_at:%H:%M}",
            "person": person,
            "status": self.status.value,
        }


@dataclass(frozen=True, slots=True)
class ExamSlotView:
    """A bookable half hour of an examination room."""

    id: str
    exam_id: str
    exam_name: str
    starts_at: datetime
    left: int

    @property
    def label(self) -> str:
        return f"{day_words(self.starts_at.date())}{self.starts_at:%H:%M} {self.exam_name}"


@dataclass(frozen=True, slots=True)
class ExamAppointmentView:
    """A booked examination as people see it."""

    id: str
    patient_id: str
    patient_masked_name: str
    booked_by: str
    slot_id: str
    exam_id: str
    exam_name: str
    location: str
    starts_at: datetime
    number: int
    status: Status
    #: What to do before it, in plain words.
    preparation: str
    fasting: bool

    def card(self) -> dict[str, str]:
        return {
            "title": "检查预约成功" if self.status is Status.BOOKED else "检查预约已取消",
            "exam": self.exam_name,
            "date": day_words(self.starts_at.date()),
            "time": f"{period_of(self.starts_at)} {time_range(self.starts_at)}",
            "location": self.location,
            "patient": self.patient_masked_name,
            "number": f"{self.number}号",
            "preparation": self.preparation,
        }
