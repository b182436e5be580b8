"""Whose complaint a message tells, so that the signs of two people never add up to one emergency. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patients import parse_relation
from triage.model import Case, Reading, RedFlagHit

SELF = "本人"
#: A sign right behind these words is the writer's own: 我肚子疼, 我自己也咳嗽. "我量了39度" is not.
_OWN = re.compile(
    r"(?:我|俺)(?:自己|本人|也|又|还是|还|就是|的|这|这边|最近|刚才|刚刚|今天|昨天|昨晚|这两天|这几天|突然|有点|有些|现在|一直|老是|总是)*$"
)
#: Words that may stand for the same person.
_ALIKE = (frozenset({"孩子", "儿子", "女儿"}), frozenset({"配偶", "丈夫", "妻子"}))


def told_of(readings: Sequence[tuple[str, Reading]]) -> str | None:
    """本人 or a relation, when the message says whose signs it tells; None when it names nobody."""
    for text, reading in readings:
        present = [finding for finding in reading.findings if finding.counts]
        if not present:
            continue
        if reading.for_other:
            relation = parse_relation(text)
            return None if relation == SELF else relation
        if any(_OWN.search(text[: finding.span[0]]) for finding in present):
            return SELF
    return None


def same(one: str, other: str) -> bool:
    return one == other or any({one, other} <= alike for alike in _ALIKE)


def goes_on(case: Case, hits: Sequence[RedFlagHit], readings: Sequence[tuple[str, Reading]]) -> bool:
    """True if a message speaks of a sign that raised an emergency: that is never a new matter."""
    told = {finding.term for _, reading in readings for finding in reading.findings if finding.counts}
    return any(hit.id in case.raised and told & set(hit.because) for hit in hits)
