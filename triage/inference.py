"""From findings to departments: a naive Bayes sum over conditions, in one pass of numpy.

P(condition | case) is proportional to its prior, the likelihood of age, sex and pregnancy, of every finding
that was said to be there or not there, and of words that name it. What was not said does not count: people
tell what bothers them. The shares of all conditions of a department add up to the department's score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.departments import STANDARD_DEPARTMENTS
from triage.circumstances import STAGE_YEARS, Circumstances
from triage.conditions import Condition, Hint, WordIndex, WordMatch, to_children
from triage.experience import NO_COMPLAINT, Experience
from triage.expressions import View
from triage.model import Case
from triage.placement import SHARES
from triage.records import RecordsModel, joined

Floats = NDArray[np.float64]
Rows = NDArray[np.bool_]

#: How likely somebody who has the condition *tells* the finding. Ordinal strengths of the knowledge base;
#: the numbers are ours, set by reasoning and checked by benchmarks/triage_departments.py.
STRENGTH = {"hallmark": 0.55, "common": 0.25, "occasional": 0.08, "rare": 0.02}
NOT_LISTED = 0.006
#: How likely somebody with the condition *has* the finding, told or not: a no to a question weighs by it.
HAS = {"hallmark": 0.85, "common": 0.5, "occasional": 0.2, "rare": 0.05}
HAS_UNLISTED = 0.03
#: Natural logarithm of how often a finding is told in the narrower words, where a condition lists the wider:
#: a condition that lists 早上腰僵 itself explains it better than any low back pain does.
AS_WIDER = -0.7
#: For terms of background needs (复诊, 看报告), which come along with anything.
COMES_ALONG = 0.2
#: For terms that a condition which is asked for does not list, and natural logarithm of how far the wish
#: speaks for it when it is said, and against it when it is not.
GOES_WITH_WISH = 0.1
WISHED, UNWISHED = 3.0, -6.0
AGAINST = 0.001
#: What a patient tells of one condition: the strengths of its findings add up to this at most.
TOLD = 3.0
PRIOR = {"very_common": 1.0, "common": 0.35, "uncommon": 0.1, "rare": 0.025}
#: Natural logarithm of how much likelier a condition is that the patient names; less when it may be only
#: the background of another complaint (it is also in the history).
NAMED = 6.0
NAMED_AS_BACKGROUND = 1.0
#: The same for a word that is only a symptom's (打呼噜): it is counted as a finding already.
NAMED_BY_SYMPTOM = 4.0
#: A condition of children is named, and nobody spoke of a child.
NAMED_OF_CHILDREN = 3.0
IN_HISTORY = 0.7
#: Prior of a hint: it decides only where no condition explains the words.
HINT_PRIOR = 0.15
#: The opinion of told complaints beside the knowledge, of equal weight: the share that it leaves a department
#: that it never heard of, and the one that it finds for a department which the knowledge does not think of.
TOLD_WEIGHT = 1.0
LEAST_TOLD = 1e-5
KNOWN_AT_LEAST = 0.03
#: Where the knowledge understands nothing, it guesses alone: least share of the best, and of known pieces.
GUESS = 0.1
GUESS_KNOWS = 0.3
#: Shares far below this do not count as moved by the hospital.
CHOICE_MATTERS = 1e-2
#: Key of words that hints must not look into.
IGNORED = -1
#: How far a hint's words lift the conditions of its department.
HINT_LIFT = 0.8
#: Conditions that end before this age are children's, those that begin with it adults'; years.
GROWN = 18


@dataclass(frozen=True, slots=True)
class Posterior:
    """Shares that add up to 1, or are empty if the case says nothing that is known."""

    departments: tuple[tuple[str, float], ...]
    #: Share of each condition, in the order of the knowledge base (hints after the conditions).
    conditions: Floats
    #: Which share of each condition's patients goes to each department of the vocabulary.
    share: Floats
    #: Words of the complaint that named a condition or a body part.
    words: tuple[str, ...] = ()
    #: True if the knowledge understood nothing and the departments are a guess from the letters alone.
    guessed: bool = False


class Inference:
    """The knowledge base as arrays; made once, asked often, never changed."""

    def __init__(
        self,
        conditions: Sequence[Condition],
        hints: Sequence[Hint],
        child_rules: Mapping[str, tuple[str, ...]],
        parents: Mapping[str, tuple[str, ...]],
        ignored_words: Sequence[str] = (),
        experience: Experience | None = None,
        records: RecordsModel | None = None,
        told_words: frozenset[str] = frozenset(),
        usual: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """`told_words`: what people call symptoms. `usual`: condition → departments, where nobody chose."""
        self.conditions = tuple(conditions)
        self.hints = tuple(hints)
        self._parents = parents
        self._experience = experience
        self._records = records
        self._told_words = told_words
        terms = sorted(
            {t for c in conditions for t in (*c.findings, *c.absent)} | {t for h in hints for t in h.terms}
        )
        self._column = {term: i for i, term in enumerate(terms)}
        self.terms = tuple(terms)
        rows = len(conditions) + len(hints)
        along = sorted({t for c in conditions if c.background for t in (*c.hallmark, *c.common)})
        self._listed = np.zeros((rows, len(terms)), dtype=bool)
        table = np.full((rows, len(terms)), NOT_LISTED)
        table[:, [self._column[t] for t in along]] = COMES_ALONG
        self._wishes = [(i, c) for i, c in enumerate(conditions) if c.asked_for]
        table[[i for i, _ in self._wishes]] = GOES_WITH_WISH
        for i, condition in enumerate(conditions):
            for strength, listed in (
                (STRENGTH["rare"], condition.rare),
                (STRENGTH["occasional"], condition.occasional),
                (STRENGTH["common"], condition.common),
                (STRENGTH["hallmark"], condition.hallmark),
            ):
                columns = [self._column[t] for t in listed]
                table[i, columns] = strength
                self._listed[i, columns] = True
            table[i, [self._column[t] for t in condition.absent]] = AGAINST
        for i, hint in enumerate(hints, start=len(conditions)):
            columns = [self._column[t] for t in hint.terms]
            table[i, columns] = STRENGTH["common"]
            self._listed[i, columns] = True
        self._listed = np.asfortranarray(self._listed)
        table[: len(conditions)] = self._in_few_words(table[: len(conditions)])
        # Single precision and columns that lie together: a case looks at a few terms of all conditions.
        self._log_there = np.asfortranarray(np.log(table), dtype=np.float32)
        self._has = np.asfortranarray(self._table_of_having(), dtype=np.float32)
        self._log_not_there = np.log1p(-self._has)
        self._log_prior = np.log(
            np.array([PRIOR[c.prior] for c in conditions] + [HINT_PRIOR] * len(hints), dtype=np.float64)
        )
        self._circumstances = Circumstances(conditions, hints)
        entries: list[Condition | Hint] = [*conditions, *hints]
        self._names = STANDARD_DEPARTMENTS
        self._child_rules = child_rules
        self._row = {condition.id: i for i, condition in enumerate(conditions)}
        self._adult_share = self._shares([e.departments for e in entries])
        self._child_share = self._shares(
            [to_children(e.departments, child_rules, e.child_departments) for e in entries]
        )
        self._by_history: dict[str, list[int]] = {}
        for i, condition in enumerate(conditions):
            for term in condition.history:
                self._by_history.setdefault(term, []).append(i)
        self._words = WordIndex((i, (c.name, *c.aliases)) for i, c in enumerate(conditions))
        self._hint_words = WordIndex([*((i, h.words) for i, h in enumerate(hints)), (IGNORED, ignored_words)])
        self._usual = {child: self._share(child, usual or {}) for child in (False, True)}

    def _in_few_words(self, table: Floats) -> Floats:
        """Nobody tells more of a condition because its list is longer: the strengths share what is told."""
        listed = self._listed[: len(table)]
        total = np.where(listed, table, 0.0).sum(axis=1, keepdims=True)
        scale = np.minimum(1.0, TOLD / np.maximum(total, NOT_LISTED))
        return np.where(listed, np.maximum(table * scale, NOT_LISTED), table)

    def _shares(self, departments: Sequence[Sequence[str]]) -> Floats:
        shares = np.zeros((len(departments), len(self._names)))
        for row, names in enumerate(departments):
            given = np.array(SHARES[: len(names)])
            for name, share in zip(names, given / given.sum(), strict=False):
                shares[row, self._names.index(name)] = share
        return shares

    def _table_of_having(self) -> Floats:
        """A narrow finding is a wider one too: who has 右下腹痛 has 腹痛."""
        table = np.full(self._listed.shape, HAS_UNLISTED)
        for i, condition in enumerate(self.conditions):
            table[i, [self._column[t] for t in condition.absent]] = AGAINST
            for strength, listed in (
                (HAS["rare"], condition.rare),
                (HAS["occasional"], condition.occasional),
                (HAS["common"], condition.common),
                (HAS["hallmark"], condition.hallmark),
            ):
                wide = {w for term in listed for w in (term, *self._parents.get(term, ()))}
                columns = [self._column[t] for t in wide if t in self._column]
                table[i, columns] = np.maximum(table[i, columns], strength)
        for i, hint in enumerate(self.hints, start=len(self.conditions)):
            table[i, [self._column[t] for t in hint.terms]] = HAS["common"]
        return table

    def posterior(
        self,
        case: Case,
        view: View,
        *,
        child: bool,
        month: int | None = None,
        own: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Posterior:
        """Shares of conditions and departments, departments by falling score.

        `month` is 1–12; `own`: condition → the departments that the hospital chose for it.
        """
        listed = self._present(case)
        base = self._log_prior + self._circumstances.weights(
            case, view, {term: rows for term, (_, rows) in listed.items()}, month
        )
        scores, known, words = self._scores(case, view, base, listed)
        share = self._share(child, own or {})
        shares = np.zeros(len(scores))
        if known.any():
            shares = np.exp(np.where(known, scores, -np.inf) - scores[known].max())
            shares /= shares.sum()
        totals: Floats | None = shares @ share if known.any() else None
        if self._experience is not None and case.words:
            totals = self._with_experience(case, totals, shares @ self._usual[child])
        if self._records is not None:
            totals = self._records.blend(self._names, totals, case.words, case.person)
        if totals is None:
            return Posterior((), shares, share)
        order = np.argsort(-totals, kind="stable")
        departments = tuple((self._names[i], float(totals[i])) for i in order if totals[i] > 1e-4)
        return Posterior(departments, shares, share, words, guessed=not known.any())

    def _with_experience(self, case: Case, totals: Floats | None, usual: Floats) -> Floats | None:
        """`totals` with what complaints like this one taught; `usual`: had the hospital chosen nothing."""
        assert self._experience is not None
        told, knows = self._experience.departments(case.words, case.person)
        no_complaint = told.pop(NO_COMPLAINT, 0.0)
        voted = np.array([told.get(name, 0.0) for name in self._names]) + LEAST_TOLD
        if totals is None:
            sure = voted.max() >= max(GUESS, no_complaint) and knows >= GUESS_KNOWS
            return voted / voted.sum() if sure else None
        # What the hospital chose moves this opinion as it moved the knowledge's own.
        voted *= (totals + CHOICE_MATTERS) / (usual + CHOICE_MATTERS)
        return joined(totals, voted / voted.sum(), TOLD_WEIGHT, least=KNOWN_AT_LEAST)

    def _share(self, child: bool, own: Mapping[str, tuple[str, ...]]) -> Floats:
        usual = self._child_share if child else self._adult_share
        rows = [self._row[name] for name in own]
        if not rows:
            return usual
        chosen = [
            to_children(departments, self._child_rules, self.conditions[row].child_departments)
            if child
            else departments
            for row, departments in zip(rows, own.values(), strict=True)
        ]
        share = usual.copy()
        share[rows] = self._shares(chosen)
        return share

    def _scores(
        self, case: Case, view: View, base: Floats, listed: Mapping[str, tuple[list[int], Rows]]
    ) -> tuple[Floats, Rows, tuple[str, ...]]:
        scores = base.copy()
        known = np.zeros(len(scores), dtype=bool)
        for term, (columns, rows) in listed.items():
            # A term and its wider terms are one observation: each condition takes its best match.
            narrower = [0.0 if self.terms[column] == term else AS_WIDER for column in columns]
            scores += (self._log_there[:, columns] + narrower).max(axis=1)
            known |= rows
        denied = [self._column[t] for t in view.denied if t in self._column]
        if denied:
            scores += self._log_not_there[:, denied].sum(axis=1)
        words = self._named(case, view, scores, known, bool(listed))
        for row, condition in self._wishes:
            if not listed.keys().isdisjoint(condition.hallmark):
                scores[row] += WISHED
            elif {condition.name, *condition.aliases}.isdisjoint(words):
                scores[row] += UNWISHED
        return scores, known, words

    def _present(self, case: Case) -> dict[str, tuple[list[int], Rows]]:
        """Present terms → their columns with those of wider terms, and the rows that list one of them."""
        told: dict[str, list[int]] = {}
        implied = {t for f in case.findings if f.counts for t in self._parents.get(f.term, ())}
        for finding in case.findings:
            if finding.counts and finding.term not in implied:
                wider = (finding.term, *self._parents.get(finding.term, ()))
                told[finding.term] = [self._column[t] for t in wider if t in self._column]
        return {
            term: (columns, np.logical_or.reduce(self._listed[:, columns], axis=1))
            for term, columns in told.items()
            if columns
        }

    def _named(
        self, case: Case, view: View, scores: Floats, known: Rows, has_findings: bool
    ) -> tuple[str, ...]:
        """Adds the words' evidence to `scores` and `known` in place; returns the words."""
        history = view.person.history
        matches: dict[int, WordMatch] = {}
        hinted: dict[int, WordMatch] = {}
        for text in case.words:
            named = self._words.find(text)
            for m in named:
                # The plainest word counts: not what was only the time before, not a symptom's.
                if m.key not in matches or not (m.before or self._by_symptom(m)):
                    matches[m.key] = m
            hinted.update({m.key: m for m in self._hint_words.find(text) if not _inside(m, named)})
        hinted.pop(IGNORED, None)
        for key, match in matches.items():
            condition = self.conditions[key]
            background = has_findings and (
                match.before or not history.isdisjoint((condition.name, *condition.aliases))
            )
            if background or condition.background:
                weight = NAMED_AS_BACKGROUND
            else:
                weight = NAMED_BY_SYMPTOM if self._by_symptom(match) else NAMED
            if condition.age_to <= GROWN and not _young(view):
                # 叹气 and 缺钙 name what children have; where nobody spoke of a child they are just words.
                weight = min(weight, NAMED_OF_CHILDREN)
            scores[key] += weight
            known[key] |= not background
        for key in hinted:
            hint = self.hints[key]
            row = len(self.conditions) + key
            scores[row] += hint.weight - np.log(HINT_PRIOR)
            known[row] = True
            # A body part also speaks for every condition of its department.
            main = self._adult_share[:, self._names.index(hint.departments[0])]
            scores += HINT_LIFT * hint.weight * main
        for key in {key for term in history for key in self._by_history.get(term, ())}:
            scores[key] += IN_HISTORY
        return tuple(m.word for m in (*matches.values(), *hinted.values()))

    def _by_symptom(self, match: WordMatch) -> bool:
        return match.word != self.conditions[match.key].name and match.word in self._told_words

    def asked_there(self, terms: Sequence[str]) -> Floats:
        """Chance of a yes to a question about each term, by condition."""
        chances: Floats = self._has[:, [self._column[t] for t in terms]].astype(np.float64)
        return chances

    def shares(self, *, child: bool) -> Floats:
        """Share of each department, by condition."""
        return self._child_share if child else self._adult_share

    def breadth(self, term: str) -> int:
        """How many conditions list the term: common complaints first, rare signs last."""
        return int(self._listed[:, self._column[term]].sum()) if term in self._column else 0

    def knows(self, term: str) -> bool:
        """True if some condition or hint lists the term."""
        return term in self._column

    def terms_for(self, department: str, view: View, posterior: Posterior) -> list[str]:
        """Findings of the case that conditions of this department list, the likeliest condition first."""
        if department not in self._names:
            return []
        weights = posterior.conditions * posterior.share[:, self._names.index(department)]
        terms: list[str] = []
        for row in np.argsort(-weights)[:3]:
            if weights[row] > 0:
                terms += [t for t in view.present if t in self._column and self._listed[row, self._column[t]]]
        return list(dict.fromkeys(terms))

    def listed_by_likely(self, posterior: Posterior, least: float) -> set[str]:
        """Terms that a condition with at least this share lists."""
        rows = posterior.conditions >= least
        columns = np.flatnonzero(self._listed[rows].any(axis=0))
        return {self.terms[i] for i in columns}


def _young(view: View) -> bool:
    age = view.person.age
    return view.stage in STAGE_YEARS if age is None else age < GROWN


def _inside(hint: WordMatch, named: Sequence[WordMatch]) -> bool:
    """True if the hint's word is only a part of a longer word that names a condition: 尿 in 糖尿病."""
    end = hint.start + len(hint.word)
    return any(
        m.start <= hint.start and end <= m.start + len(m.word) and len(m.word) > len(hint.word) for m in named
    )
