"""Finding every known word in a message.

spaCy's PhraseMatcher runs over characters, not words: cut into words, 拉肚子疼 would no longer hold 肚子疼.
jieba is asked where characters are too ambiguous: a form of one character counts only if jieba sees it as
a word of its own or in a word that is made of such (疼 in 腿疼, but not in 疼爱).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from triage.foreign import cuts_a_word, has_words
from triage.lexicon import Lexicon, words_of
from triage.reading import composing
from triage.reading.everyday import everyday_words
from triage.reading.mentions import CueHit, Found, Mention, Span
from triage.reading.text import Layout
from triage.words import BodyPart, Cue, Part, Sensation

#: Characters that jieba may join to a one-character form without changing it: 疼了, 吐过, 太痒.
_LOOSE = frozenset("了着过得的很好太都也就又不没有点些死再还老总直会可真一起来出完到在左右双两上下")
#: Read elsewhere: between a cue and its finding, at the start of an answer, or around a name.
_ANSWERS = frozenset({
    "light", "answer_yes", "answer_no", "answer_unsure", "qualifier", "manner_before", "manner_after",
    "telling",
})  # fmt: skip
_NEGATIVE = frozenset("没不无未")
#: Their words look back; they hide no cue that looks forward: 目前没有 in 目前没有发烧.
_AFTER = frozenset({"negation_after", "uncertain_after", "hypothetical_after", "resolved_after"})
#: Meant also where they are part of the words of a finding: 左眼突然看不见.
_MANNER = frozenset({"sudden", "severity", "amount", "course_worsening", "course_intermittent", "occasion"})
#: Their words hide no shorter cue.
_WHOLE_SENTENCE = frozenset({"educational", "administrative", "care_seeking", "family_history"})


_Pattern = tuple[int, tuple[Part, ...], str]


@dataclass(frozen=True, slots=True)
class _Role:
    """All that a surface can be; looked up once per hit."""

    term: str | None
    part: BodyPart | None
    sensation: Sensation | None
    #: First character of the next part → the patterns (place in the list, further parts, term).
    patterns: Mapping[str, tuple[_Pattern, ...]]
    #: Most characters from the end of the surface to the first one of a next part.
    reach: int
    #: Cues that change what is near them.
    cues: tuple[Cue, ...]
    #: Looks like a finding and is none.
    blocks: bool
    #: Some finding may begin here.
    carries: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A known surface at a place of the normalised text."""

    start: int
    end: int
    role: _Role


class Matcher:
    """Built once from a lexicon; safe to share between threads."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._vocab = spacy.blank("zh").vocab
        self._matcher = PhraseMatcher(self._vocab)
        self._roles = {surface: _role(lexicon, surface) for surface in words_of(lexicon)}
        self._roles = {
            surface: role for surface, role in self._roles.items() if role.carries or role.cues or role.blocks
        }
        self._matcher.add("known", [self._doc(surface) for surface in sorted(self._roles)])
        self._single = frozenset(
            s for s in (*lexicon.forms, *lexicon.sensations, *lexicon.parts) if len(s) == 1
        )
        #: Cuts into the words of the language, not of the lexicon.
        self.words = everyday_words()

    def _doc(self, text: str) -> Doc:
        return Doc(self._vocab, words=list(text))

    def hits(self, text: str) -> list[Hit]:
        """All known surfaces, also overlapping ones, by start, the longest first."""
        if not text:
            return []
        found = {(start, -end) for _, start, end in self._matcher(self._doc(text))}
        roles = self._roles
        foreign = has_words(text)
        return [
            Hit(start, -end, roles[text[start:-end]])
            for start, end in sorted(found)
            if not (foreign and cuts_a_word(text, start, -end))
        ]

    def find(self, text: str, hits: list[Hit], layout: Layout) -> Found:
        """Mentions, cues and body parts; a longer word hides the shorter ones inside it."""
        mentions: list[Mention] = []
        parts: list[composing.PlacedPart] = []
        felt: list[composing.PlacedSensation] = []
        looks_alike = [(hit.start, hit.end) for hit in hits if hit.role.blocks]
        no_part = _cover(looks_alike)
        for hit in self._free_hits(text, hits, looks_alike, layout):
            at, role = (hit.start, hit.end), hit.role
            if role.term is not None:
                negative = text[hit.start] in _NEGATIVE
                mentions.append(Mention(role.term, *at, (at,), "form", negative=negative))
            if role.part is not None and not _blocked(no_part, hit):
                parts.append((*at, role.part))
            if role.sensation is not None:
                felt.append((*at, role.sensation))
            for _, rest, pattern_term in _patterns_at(role, text, hit.end):
                spans = composing.match_pattern(text, hit.end, rest)
                if spans is not None and not any(_contains(no_part.get(at), (at, end)) for at, end in spans):
                    mentions.append(Mention(pattern_term, hit.start, spans[-1][1], (at, *spans), "pattern"))
        parts = composing.longest_parts(parts)
        felt = composing.longest_sensations(felt)
        mentions += (self._narrowed(text, m) for m in composing.compose(text, parts, felt, layout))
        for start, end, sensed in felt:
            said_alone = sensed.alone and text[start:end] not in sensed.only_with_part
            if said_alone and sensed.default is not None:
                mentions.append(
                    Mention(sensed.default, start, end, ((start, end),), "alone", None, sensed.id)
                )
        kept = self._without_wider(composing.settle(mentions))
        sites = [(composing.with_side(text, start), end, part) for start, end, part in parts if part.site]
        return Found(kept, self._cues(hits, kept), sites)

    def _without_wider(self, mentions: list[Mention]) -> list[Mention]:
        """脖子上…硬疙瘩 is one lump: of mentions with nearly the same words, the wider term goes."""
        terms = self._lexicon.terms
        dropped: set[int] = set()
        for index, one in enumerate(mentions):
            for other in mentions[index + 1 : index + 6]:
                if other.start >= one.end:
                    break
                shared = sum(max(0, min(e, e2) - max(s, s2)) for s, e in one.parts for s2, e2 in other.parts)
                if other.term in terms[one.term].wider and 2 <= shared >= other.weight - 1:
                    dropped.add(id(other))
                elif one.term in terms[other.term].wider and 2 <= shared >= one.weight - 1:
                    dropped.add(id(one))
        return [mention for mention in mentions if id(mention) not in dropped]

    def _narrowed(self, text: str, mention: Mention) -> Mention:
        """身上起皮疹: the word for what is there says it all; the body part is only its site."""
        for start, end in mention.parts:
            if end - start > 1 and self._lexicon.forms.get(text[start:end]) == mention.term:
                mention.start, mention.end, mention.parts = start, end, ((start, end),)
        return mention

    def _free_hits(self, text: str, hits: list[Hit], looks_alike: list[Span], layout: Layout) -> list[Hit]:
        """Hits that no look-alike covers and whose bounds jieba does not object to."""
        blocking = looks_alike
        if blocking:
            longest = _cover((hit.start, hit.end) for hit in hits if hit.role.term is not None)
            blocking = [span for span in blocking if not _contains(longest.get(span[0]), span)]
        blockers = _cover(blocking)
        whole = self._whole(text, hits, layout)
        return [
            hit
            for hit in hits
            if hit.role.carries
            and (hit.end - hit.start > 1 or hit.start in whole or hit.role.patterns)
            and (_opens_pattern(hit) or not (blockers and _blocked(blockers, hit)))
        ]

    def _whole(self, text: str, hits: list[Hit], layout: Layout) -> set[int]:
        """Positions of one-character forms that jieba lets stand."""
        single = [hit.start for hit in hits if hit.end - hit.start == 1 and text[hit.start] in self._single]
        whole: set[int] = set()
        for number in {layout.clause(position) for position in single}:
            start, end = layout.clause_span(number)
            at = start
            for word in self.words.cut(text[start:end], HMM=False):
                if len(word) == 1 or self._made_of_known(word):
                    whole.update(range(at, at + len(word)))
                at += len(word)
        return whole

    def _made_of_known(self, word: str) -> bool:
        lexicon = self._lexicon
        if word in lexicon.forms or word in lexicon.sensations or word in lexicon.parts:
            return True
        if word in lexicon.cues:
            return all(cue.kind != "not_finding" for cue in lexicon.cues[word])
        return all(char in _LOOSE or char in self._single for char in word)

    def _cues(self, hits: list[Hit], mentions: list[Mention]) -> list[CueHit]:
        """Cues outside of the words of findings; a longer cue hides what lies inside it (有没有可能)."""
        words = _cover(span for mention in mentions for span in mention.parts if span[1] - span[0] > 1)
        placed = [CueHit(hit.start, hit.end, cue) for hit in hits for cue in hit.role.cues]
        longest = _cover((h.start, h.end) for h in placed if h.cue.kind not in _WHOLE_SENTENCE | _AFTER)
        longest_after = _cover((h.start, h.end) for h in placed if h.cue.kind in _AFTER)
        return [
            hit
            for hit in placed
            if hit.cue.kind != "not_finding"
            and (hit.cue.kind in _MANNER or not _contains(words.get(hit.start), (hit.start, hit.end)))
            and not _contains(longest.get(hit.start), (hit.start, hit.end))
            and not (hit.cue.kind == "resolved_after" and words.get(hit.start) == (hit.start, hit.end))
            and not (hit.cue.kind in _AFTER and _contains(longest_after.get(hit.start), (hit.start, hit.end)))
        ]


def _role(lexicon: Lexicon, surface: str) -> _Role:
    cues = lexicon.cues.get(surface, ())
    term = lexicon.forms.get(surface)
    part, sensation = lexicon.parts.get(surface), lexicon.sensations.get(surface)
    patterns: dict[str, list[_Pattern]] = {}
    for index, (rest, pattern_term) in enumerate(lexicon.patterns.get(surface, ())):
        for first in dict.fromkeys(word[0] for word in rest[0][1]):
            patterns.setdefault(first, []).append((index, rest, pattern_term))
    return _Role(
        term,
        part,
        sensation,
        {first: tuple(found) for first, found in patterns.items()},
        max((rest[0][0] for found in patterns.values() for _, rest, _ in found), default=0),
        tuple(cue for cue in cues if cue.kind not in _ANSWERS),
        any(cue.kind == "not_finding" for cue in cues),
        term is not None or part is not None or sensation is not None or bool(patterns),
    )


def _patterns_at(role: _Role, text: str, at: int) -> list[_Pattern]:
    """The patterns of a role that may go on behind `at`: most are out by the characters that follow."""
    if not role.patterns:
        return []
    found = {
        pattern[0]: pattern
        for char in set(text[at : at + role.reach + 1])
        for pattern in role.patterns.get(char, ())
    }
    return [found[index] for index in sorted(found)]


def _opens_pattern(hit: Hit) -> bool:
    """脸色 alone is no finding and hides 脸; 脸色…煞白 is one all the same."""
    return hit.role.blocks and bool(hit.role.patterns)


def _cover(spans: Iterable[Span]) -> dict[int, Span]:
    """Position → the longest of the spans over it."""
    longest: dict[int, Span] = {}
    for start, end in spans:
        for position in range(start, end):
            known = longest.get(position)
            if known is None or end - start > known[1] - known[0]:
                longest[position] = (start, end)
    return longest


def _contains(outer: Span | None, inner: Span) -> bool:
    return outer is not None and outer != inner and outer[0] <= inner[0] and inner[1] <= outer[1]


def _blocked(blockers: dict[int, Span], hit: Hit) -> bool:
    """True if a look-alike covers the word, or cuts into it and is longer."""
    for position in (hit.start, hit.end - 1):
        over = blockers.get(position)
        if over is None:
            continue
        covers = over[0] <= hit.start and hit.end <= over[1]
        if covers or over[1] - over[0] > hit.end - hit.start:
            return True
    return False
