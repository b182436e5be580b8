"""What a patient may come for: conditions, reasons for a visit, and hints for bare body parts.

A condition says which findings lead to it; a reason for a visit (配眼镜, 体检) is known by its words only;
a hint stands in where a finding or a body part is all there is. All three are evidence for departments,
never a diagnosis that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from core.knowledge import Entry, Strict
from triage.foreign import cuts_a_word
from triage.model import Level

Frequency = Literal["very_common", "common", "uncommon", "rare"]
Season = Literal["春", "夏", "秋", "冬"]
#: acute: hours to two weeks; chronic: months and longer; recurrent: comes back in bouts.
Course = Literal["acute", "chronic", "recurrent"]


class SelfCare(Strict):
    """A mild course of the condition that a healthy person may look after at home first."""

    #: Up to so many days of complaints; after that the patient is sent to a clinic.
    days: int = Field(ge=1, le=14)
    #: What to do at home and when to come all the same; two or three short sentences to the patient.
    advice: str = Field(min_length=10)


class Condition(Entry):
    """A condition, or a reason for a visit, with the departments that look after it, best first."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    #: Other words that patients use for it; the name itself always counts.
    aliases: tuple[str, ...] = ()
    departments: tuple[str, ...] = Field(min_length=1)
    #: For children, where it differs from the general rule of rules/children.yml.
    child_departments: tuple[str, ...] = ()
    #: How often it is why somebody comes to a general hospital.
    prior: Frequency
    hallmark: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    occasional: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()
    #: Findings that speak against it.
    absent: tuple[str, ...] = ()
    #: Years; outside of it the condition is unlikely, not impossible.
    age_from: float = 0
    age_to: float = 120
    sex: Literal["男", "女"] | None = None
    pregnant: Literal["only", "never"] | None = None
    #: Seasons in which it is likelier; none when it does not matter.
    seasons: tuple[Season, ...] = ()
    #: How long it has usually lasted when the patient comes; None when that says nothing.
    course: Course | None = None
    #: Usual urgency where nothing alarming is said.
    level: Level = Level.IV
    #: History that makes it likelier (standard history terms).
    history: tuple[str, ...] = ()
    self_care: SelfCare | None = None
    #: True for what comes along with any complaint (复诊, 看报告, 开药): it hardly speaks against others.
    background: bool = False
    #: True for what people come for by asking (中药, 针灸, 康复训练): with its hallmark or name said, any
    #: complaint may go with it; without, the complaint alone seldom leads there.
    asked_for: bool = False

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.age_from >= self.age_to:
            raise ValueError("age_from must be below age_to")
        listed = [*self.findings, *self.absent]
        twice = {term for term in listed if listed.count(term) > 1}
        if twice:
            raise ValueError(f"{'、'.join(sorted(twice))} is listed in more than one strength")
        if self.asked_for and not self.hallmark:
            raise ValueError("asked_for needs a hallmark, the wish")
        if self.self_care is not None and self.level is not Level.IV:
            raise ValueError("self_care is for conditions of level IV only")
        return self

    @property
    def findings(self) -> tuple[str, ...]:
        """All terms that speak for it, the strongest first."""
        return (*self.hallmark, *self.common, *self.occasional, *self.rare)


class Hint(Entry):
    """A finding or a body part that points to departments although no condition is recognised."""

    id: str = Field(pattern=r"^hint_[a-z0-9_]+$")
    #: Words of the complaint, such as 膝盖; matched as written.
    words: tuple[str, ...] = ()
    #: Finding terms, where they were read.
    terms: tuple[str, ...] = ()
    departments: tuple[str, ...] = Field(min_length=1)
    child_departments: tuple[str, ...] = ()
    #: 1 a word among many, 3 nearly decides.
    weight: float = Field(default=1.0, gt=0, le=5)
    sex: Literal["男", "女"] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.words or self.terms):
            raise ValueError("give words or terms")
        return self


class ChildRule(Entry):
    """Where children go instead of an adults' department, best first."""

    id: str
    adult: str
    departments: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class WordMatch:
    """Words of the text that name an entry; `key` is the entry's place in the list that was indexed."""

    key: int
    word: str
    start: int
    #: True if it is said to be over or only the time before: 感冒以后, 骨折术后.
    before: bool = False


#: Right before a condition's name these turn it down: "没有糖尿病", "排除了肺炎".
_TURNED_DOWN = ("没有", "没得", "没患", "没", "无", "不是", "排除了", "否认", "不算")
_BACK = 3
#: Right behind it these make it the time before the complaint: 感冒以后, 鼻炎术后; 湿疹后背痒 does not.
_TIME_BEFORE = re.compile(r"(?:好了|手术|术|发作|治好)?(?:以后|之后|过后|后(?![背脑跟腰颈面脖期来果遗]))")


class WordIndex:
    """Finds the words of many entries in a text; the longest word at a place wins."""

    def __init__(self, words: Iterable[tuple[int, Sequence[str]]]) -> None:
        self._keys: dict[str, list[int]] = {}
        for key, group in words:
            for word in group:
                self._keys.setdefault(word.lower(), []).append(key)
        lengths: dict[str, set[int]] = {}
        for word in self._keys:
            lengths.setdefault(word[0], set()).add(len(word))
        #: First character → lengths of the words that begin with it, the longest first.
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def find(self, text: str) -> list[WordMatch]:
        """Matches of one message, in order, none inside another, none that is turned down."""
        low = text.lower()
        found: list[WordMatch] = []
        at = 0
        while at < len(low):
            word = self._longest(low, at)
            if word is None:
                at += 1
                continue
            before = low[max(0, at - _BACK) : at]
            if not before.endswith(_TURNED_DOWN) and not cuts_a_word(low, at, at + len(word)):
                over = _TIME_BEFORE.match(low, at + len(word)) is not None
                found += [WordMatch(key, word, at, over) for key in self._keys[word]]
            at += len(word)
        return found

    def _longest(self, text: str, at: int) -> str | None:
        for length in self._lengths.get(text[at], ()):
            if text[at : at + length] in self._keys:
                return text[at : at + length]
        return None


def to_children(
    departments: Sequence[str], rules: Mapping[str, tuple[str, ...]], own: Sequence[str]
) -> tuple[str, ...]:
    """Departments for a child: the condition's own, else each department's replacement in order."""
    if own:
        return tuple(own)
    moved = [child for department in departments for child in rules.get(department, (department,))]
    return tuple(dict.fromkeys(moved))
