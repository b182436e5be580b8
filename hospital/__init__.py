"""The hospital's own facts: departments, doctors, hours, rules, insurance parameters, phone numbers.

Everything a hospital changes for itself is YAML in one folder; `example/` is an invented hospital.
"""

from core.departments import STANDARD_DEPARTMENTS
from hospital.calendar import Calendar, CalendarYear, DayKind
from hospital.loader import EXAMPLE, load
from hospital.model import (
    AFTERNOON,
    MORNING,
    SLOT_STARTS,
    Band,
    BookingRules,
    Department,
    Doctor,
    Exam,
    Hospital,
    InfoTopic,
    InsuranceFacts,
    Phones,
    Place,
    PlanFacts,
    QuietHours,
    Session,
    TriageRules,
)

__all__ = [
    "AFTERNOON",
    "EXAMPLE",
    "MORNING",
    "SLOT_STARTS",
    "STANDARD_DEPARTMENTS",
    "Band",
    "BookingRules",
    "Calendar",
    "CalendarYear",
    "DayKind",
    "Department",
    "Doctor",
    "Exam",
    "Hospital",
    "InfoTopic",
    "InsuranceFacts",
    "Phones",
    "Place",
    "PlanFacts",
    "QuietHours",
    "Session",
    "TriageRules",
    "load",
]
