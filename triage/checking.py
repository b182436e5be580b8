"""A second look at knowledge that loads: what contradicts itself, what nothing leads to, what is vague.

Loading refuses what cannot be understood; this finds what can be understood and still helps nobody. Faults
are to be mended before the knowledge is used, warnings are for the next clinical review.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.departments import STANDARD_DEPARTMENTS
from core.knowledge import Entry, Fault, Places
from triage.conditions import Condition, WordIndex
from triage.expressions import Expression
from triage.knowledge_base import FOLDER, KnowledgeBase
from triage.lexicon import Lexicon
from triage.model import Subject
from triage.reading import Reader
from triage.red_flags import RedFlag

#: A source shorter than this names no work.
SHORTEST_SOURCE = 6
#: A source that names a guideline, book, standard, regulation or says that we wrote it ourselves.
_NAMED = re.compile(r"《.+》|指南|共识|规范|标准|目录|自拟|NICE|WHO|AHA|ESC|ACOG|[A-Z]{2,}")
#: Conditions up to this age, years, are those of children.
_CHILD_UNTIL = 18


@dataclass(frozen=True, slots=True)
class Review:
    """What was found, each with file and line."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def review(knowledge: KnowledgeBase, words: Lexicon, reader: Reader, folder: Path = FOLDER) -> Review:
    """Everything that is wrong or doubtful in knowledge from `folder`; `reader` must know these `words`."""
    look = _Look(knowledge, words, reader, folder)
    return Review(list(look.faults()), list(look.warnings()))


class _Look:
    def __init__(self, knowledge: KnowledgeBase, words: Lexicon, reader: Reader, root: Path) -> None:
        self._base = knowledge
        self._words = words
        self._places = Places(root, ("conditions", "questions", "red_flags", "rules"))
        self._words_at = Places(root, ("symptoms", "history.yml"))
        self._reader = reader
        self._forms: dict[str, list[str]] = {}
        for form, term in words.forms.items():
            self._forms.setdefault(term, []).append(form)

    def faults(self) -> Iterator[Fault]:
        for condition in self._base.conditions:
            yield from self._contradictions(condition)
        yield from self._contrary_flags()
        yield from self._unheard_flags()
        yield from self._nameless_conditions()

    def warnings(self) -> Iterator[Fault]:
        yield from self._shared_words()
        yield from self._unused_terms()
        yield from self._questions_never_asked()
        yield from self._departments_never_reached()
        yield from self._vague_sources()
        yield from self._missing_labels()

    # -- contradictions -------------------------------------------------------------------------------

    def _contradictions(self, condition: Condition) -> Iterator[Fault]:
        """右下腹痛 cannot speak for what 腹痛 speaks against."""
        for term in condition.findings:
            for wide in self._base.parents.get(term, ()):
                if wide in condition.absent:
                    yield self._places.fault(
                        condition.id, f"{term} speaks for it, and {wide}, which it implies, against it"
                    )

    def _contrary_flags(self) -> Iterator[Fault]:
        seen: dict[tuple[str, str], RedFlag] = {}
        for flag in self._base.red_flags:
            key = (flag.when.model_dump_json(), flag.population.model_dump_json())
            other = seen.setdefault(key, flag)
            if other is not flag and (other.level, other.action) != (flag.level, flag.action):
                yield self._places.fault(
                    flag.id,
                    f"the same condition as {other.id}, but level {flag.level} and not {other.level}",
                )

    # -- what nothing leads to ------------------------------------------------------------------------

    def _unheard_flags(self) -> Iterator[Fault]:
        heard = self._heard({term for flag in self._base.red_flags for term in flag.when.terms()})
        for flag in self._base.red_flags:
            if not _possible(flag.when, heard):
                terms = "、".join(sorted(set(flag.when.terms()) - heard))
                yield self._places.fault(flag.id, f"can never hold: no words are read as {terms}")

    def _heard(self, terms: Iterable[str]) -> set[str]:
        """Terms that at least one of their words is read as."""
        narrower: dict[str, list[str]] = {}
        for term, wide in self._base.parents.items():
            for one in wide:
                narrower.setdefault(one, []).append(term)
        measured = {m.term for m in self._words.measurements}
        measured |= {meaning.term for m in self._words.measurements for meaning in m.means}
        return {
            term
            for term in terms
            if term in measured or any(self._reads(own) for own in (term, *narrower.get(term, ())))
        }

    def _reads(self, term: str) -> bool:
        return any(
            found.term == term and found.subject is Subject.SELF
            for form in (*self._forms.get(term, ()), term)
            for found in self._reader.read(form).findings
        )

    def _nameless_conditions(self) -> Iterator[Fault]:
        """Without findings, a condition is known by its words alone: one of them must lead to it."""
        entries = [(i, (c.name, *c.aliases)) for i, c in enumerate(self._base.conditions)]
        index = WordIndex(entries)
        for number, names in entries:
            condition = self._base.conditions[number]
            led = any(match.key == number for name in names for match in index.find(name))
            if not condition.findings and not led:
                yield self._places.fault(condition.id, "no findings, and none of its words leads to it")

    def _shared_words(self) -> Iterator[Fault]:
        names = {condition.name: condition for condition in self._base.conditions}
        seen: dict[str, Condition] = dict(names)
        for condition in self._base.conditions:
            for alias in condition.aliases:
                other = seen.setdefault(alias, condition)
                rivals = other is not condition and other.departments[0] != condition.departments[0]
                if rivals and not _for_children(condition) and not _for_children(other):
                    yield self._places.fault(
                        condition.id, f"the alias {alias} also leads to {other.id}, of another department"
                    )

    def _unused_terms(self) -> Iterator[Fault]:
        used = {t for c in self._base.conditions for t in (*c.findings, *c.absent)}
        used |= {t for hint in self._base.hints for t in hint.terms}
        used |= {t for flag in self._base.red_flags for t in flag.when.terms()}
        used |= {t for rule in self._base.level_rules for t in rule.when.terms()}
        used |= {q.term for q in self._base.finding_questions}
        used |= {t for flag in self._base.red_flags for t in flag.when.histories()}
        used |= {t for c in self._base.conditions for t in c.history}
        used |= {t for q in self._base.red_flag_questions for t in q.when.terms()}
        used |= {t for q in self._base.person_questions for t in q.terms}
        for name in sorted(self._words.finding_terms):
            if used.isdisjoint((name, *self._base.parents.get(name, ()))):
                yield self._words_at.fault(
                    name, "no condition, red flag, rule or question uses it", key="term"
                )

    def _questions_never_asked(self) -> Iterator[Fault]:
        listed = {t for c in self._base.conditions for t in c.findings}
        listed |= {t for hint in self._base.hints for t in hint.terms}
        for question in self._base.finding_questions:
            if question.term not in listed:
                yield self._places.fault(question.id, f"never asked: no condition lists {question.term}")
        askable = {t for flag in self._base.red_flags for t in _plain_terms(flag.when)}
        for signs in self._base.red_flag_questions:
            if askable.isdisjoint(sign.value for sign in signs.signs):
                yield self._places.fault(signs.id, "never asked: none of its signs completes a red flag")

    def _departments_never_reached(self) -> Iterator[Fault]:
        reached = {d for c in self._base.conditions for d in (*c.departments, *c.child_departments)}
        reached |= {d for hint in self._base.hints for d in (*hint.departments, *hint.child_departments)}
        reached |= {d for flag in self._base.red_flags for d in flag.departments}
        reached |= {d for departments in self._base.child_rules.values() for d in departments}
        for name in STANDARD_DEPARTMENTS:
            if name not in reached:
                yield self._places.fault(name, "nothing leads to this standard department")

    # -- vagueness ------------------------------------------------------------------------------------

    def _vague_sources(self) -> Iterator[Fault]:
        entries: tuple[tuple[Entry, str], ...] = tuple(
            (entry, entry.id)
            for group in (
                self._base.red_flags, self._base.conditions, self._base.hints, self._base.level_rules,
                self._base.person_questions, self._base.red_flag_questions, self._base.finding_questions,
            )
            for entry in group
        )  # fmt: skip
        for entry, name in entries:
            if len(entry.source) < SHORTEST_SOURCE or not _NAMED.search(entry.source):
                yield self._places.fault(
                    name, f"source “{entry.source}” names no guideline, book or standard"
                )

    def _missing_labels(self) -> Iterator[Fault]:
        """What a patient reads among the options must be plain: a clinical sign needs a label."""
        for question in self._base.finding_questions:
            term = self._words.terms[question.term]
            if term.kind == "sign" and self._base.labels.get(term.name, term.name) == term.name:
                yield self._words_at.fault(
                    term.name, "a sign that is asked for, without plain words for it (label)", key="term"
                )


def _for_children(condition: Condition) -> bool:
    """A child's form of an illness may share its words: age decides."""
    return condition.age_to <= _CHILD_UNTIL


def _possible(when: Expression, heard: set[str]) -> bool:
    """True if the tree can hold when only these terms are ever read."""
    if when.finding is not None:
        return not heard.isdisjoint(when.finding)
    if when.all is not None:
        return all(_possible(part, heard) for part in when.all)
    if when.any is not None:
        return any(_possible(part, heard) for part in when.any)
    if when.of is not None and when.at_least is not None:
        return sum(_possible(part, heard) for part in when.of) >= when.at_least
    return True


def _plain_terms(when: Expression) -> Iterator[str]:
    """Findings that a tap alone can supply: those without limits."""
    if when.finding is not None and not when.has_limits:
        yield from when.finding
    for part in (*(when.all or ()), *(when.any or ()), *(when.of or ())):
        yield from _plain_terms(part)
