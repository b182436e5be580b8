"""The half hours of doctors and examination rooms: made ahead, stopped, closed, and looked through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from booking.model import SLOT_LENGTH, Offer, SlotView, period_of
from booking.policies import last_open_day
from booking.tables import Slot
from booking.words import AFTERNOON, MORNING, When
from core.clock import SHANGHAI
from core.database import new_id
from hospital import DayKind, Hospital
from hospital import Session as HalfDay

#: Choices of one doctor's half day that a list shows before it shows another's.
_PER_HALF_DAY = 2


def at(day: date, start: time) -> datetime:
    return datetime.combine(day, start, tzinfo=SHANGHAI)


def day_span(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first day's midnight to the midnight after the last."""
    return at(first, time()), at(last + timedelta(days=1), time())


def half_day_span(day: date, period: str) -> tuple[datetime, datetime]:
    start, end = day_span(day, day)
    noon = at(day, time(12))
    return (start, noon) if period == MORNING else (noon, end)


# -- making ------------------------------------------------------------------------------------------------


def ensure_schedule(session: Session, hospital: Hospital, first_day: date, days: int) -> int:
    """Make the slots of `days` days that are not there yet; existing ones are left as they are.

    On a public holiday only the departments that the hospital names see patients. Returns how many were
    missing.
    """
    span = day_span(first_day, first_day + timedelta(days=days))
    there = session.execute(
        select(Slot.resource_id, Slot.starts_at).where(Slot.starts_at >= span[0], Slot.starts_at < span[1])
    )
    known = {(resource_id, starts_at) for resource_id, starts_at in there}
    missing = [
        row
        for row in _planned(hospital, first_day, days)
        if (row["resource_id"], row["starts_at"]) not in known
    ]
    if missing:
        # ON CONFLICT DO NOTHING: two workers may make the same days at once.
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        statement = insert(Slot).on_conflict_do_nothing(index_elements=["resource_id", "starts_at"])
        session.connection().execute(statement, missing)
    return len(missing)


def _planned(hospital: Hospital, first_day: date, days: int) -> Iterator[dict[str, Any]]:
    for day in (first_day + timedelta(days=offset) for offset in range(days)):
        holiday = hospital.calendar.kind(day) is DayKind.HOLIDAY
        for doctor in hospital.doctors:
            if not holiday or doctor.department in hospital.booking.holiday_departments:
                yield from slot_rows("doctor", doctor.id, doctor.department, day, doctor.sessions)
        for exam in hospital.exams:
            if exam.bookable and not holiday:
                yield from slot_rows("exam", exam.id, exam.department, day, exam.sessions)


def slot_rows(
    kind: str, resource_id: str, department: str, day: date, sessions: Iterable[HalfDay]
) -> Iterator[dict[str, Any]]:
    for half_day in sessions:
        if half_day.weekday != day.weekday():
            continue
        for start in half_day.starts:
            yield {
                "id": new_id(),
                "kind": kind,
                "resource_id": resource_id,
                "department_code": department,
                "starts_at": at(day, start),
                "capacity": half_day.slots_per_half_hour,
                "taken": 0,
                "status": "open",
            }


def mark(session: Session, *, status: str, resource_id: str | None, span: tuple[datetime, datetime]) -> None:
    """Set the status of slots within a span of time; `resource_id` None: of all."""
    statement = update(Slot).where(Slot.starts_at >= span[0], Slot.starts_at < span[1]).values(status=status)
    if resource_id is not None:
        statement = statement.where(Slot.resource_id == resource_id)
    session.execute(statement.execution_options(synchronize_session=False))


# -- looking -----------------------------------------------------------------------------------------------


def rows_within(
    session: Session,
    *,
    kind: str,
    span: tuple[datetime, datetime],
    department: str | None = None,
    resource: str | None = None,
) -> list[Slot]:
    """All slots of a span of time, free or not, in order of time and name."""
    query = select(Slot).where(Slot.kind == kind, Slot.starts_at >= span[0], Slot.starts_at < span[1])
    if department is not None:
        query = query.where(Slot.department_code == department)
    if resource is not None:
        query = query.where(Slot.resource_id == resource)
    query = query.order_by(Slot.starts_at, Slot.resource_id).execution_options(populate_existing=True)
    return list(session.scalars(query))


def bookable_from(now: datetime, hospital: Hospital) -> datetime:
    return now + timedelta(minutes=hospital.booking.min_lead_minutes)


def is_free(row: Slot) -> bool:
    return row.status == "open" and row.taken < row.capacity


def fits(row: Slot, when: When) -> bool:
    """Does the slot's time of day suit? The days are looked at elsewhere."""
    if when.period is not None and when.period != period_of(row.starts_at):
        return False
    if when.time is None:
        return True
    start = row.starts_at.timetz().replace(tzinfo=None)
    if when.not_before:
        return start >= when.time
    if when.not_after:
        return start < when.time
    return row.starts_at <= at(row.starts_at.date(), when.time) < row.starts_at + SLOT_LENGTH


def spread(rows: Sequence[Slot], limit: int) -> list[Slot]:
    """The earliest rows, but of one doctor's half day only a few as long as there are others."""
    seen: Counter[tuple[str, date, str]] = Counter()
    first: list[Slot] = []
    for row in rows:
        half_day = (row.resource_id, row.starts_at.date(), period_of(row.starts_at))
        seen[half_day] += 1
        if seen[half_day] <= _PER_HALF_DAY:
            first.append(row)
        if len(first) == limit:
            return first
    chosen = {row.id for row in first}
    first += [row for row in rows if row.id not in chosen][: limit - len(first)]
    return sorted(first, key=lambda row: (row.starts_at, row.resource_id))


class Schedule:
    """Looks for free slots of doctors in one hospital."""

    def __init__(self, hospital: Hospital) -> None:
        self._hospital = hospital
        self._doctors = {doctor.id: doctor for doctor in hospital.doctors}

    def view(self, row: Slot) -> SlotView:
        doctor = self._doctors[row.resource_id]
        return SlotView(
            id=row.id,
            department_code=row.department_code,
            department_name=self._hospital.department(row.department_code).name,
            doctor_id=doctor.id,
            doctor_name=doctor.name,
            title=doctor.title,
            fee=doctor.fee,
            starts_at=row.starts_at,
            left=max(row.capacity - row.taken, 0),
        )

    def offer(
        self,
        session: Session,
        now: datetime,
        *,
        department: str | None,
        doctor: str | None,
        when: When | None,
        limit: int,
        age: float | None,
        sex: str | None,
    ) -> Offer:
        """The free slots that meet the wish; if there are none, why, and the nearest others."""
        start = bookable_from(now, self._hospital)
        last = last_open_day(now, self._hospital.booking)
        everything = self._rows(session, (start, day_span(last, last)[1]), department, doctor, age, sex)
        free = [row for row in everything if is_free(row)]
        if when is None:
            return self._made(spread(free, limit), None if free else _why(everything))
        wanted = [row for row in free if when.first <= row.starts_at.date() <= when.last and fits(row, when)]
        if wanted:
            return self._made(spread(wanted, limit), None)
        why = self._why_not(session, when, now, last, department, doctor)
        pool = free
        if doctor is not None:
            # Somebody else of the department on the wanted day serves as well as the doctor another day.
            code = self._doctors[doctor].department if doctor in self._doctors else department
            others = self._rows(session, (start, day_span(last, last)[1]), code, None, age, sex)
            same_days = [row for row in others if when.first <= row.starts_at.date() <= when.last]
            known = {row.id for row in free}
            pool = free + [row for row in same_days if is_free(row) and row.id not in known]
            pool = pool or [row for row in others if is_free(row)]
        chosen = spread(_nearest(pool, when), limit)
        if why in {"beyond", "past"}:
            # Nothing is near the day that was wanted: in order of time, then.
            chosen.sort(key=lambda row: (row.starts_at, row.resource_id))
        return self._made(chosen, why)

    def _rows(
        self,
        session: Session,
        span: tuple[datetime, datetime],
        department: str | None,
        doctor: str | None,
        age: float | None,
        sex: str | None,
    ) -> list[Slot]:
        rows = rows_within(session, kind="doctor", span=span, department=department, resource=doctor)
        takes = {
            entry.code
            for entry in self._hospital.departments
            if entry.bookable and entry.accepts(age=age, sex=sex)
        }
        return [row for row in rows if row.resource_id in self._doctors and row.department_code in takes]

    def _made(self, rows: Iterable[Slot], why: str | None) -> Offer:
        return Offer(tuple(self.view(row) for row in rows), why)

    def _why_not(
        self,
        session: Session,
        when: When,
        now: datetime,
        last: date,
        department: str | None,
        doctor: str | None,
    ) -> str:
        if when.period not in {None, MORNING, AFTERNOON}:
            return "outside_hours"
        if when.last < now.date():
            return "past"
        if when.first > last:
            return "beyond"
        span = day_span(when.first, when.last)
        rows = rows_within(session, kind="doctor", span=span, department=department, resource=doctor)
        matching = [row for row in rows if fits(row, when)]
        if not matching:
            holiday = all(
                self._hospital.calendar.kind(day) is DayKind.HOLIDAY for day in _days(when.first, when.last)
            )
            return "closed" if holiday else "no_session"
        start = bookable_from(now, self._hospital)
        ahead = [row for row in matching if row.starts_at >= start]
        return _why(ahead) if ahead else "past"


def _why(rows: Sequence[Slot]) -> str:
    """Why none of these slots, all still to come, is free."""
    if not rows:
        return "no_session"
    states = {row.status for row in rows}
    if "open" in states:
        return "sold_out"
    return "stopped" if "stopped" in states else "closed"


def _nearest(rows: Sequence[Slot], when: When) -> list[Slot]:
    """Free slots in order of their distance from the wish: days first, then the time of day."""

    def distance(row: Slot) -> tuple[int, bool, float, datetime, str]:
        day = row.starts_at.date()
        days = max((when.first - day).days, (day - when.last).days, 0)
        other_half = when.period in {MORNING, AFTERNOON} and when.period != period_of(row.starts_at)
        away = 0.0 if when.time is None else abs((row.starts_at - at(day, when.time)).total_seconds())
        return days, other_half, away, row.starts_at, row.resource_id

    return sorted(rows, key=distance)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))
