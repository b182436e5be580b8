"""Linear models over pieces: learned from sentences, stored as numbers, asked in microseconds."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class BadModel(Exception):
    """A stored model that cannot be read."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """Weights by piece and label. Rare pieces count for more, and every text as much as any other."""

    labels: tuple[str, ...]
    #: Check sum of a piece → its row.
    rows: Mapping[int, int]
    #: Pieces × labels, with the rarity of the piece in it.
    weights: NDArray[np.float32]
    #: How rare each piece is.
    rarity: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, pieces: Collection[int]) -> tuple[Floats, float]:
        """Log odds for each label, and the share of the pieces that the model knows."""
        rows = [row for piece in pieces if (row := self.rows.get(piece)) is not None]
        scores = self.bias.astype(np.float64)
        if rows:
            length = float(np.sqrt(np.square(self.rarity[rows], dtype=np.float64).sum()))
            scores = scores + self.weights[rows].sum(axis=0, dtype=np.float64) / length
        return scores, len(rows) / max(1, len(pieces))

    def shares(self, pieces: Collection[int]) -> tuple[Floats, float]:
        """As `scores`, but shares that add up to 1."""
        scores, coverage = self.scores(pieces)
        odds: Floats = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum(), dtype=np.float64), coverage

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """What a file holds of it, under keys that begin with `name`."""
        return {
            f"{name}.labels": np.array(self.labels),
            f"{name}.pieces": np.array(list(self.rows), dtype=np.uint32),
            f"{name}.weights": self.weights.astype(np.float16),
            f"{name}.rarity": self.rarity.astype(np.float16),
            f"{name}.bias": self.bias,
        }

    @classmethod
    def of_arrays(cls, stored: Mapping[str, NDArray[Any]], name: str) -> LinearModel:
        """Raises KeyError or ValueError if that is no model, BadModel if its parts do not fit together."""
        model = cls(
            labels=tuple(str(label) for label in stored[f"{name}.labels"]),
            rows={int(piece): row for row, piece in enumerate(stored[f"{name}.pieces"])},
            weights=stored[f"{name}.weights"].astype(np.float32),
            rarity=stored[f"{name}.rarity"].astype(np.float32),
            bias=stored[f"{name}.bias"].astype(np.float32),
        )
        sound = (
            model.weights.shape == (len(model.rows), len(model.labels))
            and model.rarity.shape == (len(model.rows),)
            and model.bias.shape == (len(model.labels),)
            and len(set(model.labels)) == len(model.labels)
            and all(bool(np.isfinite(part).all()) for part in (model.weights, model.rarity, model.bias))
            and bool((model.rarity > 0).all())
        )
        if not sound:
            raise BadModel("inconsistent")
        return model


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, NDArray[Any]]:
    """Raises BadModel if the bytes are no such file."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BadModel(type(error).__name__) from error


def fit(
    samples: Sequence[Collection[int]],
    labels: Sequence[str],
    *,
    of: Sequence[int] | None = None,
    counts: Iterable[float] | None = None,
    fewest: int = 2,
    freedom: float = 10.0,
    until: float = 1e-3,
) -> LinearModel:
    """Logistic regression: from the pieces of each sample to its label, two labels at least.

    `of` and `counts` let a sample have several labels: label i is that of sample `of[i]` and counts for
    `counts[i]`. Pieces that fewer than `fewest` samples have are left out. `freedom`: the higher, the more a
    single piece may say. `until`: fitting ends when less than this is to be gained; early is more cautious.
    Raises ValueError if no piece is left.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    often = Counter(piece for own in samples for piece in own)
    rows = {piece: i for i, piece in enumerate(sorted(p for p, n in often.items() if n >= fewest))}
    if not rows:
        raise ValueError("the samples have no pieces in common")
    rarity = np.log((1 + len(samples)) / (1 + np.array([often[piece] for piece in rows]))) + 1
    kept = [[rows[piece] for piece in own if piece in rows] for own in samples]
    column = np.array([row for own in kept for row in own], dtype=np.int64)
    sizes = [len(own) for own in kept]
    lengths = np.array([np.sqrt(np.square(rarity[own]).sum()) if own else 1.0 for own in kept])
    matrix = csr_matrix(
        (rarity[column] / np.repeat(lengths, sizes), column, np.concatenate([[0], np.cumsum(sizes)])),
        shape=(len(samples), len(rows)),
    )
    if of is not None:
        matrix = matrix[np.asarray(of)]
    learned = LogisticRegression(C=freedom, max_iter=1000, tol=until).fit(
        matrix, list(labels), sample_weight=None if counts is None else np.fromiter(counts, dtype=np.float64)
    )
    weights, bias = learned.coef_, learned.intercept_
    if len(learned.classes_) == 2:
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return LinearModel(
        labels=tuple(str(name) for name in learned.classes_),
        rows=rows,
        weights=(weights.T * rarity[:, None]).astype(np.float32),
        rarity=rarity.astype(np.float32),
        bias=bias.astype(np.float32),
    )
