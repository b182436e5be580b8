"""What a hospital's own records teach: a linear model from the letters of complaints to departments.

It is trained by the hospital (`banzhen triage-train`), stays on its machine, and votes beside the knowledge.
It holds no text: pieces of one to three characters that many records have, as check sums, each with weights.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.model import Person
from triage.text_model import LONGEST, grams

Floats = NDArray[np.float64]

VERSION = 1
#: Least share that the records find in the knowledge: it has no veto.
FLOOR = 1e-4
#: Where the knowledge understands nothing, the records alone may guess: least share, and least share of
#: the words that they know.
GUESS = 0.5
#: First age of the groups that records are told apart by, years.
AGE_GROUPS = (0.0, 1.0, 7.0, 15.0, 40.0, 65.0)


class BadModel(Exception):
    """A stored model that cannot be read."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordsModel:
    """Weights by check sum of a piece and by department; the department names are standard ones."""

    departments: tuple[str, ...]
    rows: Mapping[int, int]
    #: Pieces × departments.
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    #: How much it counts beside the knowledge; found by cross-validation, 0 if it does not help.
    weight: float
    #: How many records it was learned from.
    learned_from: int

    def vote(self, texts: Sequence[str], person: Person) -> tuple[Floats, float]:
        """The departments' shares, in the order of `departments`, and how much of the words is known."""
        said = pieces(texts, person)
        rows = [row for piece in said if (row := self.rows.get(piece)) is not None]
        scores = self.bias.astype(np.float64)
        if rows:
            scores = scores + self.weights[rows].sum(axis=0) / np.sqrt(len(rows))
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum(), dtype=np.float64), len(rows) / max(1, len(said))

    def opinion(self, names: Sequence[str], texts: Sequence[str], person: Person) -> tuple[Floats, float]:
        """As `vote`, but the shares of `names`; a department without records has that of a single one."""
        shares, coverage = self.vote(texts, person)
        voted = np.full(len(names), 1.0)
        voted[[names.index(department) for department in self.departments]] += self.learned_from * shares
        return voted / voted.sum(), coverage

    def blend(
        self, names: Sequence[str], known: Floats | None, texts: Sequence[str], person: Person
    ) -> Floats | None:
        """The shares of `names` with the records' vote; `known` None: nothing was understood."""
        return joined(known, *self.opinion(names, texts, person), self.weight)

    def to_bytes(self) -> bytes:
        out = io.BytesIO()
        np.savez_compressed(
            out,
            version=np.array(VERSION),
            departments=np.array(self.departments),
            pieces=np.array(list(self.rows), dtype=np.uint32),
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            weight=np.array(self.weight),
            learned_from=np.array(self.learned_from),
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, known_departments: Iterable[str]) -> RecordsModel:
        """Raises BadModel if the bytes are no such model, or one of another vocabulary of departments."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                model = cls(
                    departments=tuple(str(name) for name in stored["departments"]),
                    rows={int(piece): row for row, piece in enumerate(stored["pieces"])},
                    weights=stored["weights"].astype(np.float32),
                    bias=stored["bias"].astype(np.float32),
                    weight=float(stored["weight"]),
                    learned_from=int(stored["learned_from"]),
                )
                version = int(stored["version"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise BadModel(type(error).__name__) from error
        sound = (
            version == VERSION
            and set(model.departments) <= set(known_departments)
            and model.weights.shape == (len(model.rows), len(model.departments))
            and model.bias.shape == (len(model.departments),)
            and bool(np.isfinite(model.weights).all() and np.isfinite(model.bias).all())
            and 0 <= model.weight < 100
            and model.learned_from >= 0
            and len(set(model.departments)) == len(model.departments)
        )
        if not sound:
            raise BadModel("inconsistent")
        return model


def joined(known: Floats | None, voted: Floats, coverage: float, weight: float) -> Floats | None:
    """What the knowledge says and what the records say, in one; None if neither says anything.

    The vote counts as far as its words are known, so that records of a few departments say nothing of
    complaints that they never held.
    """
    if not weight:
        return known
    if known is None:
        return voted if voted.max() >= GUESS and coverage >= GUESS else None
    logs = np.log(np.maximum(known, FLOOR)) + weight * coverage * np.log(voted)
    odds: Floats = np.exp(logs - logs.max())
    return np.asarray(odds / odds.sum(), dtype=np.float64)


def pieces(texts: Sequence[str], person: Person) -> set[int]:
    """Check sums of all pieces of a complaint, and of age group and sex."""
    found: set[str] = set()
    for text in texts:
        kept = "".join(char if char.isalnum() else " " for char in text[:LONGEST].lower())
        for word in kept.split():
            found.update(gram for _, gram in grams(word))
    if person.age is not None:
        found.add(f"<age {sum(person.age >= start for start in AGE_GROUPS)}>")
    if person.sex is not None:
        found.add(f"<sex {person.sex}>")
    return {zlib.crc32(piece.encode("utf-8", "replace")) for piece in found}
