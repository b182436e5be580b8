"""The urgency of a case: the most urgent of red flags, measured values and severity, and what is usual.

Levels follow 《急诊预检分诊专家共识(2018)》: any single most urgent indicator decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from core.knowledge import Entry
from triage.conditions import Condition
from triage.expressions import Expression, View
from triage.inference import Posterior
from triage.model import Action, Level, RedFlagHit
from triage.red_flags import ACTION_URGENCY, URGENCY, Population

#: What to do at a level when no rule says otherwise.
DEFAULT_ACTION = {
    Level.I: Action.CALL_120,
    Level.II: Action.EMERGENCY,
    Level.III: Action.URGENT_CLINIC,
    Level.IV: Action.CLINIC,
}
#: A condition counts for the usual level from this share on.
LIKELY = 0.3


class LevelRule(Entry):
    """Measured values or severity that set a level without being a red flag of a condition."""

    id: str = Field(pattern=r"^level_[a-z0-9_]+$")
    population: Population = Population()
    when: Expression
    level: Level
    action: Action | None = None


def decide(
    view: View,
    red_flags: Sequence[RedFlagHit],
    rules: Sequence[LevelRule],
    conditions: Sequence[Condition],
    posterior: Posterior,
) -> tuple[Level, Action]:
    """The most urgent level, and the most urgent action of those that gave it a reason."""
    found = [(hit.level, hit.action) for hit in red_flags]
    found += [
        (rule.level, rule.action or DEFAULT_ACTION[rule.level])
        for rule in rules
        if rule.population.includes(view) and rule.when.holds(view)
    ]
    for condition, share in zip(conditions, posterior.conditions, strict=False):
        # Without a red flag a guess at a condition alone never makes an emergency.
        if share >= LIKELY and URGENCY[condition.level] >= URGENCY[Level.III]:
            found.append((condition.level, DEFAULT_ACTION[condition.level]))
    if not found:
        return Level.IV, Action.CLINIC
    level = min((level for level, _ in found), key=URGENCY.__getitem__)
    action = min((action for _, action in found), key=ACTION_URGENCY.__getitem__)
    return level, action
