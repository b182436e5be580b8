"""Checks of a hospital's files against one another. Each finds faults; none raises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter

from core.departments import STANDARD_DEPARTMENTS
from core.knowledge import Fault
from hospital import schema


class Checks:
    """Files that are well-formed in themselves, compared; faults name the line of the entry at fault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _fault(self, name: str, at: str, where: str, message: str) -> Fault:
        """`at` is a piece of text that stands on the line in question."""
        file = self.folder / name
        lines = file.read_text(encoding="utf-8").splitlines()
        line = next((number for number, text in enumerate(lines, 1) if at in text), 1)
        return Fault(file, line, where, message)

    def departments(self, file: schema.DepartmentsFile, house: schema.HospitalFile) -> Iterator[Fault]:
        name = "departments.yml"
        for code in _twice(entry.code for entry in file.departments):
            yield self._fault(name, f"code: {code}", code, "this code is used twice")
        owner: dict[str, str] = {}
        for entry in file.departments:
            for alias in (entry.name, *entry.aliases):
                if owner.setdefault(alias, entry.code) != entry.code:
                    yield self._fault(
                        name, f"code: {entry.code}", entry.code, f"{alias} also means {owner[alias]}"
                    )
            if entry.min_age is not None and entry.max_age is not None and entry.min_age > entry.max_age:
                yield self._fault(name, f"code: {entry.code}", entry.code, "min_age is above max_age")
        served = {standard for entry in file.departments for standard in entry.standard}
        for key in {*file.fallbacks, *file.child_fallbacks} - set(STANDARD_DEPARTMENTS):
            yield self._fault(name, f"{key}:", f"fallbacks.{key}", "is not one of the standard departments")
        for standard in STANDARD_DEPARTMENTS:
            if standard not in served and not any(to in served for to in file.fallbacks.get(standard, ())):
                yield self._fault(
                    name,
                    "fallbacks:",
                    "fallbacks",
                    f"{standard} leads nowhere; add a department or a fallback",
                )
        codes = {entry.code for entry in file.departments}
        for code in house.booking.holiday_departments:
            if code not in codes:
                yield self._fault(
                    "hospital.yml", code, "booking.holiday_departments", f"no department {code}"
                )

    def doctors(self, file: schema.DoctorsFile, known: schema.DepartmentsFile) -> Iterator[Fault]:
        name = "doctors.yml"
        bookable = {entry.code: entry.bookable for entry in known.departments}
        for key in _twice(entry.id for entry in file.doctors):
            yield self._fault(name, f"id: {key}", key, "this id is used twice")
        for entry in file.doctors:
            if entry.department not in bookable:
                yield self._fault(name, f"id: {entry.id}", entry.id, f"no department {entry.department}")
            elif entry.sessions and not bookable[entry.department]:
                yield self._fault(
                    name,
                    f"id: {entry.id}",
                    entry.id,
                    f"{entry.department} is not booked, so it has no sessions",
                )
        staffed = {entry.department for entry in file.doctors if entry.sessions}
        for code, is_bookable in bookable.items():
            if is_bookable and code not in staffed:
                yield self._fault("departments.yml", f"code: {code}", code, "nobody has sessions in it")

    def exams(self, file: schema.ExamsFile, known: schema.DepartmentsFile) -> Iterator[Fault]:
        name = "exams.yml"
        codes = {entry.code for entry in known.departments}
        for key in _twice(entry.id for entry in file.exams):
            yield self._fault(name, f"id: {key}", key, "this id is used twice")
        for alias in _twice(alias for entry in file.exams for alias in (entry.name, *entry.aliases)):
            yield self._fault(name, alias, alias, "this name is used twice")
        for entry in file.exams:
            if entry.department not in codes:
                yield self._fault(name, f"id: {entry.id}", entry.id, f"no department {entry.department}")
            if entry.bookable != bool(entry.sessions):
                yield self._fault(
                    name,
                    f"id: {entry.id}",
                    entry.id,
                    "sessions go with bookable examinations, and only with them",
                )

    def calendar(self, years: list[schema.YearFile]) -> Iterator[Fault]:
        name = "calendar.yml"
        for year in _twice(str(entry.year) for entry in years):
            yield self._fault(name, f"year: {year}", year, "this year appears twice")
        for entry in years:
            for day in (*entry.holidays, *entry.workdays):
                if day.year != entry.year:
                    yield self._fault(name, day.isoformat(), str(entry.year), f"{day} is in another year")
            for day in entry.workdays:
                if day.weekday() < 5:
                    yield self._fault(
                        name, day.isoformat(), str(entry.year), f"{day} is no Saturday or Sunday"
                    )
                if day in entry.holidays:
                    yield self._fault(name, day.isoformat(), str(entry.year), f"{day} is also a day off")

    def info(self, info: list[schema.InfoFile], words: Mapping[str, str]) -> Iterator[Fault]:
        for entry in info:
            for unknown in unknown_words(entry.answer, words):
                file = next(
                    file.relative_to(self.folder)
                    for file in sorted((self.folder / "info").rglob("*.yml"))
                    if f"id: {entry.id}\n" in file.read_text(encoding="utf-8")
                )
                yield self._fault(
                    str(file), f"id: {entry.id}", entry.id, f"{{{unknown}}} is not a known word"
                )


def unknown_words(template: str, words: Mapping[str, str]) -> list[str]:
    """Placeholders of a template that `words` does not have."""
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None and name not in words]


def _twice(values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    again: list[str] = []
    for value in values:
        if value in seen:
            again.append(value)
        seen.add(value)
    return again
