"""The register: real names, relatives, contact points, consent, audit, and what is stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import AuditEvent
from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from core.errors import BanzhenError, Refusal
from patients import Patients, PatientView
from patients.invented import invent_id_number, invent_phone, seat
from patients.register import MAX_RELATIVES

BORN = date(1990, 3, 7)
ID = invent_id_number(BORN, "女", 3)


@pytest.fixture
def patients(cipher: FieldCipher, clock: FixedClock) -> Patients:
    return Patients(cipher, clock)


def enrol(session: Session, patients: Patients, serial: int = 3, name: str = "王小美") -> PatientView:
    outcome = patients.register(
        session,
        name=name,
        id_number=invent_id_number(BORN, "女", serial),
        phone=invent_phone(serial),
        actor="patient:self",
    )
    assert isinstance(outcome, PatientView), outcome
    return outcome


def code(outcome: object) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def test_a_person_is_registered_once(database: Database, patients: Patients) -> None:
    with database.session() as session:
        first = enrol(session, patients)
    with database.session() as session:
        again = patients.register(
            session, name="王小美", id_number=ID, phone="13900005678", actor="patient:self"
        )
        assert isinstance(again, PatientView)
    assert again.id == first.id
    assert again.phone == "+8613900005678"
    assert (again.sex, again.birth_date, again.masked_name) == ("女", BORN, "王*美")
    assert again.masked_phone == "139****5678"


def test_an_id_number_under_another_name_is_refused_and_changes_nothing(
    database: Database, patients: Patients
) -> None:
    with database.session() as session:
        first = enrol(session, patients)
        other = patients.register(
            session, name="李四光", id_number=ID, phone="13900005678", actor="patient:self"
        )
        assert code(other) == "identity_mismatch"
        kept = patients.get(session, first.id)
        assert kept is not None
        assert kept.phone == first.phone


@pytest.mark.parametrize(
    ("name", "id_number", "phone", "expected"),
    [
        ("王小美", ID[:-1], "13800001234", "id_number_length"),
        ("王小美", ID, "138", "phone_missing"),
        ("哈哈哈", ID, "13800001234", "name_unclear"),
    ],
)
def test_bad_identity_is_refused_before_anything_is_written(
    database: Database, patients: Patients, name: str, id_number: str, phone: str, expected: str
) -> None:
    with database.session() as session:
        outcome = patients.register(
            session, name=name, id_number=id_number, phone=phone, actor="patient:self"
        )
        assert code(outcome) == expected
        assert session.execute(text("SELECT count(*) FROM patient")).scalar() == 0


def test_nothing_that_names_a_person_is_stored_in_the_clear(database: Database, patients: Patients) -> None:
    with database.session() as session:
        person = enrol(session, patients)
        patients.bind(session, "wechat", "openid-of-wang", person.id)
    with database.session() as session:
        stored = "".join(
            str(row)
            for table in ("patient", "contact_point", "audit_event", "consent", "patient_relative")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        )
    for secret in ("王小美", ID, invent_phone(3), "openid-of-wang"):
        assert secret not in stored


def test_a_view_by_staff_is_audited_in_the_same_transaction(database: Database, patients: Patients) -> None:
    with database.session() as session:
        person = enrol(session, patients)
    with database.session() as session:
        full = patients.view(session, person.id, actor="staff:n1")
        assert full is not None
        assert full.id_number == ID
        assert ID not in repr(full)
    with pytest.raises(RuntimeError), database.session() as session:
        patients.view(session, person.id, actor="staff:n2")
        raise RuntimeError
    with database.session() as session:
        rows = list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
        assert [(row.actor, row.action) for row in rows] == [
            ("patient:self", "patients.register"),
            ("staff:n1", "patients.view"),
        ]
        assert rows[1].subject == f"patient:{person.id}"
        assert patients.view(session, "nobody", actor="staff:n1") is None


def test_people_are_found_by_id_number_and_by_shared_phone(database: Database, patients: Patients) -> None:
    with database.session() as session:
        one = enrol(session, patients)
        two = patients.register(
            session,
            name="王大明",
            id_number=invent_id_number(BORN, "男"),
            phone=invent_phone(3),
            actor="system",
        )
        assert isinstance(two, PatientView)
        found = patients.find_by_id_number(session, ID)
        assert found is not None
        assert found.id == one.id
        assert [p.id for p in patients.find_by_phone(session, f"+86{invent_phone(3)}")] == [one.id, two.id]


# -- relatives -------------------------------------------------------------------------------------------


def test_a_relative_is_bound_by_id_number(database: Database, patients: Patients) -> None:
    with database.session() as session:
        owner = enrol(session, patients)
        mother = patients.register_relative(
            session,
            owner.id,
            relation="我妈",
            name="李秀兰",
            id_number=invent_id_number(date(1960, 1, 1), "女"),
        )
        assert isinstance(mother, PatientView)
        assert [(r.relation, r.patient.id) for r in patients.relatives(session, owner.id)] == [
            ("母亲", mother.id)
        ]
        assert patients.may_act_for(session, owner.id, mother.id)
        assert patients.may_act_for(session, owner.id, owner.id)
        assert not patients.may_act_for(session, mother.id, owner.id)


def test_a_child_needs_only_name_birth_date_and_sex(database: Database, patients: Patients) -> None:
    with database.session() as session:
        owner = enrol(session, patients)
        child = patients.register_relative(
            session, owner.id, relation="女儿", name="李小苗", birth_date=date(2022, 6, 1)
        )
        assert isinstance(child, PatientView)
        assert (child.sex, child.verified, child.phone) == ("女", False, None)
        again = patients.register_relative(
            session, owner.id, relation="女儿", name="李小苗", birth_date=date(2022, 6, 1)
        )
        assert isinstance(again, PatientView)
        assert again.id == child.id


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"relation": "谁", "name": "李小苗"}, "relation_missing"),
        ({"relation": "我自己", "name": "李小苗"}, "relation_self"),
        ({"relation": "孩子", "name": "李小苗"}, "birth_date_missing"),
        ({"relation": "孩子", "name": "李小苗", "birth_date": date(2022, 6, 1)}, "sex_required"),
        ({"relation": "儿子", "name": "李小苗", "birth_date": date(2010, 1, 1)}, "id_number_required"),
        ({"relation": "儿子", "name": "李小苗", "birth_date": date(2027, 1, 1)}, "birth_date_future"),
        (
            {"relation": "爸爸", "name": "李小苗", "id_number": invent_id_number(BORN, "女", 9)},
            "relation_sex",
        ),
        ({"relation": "妈妈", "name": "王小美", "id_number": ID}, "relation_self"),
    ],
)
def test_a_relative_that_does_not_fit_is_refused(
    database: Database, patients: Patients, given: dict[str, object], expected: str
) -> None:
    with database.session() as session:
        owner = enrol(session, patients)
        outcome = patients.register_relative(session, owner.id, **given)  # type: ignore[arg-type]
        assert code(outcome) == expected
        assert patients.relatives(session, owner.id) == []


def test_an_account_has_a_limited_number_of_relatives(database: Database, patients: Patients) -> None:
    with database.session() as session:
        owner = enrol(session, patients)
        outcomes = [
            patients.register_relative(
                session,
                owner.id,
                relation="朋友",
                name="赵一",
                id_number=invent_id_number(BORN, "男", serial),
            )
            for serial in range(MAX_RELATIVES + 1)
        ]
        assert code(outcomes[-1]) == "too_many_relatives"
        assert all(isinstance(one, PatientView) for one in outcomes[:-1])


# -- contact points and consent --------------------------------------------------------------------------


def test_an_address_belongs_to_the_person_it_was_last_bound_to(
    database: Database, patients: Patients
) -> None:
    with database.session() as session:
        one, two = enrol(session, patients), enrol(session, patients, 4, "王小丽")
        patients.bind(session, "wechat", "openid-1", one.id)
        patients.bind(session, "wechat", "openid-1", two.id)
        owner = patients.owner_of(session, "wechat", "openid-1")
        assert owner is not None
        assert owner.id == two.id
        assert patients.owner_of(session, "web", "openid-1") is None
        assert [p.channel for p in patients.contact_points(session, one.id)] == ["sms"]
        assert [(p.channel, p.address) for p in patients.contact_points(session, two.id)] == [
            ("wechat", "openid-1"),
            ("sms", f"+86{invent_phone(4)}"),
        ]


def test_an_opt_out_holds_on_every_channel_until_the_person_consents_anew(
    database: Database, patients: Patients, clock: FixedClock
) -> None:
    with database.session() as session:
        person, relative = enrol(session, patients), enrol(session, patients, 4, "王小丽")
        assert not patients.opted_out(session, person.id)
        patients.opt_out(session, person.id, "patient_request")
        assert patients.opted_out(session, person.id)
        # Registering again, another address and a nurse do not lift it.
        enrol(session, patients)
        patients.bind(session, "web", "browser-1", person.id)
        assert patients.opted_out(session, person.id)
        for stranger in ("staff:n1", "system", f"patient:{relative.id}"):
            assert code(patients.opt_in(session, person.id, actor=stranger)) == "consent_must_be_own"
        assert patients.opted_out(session, person.id)
        assert patients.opt_in(session, person.id, actor=f"patient:{person.id}") is None
        assert not patients.opted_out(session, person.id)
        patients.opt_out(session, person.id, "patient_request")
        assert patients.opted_out(session, person.id)


def test_a_stranger_who_opts_out_by_phone_stays_out_when_registered_later(
    database: Database, patients: Patients
) -> None:
    with database.session() as session:
        patients.opt_out_address(session, f"+86{invent_phone(3)}", "sms_stop")
        assert patients.opted_out(session, enrol(session, patients).id)


@pytest.mark.concurrency
def test_one_id_number_registered_at_once_by_many_is_one_person(
    database: Database, patients: Patients
) -> None:
    def attempt(_: int) -> str:
        with database.session() as session:
            return enrol(session, patients).id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(attempt, range(16)))
    assert len(ids) == 1
    with database.session() as session:
        registered = select(AuditEvent).where(AuditEvent.action == "patients.register")
        assert len(list(session.scalars(registered))) == 1


@pytest.mark.concurrency
def test_one_address_bound_at_once_by_many_has_one_owner(database: Database, patients: Patients) -> None:
    with database.session() as session:
        people = [enrol(session, patients, serial, "王小美").id for serial in range(4)]

    def attempt(person: str) -> None:
        with database.session() as session:
            patients.bind(session, "wechat", "openid-1", person)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, people * 4))
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM contact_point")).scalar() == 1


# -- invented people -------------------------------------------------------------------------------------


def test_the_people_of_a_script_are_seated(database: Database, patients: Patients, clock: FixedClock) -> None:
    with database.session() as session:
        seated = seat(
            session,
            patients,
            today=clock.now().date(),
            person={"name": "周岚", "age": 41, "sex": "女", "pregnant": False},
            family=[
                {"relation": "妈妈", "name": "吴桂芳", "age": 70},
                {"relation": "儿子", "name": "周小树", "age": 0.2},
            ],
        )
        assert seated.people["self"] == seated.owner.id
        assert seated.people["妈妈"] == seated.people["母亲"]
        assert [r.relation for r in patients.relatives(session, seated.owner.id)] == ["母亲", "儿子"]
        with pytest.raises(BanzhenError):
            seat(session, patients, today=clock.now().date(), person={"name": "哈哈哈"})
