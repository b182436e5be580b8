"""One row of `banzhen triage --batch`: a mapping in, a mapping out, by the command's contract.

Keys out: id, level, action, red_flags (ids), departments (name, score, why), findings (term, status,
subject, time, duration in hours or null, span of characters), next_question (or null), explanation,
advice (for self_care, else empty).
A row that cannot be understood gives `{"id", "error"}` with a sentence that says what to correct.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.wording import in_chinese
from triage.engine import DEFAULT_RULES, Triage, merge_person
from triage.model import Assessment, Case, Finding, HospitalRules, Person, Question

LONGEST_TEXT = 20_000
_SEXES = {
    "男": "男", "男性": "男", "male": "男", "m": "男", "女": "女", "女性": "女", "female": "女", "f": "女",
}  # fmt: skip
_UNKNOWN = frozenset({"", "未知", "不详", "unknown"})


def sex_of(word: str) -> str | None:
    """男 or 女 as tables name it, None for not known. Raises ValueError for anything else."""
    plain = word.strip().lower()
    if plain in _UNKNOWN:
        return None
    if plain not in _SEXES:
        raise ValueError("只能是男或女，也可以不填")
    return _SEXES[plain]


class TriageRow(BaseModel):
    """What a row may carry. Unknown keys are let pass, so that a caller's own columns do no harm."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | int | None = None
    text: str = Field(max_length=LONGEST_TEXT)
    #: Years; 0.2 for an infant.
    age: float | None = Field(default=None, ge=0, le=130, allow_inf_nan=False)
    sex: str | None = None
    pregnant: bool | None = None
    #: Past and chronic conditions and treatments, in any words.
    history: tuple[str, ...] = ()

    @field_validator("sex", mode="before")
    @classmethod
    def _known_sex(cls, value: Any) -> Any:
        return None if value is None else sex_of(str(value))

    @field_validator("history", mode="before")
    @classmethod
    def _list_of_words(cls, value: Any) -> Any:
        if value is None:
            return ()
        return (value,) if isinstance(value, str) else value


def triage_row(
    triage: Triage,
    row: Mapping[str, Any],
    rules: HospitalRules = DEFAULT_RULES,
    *,
    month: int | None = None,
) -> dict[str, Any]:
    """Triage one row, written in that month if given; never raises for what is in the row."""
    given = row.get("id") if isinstance(row, Mapping) else None
    if not isinstance(row, Mapping):
        return {"id": None, "error": '每行要是一个对象，如 {"id": …, "text": …}'}
    try:
        checked = TriageRow.model_validate(dict(row))
    except ValidationError as error:
        return {"id": given, "error": _in_words(error)}
    person = Person(
        age=checked.age,
        sex=checked.sex,
        pregnant=checked.pregnant if checked.sex != "男" else None,
        history=_history(triage, checked.history),
    )
    reading = triage.read(checked.text)
    # What the row states outright is surer than what its text seems to say.
    told = replace(reading, person=merge_person(reading.person, person))
    case = triage.add(Case(), told, checked.text)
    return as_row(checked.id, triage.assess(case, rules, month=month), case)


def as_row(row_id: str | int | None, assessment: Assessment, case: Case) -> dict[str, Any]:
    """The contract's keys for an assessment."""
    return {
        "id": row_id,
        "level": assessment.level.value,
        "action": assessment.action.value,
        "red_flags": [hit.id for hit in assessment.red_flags],
        "departments": [asdict(department) for department in assessment.departments],
        "findings": [_finding(finding) for finding in case.findings],
        "next_question": _question(assessment.next_question),
        "explanation": assessment.explanation,
        "advice": assessment.advice,
    }


def _history(triage: Triage, told: tuple[str, ...]) -> frozenset[str]:
    """The words as given, and the standard terms that are read from them."""
    found: frozenset[str] = frozenset(word.strip() for word in told if word.strip())
    for word in tuple(found):
        found |= triage.read(f"有{word}病史").person.history
    return found


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "term": finding.term,
        "status": finding.status.value,
        "subject": finding.subject.value,
        "time": finding.time.value,
        "duration": finding.duration_hours,
        "span": list(finding.span),
    }


def _question(question: Question | None) -> dict[str, Any] | None:
    if question is None:
        return None
    return {
        "id": question.id,
        "text": question.text,
        "kind": question.kind,
        "options": [asdict(option) for option in question.options],
    }


def _in_words(error: ValidationError) -> str:
    faults = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"]) or "row"
        faults.append(f"{where}：{in_chinese(fault)}")
    return "；".join(faults)
