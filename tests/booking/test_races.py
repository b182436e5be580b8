"""Many people and processes at once: nobody is booked over capacity, nothing is doubled, nobody deadlocks.

The negative control proves that the harness would see an oversold slot if the guard were missing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import func, select, update

from booking import AppointmentView, Booking, BookSlot, Status
from booking.tables import Appointment, Slot
from core.database import Database, new_id
from core.errors import Refusal
from tests.booking.conftest import Enrol

pytestmark = pytest.mark.concurrency

THREADS = 8
A = TypeVar("A")
R = TypeVar("R")


def at_once(work: Callable[[A], R], items: Iterable[A]) -> list[R]:
    """Run the work in threads that start together, wave by wave."""
    everything = list(items)
    done: list[R] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(everything), THREADS):
            wave = everything[start : start + THREADS]
            barrier = Barrier(len(wave))

            def together(item: A, barrier: Barrier = barrier) -> R:
                barrier.wait(10)
                return work(item)

            done += pool.map(together, wave)
    return done


def people(database: Database, enrol: Enrol, count: int) -> list[str]:
    with database.session() as session:
        return [enrol(session, serial).id for serial in range(count)]


def slots(
    database: Database, booking: Booking, department: str = "gastro", capacity: int | None = None
) -> list[str]:
    """Ids of tomorrow's slots; `capacity` sets how many people each takes."""
    with database.session() as session:
        rows = session.scalars(
            select(Slot)
            .where(Slot.department_code == department, Slot.kind == "doctor")
            .order_by(Slot.starts_at, Slot.id)
        ).all()
        rows = [row for row in rows if row.starts_at.date() > booking._clock.now().date()]
        for row in rows:
            row.capacity = capacity or row.capacity
        return [row.id for row in rows]


def check_the_books(database: Database) -> None:
    """Every slot's `taken` is the number of its standing appointments, and within its capacity."""
    with database.session() as session:
        standing = (
            select(func.count())
            .where(Appointment.slot_id == Slot.id, Appointment.status == Status.BOOKED)
            .scalar_subquery()
        )
        rows = session.execute(select(Slot.id, Slot.taken, Slot.capacity, standing.label("standing")))
        wrong = [row for row in rows if row.taken != row.standing or row.taken > row.capacity]
        assert wrong == []


def test_a_slot_is_never_oversold(scheduled: Database, booking: Booking, enrol: Enrol) -> None:
    who = people(scheduled, enrol, 32)
    slot = slots(scheduled, booking, capacity=5)[0]

    def attempt(person: str) -> AppointmentView | Refusal:
        with scheduled.session() as session:
            return booking.book(session, BookSlot(person, person, slot, f"key-{person}"))

    outcomes = at_once(attempt, who)
    won = [one for one in outcomes if isinstance(one, AppointmentView)]
    assert len(won) == 5
    assert {one.code for one in outcomes if isinstance(one, Refusal)} == {"sold_out"}
    assert len({one.number for one in won}) == 5
    check_the_books(scheduled)


def test_without_the_guard_the_same_harness_sees_an_oversold_slot(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    who = people(scheduled, enrol, THREADS)
    slot = slots(scheduled, booking, capacity=2)[0]
    looked = Barrier(THREADS)

    def unguarded(numbered: tuple[int, str]) -> bool:
        place, person = numbered
        with scheduled.reading() as session:
            row = session.get_one(Slot, slot)
            taken, room = row.taken, row.taken < row.capacity
        looked.wait(10)
        if not room:
            return False
        with scheduled.session() as session:
            session.execute(update(Slot).where(Slot.id == slot).values(taken=taken + 1))
            session.add(
                Appointment(
                    id=new_id(),
                    patient_id=person,
                    booked_by=person,
                    slot_id=slot,
                    department_code=row.department_code,
                    doctor_id=row.resource_id,
                    starts_at=row.starts_at,
                    place=place,
                    status=Status.BOOKED,
                    request_key=person,
                    created_at=row.starts_at,
                    updated_at=row.starts_at,
                )
            )
        return True

    won = at_once(unguarded, list(enumerate(who, 1)))
    assert sum(won) > 2
    with pytest.raises(AssertionError):
        check_the_books(scheduled)


def test_one_request_sent_many_times_at_once_books_once(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    person = people(scheduled, enrol, 1)[0]
    slot = slots(scheduled, booking)[0]

    def attempt(_: int) -> AppointmentView | Refusal:
        with scheduled.session() as session:
            return booking.book(session, BookSlot(person, person, slot, "one intention"))

    outcomes = at_once(attempt, range(16))
    assert len({one.id for one in outcomes if isinstance(one, AppointmentView)}) == 1
    assert not [one for one in outcomes if isinstance(one, Refusal)]
    check_the_books(scheduled)


def test_one_person_booking_everywhere_at_once_stays_within_the_rules(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    person = people(scheduled, enrol, 1)[0]
    departments = [
        "gastro",
        "cardiology",
        "endocrine",
        "ophthalmology",
        "ent",
        "orthopedics",
        "neurology",
        "general",
    ]
    chosen = [slots(scheduled, booking, name)[index] for index, name in enumerate(departments)]
    chosen += [slots(scheduled, booking, "gastro")[9], slots(scheduled, booking, "ent")[9]]

    def attempt(slot: str) -> AppointmentView | Refusal:
        with scheduled.session() as session:
            return booking.book(session, BookSlot(person, person, slot, f"key-{slot}"))

    won = [one for one in at_once(attempt, chosen) if isinstance(one, AppointmentView)]
    assert len(won) == booking.hospital.booking.max_active_per_person
    assert len({one.department_code for one in won}) == len(won)
    check_the_books(scheduled)


def test_people_who_swap_slots_at_once_neither_deadlock_nor_lose_a_place(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    who = people(scheduled, enrol, 8)
    first, second = slots(scheduled, booking, capacity=8)[:2]
    with scheduled.session() as session:
        made = {}
        for index, person in enumerate(who):
            outcome = booking.book(
                session, BookSlot(person, person, (first, second)[index % 2], f"b{person}")
            )
            assert isinstance(outcome, AppointmentView)
            made[person] = outcome

    def swap(person: str) -> AppointmentView | Refusal:
        target = second if made[person].slot_id == first else first
        with scheduled.session() as session:
            return booking.reschedule(session, made[person].id, target, f"r{person}")

    outcomes = at_once(swap, who)
    assert all(isinstance(one, AppointmentView) for one in outcomes)
    check_the_books(scheduled)


def test_an_appointment_that_is_cancelled_and_moved_at_once_ends_in_one_way(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    who = people(scheduled, enrol, 6)
    ids = slots(scheduled, booking, capacity=6)
    for round_, person in enumerate(who):
        with scheduled.session() as session:
            made = booking.book(session, BookSlot(person, person, ids[0], f"b{person}"))
        assert isinstance(made, AppointmentView)

        def act(step: int, made: AppointmentView = made, round_: int = round_) -> AppointmentView | Refusal:
            with scheduled.session() as session:
                if step % 2:
                    return booking.cancel(session, made.id, "patient_request")
                return booking.reschedule(session, made.id, ids[2 + step], f"r{round_}-{step}")

        at_once(act, range(4))
        with scheduled.session() as session:
            assert len(booking.appointments(session, [person])) <= 1
        check_the_books(scheduled)


def test_a_storm_of_bookings_moves_and_cancellations_keeps_the_books(
    scheduled: Database, booking: Booking, enrol: Enrol
) -> None:
    who = people(scheduled, enrol, 12)
    ids = slots(scheduled, booking, capacity=2)[:6]

    def act(seed: int) -> None:
        dice = random.Random(seed)
        person = dice.choice(who)
        with scheduled.session() as session:
            mine = booking.appointments(session, [person])
            if not mine or dice.random() < 0.4:
                booking.book(session, BookSlot(person, person, dice.choice(ids), f"b{seed}"))
            elif dice.random() < 0.6:
                booking.reschedule(session, dice.choice(mine).id, dice.choice(ids), f"r{seed}")
            else:
                booking.cancel(session, dice.choice(mine).id, "patient_request")

    at_once(act, range(120))
    check_the_books(scheduled)
