"""The next question: who it is for where that decides, red-flag signs, then what tells departments apart.

One short question at a time, five at most, never what was said or follows from it. The signs of one region
of the body come together. When nothing more would change the recommendation there is no question.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from triage.expressions import View
from triage.inference import Posterior
from triage.information import Information
from triage.model import Case, Person, Question
from triage.people import Stage
from triage.questions import (
    AGE,
    ANY_SIGN,
    MOST,
    PREGNANT,
    SEX,
    SINCE,
    START,
    WHICH,
    WOMAN,
    Questions,
    RedFlagQuestion,
    id_of,
    parts_of,
)
from triage.red_flags import URGENCY, RedFlag

#: A department with this share is clear enough.
CLEAR = 0.92
#: Least expected gain, nats, that is worth a question.
WORTH = 0.03
MOST_SIGNS = 6
MOST_OPTIONS = 5
#: From this share of what only women have, the patient is a woman.
SURELY_WOMAN = 0.9
#: Ages that stand for an adult and a child while nobody has said.
GROWN_UP, CHILD = 35.0, 5.0

PosteriorFor = Callable[[Case, bool], Posterior]


class Asking:
    """Chooses the next question. Immutable."""

    def __init__(
        self,
        questions: Questions,
        flags: Sequence[RedFlag],
        information: Information,
        parents: Mapping[str, tuple[str, ...]],
        told: Collection[str],
    ) -> None:
        """`told`: words that patients call symptoms and signs by."""
        self._questions = questions
        self._flags = tuple((flag, frozenset(flag.when.terms())) for flag in flags)
        self._signs_told = {term for _, terms in self._flags for term in terms if term in told}
        self._information = information
        self._parents = parents

    def next(
        self,
        case: Case,
        view: View,
        posterior: Posterior,
        *,
        child: bool,
        posterior_for: PosteriorFor,
        view_of: Callable[[Case], View],
        mild: bool,
        ask_since: bool,
    ) -> Question | None:
        """`mild`: all that was said lets the patient stay at home; `ask_since`: if it has not lasted long."""
        if not posterior.departments or (posterior.guessed and START not in case.asked):
            return self._questions.question(START)
        asked = [part for one in case.asked if one != START for part in [parts_of(one)]]
        if len(asked) >= MOST:
            return None
        bases = {base for parts in asked for base in parts}
        offered = {term for parts in asked for term in parts.get(WHICH, ())}
        chosen = (
            self._age_for_signs(case, view, bases, view_of)
            or self._signs(view, bases)
            or (None if mild else self._any_sign(view, bases))
            or self._about_person(case, view, bases, posterior, posterior_for, child)
            or (SINCE if ask_since and SINCE not in bases else None)
            or self._about_findings(case, view, bases, offered, posterior, child)
        )
        return None if chosen is None else self._questions.question(chosen)

    # -- red flags ------------------------------------------------------------------------------------

    def _signs(self, view: View, bases: set[str]) -> str | None:
        """Signs that would each complete a red flag: those of the first region in need, in one question."""
        fitting = [
            question
            for question in self._questions.red_flag.values()
            if question.id not in bases and question.when.holds(view)
        ]
        if not fitting:
            return None
        urgent = self._missing(view, {sign.value for question in fitting for sign in question.signs})
        wanted: list[RedFlagQuestion] = []
        for question in fitting:
            in_region = not wanted or question.region == wanted[0].region
            if in_region and any(sign.value in urgent for sign in question.signs):
                wanted.append(question)
        if not wanted:
            return None
        places: dict[str, str] = {}
        for question in wanted:
            for sign in question.signs:
                known = sign.value in view.present or sign.value in view.denied
                if not known and (len(wanted) == 1 or sign.value in urgent):
                    places.setdefault(sign.value, question.id)
        # The signs that complete the most urgent criterion come first.
        ranked = sorted(places, key=lambda term: urgent.get(term, len(URGENCY)))[:MOST_SIGNS]
        parts = {
            q.id: [s.value for s in q.signs if s.value in ranked and places[s.value] == q.id] for q in wanted
        }
        return id_of({base: signs for base, signs in parts.items() if signs})

    def _any_sign(self, view: View, bases: set[str]) -> str | None:
        """Signs that would each complete a red flag, and that no question of their own asks for here.

        Asked once. A sign that is an emergency by itself has nothing to do with this complaint.
        """
        if ANY_SIGN in bases or any(base in self._questions.red_flag for base in bases):
            return None
        alone = View({}, frozenset(), view.person, view.stage, sudden=False)
        anyhow = self._missing(alone, self._signs_told)
        missing = {
            term: urgency
            for term, urgency in self._missing(view, self._signs_told).items()
            if term in self._signs_told and term not in anyhow and term not in view.denied
        }
        if not missing:
            return None
        return id_of({ANY_SIGN: sorted(missing, key=missing.__getitem__)[:MOST_SIGNS]})

    def _missing(self, view: View, signs: set[str]) -> dict[str, int]:
        """Each sign that alone would complete a criterion, with the urgency of the most urgent one."""
        missing: dict[str, int] = {}
        for flag, terms in self._flags:
            if not signs.isdisjoint(terms) and flag.population.includes(view):
                for term in flag.when.short_of(view)[1]:
                    missing[term] = min(URGENCY[flag.level], missing.get(term, len(URGENCY)))
        return missing

    def _age_for_signs(
        self, case: Case, view: View, bases: set[str], view_of: Callable[[Case], View]
    ) -> str | None:
        """Who it is comes first where a child's signs are others than an adult's."""
        if AGE in bases or not _age_open(case, view):
            return None
        fitting = [
            [
                q.id
                for q in self._questions.red_flag.values()
                if q.id not in bases and q.when.holds(view_of(_aged(case, years)))
            ]
            for years in (GROWN_UP, CHILD)
        ]
        return AGE if fitting[0] != fitting[1] else None

    # -- the person -----------------------------------------------------------------------------------

    def _about_person(
        self,
        case: Case,
        view: View,
        bases: set[str],
        posterior: Posterior,
        posterior_for: PosteriorFor,
        child: bool,
    ) -> str | None:
        def best(person: Person, as_child: bool) -> str:
            first = posterior_for(replace(case, person=person), as_child).departments
            return first[0][0] if first else ""

        person = case.person
        if AGE not in bases and _age_open(case, view):
            adult = best(replace(person, age=GROWN_UP), False)
            if adult != best(replace(person, age=CHILD), True):
                return AGE
        woman = person.sex == "女" or (
            person.sex is None and self._information.women(posterior) >= SURELY_WOMAN
        )
        if not bases & {PREGNANT, WOMAN} and _may_be_pregnant(person, view, child):
            if woman and self._names_one(PREGNANT, view):
                return PREGNANT
            if person.sex is None and self._names_one(WOMAN, view):
                return WOMAN
        if not bases & {SEX, WOMAN} and person.sex is None and not woman and not view.pregnant:
            women = best(replace(person, sex="女"), child)
            if women != best(replace(person, sex="男"), child):
                return SEX
        return None

    def _names_one(self, question_id: str, view: View) -> bool:
        return any(term in view.present for term in self._questions.person[question_id].terms)

    # -- findings -------------------------------------------------------------------------------------

    def _about_findings(
        self,
        case: Case,
        view: View,
        bases: set[str],
        offered: set[str],
        posterior: Posterior,
        child: bool,
    ) -> str | None:
        if posterior.departments[0][1] >= CLEAR or (offered and offered.isdisjoint(view.present)):
            # Clear, or a list brought nothing: whoever has only a headache is not asked through them all.
            return None
        said = {finding.term for finding in case.findings} | view.present.keys() | offered
        age = _oldest(case, view)
        candidates = [
            term
            for term, question in self._questions.finding.items()
            if term not in said
            and question.id not in bases
            and (age is None or age >= question.from_age)
            and view.denied.isdisjoint(self._parents.get(term, ()))
        ]
        terms, worth = self._information.options(posterior, candidates, child=child, most=MOST_OPTIONS)
        if worth < WORTH:
            return None
        return self._questions.finding[terms[0]].id if len(terms) == 1 else id_of({WHICH: terms})


def _aged(case: Case, years: float) -> Case:
    return replace(case, person=replace(case.person, age=years))


def _oldest(case: Case, view: View) -> float | None:
    """The age, or the most that the words for a baby allow; None where nobody has said."""
    if case.person.age is None and view.stage in {Stage.NEWBORN, Stage.INFANT}:
        return 1.0
    return case.person.age


def _age_open(case: Case, view: View) -> bool:
    person = case.person
    return person.age is None and view.stage is None and not view.pregnant and person.postpartum_days is None


def _may_be_pregnant(person: Person, view: View, child: bool) -> bool:
    """Not yet said, and possible by age."""
    return (
        person.sex != "男"
        and person.pregnant is None
        and person.postpartum_days is None
        and not view.pregnant
        and (12 <= person.age <= 55 if person.age is not None else not child)
    )
