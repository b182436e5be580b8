"""The words of findings: terms with everyday forms, body parts, sensations, cues, measurements.

`load` reads `knowledge/` and checks it as a whole: a form that two terms claim, an implied term that does not
exist or a body part that names an unknown sensation stops the service, each with file and line. Surfaces are
kept in the reader's normal form (simplified, half width, lower case), so that they match normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from pydantic import Field, field_validator

from core.knowledge import Entry, Fault, KnowledgeError, Strict, load_document, load_entries

FOLDER = Path(__file__).parent / "knowledge"
#: Stand between the parts of a pattern: some characters of the clause, or three at most (吐+血: 吐了口血).
GAP, NARROW = "…", "+"
GAPS = {GAP: 8, NARROW: 3}
#: Between the alternatives of one part: 喊/叫/推…不醒.
OR = "/"

#: One part of a pattern: most characters before it, and the words that may stand there.
Part = tuple[int, tuple[str, ...]]


def parts_of(pattern: str) -> tuple[Part, ...]:
    """The parts of a pattern in order; the first has no gap."""
    pieces = re.split(f"([{GAP}{NARROW}])", pattern)
    gaps = (0, *(GAPS[mark] for mark in pieces[1::2]))
    return tuple((gap, tuple(piece.split(OR))) for gap, piece in zip(gaps, pieces[::2], strict=True))


Kind = Literal["symptom", "sign", "quality", "circumstance", "disease", "need", "vital"]
CueKind = Literal[
    "negation",  # what follows is not there; scope next / clause / sentence
    "negation_after",  # what precedes is not there: 发烧倒是没有
    "uncertain", "uncertain_after",
    "hypothetical", "hypothetical_after",
    "educational",  # the sentence asks about an illness in general
    "administrative",  # the sentence asks about places or money
    "past", "past_weak",  # weak: past only with a sign that it is over
    "now", "resolved_after",
    "contrast",  # ends the reach of the cue before it
    "pseudo",  # looks like a cue and is none: 不得不
    "not_finding",  # looks like a finding and is none: 发热门诊
    "light",  # may stand between a cue and what it governs
    "sudden", "course_intermittent", "course_worsening", "course_improving", "severity",
    "amount",  # how much was bled; said in the clause of the blood or in the next one
    "child",  # a relative that care is sought for whenever named: 孩子, 患者
    "relative", "pronoun", "third_person", "bystander", "hearsay", "self", "not_subject",
    "speaks", "behalf", "with",  # before or behind a person word: the person is not the patient / is
    "care_seeking", "family_history", "urgent",
    "answer_yes", "answer_no", "answer_unsure",
    "occasion",  # what brings a finding on, or relieves it: 一走路就, 休息
    "telling",  # behind 我: the writer tells or cares, and is not ill: 我给他量了
    "qualifier",  # the kind of an illness, part of its name: 病毒性腹泻
    "manner_before", "manner_after",  # how much and how often, not part of a name: 反复发热, 痰多
]  # fmt: skip


class Symptom(Entry):
    """A finding, or a term of the history, with the words that people use for it."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    #: Standard clinical name; the term itself is a form too.
    term: str = Field(min_length=1)
    kind: Kind
    #: Wider terms that hold whenever this one does: 右下腹痛 → 下腹痛, 腹痛.
    implies: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    #: Parts in order with GAP between them: 嘴…歪.
    patterns: tuple[str, ...] = ()
    #: What it means when the person is pregnant or has just given birth: 大量出血 → 大量阴道出血.
    in_pregnancy: str | None = None
    #: Plain words for patients; the term when not given.
    label: str | None = None

    @field_validator("patterns")
    @classmethod
    def _have_gaps(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            if GAP not in pattern or not all(pattern.split(GAP)):
                raise ValueError(f"{pattern} needs words on both sides of {GAP}")
        return value


class Wording(Entry):
    """More ways to say a term, in parts that vary: 喊/叫/推…不醒/没反应."""

    id: str = Field(pattern=r"^say_[a-z0-9_]+$")
    term: str
    ways: tuple[str, ...] = Field(min_length=1)

    @field_validator("ways")
    @classmethod
    def _whole(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for way in value:
            if not all(word for _, words in parts_of(way) for word in words):
                raise ValueError(f"{way} has an empty part")
        return value


class SignGroup(Entry):
    """Terms that a doubt or a good end does not take away, because missing them is worse."""

    id: Literal["in_doubt", "passing"]
    terms: tuple[str, ...]


class HistoryTerm(Entry):
    """A chronic condition, treatment or circumstance of the person."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    term: str = Field(min_length=1)
    kind: Literal["disease", "medicine", "circumstance"]
    #: True if a mention is a finding as well (a disease that people come for).
    finding: bool = False
    implies: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


class BodyPart(Entry):
    id: str
    name: str
    forms: tuple[str, ...] = Field(min_length=1)
    #: Sensation id → term.
    terms: Mapping[str, str]
    #: The same when only one side is named: 左手没劲 → 单侧肢体无力.
    one_sided: Mapping[str, str] = {}
    #: False for what leaves the body (大便): findings are made with it, and it is no site.
    site: bool = True


class Sensation(Entry):
    id: str
    forms: tuple[str, ...] = Field(min_length=1)
    #: Term for body parts that name none of their own; None: together they mean nothing.
    default: str | None
    #: True if it means its default without a body part, too.
    alone: bool = False
    #: Forms that never do: 没感觉.
    only_with_part: tuple[str, ...] = ()
    #: True if it also stands right before what it is said of: 绿色的大便, 稀粑粑.
    adjective: bool = False


class Cue(Entry):
    id: str
    kind: CueKind
    forms: tuple[str, ...] = Field(min_length=1)
    #: Reach of a negation or supposition.
    scope: Literal["next", "clause", "sentence"] | None = None
    #: Severity 0–10, 1/0 for sudden/gradual, 1 for a doubt about what is seen or felt (好像), not a question.
    value: float | None = Field(default=None, ge=0, le=10)
    #: Standard word of an occasion.
    means: str | None = None
    #: Sex of the person meant: 男 or 女.
    sex: Literal["男", "女"] | None = None


class Meaning(Strict):
    """A finding that follows from a measured value."""

    term: str
    from_: float | None = Field(default=None, alias="from")
    below: float | None = None
    absent: bool = False


class Measurement(Entry):
    id: str
    term: str
    unit: str
    words: tuple[str, ...]
    units: tuple[str, ...]
    plausible: tuple[float, float]
    means: tuple[Meaning, ...] = ()


class Characters(Entry):
    """Pairs of characters: traditional → simplified, heard → meant."""

    pairs: str

    @field_validator("pairs")
    @classmethod
    def _pairs_of_two(cls, value: str) -> str:
        for pair in value.split():
            if len(pair) != 2:
                raise ValueError(f"{pair} is not a pair of characters")
        return value


@dataclass(frozen=True, slots=True)
class Term:
    """One term as the reader uses it."""

    name: str
    kind: str
    #: All wider terms, nearest first.
    wider: tuple[str, ...]
    #: True if it also belongs to the person's history.
    history: bool
    #: False for history terms that are no finding (medicines, circumstances).
    finding: bool
    in_pregnancy: str | None
    label: str
    #: An emergency sign that counts although the speaker is not sure: 好像没呼吸了.
    in_doubt: bool = False
    #: An event that stays one when it is over: 刚才抽了，现在不抽了.
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words, immutable and checked."""

    #: Standard names of findings.
    terms: Mapping[str, Term]
    #: Standard names of the history.
    history_terms: frozenset[str]
    #: Surface → term name.
    forms: Mapping[str, str]
    #: First part → (further parts, term name).
    patterns: Mapping[str, tuple[tuple[tuple[Part, ...], str], ...]]
    parts: Mapping[str, BodyPart]
    sensations: Mapping[str, Sensation]
    cues: Mapping[str, tuple[Cue, ...]]
    measurements: tuple[Measurement, ...]
    characters: Mapping[str, str]
    #: Heard and meant, two characters each: 腾疼.
    sounds: tuple[str, ...] = ()

    @property
    def parents(self) -> dict[str, tuple[str, ...]]:
        """Term → its wider terms, for those that have any."""
        return {name: term.wider for name, term in self.terms.items() if term.wider}

    @property
    def labels(self) -> dict[str, str]:
        """Term → plain words for patients."""
        return {name: term.label for name, term in self.terms.items()}

    @property
    def finding_terms(self) -> frozenset[str]:
        """Terms that a Finding may carry."""
        return frozenset(name for name, term in self.terms.items() if term.finding)


T = TypeVar("T", bound=Entry)


P = TypeVar("P", BodyPart, Sensation)


def load(folder: Path | None = None) -> Lexicon:
    """Read and check the words below `folder` (default: the room's own). Raises KnowledgeError."""
    root = folder or FOLDER
    faults: list[Fault] = []

    def read(path: str, model: type[T]) -> Sequence[T]:
        try:
            return load_entries(root / path, model)
        except KnowledgeError as error:
            faults.extend(error.faults)
            return ()

    symptoms = read("symptoms", Symptom)
    wordings = read("wordings", Wording)
    history = read("history.yml", HistoryTerm)
    parts = read("body_parts.yml", BodyPart)
    sensations = read("sensations.yml", Sensation)
    cues = [*read("cues.yml", Cue), *read("emergency_cues.yml", Cue)]
    signs = read("emergency_signs.yml", SignGroup)
    measurements = read("measurements.yml", Measurement)
    try:
        characters = load_document(root / "characters.yml", Characters)
        sounds = load_document(root / "sounds.yml", Characters)
    except KnowledgeError as error:
        faults.extend(error.faults)
    if faults:
        raise KnowledgeError(faults)

    table = {pair[0]: pair[1] for pair in characters.pairs.split()}
    build = _Builder(root, table)
    lexicon = build.lexicon(symptoms, wordings, signs, history, parts, sensations, cues, measurements)
    if build.faults:
        raise KnowledgeError(build.faults)
    return replace(lexicon, sounds=tuple(sounds.pairs.split()))


class _Builder:
    """Puts the entries together and collects what does not fit."""

    def __init__(self, root: Path, table: Mapping[str, str]) -> None:
        self._root = root
        self._table = table
        self.faults: list[Fault] = []

    def lexicon(
        self,
        symptoms: Sequence[Symptom],
        wordings: Sequence[Wording],
        signs: Sequence[SignGroup],
        history: Sequence[HistoryTerm],
        parts: Sequence[BodyPart],
        sensations: Sequence[Sensation],
        cues: Sequence[Cue],
        measurements: Sequence[Measurement],
    ) -> Lexicon:
        named: dict[str, Symptom | HistoryTerm] = {}
        entries: tuple[Symptom | HistoryTerm, ...] = (*history, *symptoms)
        for entry in entries:
            if entry.term in named:
                self._fault(entry.id, f"the term {entry.term} is already defined by {named[entry.term].id}")
            named[entry.term] = entry
        forms: dict[str, str] = {}
        ways: list[tuple[str, str, str]] = []
        for entry in named.values():
            for form in (entry.term, *entry.forms):
                surface = self._surface(form)
                if forms.setdefault(surface, entry.term) != entry.term:
                    self._fault(entry.id, f"the form {form} already belongs to {forms[surface]}")
            ways += [(entry.id, pattern, entry.term) for pattern in entry.patterns]
            for wider in (*entry.implies, *_meant_in_pregnancy(entry)):
                if wider not in named:
                    self._fault(entry.id, f"names {wider}, which is not a term")
        for wording in wordings:
            if wording.term not in named:
                self._fault(wording.id, f"names {wording.term}, which is not a term")
            ways += [(wording.id, way, wording.term) for way in wording.ways]
        patterns: dict[str, list[tuple[tuple[Part, ...], str]]] = {}
        for entry_id, way, term in ways:
            (_, heads), *rest = parts_of(way)
            further = tuple((gap, tuple(map(self._surface, words))) for gap, words in rest)
            for head in map(self._surface, heads):
                if further:
                    patterns.setdefault(head, []).append((further, term))
                elif forms.setdefault(head, term) != term:
                    self._fault(entry_id, f"the form {head} already belongs to {forms[head]}")
        self._check_parts(parts, sensations, measurements, named)
        by_cue: dict[str, list[Cue]] = {}
        for cue in cues:
            for form in cue.forms:
                by_cue.setdefault(self._surface(form), []).append(cue)
        groups: dict[str, frozenset[str]] = {group.id: frozenset(group.terms) for group in signs}
        for group in signs:
            for name in group.terms:
                if name not in named:
                    self._fault(group.id, f"names {name}, which is not a term")
        terms = {name: _grouped(_term(entry, named), groups) for name, entry in named.items()}
        return Lexicon(
            terms=MappingProxyType(terms),
            history_terms=frozenset(entry.term for entry in history),
            forms=MappingProxyType(forms),
            patterns=MappingProxyType({head: tuple(rest) for head, rest in patterns.items()}),
            parts=MappingProxyType(self._by_form(parts)),
            sensations=MappingProxyType(self._by_form(sensations)),
            cues=MappingProxyType({form: tuple(found) for form, found in by_cue.items()}),
            measurements=tuple(measurements),
            characters=MappingProxyType(dict(self._table)),
        )

    def _check_parts(
        self,
        parts: Sequence[BodyPart],
        sensations: Sequence[Sensation],
        measurements: Sequence[Measurement],
        named: Mapping[str, object],
    ) -> None:
        known = {sensation.id for sensation in sensations}
        for part in parts:
            for sensation, term in (*part.terms.items(), *part.one_sided.items()):
                if sensation not in known:
                    self._fault(part.id, f"{sensation} is not a sensation of sensations.yml")
                if term not in named:
                    self._fault(part.id, f"{term} is not a term of knowledge/symptoms")
        for sensed in sensations:
            if sensed.default is not None and sensed.default not in named:
                self._fault(sensed.id, f"{sensed.default} is not a term of knowledge/symptoms")
        for measurement in measurements:
            for term in (measurement.term, *(meaning.term for meaning in measurement.means)):
                if term not in named:
                    self._fault(measurement.id, f"{term} is not a term of knowledge/symptoms")

    def _by_form(self, entries: Iterable[P]) -> dict[str, P]:
        found: dict[str, P] = {}
        for entry in entries:
            for form in entry.forms:
                other = found.setdefault(self._surface(form), entry)
                if other is not entry:
                    self._fault(entry.id, f"the form {form} already belongs to {other.id}")
        return found

    def _surface(self, form: str) -> str:
        return "".join(self._table.get(char, char) for char in form).lower()

    def _fault(self, entry: str, message: str) -> None:
        for file in sorted(self._root.rglob("*.yml")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                start = line.strip().removeprefix("- ").removeprefix("{")
                if start == f"id: {entry}" or start.startswith(f"id: {entry},"):
                    self.faults.append(Fault(file, number, entry, message))
                    return
        self.faults.append(Fault(self._root, 1, entry, message))


def _meant_in_pregnancy(entry: Symptom | HistoryTerm) -> tuple[str, ...]:
    return (entry.in_pregnancy,) if isinstance(entry, Symptom) and entry.in_pregnancy else ()


def _term(entry: Symptom | HistoryTerm, named: Mapping[str, Symptom | HistoryTerm]) -> Term:
    wider: list[str] = []
    queue = list(entry.implies)
    while queue:
        name = queue.pop(0)
        if name not in wider and name != entry.term:
            wider.append(name)
            queue += named[name].implies if name in named else ()
    history = isinstance(entry, HistoryTerm)
    label = None if isinstance(entry, HistoryTerm) else entry.label
    return Term(
        name=entry.term,
        kind=entry.kind,
        wider=tuple(wider),
        history=history,
        finding=entry.finding if isinstance(entry, HistoryTerm) else True,
        in_pregnancy=None if isinstance(entry, HistoryTerm) else entry.in_pregnancy,
        label=label or entry.term,
    )


def _grouped(term: Term, groups: Mapping[str, frozenset[str]]) -> Term:
    """The term with the groups that it or a wider one belongs to."""
    names = {term.name, *term.wider}
    return replace(
        term,
        in_doubt=not names.isdisjoint(groups.get("in_doubt", ())),
        passing=not names.isdisjoint(groups.get("passing", ())),
    )


def words_of(lexicon: Lexicon, keep: Callable[[str], bool] = bool) -> frozenset[str]:
    """Every surface that the reader looks for."""
    everything = (*lexicon.forms, *lexicon.parts, *lexicon.sensations, *lexicon.cues, *lexicon.patterns)
    return frozenset(filter(keep, everything))
