"""Season, and the time a complaint has lasted, move a condition up or down, and no more than that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from triage import Case, Finding, Person, Status
from triage.circumstances import Circumstances
from triage.conditions import Condition
from triage.expressions import View

DAY, YEAR = 24.0, 24.0 * 365


def condition(name: str, **more: Any) -> Condition:
    entry = {
        "id": name,
        "name": name,
        "departments": ["消化内科"],
        "prior": "common",
        "source": "《内科学》第9版",
    }
    return Condition.model_validate({**entry, "hallmark": ["腹痛"], "review": {"status": "draft"}, **more})


def weights(
    *conditions: Condition, findings: tuple[Finding, ...] = (), month: int | None = None
) -> list[float]:
    case = Case(findings, Person(age=40, sex="男"))
    listed = {f.term: np.array([f.term in c.findings for c in conditions]) for f in findings}
    return list(Circumstances(conditions, ()).weights(case, View.of(case, {}), listed, month))


ACUTE = condition("acute_one", course="acute")
CHRONIC = condition("chronic_one", course="chronic")
RECURRENT = condition("recurrent_one", course="recurrent")
PLAIN = condition("plain_one")


def test_what_lasts_for_years_speaks_for_what_is_chronic() -> None:
    acute, chronic, plain = weights(
        ACUTE, CHRONIC, PLAIN, findings=(Finding("腹痛", duration_hours=3 * YEAR),)
    )
    assert chronic > plain > acute
    assert plain == 0


def test_what_began_yesterday_speaks_for_what_is_acute() -> None:
    acute, chronic = weights(ACUTE, CHRONIC, findings=(Finding("腹痛", duration_hours=DAY),))
    assert acute > 0 > chronic


def test_no_duration_rules_a_course_out() -> None:
    for hours in (1.0, 10 * DAY, 60 * DAY, 20 * YEAR):
        assert (
            min(weights(ACUTE, CHRONIC, RECURRENT, findings=(Finding("腹痛", duration_hours=hours),))) > -2.5
        )


def test_the_longest_finding_that_the_condition_explains_counts() -> None:
    findings = (Finding("腹痛", duration_hours=DAY), Finding("膝关节痛", duration_hours=3 * YEAR))
    assert weights(ACUTE, findings=findings) == weights(ACUTE, findings=findings[:1])


def test_what_is_not_there_now_tells_no_time() -> None:
    gone = Finding("腹痛", Status.ABSENT, duration_hours=3 * YEAR)
    assert weights(ACUTE, CHRONIC, findings=(gone,)) == [0, 0]


def test_bouts_speak_for_what_comes_back() -> None:
    acute, recurrent = weights(ACUTE, RECURRENT, findings=(Finding("腹痛", course="intermittent"),))
    assert recurrent > 0 > acute


def test_a_sudden_start_speaks_against_what_is_chronic() -> None:
    acute, chronic = weights(ACUTE, CHRONIC, findings=(Finding("腹痛", sudden=True),))
    assert acute > 0 > chronic


@pytest.mark.parametrize(("month", "season"), [(1, "冬"), (3, "春"), (6, "夏"), (9, "秋"), (12, "冬")])
def test_a_condition_is_likelier_in_its_season(month: int, season: str) -> None:
    own, plain = weights(condition("own", seasons=[season]), PLAIN, month=month)
    assert own > plain == 0
    assert weights(condition("own", seasons=[season]), month=(month + 5) % 12 + 1)[0] < 0
    assert weights(condition("own", seasons=[season]))[0] == 0
