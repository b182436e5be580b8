"""Booking an examination that a doctor has requested: which one → time → for whom → confirmation."""

from __future__ import annotations

from typing import Any

from actions import people
from actions.base import END, STAY, Loop, Turn, choices
from actions.booking import say_refusal
from actions.identity import SELF, IdentityTalk, gives_up
from actions.slots import picked
from actions.yes import says_yes
from booking import BookSlot, parse_when
from core.errors import Refusal
from patients import PatientView

_SHOWN = 6
#: Wishes that an open examination takes as its own.
_OWN = frozenset({"book_exam", "query_slots", "book_appointment", "family_proxy"})


class ExamLoop(Loop):
    form = "exam_form"

    def start(self, turn: Turn) -> str:
        turn.topics["exam"] = {"stage": "exam", "relation": people.named_in(turn) or SELF}
        return self._from_words(turn)

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("exam")
        if topic["stage"] != "identity" and self._given_up(turn):
            return self._stop(turn)
        if (relation := people.named_in(turn)) is not None and topic["stage"] in {"exam", "slot", "confirm"}:
            topic["relation"] = relation
            if topic["stage"] == "confirm":
                return self._who(turn, topic)
        heard: str | None = getattr(self, f"_hear_{topic['stage']}")(turn, topic)
        return heard

    def again(self, turn: Turn) -> str:
        return self.start(turn)

    def ask(self, turn: Turn) -> None:
        topic = turn.topic("exam")
        if topic["stage"] == "slot":
            labels = (one["label"] for one in topic["offered"])
            turn.say("slots.again", buttons=[*choices(*labels), *turn.ways_out("先不约了")])
        elif topic["stage"] == "identity":
            IdentityTalk(turn, "exam", topic["collecting"]).ask()
        elif topic["stage"] == "person":
            people.ask_person(turn, topic["relation"], people.candidates(turn, topic["relation"]))
        elif topic["stage"] == "confirm":
            self._ask_confirmation(turn, topic)
        else:
            turn.say("exam.ask_which")

    @staticmethod
    def _given_up(turn: Turn) -> bool:
        return gives_up(turn.text) or turn.intent in {"deny", "cancel_appointment"}

    def _stop(self, turn: Turn) -> str:
        turn.say("exam.stopped")
        turn.forget("exam")
        return END

    # Which one, and when

    def _from_words(self, turn: Turn) -> str:
        topic = turn.topic("exam")
        exam = turn.rooms.hospital.find_exam(turn.text)
        if exam is None:
            turn.say("exam.ask_which")
            return STAY
        topic["exam"], topic["name"] = exam.id, exam.name
        return self._offer(turn, topic)

    def _hear_exam(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        if turn.rooms.hospital.find_exam(turn.text) is None and turn.wants_something_else():
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
        told = topic["stage"] == "slot"
        topic["stage"] = "slot"
        topic["offered"] = [
            {"id": slot.id, "label": slot.label, "starts_at": slot.starts_at.isoformat()} for slot in found
        ]
        buttons = [*choices(*(slot.label for slot in found)), *turn.ways_out("先不约了")]
        if told:
            # How to prepare has been said.
            turn.say("slots.again", buttons=buttons)
            return STAY
        exam = next(one for one in turn.rooms.hospital.exams if one.id == topic["exam"])
        turn.say("exam.offer", name=exam.name, preparation=exam.preparation, buttons=buttons)
        return STAY

    def _hear_slot(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        slot_id = picked(turn, topic["offered"])
        if slot_id is not None:
            label = next(one["label"] for one in topic["offered"] if one["id"] == slot_id)
            topic["slot"], topic["slot_label"] = slot_id, label
            return self._who(turn, topic)
        other = turn.rooms.hospital.find_exam(turn.text)
        if other is not None and other.id != topic["exam"]:
            topic["stage"] = "exam"
            return self._from_words(turn)
        if parse_when(turn.text, turn.now) is not None or turn.intent in _OWN:
            return self._offer(turn, topic)
        if turn.wants_something_else():
            return None
        turn.miss("slots.not_understood")
        self.ask(turn)
        return STAY

    # For whom

    def _who(self, turn: Turn, topic: dict[str, Any]) -> str:
        person = people.settle(turn, "exam")
        return STAY if person is None else self._confirm(turn, topic, person)

    def _hear_identity(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        return self._settled(turn, topic, people.hear_identity(turn, "exam"))

    def _hear_person(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        return self._settled(turn, topic, people.hear_person(turn, "exam"))

    def _settled(self, turn: Turn, topic: dict[str, Any], heard: PatientView | str | None) -> str | None:
        if isinstance(heard, PatientView):
            return self._confirm(turn, topic, heard)
        return self._stop(turn) if heard == END else heard

    # Confirmation

    def _confirm(self, turn: Turn, topic: dict[str, Any], person: PatientView) -> str:
        topic["stage"] = "confirm"
        topic["person"], topic["called"] = person.id, people.called(person, topic["relation"])
        self._ask_confirmation(turn, topic)
        return STAY

    def _ask_confirmation(self, turn: Turn, topic: dict[str, Any]) -> None:
        turn.say(
            "exam.confirm",
            name=topic["called"],
            slot=topic["slot_label"],
            buttons=choices("确认预约", "换个时间", "先不约了"),
        )

    def _hear_confirm(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        if says_yes(turn.text):
            return self._book(turn, topic)
        if "换" in turn.text or parse_when(turn.text, turn.now) is not None:
            topic["stage"] = "slot"
            return self._offer(turn, topic)
        if turn.wants_something_else() and turn.intent not in _OWN:
            return None
        self._ask_confirmation(turn, topic)
        return STAY

    def _book(self, turn: Turn, topic: dict[str, Any]) -> str:
        owner = turn.owner
        outcome = turn.rooms.booking.book_exam(
            turn.session,
            BookSlot(
                patient_id=topic["person"],
                booked_by=owner.id if owner else topic["person"],
                slot_id=topic["slot"],
                request_key=f"chat:{turn.message_id}",
            ),
        )
        if isinstance(outcome, Refusal):
            say_refusal(turn, outcome)
            turn.forget("exam")
            return END
        card = outcome.card()
        rows = [
            ("就诊人", card["patient"]), ("检查", card["exam"]), ("日期", card["date"]),
            ("时间", card["time"]), ("地点", card["location"]), ("序号", card["number"]),
        ]  # fmt: skip
        notes = list(turn.rooms.booking.instructions(outcome))
        turn.say(
            "exam.booked",
            when=f"{card['date']}{card['time']}",
            exam=card["exam"],
            location=card["location"],
            card={"kind": "appointment", "title": card["title"], "rows": rows, "notes": notes},
        )
        turn.forget("exam")
        return END
