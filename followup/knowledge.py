"""The knowledge of this room: topics, pathways, shared questions; strict YAML, compiled once when loaded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from core.errors import BanzhenError
from core.knowledge import Entry, Fault, KnowledgeError, Strict, load_entries
from followup.language import Language, any_of, load_language
from followup.model import Other, Severity

FOLDER = Path(__file__).parent / "knowledge"
GENERAL = "general_discharge"
#: "Fewer than 10 questions" a contact; this project asks at most 8.
MOST_QUESTIONS = 8


def _compiles(patterns: Sequence[str]) -> Sequence[str]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    return patterns


class FindingRule(Strict):
    """Something an answer may say, and how worrying it is in a general discharge."""

    id: str
    name: str
    #: Regular expressions on the answer.
    says: list[str] = Field(min_length=1)
    #: Regular expressions that mean this only after a question about the topic.
    short: tuple[str, ...] = ()
    #: Standard names of triage findings of the same meaning.
    terms: tuple[str, ...] = ()
    #: False: an amber of this kind does not add up with another to a red.
    accumulates: bool = True
    #: Something that happened: it counts although the patient feels well now (a fall, a missed dose).
    event: bool = False
    severity: Severity
    #: When said mildly (有点) / strongly (厉害); None: as `severity`, a RED said mildly is AMBER.
    mild: Severity | None = None
    severe: Severity | None = None
    why: str
    tell: str = ""

    _check = field_validator("says", "short")(_compiles)


class Band(Strict):
    """A threshold of a measure. Exactly one bound. The most worrying band that a value reaches counts."""

    measure: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    #: Glucose: `fasting`, `after_meal`; weight gain: `day`, `days`, `week`; `any`: if nothing was said.
    when: str = ""
    severity: Severity
    why: str
    tell: str = ""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if sum(bound is not None for bound in (self.at_least, self.above, self.at_most, self.below)) != 1:
            raise ValueError("a band needs exactly one of at_least, above, at_most, below")
        return self

    def holds(self, number: float, when: str) -> bool:
        """True if a value, measured at `when`, reaches this band."""
        if self.when == "any":
            if when in {"fasting", "day", "days", "week"}:
                return False
        elif self.when and self.when != when:
            return False
        return (
            (self.at_least is not None and number >= self.at_least)
            or (self.above is not None and number > self.above)
            or (self.at_most is not None and number <= self.at_most)
            or (self.below is not None and number < self.below)
        )


class NoMeans(Strict):
    severity: Severity
    why: str
    tell: str = ""


class Topic(Entry):
    """What can be asked about and answered: a part of the body, a measure, the medicines."""

    id: str
    name: str
    #: Regular expressions that tell that a question is about this topic.
    asks: list[str]
    measures: tuple[str, ...] = ()
    #: `good`: a yes to a question about this topic is good news (按时吃药了吗).
    yes_is: Literal["good", "bad"] = "bad"
    #: What a no means where yes is good.
    no_means: NoMeans | None = None
    #: What a healthy answer sounds like.
    fine: tuple[str, ...] = ()
    findings: list[FindingRule]
    bands: tuple[Band, ...] = ()
    #: Measure → findings that a stated value decides instead of the words.
    decided_by_value: dict[str, list[str]] = Field(default_factory=dict)
    #: Topics of one family are one problem when ambers are added up; by default each is its own.
    family: str = ""
    #: False: an amber here does not add up with another to a red.
    accumulates: bool = True

    _check = field_validator("asks", "fine")(_compiles)


class AnswerOption(Strict):
    """A tappable answer."""

    title: str = Field(min_length=1, max_length=20)
    severity: Severity
    why: str = ""
    tell: str = ""


class Question(Strict):
    """One short question to the patient."""

    id: str
    text: str = Field(min_length=4, max_length=80)
    kind: Literal["choice", "number", "text"]
    #: Topics that the answer is about; an answer that already spoke of all of them skips the question.
    topics: list[str]
    options: tuple[AnswerOption, ...] = ()


class BankQuestion(Question, Entry):
    """A question that several pathways ask."""


class ContactRule(Strict):
    """One planned contact."""

    #: Days after discharge; day 1 is the day after.
    day: int = Field(ge=0, le=365)
    #: When on that day, Asia/Shanghai.
    window: tuple[time, time]
    purpose: str
    questions: list[str] = Field(min_length=1, max_length=MOST_QUESTIONS)
    #: Only on a workday: moved to the next one.
    workday: bool = False

    @model_validator(mode="after")
    def _window_runs_forward(self) -> Self:
        if self.window[0] >= self.window[1]:
            raise ValueError("the window ends before it starts")
        return self


class Match(Strict):
    """Which discharges a pathway takes."""

    #: ICD-10 prefixes of the main diagnosis.
    icd10: tuple[str, ...] = ()
    #: Words in the name of the diagnosis.
    diagnoses: tuple[str, ...] = ()
    #: ICD-9-CM-3 prefixes of the operation.
    icd9: tuple[str, ...] = ()
    #: Words in the name of the operation.
    operations: tuple[str, ...] = ()


class Together(Strict):
    """Findings that together are worse than each."""

    all: tuple[str, ...] = Field(min_length=2)
    severity: Severity
    why: str
    tell: str = ""


class Changes(Strict):
    """How this pathway differs from a general discharge."""

    #: Finding → severity, said mildly or not.
    findings: dict[str, Severity] = Field(default_factory=dict)
    #: Finding → severity when said mildly; overrides `findings`.
    mild: dict[str, Severity] = Field(default_factory=dict)
    #: These replace all general bands of the measures that they name.
    bands: tuple[Band, ...] = ()
    #: Topics that count as one problem when ambers are added up.
    one_problem: tuple[str, ...] = ()
    together: tuple[Together, ...] = ()


class Pathway(Entry):
    """Follow-up after one kind of stay."""

    id: str
    name: str
    #: Other names that people write.
    also: tuple[str, ...] = ()
    match: Match = Match()
    #: Higher wins when several match.
    priority: int = 0
    contacts: list[ContactRule] = Field(min_length=1)
    questions: tuple[Question, ...] = ()
    changes: Changes = Changes()
    #: When to call 120 or come at once, told with the first contact.
    danger: str
    #: Said when the last question is answered and nothing is worrying.
    closing: str


class OtherRule(Entry):
    id: Other
    whole: list[str]
    anywhere: list[str]
    not_when: tuple[str, ...] = ()

    _check = field_validator("anywhere", "not_when")(_compiles)


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    topic: Topic
    asks: re.Pattern[str]
    fine: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class CompiledOther:
    id: Other
    whole: frozenset[str]
    anywhere: re.Pattern[str]
    not_when: re.Pattern[str]


@dataclass(frozen=True)
class Knowledge:
    """Everything, compiled. Immutable."""

    language: Language
    topics: tuple[CompiledTopic, ...]
    pathways: tuple[Pathway, ...]
    bank: dict[str, Question]
    others: tuple[CompiledOther, ...]
    findings: dict[str, tuple[FindingRule, Topic]]
    phrases: tuple[tuple[str, re.Pattern[str]], ...]
    shorts: dict[str, tuple[tuple[str, re.Pattern[str]], ...]]
    #: Triage term → finding id.
    terms: dict[str, str]

    def pathway(self, name: str) -> Pathway:
        """By id or name, else by its other names and match words, else the general discharge."""
        return self._find(name) or self._by_id(GENERAL)

    def named(self, name: str) -> Pathway:
        """As `pathway`, but raises BanzhenError for a name that is no pathway's."""
        found = self._find(name)
        if found is None:
            known = "、".join(pathway.name for pathway in self.pathways)
            raise BanzhenError("no_such_pathway", f"没有名为“{name}”的随访路径，可用：{known}。")
        return found

    def _find(self, name: str) -> Pathway | None:
        wanted = name.strip()
        for pathway in self.pathways:
            if wanted in {pathway.id, pathway.name, *pathway.also}:
                return pathway
        return self._by_words(wanted)

    def _by_id(self, pathway_id: str) -> Pathway:
        return next(pathway for pathway in self.pathways if pathway.id == pathway_id)

    def _by_words(self, text: str) -> Pathway | None:
        best: tuple[int, int, Pathway] | None = None
        for pathway in self.pathways:
            words = [*pathway.also, *pathway.match.diagnoses, *pathway.match.operations, pathway.name]
            longest = max((len(word) for word in words if word and word.lower() in text.lower()), default=0)
            if longest and (best is None or (longest, pathway.priority) > best[:2]):
                best = (longest, pathway.priority, pathway)
        return best[2] if best else None

    def choose(self, *, diagnosis: str, icd10: str, operation: str, icd9: str) -> Pathway:
        """The pathway for a discharge: an operation outweighs a diagnosis, a code outweighs a word."""
        best: tuple[int, int, Pathway] | None = None
        for pathway in self.pathways:
            match = pathway.match
            score = max(
                4 if icd9 and any(_code(icd9).startswith(_code(code)) for code in match.icd9) else 0,
                3 if operation and any(word in operation for word in match.operations) else 0,
                2 if icd10 and any(_code(icd10).startswith(_code(code)) for code in match.icd10) else 0,
                1 if diagnosis and any(word in diagnosis for word in match.diagnoses) else 0,
            )
            if score and (best is None or (score, pathway.priority) > best[:2]):
                best = (score, pathway.priority, pathway)
        return best[2] if best else self._by_id(GENERAL)

    def question(self, pathway: Pathway, question_id: str) -> Question:
        """A question of the pathway or of the shared bank. Raises KeyError."""
        for question in pathway.questions:
            if question.id == question_id:
                return question
        return self.bank[question_id]


def _code(code: str) -> str:
    return code.upper().replace(".", "").strip()


def load(folder: Path | None = None) -> Knowledge:
    """Read and check everything. Raises core.knowledge.KnowledgeError with every fault found."""
    folder = folder or FOLDER
    topics = load_entries(folder / "topics", Topic)
    pathways = load_entries(folder / "pathways", Pathway)
    bank = load_entries(folder / "questions.yml", BankQuestion)
    others = load_entries(folder / "others.yml", OtherRule)
    language = load_language(folder)
    faults = _cross_check(folder, topics, pathways, {question.id for question in bank})
    if faults:
        raise KnowledgeError(faults)
    rules = {rule.id: (rule, topic) for topic in topics for rule in topic.findings}
    return Knowledge(
        language=language,
        topics=tuple(CompiledTopic(topic, any_of(topic.asks), any_of(topic.fine)) for topic in topics),
        pathways=tuple(pathways),
        bank={question.id: question for question in bank},
        others=tuple(
            CompiledOther(rule.id, frozenset(rule.whole), any_of(rule.anywhere), any_of(rule.not_when))
            for rule in others
        ),
        findings=rules,
        phrases=tuple((rule.id, any_of(_unnegated(rule.says))) for rule, _ in rules.values()),
        shorts={
            topic.id: tuple(
                (rule.id, any_of(_unnegated(rule.short))) for rule in topic.findings if rule.short
            )
            for topic in topics
        },
        terms={term: rule.id for rule, _ in rules.values() for term in rule.terms},
    )


def _unnegated(patterns: Sequence[str]) -> list[str]:
    """A gap in a pattern never reaches over a negation: 手心.{0,4}黄 is not said by 手心不黄."""
    return [pattern.replace(".{0,", "[^不没]{0,") for pattern in patterns]


def _cross_check(folder: Path, topics: list[Topic], pathways: list[Pathway], bank: set[str]) -> list[Fault]:
    faults: list[Fault] = []

    def fault(where: str, message: str) -> None:
        faults.append(Fault(folder, 1, where, message))

    topic_ids = {topic.id for topic in topics}
    finding_ids = [rule.id for topic in topics for rule in topic.findings]
    for finding_id in {found for found in finding_ids if finding_ids.count(found) > 1}:
        fault(finding_id, "two findings have this id")
    if GENERAL not in {pathway.id for pathway in pathways}:
        fault(GENERAL, "the general pathway is missing; every other discharge needs it")
    for pathway in pathways:
        own = {question.id for question in pathway.questions}
        for question_id in [q for contact in pathway.contacts for q in contact.questions]:
            if question_id not in own | bank:
                fault(f"{pathway.id}.contacts", f"unknown question {question_id}")
        combined = [finding for rule in pathway.changes.together for finding in rule.all]
        for finding_id in [*pathway.changes.findings, *pathway.changes.mild, *combined]:
            if finding_id not in finding_ids:
                fault(f"{pathway.id}.changes", f"unknown finding {finding_id}")
        for topic_id in [*pathway.changes.one_problem, *(t for q in pathway.questions for t in q.topics)]:
            if topic_id not in topic_ids:
                fault(pathway.id, f"unknown topic {topic_id}")
        days = [contact.day for contact in pathway.contacts]
        if days != sorted(set(days)):
            fault(f"{pathway.id}.contacts", "days must rise")
        if days[0] > 3:
            fault(f"{pathway.id}.contacts", "the first contact must be within 3 days of discharge")
    return faults
