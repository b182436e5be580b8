"""The schedule and what is offered of it: the wish met, or why not and what is nearest."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from booking import Booking, Offer, offer_text, parse_when, refusal_text
from booking.schedule import half_day_span, mark
from booking.tables import Slot
from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from hospital import Hospital
from patients import Patients
from tests.booking.conftest import Enrol

MONDAY = date(2026, 11, 23)


def offer(database: Database, booking: Booking, words: str | None, **more: object) -> Offer:
    when = parse_when(words, booking._clock.now()) if words else None
    with database.session() as session:
        return booking.offer(session, when=when, **{"department": "gastro", **more})  # type: ignore[arg-type]


def test_making_the_schedule_again_changes_nothing(database: Database, booking: Booking) -> None:
    with database.session() as session:
        made = booking.ensure_schedule(session, days=3)
        assert made > 0
        session.execute(update(Slot).values(status="stopped"))
    with database.session() as session:
        assert booking.ensure_schedule(session, days=3) == 0
        assert booking.ensure_schedule(session, MONDAY, 4) > 0
        stopped = session.scalar(select(func.count()).where(Slot.status == "stopped"))
        assert stopped == made


def test_a_public_holiday_is_worked_only_where_the_hospital_says_so(
    database: Database, house: Hospital, patients: Patients, cipher: FieldCipher, clock: FixedClock
) -> None:
    booking = Booking(house, clock, patients, cipher)
    with database.session() as session:
        booking.ensure_schedule(session, date(2026, 10, 1), 1)
        departments = set(session.scalars(select(Slot.department_code)))
    assert departments
    assert departments <= set(house.booking.holiday_departments)


def test_the_next_free_slots_show_several_doctors(scheduled: Database, booking: Booking) -> None:
    offered = offer(scheduled, booking, None)
    assert offered.why is None
    assert len(offered.slots) == 6
    assert len({slot.doctor_id for slot in offered.slots}) > 1
    starts = [slot.starts_at for slot in offered.slots]
    assert starts == sorted(starts)
    assert min(starts) >= booking._clock.now() + timedelta(minutes=booking.hospital.booking.min_lead_minutes)


def test_a_wish_that_can_be_met_is_met(scheduled: Database, booking: Booking) -> None:
    offered = offer(scheduled, booking, "明天下午三点")
    assert offered.why is None
    assert {f"{slot.starts_at:%d %H:%M}" for slot in offered.slots} == {"24 15:00"}
    later = offer(scheduled, booking, "明天下午三点以后", limit=20)
    assert {slot.starts_at.hour for slot in later.slots} == {15, 16}
    earlier = offer(scheduled, booking, "明天上午九点前", limit=20)
    assert {slot.starts_at.hour for slot in earlier.slots} == {8}


def test_a_time_between_two_starts_is_the_slot_that_holds_it(scheduled: Database, booking: Booking) -> None:
    assert {f"{slot.starts_at:%H:%M}" for slot in offer(scheduled, booking, "明天下午三点一刻").slots} == {
        "15:00"
    }


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("今天晚上", "outside_hours"),
        ("明天中午", "outside_hours"),
        ("11月20号", "past"),
        ("今天上午8点", "past"),
        ("下个月20号", "beyond"),
    ],
)
def test_a_wish_that_cannot_be_met_gets_a_reason_and_the_nearest(
    scheduled: Database, booking: Booking, words: str, why: str
) -> None:
    offered = offer(scheduled, booking, words)
    assert offered.why == why
    assert offered.slots
    assert offer_text(why, any_slots=True) != offer_text(None, any_slots=True)


def test_a_sold_out_half_day_gives_the_same_day_first(scheduled: Database, booking: Booking) -> None:
    with scheduled.session() as session:
        start, end = half_day_span(MONDAY + timedelta(days=1), "上午")
        query = update(Slot).where(
            Slot.starts_at >= start, Slot.starts_at < end, Slot.department_code == "gastro"
        )
        session.execute(query.values(taken=Slot.capacity))
    offered = offer(scheduled, booking, "明天上午")
    assert offered.why == "sold_out"
    assert {slot.starts_at.date() for slot in offered.slots[:2]} == {MONDAY + timedelta(days=1)}
    assert booking.hospital.department("gastro").name == offered.slots[0].department_name


def test_a_stopped_doctor_gives_colleagues_of_that_day_and_his_own_other_days(
    scheduled: Database, booking: Booking
) -> None:
    doctor = "dr007"
    day = MONDAY + timedelta(days=1)
    with scheduled.session() as session:
        booking.stop_session(session, doctor, day, "上午", actor="staff:a")
    offered = offer(scheduled, booking, "明天上午", doctor=doctor, department=None)
    assert offered.why == "stopped"
    assert {slot.department_code for slot in offered.slots} == {"gastro"}
    same_day = {slot.doctor_id for slot in offered.slots if slot.starts_at.date() == day}
    assert same_day
    assert doctor not in same_day
    assert doctor in {slot.doctor_id for slot in offered.slots}


def test_a_closed_day_and_a_day_without_clinic_are_told_apart(scheduled: Database, booking: Booking) -> None:
    day = MONDAY + timedelta(days=1)
    with scheduled.session() as session:
        mark(session, status="closed", resource_id=None, span=half_day_span(day, "上午"))
    assert offer(scheduled, booking, "明天上午").why == "closed"
    assert offer(scheduled, booking, "后天下午", doctor="dr007", department=None).why == "no_session"


def test_nothing_free_at_all_is_said_plainly(scheduled: Database, booking: Booking) -> None:
    with scheduled.session() as session:
        session.execute(update(Slot).values(taken=Slot.capacity))
    offered = offer(scheduled, booking, None)
    assert (offered.slots, offered.why) == ((), "sold_out")
    assert "约满" in offer_text(offered.why, any_slots=False)
    assert offer(scheduled, booking, "明天").slots == ()


def test_departments_that_do_not_see_the_person_are_left_out(scheduled: Database, booking: Booking) -> None:
    for age, sex in ((8.0, "女"), (70.0, "男")):
        offered = offer(scheduled, booking, None, department=None, limit=500, age=age, sex=sex)
        for slot in offered.slots:
            assert booking.hospital.department(slot.department_code).accepts(age=age, sex=sex)


def test_open_slots_are_only_those_that_meet_the_wish(scheduled: Database, booking: Booking) -> None:
    now = booking._clock.now()
    with scheduled.session() as session:
        assert booking.open_slots(session, department="gastro", when=parse_when("今晚", now)) == []
        assert booking.open_slots(session, department="gastro", when=parse_when("明天", now))


def test_what_cannot_be_had_yet_is_offered_in_order_of_time(scheduled: Database, booking: Booking) -> None:
    starts = [slot.starts_at for slot in offer(scheduled, booking, "12月31号").slots]
    assert starts == sorted(starts)


def test_why_somebody_cannot_come_at_all_is_known_before_a_time_is_chosen(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        grown = booking.barred(session, "pediatrics", person=None, age=40, sex=None)
        assert grown is not None and grown.code == "too_old" and "14岁" in (refusal_text(grown) or "")
        man = booking.barred(session, "gynecology", person=None, age=None, sex="男")
        assert man is not None and man.code == "wrong_sex"
        assert booking.barred(session, "gynecology", person=None, age=None, sex=None) is None
        who = enrol(session)
        assert booking.barred(session, "ophthalmology", person=who, age=36, sex="女") is None
