"""Booking, moving, cancelling: outcomes and refusals over both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking import AppointmentView, Booking, BookSlot, SlotView, Status, parse_when, refusal_text
from booking.tables import Appointment, Slot
from core.audit import AuditEvent
from core.clock import SHANGHAI, FixedClock
from core.database import Database
from core.errors import Refusal
from patients import Patients, PatientView
from tests.booking.conftest import Enrol

TOMORROW = datetime(2026, 11, 24, 8, 0, tzinfo=SHANGHAI)


def free(
    booking: Booking, session: Session, words: str = "明天", department: str | None = "gastro", **more: object
) -> list[SlotView]:
    when = parse_when(words, booking._clock.now())
    return booking.open_slots(session, department=department, when=when, limit=50, **more)  # type: ignore[arg-type]


def book(
    booking: Booking, session: Session, who: PatientView, slot: SlotView | str, key: str = "k1"
) -> AppointmentView | Refusal:
    slot_id = slot if isinstance(slot, str) else slot.id
    return booking.book(session, BookSlot(who.id, who.id, slot_id, key))


def booked(outcome: AppointmentView | Refusal | None) -> AppointmentView:
    assert isinstance(outcome, AppointmentView), outcome
    return outcome


def code(outcome: object) -> str:
    assert isinstance(outcome, Refusal), outcome
    assert refusal_text(outcome), f"no words for {outcome.code}"
    return outcome.code


def taken(session: Session, slot_id: str) -> int:
    return session.scalars(select(Slot.taken).where(Slot.id == slot_id)).one()


def test_a_slot_is_booked_with_a_card_and_an_audit_row(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        slot = free(booking, session)[0]
        made = booked(book(booking, session, who, slot))
    assert (made.starts_at, made.status, made.number) == (TOMORROW, Status.BOOKED, 1)
    assert made.card() == {
        "title": "预约成功",
        "department": "消化内科",
        "doctor": f"{slot.doctor_name} {slot.title}",
        "date": "11月24日（周二）",
        "time": "上午 08:00–08:30",
        "location": "门诊楼3层B区",
        "patient": "方*禾",
        "fee": f"{slot.fee.normalize():f}元",
        "number": "1号",
    }
    assert made.state("self")["start"] == "08:00"
    with scheduled.session() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "booking.book")).one()
        assert (event.actor, event.subject) == (f"patient:{who.id}", f"patient:{who.id}")
        assert booking.appointments(session, [who.id]) == [made]
        assert booking.appointment(session, made.id) == made


def test_a_round_fee_is_shown_without_an_exponent(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        made = booked(book(booking, session, enrol(session), free(booking, session)[0]))
    assert made.fee == Decimal(50)
    assert made.card()["fee"] == "50元"


def test_the_same_request_key_books_once(scheduled: Database, booking: Booking, enrol: Enrol) -> None:
    with scheduled.session() as session:
        who, slots = enrol(session), free(booking, session)
        first = booked(book(booking, session, who, slots[0], "same"))
    with scheduled.session() as session:
        assert book(booking, session, who, slots[0], "same") == first
        assert book(booking, session, who, slots[1], "same") == first
        assert taken(session, slots[0].id) == 1
        other = enrol(session, 1)
        assert code(book(booking, session, other, slots[2], "same")) == "request_key_reused"


def test_a_slot_takes_no_more_people_than_its_capacity(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        slot = free(booking, session)[0]
        numbers = [
            booked(book(booking, session, enrol(session, n), slot, f"k{n}")).number for n in range(slot.left)
        ]
        assert numbers == list(range(1, slot.left + 1))
        assert code(book(booking, session, enrol(session, 99), slot, "late")) == "sold_out"
        assert slot.id not in {one.id for one in free(booking, session)}


def test_a_freed_place_is_given_to_the_next(scheduled: Database, booking: Booking, enrol: Enrol) -> None:
    with scheduled.session() as session:
        slot = free(booking, session)[0]
        people = [enrol(session, n) for n in range(slot.left)]
        made = [booked(book(booking, session, who, slot, f"k{n}")) for n, who in enumerate(people)]
        booking.cancel(session, made[0].id, "patient_request")
        again = booked(book(booking, session, enrol(session, 99), slot, "next"))
        assert again.number == 1
        assert taken(session, slot.id) == slot.left


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("same", "already_booked_slot"),
        ("half_day", "already_booked_half_day"),
        ("department", "already_booked_department"),
        ("time", "already_booked_time"),
    ],
)
def test_one_person_does_not_hold_the_same_thing_twice(
    scheduled: Database, booking: Booking, enrol: Enrol, second: str, expected: str
) -> None:
    with scheduled.session() as session:
        who, slots = enrol(session), free(booking, session)
        booked(book(booking, session, who, slots[0]))
        choices = {
            "same": slots[0],
            "half_day": slots[3],
            "department": free(booking, session, "后天")[0],
            "time": free(booking, session, "明天上午8点", "cardiology")[0],
        }
        assert code(book(booking, session, who, choices[second], "k2")) == expected
        assert len(booking.appointments(session, [who.id])) == 1


def test_a_person_holds_a_limited_number_of_appointments(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        outcomes = []
        for index, department in enumerate(["gastro", "cardiology", "endocrine", "ophthalmology"]):
            slots = [
                one for one in free(booking, session, "这两天", department) if one.starts_at.hour == 8 + index
            ]
            slots = slots or free(booking, session, "后天下午", department)
            outcomes.append(book(booking, session, who, slots[0], f"k{index}"))
        assert [isinstance(one, AppointmentView) for one in outcomes] == [True, True, True, False]
        assert code(outcomes[-1]) == "too_many_appointments"


@pytest.mark.parametrize(
    ("age", "sex", "department", "expected"),
    [
        (36, "男", "gynecology", "wrong_sex"),
        (36, "女", "andrology", "wrong_sex"),
        (36, "女", "pediatrics", "too_old"),
        (8, "女", "gastro", "too_young"),
        (0.5, "男", "neonatology", "too_old"),
        (36, "女", "geriatrics", "too_young"),
    ],
)
def test_a_department_sees_only_the_people_it_is_for(
    scheduled: Database, booking: Booking, enrol: Enrol, age: float, sex: str, department: str, expected: str
) -> None:
    with scheduled.session() as session:
        who = enrol(session, age=age, sex=sex)
        slot = free(booking, session, "这两天", department)[0]
        assert code(book(booking, session, who, slot)) == expected
        assert free(booking, session, "这两天", department, age=age, sex=sex) == []


def test_a_slot_that_is_near_past_or_stopped_is_refused(
    scheduled: Database, booking: Booking, enrol: Enrol, clock: FixedClock
) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        slot = free(booking, session)[0]
        clock.move_to(slot.starts_at - timedelta(minutes=29))
        assert code(book(booking, session, who, slot)) == "too_late_to_book"
        clock.move_to(slot.starts_at)
        assert code(book(booking, session, who, slot)) == "slot_past"
        clock.move_to(TOMORROW - timedelta(days=1))
        assert booking.stop_session(session, slot.doctor_id, TOMORROW.date(), "上午", actor="staff:a") == []
        assert code(book(booking, session, who, slot)) == "slot_stopped"
        assert code(book(booking, session, who, "nothing")) == "unknown_slot"


def test_stopping_a_session_names_the_appointments_to_move(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        slot = free(booking, session)[0]
        made = booked(book(booking, session, enrol(session), slot))
        assert booking.stop_session(session, slot.doctor_id, TOMORROW.date(), "上午", actor="staff:a") == [
            made
        ]


def test_days_open_in_the_morning_up_to_the_limit(
    database: Database, booking: Booking, enrol: Enrol, clock: FixedClock
) -> None:
    with database.session() as session:
        booking.ensure_schedule(session, days=20)
        who = enrol(session)
        far = session.scalars(
            select(Slot).where(Slot.department_code == "gastro").order_by(Slot.starts_at.desc()).limit(1)
        ).one()
        assert code(book(booking, session, who, far.id)) == "too_far_ahead"
        last = clock.now().date() + timedelta(days=booking.hospital.booking.days_ahead)
        on_last_day = session.scalars(
            select(Slot).where(
                Slot.department_code == "gastro", Slot.starts_at > TOMORROW + timedelta(days=13)
            )
        )
        slot = next(one for one in on_last_day if one.starts_at.date() == last)
        clock.move_to(clock.now().replace(hour=6))
        assert code(book(booking, session, who, slot.id, "early")) == "too_far_ahead"
        clock.move_to(clock.now().replace(hour=7))
        booked(book(booking, session, who, slot.id, "on time"))


def test_only_a_bound_relative_may_book_for_another(
    scheduled: Database, booking: Booking, enrol: Enrol, patients: Patients
) -> None:
    with scheduled.session() as session:
        owner, mother = enrol(session), enrol(session, 1, age=70, name="吴桂芳")
        slot = free(booking, session)[0]
        wish = BookSlot(mother.id, owner.id, slot.id, "k")
        assert code(booking.book(session, wish)) == "not_your_relative"
        patients.add_relative(session, owner.id, "母亲", mother)
        made = booked(booking.book(session, wish))
        assert (made.patient_id, made.booked_by, made.patient_masked_name) == (mother.id, owner.id, "吴*芳")
        stranger = enrol(session, 2, name="方小荷")
        assert code(booking.cancel(session, made.id, "x", actor_id=stranger.id)) == "not_your_relative"
        assert (
            code(booking.reschedule(session, made.id, slot.id, "r", actor_id=stranger.id))
            == "not_your_relative"
        )
        assert booked(booking.cancel(session, made.id, "x", actor_id=mother.id)).status is Status.CANCELLED


def test_an_unknown_person_is_refused(scheduled: Database, booking: Booking) -> None:
    with scheduled.session() as session:
        wish = BookSlot("nobody", "nobody", free(booking, session)[0].id, "k")
        assert code(booking.book(session, wish)) == "unknown_patient"


# -- moving and cancelling ---------------------------------------------------------------------------------


def test_moving_takes_the_new_slot_and_frees_the_old(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        old_slot, new_slot = free(booking, session)[0], free(booking, session, "后天上午")[0]
        old = booked(book(booking, session, who, old_slot))
        new = booked(booking.reschedule(session, old.id, new_slot.id, "move"))
        assert booked(booking.reschedule(session, old.id, new_slot.id, "move")) == new
    with scheduled.session() as session:
        assert (taken(session, old_slot.id), taken(session, new_slot.id)) == (0, 1)
        assert [one.id for one in booking.appointments(session, [who.id])] == [new.id]
        kept = booking.appointment(session, old.id)
        assert kept is not None
        assert (kept.status, new.replaces_id) == (Status.RESCHEDULED, old.id)


def test_moving_to_a_full_slot_changes_nothing(scheduled: Database, booking: Booking, enrol: Enrol) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        old_slot, new_slot = free(booking, session)[0], free(booking, session, "后天上午")[0]
        old = booked(book(booking, session, who, old_slot))
        for n in range(new_slot.left):
            booked(book(booking, session, enrol(session, 10 + n), new_slot, f"other{n}"))
        assert code(booking.reschedule(session, old.id, new_slot.id, "move")) == "sold_out"
        assert booking.appointments(session, [who.id]) == [old]
        assert taken(session, old_slot.id) == 1
        assert taken(session, new_slot.id) == new_slot.left


def test_what_cannot_be_moved_is_named(
    scheduled: Database, booking: Booking, enrol: Enrol, clock: FixedClock
) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        slots = free(booking, session)
        old = booked(book(booking, session, who, slots[0]))
        other = slots[-1]
        assert code(booking.reschedule(session, "nothing", other.id, "r")) == "unknown_appointment"
        assert code(booking.reschedule(session, old.id, slots[0].id, "r")) == "same_slot"
        assert code(booking.reschedule(session, old.id, "nothing", "r")) == "unknown_slot"
        assert code(booking.reschedule(session, old.id, other.id, "k1")) == "request_key_reused"
        clock.move_to(old.starts_at - timedelta(minutes=59))
        assert code(booking.reschedule(session, old.id, other.id, "r")) == "too_late_to_change"
        assert code(booking.cancel(session, old.id, "r")) == "too_late_to_change"
        clock.move_to(old.starts_at)
        assert code(booking.cancel(session, old.id, "r")) == "appointment_past"


def test_what_was_booked_just_now_can_be_undone_however_near_it_is(
    scheduled: Database, booking: Booking, enrol: Enrol, clock: FixedClock
) -> None:
    with scheduled.session() as session:
        slots = free(booking, session, "今天")
        assert slots[0].starts_at - clock.now() < timedelta(minutes=60)
        one, two = enrol(session), enrol(session, 1)
        first = booked(book(booking, session, one, slots[0]))
        second = booked(book(booking, session, two, slots[0], "k2"))
        clock.advance(timedelta(minutes=15))
        assert booked(booking.cancel(session, first.id, "x")).status is Status.CANCELLED
        clock.advance(timedelta(minutes=1))
        assert code(booking.cancel(session, second.id, "x")) == "too_late_to_change"


def test_cancelling_frees_the_place_once(scheduled: Database, booking: Booking, enrol: Enrol) -> None:
    with scheduled.session() as session:
        slot = free(booking, session)[0]
        one, two = enrol(session), enrol(session, 1)
        made = booked(book(booking, session, one, slot))
        booked(book(booking, session, two, slot, "k2"))
        for _ in range(3):
            assert booked(booking.cancel(session, made.id, "patient_request")).status is Status.CANCELLED
        assert taken(session, slot.id) == 1
        assert code(booking.reschedule(session, made.id, slot.id, "r")) == "appointment_closed"
        assert booked(book(booking, session, one, slot, "again")).id != made.id
        assert session.scalar(select(func.count()).where(AuditEvent.action == "booking.cancel")) == 1
        assert code(booking.cancel(session, "nothing", "r")) == "unknown_appointment"


def test_too_many_absences_stop_online_booking_for_a_while(
    database: Database, booking: Booking, enrol: Enrol, clock: FixedClock
) -> None:
    with database.session() as session:
        booking.ensure_schedule(session, days=16)
        who = enrol(session)
        for index in range(3):
            made = booked(book(booking, session, who, free(booking, session)[0], f"k{index}"))
            clock.move_to(made.starts_at + timedelta(hours=1))
            booked(booking.close(session, made.id, Status.NOSHOW, actor="staff:a"))
            assert (
                code(booking.close(session, made.id, Status.FULFILLED, actor="staff:a"))
                == "appointment_closed"
            )
        assert code(book(booking, session, who, free(booking, session)[0], "k9")) == "blocked_for_absence"
        clock.advance(timedelta(days=30))
        booking.ensure_schedule(session)
        booked(book(booking, session, who, free(booking, session)[0], "k9"))


def test_rows_stay_consistent_after_every_story(scheduled: Database, booking: Booking, enrol: Enrol) -> None:
    with scheduled.session() as session:
        who = enrol(session)
        first = booked(book(booking, session, who, free(booking, session)[0]))
        second = booked(booking.reschedule(session, first.id, free(booking, session, "后天")[0].id, "r1"))
        booked(booking.reschedule(session, second.id, free(booking, session, "明天")[0].id, "r2"))
        standing = select(func.count()).where(Appointment.slot_id == Slot.id, Appointment.status == "booked")
        wrong = select(Slot.id).where(Slot.taken != standing.scalar_subquery())
        assert list(session.scalars(wrong)) == []
