"""Complaints, praise and ratings: heard, written down, and brought to a person where they need one."""

from __future__ import annotations

import re

from actions.base import END, STAY, Answer, Loop, Turn, choices, tells_complaint
from conversations import Severity
from patients import parse_identity

#: A complaint shorter than this says that there is one, not what it is; characters.
_ENOUGH = 12
#: What the classifier may make of an account of what happened: it names doctors, relatives and places.
_ACCOUNT = frozenset(
    {
        "complaint",
        "praise",
        "ask_doctor",
        "family_proxy",
        "bind_identity",
        "out_of_scope",
        "ask_which_department",
    }
)
#: Holds the house to account for a death.
_BLAMES = re.compile(r"害|治死|误诊|耽误|说法|赔|责任|事故|追究|草菅|没人管|你们")
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
        if bereaved(turn):
            condole(turn)
            return END
        if len(turn.text.strip()) >= _ENOUGH:
            return self._pass_on(turn)
        turn.say("feedback.ask")
        return STAY

    def hear(self, turn: Turn) -> str | None:
        if bereaved(turn):
            condole(turn)
            return END
        if turn.wants_something_else() and turn.intent not in _ACCOUNT:
            return None
        if turn.intent == "praise" and turn.wants_something_else():
            take_praise(turn)
            return END
        if turn.intent == "triage_complaint" or (turn.intent != "complaint" and tells_complaint(turn)):
            return "triage_form"
        if turn.intent == "deny":
            turn.say("feedback.dropped")
            return END
        return self._pass_on(turn)

    def ask(self, turn: Turn) -> None:
        turn.say("feedback.ask")

    def _pass_on(self, turn: Turn) -> str:
        _file(turn, "患者投诉")
        phone = turn.rooms.hospital.phones.complaint_office
        turn.say("feedback.passed_on", phone=phone)
        if turn.owner is None:
            turn.say("feedback.leave_phone")
        return END


def bereaved(turn: Turn) -> bool:
    """True if the message tells a death, and nothing that ails the one who writes."""
    return turn.rooms.followup.tells_death(turn.text) and not tells_complaint(turn)


def condole(turn: Turn) -> None:
    """Condolence first; a reproach is taken as the complaint that it is, and a person is called."""
    phone = turn.rooms.hospital.phones.complaint_office
    if turn.intent == "complaint" or _BLAMES.search(turn.text):
        _file(turn, "家属投诉：亲人去世，请尽快联系")
        turn.say("feedback.condolence_filed", phone=phone)
        if turn.owner is None:
            turn.say("feedback.leave_phone")
    else:
        turn.say("feedback.condolence", buttons=choices("转人工", "我要投诉"))


def take_phone(turn: Turn) -> bool:
    """A bare phone number after a complaint is where the complainant can be reached. True if it was one."""
    task_id = turn.topics.get("feedback", {}).get("task")
    parts = parse_identity(turn.text, turn.now.date())
    if task_id is None or parts.phone is None or parts.name or parts.id_number:
        return False
    turn.forget("feedback")
    if not turn.rooms.conversations.add_words(turn.session, task_id, f"联系电话：{parts.phone}"):
        return False
    turn.say("feedback.phone_noted")
    return True


def _file(turn: Turn, reason: str) -> None:
    conversation = turn.conversation
    task = turn.rooms.conversations.open_task(
        turn.session,
        kind="complaint",
        severity="AMBER",
        reason=reason,
        detail={"words": turn.text},
        conversation_id=conversation.id,
        patient_id=conversation.patient_id,
        source_ref=f"complaint:{turn.message_id}",
    )
    turn.topics["feedback"] = {"task": task.id}


def take_praise(turn: Turn) -> None:
    _record(turn, "GREEN", "患者表扬", {"words": turn.text})
    turn.say("feedback.praise")


class Praise(Answer):
    action_name = "action_praise"

    def answer(self, turn: Turn) -> None:
        take_praise(turn)


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
