"""The reader: one message in, what it said out. Pure; the same words always give the same reading."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

from triage.lexicon import Lexicon
from triage.model import Finding, Person, Reading, Status, Subject, When
from triage.reading.answers import Answers
from triage.reading.context import Context
from triage.reading.durations import durations
from triage.reading.extent import Extent
from triage.reading.harmless import Harmless
from triage.reading.light import Light
from triage.reading.matching import Matcher
from triage.reading.measurements import Measurements
from triage.reading.mentions import Found, Mention
from triage.reading.person import Facts, facts
from triage.reading.sounds import Sounds
from triage.reading.subject import Patient, Subjects
from triage.reading.text import Layout, Message, Normaliser
from triage.reading.timing import Timing

#: Longer messages are read up to here; nobody describes a complaint in more.
LONGEST_TEXT = 12_000
MOST_FINDINGS = 300
#: Findings in whose company a bleeding is taken for one of a pregnancy.
_MAYBE_PREGNANT = frozenset({"可能怀孕", "停经", "前置胎盘", "羊水流出", "见红"})
#: A body part so many characters before or behind a finding that names none itself is its site.
_SITE_BEFORE, _SITE_AFTER, _LONGEST_SITE = 8, 4, 8


class Reader:
    """Reads findings and facts of the person out of a message. Safe to share between threads."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._normalise = Normaliser(lexicon.characters)
        self._matcher = Matcher(lexicon)
        self._sounds = Sounds(lexicon, self._matcher.words)
        self._measurements = Measurements(lexicon)
        self._answers = Answers(lexicon)
        self._light = Light(lexicon)
        self._extent = Extent(lexicon)
        self._anywhere = frozenset(s.default for s in lexicon.sensations.values() if s.default is not None)

    def read(self, text: str, *, asked_term: str | None = None) -> Reading:
        """What one message said.

        `asked_term`: a yes/no question about this term is open, so that 有, 没有 or 有一点 answers it.
        """
        message = self._normalise(text[:LONGEST_TEXT])
        message = replace(message, text=self._sounds.mend(message.text))
        words = message.text
        hits = self._matcher.hits(words)
        layout = Layout(words)
        found = self._matcher.find(words, hits, layout)
        mentions = _with_values(found.mentions, self._measurements.find(words), layout)
        echoes = _echo(mentions, asked_term)
        Context(words, layout, mentions, found.cues, self._light).apply(self._lexicon)
        Harmless(words, layout, mentions, found.cues, self._light).apply(self._lexicon)
        patient = Subjects(words, layout, mentions, found.cues, self._lexicon, self._light).apply()
        told = facts(words)
        Timing(words, layout, mentions, found.cues, self._light).apply(durations(words, told.taken))
        expecting = any(m.term in _MAYBE_PREGNANT and m.status is Status.PRESENT for m in mentions)
        if told.pregnant or told.postpartum_days is not None or expecting:
            self._as_in_pregnancy(mentions)
        self._sites(words, mentions, found, layout)
        mentions = _merge_echoes(mentions, echoes)
        if asked_term is not None:
            answer = self._answers.read(words, asked_term, mentions)
            if answer is not None and not any(m.term == asked_term and m.time is When.NOW for m in mentions):
                mentions = [answer, *mentions]
        return Reading(
            findings=self._findings(message, mentions),
            person=self._person(mentions, told, patient),
            for_other=patient.for_other,
        )

    def _as_in_pregnancy(self, mentions: list[Mention]) -> None:
        for mention in mentions:
            term = self._lexicon.terms.get(mention.term)
            if term is not None and term.in_pregnancy is not None and mention.site is None:
                mention.term = term.in_pregnancy

    # -- results ------------------------------------------------------------------------------------------

    def _findings(self, message: Message, mentions: list[Mention]) -> tuple[Finding, ...]:
        findings = []
        for mention in mentions:
            term = self._lexicon.terms.get(mention.term)
            if term is not None and not term.finding:
                continue
            findings.append(
                Finding(
                    term=mention.term,
                    status=mention.status,
                    subject=mention.subject,
                    time=mention.time,
                    duration_hours=mention.duration_hours,
                    sudden=mention.sudden,
                    course=mention.course,
                    severity=mention.severity,
                    value=mention.value,
                    site=mention.site,
                    trigger=mention.trigger,
                    relief=mention.relief,
                    span=message.span(*self._extent.span(message.text, mention)),
                )
            )
        return tuple(findings[:MOST_FINDINGS])

    def _person(self, mentions: list[Mention], told: Facts, patient: Patient) -> Person:
        history: set[str] = set()
        for mention in mentions:
            term = self._lexicon.terms.get(mention.term)
            real = mention.status is Status.PRESENT and mention.subject is Subject.SELF
            if term is None or not term.history or not real or mention.time is When.HYPOTHETICAL:
                continue
            history |= {
                mention.term,
                *(wider for wider in term.wider if wider in self._lexicon.history_terms),
            }
        return Person(
            age=told.age,
            sex=patient.sex or told.sex,
            pregnant=told.pregnant,
            gestation_weeks=told.gestation_weeks,
            postpartum_days=told.postpartum_days,
            history=frozenset(history),
        )

    def _sites(self, text: str, mentions: list[Mention], found: Found, layout: Layout) -> None:
        """The body part as said: in the words of a finding, or next to what may be anywhere (烫到手了)."""
        if not found.sites:
            return
        starts = [start for start, _, _ in found.sites]
        taken = {at: mention for mention in mentions for span in mention.parts for at in range(*span)}
        for mention in mentions:
            if mention.site is not None or mention.origin == "measured":
                continue
            local = self._may_be_anywhere(mention.term)
            number = layout.clause(mention.start)
            best: tuple[int, str] | None = None
            first = bisect_left(starts, mention.start - _SITE_BEFORE - _LONGEST_SITE)
            for start, end, _ in found.sites[first : first + 20]:
                if start > mention.end + _SITE_AFTER:
                    break
                if start >= mention.start and end <= mention.end:
                    gap = -1
                elif not local or layout.clause(start) != number or taken.get(start, mention) is not mention:
                    continue
                else:
                    gap = start - mention.end if start >= mention.end else mention.start - end
                if gap <= _SITE_BEFORE and (best is None or gap < best[0]):
                    best = (gap, text[start:end])
            if best is not None:
                mention.site = best[1]

    def _may_be_anywhere(self, name: str) -> bool:
        term = self._lexicon.terms.get(name)
        return name in self._anywhere or (term is not None and term.kind in {"circumstance", "quality"})


def _with_values(mentions: list[Mention], measured: list[Mention], layout: Layout) -> list[Mention]:
    """Findings with their measured values; a value joins the word that it was said with (发烧39度)."""
    by_clause: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_clause.setdefault(layout.clause(mention.start), []).append(mention)
    kept: list[Mention] = []
    for value in measured:
        if value.status is Status.PRESENT and value.term == "发热":
            near = by_clause.get(layout.clause(value.start), [])
            same = next((m for m in near if m.term in {"发热", "高热", "低热"} and m.value is None), None)
            if same is not None:
                same.value = value.value
                continue
        kept.append(value)
    # A word inside a measurement (心跳 in 心跳150) is part of it.
    spans = [(m.start, m.end) for m in kept]
    bare = [
        m for m in mentions if m.value is not None or not any(s <= m.start and m.end <= e for s, e in spans)
    ]
    return sorted([*bare, *kept], key=lambda m: (m.start, m.end))


def _echo(mentions: list[Mention], asked_term: str | None) -> dict[int, Mention]:
    """Sensations said alone take the term of what hurt before: 肚子疼…疼两天了. Index → antecedent."""
    echoes: dict[int, Mention] = {}
    last: Mention | None = None
    for index, mention in enumerate(mentions):
        if mention.origin == "alone":
            if last is not None:
                mention.term, mention.site = last.term, last.site
                echoes[index] = last
            elif asked_term is not None and "痛" in asked_term:
                mention.term = asked_term
        elif mention.sensation == "pain" or mention.term.endswith("痛"):
            last = mention
    return echoes


def _merge_echoes(mentions: list[Mention], echoes: dict[int, Mention]) -> list[Mention]:
    """An echo that says the same only adds what it knows; one that differs stays (今天不疼了)."""
    kept = []
    for index, mention in enumerate(mentions):
        first = echoes.get(index)
        if first is None or mention.status is not first.status or mention.time is not first.time:
            kept.append(mention)
            continue
        if first.duration_hours is None:
            first.duration_hours = mention.duration_hours
        first.sudden = mention.sudden if first.sudden is None else first.sudden
        first.course = first.course or mention.course
        first.trigger = first.trigger or mention.trigger
        first.relief = first.relief or mention.relief
        if mention.severity is not None and (first.severity is None or mention.severity > first.severity):
            first.severity = mention.severity
    return kept
