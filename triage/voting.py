"""Experts that vote by the letters of a complaint, blended with what the knowledge says.

A product of experts: each expert's shares are raised to a weight and multiplied. The less the knowledge
understood, the more the letters count. Where it understood nothing they may speak alone, if enough of the
complaint is made of known words and one department stands out: a guess, and called so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.text_model import TextModel

Floats = NDArray[np.float64]

#: Least share that an expert leaves a department: none has a veto.
FLOOR = 1e-4
#: A guess needs this share of the letters in known words, and this much evidence for the best department.
COVERED = 0.3
STANDS_OUT = 1.25


@dataclass(frozen=True, slots=True)
class Voting:
    """The experts for adults and for children."""

    adults: TextModel
    children: TextModel

    def blend(
        self, known: Floats, prior: Floats, words: Sequence[str], understood: int, *, child: bool
    ) -> Floats | None:
        """Shares of the departments, or None if nobody has anything to say.

        `known`: the knowledge's shares, all 0 if it understood nothing. `prior`: how often somebody like the
        patient goes to each department. `understood`: findings and words that the knowledge took in.
        """
        vote = (self.children if child else self.adults).vote(words)
        if not known.any():
            if vote is None or vote.coverage < COVERED or vote.evidence.max() < STANDS_OUT:
                return None
            return _shares(vote.evidence + np.log(np.maximum(prior, FLOOR)))
        if vote is None:
            return known
        heard = _shares(vote.evidence + np.log(np.maximum(prior, FLOOR)))
        weight = 1 / (1 + understood)
        return _shares(np.log(np.maximum(known, FLOOR)) + weight * np.log(np.maximum(heard, FLOOR)))


def _shares(logs: Floats) -> Floats:
    odds = np.exp(logs - logs.max())
    shares: Floats = odds / odds.sum()
    return shares
