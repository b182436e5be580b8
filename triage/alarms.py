"""Which red flags a new message raises: the rules, and a second opinion on words that no rule foresaw.

The rules decide what can be decided from findings. Of free words the sentences of real life know more: they
hold back a rule that fired on words which nobody in danger uses, and they raise the likeliest criterion where
a message sounds like an emergency and no rule heard it. What was tapped or answered to a question is never
held back; neither is anything once it was raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from triage.experience import Experience
from triage.expressions import View
from triage.model import Case, Finding
from triage.red_flags import RedFlag

#: Log odds below which a rule that fired on free words is held back, and above which words alone raise an
#: alarm; chosen on sentences that neither the rules nor the models had seen (benchmarks/triage_emergencies).
DOUBT = -1.5
ALARM = 0.3
#: Few words say little: an alarm of words alone needs so much more, divided by their number of characters.
#: Settled between everyday complaints and a blind set that was in view.
BRIEF = 12.0
#: Messages that are heard together: a talk that goes on for long is not one emergency.
TOGETHER = 4


@dataclass(frozen=True, slots=True)
class Alarms:
    """The criteria and, if there is one, the second opinion."""

    flags: Sequence[RedFlag]
    experience: Experience | None
    #: Term → its wider terms.
    wider: Mapping[str, tuple[str, ...]]

    def hear(
        self, before: View, case: Case, view: View, said: str, read: Sequence[Finding], *, answer: bool
    ) -> Case:
        """`case` with what a message raises, or leaves in doubt.

        `before`: the case without the message; `view`: with it. `said`: its words, empty for a tap; `read`:
        the findings in it; `answer`: it answers a question of ours.
        """
        new = view.present.keys() - before.present.keys()
        fresh = [
            flag
            for flag in self.flags
            if flag.id not in case.raised
            and (flag.id not in case.doubted or not new.isdisjoint(flag.when.terms()))
            and flag.holds(view)
        ]
        if self.experience is None or not said:
            return _raised(case, fresh)
        odds = max(
            self.experience.alarming([said], read, self.wider),
            self.experience.alarming(case.words[-TOGETHER:], case.findings, self.wider),
        )
        sure = [flag for flag in fresh if flag.passing]
        if fresh and not sure and odds < DOUBT and not answer:
            return replace(case, doubted=tuple(dict.fromkeys((*case.doubted, *(f.id for f in fresh)))))
        # An answer that tells of nothing new (今天刚开始) is no emergency of its own.
        speaks = bool(read) or not answer
        if speaks and not fresh and not case.raised and odds > ALARM + BRIEF / len(said):
            fresh = self._likeliest(self.experience, case, view)
        return _raised(case, fresh)

    def _likeliest(self, experience: Experience, case: Case, view: View) -> list[RedFlag]:
        fitting = {flag.id: flag for flag in self.flags if flag.population.includes(view)}
        words = case.words[-TOGETHER:]
        best, _ = experience.criterion(words, case.findings, self.wider, fitting.keys())
        return [fitting[best]]


def _raised(case: Case, flags: Sequence[RedFlag]) -> Case:
    return replace(case, raised=tuple(dict.fromkeys((*case.raised, *(flag.id for flag in flags)))))
