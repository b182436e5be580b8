"""Emergency criteria: read from knowledge/red_flags, asked of every case, in every context.

A criterion whose population is not known applies unless the case clearly speaks against it: an unknown age
must not hide a stroke. Criteria for pregnancy, the puerperium and small children need a word of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from pydantic import Field

from core.knowledge import Entry, Strict
from triage.expressions import Expression, View
from triage.model import Action, Case, Level, RedFlagHit
from triage.people import Stage

URGENCY = {Level.I: 0, Level.II: 1, Level.III: 2, Level.IV: 3}
ACTION_URGENCY = {
    Action.CALL_120: 0,
    Action.EMERGENCY: 1,
    Action.URGENT_CLINIC: 2,
    Action.CLINIC: 3,
    Action.SELF_CARE: 4,
}
#: Upper age of the stages that a word alone tells, years.
_STAGE_AGE = {Stage.NEWBORN: 0.05, Stage.INFANT: 0.5, Stage.CHILD: 6.0}


class Population(Strict):
    """Whom a criterion is for; an empty one is for everybody."""

    #: Years; not applied while the age is unknown, unless `known` is set.
    age_from: float | None = None
    age_below: float | None = None
    #: The age (or a word for a child) must be known for it to apply.
    known: bool = False
    sex: Literal["男", "女"] | None = None
    pregnant: bool = False
    postpartum: bool = False

    def includes(self, view: View) -> bool:
        person = view.person
        age = person.age if person.age is not None else _STAGE_AGE.get(view.stage) if view.stage else None
        if age is None and self.known:
            return False
        if age is not None and self.age_from is not None and age < self.age_from:
            return False
        if age is not None and self.age_below is not None and age >= self.age_below:
            return False
        if self.sex is not None and person.sex not in {None, self.sex}:
            return False
        after_birth = person.postpartum_days is not None
        if self.pregnant and self.postpartum:
            return view.pregnant or after_birth
        return (not self.pregnant or view.pregnant) and (not self.postpartum or after_birth)


class RedFlag(Entry):
    """One emergency criterion."""

    id: str = Field(pattern=r"^rf_[A-Z]\d\d[a-z]?$")
    #: What it may be, for staff; never shown to patients as a diagnosis.
    name: str
    population: Population = Population()
    when: Expression
    level: Level
    action: Action
    #: For the patient while waiting: plain, correct, cautious.
    advice: str = Field(min_length=8)
    kind: Literal["medical", "suicide", "violence"] = "medical"
    #: Words of a good end belong to it (几分钟就好了): they are no reason to hold it back.
    passing: bool = False
    #: Where the patient is looked after once the emergency is ruled out or met; standard departments.
    departments: tuple[str, ...] = ("急诊科",)

    @cached_property
    def one_of(self) -> frozenset[str] | None:
        """What `when` cannot hold without: spares most criteria a look at most cases."""
        return self.when.one_of()

    def holds(self, view: View) -> bool:
        if self.one_of is not None and view.present.keys().isdisjoint(self.one_of):
            return False
        return self.population.includes(view) and self.when.holds(view)

    def hit(self, view: View) -> RedFlagHit:
        return RedFlagHit(
            self.id, self.name, self.level, self.action, self.advice, self.when.because(view), self.kind
        )


def screen(flags: Sequence[RedFlag], case: Case, view: View) -> tuple[RedFlagHit, ...]:
    """All criteria that were raised before or hold now and are not in doubt, the most urgent first."""
    hits = [
        flag.hit(view)
        for flag in flags
        if flag.id in case.raised or (flag.id not in case.doubted and flag.holds(view))
    ]
    return tuple(sorted(hits, key=lambda hit: (URGENCY[hit.level], ACTION_URGENCY[hit.action])))
