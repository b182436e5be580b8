"""Joining words into findings: body part × sensation, patterns with gaps, and which mention wins a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from triage.reading.mentions import Mention, Span
from triage.reading.text import Layout
from triage.words import ACROSS, GAPS, BodyPart, Part, Sensation

#: Most characters between body part and sensation: 膝盖那里一走路就疼.
LONGEST_GAP = 9
#: Most characters before a sensation whose body part stands in the clause before.
_CARRIED_FAR = 4

#: May join two body parts (头和肚子都疼) or two sensations (又红又肿).
_AND = frozenset((
    "", " ", "，", "、", "和", "跟", "与", "及", "或", "连", "和也", "还有", "到", "以及", "也", "都",
    "连着", "加", "又", "还", "而且", "并且", "又有", "、也", "且", "带着", "带", "连带", "牵着",
))  # fmt: skip
_SIDES = (
    "左半边", "右半边", "半边", "左边", "右边", "左侧", "右侧", "左面", "右面", "双侧", "两侧", "两边",
    "单侧", "一侧", "一边", "左", "右", "双", "两", "上半", "下半",
)  # fmt: skip
_ONE_SIDED = ("左", "右", "单", "一侧", "一边", "一条", "一只", "半边", "半身", "半个")
_BETWEEN_SENSATIONS = frozenset("又还有点很特别也而且并一些儿直老")
_SENSATION_FIRST = frozenset(("在", "的是", "的地方是", "的地方在", "的位置是", "的位置在", "到"))
_ADJECTIVE_ENDS = frozenset(("", "的"))
_STOPS = frozenset("。！？；\n，：")
_SENTENCE_ENDS = frozenset("。！？；\n")

PlacedPart = tuple[int, int, BodyPart]
PlacedSensation = tuple[int, int, Sensation]


def with_side(text: str, start: int) -> int:
    """Start of the body part together with its side: 左边的膝盖."""
    for side in _SIDES:
        for joined in (side, side + "的"):
            if text.endswith(joined, 0, start):
                return start - len(joined)
    return start


def match_pattern(text: str, at: int, rest: tuple[Part, ...]) -> tuple[Span, ...] | None:
    """Where the further parts of a pattern stand, its first part ending at `at`; or None."""
    spans: list[Span] = []
    for gap, words in rest:
        best: Span | None = None
        for word in words:
            found = text.find(word, at, at + gap + len(word))
            if found >= 0 and (best is None or (found, -len(word)) < (best[0], best[0] - best[1])):
                best = (found, found + len(word))
        stops = _SENTENCE_ENDS if gap == GAPS[ACROSS] else _STOPS
        if best is None or not stops.isdisjoint(text[at : best[0]]):
            return None
        spans.append(best)
        at = best[1]
    return tuple(spans)


def compose(
    text: str, parts: list[PlacedPart], felt: list[PlacedSensation], layout: Layout
) -> Iterator[Mention]:
    """Findings of a body part and what is felt there, in the same clause."""
    first = 0
    used: set[int] = set()
    for index, (start, end, part) in enumerate(parts):
        while first < len(felt) and felt[first][0] < start - LONGEST_GAP:
            first += 1
        clause_end = layout.clause_span(layout.clause(start))[1]
        site_start = with_side(text, start)
        last_end: int | None = None
        for f_start, f_end, sensation in felt[first:]:
            if f_start < end:
                continue
            if f_start >= clause_end or (last_end is None and f_start > end + LONGEST_GAP):
                break
            if last_end is None and not _unclaimed(text, end, f_start, parts[index + 1 : index + 6]):
                break
            if last_end is not None and not _joined(text[last_end:f_start]):
                break
            last_end = f_end
            used.add(f_start)
            term = _term(part, sensation, text[site_start:end])
            if term is not None:
                spans = ((site_start, end), (f_start, f_end))
                yield _composed(term, spans, _site(text, site_start, end, part), sensation)
        if last_end is None:
            yield from _sensation_first(text, site_start, end, part, felt[first:])
        yield from _adjectives(text, site_start, end, part, felt[first:], used)
    yield from _carried_over(text, parts, [one for one in felt if one[0] not in used], layout)


def _carried_over(
    text: str, parts: list[PlacedPart], felt: list[PlacedSensation], layout: Layout
) -> Iterator[Mention]:
    """眼睛红，痒: the body part of the clause before, if this one names none."""
    by_clause = {layout.clause(start): (start, end, part) for start, end, part in parts}
    named = frozenset(by_clause)
    for f_start, f_end, sensation in felt:
        number = layout.clause(f_start)
        before = by_clause.get(number - 1)
        if before is None or number in named or f_start - layout.starts[number] > _CARRIED_FAR:
            continue
        start, end, part = before
        term = part.terms.get(sensation.id)
        if term is not None and layout.sentence(start) == layout.sentence(f_start):
            by_clause[number] = before  # 腿疼，冰凉，发白: on to the next clause
            site = _site(text, with_side(text, start), end, part)
            yield Mention(term, f_start, f_end, ((f_start, f_end),), "composed", site, sensation.id)


def _sensation_first(
    text: str, site_start: int, end: int, part: BodyPart, felt: Iterable[PlacedSensation]
) -> Iterator[Mention]:
    """疼的是右下腹, 疼在膝盖."""
    for f_start, f_end, sensation in felt:
        if f_end > site_start:
            return
        term = _term(part, sensation, text[site_start:end])
        if term is not None and text[f_end:site_start] in _SENSATION_FIRST:
            spans = ((f_start, f_end), (site_start, end))
            yield _composed(term, spans, _site(text, site_start, end, part), sensation)


def _adjectives(
    text: str, site_start: int, end: int, part: BodyPart, felt: list[PlacedSensation], used: set[int]
) -> Iterator[Mention]:
    """绿色的大便, 带血丝的大便: what stands right before the word that it is said of."""
    for f_start, f_end, sensation in felt:
        if f_end > site_start:
            return
        term = part.terms.get(sensation.id)
        if term is not None and sensation.adjective and text[f_end:site_start] in _ADJECTIVE_ENDS:
            used.add(f_start)
            spans = ((f_start, f_end), (site_start, end))
            yield _composed(term, spans, _site(text, site_start, end, part), sensation)


def _term(part: BodyPart, sensation: Sensation, site: str) -> str | None:
    """What the sensation is called there; on one side of the body only it may have a name of its own."""
    if site.startswith(_ONE_SIDED):
        one_sided = part.one_sided.get(sensation.id)
        if one_sided is not None:
            return one_sided
    return part.terms.get(sensation.id, sensation.default)


def _site(text: str, start: int, end: int, part: BodyPart) -> str | None:
    return text[start:end] if part.site else None


def _composed(term: str, spans: tuple[Span, Span], site: str | None, sensation: Sensation) -> Mention:
    return Mention(term, spans[0][0], spans[1][1], spans, "composed", site, sensation.id)


def _unclaimed(text: str, end: int, start: int, later: list[PlacedPart]) -> bool:
    """True if no other body part claims the sensation, unless it is joined by 和 or 、."""
    for p_start, p_end, _ in later:
        if p_start >= start:
            return True
        side = with_side(text, p_start)
        if side < end or text[end:side] not in _AND:
            return False
        end = p_end
    return True


def _joined(between: str) -> bool:
    return between in _AND or (len(between) <= 4 and _BETWEEN_SENSATIONS.issuperset(between))


def longest_parts(spans: list[PlacedPart]) -> list[PlacedPart]:
    """Without those that lie inside a longer one; in order of the text."""
    kept: list[PlacedPart] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not kept or span[1] > kept[-1][1]:
            kept.append(span)
    return kept


def longest_sensations(spans: list[PlacedSensation]) -> list[PlacedSensation]:
    """The same for sensations."""
    kept: list[PlacedSensation] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not kept or span[1] > kept[-1][1]:
            kept.append(span)
    return kept


_ORDER = {"form": 0, "pattern": 1, "composed": 2, "alone": 3}


def settle(mentions: list[Mention]) -> list[Mention]:
    """Drop mentions all of whose words belong to longer ones (头痛 in 偏头痛); in order of the text."""
    #: Position → numbers of the kept mentions whose words stand there.
    owners: dict[int, set[int]] = {}
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (-m.weight, _ORDER[m.origin], m.start, m.term)):
        if all(_owned(owners, span) for span in mention.parts):
            continue
        number = len(kept)
        kept.append(mention)
        for span in mention.parts:
            for position in range(*span):
                owners.setdefault(position, set()).add(number)
    kept.sort(key=lambda m: (m.start, m.end))
    return _merged(_without_false_negatives(kept))


def _without_false_negatives(mentions: list[Mention]) -> list[Mention]:
    """没有尿少 denies 尿少; it does not say 没有尿."""
    kept = []
    for index, mention in enumerate(mentions):
        cut = mention.origin == "form" and any(
            mention.start < other.start < mention.end < other.end for other in mentions[index + 1 : index + 4]
        )
        if not (cut and mention.negative):
            kept.append(mention)
    return kept


def _merged(mentions: list[Mention]) -> list[Mention]:
    """One mention where several of the same term overlap: the longer or later of 没有精神 and 精神萎靡."""
    last: dict[str, Mention] = {}
    kept: list[Mention] = []
    for mention in mentions:
        before = last.get(mention.term)
        if before is not None and mention.start < before.end:
            if mention.weight >= before.weight:
                before.start, before.end, before.parts = mention.start, mention.end, mention.parts
            before.site = before.site or mention.site
            continue
        last[mention.term] = mention
        kept.append(mention)
    return kept


def _owned(owners: dict[int, set[int]], span: Span) -> bool:
    """True if one kept mention has all characters of the span among its words."""
    common = owners.get(span[0])
    for position in range(span[0] + 1, span[1]):
        if not common:
            return False
        common = common & owners.get(position, set())
    return bool(common)
