"""A script's world laid over the example hospital."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from booking import Booking, BookSlot, overlay_world, parse_when
from booking.tables import Slot
from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from core.errors import BanzhenError, Refusal
from hospital import Hospital
from patients import Patients
from patients.invented import seat

TUESDAY = "2026-11-24"


@pytest.fixture
def people(database: Database, patients: Patients, clock: FixedClock) -> Mapping[str, str]:
    with database.session() as session:
        family = [{"relation": "妈妈", "name": "吴桂芳", "age": 70}]
        return seat(session, patients, today=clock.now().date(), family=family).people


def words(text: str, clock: FixedClock) -> Any:
    return parse_when(text, clock.now())


def test_named_doctors_replace_those_of_their_department(
    house: Hospital, database: Database, clock: FixedClock, patients: Patients, cipher: FieldCipher
) -> None:
    known = house.doctors_of("gastro")[0]
    laid = overlay_world(house, {"doctors": {"消化内科": ["马小河", known.name]}})
    assert [doctor.name for doctor in laid.doctors_of("gastro")] == ["马小河", known.name]
    assert laid.doctors_of("gastro")[1] == known
    assert laid.doctors_of("cardiology") == house.doctors_of("cardiology")
    booking = Booking(laid, clock, patients, cipher)
    with database.session() as session:
        booking.apply_world(session, {}, {})
        offered = booking.open_slots(session, department="gastro", when=words("明天", clock), limit=50)
    assert {slot.doctor_name for slot in offered} == {"马小河", known.name}


def test_a_sold_out_half_day_has_no_slots(
    database: Database, booking: Booking, clock: FixedClock, people: Mapping[str, str]
) -> None:
    world = {"sold_out": [{"department": "消化内科", "doctor": None, "date": TUESDAY, "period": "上午"}]}
    with database.session() as session:
        booking.apply_world(session, world, people)
        offered = booking.offer(session, department="gastro", when=words("明天上午", clock))
        assert offered.why == "sold_out"
        assert booking.open_slots(session, department="gastro", when=words("明天下午", clock))


def test_a_stopped_doctor_and_a_closed_day(
    database: Database, booking: Booking, clock: FixedClock, people: Mapping[str, str]
) -> None:
    doctor = booking.hospital.doctor("dr007")
    world = {
        "stopped": [{"doctor": doctor.name, "date": TUESDAY, "period": "上午"}],
        "closed": ["2026-11-25"],
    }
    with database.session() as session:
        booking.apply_world(session, world, people)
        assert booking.offer(session, doctor=doctor.id, when=words("明天上午", clock)).why == "stopped"
        assert booking.offer(session, department="gastro", when=words("后天", clock)).why == "closed"


def test_a_doctor_with_given_slots_has_no_others(
    database: Database, booking: Booking, clock: FixedClock, people: Mapping[str, str]
) -> None:
    doctor = booking.hospital.doctor("dr007")
    world = {"doctor_slots": [{"doctor": doctor.name, "date": "2026-11-27", "period": "下午"}]}
    with database.session() as session:
        booking.apply_world(session, world, people)
        slots = booking.open_slots(session, doctor=doctor.id, limit=100)
    assert {(slot.starts_at.date(), slot.starts_at.hour >= 14) for slot in slots} == {
        (date(2026, 11, 27), True)
    }


def test_existing_appointments_stand_for_the_right_people_and_can_be_moved(
    database: Database, booking: Booking, clock: FixedClock, people: Mapping[str, str]
) -> None:
    world = {
        "existing": [
            {"id": "A1", "department": "消化内科", "date": TUESDAY, "period": "上午", "person": "self"},
            {"id": "A2", "department": "消化内科", "date": TUESDAY, "period": "上午", "person": "母亲"},
            {"id": "A3", "department": "眼科", "date": "2026-12-20", "period": "下午", "person": "妈妈"},
        ]
    }
    with database.session() as session:
        booking.apply_world(session, world, people)
        mine = booking.appointments(session, [people["self"]])
        hers = booking.appointments(session, [people["妈妈"]])
        assert [(one.id, one.department_name, one.booked_by) for one in mine] == [
            ("A1", "消化内科", people["self"])
        ]
        assert [one.id for one in hers] == ["A2", "A3"]
        free = booking.open_slots(session, department="gastro", when=words("后天上午", clock))
        moved = booking.reschedule(session, "A1", free[0].id, "move")
        assert not isinstance(moved, Refusal)
        wish = BookSlot(people["母亲"], people["self"], free[1].id, "k")
        second = booking.book(session, wish)
        assert isinstance(second, Refusal)
        assert second.code == "already_booked_department"
        assert all(row.taken <= row.capacity for row in session.scalars(select(Slot)))


@pytest.mark.parametrize(
    "world",
    [
        {"sold_out": [{"department": "不存在的科", "date": TUESDAY}]},
        {"stopped": [{"doctor": "查无此人", "date": TUESDAY, "period": "上午"}]},
        {
            "existing": [
                {"id": "A1", "department": "消化内科", "date": TUESDAY, "period": "上午", "person": "舅舅"}
            ]
        },
        {"closed": ["someday"]},
        {"unknown": []},
        {"sold_out": [{"department": "消化内科", "date": TUESDAY, "period": "半夜"}]},
    ],
)
def test_a_world_that_does_not_fit_is_named(
    database: Database, booking: Booking, people: Mapping[str, str], world: dict[str, Any]
) -> None:
    with pytest.raises(BanzhenError) as raised, database.session() as session:
        booking.apply_world(session, world, people)
    assert raised.value.code == "bad_world"
    assert "脚本" in raised.value.message
