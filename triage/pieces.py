"""What was said, cut into pieces that a linear model can count: runs of characters, facts, findings.

Pieces are check sums: a model that was learned from sentences holds none of them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence

from triage.model import Finding, Person

#: Letters beyond this are not looked at.
LONGEST = 1000
#: Runs of so many Chinese characters; Latin words and numbers are taken whole.
RUNS = (1, 2, 3)
#: First age of the groups that complaints are told apart by, years: newborns, infants, toddlers, and so on.
AGE_GROUPS = (0.0, 0.08, 1.0, 3.0, 7.0, 15.0, 40.0, 65.0)
_WORDS = re.compile(r"[\u4e00-\u9fff]+|[a-z]+|\d+")

Pieces = frozenset[int]


def of_complaint(texts: Sequence[str], person: Person) -> Pieces:
    """A complaint, with age group and sex where they are known."""
    found = _runs(texts)
    if person.age is not None:
        found.add(f"<age {sum(person.age >= start for start in AGE_GROUPS)}>")
    if person.sex is not None:
        found.add(f"<sex {person.sex}>")
    return _sums(found)


def of_talk(
    texts: Sequence[str], findings: Iterable[Finding], wider: Mapping[str, tuple[str, ...]]
) -> Pieces:
    """A talk, with the findings that were read in it: whose, whether there, when, how suddenly.

    `wider`: term → its wider terms, which are there when it is.
    """
    found = _runs(texts)
    for finding in findings:
        found.add(f"<{finding.term} {finding.status} {finding.subject} {finding.time}>")
        if finding.counts:
            found.update(f"<there {term}>" for term in (finding.term, *wider.get(finding.term, ())))
        if finding.sudden:
            found.add(f"<sudden {finding.term}>")
    return _sums(found)


def _runs(texts: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for word in _WORDS.findall("，".join(texts)[:LONGEST].lower()):
        if word[0] < "\u4e00":
            found.add(word)
            continue
        for length in RUNS:
            found.update(word[at : at + length] for at in range(len(word) - length + 1))
    return found


def _sums(found: set[str]) -> Pieces:
    return frozenset(zlib.crc32(piece.encode("utf-8")) for piece in found)
