"""Whoever is one sign short of an emergency is asked for signs of danger: over all criteria, each alone."""

from __future__ import annotations

import itertools
from functools import cache

import pytest

from tests import loaded
from triage import Action, Assessment, Case, Finding, Person
from triage.asking import MOST_SIGNS
from triage.expressions import Expression, View
from triage.questions import NONE, SINCE
from triage.red_flags import RedFlag

ENGINE = loaded.triage()
WIDER = ENGINE.knowledge.parents
#: More ways than these to meet one criterion add nothing new.
MOST_WAYS = 300


def ways(tree: Expression) -> list[frozenset[str]]:
    """Sets of plain findings that meet a criterion; none where it needs a limit, an age or a history."""
    if tree.finding is not None:
        return [] if tree.has_limits else [frozenset({term}) for term in tree.finding]
    if tree.any is not None:
        return [way for part in tree.any for way in ways(part)]
    if tree.all is not None:
        return joined([ways(part) for part in tree.all])
    if tree.of is not None and tree.at_least is not None:
        picks = itertools.combinations([ways(part) for part in tree.of], tree.at_least)
        return [way for pick in picks for way in joined(list(pick))][:MOST_WAYS]
    return []


def joined(parts: list[list[frozenset[str]]]) -> list[frozenset[str]]:
    return [frozenset().union(*pick) for pick in itertools.islice(itertools.product(*parts), MOST_WAYS)]


def somebody(flag: RedFlag) -> Person:
    """Of the criterion's population."""
    people = flag.population
    age = people.age_from or (people.age_below / 2 if people.age_below else 40.0)
    sex = people.sex or ("女" if people.pregnant or people.postpartum else "男")
    days = 3.0 if people.postpartum else None
    return Person(age=age, sex=sex, pregnant=people.pregnant or None, postpartum_days=days)


@cache
def assessed(term: str, person: Person) -> Assessment:
    return ENGINE.assess(Case(findings=(Finding(term),), person=person))


@pytest.mark.parametrize("flag", ENGINE.knowledge.red_flags, ids=lambda flag: flag.id)
def test_whoever_is_one_sign_short_is_asked_for_signs_of_danger(flag: RedFlag) -> None:
    unasked = []
    for way in {one for one in ways(flag.when) if len(one) == 2}:
        for missing in way:
            [there] = way - {missing}
            case = Case(findings=(Finding(there),), person=somebody(flag))
            view = View.of(case, WIDER)
            if missing not in ENGINE.knowledge.told_words or flag.when.holds(view):
                continue
            if missing not in flag.when.short_of(view)[1]:
                # One sign that stands for two parts of the criterion at once is not looked for.
                continue
            assessment = assessed(there, somebody(flag))
            question = assessment.next_question
            alone = Case(findings=(Finding(missing),), person=somebody(flag))
            if assessment.red_flags or not assessment.departments or ENGINE.screen(alone):
                continue
            mild = assessment.action is Action.SELF_CARE or (question is not None and question.id == SINCE)
            if not mild and (question is None or question.kind != "red_flag"):
                unasked.append((there, missing, question and question.id))
    assert unasked == []


def test_signs_are_few_plain_and_may_all_be_denied() -> None:
    case = Case(findings=(Finding("鼻出血"),), person=Person(age=40.0))
    question = ENGINE.assess(case).next_question
    assert question is not None
    assert question.id.startswith("q_rf_any:")
    assert question.options[-1].value == NONE
    assert len(question.options) <= MOST_SIGNS + 1
    again = ENGINE.answer(
        Case(findings=(Finding("鼻出血"),), person=Person(age=40.0)), question.id, "以上都没有"
    )
    assert again is not None
    after = ENGINE.assess(again).next_question
    assert after is None or after.kind != "red_flag"


def test_a_sign_that_is_tapped_completes_the_emergency() -> None:
    case = Case(findings=(Finding("鼻出血"),), person=Person(age=40.0))
    question = ENGINE.assess(case).next_question
    assert question is not None
    answered = ENGINE.answer(case, question.id, "晕厥")
    assert answered is not None
    assert ENGINE.screen(answered)
