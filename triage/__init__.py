"""Triage: complaint → findings → red flags, level, departments, next question. Pure once it is loaded."""

from __future__ import annotations

from pathlib import Path

from triage import knowledge_base
from triage.contract import triage_row
from triage.engine import DEFAULT_RULES, Triage
from triage.model import (
    Action,
    Assessment,
    Case,
    DepartmentScore,
    Finding,
    HospitalRules,
    Level,
    Option,
    Person,
    Question,
    Reading,
    RedFlagHit,
    Status,
    Subject,
    When,
)

__all__ = [
    "DEFAULT_RULES", "Action", "Assessment", "Case", "DepartmentScore", "Finding", "HospitalRules", "Level",
    "Option", "Person", "Question", "Reading", "RedFlagHit", "Status", "Subject", "Triage", "When", "load",
    "triage_row",
]  # fmt: skip
