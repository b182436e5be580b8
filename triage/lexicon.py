"""The words of findings: terms with everyday forms, body parts, sensations, cues, measurements.

`load` reads `knowledge/` and checks it as a whole: a form that two terms claim, an implied term that does not
exist or a body part that names an unknown sensation stops the service, each with file and line. Surfaces are
kept in the reader's normal form (simplified, half width, lower case), so that they match normalised text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from core.knowledge import Entry, Fault, KnowledgeError, Places, load_document, load_entries
from triage.words import (
    BodyPart,
    Characters,
    Cue,
    HistoryTerm,
    Measurement,
    Ordinary,
    Part,
    Sensation,
    SignGroup,
    Symptom,
    Wording,
    parts_of,
)

FOLDER = Path(__file__).parent / "knowledge"
#: Files and folders that the words are in.
_FILES = (
    "symptoms", "wordings", "history.yml", "body_parts.yml", "sensations.yml", "cues.yml",
    "emergency_cues.yml", "emergency_signs.yml", "measurements.yml", "ordinary.yml",
)  # fmt: skip


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
    #: Term → what makes it an everyday thing.
    ordinary: Mapping[str, tuple[Ordinary, ...]] = field(default_factory=dict)

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
    ordinary = read("ordinary.yml", Ordinary)
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
    by_term = build.ordinary(ordinary, lexicon.terms)
    if build.faults:
        raise KnowledgeError(build.faults)
    return replace(lexicon, sounds=tuple(sounds.pairs.split()), ordinary=by_term)


class _Builder:
    """Puts the entries together and collects what does not fit."""

    def __init__(self, root: Path, table: Mapping[str, str]) -> None:
        self._places = Places(root, _FILES)
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

    def ordinary(
        self, entries: Sequence[Ordinary], terms: Mapping[str, Term]
    ) -> Mapping[str, tuple[Ordinary, ...]]:
        """Each term with what makes it, or a wider one, an everyday thing."""
        for entry in entries:
            for name in entry.terms:
                if name not in terms:
                    self._fault(entry.id, f"names {name}, which is not a term")
        found = {
            name: tuple(entry for entry in entries if not {name, *term.wider}.isdisjoint(entry.terms))
            for name, term in terms.items()
        }
        return MappingProxyType({name: group for name, group in found.items() if group})

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
        self.faults.append(self._places.fault(entry, message))


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


def words_of(lexicon: Lexicon) -> frozenset[str]:
    """Every surface that the reader looks for."""
    return frozenset((*lexicon.forms, *lexicon.parts, *lexicon.sensations, *lexicon.cues, *lexicon.patterns))
