"""Triage: complaint → findings → red flags, level, departments, next question. Pure once it is loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from triage import experience, knowledge_base
from triage.contract import sex_of, triage_row
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
from triage.placement import wrong_choices
from triage.records import RecordsModel

__all__ = [
    "DEFAULT_RULES", "Action", "Assessment", "Case", "DepartmentScore", "Finding", "HospitalRules", "Level",
    "Option", "Person", "Question", "Reading", "RecordsModel", "RedFlagHit", "Status", "Subject", "Triage",
    "When", "load", "sex_of", "triage_row", "wrong_choices",
]  # fmt: skip


#: Kinds of terms that a patient tells and that are no name of an illness.
TOLD_KINDS = frozenset({"symptom", "sign", "quality"})


def load(folder: Path | None = None, *, records: RecordsModel | None = None, learned: bool = True) -> Triage:
    """Triage over the knowledge below `folder` (default: the room's own).

    `records`: what the hospital's own records taught; its vote joins that of the knowledge. `learned` off
    leaves out what our own sentences taught: the rules and the knowledge decide alone.

    Raises core.knowledge.KnowledgeError with every fault of every file: without sound red flags there is no
    triage, and what was never learned has to be learned first (`banzhen train`). Takes about a second; load
    once and share.
    """
    # The reader is imported here, so that the rules can be read without the text machinery.
    from triage import lexicon
    from triage.reading import Reader

    words = lexicon.load(folder)
    knowledge = knowledge_base.load(
        folder,
        terms=words.finding_terms,
        history_terms=words.history_terms,
        parents=words.parents,
        labels=words.labels,
    )
    told = frozenset(form for form, term in words.forms.items() if words.terms[term].kind in TOLD_KINDS)
    heard = replace(knowledge, told_words=told, characters=words.characters)
    known = experience.load(words.characters) if learned else None
    return Triage(heard, Reader(words), experience=known, records=records)
