"""When to contact a discharged patient. Pure: the pathway's days, the hospital's hours and holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from core.clock import SHANGHAI
from followup.knowledge import ContactRule, Pathway

#: The first contact is at most this many days after discharge (the hospital's own rule).
FIRST_WITHIN_DAYS = 3
#: A stay that was imported late gets its latest missed contact if that is at most this old.
LATE_BY_MOST = timedelta(days=3)


class QuietHours(Protocol):
    """`hospital.QuietHours`."""

    def allows(self, at: datetime) -> bool: ...

    def next_allowed(self, at: datetime) -> datetime: ...


class Workdays(Protocol):
    """`hospital.Calendar`."""

    def is_workday(self, day: date) -> bool: ...


@dataclass(frozen=True, slots=True)
class PlannedContact:
    """One contact to come."""

    #: The pathway's day that it stands for; unique in a plan.
    day: int
    #: When it opens, Asia/Shanghai, within the hours in which patients may be contacted.
    due_at: datetime
    purpose: str
    #: Question ids, in order.
    questions: tuple[str, ...]


def plan(
    pathway: Pathway, discharged_on: date, quiet_hours: QuietHours, calendar: Workdays, now: datetime
) -> tuple[PlannedContact, ...]:
    """All contacts of a stay from `now` on, in order, each at another time.

    Contacts whose time has passed are left out, but for the latest one: it is due now if it is recent, so
    that a list imported late still leads to a first contact.
    """
    dues = [(rule, _due(rule, discharged_on, quiet_hours, calendar)) for rule in pathway.contacts]
    missed = [(rule, due) for rule, due in dues if due < now]
    coming = [(rule, due) for rule, due in dues if due >= now]
    if missed and now - missed[-1][1] <= LATE_BY_MOST:
        catch_up = quiet_hours.next_allowed(now)
        if not coming or catch_up.date() < coming[0][1].date():
            coming.insert(0, (missed[-1][0], catch_up))
    planned: list[PlannedContact] = []
    for rule, due in coming:
        at = due
        while planned and at <= planned[-1].due_at:
            at = quiet_hours.next_allowed(planned[-1].due_at + timedelta(minutes=30))
        planned.append(PlannedContact(rule.day, at, rule.purpose, tuple(rule.questions)))
    return tuple(planned)


def _due(rule: ContactRule, discharged_on: date, quiet_hours: QuietHours, calendar: Workdays) -> datetime:
    day = discharged_on + timedelta(days=rule.day)
    if rule.workday:
        day = _workday(day, discharged_on, rule.day, calendar)
    start, end = rule.window
    at = datetime.combine(day, start, SHANGHAI)
    allowed = quiet_hours.next_allowed(at)
    # Where the window and the hospital's hours do not meet, the hospital's hours win.
    return allowed if allowed.date() == day or allowed > datetime.combine(day, end, SHANGHAI) else at


def _workday(day: date, discharged_on: date, rule_day: int, calendar: Workdays) -> date:
    later = day
    for _ in range(15):
        if calendar.is_workday(later):
            break
        later += timedelta(days=1)
    latest = discharged_on + timedelta(days=FIRST_WITHIN_DAYS)
    # A first contact is never pushed behind its limit by a long holiday.
    return day if rule_day <= FIRST_WITHIN_DAYS and later > latest else later


def end_of_shift(now: datetime, shift_end: time) -> datetime:
    """The end of the nurses' day shift today, Asia/Shanghai."""
    local = now.astimezone(SHANGHAI)
    return datetime.combine(local.date(), shift_end, SHANGHAI)
