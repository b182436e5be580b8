"""A patient drawn from the knowledge: has a condition, tells some of it in plain words, answers questions."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage import Person, Question
from triage.conditions import Condition, to_children
from triage.inference import PRIOR
from triage.lexicon import Lexicon
from triage.questions import AGE, NONE, PREGNANT, SEX, START, WOMAN

#: Share of those with the condition who have the finding, whether or not they would tell it unasked.
HAS = {"hallmark": 0.85, "common": 0.5, "occasional": 0.2, "rare": 0.05}
#: How likely it comes up in the first words, among what the patient has.
TELLS = {"hallmark": 6.0, "common": 3.0, "occasional": 1.0, "rare": 0.3}
#: Share of findings that are told by a wider word first: 肚子疼 for 右下腹痛.
WIDER = 0.3
#: Share of first messages that say one thing only.
ONE_THING = 0.5
#: Share of answers that are no plain yes or no.
UNSURE, FREE, MORE = 0.08, 0.3, 0.15
#: Chance that a finding which the condition does not list is there all the same, when asked about.
BY_CHANCE = 0.03
ONE = ("{0}", "我{0}", "{0}，怎么办", "最近{0}", "你好，{0}，该挂什么科", "{0}好几天了")
TWO = ("{0}，还{1}", "{0}，{1}", "我{0}，而且{1}", "最近{0}，有时候{1}")
YES_WORDS = ("有的", "嗯，有", "有一点", "对，有")
NO_WORDS = ("没有啊", "这个没有", "没", "倒是没有")
CHILD_WORDS = ("孩子{0}", "我家孩子{0}", "宝宝{0}")


@dataclass(frozen=True, slots=True)
class Patient:
    condition: Condition
    person: Person
    #: Standard terms that the patient has, those that come to mind first leading.
    findings: tuple[str, ...]
    #: Departments that look after the condition at this age, best first.
    departments: tuple[str, ...]


class Crowd:
    """Draws patients; the same seed gives the same patients and answers."""

    def __init__(
        self,
        conditions: Sequence[Condition],
        words: Lexicon,
        child_rules: Mapping[str, tuple[str, ...]],
        child_max_age: int,
        terms: Mapping[str, str],
    ) -> None:
        """`terms`: id of a yes-or-no question → the finding that it asks for."""
        # A reason for a visit that is known by its name alone needs no questions.
        self._conditions = [c for c in conditions if c.findings and not c.background]
        self._weights = [PRIOR[c.prior] for c in self._conditions]
        self._child_rules = child_rules
        self._child_max_age = child_max_age
        self._parents = words.parents
        self._terms = terms
        self._forms: dict[str, list[str]] = {}
        for form, term in words.forms.items():
            self._forms.setdefault(term, []).append(form)

    def draw(self, dice: random.Random) -> Patient:
        condition = dice.choices(self._conditions, self._weights)[0]
        person = _person(condition, dice)
        strengths = [
            (term, strength)
            for strength in HAS
            for term in getattr(condition, strength)
            if dice.random() < HAS[strength]
        ] or [(condition.findings[0], "hallmark")]
        ranked = sorted(strengths, key=lambda pair: -(dice.random() ** (1 / TELLS[pair[1]])))
        child = person.age is not None and person.age <= self._child_max_age
        departments = (
            to_children(condition.departments, self._child_rules, condition.child_departments)
            if child
            else condition.departments
        )
        return Patient(condition, person, tuple(term for term, _ in ranked), departments)

    def first_words(self, patient: Patient, dice: random.Random) -> str:
        """One or two findings as people say them."""
        most = 1 if dice.random() < ONE_THING else 2
        told = [self._said(self._loosely(term, dice), dice) for term in patient.findings[:most]]
        age = patient.person.age
        if age is not None and age <= self._child_max_age:
            return dice.choice(CHILD_WORDS).format("，还".join(told))
        return dice.choice(ONE if len(told) == 1 else TWO).format(*told)

    def answer(self, patient: Patient, question: Question, dice: random.Random) -> str:
        """What this patient says to a question, sometimes in free words, sometimes more than was asked."""
        if question.kind == "person":
            return self._about_person(patient, question, dice)
        if dice.random() < UNSURE:
            return dice.choice(("不清楚", "不确定", "没注意"))
        more = "，还" + self._said(dice.choice(patient.findings), dice) if dice.random() < MORE else ""
        if question.kind in {"red_flag", "choice"}:
            signs = [o for o in question.options if o.value != NONE and self._has(patient, o.value)]
            if not signs:
                return "以上都没有" if dice.random() > FREE else dice.choice(NO_WORDS)
            # The sign that troubles most is tapped; sometimes told in words.
            sign = min(signs, key=lambda o: self._rank(patient, o.value))
            return sign.label if dice.random() > FREE else self._said(sign.value, dice) + more
        there = self._has(patient, self._terms[question.id]) or dice.random() < BY_CHANCE
        if dice.random() < FREE:
            return dice.choice(YES_WORDS if there else NO_WORDS) + more
        return ("有" if there else "没有") + more

    def _has(self, patient: Patient, term: str) -> bool:
        return any(term == own or term in self._parents.get(own, ()) for own in patient.findings)

    def _rank(self, patient: Patient, term: str) -> int:
        own = patient.findings
        return next(i for i, one in enumerate(own) if term == one or term in self._parents.get(one, ()))

    def _about_person(self, patient: Patient, question: Question, dice: random.Random) -> str:
        person = patient.person
        if question.id == START:
            return self.first_words(patient, dice)
        age = person.age or 0.0
        if question.id == AGE:
            return f"{int(age)}岁" if age >= 1 else f"{max(1, int(age * 12))}个月"
        if question.id == WOMAN and person.sex == "女":
            return "女，怀孕了" if person.pregnant else "女，没怀孕"
        if question.id in {SEX, WOMAN}:
            return person.sex or "男"
        if question.id == PREGNANT:
            return "怀孕了" if person.pregnant else "没有"
        return dice.choice(question.options).label

    def _loosely(self, term: str, dice: random.Random) -> str:
        wider = self._parents.get(term, ())
        return dice.choice(wider) if wider and dice.random() < WIDER else term

    def _said(self, term: str, dice: random.Random) -> str:
        return dice.choice(self._forms.get(term) or [term])


def _person(condition: Condition, dice: random.Random) -> Person:
    low, high = condition.age_from, min(condition.age_to, 90.0)
    if condition.pregnant == "only":
        low, high = max(low, 20.0), min(high, 42.0)
    age = round(dice.triangular(low, high, min(max(low, 38.0), high)), 1)
    sex = condition.sex or ("女" if condition.pregnant == "only" else dice.choice(("男", "女")))
    return Person(age=age, sex=sex, pregnant=condition.pregnant == "only" if sex == "女" else None)
