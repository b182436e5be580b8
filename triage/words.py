"""What the files of words may hold: findings, wordings, body parts, sensations, cues, measurements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator

from core.knowledge import Entry, Strict

#: Stand between the parts of a pattern: some characters of the clause, three at most (吐+血: 吐了口血), or
#: some of this clause and the next (硬，下不去: 硬了五个小时了，下不去).
GAP, NARROW, ACROSS = "…", "+", "，"
GAPS = {GAP: 8, NARROW: 3, ACROSS: 14}
#: Between the alternatives of one part: 喊/叫/推…不醒.
OR = "/"

#: One part of a pattern: most characters before it, and the words that may stand there.
Part = tuple[int, tuple[str, ...]]


def parts_of(pattern: str) -> tuple[Part, ...]:
    """The parts of a pattern in order; the first has no gap."""
    pieces = re.split(f"([{GAP}{NARROW}{ACROSS}])", pattern)
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


class Ordinary(Entry):
    """What makes a sign an everyday thing or a mere name: 赖床叫不醒, a pesticide nobody took."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    terms: tuple[str, ...] = Field(min_length=1)
    #: One of these is said with the sign; empty: the sign stands for nothing by itself.
    when: tuple[str, ...] = ()
    #: None of these is said, unless denied or feared: with them it is no ordinary thing.
    unless: tuple[str, ...] = Field(min_length=1)
    #: A measured value above this is never ordinary.
    value_to: float | None = None


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
