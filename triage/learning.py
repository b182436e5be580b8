"""Learn from the sentences of `knowledge/told`: run by `banzhen train`, anew when this room has changed."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from core.departments import STANDARD_DEPARTMENTS
from core.knowledge import Entry, KnowledgeError, Places, load_entries
from triage import experience
from triage.experience import EMERGENCY, HARMLESS, NO_COMPLAINT, Experience
from triage.linear import LinearModel, fit
from triage.model import Case, Person
from triage.pieces import Pieces, of_complaint, of_talk

ROOM = Path(__file__).parent
TOLD = ROOM / "knowledge" / "told"
#: What the second and third department of a situation count for beside the first.
COUNTS = (0.75, 0.2, 0.05)
#: Of the complaints, so many are learned without age or sex, as many patients tell them.
WITHOUT_AGE, WITHOUT_SEX = 0.25, 0.5
#: What an everyday complaint counts for among the harmless sentences.
UNSORTED = 0.5
EMERGENCY_ROOM = "急诊科"
#: Adults of a situation that is for any age are mostly not older than this.
OLD = 75


class ToldComplaints(Entry):
    """One clinical situation in patients' words, with the departments that should see it, best first."""

    id: str = Field(pattern=r"^(said|brief)_[a-z0-9_]+$")
    departments: tuple[str, ...] = Field(min_length=1, max_length=3)
    #: Years.
    age_from: float = Field(default=18, ge=0)
    age_to: float = Field(default=90, le=120)
    sex: Literal["男", "女"] | None = None
    complaints: tuple[str, ...] = Field(min_length=1)


class ToldEmergencies(Entry):
    """What is said where a red flag is met, and what only sounds like it; `|` parts messages of a talk."""

    id: str = Field(pattern=r"^rf_[A-Z]\d\d[a-z]?$")
    fires: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class ToldElse(Entry):
    """What else is said to a hospital (bookings, insurance, thanks): no complaint, no emergency."""

    id: str = Field(pattern=r"^else_[a-z0-9_]+$")
    said: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Told:
    """All sentences."""

    complaints: tuple[ToldComplaints, ...]
    emergencies: tuple[ToldEmergencies, ...]
    others: tuple[ToldElse, ...]


def told(folder: Path = TOLD) -> Told:
    """Read and check the sentences. Raises KnowledgeError with every fault."""
    complaints = tuple(load_entries(folder / "complaints", ToldComplaints))
    wrong = [
        (entry.id, f"{name} is not a standard department")
        for entry in complaints
        for name in entry.departments
        if name not in STANDARD_DEPARTMENTS
    ]
    wrong += [(e.id, "age_from must be below age_to") for e in complaints if e.age_from >= e.age_to]
    if wrong:
        places = Places(folder / "complaints")
        raise KnowledgeError([places.fault(name, message) for name, message in wrong])
    # A criterion has entries in several files, so that ids are not unique here.
    emergencies = [
        entry
        for file in sorted((folder / "emergencies").rglob("*.yml"))
        for entry in load_entries(file, ToldEmergencies)
    ]
    return Told(complaints, tuple(emergencies), tuple(load_entries(folder / "else", ToldElse)))


def learn(sentences: Told) -> Experience:
    """All three models. Takes about a minute."""
    from triage import load

    # By the rules alone: what is learned must not depend on what was learned before.
    engine = load(learned=False)
    table = str.maketrans(dict(engine.knowledge.characters))

    def talk(said: str) -> Pieces:
        case = Case()
        for message in said.split("|"):
            case = engine.add(case, engine.read(message), message)
        words = [word.translate(table) for word in case.words]
        return of_talk(words, case.findings, engine.knowledge.parents)

    alarming = [(entry.id, talk(said)) for entry in sentences.emergencies for said in entry.fires]
    harmless = [talk(said) for entry in sentences.emergencies for said in entry.silent]
    harmless += [talk(said) for entry in sentences.others for said in entry.said]
    # Nobody has sorted the others by urgency: each counts for less.
    sorted_out = {said for entry in sentences.emergencies for said in (*entry.fires, *entry.silent)}
    everyday = [
        talk(said)
        for entry in sentences.complaints
        if EMERGENCY_ROOM not in entry.departments
        for said in entry.complaints
        if said not in sorted_out
    ]
    alarm = fit(
        [*(pieces for _, pieces in alarming), *harmless, *everyday],
        [*(EMERGENCY for _ in alarming), *(HARMLESS for _ in (*harmless, *everyday))],
        counts=[*(1.0 for _ in (*alarming, *harmless)), *(UNSORTED for _ in everyday)],
        until=1e-5,
    )
    criteria = fit(
        [pieces for _, pieces in alarming], [name for name, _ in alarming], freedom=30.0, until=1e-4
    )
    return Experience(_complaints(sentences, table), alarm, criteria, table)


def _complaints(sentences: Told, table: Mapping[int, str]) -> LinearModel:
    dice = random.Random(1)
    samples: list[Pieces] = []
    of: list[int] = []
    labels: list[str] = []
    counts: list[float] = []
    for entry in sentences.complaints:
        oldest = max(entry.age_from + 1, min(entry.age_to, OLD))
        shares = COUNTS[: len(entry.departments)]
        for said in entry.complaints:
            age = None if dice.random() < WITHOUT_AGE else dice.uniform(entry.age_from, oldest)
            sex = entry.sex or (None if dice.random() < WITHOUT_SEX else dice.choice(("男", "女")))
            of += [len(samples)] * len(shares)
            labels += entry.departments
            counts += [share / sum(shares) for share in shares]
            samples.append(of_complaint([said.translate(table)], Person(age=age, sex=sex)))
    for said in (said for other in sentences.others for said in other.said):
        of.append(len(samples))
        labels.append(NO_COMPLAINT)
        counts.append(1.0)
        samples.append(of_complaint([said.translate(table)], Person()))
    return fit(samples, labels, of=of, counts=counts, until=1e-4)


def fingerprint() -> str:
    """Changes with everything that the models are made of: the sentences, the words, the code that reads."""
    digest = hashlib.sha256()
    for file in sorted([*ROOM.rglob("*.yml"), *ROOM.rglob("*.py")]):
        digest.update(str(file.relative_to(ROOM)).encode("utf-8") + b"\0" + file.read_bytes())
    return digest.hexdigest()


def is_learned(file: Path = experience.FILE) -> bool:
    """True if what is stored was learned from what is here now."""
    return experience.made_from(file) == fingerprint()


def train(file: Path = experience.FILE) -> None:
    """Learn and store, whole or not at all. Raises KnowledgeError with every fault of the sentences."""
    before = fingerprint()
    data = experience.to_bytes(learn(told()), before)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(file)
