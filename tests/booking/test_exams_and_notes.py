"""Examinations, and what people are told to bring."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from booking import Booking, BookSlot, ExamAppointmentView, Status, parse_when, refusal_text
from core.clock import FixedClock
from core.database import Database
from core.errors import Refusal
from tests.booking.conftest import Enrol

EXAM = "us_urinary"


def code(outcome: object) -> str:
    assert isinstance(outcome, Refusal), outcome
    assert refusal_text(outcome)
    return outcome.code


def made(outcome: ExamAppointmentView | Refusal) -> ExamAppointmentView:
    assert isinstance(outcome, ExamAppointmentView), outcome
    return outcome


def test_an_examination_is_booked_with_its_preparation(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        slots = booking.open_exam_slots(session, EXAM, when=parse_when("明天上午", booking._clock.now()))
        assert not isinstance(slots, Refusal)
        wish = BookSlot(who.id, who.id, slots[0].id, "k")
        one = made(booking.book_exam(session, wish))
        assert booking.book_exam(session, wish) == one
        assert "憋尿" in one.preparation
        assert one.card()["exam"] == "泌尿系彩超"
        assert any("憋尿" in line for line in booking.instructions(one))
        assert booking.exam_appointments(session, [who.id]) == [one]
        other = BookSlot(who.id, who.id, slots[1].id, "k2")
        assert code(booking.book_exam(session, other)) == "already_booked_exam"
        for _ in range(2):
            assert made(booking.cancel_exam(session, one.id, "patient_request")).status is Status.CANCELLED
        made(booking.book_exam(session, other))


def test_examinations_refuse_what_does_not_fit(
    scheduled: Database, booking: Booking, enrol: Enrol, clock: FixedClock
) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        assert code(booking.open_exam_slots(session, "ecg")) == "exam_walk_in"
        assert code(booking.open_exam_slots(session, "nothing")) == "unknown_exam"
        slots = booking.open_exam_slots(session, EXAM)
        assert not isinstance(slots, Refusal)
        doctor_slot = booking.open_slots(session, department="gastro")[0]
        assert (
            code(booking.book_exam(session, BookSlot(who.id, who.id, doctor_slot.id, "k"))) == "unknown_slot"
        )
        assert code(booking.book(session, BookSlot(who.id, who.id, slots[0].id, "k"))) == "unknown_slot"
        assert code(booking.book_exam(session, BookSlot("x", "x", slots[0].id, "k"))) == "unknown_patient"
        assert code(booking.cancel_exam(session, "nothing", "x")) == "unknown_appointment"
        one = made(booking.book_exam(session, BookSlot(who.id, who.id, slots[0].id, "k")))
        clock.move_to(one.starts_at - timedelta(minutes=10))
        assert code(booking.cancel_exam(session, one.id, "x")) == "too_late_to_change"
        assert (
            code(booking.book_exam(session, BookSlot(who.id, who.id, slots[0].id, "k3")))
            == "too_late_to_book"
        )
        clock.move_to(one.starts_at)
        assert code(booking.book_exam(session, BookSlot(who.id, who.id, slots[0].id, "k4"))) == "slot_past"


@pytest.mark.concurrency
def test_an_examination_is_never_oversold(scheduled: Database, booking: Booking, enrol: Enrol) -> None:
    with scheduled.session() as session:
        people = [enrol(session, serial).id for serial in range(12)]
        slots = booking.open_exam_slots(session, EXAM)
    assert not isinstance(slots, Refusal)
    slot = slots[0]

    def attempt(person: str) -> ExamAppointmentView | Refusal:
        with scheduled.session() as session:
            return booking.book_exam(session, BookSlot(person, person, slot.id, person))

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, people))
    assert sum(isinstance(one, ExamAppointmentView) for one in outcomes) == slot.left


def test_people_are_told_where_to_report_and_what_to_bring(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        slot = booking.open_slots(
            session, department="gastro", when=parse_when("明天上午", booking._clock.now())
        )[0]
        visit = booking.book(session, BookSlot(who.id, who.id, slot.id, "k"))
    assert not isinstance(visit, Refusal)
    told = booking.instructions(visit, age=36)
    assert "07:40" in told[0]
    assert "门诊楼3层B区" in told[0]
    assert "医保" in told[1]
    assert any("空腹" in line for line in told)
    assert "取消" in told[-1]
    assert any("家长" in line for line in booking.instructions(visit, age=16))
