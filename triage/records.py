"""What a hospital's own records teach: a linear model from the letters of complaints to departments.

It is trained by the hospital (`banzhen triage-train`), stays on its machine, and votes beside the knowledge.
It holds no text: pieces of one to three characters that many records have, as check sums, each with weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.linear import BadModel, LinearModel, packed, unpacked
from triage.model import Person
from triage.pieces import of_complaint

Floats = NDArray[np.float64]

VERSION = 2
#: Least share that the records find in the knowledge: it has no veto.
FLOOR = 1e-4
#: Where the knowledge understands nothing, the records alone may guess: least share, and least share of
#: the words that they know.
GUESS = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class RecordsModel:
    """A linear model whose labels are standard departments, and how far it is to be trusted."""

    model: LinearModel
    #: How much it counts beside the knowledge; found by cross-validation, 0 if it does not help.
    weight: float
    #: How many records it was learned from.
    learned_from: int

    @property
    def departments(self) -> tuple[str, ...]:
        return self.model.labels

    def opinion(self, names: Sequence[str], texts: Sequence[str], person: Person) -> tuple[Floats, float]:
        """The shares of `names`, and how much of the words is known.

        A department without records has the share of a single one.
        """
        shares, coverage = self.model.shares(of_complaint(texts, person))
        voted = np.full(len(names), 1.0)
        voted[[names.index(department) for department in self.departments]] += self.learned_from * shares
        return voted / voted.sum(), coverage

    def blend(
        self, names: Sequence[str], known: Floats | None, texts: Sequence[str], person: Person
    ) -> Floats | None:
        """The shares of `names` with the records' vote; `known` None: nothing was understood."""
        return weighed(known, *self.opinion(names, texts, person), self.weight)

    def to_bytes(self) -> bytes:
        return packed(
            {
                "version": np.array(VERSION),
                "weight": np.array(self.weight),
                "learned_from": np.array(self.learned_from),
                **self.model.arrays("records"),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes, known_departments: Iterable[str]) -> RecordsModel:
        """Raises BadModel if the bytes are no such model, or one of another vocabulary of departments."""
        stored = unpacked(data)
        try:
            if int(stored["version"]) != VERSION:
                raise BadModel("another version")
            records = cls(
                model=LinearModel.of_arrays(stored, "records"),
                weight=float(stored["weight"]),
                learned_from=int(stored["learned_from"]),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise BadModel(type(error).__name__) from error
        sound = (
            set(records.departments) <= set(known_departments)
            and 0 <= records.weight < 100
            and records.learned_from >= 0
        )
        if not sound:
            raise BadModel("inconsistent")
        return records


def joined(known: Floats, voted: Floats, weight: float, *, least: float) -> Floats:
    """What the knowledge says and what a model votes for, in one; neither has a veto.

    `least`: the share that the vote finds for every department in the knowledge.
    """
    logs = np.log(np.maximum(known, least)) + weight * np.log(voted)
    odds: Floats = np.exp(logs - logs.max())
    return np.asarray(odds / odds.sum(), dtype=np.float64)


def weighed(known: Floats | None, voted: Floats, coverage: float, weight: float) -> Floats | None:
    """`joined`, where something was understood; None if neither says anything.

    The vote counts as far as its words are known, so that records of a few departments say nothing of
    complaints that they never held.
    """
    if not weight:
        return known
    if known is None:
        return voted if voted.max() >= GUESS and coverage >= GUESS else None
    return joined(known, voted, weight * coverage, least=FLOOR)
