"""The safety guard: reads every message in every context, and never depends on the bot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conversations import text as texts
from conversations.model import Guard
from triage.model import Case, Reading, RedFlagHit

#: A longer message is read in pieces, characters.
PIECE = 1_000
#: The guard reads this much of one message, characters; what is longer counts as not checked.
GUARD_LIMIT = 20_000


class NotChecked(Exception):
    """The guard could not read the whole message: nobody has said that it is harmless."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard found."""

    #: The case with this message.
    case: Case
    #: Red flags to answer now, the most urgent first: newly raised, or mentioned again.
    hits: tuple[RedFlagHit, ...]
    #: Ids of the hits that this message raised first.
    new: frozenset[str]


def read(guard: Guard, text: str, asked: str | None) -> tuple[tuple[str, Reading], ...]:
    """Every piece of a message with what it says. `asked`: id of the question it may answer.

    Raises NotChecked when it is too long to be read to its end.
    """
    if len(text) > GUARD_LIMIT:
        raise NotChecked
    parts = list(texts.pieces(text, PIECE))
    # Only the beginning of a message answers the question before it.
    return tuple(
        (part, guard.read(part, asked=asked if index == 0 else None)) for index, part in enumerate(parts)
    )


def judge(
    guard: Guard, case: Case, readings: Sequence[tuple[str, Reading]], *, answer: bool = False
) -> Verdict:
    """Add what was read to the case and screen it; `answer`: a question of triage was open.

    A red flag that was raised earlier is answered again when this message speaks of one of its findings:
    who says "胸口还是压着疼" after an emergency answer must not be asked for a booking date.
    """
    grown = case
    mentioned: set[str] = set()
    for text, reading in readings:
        # The doctor's summary quotes what was said of the complaint, not "你好" and "挂号".
        grown = guard.add(grown, reading, text, answer=answer, quote=bool(reading.findings))
        mentioned |= {finding.term for finding in reading.findings if finding.counts}
    hits = guard.screen(grown)
    new = frozenset(hit.id for hit in hits) - frozenset(case.raised)
    return Verdict(
        case=grown,
        hits=tuple(hit for hit in hits if hit.id in new or mentioned & set(hit.because)),
        new=new,
    )
