"""When a mild complaint may first be looked after at home. Everything must speak for it, nothing against.

Healthy adults only: children, people from 65 on, pregnant women and those with a chronic disease are the
groups that guidelines exclude from looking after themselves without advice. The department is named all the
same, and the patient can always book.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.conditions import Condition, SelfCare
from triage.expressions import View
from triage.inference import Posterior
from triage.model import Case, Finding, Level, RedFlagHit, Status, Subject, When

ADULT_FROM, ADULT_BELOW = 18, 65
#: Of all conditions, the leading one must have this share.
CLEAR = 0.4
#: "Rather bad" in words.
SEVERE = 6.0
#: History that makes nobody frail.
HARMLESS_HISTORY = frozenset({"药物过敏史", "瘦高体型", "长途旅行", "口服避孕药"})
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Verdict:
    """Self-care as far as it may be advised."""

    care: SelfCare
    #: False while nobody has said how long it has lasted.
    duration_known: bool


def judge(
    case: Case,
    view: View,
    hits: Sequence[RedFlagHit],
    level: Level,
    conditions: Sequence[Condition],
    posterior: Posterior,
    parents: Mapping[str, tuple[str, ...]],
) -> Verdict | None:
    """The advice, or None if a doctor should see the patient anyway."""
    if hits or case.raised or level is not Level.IV or not _robust(view):
        return None
    leading = _leading(conditions, posterior)
    if leading is None or leading.self_care is None:
        return None
    findings = [f for f in case.findings if f.subject is Subject.SELF and f.time is When.NOW]
    present = [f for f in findings if f.counts]
    if not present or any(f.status is Status.UNCERTAIN for f in findings):
        return None
    explained = set(leading.findings)
    if any(explained.isdisjoint((f.term, *parents.get(f.term, ()))) for f in present):
        return None
    if any(_alarming(f) for f in present):
        return None
    hours = [f.duration_hours for f in present if f.duration_hours is not None]
    if any(lasted > leading.self_care.days * _HOURS_A_DAY for lasted in hours):
        return None
    return Verdict(leading.self_care, duration_known=bool(hours))


def _robust(view: View) -> bool:
    """A healthy adult, as far as said, who is not pregnant and has not just given birth."""
    person = view.person
    return (
        person.age is not None
        and ADULT_FROM <= person.age < ADULT_BELOW
        and not view.pregnant
        and person.postpartum_days is None
        and person.history <= HARMLESS_HISTORY
    )


def _leading(conditions: Sequence[Condition], posterior: Posterior) -> Condition | None:
    """The condition that has a clear share of all conditions; hints for body parts say nothing here."""
    shares = posterior.conditions[: len(conditions)]
    total = float(shares.sum())
    if total <= 0:
        return None
    best = int(shares.argmax())
    return conditions[best] if float(shares[best]) >= CLEAR * total else None


def _alarming(finding: Finding) -> bool:
    return (finding.severity or 0.0) >= SEVERE or finding.course == "worsening" or bool(finding.sudden)
