"""Complaints, praise and ratings: heard, written down, and brought to a person where they need one."""

from __future__ import annotations

import re

from actions.base import END, STAY, Answer, Loop, Turn, tells_complaint
from conversations import Severity

#: A complaint shorter than this says that there is one, not what it is; characters.
_ENOUGH = 12
_RATING_WORDS = {
    "非常满意": 5,
    "很满意": 5,
    "满意": 4,
    "一般": 3,
    "还行": 3,
    "不满意": 2,
    "很不满意": 1,
    "非常不满意": 1,
}
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}


class FeedbackLoop(Loop):
    """A complaint: the first who hears it writes it down and passes it on (首诉负责制)."""

    form = "feedback_form"

    def start(self, turn: Turn) -> str:
        if len(turn.text.strip()) >= _ENOUGH:
            return self._pass_on(turn)
        turn.say("feedback.ask")
        return STAY

    def hear(self, turn: Turn) -> str | None:
        if turn.wants_something_else() and turn.intent not in {"complaint", "praise"}:
            return None
        if turn.intent == "triage_complaint" or (turn.intent != "complaint" and tells_complaint(turn)):
            return "triage_form"
        if turn.intent == "deny":
            turn.say("feedback.dropped")
            return END
        return self._pass_on(turn)

    def ask(self, turn: Turn) -> None:
        turn.say("feedback.ask")

    def _pass_on(self, turn: Turn) -> str:
        conversation = turn.conversation
        turn.rooms.conversations.open_task(
            turn.session,
            kind="complaint",
            severity="AMBER",
            reason="患者投诉",
            detail={"words": turn.text},
            conversation_id=conversation.id,
            patient_id=conversation.patient_id,
            source_ref=f"complaint:{turn.message_id}",
        )
        turn.say("feedback.passed_on", phone=turn.rooms.hospital.phones.complaint_office)
        return END


class Praise(Answer):
    action_name = "action_praise"

    def answer(self, turn: Turn) -> None:
        _record(turn, "GREEN", "患者表扬", {"words": turn.text})
        turn.say("feedback.praise")


class Rating(Answer):
    action_name = "action_rating"

    def answer(self, turn: Turn) -> None:
        score = rating_in(turn.text)
        if score is None:
            turn.say("feedback.ask_rating")
            return
        if score <= 2:
            _record(turn, "AMBER", f"满意度{score}分", {"words": turn.text, "score": score})
            turn.say("feedback.rated_low")
        else:
            _record(turn, "GREEN", f"满意度{score}分", {"words": turn.text, "score": score})
            turn.say("feedback.rated", score=score)


def rating_in(text: str) -> int | None:
    """The score from 1 to 5 that a message gives: 打五分, 4星, 非常满意, 10分 of 10; else None."""
    match = re.search(r"(\d{1,3}|[一二两三四五])\s*[分星颗]", text)
    if match:
        number = _DIGITS.get(match[1]) or int(match[1])
        if number <= 5:
            return max(1, number)
        return max(1, round(number / 2)) if number <= 10 else max(1, min(5, round(number / 20)))
    words = [word for word in sorted(_RATING_WORDS, key=len, reverse=True) if word in text]
    return _RATING_WORDS[words[0]] if words else None


def _record(turn: Turn, severity: Severity, reason: str, detail: dict[str, object]) -> None:
    conversation = turn.conversation
    turn.rooms.conversations.open_task(
        turn.session,
        kind="feedback",
        severity=severity,
        reason=reason,
        detail=detail,
        conversation_id=conversation.id,
        patient_id=conversation.patient_id,
        source_ref=f"feedback:{turn.message_id}",
    )
