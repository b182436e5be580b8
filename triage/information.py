"""What an answer is expected to tell: the choice of findings to ask about, as numbers.

The measure is the expected fall of the entropy, in nats, over departments and, with less weight, over "today"
and "in the clinic". A question may offer several findings: each is judged by what it adds when none of those
before it is there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from triage.inference import Floats, Inference, Posterior
from triage.model import Level

#: Weight of knowing the level beside knowing the department.
LEVEL_WEIGHT = 0.3
#: Least that a further option must add.
WORTH_OPTION = 0.004
#: Terms are asked for only if a condition with at least this share lists them.
PLAUSIBLE = 0.015


class Information:
    """Judges findings by what asking for them would tell. Immutable."""

    def __init__(self, inference: Inference, parents: Mapping[str, tuple[str, ...]]) -> None:
        self._inference = inference
        self._parents = parents
        today = np.array([c.level is not Level.IV for c in inference.conditions], dtype=np.float64)
        self._today = np.concatenate([today, np.zeros(len(inference.hints))])
        sexes = [*(c.sex for c in inference.conditions), *(h.sex for h in inference.hints)]
        self._women = np.array([sex == "女" for sex in sexes])

    def women(self, posterior: Posterior) -> float:
        """Share of what only women have."""
        return float(posterior.conditions[self._women].sum())

    def options(
        self, posterior: Posterior, candidates: Collection[str], *, child: bool, most: int
    ) -> tuple[tuple[str, ...], float]:
        """The findings to offer together, the most telling first, and what asking for them is worth."""
        plausible = self._inference.listed_by_likely(posterior, PLAUSIBLE)
        left = [term for term in candidates if term in plausible]
        chosen: list[str] = []
        worth = 0.0
        weights = posterior.conditions
        while left and len(chosen) < most:
            gains = self._gains(weights, left, child=child)
            best = int(gains.argmax())
            if gains[best] < WORTH_OPTION:
                break
            term = left[best]
            chosen.append(term)
            worth += float(gains[best])
            weights = weights * (1.0 - self._inference.asked_there([term])[:, 0])
            left = [other for other in left if other != term and not self._overlap(term, other)]
        return tuple(chosen), worth

    def _overlap(self, one: str, other: str) -> bool:
        return one in self._parents.get(other, ()) or other in self._parents.get(one, ())

    def _gains(self, weights: Floats, terms: Sequence[str], *, child: bool) -> Floats:
        """For weights that add up to the chance of getting here, so that later options count for less."""
        there = self._inference.asked_there(terms) * weights[:, None]
        before = self._surprise(weights[:, None], child)
        gains: Floats = (
            before - self._surprise(there, child) - self._surprise(weights[:, None] - there, child)
        )
        return gains

    def _surprise(self, weights: Floats, child: bool) -> Floats:
        """Entropy times chance, per column."""
        today = self._today @ weights
        levels = np.stack([today, weights.sum(axis=0) - today])
        departments = self._inference.shares(child=child).T @ weights
        surprise: Floats = _entropy(departments) + LEVEL_WEIGHT * _entropy(levels)
        return surprise


def _entropy(weights: Floats) -> Floats:
    """Of columns that need not add up to 1, times their sum."""
    total = np.maximum(weights.sum(axis=0), 1e-12)
    shares = np.maximum(weights / total, 1e-12)
    entropy: Floats = -(total * (shares * np.log(shares)).sum(axis=0))
    return entropy
