"""The `when` trees of red flags and level rules: what must be true of a case for a rule to fire.

A tree is read from YAML (`all`, `any`, `at_least … of`, findings, history, facts of the person) and asked
two things: does it hold, and if not, which single finding is it short of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import model_validator

from core.knowledge import Strict
from triage.model import Case, Finding, Person, Status, Subject, When
from triage.people import Stage, stage

_INFINITE = 99
#: Findings that tell of a pregnancy although the word was not said.
PREGNANCY_SIGNS = frozenset({
    "停经", "胎动减少", "羊水流出", "规律宫缩", "脐带脱垂", "前置胎盘", "见红",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A case, looked at once for all rules."""

    present: Mapping[str, tuple[Finding, ...]]
    #: Terms that the person has not, by their own words.
    denied: frozenset[str]
    person: Person
    stage: Stage | None
    #: True if anything of the complaint came on suddenly; often said once for several findings.
    sudden: bool

    @classmethod
    def of(cls, case: Case, parents: Mapping[str, tuple[str, ...]]) -> View:
        """`parents` names the wider terms of a term: 右下腹痛 counts as 腹痛 as well."""
        present: dict[str, tuple[Finding, ...]] = {}
        denied: set[str] = set()
        for finding in case.findings:
            if finding.counts:
                for term in (finding.term, *parents.get(finding.term, ())):
                    present[term] = (*present.get(term, ()), finding)
            elif (
                finding.status is Status.ABSENT
                and finding.subject is Subject.SELF
                and finding.time is When.NOW
            ):
                denied.add(finding.term)
        sudden = any(found.sudden for group in present.values() for found in group)
        return cls(present, frozenset(denied - present.keys()), case.person, stage(case), sudden)

    @property
    def pregnant(self) -> bool:
        """A pregnancy was said, or a sign that only a pregnancy has; never for men."""
        person = self.person
        if person.sex == "男" or person.pregnant is False:
            return False
        return bool(person.pregnant or person.gestation_weeks or PREGNANCY_SIGNS & self.present.keys())


class Expression(Strict):
    """One node. Exactly one kind of node is given; the limits belong to `finding`."""

    all: tuple[Expression, ...] | None = None
    any: tuple[Expression, ...] | None = None
    at_least: int | None = None
    of: tuple[Expression, ...] | None = None
    #: One of these terms is present, now, in the patient.
    finding: tuple[str, ...] | None = None
    #: One of these is in the history.
    history: tuple[str, ...] | None = None
    #: Age in years, known: from this one on / younger than this one.
    age_from: float | None = None
    age_below: float | None = None
    sex: str | None = None
    pregnant: bool | None = None
    #: Completed weeks of pregnancy: from / less than; holds only if said.
    weeks_from: float | None = None
    weeks_below: float | None = None
    postpartum: bool | None = None

    #: 0–10; a finding whose severity was not said does not fulfil it.
    severity_from: float | None = None
    #: The finding, or the complaint as a whole, came on suddenly.
    sudden: bool | None = None
    #: Hours it has lasted: at least (must be said) / at most (holds if not said).
    hours_from: float | None = None
    hours_to: float | None = None
    #: Hours it has lasted, at most, and said.
    within_hours: float | None = None
    #: Measured value in the unit of the term: at least / less than / more than.
    value_from: float | None = None
    value_below: float | None = None
    value_above: float | None = None
    #: One of these is in the body part as said.
    site: tuple[str, ...] | None = None
    course: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, raw: Any) -> Any:
        if isinstance(raw, str):
            return {"finding": (raw,)}
        if isinstance(raw, Mapping):
            lists = {"finding", "history", "site"}
            return {k: (v,) if k in lists and isinstance(v, str) else v for k, v in raw.items()}
        return raw

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = (self.all, self.any, self.of, self.finding, self.history, self.age_from, self.age_below,
                 self.sex, self.pregnant, self.weeks_from, self.weeks_below, self.postpartum)  # fmt: skip
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError(
                "give exactly one of all, any, of, finding, history, age, sex, pregnant, weeks, postpartum"
            )
        if (self.of is None) != (self.at_least is None):
            raise ValueError("at_least and of go together")
        if self.finding is None and self._limits():
            raise ValueError(f"{', '.join(self._limits())} need a finding")
        return self

    @property
    def has_limits(self) -> bool:
        """True if the finding alone is not enough: its severity, time, value or place matters."""
        return bool(self._limits())

    def _limits(self) -> list[str]:
        names = (
            "severity_from", "sudden", "hours_from", "hours_to", "within_hours", "value_from", "value_below",
            "value_above", "site", "course",
        )  # fmt: skip
        return [name for name in names if getattr(self, name) is not None]

    # -- asking ---------------------------------------------------------------------------------------

    def holds(self, view: View) -> bool:
        if self.all is not None:
            return all(part.holds(view) for part in self.all)
        if self.any is not None:
            return any(part.holds(view) for part in self.any)
        if self.of is not None and self.at_least is not None:
            return sum(part.holds(view) for part in self.of) >= self.at_least
        if self.finding is not None:
            return any(
                self._fits(found, view) for term in self.finding for found in view.present.get(term, ())
            )
        if self.history is not None:
            return not view.person.history.isdisjoint(self.history)
        return self._person_holds(view)

    def _person_holds(self, view: View) -> bool:
        person = view.person
        if self.age_from is not None:
            old_by_word = person.age is None and view.stage is Stage.OLD and self.age_from <= 65
            return old_by_word or (person.age is not None and person.age >= self.age_from)
        if self.age_below is not None:
            if person.age is not None:
                return person.age < self.age_below
            # A child of unknown age is taken to be as young as the word allows.
            youngest = {Stage.NEWBORN: 0.0, Stage.INFANT: 28 / 365, Stage.CHILD: 1.0}
            return view.stage in youngest and youngest[view.stage] < self.age_below
        if self.sex is not None:
            return person.sex == self.sex
        if self.pregnant is not None:
            return view.pregnant is self.pregnant
        if self.postpartum is not None:
            return (person.postpartum_days is not None) is self.postpartum
        weeks = person.gestation_weeks
        if weeks is None:
            return False
        return weeks >= self.weeks_from if self.weeks_from is not None else weeks < (self.weeks_below or 0)

    def _fits(self, found: Finding, view: View) -> bool:
        hours, value = found.duration_hours, found.value
        return (
            (
                self.severity_from is None
                or (found.severity is not None and found.severity >= self.severity_from)
            )
            and (self.sudden is None or (found.sudden is True) or (found.sudden is None and view.sudden))
            and (self.hours_from is None or (hours is not None and hours >= self.hours_from))
            and (self.hours_to is None or hours is None or hours <= self.hours_to)
            and (self.within_hours is None or (hours is not None and hours <= self.within_hours))
            and (self.value_from is None or (value is not None and value >= self.value_from))
            and (self.value_below is None or (value is not None and value < self.value_below))
            and (self.value_above is None or (value is not None and value > self.value_above))
            and (
                self.site is None
                or (found.site is not None and any(part in found.site for part in self.site))
            )
            and (self.course is None or found.course == self.course)
        )

    def because(self, view: View) -> tuple[str, ...]:
        """The terms of this tree that the case has, in the order of the tree."""
        terms = [term for term in self.terms() if term in view.present]
        return tuple(dict.fromkeys(terms))

    def terms(self) -> Iterator[str]:
        """Every finding term of the tree."""
        yield from self.finding or ()
        for part in (*(self.all or ()), *(self.any or ()), *(self.of or ())):
            yield from part.terms()

    def one_of(self) -> frozenset[str] | None:
        """Terms of which one at least must be present for it to hold; None if it can hold without any."""
        if self.finding is not None:
            return frozenset(self.finding)
        if self.all is not None:
            needed = [terms for part in self.all if (terms := part.one_of()) is not None]
            return min(needed, key=len, default=None)
        parts = [part.one_of() for part in (*(self.any or ()), *(self.of or ()))]
        known = [terms for terms in parts if terms is not None]
        return frozenset().union(*known) if known and len(known) == len(parts) else None

    def histories(self) -> Iterator[str]:
        """Every history term of the tree."""
        yield from self.history or ()
        for part in (*(self.all or ()), *(self.any or ()), *(self.of or ())):
            yield from part.histories()

    def short_of(self, view: View) -> tuple[int, tuple[str, ...]]:
        """How many findings are missing for it to hold, and, if one, which plain terms would do.

        Limits, history and facts of the person are not asked for here; a tree that needs them is far off.
        """
        if self.holds(view):
            return 0, ()
        if self.finding is not None:
            open_terms = tuple(t for t in self.finding if t not in view.denied and t not in view.present)
            return (1, open_terms) if open_terms and not self._limits() else (_INFINITE, ())
        if self.any is not None:
            return _cheapest([part.short_of(view) for part in self.any], 1)
        if self.all is not None:
            return _cheapest([part.short_of(view) for part in self.all], len(self.all))
        if self.of is not None and self.at_least is not None:
            return _cheapest([part.short_of(view) for part in self.of], self.at_least)
        return _INFINITE, ()


def _cheapest(parts: list[tuple[int, tuple[str, ...]]], wanted: int) -> tuple[int, tuple[str, ...]]:
    costs = sorted(cost for cost, _ in parts)[:wanted]
    total = sum(costs)
    if total != 1:
        return min(total, _INFINITE), ()
    return 1, tuple(dict.fromkeys(term for cost, terms in parts if cost == 1 for term in terms))
