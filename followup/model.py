"""The words of follow-up: how worrying an answer is, what was found in it, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How worrying an answer is. RED: now; AMBER: a nurse the same day; UNCLEAR: ask back."""

    RED = "RED"
    AMBER = "AMBER"
    UNCLEAR = "UNCLEAR"
    GREEN = "GREEN"

    @property
    def rank(self) -> int:
        """Higher is more worrying. UNCLEAR ranks above GREEN: not knowing is never reassurance."""
        return _RANK[self]


_RANK = {Severity.GREEN: 0, Severity.UNCLEAR: 1, Severity.AMBER: 2, Severity.RED: 3}


def worst(severities: list[Severity]) -> Severity:
    """The most worrying of them; GREEN for none."""
    return max(severities, key=lambda severity: severity.rank, default=Severity.GREEN)


class Other(StrEnum):
    """What an answer may be instead of an answer."""

    OPT_OUT = "opt_out"
    WRONG_PERSON = "wrong_person"
    READMITTED = "readmitted"
    DECEASED = "deceased"


class Status(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"
    #: It was there and has passed.
    PAST = "past"
    #: Asked about, feared or imagined; never raises a severity.
    HYPOTHETICAL = "hypothetical"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that an answer said about the patient."""

    #: Id of the finding or measure in the knowledge, or `triage:<term>` / `red_flag:<id>`.
    id: str
    #: Chinese name for nurses, such as 伤口渗液 or 体温 38.9℃.
    name: str
    topic: str
    status: Status
    severity: Severity
    #: One Chinese sentence for the nurse: why it matters.
    why: str = ""
    #: One or two Chinese sentences for the patient; empty when nothing particular is to be done.
    tell: str = ""
    #: Start and end (exclusive) of the mention in the answer.
    span: tuple[int, int] = (0, 0)
    #: Counts towards "two ambers are a red". Weak signs (an answer that could not be read) do not.
    counts: bool = True
    #: Topics of one family are one problem.
    family: str = ""


@dataclass(frozen=True, slots=True)
class ReplyAssessment:
    """What one answer adds up to."""

    severity: Severity
    signs: tuple[Sign, ...] = ()
    #: Chinese reasons for the nurse, the most worrying first.
    why: tuple[str, ...] = ()
    other: Other | None = None
    #: What the patient is told now; empty if the dialogue simply goes on.
    tell: str = ""
    #: Topics that the answer spoke of: a question about one of them need not be asked again.
    topics: frozenset[str] = frozenset()
    #: The patient asks something instead of, or besides, answering.
    asks_back: bool = False

    @property
    def worrying(self) -> tuple[Sign, ...]:
        """The signs that make the severity, the most worrying first."""
        found = [sign for sign in self.signs if sign.severity in {Severity.RED, Severity.AMBER}]
        return tuple(sorted(found, key=lambda sign: -sign.severity.rank))
