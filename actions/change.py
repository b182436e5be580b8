"""Appointments that exist: look up, reschedule, cancel, in words."""

from __future__ import annotations

import re
from typing import Any

from actions import people
from actions.base import END, STAY, Loop, Turn, choices
from actions.booking import say_appointment, say_refusal
from actions.identity import SELF, gives_up
from actions.slots import SlotPicker, ordinal
from actions.yes import says_yes
from booking import AppointmentView, ExamAppointmentView, day_words, period_of, time_range
from core.errors import Refusal
from patients import parse_relation

_CANCEL, _MOVE = "cancel", "reschedule"
#: The appointment stays as it is: 别取消, 先不改了.
_KEEPS = re.compile(r"(?:不|别|甭)(?:要|用|想|能|忙着?|急着?)?(?:取消|退|改)")

#: What can be looked up and cancelled; only consultations can be moved.
Booked = AppointmentView | ExamAppointmentView


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
        meant = meant_by(turn, found)
        if len(meant) == 1:
            return self._chosen(turn, meant[0])
        if not meant:
            turn.say("change.not_that_one")
        self._ask_which(turn, meant or found)
        return STAY

    def again(self, turn: Turn) -> str:
        return self.start(turn)

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("change")
        heard: str | None = getattr(self, f"_hear_{topic['stage']}")(turn, topic)
        return heard

    def ask(self, turn: Turn) -> None:
        topic = turn.topic("change")
        if topic["stage"] == "which":
            self._ask_which(turn, own_appointments(turn))
        elif topic["stage"] == "slot":
            SlotPicker(turn, "change", "不改了").ask_again()
        else:
            self._ask_confirmation(turn, topic)

    # Which appointment

    def _ask_which(self, turn: Turn, found: list[Booked]) -> None:
        turn.topic("change")["shown"] = [one.id for one in found]
        key = "change.which_cancel" if turn.topic("change")["kind"] == _CANCEL else "change.which_move"
        turn.say(key, buttons=choices(*(booked_line(one) for one in found)))

    def _hear_which(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        found = own_appointments(turn)
        shown = [one for id in topic.get("shown", []) for one in found if one.id == id]
        which = ordinal(turn.text)
        meant = [one for one in found if booked_line(one) == turn.text.strip()]
        if not meant and which is not None and which <= len(shown):
            meant = [shown[which - 1]]
        meant = meant or meant_by(turn, found)
        if len(meant) == 1:
            return self._chosen(turn, meant[0])
        if turn.intent == "deny" or gives_up(turn.text):
            turn.say("change.kept")
            return END
        if turn.wants_something_else() and turn.intent not in {
            "cancel_appointment",
            "reschedule_appointment",
        }:
            return None
        self._ask_which(turn, found)
        return STAY

    def _chosen(self, turn: Turn, one: Booked) -> str:
        topic = turn.topic("change")
        topic["appointment"], topic["line"] = one.id, booked_line(one)
        topic["exam"] = isinstance(one, ExamAppointmentView)
        if isinstance(one, ExamAppointmentView) and topic["kind"] == _MOVE:
            turn.say("change.exam_stays", line=topic["line"], buttons=choices("取消预约"))
            return END
        if isinstance(one, ExamAppointmentView) or topic["kind"] == _CANCEL:
            topic["stage"] = "confirm"
            self._ask_confirmation(turn, topic)
            return STAY
        return self._move(turn, one)

    def _move(self, turn: Turn, one: AppointmentView) -> str:
        picker = SlotPicker(turn, "change", "不改了")
        picker.wish(department=one.department_code)
        picker.wish(doctor=one.doctor_id)
        picker.leave_out(one.slot_id)
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
        picker = SlotPicker(turn, "change", "不改了")
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
        if turn.intent == "deny" or _KEEPS.search(turn.text) or gives_up(turn.text):
            turn.say("change.kept")
            return END
        if picker.tell_fees():
            picker.ask_again()
            return STAY
        if turn.wants_something_else() and turn.intent != "reschedule_appointment":
            return None
        turn.miss("slots.not_understood")
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
        if (other := self._other_kind(turn, topic)) is not None:
            return other
        picker = SlotPicker(turn, "change", "不改了")
        if topic["kind"] == _MOVE and (picker.take_words() or picker.wants_others()):
            return self._offer(turn, picker, more=picker.wants_others())
        if turn.intent == "deny" or _KEEPS.search(turn.text):
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

    def _other_kind(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        """Who was about to cancel moves instead, or the other way round. None if neither is wanted."""
        text = _KEEPS.sub("", turn.text)
        if topic["kind"] == _MOVE and turn.intent == "cancel_appointment" and "取消" in text:
            topic["kind"] = _CANCEL
            self._ask_confirmation(turn, topic)
            return STAY
        if topic["kind"] == _CANCEL and turn.intent == "reschedule_appointment" and not topic["exam"]:
            one = next((one for one in own_appointments(turn) if one.id == topic["appointment"]), None)
            if isinstance(one, AppointmentView):
                topic["kind"] = _MOVE
                return self._move(turn, one)
        return None

    def _carry_out(self, turn: Turn, topic: dict[str, Any]) -> str:
        booking, owner = turn.rooms.booking, turn.owner
        actor = owner.id if owner else None
        if topic["kind"] == _CANCEL:
            cancel = booking.cancel_exam if topic.get("exam") else booking.cancel
            outcome = cancel(turn.session, topic["appointment"], "patient", actor_id=actor)
            key = "change.cancelled"
        else:
            outcome = booking.reschedule(
                turn.session, topic["appointment"], topic["slot"], f"chat:{turn.message_id}", actor_id=actor
            )
            key = "change.moved"
        if isinstance(outcome, Refusal):
            say_refusal(turn, outcome)
            return END
        if turn.topic("history").get("appointment") == topic["appointment"]:
            # The history belongs to the visit: it moves with it, or ends with it.
            turn.topic("history")["appointment"] = outcome.id
            if topic["kind"] == _CANCEL:
                turn.drop_suspended("history_form")
                turn.forget("history")
        if isinstance(outcome, ExamAppointmentView) or topic["kind"] == _CANCEL:
            turn.say(key, line=topic["line"])
        else:
            say_appointment(turn, key, outcome)
        turn.forget("change")
        return END


def own_appointments(turn: Turn) -> list[Booked]:
    """Consultations and examinations to come of the owner and of those they act for, the next one first."""
    owner = turn.owner
    if owner is None:
        return []
    relatives = turn.rooms.patients.relatives(turn.session, owner.id)
    everybody = [owner.id, *(relative.patient.id for relative in relatives)]
    visits = turn.rooms.booking.appointments(turn.session, everybody)
    exams = turn.rooms.booking.exam_appointments(turn.session, everybody)
    return sorted([*visits, *exams], key=lambda one: one.starts_at)


def meant_by(turn: Turn, found: list[Booked]) -> list[Booked]:
    """Those that the message may mean, by person, place, doctor or examination; all if it names none."""
    hospital, owner = turn.rooms.hospital, turn.owner
    relation = parse_relation(turn.text)
    department = hospital.find_department(turn.text)
    doctors = {doctor.id for doctor in hospital.find_doctor(turn.text)}
    exam = hospital.find_exam(turn.text)
    persons: set[str] | None = None
    if relation is not None and owner is not None:
        known = people.candidates(turn, relation)
        persons = {owner.id} if relation == SELF else {one.id for one in known}

    def fits(one: Booked) -> bool:
        if persons is not None and one.patient_id not in persons:
            return False
        if isinstance(one, ExamAppointmentView):
            return not doctors and (exam.id == one.exam_id if exam else department is None)
        return (department is None or one.department_code == department.code) and (
            not doctors or one.doctor_id in doctors
        )

    named = [one for one in found if fits(one)]
    # The department or doctor may also be the one to change to; a person is always whose it is.
    return named or (
        [one for one in found if persons is None or one.patient_id in persons]
        if department or doctors
        else []
    )


def booked_line(one: Booked) -> str:
    if isinstance(one, ExamAppointmentView):
        when = f"{day_words(one.starts_at.date())}{period_of(one.starts_at)} {time_range(one.starts_at)}"
        return f"{one.patient_masked_name} {when} {one.exam_name}"
    return f"{one.patient_masked_name} {one.when} {one.department_name} {one.doctor_name}"
