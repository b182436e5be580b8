"""Patients: who somebody is, for whom they may act, where they can be reached and whether they want to be."""

from patients.identity import (
    name_key,
    parse_birth_date,
    parse_id_number,
    parse_identity,
    parse_name,
    parse_phone,
    same_name,
)
from patients.messages import refusal_text
from patients.model import (
    ContactPoint,
    FullPatient,
    IdentityParts,
    IdNumber,
    PatientBasics,
    PatientView,
    Relative,
    age_on,
)
from patients.register import Patients
from patients.relations import parse_relation, relation_names, relation_sex

__all__ = [
    "ContactPoint",
    "FullPatient",
    "IdNumber",
    "IdentityParts",
    "PatientBasics",
    "PatientView",
    "Patients",
    "Relative",
    "age_on",
    "name_key",
    "parse_birth_date",
    "parse_id_number",
    "parse_identity",
    "parse_name",
    "parse_phone",
    "parse_relation",
    "refusal_text",
    "relation_names",
    "relation_sex",
    "same_name",
]
