"""Finding departments, doctors and examinations in free text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")

#: Surnames of two characters; every other surname is the first character of a name.
_COMPOUND = ("欧阳", "上官", "司马", "诸葛", "司徒", "东方", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐")
_CALLED = r"(?:主任|医生|大夫|医师|教授|专家|副主任|主治|老师)"


class Named(Protocol):
    @property
    def name(self) -> str: ...


D = TypeVar("D", bound=Named)


def plain(text: str) -> str:
    """Free text as names are compared: width folded, lower case, without spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in folded if char.isalnum())


def longest_named(text: str, entries: Iterable[tuple[T, tuple[str, ...]]]) -> T | None:
    """The entry of which the longest name stands in the text; at equal length the one that comes first."""
    heard = plain(text)
    best: tuple[int, int] | None = None
    found: T | None = None
    for entry, names in entries:
        for name in names:
            key = plain(name)
            found_at = _stands(key, heard)
            if found_at is None:
                continue
            rank = (-len(key), found_at)
            if best is None or rank < best:
                best, found = rank, entry
    return found


def _stands(key: str, heard: str) -> int | None:
    """Where the name stands in the text. A name in Latin letters must stand alone: PETCT is no CT."""
    if not key or key not in heard:
        return None
    pattern = re.escape(key)
    if key[:1].isascii():
        pattern = rf"(?<![a-z0-9]){pattern}"
    if key[-1:].isascii():
        pattern = rf"{pattern}(?![a-z0-9])"
    match = re.search(pattern, heard)
    return match.start() if match else None


def surname(name: str) -> str:
    return name[:2] if name.startswith(_COMPOUND) and len(name) > 2 else name[:1]


def doctors_named(text: str, doctors: Iterable[D]) -> tuple[D, ...]:
    """Those called by full name; else those of whom surname and title are said (王主任, 姓王的大夫)."""
    heard = plain(text)
    everyone = tuple(doctors)
    full = tuple(doctor for doctor in everyone if plain(doctor.name) in heard)
    if full:
        return full
    return tuple(
        doctor
        for doctor in everyone
        if re.search(rf"{surname(doctor.name)}(?:{_CALLED})|姓{surname(doctor.name)}的?", heard)
    )
