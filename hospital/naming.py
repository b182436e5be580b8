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
            at = heard.find(key) if key else -1
            if at < 0:
                continue
            rank = (-len(key), at)
            if best is None or rank < best:
                best, found = rank, entry
    return found


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
