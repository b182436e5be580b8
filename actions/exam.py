"""Booking an examination that a doctor has requested."""

from __future__ import annotations

from typing import Any

from actions.base import END, STAY, Loop, Turn, choices
from actions.booking import say_refusal, says_yes
from actions.identity import SELF, IdentityTalk
from booking import BookSlot, parse_when
from core.errors import Refusal

_SHOWN = 6


class ExamLoop(Loop):
    form = "exam_form"

    def start(self, turn: Turn) -> str:
        turn.topics["exam"] = {"stage": "exam"}
        return self._from_words(turn)

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("exam")
        heard: str | None = getattr(self, f"_hear_{topic['stage']}")(turn, topic)
        return heard

    def ask(self, turn: Turn) -> None:
        topic = turn.topic("exam")
        if topic["stage"] == "slot":
            turn.say("slots.again", buttons=choices(*(one["label"] for one in topic["offered"])))
        elif topic["stage"] == "identity":
            IdentityTalk(turn, "exam", SELF).ask()
        elif topic["stage"] == "confirm":
            self._ask_confirmation(turn, topic)
        else:
            turn.say("exam.ask_which")

    def _from_words(self, turn: Turn) -> str:
        topic = turn.topic("exam")
        exam = turn.rooms.hospital.find_exam(turn.text)
        if exam is None:
            turn.say("exam.ask_which")
            return STAY
        topic["exam"], topic["name"] = exam.id, exam.name
        return self._offer(turn, topic)

    def _hear_exam(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        if turn.rooms.hospital.find_exam(turn.text) is None:
            if turn.intent == "deny":
                turn.say("exam.stopped")
                return END
            if turn.wants_something_else():
                return None
        return self._from_words(turn)

    def _offer(self, turn: Turn, topic: dict[str, Any]) -> str:
        when = parse_when(turn.text, turn.now)
        found = turn.rooms.booking.open_exam_slots(turn.session, topic["exam"], when=when, limit=_SHOWN)
        if not isinstance(found, Refusal) and not found and when is not None:
            turn.say("exam.none_then")
            found = turn.rooms.booking.open_exam_slots(turn.session, topic["exam"], limit=_SHOWN)
        if isinstance(found, Refusal):
            say_refusal(turn, found)
            return END
        if not found:
            turn.say("exam.none")
            return END
        topic["stage"] = "slot"
        topic["offered"] = [{"id": slot.id, "label": slot.label} for slot in found]
        exam = next(one for one in turn.rooms.hospital.exams if one.id == topic["exam"])
        turn.say(
            "exam.offer",
            name=exam.name,
            preparation=exam.preparation,
            buttons=choices(*(slot.label for slot in found)),
        )
        return STAY

    def _hear_slot(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        chosen = [one for one in topic["offered"] if one["label"] == turn.text.strip()]
        when = parse_when(turn.text, turn.now)
        if not chosen and when is not None:
            return self._offer(turn, topic)
        if not chosen and ("第一个" in turn.text or "最早" in turn.text or "都行" in turn.text):
            chosen = topic["offered"][:1]
        if chosen:
            topic["slot"], topic["slot_label"] = chosen[0]["id"], chosen[0]["label"]
            return self._who(turn, topic)
        if turn.intent == "deny":
            turn.say("exam.stopped")
            return END
        if turn.wants_something_else() and turn.intent != "book_exam":
            return None
        self.ask(turn)
        return STAY

    def _who(self, turn: Turn, topic: dict[str, Any]) -> str:
        if turn.owner is None:
            topic["stage"] = "identity"
            turn.say("booking.real_name")
            IdentityTalk(turn, "exam", SELF).ask()
            return STAY
        topic["stage"] = "confirm"
        self._ask_confirmation(turn, topic)
        return STAY

    def _hear_identity(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        talk = IdentityTalk(turn, "exam", SELF)
        if not talk.take():
            if turn.wants_something_else():
                return None
            turn.say("identity.not_understood")
        if talk.missing is None and talk.register() is not None:
            return self._who(turn, topic)
        talk.ask()
        return STAY

    def _ask_confirmation(self, turn: Turn, topic: dict[str, Any]) -> None:
        turn.say("exam.confirm", slot=topic["slot_label"], buttons=choices("确认预约", "先不约了"))

    def _hear_confirm(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        owner = turn.owner
        if says_yes(turn.text) and owner is not None:
            outcome = turn.rooms.booking.book_exam(
                turn.session, BookSlot(owner.id, owner.id, topic["slot"], f"chat:{turn.message_id}")
            )
            if isinstance(outcome, Refusal):
                say_refusal(turn, outcome)
                return END
            card = outcome.card()
            rows = [
                ("就诊人", card["patient"]), ("检查", card["exam"]), ("日期", card["date"]),
                ("时间", card["time"]), ("地点", card["location"]), ("序号", card["number"]),
            ]  # fmt: skip
            notes = list(turn.rooms.booking.exam_instructions(outcome))
            turn.say(
                "exam.booked",
                card={"kind": "appointment", "title": card["title"], "rows": rows, "notes": notes},
            )
            turn.forget("exam")
            return END
        if turn.intent == "deny" or "不约" in turn.text:
            turn.say("exam.stopped")
            turn.forget("exam")
            return END
        if turn.wants_something_else() and turn.intent != "book_exam":
            return None
        self._ask_confirmation(turn, topic)
        return STAY
