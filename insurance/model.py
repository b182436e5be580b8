"""What this room answers with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import Field

from core.knowledge import Entry

#: The number of a document in brackets behind its title, and other notes there.
_NUMBER = re.compile(r"（([^（）]*〔[^（）]*号)[^（）]*）")
_NOTE = re.compile(r"（(虚构示例)?[^（）]*）")
_MOST_CITED = 2


class Topic(Entry):
    """An insurance question: an entry of knowledge/topics/*.yml."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=2)
    #: The day up to which the rules behind the answer were followed.
    as_of: date
    #: How people ask it.
    questions: tuple[str, ...] = Field(min_length=8)
    #: Short names of the matter, compared like questions.
    keywords: tuple[str, ...] = ()
    #: Chinese text; `{…}` are words of `insurance.words`.
    answer: str = Field(min_length=10)


class Synonyms(Entry):
    """knowledge/synonyms.yml"""

    #: The word that is meant → what people say for it.
    words: dict[str, tuple[str, ...]]


class Cues(Entry):
    """knowledge/cues.yml"""

    #: Words that only a question about insurance has.
    strong: tuple[str, ...] = Field(min_length=1)
    #: Words without which a sentence is not about insurance.
    weak: tuple[str, ...] = Field(min_length=1)
    #: Provinces and large cities: whoever names one that is not ours is insured elsewhere.
    places: tuple[str, ...] = Field(min_length=1)


class Others(Entry):
    """knowledge/others.yml"""

    #: What people also write and no topic answers.
    sentences: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Answer:
    #: Id of the topic; None when nothing was near enough.
    topic: str | None
    title: str
    #: Probability that the topic is what was asked, 0–1.
    confidence: float
    #: What the patient reads.
    text: str
    source: str
    #: The day up to which it was checked; None when not answered.
    as_of: date | None
    #: False: the text hands over to a person instead of guessing.
    answered: bool
    #: Titles of topics that come near, to offer when nothing is answered.
    near: tuple[str, ...] = ()
    #: What holds for every such answer; empty where the hospital speaks of itself.
    caution: str = ""

    @property
    def cited(self) -> str:
        """Source, date and caution in one short line."""
        sources = [_short(one) for one in self.source.split("；")]
        named = "、".join(sources[:_MOST_CITED]) + ("等" if len(sources) > _MOST_CITED else "")
        dated = f"{self.as_of.year}年{self.as_of.month}月" if self.as_of else ""
        return "，".join(part for part in (named, dated, self.caution) if part)


def _short(source: str) -> str:
    """The number of a document instead of its long title, and no notes in brackets but that it is made up."""
    number = _NUMBER.search(source)
    return number[1] if number else _NOTE.sub(lambda note: note[1] or "", source)


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bill. All parts of an estimate add up to its total."""

    name: str
    #: Yuan, two decimals.
    amount: Decimal
    #: "patient", "fund" (基本医保) or "major" (大病保险).
    payer: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a bill would come to under the parameters of the hospital's city: an estimate, never a promise."""

    plan: str
    #: "inpatient" or "outpatient".
    kind: str
    total: Decimal
    parts: tuple[Part, ...]

    def paid_by(self, payer: str) -> Decimal:
        return sum((part.amount for part in self.parts if part.payer == payer), Decimal("0.00"))

    @property
    def patient(self) -> Decimal:
        return self.paid_by("patient")

    @property
    def insurance(self) -> Decimal:
        return self.total - self.patient
