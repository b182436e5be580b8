"""What the sentences of `knowledge/told` taught: a second opinion beside the rules, never instead of them.

Two questions are asked of it: which department does a complaint like this go to, and does this sound like an
emergency, and which? It is learned by `banzhen train` (`triage.learning`) and read from one file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.knowledge import Fault, KnowledgeError
from triage.linear import BadModel, LinearModel, packed, unpacked
from triage.model import Finding, Person
from triage.pieces import of_complaint, of_talk

Floats = NDArray[np.float64]

FILE = Path(__file__).parent / "learned" / "experience.npz"
VERSION = 1
#: Label of the sentences that are emergencies.
EMERGENCY = "emergency"
HARMLESS = "harmless"
#: Label of what is said to a hospital and is no complaint: bookings, thanks, small talk.
NO_COMPLAINT = "其他"


@dataclass(frozen=True, slots=True)
class Experience:
    """Three linear models; made once, never changed."""

    #: Labels are standard departments and NO_COMPLAINT.
    complaints: LinearModel
    #: Labels are EMERGENCY and HARMLESS.
    alarm: LinearModel
    #: Labels are ids of red flags.
    criteria: LinearModel
    #: Traditional → simplified characters.
    characters: Mapping[int, str]

    def departments(self, texts: Sequence[str], person: Person) -> tuple[dict[str, float], float]:
        """The share of each label of `complaints`, and how much of the words is known.

        Of several messages those that are no complaint (那挂什么科) do not count.
        """
        plain = self._plain(texts)
        if len(plain) > 1:
            plain = [text for text in plain if not self._is_talk(text)] or plain
        shares, known = self.complaints.shares(of_complaint(plain, person))
        return dict(zip(self.complaints.labels, shares.tolist(), strict=True)), known

    def _is_talk(self, text: str) -> bool:
        scores, _ = self.complaints.scores(of_complaint([text], Person()))
        return self.complaints.labels[int(scores.argmax())] == NO_COMPLAINT

    def alarming(
        self, texts: Sequence[str], findings: Iterable[Finding], wider: Mapping[str, tuple[str, ...]]
    ) -> float:
        """Log odds that this talk tells of an emergency; 0 for words that are not Chinese."""
        if not any("\u4e00" <= char <= "\u9fff" for text in texts for char in text):
            return 0.0
        scores, _ = self.alarm.scores(of_talk(self._plain(texts), findings, wider))
        at = self.alarm.labels.index
        return float(scores[at(EMERGENCY)] - scores[at(HARMLESS)])

    def criterion(
        self,
        texts: Sequence[str],
        findings: Iterable[Finding],
        wider: Mapping[str, tuple[str, ...]],
        among: Collection[str],
    ) -> tuple[str, float]:
        """The likeliest of these red flags, if it is an emergency, and its share of all.

        `among` must hold one that was learned.
        """
        shares, _ = self.criteria.shares(of_talk(self._plain(texts), findings, wider))
        told = zip(self.criteria.labels, shares.tolist(), strict=True)
        return max(((name, share) for name, share in told if name in among), key=lambda pair: pair[1])

    def _plain(self, texts: Sequence[str]) -> list[str]:
        return [text.translate(self.characters) for text in texts]


def to_bytes(experience: Experience, made_from: str) -> bytes:
    """`made_from`: fingerprint of what it was learned from."""
    return packed(
        {
            "version": np.array(VERSION),
            "made_from": np.array(made_from),
            **experience.complaints.arrays("complaints"),
            **experience.alarm.arrays("alarm"),
            **experience.criteria.arrays("criteria"),
        }
    )


def load(characters: Mapping[str, str], file: Path = FILE) -> Experience:
    """Raises KnowledgeError if it was not learned yet or cannot be read."""
    if not file.exists():
        raise KnowledgeError([Fault(file, 1, "file", "missing; run ./banzhen train")])
    try:
        stored = unpacked(file.read_bytes())
        if int(stored["version"]) != VERSION:
            raise BadModel("another version")
        return Experience(
            LinearModel.of_arrays(stored, "complaints"),
            LinearModel.of_arrays(stored, "alarm"),
            LinearModel.of_arrays(stored, "criteria"),
            str.maketrans(dict(characters)),
        )
    except (BadModel, KeyError, ValueError) as error:
        raise KnowledgeError(
            [Fault(file, 1, "file", f"unreadable ({error}); run ./banzhen train")]
        ) from error


def made_from(file: Path = FILE) -> str:
    """The fingerprint that the file was learned from; empty if there is none or it cannot be read."""
    try:
        return str(unpacked(file.read_bytes())["made_from"])
    except (OSError, BadModel, KeyError):
        return ""
