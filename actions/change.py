"""Appointments that exist: look up, reschedule, cancel, in words."""

from __future__ import annotations

from typing import Any

from actions.base import END, STAY, Answer, Loop, Turn, choices
from actions.booking import say_appointment, say_refusal, says_yes
from actions.slots import SlotPicker
from booking import AppointmentView
from core.errors import Refusal
from patients import parse_relation

_CANCEL, _MOVE = "cancel", "reschedule"


class QueryAppointment(Answer):
    action_name = "action_query_appointment"

    def answer(self, turn: Turn) -> None:
        owner = turn.owner
        if owner is None:
            turn.say("change.unknown_person", buttons=choices("实名绑定", "预约挂号"))
            return
        found = own_appointments(turn)
        if not found:
            turn.say("change.none", buttons=choices("预约挂号"))
            return
        lines = "\n".join(f"· {_line(one)}" for one in found)
        turn.say("change.list", list=lines, buttons=choices("改时间", "取消预约"))


class ChangeLoop(Loop):
    """Which appointment → for a new time: which one → confirmation."""

    form = "change_form"

    def start(self, turn: Turn) -> str:
        kind = _CANCEL if turn.intent == "cancel_appointment" else _MOVE
        if turn.owner is None:
            turn.say("change.unknown_person", buttons=choices("实名绑定", "预约挂号"))
            return END
        found = own_appointments(turn)
        if not found:
            turn.say("change.none", buttons=choices("预约挂号"))
            return END
        turn.topics["change"] = {"kind": kind, "stage": "which"}
        meant = _meant(turn, found)
        if len(meant) == 1:
            return self._chosen(turn, meant[0])
        self._ask_which(turn, meant or found)
        return STAY

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("change")
        heard: str | None = getattr(self, f"_hear_{topic['stage']}")(turn, topic)
        return heard

    def ask(self, turn: Turn) -> None:
        topic = turn.topic("change")
        if topic["stage"] == "which":
            self._ask_which(turn, own_appointments(turn))
        elif topic["stage"] == "slot":
            SlotPicker(turn, "change").ask_again()
        else:
            self._ask_confirmation(turn, topic)

    # Which appointment

    def _ask_which(self, turn: Turn, found: list[AppointmentView]) -> None:
        key = "change.which_cancel" if turn.topic("change")["kind"] == _CANCEL else "change.which_move"
        turn.say(key, buttons=choices(*(_line(one) for one in found)))

    def _hear_which(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        found = own_appointments(turn)
        meant = [one for one in found if _line(one) == turn.text.strip()] or _meant(turn, found)
        if len(meant) == 1:
            return self._chosen(turn, meant[0])
        if turn.intent == "deny":
            turn.say("change.kept")
            return END
        if turn.wants_something_else() and turn.intent not in {
            "cancel_appointment",
            "reschedule_appointment",
        }:
            return None
        self._ask_which(turn, found)
        return STAY

    def _chosen(self, turn: Turn, one: AppointmentView) -> str:
        topic = turn.topic("change")
        topic["appointment"], topic["line"] = one.id, _line(one)
        if topic["kind"] == _CANCEL:
            topic["stage"] = "confirm"
            self._ask_confirmation(turn, topic)
            return STAY
        picker = SlotPicker(turn, "change")
        picker.wish(department=one.department_code)
        picker.wish(doctor=one.doctor_id)
        picker.take_words()
        return self._offer(turn, picker)

    # A new time

    def _offer(self, turn: Turn, picker: SlotPicker, *, more: bool = False) -> str:
        turn.topic("change")["stage"] = "slot"
        if picker.offer(age=None, sex=None, more=more):
            return STAY
        turn.say("change.kept")
        return END

    def _hear_slot(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        picker = SlotPicker(turn, "change")
        slot_id = picker.picked()
        if slot_id is not None:
            topic["slot"], topic["slot_label"], topic["stage"] = slot_id, picker.label_of(slot_id), "confirm"
            self._ask_confirmation(turn, topic)
            return STAY
        if turn.intent == "cancel_appointment":
            topic["kind"], topic["stage"] = _CANCEL, "confirm"
            self._ask_confirmation(turn, topic)
            return STAY
        if picker.take_words():
            return self._offer(turn, picker)
        if picker.wants_others():
            return self._offer(turn, picker, more=True)
        if turn.intent == "deny":
            turn.say("change.kept")
            return END
        if turn.wants_something_else() and turn.intent != "reschedule_appointment":
            return None
        turn.say("slots.not_understood")
        picker.ask_again()
        return STAY

    # Confirmation

    def _ask_confirmation(self, turn: Turn, topic: dict[str, Any]) -> None:
        if topic["kind"] == _CANCEL:
            turn.say("change.confirm_cancel", line=topic["line"], buttons=choices("确认取消", "不取消了"))
        else:
            turn.say(
                "change.confirm_move",
                line=topic["line"],
                slot=topic["slot_label"],
                buttons=choices("确认改期", "换个时间", "不改了"),
            )

    def _hear_confirm(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        if says_yes(turn.text):
            return self._carry_out(turn, topic)
        picker = SlotPicker(turn, "change")
        if topic["kind"] == _MOVE and (picker.take_words() or picker.wants_others()):
            return self._offer(turn, picker, more=picker.wants_others())
        if turn.intent == "deny" or "不取消" in turn.text or "不改" in turn.text:
            turn.say("change.kept")
            turn.forget("change")
            return END
        if turn.wants_something_else() and turn.intent not in {
            "cancel_appointment",
            "reschedule_appointment",
        }:
            return None
        self._ask_confirmation(turn, topic)
        return STAY

    def _carry_out(self, turn: Turn, topic: dict[str, Any]) -> str:
        booking, owner = turn.rooms.booking, turn.owner
        actor = owner.id if owner else None
        if topic["kind"] == _CANCEL:
            outcome = booking.cancel(turn.session, topic["appointment"], "patient", actor_id=actor)
            key = "change.cancelled"
        else:
            outcome = booking.reschedule(
                turn.session, topic["appointment"], topic["slot"], f"chat:{turn.message_id}", actor_id=actor
            )
            key = "change.moved"
        if isinstance(outcome, Refusal):
            say_refusal(turn, outcome)
            return END
        if topic["kind"] == _CANCEL:
            turn.say(key, line=topic["line"])
        else:
            say_appointment(turn, key, outcome)
        turn.forget("change")
        return END


def own_appointments(turn: Turn) -> list[AppointmentView]:
    """Appointments to come of the owner and of those they act for."""
    owner = turn.owner
    if owner is None:
        return []
    relatives = turn.rooms.patients.relatives(turn.session, owner.id)
    people = [owner.id, *(relative.patient.id for relative in relatives)]
    return list(turn.rooms.booking.appointments(turn.session, people))


def _meant(turn: Turn, found: list[AppointmentView]) -> list[AppointmentView]:
    """Those that the message may mean: by relation, department or doctor; all if it names none of them."""
    if len(found) < 2:
        return found
    hospital = turn.rooms.hospital
    relation = parse_relation(turn.text)
    department = hospital.find_department(turn.text)
    doctors = {doctor.id for doctor in hospital.find_doctor(turn.text)}
    people: set[str] = set()
    owner = turn.owner
    if relation and owner:
        relatives = turn.rooms.patients.relatives(turn.session, owner.id)
        people = {one.patient.id for one in relatives if one.relation == relation} or {owner.id}
    return [
        one
        for one in found
        if (not people or one.patient_id in people)
        and (department is None or one.department_code == department.code)
        and (not doctors or one.doctor_id in doctors)
    ]


def _line(one: AppointmentView) -> str:
    return f"{one.patient_masked_name} {one.when} {one.department_name} {one.doctor_name}"
