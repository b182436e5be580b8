"""Knowledge that all tests share. It is immutable, and loading triage or insurance takes seconds."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

import hospital as hospital_room
import insurance as insurance_room
import triage as triage_room
from followup import FollowupKnowledge, load_followup
from hospital import Hospital
from insurance import Insurance
from triage import Triage, learning, lexicon
from triage.learning import Told
from triage.lexicon import Lexicon
from triage.reading import Reader


@cache
def hospital() -> Hospital:
    return hospital_room.load()


@cache
def words() -> Lexicon:
    return lexicon.load()


@cache
def reader() -> Reader:
    return Reader(words())


@cache
def triage() -> Triage:
    return triage_room.load()


@cache
def insurance() -> Insurance:
    return insurance_room.load(hospital())


@cache
def followup() -> FollowupKnowledge:
    return load_followup()


@cache
def told() -> Told:
    return learning.told()


def document(file: Path) -> Any:
    """What a YAML file holds, read by libyaml: the cases are thousands, and every worker reads them all."""
    return yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
