"""The short cut of the red flags never changes what they say."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loaded import triage as loaded_triage
from triage import Case, Finding, Person
from triage.expressions import Expression, View

FLAGS = loaded_triage().knowledge.red_flags
TERMS = sorted({term for flag in FLAGS for term in flag.when.terms()})
HISTORY = sorted({term for flag in FLAGS for term in flag.when.histories()})

findings = st.builds(
    Finding,
    term=st.sampled_from(TERMS),
    sudden=st.sampled_from([None, True, False]),
    severity=st.sampled_from([None, 2.0, 9.0]),
    duration_hours=st.sampled_from([None, 0.2, 30.0, 3000.0]),
)
people = st.builds(
    Person,
    age=st.sampled_from([None, 0.02, 0.4, 5.0, 30.0, 70.0]),
    pregnant=st.sampled_from([None, True]),
    history=st.frozensets(st.sampled_from(HISTORY), max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(findings, max_size=6), people)
def test_a_flag_that_is_skipped_could_not_hold(found: list[Finding], person: Person) -> None:
    case = Case(tuple(found), person)
    view = View.of(case, loaded_triage().knowledge.parents)
    for flag in FLAGS:
        assert flag.holds(view) == (flag.population.includes(view) and flag.when.holds(view)), flag.id


def test_a_tree_that_needs_no_finding_is_never_skipped() -> None:
    tree = Expression.model_validate({"any": [{"finding": "腹痛"}, {"history": "糖尿病"}]})
    assert tree.one_of() is None
    assert Expression.model_validate({"all": [{"age_from": 3}, "腹痛"]}).one_of() == {"腹痛"}
    either = Expression.model_validate({"at_least": 1, "of": ["腹痛", {"finding": ["发热", "咳嗽"]}]})
    assert either.one_of() == {"腹痛", "发热", "咳嗽"}
