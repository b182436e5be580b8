"""What asking for findings is expected to tell."""

from __future__ import annotations

import pytest

from tests.triage.building import case_of
from triage import Case, Finding, Status, Triage
from triage.expressions import View
from triage.inference import Inference, Posterior
from triage.information import Information


@pytest.fixture(scope="module")
def inference(engine: Triage) -> Inference:
    base = engine.knowledge
    return Inference(base.conditions, base.hints, base.child_rules, base.parents, base.ignored_words)


@pytest.fixture(scope="module")
def information(engine: Triage, inference: Inference) -> Information:
    return Information(inference, engine.knowledge.parents)


def posterior_of(engine: Triage, inference: Inference, case: Case) -> Posterior:
    return inference.posterior(case, View.of(case, engine.knowledge.parents), child=False)


def test_each_further_option_adds_something_and_none_is_wider_than_another(
    engine: Triage, inference: Inference, information: Information
) -> None:
    posterior = posterior_of(engine, inference, case_of(engine, "头晕", age=50))
    one, little = information.options(posterior, inference.terms, child=False, most=1)
    five, more = information.options(posterior, inference.terms, child=False, most=5)
    assert five[:1] == one
    assert len(five) == 5
    assert 0 < little < more
    for term in five:
        assert not set(engine.knowledge.parents.get(term, ())).intersection(five)


def test_where_all_departments_agree_nothing_is_worth_asking(
    engine: Triage, inference: Inference, information: Information
) -> None:
    posterior = posterior_of(engine, inference, case_of(engine, "牙痛", "牙龈肿痛", age=40, sex="男"))
    assert information.options(posterior, inference.terms, child=False, most=5)[1] < 0.3


def test_a_no_speaks_against_what_mostly_comes_with_it(engine: Triage, inference: Inference) -> None:
    said = case_of(engine, "咳嗽", "发热", age=40, sex="男")
    denied = case_of(engine, "咳嗽", Finding("发热", Status.ABSENT), age=40, sex="男")
    unsaid = case_of(engine, "咳嗽", age=40, sex="男")
    number = next(
        i for i, c in enumerate(inference.conditions) if "发热" in c.hallmark and "咳嗽" in c.hallmark
    )
    shares = [
        float(posterior_of(engine, inference, case).conditions[number]) for case in (denied, unsaid, said)
    ]
    assert shares == sorted(shares)
    assert shares[0] < shares[1] / 2
