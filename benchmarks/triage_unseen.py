"""Are complaints understood in words that nobody wrote down? Each fifth of the words is taken away in turn.

    python -m benchmarks.triage_unseen [--complaints 300]

The words of a fifth (other names of conditions, and what people call their findings) are removed from the
knowledge; complaints are made of just these words, and triaged without them, with and without the vote of
the letters. It says how far triage generalises, not whether the knowledge is right.
"""

from __future__ import annotations

import argparse
import random
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from triage import Case, Person, Reading, Triage, knowledge_base, lexicon
from triage.conditions import Condition, to_children
from triage.inference import PRIOR, STRENGTH
from triage.knowledge_base import KnowledgeBase
from triage.lexicon import Lexicon
from triage.reading import Reader

FOLDS = 5
ONE = ("{}", "{}两天了", "最近老是{}", "我{}，想看看", "{}，挂什么科", "这几天{}，有点难受")
TWO = ("{}，{}", "{}还有{}", "这几天{}，也有点{}")
NAMED = ("{}", "{}复查", "我有{}，看哪个科", "怀疑是{}", "{}怎么办", "想看{}")
#: Of the complaints that could name the condition, so many do.
NAMING = 0.4
CHILD_MAX_AGE = 14


@dataclass(frozen=True, slots=True)
class Complaint:
    text: str
    person: Person
    right: frozenset[str]


def hidden(word: str, fold: int) -> bool:
    return len(word) > 1 and zlib.crc32(word.encode()) % FOLDS == fold


def without(words: Lexicon, knowledge: KnowledgeBase, fold: int) -> tuple[Lexicon, KnowledgeBase]:
    """Both without the words of a fold; standard terms and main names stay."""
    forms = {form: term for form, term in words.forms.items() if form == term or not hidden(form, fold)}
    conditions = tuple(
        c.model_copy(update={"aliases": tuple(a for a in c.aliases if not hidden(a, fold))})
        for c in knowledge.conditions
    )
    return replace(words, forms=forms), replace(knowledge, conditions=conditions, forms=forms)


def complaints(
    words: Lexicon, knowledge: KnowledgeBase, fold: int, count: int, dice: random.Random
) -> Iterator[Complaint]:
    """Made of hidden words only."""
    called: dict[str, list[str]] = defaultdict(list)
    for form, term in words.forms.items():
        if form != term and hidden(form, fold):
            called[term].append(form)
    weights = [PRIOR[c.prior] ** 0.5 for c in knowledge.conditions]
    while count:
        condition = dice.choices(knowledge.conditions, weights)[0]
        text = _words_of(condition, called, fold, dice)
        if text is None:
            continue
        count -= 1
        age = _age(condition, dice)
        departments = condition.departments
        if age <= CHILD_MAX_AGE:
            departments = to_children(departments, knowledge.child_rules, condition.child_departments)
        yield Complaint(text, Person(age=age, sex=condition.sex), frozenset(departments))


def _words_of(
    condition: Condition, called: dict[str, list[str]], fold: int, dice: random.Random
) -> str | None:
    names = [alias for alias in condition.aliases if hidden(alias, fold)]
    if names and dice.random() < NAMING:
        return dice.choice(NAMED).format(dice.choice(names))
    told = {t: STRENGTH[s] for s in STRENGTH for t in getattr(condition, s) if called.get(t)}
    if not told:
        return None
    first, second = dice.choices(list(told), list(told.values()), k=2)
    one = dice.choice(called[first])
    if first == second or dice.random() < 0.5:
        return dice.choice(ONE).format(one)
    return dice.choice(TWO).format(one, dice.choice(called[second]))


def _age(condition: Condition, dice: random.Random) -> float:
    if condition.age_to <= 18 or (condition.age_from < CHILD_MAX_AGE and dice.random() < 0.15):
        return round(dice.uniform(condition.age_from, min(condition.age_to, CHILD_MAX_AGE)), 1)
    low = max(condition.age_from, 20)
    return round(dice.uniform(low, max(low, min(condition.age_to, 70))), 1)


def departments(engine: Triage, complaint: Complaint) -> list[str]:
    found = engine.read(complaint.text).findings
    case = engine.add(Case(), Reading(found, complaint.person), complaint.text)
    return [department.name for department in engine.assess(case).departments]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--complaints", type=int, default=300, help="for each fifth of the words")
    options = parser.parse_args()
    words = lexicon.load()
    knowledge = knowledge_base.load(
        terms=words.finding_terms,
        history_terms=words.history_terms,
        parents=words.parents,
        labels=words.labels,
    )
    whole = replace(knowledge, forms=words.forms, characters=words.characters)
    results: dict[bool, list[tuple[bool, bool, bool]]] = {True: [], False: []}
    for fold in range(FOLDS):
        fewer, less = without(words, whole, fold)
        asked = list(complaints(words, whole, fold, options.complaints, random.Random(fold)))
        for by_letters, chosen in results.items():
            engine = Triage(less, Reader(fewer), letters_vote=by_letters)
            for complaint in asked:
                names = departments(engine, complaint)
                chosen.append(
                    (
                        bool(names) and names[0] in complaint.right,
                        not complaint.right.isdisjoint(names),
                        not names,
                    )
                )
    for by_letters, chosen in results.items():
        first, three, none = (100 * sum(column) / len(chosen) for column in zip(*chosen, strict=True))
        label = "with the letters" if by_letters else "knowledge alone"
        print(f"{label}: n={len(chosen)} top1={first:.1f} top3={three:.1f} none={none:.1f}")


if __name__ == "__main__":
    main()
