"""The history before a visit: the room asks, we store the summary for the doctor."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from actions import people
from actions.base import END, STAY, Loop, Turn, choices, with_person
from actions.identity import gives_up
from booking import SKIPPED, HistoryQuestion, HistorySummary, next_history_question, summarise
from core.errors import BanzhenError, Refusal
from patients import age_on
from triage import Case

_SKIP = re.compile(r"跳过|不想(?:说|答|回答)|下一[个题]|pass", re.IGNORECASE)
_STOP = re.compile(r"不(?:想|愿意?)?(?:再)?(?:答|问|填|说|回答)了|别问了|到此为止|结束|不用问|太多了|烦")
#: An allergy matters to every doctor, whatever was asked.
_ALLERGY = re.compile(
    r"(?<!不)(?<!没有)(?<!没)(?:药物|药|食物|青霉素|头孢|磺胺|海鲜|花生|牛奶|鸡蛋|麻药|碘|造影剂|阿司匹林).{0,4}过敏|对.{1,8}过敏"
)
_ALLERGY_QUESTION = "allergy"
#: A free-text answer of less than this confidence in another intent is taken as an answer.
_SURE = 0.7


class HistoryLoop(Loop):
    form = "history_form"

    def start(self, turn: Turn) -> str:
        topic = turn.topic("history")
        topic["answers"] = {}
        # Answers have a place of their own in the summary: only what was said before them is the complaint.
        topic["complaint"] = self._case(turn, topic).to_json()
        return self._next(turn, topic, first=True)

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("history")
        question = self._question(turn, topic)
        tapped = question is not None and turn.text.strip() in question.options
        if tapped:
            return self._answered(turn, topic)
        if _STOP.search(turn.text) or gives_up(turn.text):
            self._store(turn, topic)
            turn.say("history.stopped")
            return END
        if _SKIP.search(turn.text):
            return self._answered(turn, topic)
        if people.tells_of_another(turn, topic["relation"]):
            # Somebody else needs help: that comes first, and this history goes on afterwards.
            turn.suspended.append(self.form)
            return "triage_form"
        # Anything may be an answer here, so only a clear wish for something else is let through.
        if turn.wants_something_else() and turn.confidence >= _SURE:
            return None
        if turn.text.strip().startswith("确认"):
            # The confirmation of the appointment, tapped twice.
            self.ask(turn)
            return STAY
        if _ALLERGY.search(turn.text) and topic["question"] != _ALLERGY_QUESTION:
            # Told without being asked: it has its own place in the summary, and the question stays open.
            topic["answers"][_ALLERGY_QUESTION] = turn.text.strip()
            self._store(turn, topic)
            turn.say("history.noted")
            return self._next(turn, topic)
        return self._answered(turn, topic)

    def _answered(self, turn: Turn, topic: dict[str, Any]) -> str:
        topic["answers"][topic["question"]] = SKIPPED if _SKIP.search(turn.text) else turn.text.strip()
        self._store(turn, topic)
        return self._next(turn, topic)

    def ask(self, turn: Turn) -> None:
        topic = turn.topic("history")
        turn.say("history.resume")
        question = self._question(turn, topic)
        if question is not None:
            turn.say_text(question.text, buttons=_buttons(question))

    def _next(self, turn: Turn, topic: dict[str, Any], *, first: bool = False) -> str:
        question = self._question(turn, topic)
        if question is None:
            turn.say("history.done", summary=self._store(turn, topic).text)
            turn.forget("history")
            return END
        if first:
            turn.say("history.begin")
        topic["question"] = question.id
        turn.say_text(question.text, buttons=_buttons(question))
        return STAY

    def _question(self, turn: Turn, topic: dict[str, Any]) -> HistoryQuestion | None:
        return next_history_question(self._standard(turn, topic), self._case(turn, topic), topic["answers"])

    @staticmethod
    def _case(turn: Turn, topic: dict[str, Any]) -> Case:
        """What was said, with what is known of the person and without words that tell no finding."""
        case = people.case_of(turn, topic["relation"])
        born, sex = people.facts(turn, topic["relation"])
        age = None if born is None else float(age_on(born, turn.now.date()))
        told = tuple(words for words in case.words if turn.rooms.triage.read(words).findings)
        return with_person(replace(case, words=told), age=age, sex=sex)

    def _store(self, turn: Turn, topic: dict[str, Any]) -> HistorySummary:
        complaint = Case.from_json(topic["complaint"])
        summary = summarise(complaint, topic["answers"], department=self._standard(turn, topic))
        outcome = turn.rooms.booking.save_history(
            turn.session, topic["appointment"], topic["answers"], summary
        )
        if isinstance(outcome, Refusal):
            raise BanzhenError("no_appointment", "病史摘要没有对应的预约")
        return summary

    def _standard(self, turn: Turn, topic: dict[str, Any]) -> str:
        served = turn.rooms.hospital.department(topic["department"]).standard
        return served[0] if served else ""


def _buttons(question: HistoryQuestion) -> list[tuple[str, str]]:
    return [*choices(*question.options), ("跳过", "跳过")]
