"""How long, how suddenly, how it goes on and how bad it is, and which findings that is said of."""

from __future__ import annotations

import re
from bisect import bisect_left

from triage.model import When
from triage.reading.durations import Said
from triage.reading.light import Light
from triage.reading.mentions import CueHit, Mention
from triage.reading.numbers import parse
from triage.reading.occasions import Occasions
from triage.reading.text import Layout

#: Characters of other words in a clause that only says how long.
_MOST_OTHER_WORDS = 2
#: 疼痛8分, 能打七八分; not 满分十分 and not the ten of 十分里有九分.
_SCORE = re.compile(
    r"(?<!满)(?<!总)(?P<told>[有打到得评是约])?(?:个)?(?P<n>10|\d|十|[一二三四五六七八九]{1,2})"
    r"(?:[-~到至](?P<to>10|\d|十|[一二三四五六七八九]))?分(?!钟|之|泌|制|里|满|能|当中|中)"
)
#: Worse from day to day, whatever else is said.
_ALL_ALONG = ("越来越", "愈发", "一天比一天", "日益", "越发", "恶化", "不见好", "没见好")
_SINCE = frozenset({"一直", "至今", "到现在", "还是", "仍", "仍然"})
#: What is bled ends so: 呕血, 便血, 阴道出血.
_BLEEDING = ("血", "见红")


class Timing:
    """Hands durations and manner on to the mentions that they are said of."""

    def __init__(
        self, text: str, layout: Layout, mentions: list[Mention], cues: list[CueHit], light: Light
    ) -> None:
        self._text = text
        self._light = light
        self._layout = layout
        self._mentions = mentions
        self._cues = cues
        self._starts = [mention.start for mention in mentions]
        self._clauses = [layout.clause(mention.start) for mention in mentions]

    def apply(self, said: list[Said]) -> None:
        # What is said in the clause of a finding comes before what is said around it.
        for one in sorted(said, key=lambda one: not self._in(self._layout.clause(one.start))):
            for mention in self._said_of(one):
                if mention.duration_hours is None:
                    mention.duration_hours = one.value
        self._still_there()
        for hit in self._cues:
            kind = hit.cue.kind
            if kind == "sudden" and hit.cue.value is not None:
                for mention in self._manner_of(hit):
                    mention.sudden = bool(hit.cue.value)
            elif kind.startswith("course_") and not self._worse_on_occasion(hit):
                for mention in self._manner_of(hit):
                    mention.course = kind.removeprefix("course_")
            elif kind == "severity":
                self._severity(hit)
            elif kind == "amount":
                self._amount(hit)
        self._scores()
        Occasions(self._text, self._layout, self._cues).apply(self._in)

    def _in(self, number: int) -> list[Mention]:
        """Mentions of a clause."""
        first = bisect_left(self._clauses, number)
        found = []
        for index in range(first, len(self._mentions)):
            if self._clauses[index] != number:
                break
            found.append(self._mentions[index])
        return found

    def _said_of(self, said: Said) -> list[Mention]:
        """The findings of the clause; if it has none, those before in the sentence, else the next clause."""
        number = self._layout.clause(said.start)
        own = self._in(number)
        if own:
            return own
        # 两天了 goes with the findings around it; 刚吃了药 does not.
        start, end = self._layout.clause_span(number)
        if (
            self._light.residue(self._text[start : said.start] + self._text[said.end : end])
            > _MOST_OTHER_WORDS
        ):
            return []
        sentence = self._layout.sentence(said.start)
        before: list[Mention] = []
        for other in range(number - 1, max(-1, number - 6), -1):
            if self._layout.sentence(self._layout.starts[other]) != sentence:
                break
            here = self._in(other)
            if any(mention.duration_hours is not None for mention in here):
                break
            before += here
        if before:
            return before
        if (
            number + 1 < len(self._layout.starts)
            and self._layout.sentence(self._layout.starts[number + 1]) == sentence
        ):
            return self._in(number + 1)
        return []

    def _still_there(self) -> None:
        """三年前中风过，左手一直没劲: what has gone on since then has lasted as long."""
        for hit in self._cues:
            if hit.cue.kind != "now" or self._text[hit.start : hit.end] not in _SINCE:
                continue
            number = self._layout.clause(hit.start)
            first = self._in(number - 1) if self._same_sentence(number - 1, hit.start) else []
            hours = next((m.duration_hours for m in first if _is_over(m) and m.duration_hours), None)
            for mention in self._in(number):
                if mention.duration_hours is None:
                    mention.duration_hours = hours

    def _manner_of(self, hit: CueHit) -> list[Mention]:
        number = self._layout.clause(hit.start)
        own = self._in(number)
        if own:
            return own
        if hit.cue.kind == "sudden" and self._in(number + 1):
            return self._in(number + 1)
        return self._in(number - 1)[-1:] if self._same_sentence(number - 1, hit.start) else []

    def _worse_on_occasion(self, hit: CueHit) -> bool:
        """吃完饭更厉害, 夜里加重 compare occasions; they say nothing of how it goes on over the days."""
        if hit.cue.kind != "course_worsening" or self._text.startswith(_ALL_ALONG, hit.start):
            return False
        start, _ = self._layout.clause_span(self._layout.clause(hit.start))
        return any(other.cue.kind == "occasion" and start <= other.start <= hit.start for other in self._cues)

    def _same_sentence(self, number: int, position: int) -> bool:
        layout = self._layout
        return number >= 0 and layout.sentence(layout.starts[number]) == layout.sentence(position)

    def _severity(self, hit: CueHit) -> None:
        """A degree word belongs to the finding right behind it, or else to the one before it."""
        number = self._layout.clause(hit.start)
        best: Mention | None = None
        pain: Mention | None = None
        for mention in self._in(number):
            inside = mention.start <= hit.start < mention.end
            if inside or 0 <= mention.start - hit.end <= 3:
                # 胸口疼得打滚 says how bad the pain is, too.
                if inside and pain is not None and not _is_pain(mention):
                    pain.severity = max(pain.severity or 0, hit.cue.value or 0)
                best = mention
                break
            if 0 <= hit.start - mention.end <= 4:
                best = mention
            pain = mention if _is_pain(mention) else pain
        if best is None and not self._in(number) and self._same_sentence(number - 1, hit.start):
            previous = self._in(number - 1)
            best = previous[-1] if previous and hit.cue.value is not None and hit.cue.value >= 7 else None
        if best is not None and (best.severity is None or (hit.cue.value or 0) > best.severity):
            best.severity = hit.cue.value

    def _amount(self, hit: CueHit) -> None:
        """吐了血，一大滩: how much it is belongs to the blood of the clause, or else of the one before."""
        number = self._layout.clause(hit.start)
        for place in (number, number - 1):
            bled = [m for m in self._in(place) if m.term.endswith(_BLEEDING)]
            if bled and (place == number or self._same_sentence(place, hit.start)):
                bled[-1].severity = max(bled[-1].severity or 0, hit.cue.value or 0)
                return

    def _scores(self) -> None:
        """疼痛8分, 能打七分."""
        for match in _SCORE.finditer(self._text):
            value = parse(match["n"])
            if value is None or (match["n"] == "十" and not match["told"]):
                continue  # 十分疼 is no number
            top = parse(match["to"] or "")
            value = value if top is None else (value + top) / 2
            said = Said(match.start(), match.end(), value)
            for mention in self._said_of(said):
                if _is_pain(mention):
                    mention.severity = value


def _is_over(mention: Mention) -> bool:
    """An illness of the past, or the state after it (脑卒中后)."""
    return mention.time is When.PAST or mention.term.endswith("后")


def _is_pain(mention: Mention) -> bool:
    return mention.sensation == "pain" or "痛" in mention.term
