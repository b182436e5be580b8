"""Booking a consultation: department → time → for whom → confirmation → appointment card."""

from __future__ import annotations

import re
from typing import Any

from actions.base import END, STAY, Loop, Turn, choices
from actions.identity import SELF, IdentityTalk
from actions.phrases import phrase
from actions.slots import SlotPicker
from booking import AppointmentView, BookSlot, refusal_text
from core.errors import Refusal
from patients import PatientView, age_on, parse_relation

_STOP = re.compile(r"不(?:约|挂|预约|看)了|先不|算了|不用(?:约|挂)?了?$|不要了|取消$|以后再|再说吧|退出")
#: Refusals that another time would lift.
_WRONG_SLOT = frozenset(
    {
        "sold_out",
        "unknown_slot",
        "slot_past",
        "slot_stopped",
        "slot_closed",
        "too_late_to_book",
        "already_booked_time",
    }
)


class BookingLoop(Loop):
    form = "booking_form"

    def start(self, turn: Turn) -> str:
        triaged = turn.topic("triage").get("department")
        turn.topics["booking"] = {"stage": "slot", "relation": _relation(turn)}
        picker = SlotPicker(turn, "booking")
        picker.take_words()
        if picker.department is None and triaged:
            picker.wish(department=triaged)
        return self._offer(turn, picker)

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("booking")
        if _STOP.search(turn.text) and topic["stage"] != "identity":
            turn.say("booking.stopped")
            turn.forget("booking")
            return END
        heard: str | None = getattr(self, f"_hear_{topic['stage']}")(turn, topic)
        return heard

    def ask(self, turn: Turn) -> None:
        topic = turn.topic("booking")
        stage = topic["stage"]
        if stage == "department":
            _ask_department(turn)
        elif stage == "slot":
            SlotPicker(turn, "booking").ask_again()
        elif stage == "identity":
            IdentityTalk(turn, "booking", topic["collecting"]).ask()
        else:
            self._ask_confirmation(turn, topic)

    # What to offer

    def _offer(self, turn: Turn, picker: SlotPicker, *, more: bool = False) -> str:
        topic = turn.topic("booking")
        if picker.department is None:
            topic["stage"] = "department"
            _ask_department(turn)
            return STAY
        topic["department"] = picker.department
        topic["stage"] = "slot"
        age, sex = _age_and_sex(turn, topic)
        if picker.offer(age=age, sex=sex, more=more):
            return STAY
        topic["stage"] = "department"
        return STAY

    def _hear_department(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        picker = SlotPicker(turn, "booking")
        if picker.take_words() and picker.department is not None:
            return self._offer(turn, picker)
        if turn.rooms.triage.read(turn.text).findings or turn.intent == "triage_complaint":
            # Who does not know the department tells the complaint.
            turn.forget("booking")
            return "triage_form"
        if turn.wants_something_else() and turn.intent not in {"book_appointment", "query_slots"}:
            return None
        _ask_department(turn)
        return STAY

    def _hear_slot(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        picker = SlotPicker(turn, "booking")
        slot_id = picker.picked()
        if slot_id is not None:
            topic["slot"], topic["slot_label"] = slot_id, picker.label_of(slot_id)
            return self._who(turn, topic)
        relation = parse_relation(turn.text)
        if relation is not None:
            topic["relation"] = relation
        if picker.take_words():
            return self._offer(turn, picker)
        if picker.wants_others() or turn.intent == "deny":
            return self._offer(turn, picker, more=True)
        if turn.wants_something_else() and turn.intent not in {"book_appointment", "query_slots"}:
            return None
        turn.say("slots.not_understood")
        picker.ask_again()
        return STAY

    # For whom

    def _who(self, turn: Turn, topic: dict[str, Any]) -> str:
        """Go on with the person it is for: known, or asked for now."""
        relation = topic["relation"]
        owner = turn.owner
        if owner is None:
            topic["collecting"] = SELF
            if relation != SELF:
                turn.say("identity.owner_first", relation=relation)
            else:
                turn.say("booking.real_name")
            return self._collect(turn, topic)
        if relation == SELF:
            return self._confirm(turn, topic, owner)
        known = [
            one.patient
            for one in turn.rooms.patients.relatives(turn.session, owner.id)
            if one.relation == relation
        ]
        if known:
            return self._confirm(turn, topic, known[0])
        topic["collecting"] = relation
        return self._collect(turn, topic)

    def _collect(self, turn: Turn, topic: dict[str, Any]) -> str:
        topic["stage"] = "identity"
        IdentityTalk(turn, "booking", topic["collecting"]).ask()
        return STAY

    def _hear_identity(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        talk = IdentityTalk(turn, "booking", topic["collecting"])
        if not talk.take():
            if _STOP.search(turn.text):
                turn.say("booking.stopped")
                turn.forget("booking")
                return END
            if turn.wants_something_else():
                return None
            turn.say("identity.not_understood")
        if talk.missing is None and talk.register() is not None:
            topic["collecting"] = None
            return self._who(turn, topic)
        talk.ask()
        return STAY

    # Confirmation

    def _confirm(self, turn: Turn, topic: dict[str, Any], person: PatientView) -> str:
        topic["stage"] = "confirm"
        topic["person"] = person.id
        self._ask_confirmation(turn, topic)
        return STAY

    def _ask_confirmation(self, turn: Turn, topic: dict[str, Any]) -> None:
        person = turn.rooms.patients.get(turn.session, topic["person"])
        turn.say(
            "booking.confirm",
            name=person.masked_name if person else "",
            slot=topic["slot_label"],
            department=turn.rooms.hospital.department(topic["department"]).name,
            buttons=choices("确认预约", "换个时间", "先不约了"),
        )

    def _hear_confirm(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        picker = SlotPicker(turn, "booking")
        # The words decide, never an intent alone: see `says_yes`.
        if says_yes(turn.text):
            return self._book(turn, topic)
        relation = parse_relation(turn.text)
        if relation is not None and relation != topic["relation"]:
            topic["relation"] = relation
            return self._who(turn, topic)
        if picker.take_words():
            return self._offer(turn, picker)
        if picker.wants_others() or turn.intent in {"deny", "reschedule_appointment"}:
            return self._offer(turn, picker, more=True)
        if turn.wants_something_else() and turn.intent not in {"book_appointment", "query_slots"}:
            return None
        self._ask_confirmation(turn, topic)
        return STAY

    def _book(self, turn: Turn, topic: dict[str, Any]) -> str:
        owner = turn.owner
        outcome = turn.rooms.booking.book(
            turn.session,
            BookSlot(
                patient_id=topic["person"],
                booked_by=owner.id if owner else topic["person"],
                slot_id=topic["slot"],
                request_key=f"chat:{turn.message_id}",
            ),
        )
        if isinstance(outcome, Refusal):
            return self._refused(turn, outcome)
        say_appointment(turn, "booking.booked", outcome)
        turn.topics["history"] = {"appointment": outcome.id, "department": outcome.department_code}
        turn.topics["booking"] = {"department": outcome.department_code}
        return "history_form"

    def _refused(self, turn: Turn, refusal: Refusal) -> str:
        say_refusal(turn, refusal)
        if refusal.code in _WRONG_SLOT:
            return self._offer(turn, SlotPicker(turn, "booking"), more=True)
        turn.forget("booking")
        return END


def _ask_department(turn: Turn) -> None:
    turn.say("booking.ask_department", buttons=choices("不知道挂什么科", "内科", "外科", "儿科", "妇科"))


def _relation(turn: Turn) -> str:
    """Whom it is for: named in this message, or in the complaint."""
    named = parse_relation(turn.text)
    if named is None:
        named = next((found for words in turn.case.words if (found := parse_relation(words))), None)
    return named or SELF


def _age_and_sex(turn: Turn, topic: dict[str, Any]) -> tuple[float | None, str | None]:
    person = turn.case.person
    if person.age is not None or person.sex is not None:
        return person.age, person.sex
    owner = turn.owner
    if topic["relation"] == SELF and owner is not None:
        return float(age_on(owner.birth_date, turn.now.date())), owner.sex
    return None, None


_YES = re.compile(
    r"^(?:嗯|恩|哦|啊|那)*(?:嗯|恩|确认(?:预约|取消|改期|改约)?|确定(?:了|取消|预约)?|对的?|是的?|好的?|好啊|行|可以|没错|没问题|就这个|就它|就这样|"
    r"就约(?:这个|它)|约吧|挂吧|要|要的|ok|okay|yes|成|中|得|妥|好嘞|好滴|可|取消吧|改吧)[呀啊吧了的嘞哈呢,，。.!！~\s]*$",
    re.IGNORECASE,
)


def says_yes(text: str) -> bool:
    """True for a plain yes: a booking is confirmed by words, not by a classifier's guess."""
    return all(bool(_YES.match(part)) for part in re.split(r"[,，。\s]+", text.strip()) if part) and bool(
        text.strip()
    )


def say_appointment(turn: Turn, key: str, appointment: AppointmentView) -> None:
    """The appointment card with what to bring."""
    card = appointment.card()
    rows = [
        ("就诊人", card["patient"]), ("科室", card["department"]), ("医生", card["doctor"]),
        ("日期", card["date"]), ("时间", card["time"]), ("地点", card["location"]),
        ("挂号费", card["fee"]), ("就诊序号", card["number"]),
    ]  # fmt: skip
    notes = turn.rooms.booking.instructions(appointment)
    turn.say(
        key,
        when=appointment.when,
        department=appointment.department_name,
        doctor=appointment.doctor_name,
        card={"kind": "appointment", "title": card["title"], "rows": rows, "notes": list(notes)},
    )


def say_refusal(turn: Turn, refusal: Refusal) -> None:
    """Why a room said no, in its own words."""
    words = refusal_text(refusal) or phrase("booking.refused")
    turn.say_text(words)
