"""Nobody becomes a registered person at a new address by knowing a name and an ID number."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from core.errors import Refusal
from patients import Patients, PatientView
from patients.codes import GOOD_FOR, MOST_A_DAY, MOST_TRIES, PAUSE, IssuedCode
from patients.invented import invent_id_number, invent_phone
from patients.tables import PhoneCodeRow
from tests.patients.test_register import BORN, ID, enrol

HERE = ("web", "browser-of-a-stranger")


@pytest.fixture
def patients(cipher: FieldCipher, clock: FixedClock) -> Patients:
    return Patients(cipher, clock)


def claim(session: Session, patients: Patients, phone: str = "13900005678") -> PatientView | Refusal:
    return patients.register(
        session, name="王小美", id_number=ID, phone=phone, actor="patient:self", contact=HERE
    )


def issued(session: Session, patients: Patients, patient_id: str) -> IssuedCode:
    outcome = patients.codes.issue(session, patient_id, *HERE)
    assert isinstance(outcome, IssuedCode), outcome
    return outcome


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_stranger_is_asked_for_the_code_and_changes_nothing(database: Database, patients: Patients) -> None:
    with database.session() as session:
        known = enrol(session, patients)
    with database.session() as session:
        assert claim(session, patients) == Refusal("code_needed", {"patient_id": known.id})
    with database.reading() as session:
        seen = patients.get(session, known.id)
        assert seen is not None and seen.phone == known.phone


def test_the_code_goes_to_the_phone_on_record_and_opens_the_door(
    database: Database, patients: Patients
) -> None:
    with database.session() as session:
        known = enrol(session, patients)
        code = issued(session, patients, known.id)
        assert (code.phone, code.masked_phone) == (known.phone, "138****0003")
        assert patients.codes.answer(session, known.id, *HERE, code.code) is None
        outcome = claim(session, patients)
        assert isinstance(outcome, PatientView) and outcome.id == known.id
        assert outcome.phone == "+8613900005678"


def test_the_code_is_stored_nowhere_in_the_clear(database: Database, patients: Patients) -> None:
    with database.session() as session:
        known = enrol(session, patients)
        code = issued(session, patients, known.id)
        row = session.execute(text("select * from phone_code")).one()
        assert code.code not in str(row)


def test_an_address_that_is_the_persons_own_needs_no_code(database: Database, patients: Patients) -> None:
    with database.session() as session:
        known = enrol(session, patients)
        patients.bind(session, *HERE, known.id)
        assert isinstance(claim(session, patients), PatientView)


def test_a_code_from_another_address_is_worth_nothing(database: Database, patients: Patients) -> None:
    with database.session() as session:
        known = enrol(session, patients)
        code = issued(session, patients, known.id)
        refusal = patients.codes.answer(session, known.id, "web", "somewhere else", code.code)
        assert refusal == Refusal("code_expired")
        assert isinstance(claim(session, patients), Refusal)


def test_a_code_ends_after_its_time_and_after_wrong_answers(
    database: Database, patients: Patients, clock: FixedClock
) -> None:
    with database.session() as session:
        known = enrol(session, patients)
        code = issued(session, patients, known.id).code
        for left in range(MOST_TRIES, 0, -1):
            refusal = patients.codes.answer(session, known.id, *HERE, wrong(code))
            assert refusal == Refusal("code_wrong" if left > 1 else "code_expired")
        assert patients.codes.answer(session, known.id, *HERE, code) == Refusal("code_expired")
        clock.advance(PAUSE)
        code = issued(session, patients, known.id).code
        clock.advance(GOOD_FOR + timedelta(seconds=1))
        assert patients.codes.answer(session, known.id, *HERE, code) == Refusal("code_expired")


def test_the_proof_ends_too(database: Database, patients: Patients, clock: FixedClock) -> None:
    with database.session() as session:
        known = enrol(session, patients)
        code = issued(session, patients, known.id).code
        assert patients.codes.answer(session, known.id, *HERE, code) is None
        assert patients.codes.answer(session, known.id, *HERE, code) == Refusal("code_expired")
        clock.advance(GOOD_FOR + timedelta(seconds=1))
        assert isinstance(claim(session, patients), Refusal)


def test_no_phone_is_flooded_with_codes(database: Database, patients: Patients, clock: FixedClock) -> None:
    with database.session() as session:
        known = enrol(session, patients)
        for _ in range(MOST_A_DAY):
            issued(session, patients, known.id)
            assert patients.codes.issue(session, known.id, *HERE) in (
                Refusal("code_too_soon"),
                Refusal("code_too_many"),
            )
            clock.advance(PAUSE)
        assert patients.codes.issue(session, known.id, *HERE) == Refusal("code_too_many")
        assert patients.codes.issue(session, known.id, "web", "elsewhere") == Refusal("code_too_many")
        assert len(session.scalars(select(PhoneCodeRow)).all()) == MOST_A_DAY
        clock.advance(timedelta(hours=24))
        issued(session, patients, known.id)


def test_a_relative_with_a_phone_of_their_own_must_agree_too(database: Database, patients: Patients) -> None:
    with database.session() as session:
        mother = enrol(session, patients)
        child = patients.register(
            session,
            name="王大力",
            id_number=invent_id_number(BORN, "男", 5),
            phone=invent_phone(5),
            actor="patient:self",
        )
        assert isinstance(child, PatientView)
        patients.bind(session, *HERE, child.id)

        def add() -> PatientView | Refusal:
            return patients.register_relative(
                session, child.id, relation="妈妈", name="王小美", id_number=ID, contact=HERE
            )

        assert add() == Refusal("code_needed", {"patient_id": mother.id})
        assert patients.relatives(session, child.id) == []
        code = issued(session, patients, mother.id)
        assert patients.codes.answer(session, mother.id, *HERE, code.code) is None
        assert isinstance(add(), PatientView)
        assert isinstance(add(), PatientView)
