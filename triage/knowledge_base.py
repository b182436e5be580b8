"""Everything triage decides by, loaded from YAML and checked against each other.

A fault anywhere stops the service: "no red flags" must never be the answer of a broken file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from core.departments import STANDARD_DEPARTMENTS
from core.knowledge import Entry, Fault, KnowledgeError, Places, load_document, load_entries
from triage.conditions import ChildRule, Condition, Hint
from triage.levels import LevelRule
from triage.placement import RuleGroup
from triage.questions import PERSON_IDS, Answers, FindingQuestion, PersonQuestion, RedFlagQuestion
from triage.red_flags import RedFlag

E = TypeVar("E", bound=Entry)

FOLDER = Path(__file__).parent / "knowledge"


class AnswerWords(Entry):
    """How people say yes, no and not sure, and the words around."""

    agree: tuple[str, ...]
    refuse: tuple[str, ...]
    unsure: tuple[str, ...]
    around: tuple[str, ...]


class IgnoredWords(Entry):
    """Words that hold a body part and do not mean it (手术, 担心)."""

    words: tuple[str, ...]


class Labels(Entry):
    """Plain words for standard terms."""

    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    red_flags: tuple[RedFlag, ...]
    conditions: tuple[Condition, ...]
    hints: tuple[Hint, ...]
    #: Adults' department → where children go, best first.
    child_rules: Mapping[str, tuple[str, ...]]
    level_rules: tuple[LevelRule, ...]
    person_questions: tuple[PersonQuestion, ...]
    red_flag_questions: tuple[RedFlagQuestion, ...]
    finding_questions: tuple[FindingQuestion, ...]
    answers: Answers
    #: Standard term → its wider terms.
    parents: Mapping[str, tuple[str, ...]]
    #: Standard term → plain words for patients.
    labels: Mapping[str, str]
    #: Words in which hints do not look for a body part.
    ignored_words: tuple[str, ...] = ()
    #: What hospitals decide differently.
    rule_groups: tuple[RuleGroup, ...] = ()
    #: Words for symptoms and signs (not for diseases or wishes).
    told_words: frozenset[str] = frozenset()
    #: Traditional → simplified characters.
    characters: Mapping[str, str] = field(default_factory=dict)


def load(
    folder: Path | None = None,
    *,
    terms: Iterable[str],
    history_terms: Iterable[str],
    parents: Mapping[str, tuple[str, ...]],
    labels: Mapping[str, str],
) -> KnowledgeBase:
    """Read and check all knowledge.

    `terms` is the vocabulary of findings, `history_terms` that of the history; a rule that names another one
    is a fault, because it could never fire. Raises KnowledgeError with every fault.
    """
    root = folder or FOLDER
    faults: list[Fault] = []

    def entries(path: str, model: type[E]) -> tuple[E, ...]:
        try:
            return tuple(load_entries(root / path, model))
        except KnowledgeError as error:
            faults.extend(error.faults)
            return ()

    red_flags = entries("red_flags", RedFlag)
    conditions = entries("conditions", Condition)
    hints = entries("rules/hints.yml", Hint)
    children = entries("rules/children.yml", ChildRule)
    level_rules = entries("rules/levels.yml", LevelRule)
    groups = entries("rules/hospital", RuleGroup)
    person = entries("questions/person.yml", PersonQuestion)
    asked = entries("questions/red_flags.yml", RedFlagQuestion)
    findings = entries("questions/findings.yml", FindingQuestion)
    try:
        words = load_document(root / "rules/answers.yml", AnswerWords)
        plain = load_document(root / "rules/labels.yml", Labels)
        ignored = load_document(root / "rules/ignored_words.yml", IgnoredWords)
    except KnowledgeError as error:
        faults.extend(error.faults)
    if faults:
        raise KnowledgeError(faults)

    check = _Check(root, frozenset(terms), frozenset(history_terms))
    for flag in red_flags:
        check.histories("red_flags", flag.id, flag.when.histories())
        check.terms("red_flags", flag.id, flag.when.terms())
        check.departments("red_flags", flag.id, flag.departments)
    for condition in conditions:
        listed = (*condition.findings, *condition.absent)
        check.terms("conditions", condition.id, listed)
        check.histories("conditions", condition.id, condition.history)
        check.departments("conditions", condition.id, (*condition.departments, *condition.child_departments))
        if not listed and len(condition.aliases) == 0:
            check.fault("conditions", condition.id, "neither findings nor aliases: nothing leads to it")
    for hint in hints:
        check.terms("rules", hint.id, hint.terms)
        check.departments("rules", hint.id, (*hint.departments, *hint.child_departments))
    for rule in level_rules:
        check.terms("rules", rule.id, rule.when.terms())
        check.histories("rules", rule.id, rule.when.histories())
    for child in children:
        check.departments("rules", child.id, (child.adult, *child.departments))
    grouped: set[str] = set()
    for group in groups:
        if group.when is not None:
            check.terms("rules", group.id, group.when.terms())
            check.histories("rules", group.id, group.when.histories())
        check.departments("rules", group.id, group.departments)
        for option in group.options:
            check.departments("rules", group.id, option.departments)
        check.conditions("rules", group.id, group.conditions, conditions, grouped)
        grouped.update(group.conditions)
    for question in asked:
        check.terms("questions", question.id, (*question.when.terms(), *(s.value for s in question.signs)))
    for finding in findings:
        check.terms("questions", finding.id, (finding.term,))
    check.terms("rules", "labels", plain.labels)
    for one in person:
        check.terms("questions", one.id, one.terms)
    if not red_flags:
        check.fault("red_flags", "file", "no red flags: refusing to start without them")
    if {one.id for one in person} != set(PERSON_IDS):
        check.fault("questions", "q_complaint", f"{', '.join(PERSON_IDS)} are all needed")
    if check.faults:
        raise KnowledgeError(check.faults)
    return KnowledgeBase(
        red_flags=red_flags,
        conditions=conditions,
        hints=hints,
        child_rules={rule.adult: rule.departments for rule in children},
        level_rules=level_rules,
        person_questions=person,
        red_flag_questions=asked,
        finding_questions=findings,
        answers=Answers(words.agree, words.refuse, words.unsure, words.around),
        parents=parents,
        labels={**labels, **plain.labels},
        ignored_words=ignored.words,
        rule_groups=groups,
    )


class _Check:
    """Collects faults across files, each with the line of the entry that it is in."""

    def __init__(self, root: Path, terms: frozenset[str], histories: frozenset[str]) -> None:
        self._root = root
        #: By part: a condition and a rule may have the same id.
        self._places: dict[str, Places] = {}
        self._terms = terms
        self._histories = histories
        self.faults: list[Fault] = []

    def terms(self, part: str, entry: str, used: Iterable[str]) -> None:
        for term in dict.fromkeys(used):
            if term not in self._terms:
                self.fault(
                    part, entry, f"{term} is not a term of knowledge/symptoms; add it there or correct it"
                )

    def histories(self, part: str, entry: str, used: Iterable[str]) -> None:
        for term in dict.fromkeys(used):
            if term not in self._histories:
                self.fault(part, entry, f"{term} is not a term of knowledge/history.yml")

    def departments(self, part: str, entry: str, used: Sequence[str]) -> None:
        for name in used:
            if name not in STANDARD_DEPARTMENTS:
                self.fault(part, entry, f"{name} is not a standard department")

    def conditions(
        self, part: str, entry: str, used: Sequence[str], known: Sequence[Condition], taken: set[str]
    ) -> None:
        ids = {condition.id for condition in known}
        for one in used:
            if one not in ids:
                self.fault(part, entry, f"{one} is not the id of a condition")
            elif one in taken:
                self.fault(part, entry, f"{one} is already in another group")

    def fault(self, part: str, entry: str, message: str) -> None:
        places = self._places.setdefault(part, Places(self._root / part))
        self.faults.append(places.fault(entry, message))
