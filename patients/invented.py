"""People who do not exist: for the demo, for scripted talk and for tests.

Their ID numbers pass every check, and their area code (999999) is one that no authority has ever used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session
from stdnum.cn import ric

from core.errors import BanzhenError, Refusal
from patients.model import PatientView
from patients.register import Patients
from patients.relations import parse_relation, relation_sex

_AREA = "999999"
#: The adult that a conversation belongs to when its script names nobody.
DEFAULT_PERSON: Mapping[str, Any] = {"name": "方晓禾", "age": 36, "sex": "女"}


@dataclass(frozen=True, slots=True)
class Seated:
    """The people of a scripted conversation."""

    owner: PatientView
    #: "self" and each relation as the script wrote it, and its canonical word → patient id.
    people: Mapping[str, str]


def invent_id_number(birth_date: date, sex: str, serial: int = 0) -> str:
    """A valid number of nobody. `serial` 0–499 tells people of one birth date and sex apart."""
    if not 0 <= serial < 500:
        raise ValueError("serial must be 0 to 499")
    order = serial * 2 + (1 if sex == "男" else 0)
    body = f"{_AREA}{birth_date:%Y%m%d}{order:03d}"
    return f"{body}{ric.calc_check_digit(body + '0')}"


def invent_phone(serial: int) -> str:
    """A number with a real mobile prefix and an obviously made-up rest."""
    return f"1380000{serial % 10_000:04d}"


def birth_date_of(age: float, today: date) -> date:
    """A birth date that gives the age, years (0.2 for an infant), for about half a year to come."""
    return today - timedelta(days=round(age * 365.25) + (180 if age >= 2 else 0))


def seat(
    session: Session,
    patients: Patients,
    *,
    today: date,
    person: Mapping[str, Any] | None = None,
    family: Sequence[Mapping[str, Any]] = (),
    serial: int = 0,
) -> Seated:
    """Register the person (and bind the family) of a scripted conversation, as if verified long ago.

    Raises BanzhenError if the script describes somebody who cannot be registered.
    """
    told = {**DEFAULT_PERSON, **(person or {})}
    born = birth_date_of(float(told["age"]), today)
    owner = _must(
        patients.register(
            session,
            name=str(told["name"]),
            id_number=invent_id_number(born, str(told["sex"]), serial),
            phone=invent_phone(serial),
            actor="system",
        )
    )
    people = {"self": owner.id}
    for index, member in enumerate(family, 1):
        relation = str(member["relation"])
        canonical = parse_relation(relation) or relation
        sex = str(member.get("sex") or relation_sex(canonical) or "女")
        born = birth_date_of(float(member["age"]), today)
        relative = _must(
            patients.register_relative(
                session,
                owner.id,
                relation=relation,
                name=str(member["name"]),
                id_number=invent_id_number(born, sex, serial + index),
            )
        )
        people[relation] = people[canonical] = relative.id
    return Seated(owner, people)


def _must(outcome: PatientView | Refusal) -> PatientView:
    if isinstance(outcome, Refusal):
        raise BanzhenError("bad_script", f"脚本里的人物无法登记：{outcome.code}")
    return outcome
