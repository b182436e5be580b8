"""The shape of the YAML files of a hospital's folder. `hospital.loader` turns them into `hospital.model`."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from core.departments import STANDARD_DEPARTMENTS
from core.knowledge import Entry, Strict
from hospital.model import Band, QuietHours, Session

_WEEKDAYS = "一二三四五六日"
_SESSION = re.compile(r"周([一二三四五六日])(?:至周([一二三四五六日]))?(上午|下午|全天)")


def _sessions(raw: object) -> tuple[Session, ...]:
    """`{周一上午: 3, 周二至周五下午: 2}` → sessions; the number is the slots of each half hour."""
    if not isinstance(raw, dict):
        raise ValueError("expected a mapping such as 周一上午: 3")
    sessions: dict[tuple[int, str], Session] = {}
    for key, slots in raw.items():
        match = _SESSION.fullmatch(str(key))
        if match is None or not isinstance(slots, int):
            raise ValueError(f"{key}: {slots} is not like 周一上午: 3 or 周一至周五下午: 2")
        first = _WEEKDAYS.index(match[1])
        last = _WEEKDAYS.index(match[2]) if match[2] else first
        for weekday in range(first, last + 1):
            for period in ("上午", "下午") if match[3] == "全天" else (match[3],):
                if (weekday, period) in sessions:
                    raise ValueError(f"周{_WEEKDAYS[weekday]}{period} appears twice")
                sessions[weekday, period] = Session(weekday, period, slots)
    return tuple(sessions[key] for key in sorted(sessions, key=lambda key: (key[0], key[1] == "下午")))


def _time(raw: object) -> time:
    """Times are quoted: YAML reads a bare 14:30 as the number 870."""
    if not isinstance(raw, str) or not re.fullmatch(r"\d{2}:\d{2}", raw):
        raise ValueError(f'{raw} is not a quoted time such as "09:00"')
    return time.fromisoformat(raw)


def _standard(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in STANDARD_DEPARTMENTS:
            raise ValueError(f"{name} is not one of the standard departments")
    return names


def _bands(raw: object) -> tuple[Band, ...]:
    """`[[20000, 0.85], [null, 0.9]]` → bands, ends rising, only the last one open."""
    if not isinstance(raw, list) or not raw:
        raise ValueError("expected a list such as [[20000, 0.85], [null, 0.9]]")
    bands: list[Band] = []
    for pair in raw:
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"{pair} is not [upper end in yuan or null, ratio]")
        up_to = None if pair[0] is None else Decimal(str(pair[0]))
        ratio = Decimal(str(pair[1]))
        if not 0 <= ratio <= 1:
            raise ValueError(f"ratio {ratio} is not between 0 and 1")
        if bands and (bands[-1].up_to is None or (up_to is not None and up_to <= bands[-1].up_to)):
            raise ValueError("upper ends must rise, and only the last band may be open")
        bands.append(Band(up_to, ratio))
    if bands[-1].up_to is not None:
        raise ValueError("the last band must be open (null)")
    return tuple(bands)


TimeOfDay = Annotated[time, BeforeValidator(_time)]
Sessions = Annotated[tuple[Session, ...], BeforeValidator(_sessions)]
StandardNames = Annotated[tuple[str, ...], AfterValidator(_standard)]
Bands = Annotated[tuple[Band, ...], BeforeValidator(_bands)]
Money = Annotated[Decimal, BeforeValidator(lambda raw: Decimal(str(raw))), Field(ge=0)]
Ratio = Annotated[Decimal, BeforeValidator(lambda raw: Decimal(str(raw))), Field(ge=0, le=1)]
Names = tuple[Annotated[str, Field(min_length=1)], ...]
Sex = Literal["男", "女"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class PhonesFile(Strict):
    emergency_room: str = Field(min_length=3)
    switchboard: str = Field(min_length=3)
    nurse_line: str = Field(min_length=3)
    insurance_office: str = Field(min_length=3)
    complaint_office: str = Field(min_length=3)
    psych_hotline: str = "12356"
    women_hotline: str = "12338"


class BookingFile(Strict):
    days_ahead: int = Field(ge=1, le=90)
    opens_at: TimeOfDay
    min_lead_minutes: int = Field(ge=0)
    cancel_until_minutes: int = Field(ge=0)
    max_active_per_person: int = Field(ge=1)
    max_active_per_department: int = Field(ge=1)
    no_shows_before_block: int = Field(ge=1)
    no_show_window_days: int = Field(ge=1)
    block_days: int = Field(ge=1)
    holiday_departments: tuple[Code, ...]
    bring: str = Field(min_length=4)


class TriageFile(Strict):
    child_max_age: int = Field(ge=1, le=18)
    obstetric_from_week: int = Field(ge=0, le=42)
    fever_clinic_first: bool
    choices: dict[str, str] = Field(default_factory=dict)


class WindowFile(Strict):
    start: TimeOfDay
    end: TimeOfDay


def _windows(windows: tuple[WindowFile, ...]) -> tuple[WindowFile, ...]:
    QuietHours(tuple((window.start, window.end) for window in windows))
    return windows


class HospitalFile(Entry):
    """hospital.yml"""

    name: str = Field(min_length=2)
    short_name: str = Field(min_length=1)
    address: str = Field(min_length=4)
    phones: PhonesFile
    booking: BookingFile
    triage: TriageFile
    contact_windows: Annotated[tuple[WindowFile, ...], AfterValidator(_windows)]


class DepartmentFile(Strict):
    code: Code
    name: str = Field(min_length=2)
    standard: StandardNames
    location: str = Field(min_length=2)
    intro: str = Field(min_length=4)
    aliases: Names = ()
    serves: Names = ()
    min_age: float | None = Field(default=None, ge=0, le=120)
    max_age: float | None = Field(default=None, ge=0, le=120)
    sex: Sex | None = None
    bookable: bool = True
    open_24h: bool = False


class DepartmentsFile(Entry):
    """departments.yml"""

    departments: tuple[DepartmentFile, ...] = Field(min_length=1)
    fallbacks: dict[str, StandardNames]
    child_fallbacks: dict[str, StandardNames]


class DoctorFile(Strict):
    id: Code
    name: str = Field(min_length=2)
    title: Literal[
        "主任医师", "副主任医师", "主治医师", "主任中医师", "副主任中医师", "主管药师", "主任药师", "治疗师"
    ]
    department: Code
    specialty: str = Field(min_length=2)
    sex: Sex
    fee: Money
    sessions: Sessions


class DoctorsFile(Entry):
    """doctors.yml"""

    doctors: tuple[DoctorFile, ...] = Field(min_length=1)


class ExamFile(Strict):
    id: Code
    name: str = Field(min_length=2)
    aliases: Names
    department: Code
    location: str = Field(min_length=2)
    preparation: str = Field(min_length=2)
    fasting: bool
    minutes: int = Field(ge=1, le=1440)
    report: str = Field(min_length=2)
    bookable: bool
    sessions: Sessions = ()


class ExamsFile(Entry):
    """exams.yml"""

    exams: tuple[ExamFile, ...] = Field(min_length=1)


class PlaceFile(Strict):
    name: str = Field(min_length=2)
    aliases: Names = ()
    location: str = Field(min_length=2)


class PlacesFile(Entry):
    """places.yml"""

    places: tuple[PlaceFile, ...]


class YearFile(Entry):
    """An entry of calendar.yml"""

    year: int = Field(ge=2000, le=2100)
    provisional: bool
    holidays: dict[date, str]
    workdays: tuple[date, ...] = ()


class PlanFile(Strict):
    code: Literal["employee", "resident"]
    name: str
    outpatient_deductible: Money
    outpatient_ratio: Ratio
    outpatient_retired_ratio: Ratio
    outpatient_cap: Money
    chronic_ratio: Ratio
    inpatient_deductible: Money
    inpatient_deductible_again: Money
    inpatient_bands: Bands
    inpatient_retired_extra: Ratio
    inpatient_cap: Money
    major_threshold: Money
    major_bands: Bands
    major_cap: Money | None


class InsuranceFile(Entry):
    """insurance.yml"""

    as_of: date
    city: str = Field(min_length=2)
    hospital_level: str
    plans: tuple[PlanFile, ...] = Field(min_length=1)
    category_b_share: Ratio
    away_filed_cut: Ratio
    away_referred_cut: Ratio
    away_unfiled_cut: Ratio
    manual_claim_months: int = Field(ge=1)
    newborn_days: int = Field(ge=1)
    words: dict[str, str]
    office_location: str
    office_hours: str


class InfoFile(Entry):
    """An entry of info/*.yml"""

    id: Code
    title: str = Field(min_length=2)
    as_of: date
    questions: Names = Field(min_length=6)
    keywords: Names = ()
    answer: str = Field(min_length=4)
