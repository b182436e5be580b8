"""What an answer is expected to tell: the choice of findings to ask about, as numbers.

The measure is the expected fall of the entropy, in nats, over departments and, with less weight, over "today"
and "in the clinic". A question may offer several findings: each is judged by what it adds when none of those
before it is there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from triage.inference import Floats, Inference, Posterior
from triage.model import Level

#: Weight of knowing the level beside knowing the department.
LEVEL_WEIGHT = 0.3
#: Least that a further option must add.
WORTH_OPTION = 0.004
#: Conditions with less than this share are left out of the reckoning.
NEGLIGIBLE = 1e-4
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
        rows = posterior.conditions > NEGLIGIBLE
        weights = posterior.conditions[rows]
        shares = self._inference.shares(child=child)[rows]
        table = self._inference.asked_there(left)[rows]
        chosen: list[str] = []
        worth = 0.0
        while left and len(chosen) < most:
            gains = self._gains(weights, table, shares, self._today[rows])
            best = int(gains.argmax())
            if gains[best] < WORTH_OPTION:
                break
            term = left[best]
            chosen.append(term)
            worth += float(gains[best])
            weights = weights * (1.0 - table[:, best])
            kept = [i for i, other in enumerate(left) if other != term and not self._overlap(term, other)]
            left, table = [left[i] for i in kept], table[:, kept]
        return tuple(chosen), worth

    def _overlap(self, one: str, other: str) -> bool:
        return one in self._parents.get(other, ()) or other in self._parents.get(one, ())

    @staticmethod
    def _gains(weights: Floats, table: Floats, shares: Floats, today: Floats) -> Floats:
        """For weights that add up to the chance of getting here, so that later options count for less."""
        there = table * weights[:, None]
        before = _surprise(weights[:, None], shares, today)
        gains: Floats = (
            before - _surprise(there, shares, today) - _surprise(weights[:, None] - there, shares, today)
        )
        return gains


def _surprise(weights: Floats, shares: Floats, today: Floats) -> Floats:
    """Entropy times chance, per column."""
    soon = today @ weights
    levels = np.stack([soon, weights.sum(axis=0) - soon])
    surprise: Floats = _entropy(shares.T @ weights) + LEVEL_WEIGHT * _entropy(levels)
    return surprise


def _entropy(weights: Floats) -> Floats:
    """Of columns that need not add up to 1, times their sum."""
    total = np.maximum(weights.sum(axis=0), 1e-12)
    shares = np.maximum(weights / total, 1e-12)
    entropy: Floats = -(total * (shares * np.log(shares)).sum(axis=0))
    return entropy
