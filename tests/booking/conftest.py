"""A small believable set-up: the example hospital, its schedule and invented people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from booking import Booking
from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from hospital import Hospital
from patients import Patients, PatientView
from patients.invented import birth_date_of, invent_id_number, invent_phone
from tests import loaded

Enrol = Callable[..., PatientView]


@pytest.fixture(scope="session")
def house() -> Hospital:
    return loaded.hospital()


@pytest.fixture
def patients(cipher: FieldCipher, clock: FixedClock) -> Patients:
    return Patients(cipher, clock)


@pytest.fixture
def booking(house: Hospital, clock: FixedClock, patients: Patients, cipher: FieldCipher) -> Booking:
    return Booking(house, clock, patients, cipher)


@pytest.fixture
def enrol(patients: Patients, clock: FixedClock) -> Enrol:
    """Register an invented person: enrol(session, serial, age=36, sex="女", name="方晓禾")."""

    def make(
        session: Session, serial: int = 0, *, age: float = 36, sex: str = "女", name: str = "方晓禾"
    ) -> PatientView:
        born: date = birth_date_of(age, clock.now().date())
        outcome = patients.register(
            session,
            name=name,
            id_number=invent_id_number(born, sex, serial),
            phone=invent_phone(serial),
            actor="system",
        )
        assert isinstance(outcome, PatientView), outcome
        return outcome

    return make


@pytest.fixture
def scheduled(database: Database, booking: Booking) -> Database:
    """The database with the schedule of the first three days."""
    with database.session() as session:
        booking.ensure_schedule(session, days=4)
    return database
