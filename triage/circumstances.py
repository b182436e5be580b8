"""What speaks for a condition besides findings and words: age, sex, pregnancy, season and the time it lasts.

Every weight is a natural logarithm that is added to a condition's score. They are reasoned, not fitted:
age and season make a condition less likely, never impossible; sex and pregnancy nearly decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from triage.conditions import Condition, Course, Hint, Season
from triage.expressions import View
from triage.model import Case, Finding
from triage.people import Stage

Floats = NDArray[np.float64]

#: Weight of an age outside the condition's range, and of a sex or pregnancy that does not fit.
OUT_OF_AGE = 0.03
UNFIT = 0.001
#: Conditions of children while nobody spoke of a child; of pregnancy while nobody spoke of one.
CHILD_UNSAID = 0.05
PREGNANCY_UNSAID = 0.1
PREGNANCY_SAID = 2.0
#: A condition in one of its seasons, and out of them.
IN_SEASON, OUT_OF_SEASON = np.log(1.5), np.log(0.75)
#: Ages in years that a stage known by a word alone may stand for: 宝宝 is three months old or ten years.
STAGE_YEARS = {Stage.NEWBORN: (0.04,), Stage.INFANT: (0.5,), Stage.CHILD: (0.4, 1.0, 2.0, 4.0, 7.0, 11.0)}
#: How far a known age speaks for conditions of that time of life and against those of any age. Shared out
#: over the years of its range, a condition of newborns is far denser at ten days than one of all ages; the
#: ends of the ranges are soft, so only a part of that counts.
AGE_FOCUS = 0.35
LONGEST_LIFE = 120.0

_SEASONS: tuple[Season, ...] = ("冬", "春", "夏", "秋")
#: Ends of the spans that a duration is sorted into, hours: three days, two weeks, six weeks, three months.
SPANS = (72, 14 * 24, 42 * 24, 91 * 24)
#: How often patients say such a span, whatever they have.
_ANY_COURSE = (0.30, 0.25, 0.13, 0.11, 0.21)
#: How often they say it when the condition takes this course. Who has it for years may still come on the
#: second day of a bad spell, so no span rules a course out.
_BY_COURSE: dict[Course, tuple[float, ...]] = {
    "acute": (0.50, 0.33, 0.10, 0.04, 0.03),
    "chronic": (0.10, 0.15, 0.15, 0.18, 0.42),
    "recurrent": (0.25, 0.22, 0.13, 0.13, 0.27),
}
#: "Suddenly", and "comes and goes", by course.
_SUDDEN: dict[Course, float] = {"acute": 0.4, "chronic": -0.7, "recurrent": 0.0}
_IN_BOUTS: dict[Course, float] = {"acute": -0.3, "chronic": 0.0, "recurrent": 0.7}


class Circumstances:
    """The conditions (then the hints, which only have a sex) as arrays; never changed."""

    def __init__(self, conditions: Sequence[Condition], hints: Sequence[Hint]) -> None:
        more = len(hints)
        self._rows = len(conditions) + more
        self._age_from = np.array([c.age_from for c in conditions] + [0.0] * more)
        self._age_to = np.array([c.age_to for c in conditions] + [LONGEST_LIFE] * more)
        self._focus = AGE_FOCUS * np.log(LONGEST_LIFE / (self._age_to - self._age_from))
        entries: list[Condition | Hint] = [*conditions, *hints]
        self._male_only = np.array([e.sex == "男" for e in entries])
        self._female_only = np.array([e.sex == "女" for e in entries])
        self._pregnant_only = np.array([c.pregnant == "only" for c in conditions] + [False] * more)
        self._pregnant_never = np.array([c.pregnant == "never" for c in conditions] + [False] * more)
        seasons = [c.seasons for c in conditions] + [()] * more
        self._season = {
            season: np.array(
                [0.0 if not own else IN_SEASON if season in own else OUT_OF_SEASON for own in seasons]
            )
            for season in _SEASONS
        }
        courses = [c.course for c in conditions] + [None] * more
        self._span = np.log([[_span_odds(course, i) for course in courses] for i in range(len(SPANS) + 1)])
        self._sudden = np.array([_SUDDEN[course] if course else 0.0 for course in courses])
        self._in_bouts = np.array([_IN_BOUTS[course] if course else 0.0 for course in courses])

    def weights(
        self, case: Case, view: View, listed: dict[str, NDArray[np.bool_]], month: int | None
    ) -> Floats:
        """One weight a row. `listed` says of each present term which rows list it or a wider term."""
        weight = self._person(view) + self._time(case, listed)
        return weight if month is None else weight + self._season[_SEASONS[month % 12 // 3]]

    def _time(self, case: Case, listed: dict[str, NDArray[np.bool_]]) -> Floats:
        """Of the findings that a condition explains, the longest tells how long it has lasted."""
        weight = np.zeros(self._rows)
        counting = [f for f in case.findings if f.counts and f.term in listed]
        lasting = [f for f in counting if f.duration_hours is not None]
        for finding in sorted(lasting, key=_hours):
            span = self._span[np.searchsorted(SPANS, _hours(finding))]
            weight = np.where(listed[finding.term], span, weight)
        for said, odds in (
            ([f for f in counting if f.sudden], self._sudden),
            ([f for f in counting if f.course == "intermittent"], self._in_bouts),
        ):
            if said:
                weight = weight + np.where(np.any([listed[f.term] for f in said], axis=0), odds, 0.0)
        return weight

    def _person(self, view: View) -> Floats:
        person = view.person
        weight = np.zeros(self._rows)
        by_word = STAGE_YEARS.get(view.stage) if view.stage else None
        ages = by_word if person.age is None else (person.age,)
        if ages is not None:
            fits = np.mean([(age >= self._age_from) & (age <= self._age_to) for age in ages], axis=0)
            weight = weight + np.where(fits > 0, self._focus, 0.0) + np.log(np.maximum(fits, OUT_OF_AGE))
        else:
            # Conditions of children only: who writes for a child mostly says so.
            weight = weight + np.where(self._age_to <= 18, np.log(CHILD_UNSAID), 0.0)
        if person.sex is not None:
            wrong = self._female_only if person.sex == "男" else self._male_only
            weight = weight + np.where(wrong, np.log(UNFIT), 0.0)
        if view.pregnant:
            weight = weight + np.where(self._pregnant_never, np.log(UNFIT), 0.0)
            return weight + np.where(self._pregnant_only, PREGNANCY_SAID, 0.0)
        unlikely = UNFIT if person.pregnant is False or person.sex == "男" else PREGNANCY_UNSAID
        return weight + np.where(self._pregnant_only, np.log(unlikely), 0.0)


def _span_odds(course: Course | None, span: int) -> float:
    return 1.0 if course is None else _BY_COURSE[course][span] / _ANY_COURSE[span]


def _hours(finding: Finding) -> float:
    return finding.duration_hours or 0.0
