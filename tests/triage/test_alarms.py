"""The second opinion on words: it adds alarms that no rule heard and holds back mere likenesses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pytest

from tests import loaded
from triage import Case, Finding, Reading, Triage
from triage.alarms import ALARM, DOUBT, Alarms
from triage.experience import Experience
from triage.expressions import View

ENGINE = loaded.triage()
FLAGS = ENGINE.knowledge.red_flags
WIDER = ENGINE.knowledge.parents
SIGNS = (Finding("胸痛"), Finding("冷汗"))


class Opinion(Experience):
    """Says what it is told to say."""

    odds = 0.0
    best = "rf_A02"

    def alarming(
        self, texts: Sequence[str], findings: Iterable[Finding], wider: Mapping[str, tuple[str, ...]]
    ) -> float:
        return self.odds

    def criterion(self, texts: object, findings: object, wider: object, among: object) -> tuple[str, float]:
        return self.best, 1.0


LONG = "很长的一句话" * 5


def heard(odds: float | None, *findings: Finding, said: str = LONG, answer: bool = False) -> Case:
    """A first message whose words sound so much like an emergency (None: no opinion)."""
    opinion = None
    if odds is not None:
        opinion = object.__new__(Opinion)
        type(opinion).odds = odds
    case = Case(findings=findings, words=(said,) if said else ())
    before, view = View.of(Case(), WIDER), View.of(case, WIDER)
    return Alarms(FLAGS, opinion, WIDER).hear(before, case, view, said, findings, answer=answer)


def test_without_an_opinion_the_rules_decide() -> None:
    assert heard(None, *SIGNS).raised == ("rf_A02",)
    assert heard(None, Finding("咳嗽")).raised == ()


def test_a_rule_that_fires_on_harmless_words_is_held_back_and_remembered() -> None:
    case = heard(DOUBT - 1, *SIGNS)
    assert case.raised == ()
    assert case.doubted == ("rf_A02",)
    assert ENGINE.screen(case) == ()


def test_a_rule_that_the_words_do_not_contradict_fires() -> None:
    assert heard(DOUBT + 0.1, *SIGNS).raised == ("rf_A02",)


def test_words_alone_raise_the_likeliest_criterion() -> None:
    assert heard(ALARM + 1, Finding("咳嗽")).raised == ("rf_A02",)
    assert heard(ALARM - 0.1, Finding("咳嗽")).raised == ()


def test_few_words_have_to_say_more() -> None:
    assert heard(ALARM + 1, Finding("头痛"), said="头疼").raised == ()
    assert heard(ALARM + 9, Finding("头痛"), said="头疼").raised == ("rf_A02",)


@pytest.mark.parametrize("how", [{"said": ""}, {"answer": True}])
def test_what_was_tapped_or_answered_is_never_held_back(how: dict[str, object]) -> None:
    assert heard(DOUBT - 5, *SIGNS, **how).raised == ("rf_A02",)  # type: ignore[arg-type]


def test_a_new_sign_takes_the_doubt_away() -> None:
    doubted = heard(DOUBT - 1, *SIGNS)
    grown = replace(doubted, findings=(*doubted.findings, Finding("呼吸困难")))
    view = View.of(grown, WIDER)
    again = Alarms(FLAGS, None, WIDER).hear(View.of(doubted, WIDER), grown, view, "", (), answer=True)
    assert "rf_A02" in again.raised


def test_what_was_raised_stays_whatever_is_said_later() -> None:
    case = heard(DOUBT + 1, *SIGNS)
    view = View.of(case, WIDER)
    opinion = object.__new__(Opinion)
    type(opinion).odds = DOUBT - 9
    later = Alarms(FLAGS, opinion, WIDER).hear(view, case, view, "没事了", (), answer=False)
    assert later.raised == case.raised


def test_the_real_opinion_hears_what_no_rule_foresaw_and_lets_a_joke_pass() -> None:
    def raised(engine: Triage, text: str) -> bool:
        return bool(engine.add(Case(), engine.read(text), text).raised)

    assert raised(ENGINE, "老伴手里的碗啪嗒掉地上，问他话他光瞪着我，一边嘴角往下流哈喇子")
    for harmless in (
        "头疼",
        "今天股票涨了，笑死我了",
        "我想给我妈挂明天上午的心内科",
        "谢谢医生，伤口好多了",
    ):
        assert not raised(ENGINE, harmless)


def test_a_case_without_words_is_judged_by_its_findings() -> None:
    case = ENGINE.add(Case(), Reading(SIGNS), "")
    assert case.raised == ("rf_A02",)


def test_signs_that_are_over_by_their_nature_are_not_held_back() -> None:
    passed = Finding("一过性发作")
    [flag] = [flag for flag in FLAGS if flag.passing]
    case = heard(DOUBT - 5, passed, Finding("言语不清"))
    assert flag.id in case.raised
