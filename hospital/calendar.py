"""Which days are working days: the hospital's own table first, then the plain weekday rule."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_log = logging.getLogger(__name__)


class DayKind(StrEnum):
    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """Public holidays of one year in mainland China."""

    year: int
    #: Days off on account of a public holiday → its name.
    holidays: Mapping[date, str]
    #: Saturdays and Sundays that are worked in exchange (调休).
    workdays: frozenset[date] = frozenset()
    #: True while the State Council has not announced the year: statutory days only, no exchanged days.
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years that are known. A day outside them follows the weekday rule, with one warning a year."""

    years: tuple[CalendarYear, ...] = ()
    _by_year: Mapping[int, CalendarYear] = field(init=False, repr=False, compare=False)
    _warned: set[int] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_year", {entry.year: entry for entry in self.years})

    def covers(self, day: date) -> bool:
        """True if the day's year has been announced, so that exchanged working days are known."""
        entry = self._by_year.get(day.year)
        return entry is not None and not entry.provisional

    def kind(self, day: date) -> DayKind:
        """What kind of day it is. Never raises; warns (log) once for each year that is not announced."""
        entry = self._by_year.get(day.year)
        if not self.covers(day) and day.year not in self._warned:
            self._warned.add(day.year)
            _log.warning("public holidays of %d are not announced in the calendar table", day.year)
        if entry is not None and day in entry.holidays:
            return DayKind.HOLIDAY
        if entry is not None and day in entry.workdays:
            return DayKind.WORKDAY
        return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY

    def is_workday(self, day: date) -> bool:
        return self.kind(day) is DayKind.WORKDAY

    @property
    def holidays(self) -> Mapping[date, str]:
        """All days off that are known, with their names."""
        return {day: name for entry in self.years for day, name in entry.holidays.items()}

    def holiday_name(self, day: date) -> str | None:
        entry = self._by_year.get(day.year)
        return entry.holidays.get(day) if entry is not None else None
