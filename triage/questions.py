"""The next question: red-flag signs first, then who it is for, then what tells departments apart.

One short question at a time, five at most, never what was already said. When nothing more would change the
recommendation there is no question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from core.knowledge import Entry, Strict
from triage.expressions import Expression, View
from triage.inference import Inference, Posterior
from triage.model import Case, Finding, Option, Person, Question, Status
from triage.people import is_child
from triage.red_flags import RedFlag

MOST = 5
#: A department with this share is clear enough.
CLEAR = 0.72
#: Least expected fall of entropy, nats, that is worth a question.
WORTH = 0.05
#: Terms are asked for only if a condition with at least this share lists them.
PLAUSIBLE = 0.04

START = "q_complaint"
AGE = "q_age"
SEX = "q_sex"
PREGNANT = "q_pregnant"

YES, NO, UNSURE, NONE = "yes", "no", "unsure", "none"
_YES_NO = (Option(YES, "有"), Option(NO, "没有"), Option(UNSURE, "不确定"))


class Choice(Strict):
    value: str
    label: str


class FindingQuestion(Entry):
    """Yes or no about one finding, in plain words."""

    id: str = Field(pattern=r"^q_[a-z0-9_]+$")
    term: str
    text: str = Field(min_length=4)


class RedFlagQuestion(Entry):
    """Concrete signs to tap. Asked when `when` holds and a sign would make a red flag."""

    id: str = Field(pattern=r"^q_rf_[a-z0-9_]+$")
    when: Expression
    text: str = Field(min_length=4)
    #: `value` is the finding term, `label` the sign in plain words.
    signs: tuple[Choice, ...] = Field(min_length=1)


class PersonQuestion(Entry):
    """Age, sex, pregnancy, or the opening question."""

    id: Literal["q_age", "q_sex", "q_pregnant", "q_complaint"]
    text: str
    options: tuple[Choice, ...] = ()
    #: For q_pregnant: asked of women of child-bearing age with one of these.
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """Words that answer, as data: rules/answers.yml."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    unsure: tuple[str, ...]


class Questions:
    """All questions of the knowledge base, and the choice of the next one."""

    def __init__(
        self,
        person: Sequence[PersonQuestion],
        red_flag: Sequence[RedFlagQuestion],
        finding: Sequence[FindingQuestion],
        answers: Answers,
    ) -> None:
        self._pregnancy_terms = next((q.terms for q in person if q.id == PREGNANT), ())
        self._red_flag = tuple(red_flag)
        self._finding = {q.term: q for q in finding}
        self._answers = answers
        self._by_id: dict[str, Question] = {}
        for one in person:
            options = tuple(Option(c.value, c.label) for c in one.options)
            self._by_id[one.id] = Question(one.id, one.text, options, "person")
        for two in red_flag:
            signs = (*(Option(c.value, c.label) for c in two.signs), Option(NONE, "以上都没有"))
            self._by_id[two.id] = Question(two.id, two.text, signs, "red_flag")
        for three in finding:
            self._by_id[three.id] = Question(three.id, three.text, _YES_NO, "finding")
        self._terms = {q.id: q.term for q in finding}

    def question(self, question_id: str) -> Question:
        """Raises KeyError for an id that no question has."""
        return self._by_id[question_id]

    def term_of(self, question_id: str) -> str | None:
        """The finding that a yes-or-no question asks for."""
        return self._terms.get(question_id)

    # -- asking ---------------------------------------------------------------------------------------

    def next(
        self,
        case: Case,
        view: View,
        *,
        flags: Sequence[RedFlag],
        inference: Inference,
        posterior: Posterior,
        child: bool,
        posterior_for: Callable[[Case, bool], Posterior],
        child_max_age: float,
    ) -> Question | None:
        if not posterior.departments or (posterior.guessed and START not in case.asked):
            return self._by_id[START]
        if len([q for q in case.asked if q != START]) >= MOST:
            return None
        return (
            self._about_red_flags(case, view, flags)
            or self._about_person(case, view, posterior_for, child_max_age)
            or self._about_findings(case, view, inference, posterior, child)
        )

    def _about_red_flags(self, case: Case, view: View, flags: Sequence[RedFlag]) -> Question | None:
        fitting = [q for q in self._red_flag if q.id not in case.asked and q.when.holds(view)]
        if not fitting:
            return None
        missing: set[str] = set()
        for flag in flags:
            if flag.population.includes(view):
                missing.update(flag.when.short_of(view)[1])
        for question in fitting:
            signs = [c.value for c in question.signs]
            unknown = [s for s in signs if s not in view.present and s not in view.denied]
            if missing.intersection(unknown):
                return self._by_id[question.id]
        return None

    def _about_person(
        self, case: Case, view: View, posterior_for: Callable[[Case, bool], Posterior], child_max_age: float
    ) -> Question | None:
        def best(person: Person, as_child: bool) -> str:
            first = posterior_for(replace(case, person=person), as_child).departments
            return first[0][0] if first else ""

        person = case.person
        child = is_child(case, child_max_age)
        age_open = person.age is None and view.stage is None and not view.pregnant
        if AGE not in case.asked and age_open and person.postpartum_days is None:
            adult = best(replace(person, age=35.0), False)
            if adult != best(replace(person, age=5.0), True):
                return self._by_id[AGE]
        if SEX not in case.asked and person.sex is None and not view.pregnant:
            women = best(replace(person, sex="女"), child)
            if women != best(replace(person, sex="男"), child):
                return self._by_id[SEX]
        if PREGNANT not in case.asked and self._pregnancy_matters(person, view, child):
            return self._by_id[PREGNANT]
        return None

    def _pregnancy_matters(self, person: Person, view: View, child: bool) -> bool:
        age = person.age
        return (
            person.sex == "女"
            and person.pregnant is None
            and person.postpartum_days is None
            and not view.pregnant
            and not (age is None and child)
            and (age is None or 12 <= age <= 55)
            and any(term in view.present for term in self._pregnancy_terms)
        )

    def _about_findings(
        self, case: Case, view: View, inference: Inference, posterior: Posterior, child: bool
    ) -> Question | None:
        if posterior.departments[0][1] >= CLEAR:
            return None
        said = {finding.term for finding in case.findings} | view.present.keys()
        plausible = inference.listed_by_likely(posterior, PLAUSIBLE)
        candidates = [
            term
            for term, question in self._finding.items()
            if term in plausible and term not in said and question.id not in case.asked
        ]
        if not candidates:
            return None
        gains = inference.gain(posterior, candidates, child=child)
        best = int(gains.argmax())
        return self._by_id[self._finding[candidates[best]].id] if gains[best] >= WORTH else None

    # -- answering ------------------------------------------------------------------------------------

    def findings_of(self, question: Question, text: str) -> tuple[Finding, ...] | None:
        """What the answer says about the asked findings; None if it says nothing about them."""
        if question.kind == "red_flag":
            return self._signs(question, text)
        term = self._terms.get(question.id)
        verdict = self.verdict(text)
        if term is None or verdict is None:
            return None
        return (Finding(term, verdict),)

    def _signs(self, question: Question, text: str) -> tuple[Finding, ...] | None:
        said = text.strip()
        signs = [o for o in question.options if o.value != NONE]
        if said in {NONE, "以上都没有", "都没有"}:
            return tuple(Finding(o.value, Status.ABSENT) for o in signs)
        chosen = [o for o in signs if said == o.value or _says(said, o.label)]
        if chosen:
            return tuple(Finding(o.value) for o in chosen)
        verdict = self.verdict(said)
        if verdict is Status.ABSENT:
            return tuple(Finding(o.value, Status.ABSENT) for o in signs)
        if verdict is Status.UNCERTAIN:
            return tuple(Finding(o.value, Status.UNCERTAIN) for o in signs)
        # "有" alone does not say which sign; a single sign is then meant.
        if verdict is Status.PRESENT and len(signs) == 1:
            return (Finding(signs[0].value),)
        return None

    def verdict(self, text: str) -> Status | None:
        """Yes, no or not sure, from an option's value, its label or free words; None if none of them."""
        said = re.sub(r"[\s，。！!,.~～、]+", "，", text.strip().lower()).strip("，")
        exact = {YES: Status.PRESENT, NO: Status.ABSENT, UNSURE: Status.UNCERTAIN, NONE: Status.ABSENT}
        if said in exact:
            return exact[said]
        best, verdict = 0, None
        for words, status in (
            (self._answers.yes, Status.PRESENT),
            (self._answers.no, Status.ABSENT),
            (self._answers.unsure, Status.UNCERTAIN),
        ):
            longest = max((len(word) for word in words if said.startswith(word)), default=0)
            if longest > best:
                best, verdict = longest, status
        return verdict


def _says(text: str, label: str) -> bool:
    at = text.find(label)
    return at >= 0 and not text[max(0, at - 3) : at].endswith(("没有", "没", "不", "无"))


_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "〇": 0}


def number_in(text: str) -> float | None:
    """The first number of a short answer, 0–999: digits or Chinese numerals (六十二, 二十, 十五, 半)."""
    digits = re.search(r"\d+(?:\.\d+)?", text)
    if digits:
        return float(digits.group())
    match = re.search(r"[零〇一二两俩三四五六七八九十百]+", text)
    if not match:
        return 0.5 if "半岁" in text else None
    total = current = 0
    for char in match.group():
        if char == "百":
            total, current = total + (current or 1) * 100, 0
        elif char == "十":
            total, current = total + (current or 1) * 10, 0
        else:
            current = _NUMERALS[char]
    return float(total + current)


def age_in(text: str) -> float | None:
    """An age in years from an answer to "how old": 六十二, 70, 8个月, 20天; None if there is none."""
    number = number_in(text)
    if number is None or not 0 <= number <= 120:
        return None
    if "月" in text:
        return round(number / 12, 3)
    if "天" in text or "日" in text:
        return round(number / 365, 4)
    if "周" in text and "岁" not in text:
        return round(number / 52, 3)
    return number


def person_of(question_id: str, text: str, verdict: Status | None) -> tuple[Person, bool] | None:
    """What an answer says of the person, and whether to keep its words ("孩子" tells a stage of life)."""
    said = text.strip()
    if question_id == AGE:
        if "岁以上" in said or "岁以下" in said:  # the label of an option, not an age
            said = said[:2]
        age = age_in(said)
        if age is not None:
            return Person(age=age), False
        stages: Mapping[str, str] = {"adult": "成人", "child": "孩子", "old": "老人"}
        known = stages.get(said, said)
        words = ("成人", "大人", "成年", "孩子", "儿童", "小孩", "宝宝", "老人", "婴儿", "娃", "老年")
        return (Person(), True) if any(word in known for word in words) else None
    if question_id == SEX:
        if any(word in said for word in ("女", "female", "妈", "奶奶", "姑娘", "媳妇", "老婆", "闺女")):
            return Person(sex="女"), False
        if any(word in said for word in ("男", "male", "爸", "爷爷", "小伙", "老公", "儿子")):
            return Person(sex="男"), False
        return None
    if question_id == PREGNANT and verdict is not None:
        return Person(pregnant={Status.PRESENT: True, Status.ABSENT: False}.get(verdict)), False
    return None
