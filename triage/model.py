"""The words of triage: what a patient said, what it adds up to, and what to do about it.

Frozen values only; everything else in this room is functions over them. `Case` is what a conversation has
said so far and goes to and from JSON, so that it can be kept with the conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter


class Status(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


class Subject(StrEnum):
    """Whose finding it is: the person that care is sought for, or anybody else."""

    SELF = "self"
    OTHER = "other"


class When(StrEnum):
    NOW = "now"
    PAST = "past"
    HYPOTHETICAL = "hypothetical"


class Level(StrEnum):
    """Urgency by the 2018 Chinese expert consensus on emergency triage; I is the most urgent."""

    I = "I"  # noqa: E741
    II = "II"
    III = "III"
    IV = "IV"


class Action(StrEnum):
    CALL_120 = "call_120"
    EMERGENCY = "emergency"
    URGENT_CLINIC = "urgent_clinic"
    CLINIC = "clinic"
    SELF_CARE = "self_care"


@dataclass(frozen=True, slots=True)
class Finding:
    """One symptom, sign or circumstance that was mentioned."""

    #: Standard clinical name, such as 腹痛; a `term` of knowledge/symptoms.
    term: str
    status: Status = Status.PRESENT
    subject: Subject = Subject.SELF
    time: When = When.NOW
    #: How long it has lasted, hours; None when not said.
    duration_hours: float | None = None
    #: Came on within seconds to minutes; None when not said.
    sudden: bool | None = None
    #: Comes and goes / steadily worse / better: "intermittent", "worsening", "improving"; None when not said.
    course: str | None = None
    #: 0–10; words are mapped by the lexicon (剧烈 8, 有点 2); None when not said.
    severity: float | None = None
    #: Measured value in the unit of its term (体温 °C, 收缩压 mmHg, 血糖 mmol/L, 血氧 %, 心率 /min).
    value: float | None = None
    #: Body part and side as said, such as 左下腹; None when not said.
    site: str | None = None
    #: What brings it on or makes it worse, and what relieves it, in standard words (进食后, 活动, 休息).
    trigger: str | None = None
    relief: str | None = None
    #: Start and end (exclusive) of the mention in the message it came from.
    span: tuple[int, int] = (0, 0)

    @property
    def counts(self) -> bool:
        """True if the person has it now."""
        return self.status is Status.PRESENT and self.subject is Subject.SELF and self.time is When.NOW


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of the person that care is sought for. None means not known."""

    #: Years; 0.2 for an infant.
    age: float | None = None
    #: "男" or "女".
    sex: str | None = None
    pregnant: bool | None = None
    #: Completed weeks of pregnancy.
    gestation_weeks: float | None = None
    #: Days since birth-giving; None if not in the puerperium or not known.
    postpartum_days: float | None = None
    #: Standard names of past and chronic conditions and treatments (糖尿病, 抗凝药, 化疗 …).
    history: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message said."""

    findings: tuple[Finding, ...] = ()
    #: Only the fields that the message spoke of are set.
    person: Person = Person()
    #: True if the person spoken of is somebody other than the one who writes (我妈, 孩子).
    for_other: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """All that a conversation has said about one person's complaint. Immutable; grows by `Triage.add`."""

    findings: tuple[Finding, ...] = ()
    person: Person = Person()
    #: Ids of the questions asked so far, in order.
    asked: tuple[str, ...] = ()
    #: Ids of red flags that were raised; they stay.
    raised: tuple[str, ...] = ()
    #: Ids of red flags whose rule fired on words that do not sound like an emergency.
    doubted: tuple[str, ...] = ()
    #: The patient's own words of the complaint, first message first, for the doctor's summary.
    words: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = _CASE.dump_python(self, mode="json")
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Case:
        return _CASE.validate_python(data or {})


@dataclass(frozen=True, slots=True)
class Option:
    """A tappable answer. `value` is what the answer means to the engine, `label` what the patient sees."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    #: One short sentence in plain words.
    text: str
    options: tuple[Option, ...] = ()
    #: "person" (age, sex, who), "red_flag" or "finding".
    kind: str = "finding"


@dataclass(frozen=True, slots=True)
class RedFlagHit:
    """An emergency criterion that the case fulfils."""

    id: str
    name: str
    level: Level
    action: Action
    #: What to tell the patient while help is on the way; one or two sentences.
    advice: str
    #: The terms that fulfilled it, to explain.
    because: tuple[str, ...] = ()
    #: "medical", "suicide" or "violence": the last two are answered with care, a helpline and a person.
    kind: str = "medical"


@dataclass(frozen=True, slots=True)
class DepartmentScore:
    #: Name of standard_departments (standard vocabulary of 53).
    name: str
    #: Posterior share, 0–1.
    score: float
    #: One sentence a patient understands.
    why: str


@dataclass(frozen=True, slots=True)
class Assessment:
    level: Level
    action: Action
    red_flags: tuple[RedFlagHit, ...]
    departments: tuple[DepartmentScore, ...]
    next_question: Question | None
    #: One sentence: "因为您说肚子痛、拉肚子，没有发烧，先看消化内科比较合适。" Empty when nothing is known.
    explanation: str = ""
    #: For SELF_CARE: what to do at home and when to come all the same. Else empty.
    advice: str = ""


@dataclass(frozen=True, slots=True)
class HospitalRules:
    """What a hospital sets for itself; `hospital.TriageRules` has the same fields."""

    #: Up to and including this age, years, a child sees 儿科.
    child_max_age: int = 14
    #: From this completed week on, pregnancy complaints go to 产科, before it to 妇科.
    obstetric_from_week: int = 12
    #: Departments the hospital does not have → where their patients go.
    substitutes: Mapping[str, str] = field(default_factory=dict)
    #: Send fever with cough or contact to the fever clinic (感染科) first.
    fever_clinic_first: bool = False
    #: Group of knowledge/rules/hospital → the option that the hospital picked; the others keep their default.
    choices: Mapping[str, str] = field(default_factory=dict)


_CASE = TypeAdapter(Case)
