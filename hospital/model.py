"""The hospital's own facts as values. Made by `hospital.load`; every other room reads them from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

from hospital.calendar import Calendar
from hospital.naming import doctors_named, longest_named

MORNING = "上午"
AFTERNOON = "下午"

#: The half hours at which slots of a period start.
SLOT_STARTS: Mapping[str, tuple[time, ...]] = {
    MORNING: tuple(time(8 + n // 2, 30 * (n % 2)) for n in range(8)),
    AFTERNOON: tuple(time(14 + n // 2, 30 * (n % 2)) for n in range(6)),
}


@dataclass(frozen=True, slots=True)
class Phones:
    emergency_room: str
    switchboard: str
    nurse_line: str
    insurance_office: str
    complaint_office: str
    #: National lines.
    psych_hotline: str = "12356"
    women_hotline: str = "12338"

    def __post_init__(self) -> None:
        if not self.emergency_room:
            raise ValueError("a hospital needs the phone number of its emergency room")


@dataclass(frozen=True, slots=True)
class Session:
    """A half-day on which a doctor sees patients, or a room examines them, every week."""

    #: 0 Monday … 6 Sunday.
    weekday: int
    #: "上午" or "下午".
    period: str
    slots_per_half_hour: int

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise ValueError(f"weekday {self.weekday} is not 0–6")
        if self.period not in SLOT_STARTS:
            raise ValueError(f"period {self.period!r} is not 上午 or 下午")
        if self.slots_per_half_hour < 1:
            raise ValueError("a session needs at least one slot in a half hour")

    @property
    def starts(self) -> tuple[time, ...]:
        return SLOT_STARTS[self.period]


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    name: str
    #: Standard departments that it serves; the first is its main one. Empty for none.
    standard: tuple[str, ...]
    #: Building, floor and zone.
    location: str
    #: One or two sentences for patients.
    intro: str
    #: What people call it, besides its name.
    aliases: tuple[str, ...] = ()
    #: Complaints and conditions that it sees, in patients' words.
    serves: tuple[str, ...] = ()
    #: Youngest and oldest patient, completed years; a fraction for infants. None: no limit.
    min_age: float | None = None
    max_age: float | None = None
    #: "男" or "女" if it sees only them.
    sex: str | None = None
    #: False: walk-in only, or only by a doctor's request (emergency, imaging, pathology).
    bookable: bool = True
    open_24h: bool = False

    def accepts(self, *, age: float | None, sex: str | None) -> bool:
        """True unless what is known of the person speaks against it. `age` in years."""
        if age is not None and self.min_age is not None and age < self.min_age:
            return False
        # "up to 14" includes the child of 14 years and 11 months; "up to 0.08" is meant exactly
        if age is not None and self.max_age is not None:
            limit = self.max_age + 1 if self.max_age >= 1 else self.max_age
            if age >= limit:
                return False
        return sex is None or self.sex is None or sex == self.sex


@dataclass(frozen=True, slots=True)
class Doctor:
    id: str
    name: str
    #: 主任医师, 副主任医师, 主治医师 …
    title: str
    #: `Department.code`.
    department: str
    specialty: str
    #: "男" or "女".
    sex: str
    #: Consultation fee, yuan.
    fee: Decimal
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class Exam:
    """An examination that is booked by itself, on a doctor's request."""

    id: str
    name: str
    aliases: tuple[str, ...]
    #: `Department.code` that carries it out.
    department: str
    location: str
    #: What the patient does before, in plain words.
    preparation: str
    #: Nothing to eat before it.
    fasting: bool
    #: Usual time that it takes, minutes.
    minutes: int
    #: When the report is ready, in words.
    report: str
    #: False: done at once in order of arrival, without a booked time (blood draw, ECG).
    bookable: bool
    sessions: tuple[Session, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in the house that people ask the way to, and that is not a department."""

    name: str
    aliases: tuple[str, ...]
    location: str


@dataclass(frozen=True, slots=True)
class BookingRules:
    #: How far ahead appointments can be booked, days after today.
    days_ahead: int = 15
    #: New days open at this time.
    opens_at: time = time(7, 0)
    #: A slot cannot be booked later than this before its start, minutes.
    min_lead_minutes: int = 30
    #: An appointment can be cancelled or moved until this long before its start, minutes.
    cancel_until_minutes: int = 60
    #: Open appointments that a person may hold at once.
    max_active_per_person: int = 3
    #: Open appointments that a person may hold at once in one department.
    max_active_per_department: int = 1
    #: Absences after which a person cannot book online …
    no_shows_before_block: int = 3
    #: … within so many days, and for how many days.
    no_show_window_days: int = 180
    block_days: int = 30
    #: On public holidays only these departments (codes) see patients.
    holiday_departments: tuple[str, ...] = ()
    #: What to bring, in words.
    bring: str = "请带好身份证（或户口簿、护照）、医保卡或医保电子凭证，以及以往的病历和检查报告。"


@dataclass(frozen=True, slots=True)
class TriageRules:
    """What the hospital sets for triage; the same fields as `triage.HospitalRules`."""

    #: Up to and including this age, years, a child sees 儿科.
    child_max_age: int = 14
    #: From this completed week on, pregnancy complaints go to 产科, before it to 妇科.
    obstetric_from_week: int = 12
    #: Standard departments that no open department serves → where their patients go.
    substitutes: Mapping[str, str] = field(default_factory=dict)
    #: Send fever with cough or contact to the fever clinic (感染科) first.
    fever_clinic_first: bool = False
    #: Group of triage's hospital rules → option; triage knows which there are.
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When patients may be contacted by follow-up: (start, end) of each window of a day, end excluded."""

    windows: tuple[tuple[time, time], ...] = ((time(9, 0), time(12, 0)), (time(14, 30), time(20, 0)))

    def __post_init__(self) -> None:
        if not self.windows:
            raise ValueError("quiet hours need at least one window in which contact is allowed")
        flat = [at for window in self.windows for at in window]
        if any(later <= earlier for earlier, later in pairwise(flat)):
            raise ValueError("contact windows must be in order and must not overlap")

    def allows(self, at: datetime) -> bool:
        """`at` must be aware, in the hospital's time zone."""
        clock = at.timetz().replace(tzinfo=None)
        return any(start <= clock < end for start, end in self.windows)

    def next_allowed(self, at: datetime) -> datetime:
        """`at` itself if contact is allowed then, otherwise the start of the next window."""
        if self.allows(at):
            return at
        clock = at.timetz().replace(tzinfo=None)
        for start, _ in self.windows:
            if clock < start:
                return at.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
        first = self.windows[0][0]
        return (at + timedelta(days=1)).replace(hour=first.hour, minute=first.minute, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Band:
    """A share that insurance pays of the part of a cost up to `up_to`."""

    #: Upper end of the band, yuan; None for no end.
    up_to: Decimal | None
    #: 0–1.
    ratio: Decimal


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """One insurance plan of the hospital's city, at this hospital. Money in yuan, ratios 0–1."""

    #: "employee" (职工医保) or "resident" (居民医保).
    code: str
    name: str
    outpatient_deductible: Decimal
    outpatient_ratio: Decimal
    #: Ratio for retired people; the same as `outpatient_ratio` where there is no difference.
    outpatient_retired_ratio: Decimal
    outpatient_cap: Decimal
    chronic_ratio: Decimal
    #: Deductible of the first and of every later stay of a year.
    inpatient_deductible: Decimal
    inpatient_deductible_again: Decimal
    inpatient_bands: tuple[Band, ...]
    #: Added to every ratio of retired people.
    inpatient_retired_extra: Decimal
    #: Most that the basic fund pays in a year.
    inpatient_cap: Decimal
    #: 大病保险: what the insured pays of covered costs beyond this in a year is shared by `major_bands`.
    major_threshold: Decimal
    major_bands: tuple[Band, ...]
    #: Most that 大病保险 pays in a year; None for no cap.
    major_cap: Decimal | None


@dataclass(frozen=True, slots=True)
class InsuranceFacts:
    """Insurance parameters of the hospital's city. They hold for this hospital only."""

    city: str
    #: "三级", "二级" …
    hospital_level: str
    plans: tuple[PlanFacts, ...]
    #: Share of a category-B item that the patient pays before the ratio applies, 0–1.
    category_b_share: Decimal
    #: Taken off the ratio, 0–1: filed long-term, referred or emergency away, and neither.
    away_filed_cut: Decimal
    away_referred_cut: Decimal
    away_unfiled_cut: Decimal
    #: Months after discharge in which a manual claim is accepted.
    manual_claim_months: int
    #: Days after birth in which a newborn is enrolled with effect from birth.
    newborn_days: int
    #: Further words for answers: name → text or number in words.
    words: Mapping[str, str]
    office_location: str
    office_hours: str
    source: str
    as_of: date

    def plan(self, code: str) -> PlanFacts:
        """Raises KeyError for a plan that the city does not have."""
        for plan in self.plans:
            if plan.code == code:
                return plan
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class InfoTopic:
    """A question about the hospital and its answer."""

    id: str
    title: str
    #: How people ask it.
    questions: tuple[str, ...]
    answer: str
    source: str
    as_of: date
    #: Short names of the matter, compared like questions.
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hospital:
    name: str
    short_name: str
    address: str
    phones: Phones
    departments: tuple[Department, ...]
    doctors: tuple[Doctor, ...]
    booking: BookingRules
    triage: TriageRules
    quiet_hours: QuietHours
    calendar: Calendar
    insurance: InsuranceFacts
    exams: tuple[Exam, ...]
    info: tuple[InfoTopic, ...]
    places: tuple[Place, ...] = ()
    #: Standard department → standard departments to try when none of its own takes the person.
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The same for children up to `triage.child_max_age`; tried first.
    child_fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def department(self, code: str) -> Department:
        """Raises KeyError for a code that does not exist."""
        for department in self.departments:
            if department.code == code:
                return department
        raise KeyError(code)

    def department_for(
        self, standard_name: str, *, age: float | None = None, sex: str | None = None
    ) -> Department | None:
        """The department that a person with this standard department goes to; `age` in years.

        Follows the fallbacks where the hospital has no such department or it does not take the person.
        None only for a name outside the standard vocabulary.
        """
        is_child = age is not None and age < self.triage.child_max_age + 1
        queue, seen = [standard_name], set[str]()
        while queue:
            name = queue.pop(0)
            seen.add(name)
            for department in self._serving(name):
                if department.accepts(age=age, sex=sex):
                    return department
            more = (*(self.child_fallbacks.get(name, ()) if is_child else ()), *self.fallbacks.get(name, ()))
            queue += [entry for entry in more if entry not in seen and entry not in queue]
        return None

    def _serving(self, standard_name: str) -> list[Department]:
        """Departments that serve it, those that have it as their main one first."""
        serving = [entry for entry in self.departments if standard_name in entry.standard]
        return sorted(serving, key=lambda entry: (not entry.bookable, entry.standard.index(standard_name)))

    def find_department(self, text: str) -> Department | None:
        """The department named in free text by name or alias; the longest name wins."""
        return longest_named(text, ((entry, (entry.name, *entry.aliases)) for entry in self.departments))

    def find_exam(self, text: str) -> Exam | None:
        """The examination named in free text by name or alias; the longest name wins."""
        return longest_named(text, ((entry, (entry.name, *entry.aliases)) for entry in self.exams))

    def find_place(self, text: str) -> Place | None:
        return longest_named(text, ((entry, (entry.name, *entry.aliases)) for entry in self.places))

    def doctor(self, doctor_id: str) -> Doctor:
        """Raises KeyError for an id that does not exist."""
        for doctor in self.doctors:
            if doctor.id == doctor_id:
                return doctor
        raise KeyError(doctor_id)

    def doctors_of(self, department_code: str) -> tuple[Doctor, ...]:
        return tuple(doctor for doctor in self.doctors if doctor.department == department_code)

    def find_doctor(self, text: str) -> tuple[Doctor, ...]:
        """The doctors that free text may mean: by full name, or by surname and title (several, if it fits).

        A department named in the text narrows a surname down. Empty if nobody is named.
        """
        named = doctors_named(text, self.doctors)
        department = self.find_department(text)
        if len(named) > 1 and department is not None:
            return tuple(doctor for doctor in named if doctor.department == department.code) or named
        return named
