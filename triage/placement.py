"""What a hospital decides for itself: who sees a patient that several departments could see.

Each group of knowledge/rules/hospital is one such decision; the hospital picks an option by its id. A group
either names conditions, whose patients then go to the option's departments, or says of whom it is (what is
said, who it is), and the share of its departments then moves. Emergencies are placed after this, and first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from core.knowledge import Entry, Strict
from triage.expressions import Expression, View
from triage.red_flags import Population

#: Shares of the first, second and third department of a list.
SHARES = (0.66, 0.24, 0.10)


class RuleOption(Strict):
    """One way to do it; without departments things stay as the knowledge has them."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    #: In Chinese, for the hospital.
    title: str = Field(min_length=2)
    departments: tuple[str, ...] = Field(default=(), max_length=len(SHARES))


class RuleGroup(Entry):
    """One decision of the hospital."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    #: The question, in Chinese, for the hospital.
    title: str = Field(min_length=2)
    #: Ids of conditions; a condition is in one group at most.
    conditions: tuple[str, ...] = ()
    when: Expression | None = None
    population: Population = Population()
    #: Whose share moves where `when` and `population` hold; none: that of all.
    departments: tuple[str, ...] = ()
    options: tuple[RuleOption, ...] = Field(min_length=2)
    default: str

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [option.id for option in self.options]
        if len(set(ids)) < len(ids):
            raise ValueError("two options have the same id")
        if self.default not in ids:
            raise ValueError(f"default {self.default} is none of its options")
        if bool(self.conditions) == (self.when is not None or self.population != Population()):
            raise ValueError("give either conditions, or when and population")
        if self.conditions and self.departments:
            raise ValueError("departments go with when and population; conditions have their own")
        return self

    @cached_property
    def _departments_of(self) -> Mapping[str, tuple[str, ...]]:
        return {option.id: option.departments for option in self.options}

    def chosen(self, choices: Mapping[str, str]) -> tuple[str, ...]:
        """Departments of the option that the hospital picked."""
        return self._departments_of[choices.get(self.id, self.default)]

    def holds(self, view: View) -> bool:
        return self.population.includes(view) and (self.when is None or self.when.holds(view))


def wrong_choices(groups: Sequence[RuleGroup], choices: Mapping[str, str]) -> dict[str, str]:
    """Choices that cannot be made: group → what to correct."""
    known = {group.id: [option.id for option in group.options] for group in groups}
    faults = {}
    for group, option in choices.items():
        if group not in known:
            faults[group] = "no such group of rules; see triage/knowledge/rules/hospital"
        elif option not in known[group]:
            faults[group] = f"{option} is no option of this group; it has {', '.join(known[group])}"
    return faults


def by_condition(groups: Sequence[RuleGroup], choices: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Condition → the departments that the hospital chose for it."""
    return {
        condition: departments
        for group in groups
        if (departments := group.chosen(choices))
        for condition in group.conditions
    }


def moved(
    groups: Sequence[RuleGroup],
    choices: Mapping[str, str],
    view: View,
    scores: Sequence[tuple[str, float]],
) -> list[tuple[str, float]]:
    """Departments and scores after the groups that hold for this patient, best first; the sum stays."""
    ranked = list(scores)
    for group in groups:
        chosen = group.chosen(choices)
        if group.conditions or not chosen or not group.holds(view):
            continue
        leaving = {name for name, _ in ranked if not group.departments or name in group.departments}
        share = sum(score for name, score in ranked if name in leaving)
        if not share:
            continue
        parts = {name: score for name, score in ranked if name not in leaving}
        weights = SHARES[: len(chosen)]
        for name, weight in zip(chosen, weights, strict=True):
            parts[name] = parts.get(name, 0.0) + share * weight / sum(weights)
        ranked = sorted(parts.items(), key=lambda pair: -pair[1])
    return ranked
