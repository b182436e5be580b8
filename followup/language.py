"""How a mention is meant: clauses, negation, past, hypothesis, degree. The cue words are data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from core.knowledge import Entry, load_document
from followup.model import Status

_PUNCTUATION = re.compile(r"[，,。！!？?；;\n\r…~～]+|(?<!\d)\.|\.(?!\d)|\s{1,}")
_JOINED = ("、", "和", "或", "及", "跟", "与", "也没", "/")


class CueWords(Entry):
    """The document knowledge/cues.yml; every list holds regular expressions."""

    breaks: list[str]
    not_negations: list[str]
    negation: list[str]
    adjacent_negation: list[str]
    negation_after: list[str]
    scope_end: list[str]
    subjects: list[str]
    hypothetical: list[str]
    past: list[str]
    resolved: list[str]
    recent: list[str]
    mild: list[str]
    severe: list[str]
    improving: list[str]
    others: list[str]
    myself_fine: list[str]
    good: list[str]
    not_good: list[str]
    much: list[str]
    vague: list[str]
    says_yes: list[str]
    says_no: list[str]
    says_weak_yes: list[str]
    asks: list[str]
    eats: list[str]


def any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """One pattern for a list, longer words first so that 没有 wins over 没."""
    ordered = sorted(patterns, key=len, reverse=True)
    return re.compile("|".join(f"(?:{pattern})" for pattern in ordered) or r"(?!)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the answer in which negation reaches. `start` is its place in the answer."""

    text: str
    start: int
    #: True if a question mark ends it.
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase of the knowledge found in an answer."""

    key: str
    status: Status
    mild: bool
    severe: bool
    improving: bool
    #: Said of yesterday, this morning, just now.
    recent: bool
    span: tuple[int, int]
    #: It has passed, by what the same answer says (PAST, but not of an earlier time).
    resolved: bool = False


class Language:
    """The cue words, compiled."""

    def __init__(self, words: CueWords) -> None:
        self.breaks = any_of(words.breaks)
        self.not_negations = any_of(words.not_negations)
        self.negation = any_of([*words.negation])
        self.adjacent = re.compile(
            f"(?:{any_of(words.adjacent_negation).pattern})(?:太|怎么|咋|很|大|那么|再|觉得|感觉)?$"
        )
        self.negation_after = re.compile(
            r"^(?:的|得|了|过|这些|这种|情况|症状|现象|什么|倒是|倒|都|也|现在|已经|目前|基本|完全|早就|啥|是|疼痛|、|\s)*"
            f"(?:{any_of(words.negation_after).pattern})"
        )
        self.scope_end = any_of(words.scope_end)
        self.subjects = any_of(words.subjects)
        self.hypothetical = any_of(words.hypothetical)
        self.past = any_of(words.past)
        self.resolved = any_of(words.resolved)
        self.recent = any_of(words.recent)
        self.mild = any_of(words.mild)
        self.severe = any_of(words.severe)
        self.improving = any_of(words.improving)
        self.others = any_of(words.others)
        self.myself_fine = any_of(words.myself_fine)
        self.good = any_of(words.good)
        self.not_good = any_of(words.not_good)
        self.much = any_of(words.much)
        self.vague = any_of(words.vague)
        self.asks = any_of(words.asks)
        self.eats = any_of(words.eats)
        end = r"(?:了|的|啊|呀|呢|吧|哦|哈|噢|，|。|！|!|,|\.|~|～|\s)*"
        self.yes = re.compile(f"^(?:{any_of(words.says_yes).pattern}){end}")
        self.no = re.compile(
            f"^(?:嗯|啊|哦|那个|现在|目前|暂时|最近|这几天|啥也|啥都|什么都|什么也|一点(?:都|也)|哪(?:里|儿)?都|都|真|并|倒|一直|，|,|\\s)*(?:{any_of(words.says_no).pattern}){end}",
            re.I,
        )
        self.weak_yes = re.compile(f"^(?:{any_of(words.says_weak_yes).pattern}){end}$")

    def clauses(self, text: str) -> list[Clause]:
        """The clauses of an answer, in order."""
        found: list[Clause] = []
        start = 0
        for mark in [*_PUNCTUATION.finditer(text), None]:
            end = mark.start() if mark else len(text)
            asks = bool(mark and re.search("[？?]", mark.group()))
            cuts = [
                start,
                *(m.start() for m in self.breaks.finditer(text, start, end) if m.start() > start),
                end,
            ]
            for left, right in pairwise(cuts):
                if text[left:right].strip():
                    found.append(Clause(text[left:right], left, asks))
            start = mark.end() if mark else end
        return found

    def mentions(self, text: str, phrases: Sequence[tuple[str, re.Pattern[str]]]) -> list[Mention]:
        """Every phrase that occurs, with how it is meant. `phrases`: (key, pattern)."""
        found: list[Mention] = []
        clauses = self.clauses(text)
        others = bool(self.myself_fine.search(text))
        carried = False
        for index, clause in enumerate(clauses):
            hits = _longest(
                (match.start(), match.end(), key)
                for key, pattern in phrases
                for match in pattern.finditer(clause.text)
            )
            masked = self.not_negations.sub(lambda m: "＃" * len(m.group()), clause.text)
            negated_here = False
            rest = [later.text for later in clauses[index + 1 :]]
            for start, end, key in hits:
                negated = self._negated(masked, clause.text, start, end, hits)
                # 没有发烧，咳嗽，拉肚子: a bare noun after a negated clause is negated too.
                if not negated and carried and _bare(clause.text, hits):
                    negated = True
                negated_here = negated_here or negated
                status = self._status(clause, start, negated, others, rest)
                found.append(
                    Mention(
                        key,
                        status,
                        mild=bool(self.mild.search(clause.text)),
                        severe=bool(self.severe.search(masked.replace("很好", "＃＃"))),
                        improving=bool(self.improving.search(clause.text)),
                        recent=bool(self.recent.search(text[: clause.start + start])),
                        span=(clause.start + start, clause.start + end),
                        resolved=status is Status.PAST and not self.past.search(clause.text[:start]),
                    )
                )
            carried = negated_here and bool(hits)
        return found

    def context(self, text: str, start: int) -> Status:
        """How a value at `start` is meant: PRESENT, PAST or HYPOTHETICAL."""
        clauses = self.clauses(text)
        for index, clause in enumerate(clauses):
            if clause.start <= start < clause.start + len(clause.text):
                rest = [later.text for later in clauses[index + 1 :]]
                return self._status(clause, start - clause.start, False, False, rest)
        return Status.PRESENT

    def _status(self, clause: Clause, start: int, negated: bool, others: bool, rest: list[str]) -> Status:
        before = clause.text[:start]
        if negated:
            return Status.ABSENT
        if self.hypothetical.search(before) or (
            clause.asks and re.search("会不会|要不要|能不能", clause.text)
        ):
            return Status.HYPOTHETICAL
        if self.others.search(before) or (
            others and re.search("我?(?:妈|爸|儿子|女儿|孩子|宝宝|家里人|老人)", before)
        ):
            return Status.HYPOTHETICAL
        if self.past.search(before):
            return Status.PAST
        if any(self.resolved.search(later) for later in rest):
            return Status.PAST
        return Status.PRESENT

    def _negated(
        self, masked: str, text: str, start: int, end: int, hits: list[tuple[int, int, str]]
    ) -> bool:
        before = masked[:start]
        if self.adjacent.search(before):
            return True
        if self.negation_after.search(masked[end : end + 10]):
            return True
        cues = list(self.negation.finditer(before))
        if not cues:
            return False
        between = masked[cues[-1].end() : start]
        if self.scope_end.search(between) or len(between) > 24:
            return False
        joined = between.endswith(_JOINED)
        others = [hit for hit in hits if cues[-1].end() < hit[1] and hit[0] < start]
        subject = self.subjects.search(between) or self.subjects.match(text[start:end])
        if others and subject and not joined:
            return False
        # 没 and a short word: 没睡好伤口疼 is no negation of the pain.
        return not (not others and len(between) > 8 and not joined and "、" not in between)


def _longest(hits: object) -> list[tuple[int, int, str]]:
    """Drops hits that lie inside longer ones; keeps reading order."""
    ordered = sorted(hits, key=lambda hit: (-(hit[1] - hit[0]), hit[0]))  # type: ignore[call-overload]
    kept: list[tuple[int, int, str]] = []
    for start, end, key in ordered:
        if end > start and not any(s <= start and end <= e for s, e, _ in kept):
            kept.append((start, end, key))
    return sorted(kept)


def _bare(text: str, hits: list[tuple[int, int, str]]) -> bool:
    rest = list(text)
    for start, end, _ in hits:
        rest[start:end] = " " * (end - start)
    return not re.sub(r"[\s、和或及跟也都这些症状情况的什么]", "", "".join(rest))


def fold(text: str) -> str:
    """The text in the shape that the knowledge is written in: NFKC, with Chinese punctuation kept apart."""
    return unicodedata.normalize("NFKC", text)


def load_language(folder: Path) -> Language:
    """Raises core.knowledge.KnowledgeError with file and line."""
    return Language(load_document(folder / "cues.yml", CueWords))
