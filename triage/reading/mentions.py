"""The reader's working values: findings as mentioned, and the cues around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from triage.model import Status, Subject, When
from triage.words import BodyPart, Cue

Span = tuple[int, int]


@dataclass(slots=True)
class Mention:
    """A finding as mentioned; the reader fills in what the words around it say."""

    term: str
    start: int
    end: int
    #: The stretches that carry the meaning; what lies between them is free for other findings.
    parts: tuple[Span, ...]
    #: "form", "pattern", "composed", "alone" (a sensation without a body part) or "measured".
    origin: str
    site: str | None = None
    #: Id of the sensation of a composed mention or of one said alone.
    sensation: str | None = None
    value: float | None = None
    #: True if its words begin with a negation of their own: 没有尿.
    negative: bool = False
    status: Status = Status.PRESENT
    subject: Subject = Subject.SELF
    time: When = When.NOW
    duration_hours: float | None = None
    sudden: bool | None = None
    course: str | None = None
    severity: float | None = None
    trigger: str | None = None
    relief: str | None = None

    @property
    def weight(self) -> int:
        """Characters that carry the meaning."""
        return sum(end - start for start, end in self.parts)


@dataclass(frozen=True, slots=True)
class CueHit:
    """A cue at a place of the normalised text."""

    start: int
    end: int
    cue: Cue


@dataclass(slots=True)
class Found:
    """Everything known in one message, in order of the text."""

    mentions: list[Mention] = field(default_factory=list)
    cues: list[CueHit] = field(default_factory=list)
    #: Body parts as said, with the side: 左膝盖.
    sites: list[tuple[int, int, BodyPart]] = field(default_factory=list)
