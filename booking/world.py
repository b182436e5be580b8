"""A scripted conversation's world, laid over the hospital and its schedule: for tests and rehearsals only.

`doctors` changes the hospital itself (`overlay`, before anything is built on it); everything else changes
rows of a throw-away database (`apply`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from booking import capacity
from booking.model import Status
from booking.schedule import at, day_span, half_day_span, mark, rows_within
from booking.tables import Appointment, Slot
from core.database import new_id
from core.errors import BanzhenError
from core.wording import in_chinese
from hospital import AFTERNOON, MORNING, SLOT_STARTS, Department, Doctor, Hospital
from hospital import Session as HalfDay
from patients import parse_relation

_Period = Literal["上午", "下午"]
_PLACES = 2


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Session(_Part):
    department: str | None = None
    doctor: str | None = None
    date: date
    #: None: the whole day.
    period: _Period | None = None


class _DoctorSession(_Session):
    doctor: str


class _Existing(_Session):
    id: str
    department: str
    #: `self` or a relation.
    person: str = "self"
    #: HH:MM; None: the first half hour that is free.
    start: str | None = None


class World(_Part):
    """The design's `world`."""

    #: Department → the names of its doctors; they replace the ones it has.
    doctors: dict[str, tuple[str, ...]] = {}
    sold_out: tuple[_Session, ...] = ()
    stopped: tuple[_DoctorSession, ...] = ()
    #: The only half days on which these doctors see patients.
    doctor_slots: tuple[_DoctorSession, ...] = ()
    closed: tuple[date, ...] = ()
    existing: tuple[_Existing, ...] = ()


def read_world(world: Mapping[str, Any]) -> World:
    """Raises BanzhenError for a world that does not follow the contract."""
    try:
        return World.model_validate(world)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise BanzhenError("bad_world", f"脚本的 world.{where} 有误：{in_chinese(problem)}") from error


def overlay(hospital: Hospital, world: World) -> Hospital:
    """The hospital with the world's doctors. Known names keep what is known of them."""
    doctors = hospital.doctors
    for name, names in world.doctors.items():
        department = find_department(hospital, name)
        known = {doctor.name: doctor for doctor in hospital.doctors if doctor.department == department.code}
        others = tuple(doctor for doctor in doctors if doctor.department != department.code)
        doctors = others + tuple(
            known.get(one) or _invented_doctor(department, one, index) for index, one in enumerate(names)
        )
    return replace(hospital, doctors=doctors)


def _invented_doctor(department: Department, name: str, index: int) -> Doctor:
    every_day = tuple(
        HalfDay(weekday, period, _PLACES) for weekday in range(7) for period in (MORNING, AFTERNOON)
    )
    return Doctor(
        id=f"world-{department.code}-{index}",
        name=name,
        title="主治医师",
        department=department.code,
        specialty=department.intro,
        sex="女",
        fee=Decimal(30),
        sessions=every_day,
    )


def find_department(hospital: Hospital, name: str) -> Department:
    """By the hospital's own name, an alias or a standard name. Raises BanzhenError if there is none."""
    exact = next((one for one in hospital.departments if name == one.name), None)
    standard = next((one for one in hospital.departments if name in one.standard), None)
    found = exact or standard or hospital.find_department(name)
    if found is None:
        raise BanzhenError("bad_world", f"脚本里的科室“{name}”在这家医院没有")
    return found


def apply(
    session: Session, hospital: Hospital, world: World, people: Mapping[str, str], now: datetime
) -> None:
    """Lay a world over a schedule that has been made. `people`: `self` and relations → patient ids."""
    _limit_doctors(session, hospital, world)
    for day in world.closed:
        mark(session, status="closed", resource_id=None, span=day_span(day, day))
    for stop in world.stopped:
        doctor = _doctor(hospital, stop.doctor)
        mark(session, status="stopped", resource_id=doctor.id, span=_span(stop))
    for existing in world.existing:
        _seat_existing(session, hospital, existing, people, now)
    for gone in world.sold_out:
        for row in _rows(session, hospital, gone):
            session.execute(update(Slot).where(Slot.id == row.id).values(taken=Slot.capacity))
    session.flush()


def _limit_doctors(session: Session, hospital: Hospital, world: World) -> None:
    named = {_doctor(hospital, entry.doctor).id for entry in world.doctor_slots}
    for doctor_id in named:
        everything = update(Slot).where(Slot.resource_id == doctor_id).values(status="stopped")
        session.execute(everything.execution_options(synchronize_session=False))
    for entry in world.doctor_slots:
        doctor = _doctor(hospital, entry.doctor)
        for period in [entry.period] if entry.period else [MORNING, AFTERNOON]:
            span = half_day_span(entry.date, period)
            if not rows_within(session, kind="doctor", span=span, resource=doctor.id):
                for start in SLOT_STARTS[period]:
                    session.add(_new_slot(doctor, at(entry.date, start)))
                session.flush()
            mark(session, status="open", resource_id=doctor.id, span=span)


def _new_slot(doctor: Doctor, starts_at: datetime) -> Slot:
    return Slot(
        id=new_id(),
        kind="doctor",
        resource_id=doctor.id,
        department_code=doctor.department,
        starts_at=starts_at,
        capacity=_PLACES,
        taken=0,
        status="open",
    )


def _seat_existing(
    session: Session, hospital: Hospital, entry: _Existing, people: Mapping[str, str], now: datetime
) -> None:
    """Book what the script says was booked before, whatever the rules would say to it."""
    patient = people.get(entry.person) or people.get(parse_relation(entry.person) or "")
    if patient is None:
        raise BanzhenError("bad_world", f"脚本 existing 里的“{entry.person}”不是这次对话里的人")
    rows = [row for row in _rows(session, hospital, entry) if entry.start in {None, f"{row.starts_at:%H:%M}"}]
    row = next((one for one in rows if one.taken < one.capacity), None)
    if row is None:
        department = find_department(hospital, entry.department)
        doctors = hospital.doctors_of(department.code)
        if not doctors:
            raise BanzhenError("bad_world", f"脚本里的科室“{entry.department}”没有医生出诊")
        doctor = _doctor(hospital, entry.doctor) if entry.doctor else doctors[0]
        hour = entry.start or f"{SLOT_STARTS[entry.period or MORNING][0]:%H:%M}"
        row = _new_slot(doctor, at(entry.date, datetime.strptime(hour, "%H:%M").time()))  # noqa: DTZ007
        session.add(row)
        session.flush()
    occupied = session.scalars(
        select(Appointment.place).where(Appointment.slot_id == row.id, Appointment.status == Status.BOOKED)
    ).all()
    row.taken += 1
    row.capacity = max(row.capacity, row.taken)
    session.add(
        Appointment(
            id=entry.id,
            patient_id=patient,
            booked_by=people.get("self", patient),
            slot_id=row.id,
            department_code=row.department_code,
            doctor_id=row.resource_id,
            starts_at=row.starts_at,
            place=capacity.free_place(occupied),
            status=Status.BOOKED,
            request_key=f"world:{entry.id}",
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()


def _rows(session: Session, hospital: Hospital, entry: _Session) -> Iterator[Slot]:
    department = find_department(hospital, entry.department).code if entry.department else None
    doctor = _doctor(hospital, entry.doctor).id if entry.doctor else None
    if doctor is not None:
        department = None
    yield from rows_within(session, kind="doctor", span=_span(entry), department=department, resource=doctor)


def _span(entry: _Session) -> tuple[datetime, datetime]:
    return half_day_span(entry.date, entry.period) if entry.period else day_span(entry.date, entry.date)


def _doctor(hospital: Hospital, name: str) -> Doctor:
    for doctor in hospital.doctors:
        if name in {doctor.name, doctor.id}:
            return doctor
    raise BanzhenError("bad_world", f"脚本里的医生“{name}”在这家医院没有")
