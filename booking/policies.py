"""May this person have this slot? Pure functions; the first refusal wins.

A policy gets the wish with everything it needs and gives a `Refusal` or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.model import period_of
from core.errors import Refusal
from hospital import BookingRules, Department
from patients import PatientBasics, age_on

#: A booking made in error can be undone for this long, even for a slot that is near.
REGRET = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Held:
    """An appointment that the person has or had."""

    id: str
    slot_id: str
    department_code: str
    starts_at: datetime
    #: As `booking.model.Status`.
    status: str


@dataclass(frozen=True, slots=True)
class Wish:
    """All that decides about a booking."""

    now: datetime
    patient: PatientBasics
    department: Department
    slot_id: str
    starts_at: datetime
    #: open, stopped or closed.
    slot_status: str
    #: The person's other appointments: those to come, and absences of the past.
    held: Sequence[Held]
    rules: BookingRules

    @property
    def standing(self) -> list[Held]:
        """Appointments still to come."""
        return [one for one in self.held if one.status == "booked" and one.starts_at > self.now]

    @property
    def age(self) -> float:
        """Years on the day of the visit; a fraction for an infant."""
        born, day = self.patient.birth_date, self.starts_at.date()
        years = age_on(born, day) if born <= day else 0
        return years if years >= 1 else max((day - born).days, 0) / 365.25


Policy = Callable[[Wish], Refusal | None]


def past_slot(wish: Wish) -> Refusal | None:
    return Refusal("slot_past") if wish.starts_at <= wish.now else None


def slot_open(wish: Wish) -> Refusal | None:
    return None if wish.slot_status == "open" else Refusal(f"slot_{wish.slot_status}")


def lead_time(wish: Wish) -> Refusal | None:
    if wish.starts_at - wish.now < timedelta(minutes=wish.rules.min_lead_minutes):
        return Refusal("too_late_to_book", {"minutes": str(wish.rules.min_lead_minutes)})
    return None


def days_ahead(wish: Wish) -> Refusal | None:
    if wish.starts_at.date() > last_open_day(wish.now, wish.rules):
        return Refusal("too_far_ahead", {"days": str(wish.rules.days_ahead)})
    return None


def unfit(department: Department, *, age: float | None, sex: str | None) -> Refusal | None:
    """Why a department does not see such a person; None, too, as long as nothing speaks against it."""
    detail = {"department": department.name}
    if not department.accepts(age=None, sex=sex):
        return Refusal("wrong_sex", detail | {"sex": department.sex or ""})
    if age is None or department.accepts(age=age, sex=None):
        return None
    youngest, oldest = department.min_age, department.max_age
    if youngest is not None and age < youngest:
        return Refusal("too_young", detail | {"age": f"{youngest:g}岁"})
    return Refusal("too_old", detail | {"age": f"{oldest:g}岁" if oldest and oldest >= 1 else "28天"})


def department_age(wish: Wish) -> Refusal | None:
    return unfit(wish.department, age=wish.age, sex=None)


def department_sex(wish: Wish) -> Refusal | None:
    return unfit(wish.department, age=None, sex=wish.patient.sex)


def absences(wish: Wish) -> Refusal | None:
    """Too many visits missed: no online booking for some time after the last one."""
    since = wish.now - timedelta(days=wish.rules.no_show_window_days)
    missed = [one.starts_at for one in wish.held if one.status == "noshow" and one.starts_at > since]
    if len(missed) < wish.rules.no_shows_before_block:
        return None
    until = max(missed) + timedelta(days=wish.rules.block_days)
    if until <= wish.now:
        return None
    return Refusal(
        "blocked_for_absence", {"count": str(len(missed)), "until": f"{until.month}月{until.day}日"}
    )


def same_slot(wish: Wish) -> Refusal | None:
    same = any(one.slot_id == wish.slot_id for one in wish.standing)
    return Refusal("already_booked_slot") if same else None


def same_half_day(wish: Wish) -> Refusal | None:
    for one in wish.standing:
        same_time = one.starts_at.date() == wish.starts_at.date() and period_of(one.starts_at) == period_of(
            wish.starts_at
        )
        if same_time and one.department_code == wish.department.code:
            return Refusal("already_booked_half_day", {"department": wish.department.name})
    return None


def same_time(wish: Wish) -> Refusal | None:
    """Nobody can be with two doctors at once."""
    return (
        Refusal("already_booked_time")
        if any(one.starts_at == wish.starts_at for one in wish.standing)
        else None
    )


def active_in_department(wish: Wish) -> Refusal | None:
    count = sum(one.department_code == wish.department.code for one in wish.standing)
    if count >= wish.rules.max_active_per_department:
        return Refusal("already_booked_department", {"department": wish.department.name, "count": str(count)})
    return None


def active_at_all(wish: Wish) -> Refusal | None:
    if len(wish.standing) >= wish.rules.max_active_per_person:
        return Refusal("too_many_appointments", {"limit": str(wish.rules.max_active_per_person)})
    return None


#: In the order in which a person is told.
POLICIES: tuple[Policy, ...] = (
    past_slot,
    slot_open,
    lead_time,
    days_ahead,
    department_sex,
    department_age,
    absences,
    same_slot,
    same_half_day,
    same_time,
    active_in_department,
    active_at_all,
)

#: Those that hold whichever slot of a department is chosen.
ANY_SLOT: tuple[Policy, ...] = (absences, active_in_department, active_at_all)


def first_refusal(wish: Wish, policies: Sequence[Policy] = POLICIES) -> Refusal | None:
    return next((refusal for policy in policies if (refusal := policy(wish)) is not None), None)


def last_open_day(now: datetime, rules: BookingRules) -> date:
    """The last day that can be booked: a new one opens every morning at `rules.opens_at`."""
    opened = now.timetz().replace(tzinfo=None) >= rules.opens_at
    return now.date() + timedelta(days=rules.days_ahead if opened else rules.days_ahead - 1)


def too_late_to_change(
    starts_at: datetime, booked_at: datetime, now: datetime, rules: BookingRules
) -> Refusal | None:
    """May an appointment still be cancelled or moved? What was booked just now may be, however near it is."""
    if starts_at <= now:
        return Refusal("appointment_past")
    if starts_at - now < timedelta(minutes=rules.cancel_until_minutes) and now - booked_at > REGRET:
        return Refusal("too_late_to_change", {"minutes": str(rules.cancel_until_minutes)})
    return None
