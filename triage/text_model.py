"""A vote for departments from the bare letters of a complaint, for words that the reader does not know.

Runs of one to three characters ("grams") are counted in the names of conditions and in what people call
their findings, each as often as the condition sends patients to a department. A gram then speaks for the
departments in which it is commoner than on average. The vote knows no negation and no grammar: it joins the
knowledge as a second expert whose weight falls with every finding that was understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Weight of grams of one, two and three characters. They overlap, so that each counts for less than whole.
GRAM_WEIGHTS = {1: 0.2, 2: 0.3, 3: 0.3}
#: This share of each department's grams is taken from all departments: no gram rules a department out.
SMOOTHING = 0.2
#: More grams than these are mostly talk; the sum is scaled down to them.
ENOUGH_GRAMS = 60
#: Letters beyond this are not looked at.
LONGEST = 1000
#: Latin letters and digits are left out: cut into runs they mean nothing (hpv, ct), whole they are names.
_WORDS = re.compile(r"[\u4e00-\u9fff]+")
#: What is said not to be there, up to the next stop.
_DENIED = re.compile(r"(?:没有|否认|不是|排除)[\u4e00-\u9fff]{1,8}")


@dataclass(frozen=True, slots=True)
class Vote:
    """What the letters say."""

    #: Log odds of each department against all, in the order of the model's departments.
    evidence: Floats
    #: Share of the letters that stand in a known gram of two or three characters.
    coverage: float


class Letters:
    """Cuts a complaint into the runs of letters that tell of it."""

    def __init__(self, characters: Mapping[str, str], talk: Sequence[str]) -> None:
        """`characters`: traditional → simplified; `talk`: words that are left out."""
        self._table = str.maketrans(dict(characters))
        words = "|".join(re.escape(word) for word in sorted(talk, key=len, reverse=True))
        self._talk = re.compile(words or "(?!)")

    def words(self, texts: Iterable[str]) -> list[str]:
        heard = "，".join(texts)[:LONGEST].lower().translate(self._table)
        return _WORDS.findall(self._talk.sub("，", _DENIED.sub("，", heard)))


class TextModel:
    """Grams with their weights by department; made once, never changed."""

    def __init__(
        self,
        departments: Sequence[str],
        rows: Mapping[str, int],
        weights: NDArray[np.float16],
        letters: Letters,
    ) -> None:
        self.departments = tuple(departments)
        self._rows = rows
        self._weights = weights
        self._letters = letters

    def vote(self, texts: Iterable[str]) -> Vote | None:
        """The vote over all messages; None if they hold no known gram."""
        rows: dict[int, float] = {}
        letters = covered = 0
        for word in self._letters.words(texts):
            known = 0
            for at, gram in grams(word):
                row = self._rows.get(gram)
                if row is None:
                    continue
                rows[row] = GRAM_WEIGHTS[len(gram)]
                if len(gram) > 1:
                    known |= ((1 << len(gram)) - 1) << at
            letters += len(word)
            covered += known.bit_count()
        if not rows:
            return None
        weight = np.fromiter(rows.values(), dtype=np.float64) * min(1.0, ENOUGH_GRAMS / len(rows))
        evidence: Floats = weight @ self._weights[list(rows)]
        return Vote(evidence, covered / letters)


def grams(word: str) -> Iterable[tuple[int, str]]:
    """Every run of one to three characters, with its place."""
    for length in GRAM_WEIGHTS:
        for at in range(len(word) - length + 1):
            yield at, word[at : at + length]


def learn(
    departments: Sequence[str],
    names: Sequence[Sequence[str]],
    terms: Sequence[str],
    told: NDArray[np.floating[Any]],
    groups: Sequence[Floats],
    forms: Mapping[str, str],
    letters: Letters,
) -> tuple[TextModel, ...]:
    """One model for each group of patients (adults, children), over the same grams.

    `names`: the words for each condition. `told`: how likely each condition (rows) is told by each term.
    `groups`: for each group, how often each condition (rows) sends somebody to each department (columns).
    `forms`: what people say → the term that it means.
    """
    said: dict[str, list[str]] = {term: [term] for term in terms}
    for form, term in forms.items():
        if term in said and form != term:
            said[term].append(form)
    spread = _Spread([*names, *said.values()])
    models = []
    for group in groups:
        mass = np.sqrt(group)
        often = spread.counts(np.vstack([mass, told.T @ mass]))
        total = often.sum(axis=0)
        there = total > 0
        often /= np.where(there, total, 1.0)
        anywhere = np.maximum(often[:, there].mean(axis=1, keepdims=True), 1e-12)
        # In place: the table of some ten thousand grams is the largest thing here.
        often *= 1 - SMOOTHING
        often += SMOOTHING * anywhere
        often[:, ~there] = anywhere
        often /= anywhere
        np.log(often, out=often)
        models.append(TextModel(departments, spread.rows, often.astype(np.float16), letters))
    return tuple(models)


class _Spread:
    """Where the grams of many lists of words are."""

    def __init__(self, sources: Sequence[Sequence[str]]) -> None:
        self.rows: dict[str, int] = {}
        gram_of: list[int] = []
        source_of: list[int] = []
        weight: list[float] = []
        for number, words in enumerate(sources):
            for word in words:
                for letters in _WORDS.findall(word.lower()):
                    for _, gram in grams(letters):
                        gram_of.append(self.rows.setdefault(gram, len(self.rows)))
                        source_of.append(number)
                        weight.append(1 / len(words))
        self._gram_of, self._source_of = np.array(gram_of), np.array(source_of)
        self._weight = np.array(weight)

    def counts(self, share: Floats) -> Floats:
        """Grams × departments, each source's share spread over its grams."""
        counts = np.empty((len(self.rows), share.shape[1]))
        for department in range(share.shape[1]):
            weight = self._weight * share[self._source_of, department]
            counts[:, department] = np.bincount(self._gram_of, weight, len(self.rows))
        return counts
