"""Which known question is this one? Character and word features, with a confidence that means something.

A room gives its topics with the ways people ask for them, and sentences that are no topic of its own. Kernel
ridge regression over TF-IDF vectors scores the topics; it is exact, has no randomness, and gives the score of
every phrasing as if it had not been known (leave one out) for free. From those the confidence is fitted: the
probability that the best topic is the right one. Nothing is stored between runs.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import jieba
import numpy as np
from numpy.typing import NDArray

jieba.setLogLevel(logging.WARNING)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Words that say nothing about the question: greetings, politeness, particles. Removed before comparing.
_FILLERS = re.compile(
    r"(?:我|就)?想?(?:请问|问问|咨询|了解|打听|请教)(?:一下|下)?|我?想(?:问|知道)(?:一下|下)?|问一?下"
    r"|(?:医生|大夫)?(?:你们|你|您)?好(?=[，,。！! ])|^(?:你|您)好|在吗|打扰(?:一?下|了)?|劳驾"
    r"|麻烦(?:您|你|问)?|(?:多谢|谢谢)[你您了啦]*|帮(?:我|忙)(?:看|查)(?:一?下|看)?|告诉我(?:一下)?"
    r"|跟我说说|说一下|讲一下|那个啥?|这个|就是说?|的话|一下子?|到底|究竟"
    r"|[呀啊呢吗嘛吧哦哈啦咧噻哎诶唉呃嗯了的咯]"
)
_CLAUSE_END = re.compile(r"[，。！？；,.!?;\n\s]+")
_KEPT = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")

#: Longer questions are cut; nobody puts one question in so many characters.
_LONGEST = 400
#: A clause of a long message counts a little less than the whole of a short one.
_CLAUSE_WEIGHT = 0.92
#: Weight of a run of so many characters, and of a word. Chosen by leaving phrasings out, like the rest here.
_CHAR_WEIGHT = {1: 0.8, 2: 1.0, 3: 0.4}
_WORD_WEIGHT = 1.0
#: How much of what no phrasing knows counts in a sentence's length.
_UNKNOWN_SHARE = 0.6
#: Kernel ridge: how much a single phrasing is distrusted.
_RIDGE = 0.3
#: How much the nearest phrasing of a topic adds to the topic's regression score.
_NEAREST_WEIGHT = 0.4
#: Pull of the confidence's weights towards zero; keeps them finite when right and wrong part cleanly.
_PULL = 1.0


@dataclass(frozen=True, slots=True)
class Match:
    key: str
    #: Probability that the topic is what was asked, 0–1.
    confidence: float
    #: Distance of its score to that of the next topic; negative if "no topic" scores higher.
    margin: float


@dataclass(frozen=True, slots=True)
class Sparse:
    """A vector of which only the columns that are not zero are kept, columns rising."""

    columns: Ints
    values: Floats


class Comparer:
    """Turns sentences into vectors of weighted character and word features.

    `groups`: sentences that belong together; a feature is rare if few groups have it. `synonyms`: what people
    say → the word it stands for, applied to every sentence before it is compared.
    """

    def __init__(self, groups: Sequence[Iterable[str]], synonyms: Mapping[str, str] | None = None) -> None:
        self._synonyms = {_plain(said): meant for said, meant in (synonyms or {}).items()}
        said = sorted(self._synonyms, key=len, reverse=True)
        self._said = re.compile("|".join(map(re.escape, said))) if said else None
        self._cutter = _cutter(tuple(sorted({*self._synonyms.values()})))
        seen: dict[str, int] = {}
        for group in groups:
            for feature in {feature for sentence in group for feature in self._features(sentence)}:
                seen[feature] = seen.get(feature, 0) + 1
        self._columns = {feature: column for column, feature in enumerate(sorted(seen))}
        counts = np.array([seen[feature] for feature in self._columns], dtype=float)
        self._rarity = np.log((1 + len(groups)) / (1 + counts)) + 1
        #: Rarity of a feature that no sentence has.
        self._unseen = float(np.log(1 + len(groups)) + 1)
        self.width = len(self._columns)

    def vector(self, text: str) -> Sparse:
        """The features that are known, scaled so that the whole sentence has length 1.

        What is not known counts in the length, so strange sentences get short vectors.
        """
        known: dict[int, float] = {}
        square = 0.0
        for feature, weight in self._features(text).items():
            column = self._columns.get(feature)
            value = weight * (self._unseen if column is None else float(self._rarity[column]))
            square += value * value * (_UNKNOWN_SHARE if column is None else 1.0)
            if column is not None:
                known[column] = value
        columns = np.array(sorted(known), dtype=np.int64)
        values = np.array([known[column] for column in sorted(known)], dtype=float)
        return Sparse(columns, values / np.sqrt(square) if square else values)

    def between(self, one: str, other: str) -> float:
        """Likeness of two sentences, 0–1."""
        first, second = self.vector(one), self.vector(other)
        _, left, right = np.intersect1d(
            first.columns, second.columns, assume_unique=True, return_indices=True
        )
        return float(first.values[left] @ second.values[right])

    def _features(self, text: str) -> dict[str, float]:
        kept = _KEPT.sub("", _FILLERS.sub(" ", _plain(text)))
        if self._said is not None:
            kept = self._said.sub(lambda match: self._synonyms[match[0]], kept)
        features: dict[str, float] = {}
        for size, weight in _CHAR_WEIGHT.items():
            for start in range(len(kept) - size + 1):
                features[f"c{kept[start : start + size]}"] = weight
        for word in self._cutter.cut(kept):
            if len(word) > 1:
                features[f"w{word}"] = _WORD_WEIGHT
        return features


class Retriever:
    """Finds the topic of a question. Pure after it is made."""

    def __init__(
        self,
        entries: Sequence[tuple[str, Sequence[str]]],
        *,
        others: Sequence[str] = (),
        synonyms: Mapping[str, str] | None = None,
        threshold: float = 0.5,
    ) -> None:
        """`entries`: topic key → the ways it is asked, two topics or more. `threshold`: see `best`.

        `others`: sentences of the kind people also write that belong to no topic.
        """
        if len({key for key, _ in entries}) != len(entries) or len(entries) < 2:
            raise ValueError("a retriever needs two or more topics with different keys")
        if not all(asked for _, asked in entries):
            raise ValueError("every topic needs at least one phrasing")
        self.threshold = threshold
        self._keys = [key for key, _ in entries]
        groups = [list(asked) for _, asked in entries] + ([list(others)] if others else [])
        #: Row of the first phrasing of each group; phrasings of a group are neighbours.
        self._starts = np.cumsum([0, *(len(group) for group in groups[:-1])])
        owner = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        self._comparer = Comparer(
            [[*group] for group in groups[: len(entries)]] + [[o] for o in others], synonyms
        )
        vectors = [self._comparer.vector(sentence) for group in groups for sentence in group]
        self._postings = _postings(vectors, self._comparer.width)
        kernel = np.zeros((len(vectors), len(vectors)))
        for rows, values in self._postings:
            kernel[np.ix_(rows, rows)] += np.outer(values, values)
        wanted = np.eye(len(groups))[owner]
        inverse = np.linalg.inv(kernel + _RIDGE * np.eye(len(vectors)))
        self._weights = inverse @ wanted
        left_out = wanted - self._weights / np.diag(inverse)[:, None]
        np.fill_diagonal(kernel, 0.0)
        nearest = np.maximum.reduceat(kernel, self._starts, axis=1)
        self._trust = self._fit(left_out + _NEAREST_WEIGHT * nearest, owner)

    def best(self, text: str, among: Collection[str] | None = None) -> Match | None:
        """The topic of the question, or None where none reaches the threshold. `among`: see `ranked`."""
        found = self.ranked(text, 1, among)
        return found[0] if found and found[0].confidence >= self.threshold else None

    def ranked(self, text: str, count: int, among: Collection[str] | None = None) -> list[Match]:
        """The likeliest topics whatever their confidence, best first; none if the text shares nothing.

        `among`: the keys that come into question; None for all.
        """
        scores = self._scores(text[:_LONGEST])
        if scores is None:
            return []
        if among is not None:
            scores[[row for row, key in enumerate(self._keys) if key not in among]] = 0.0
            count = min(count, len(among))
        order = np.argsort(-scores[: len(self._keys)], kind="stable")[:count]
        return [
            Match(self._keys[row], self._confidence(scores, int(row)), _margin(scores, int(row)))
            for row in order
        ]

    def _scores(self, text: str) -> Floats | None:
        """Score of each group; None if nothing in the text is known."""
        clauses = [clause for clause in _CLAUSE_END.split(text) if len(clause) >= 5]
        pieces = [(1.0, text), *((_CLAUSE_WEIGHT, clause) for clause in clauses if len(clauses) > 1)]
        found: list[Floats] = []
        for weight, piece in pieces:
            vector = self._comparer.vector(piece)
            likeness = np.zeros(len(self._weights))
            for column, value in zip(vector.columns, vector.values, strict=True):
                rows, values = self._postings[column]
                likeness[rows] += value * values
            nearest = np.maximum.reduceat(likeness, self._starts)
            if nearest.any():
                found.append(weight * (likeness @ self._weights + _NEAREST_WEIGHT * nearest))
        if not found:
            return None
        scores: Floats = np.max(found, axis=0)
        return scores

    def _confidence(self, scores: Floats, row: int) -> float:
        return float(1 / (1 + np.exp(-(self._trust @ _evidence(scores, row)))))

    def _fit(self, scores: Floats, owner: Ints) -> Floats:
        """Weights of the confidence, from the scores that each phrasing has when it is left out."""
        best = scores[:, : len(self._keys)].argmax(axis=1)
        evidence = np.stack([_evidence(scores[row], int(winner)) for row, winner in enumerate(best)])
        return _logistic(evidence, (best == owner).astype(float))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _postings(vectors: Sequence[Sparse], width: int) -> list[tuple[Ints, Floats]]:
    """For each column, the rows that have it and their values."""
    rows: list[list[int]] = [[] for _ in range(width)]
    values: list[list[float]] = [[] for _ in range(width)]
    for row, vector in enumerate(vectors):
        for column, value in zip(vector.columns, vector.values, strict=True):
            rows[column].append(row)
            values[column].append(float(value))
    return [(np.array(r, dtype=np.int64), np.array(v)) for r, v in zip(rows, values, strict=True)]


def _margin(scores: Floats, row: int) -> float:
    return float(scores[row] - np.delete(scores, row).max())


def _evidence(scores: Floats, row: int) -> Floats:
    return np.array([1.0, scores[row], _margin(scores, row)])


def _logistic(rows: Floats, right: Floats) -> Floats:
    """Ridge logistic regression by Newton steps; the problem is convex and three-dimensional."""
    weights = np.zeros(rows.shape[1])
    pull = np.diag([0.0, *[_PULL] * (rows.shape[1] - 1)])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        gradient = rows.T @ (chance - right) + pull @ weights
        spread = chance * (1 - chance)
        curvature = (rows * spread[:, None]).T @ rows + pull + 1e-9 * np.eye(rows.shape[1])
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return weights


@lru_cache(maxsize=8)
def _cutter(words: tuple[str, ...]) -> jieba.Tokenizer:
    """A word cutter of our own, so that nobody else's dictionary changes ours."""
    cutter = jieba.Tokenizer()
    for word in words:
        cutter.add_word(word)
    return cutter
