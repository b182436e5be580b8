"""Reads a hospital's folder, checks it against itself, and makes a `Hospital` of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from core.knowledge import Fault, KnowledgeError, Strict, load_document, load_entries
from hospital import schema
from hospital.calendar import Calendar, CalendarYear
from hospital.checks import Checks
from hospital.model import (
    BookingRules,
    Department,
    Doctor,
    Exam,
    Hospital,
    InfoTopic,
    InsuranceFacts,
    Phones,
    Place,
    PlanFacts,
    QuietHours,
    TriageRules,
)

EXAMPLE = Path(__file__).parent / "example"

S = TypeVar("S", bound=Strict)


def load(folder: Path | None = None) -> Hospital:
    """The hospital described in `folder` (default: the example hospital).

    Raises KnowledgeError that names every fault of the files with file and line.
    """
    return _Reading(folder or EXAMPLE).hospital()


class _Reading:
    """One pass over a folder: collects faults of all files before it gives up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []

    def hospital(self) -> Hospital:
        house = self._document("hospital.yml", schema.HospitalFile)
        departments = self._document("departments.yml", schema.DepartmentsFile)
        doctors = self._document("doctors.yml", schema.DoctorsFile)
        exams = self._document("exams.yml", schema.ExamsFile)
        places = self._document("places.yml", schema.PlacesFile)
        insurance = self._document("insurance.yml", schema.InsuranceFile)
        years = self._entries("calendar.yml", schema.YearFile)
        info = self._entries("info", schema.InfoFile)
        if not (house and departments and doctors and exams and places and insurance) or self.faults:
            raise KnowledgeError(self.faults)
        words = template_words(house, insurance)
        checks = Checks(self.folder)
        faults = [
            *checks.departments(departments, house),
            *checks.doctors(doctors, departments),
            *checks.exams(exams, departments),
            *checks.calendar(years),
            *checks.info(info, words),
        ]
        if faults:
            raise KnowledgeError(faults)
        served = {name for entry in departments.departments for name in entry.standard}
        return Hospital(
            name=house.name,
            short_name=house.short_name,
            address=house.address,
            phones=Phones(**house.phones.model_dump()),
            departments=tuple(Department(**entry.model_dump()) for entry in departments.departments),
            doctors=tuple(Doctor(**_fields(entry)) for entry in doctors.doctors),
            booking=BookingRules(**house.booking.model_dump()),
            triage=TriageRules(
                **house.triage.model_dump(),
                substitutes={
                    name: others[0]
                    for name, others in departments.fallbacks.items()
                    if name not in served and others
                },
            ),
            quiet_hours=QuietHours(tuple((window.start, window.end) for window in house.contact_windows)),
            calendar=Calendar(
                tuple(
                    CalendarYear(entry.year, entry.holidays, frozenset(entry.workdays), entry.provisional)
                    for entry in years
                )
            ),
            insurance=InsuranceFacts(
                **_fields(insurance, leave={"review", "plans"}),
                plans=tuple(PlanFacts(**_fields(plan)) for plan in insurance.plans),
            ),
            exams=tuple(Exam(**_fields(entry)) for entry in exams.exams),
            info=tuple(
                InfoTopic(
                    id=entry.id,
                    title=entry.title,
                    questions=entry.questions,
                    keywords=entry.keywords,
                    answer=entry.answer.format_map(words).strip(),
                    source=entry.source,
                    as_of=entry.as_of,
                )
                for entry in info
            ),
            places=tuple(Place(**entry.model_dump()) for entry in places.places),
            fallbacks=departments.fallbacks,
            child_fallbacks=departments.child_fallbacks,
        )

    def _document(self, name: str, model: type[S]) -> S | None:
        try:
            return load_document(self.folder / name, model)
        except KnowledgeError as error:
            self.faults += error.faults
            return None

    def _entries(self, name: str, model: type[S]) -> list[S]:
        try:
            return load_entries(self.folder / name, model)
        except KnowledgeError as error:
            self.faults += error.faults
            return []


def template_words(house: schema.HospitalFile, insurance: schema.InsuranceFile) -> dict[str, str]:
    """What `{…}` in answers may name: the hospital's own names and numbers."""
    return {
        "hospital": house.name,
        "short_name": house.short_name,
        "address": house.address,
        **house.phones.model_dump(),
        "days_ahead": str(house.booking.days_ahead),
        "opens_at": house.booking.opens_at.strftime("%H:%M"),
        "cancel_until_minutes": str(house.booking.cancel_until_minutes),
        "max_active_per_person": str(house.booking.max_active_per_person),
        "no_shows": str(house.booking.no_shows_before_block),
        "block_days": str(house.booking.block_days),
        "child_max_age": str(house.triage.child_max_age),
        "bring": house.booking.bring,
        "insurance_office_location": insurance.office_location,
        "insurance_office_hours": insurance.office_hours,
    }


def _fields(entry: Strict, *, leave: set[str] | None = None) -> dict[str, Any]:
    """The fields of a file entry as they are, without turning nested values into mappings."""
    return {key: getattr(entry, key) for key in type(entry).model_fields if key not in (leave or set())}
