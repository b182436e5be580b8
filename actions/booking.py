"""Booking a consultation: department → time → for whom → confirmation → appointment card."""

from __future__ import annotations

import re
from typing import Any

from actions import people, staff
from actions.base import END, STAY, Loop, Turn, choices, tells_complaint
from actions.identity import IdentityTalk
from actions.phrases import phrase
from actions.slots import SlotPicker
from actions.yes import says_yes
from booking import AppointmentView, BookSlot, parse_when, refusal_text
from core.errors import Refusal
from patients import PatientView, age_on
from triage import Action, Person

_STOP = re.compile(
    r"不(?:约|挂|预约|看)了|先不|算了|不用(?:约|挂)?了?$|不要了|取消(?:预约|挂号|吧|了)?[。!！]?$|以后再|再说吧|退出"
)
#: Names of whole branches, under which a hospital has several departments.
_WIDE = ("内科", "外科")
_MOST_NAMED = 8
#: Does not want to talk, only to book.
_JUST_BOOK = re.compile(r"(?:直接|赶紧|赶快|就)(?:给我|帮我)?(?:挂|约|预约)")
#: Questions that have an answer of their own, when the classifier is sure.
_QUESTIONS = frozenset({"ask_hospital_info", "ask_insurance", "medication_question", "query_report"})
_SURE = 0.6
#: Refusals because of who the person is, and for whom the department may have been meant.
_FOR_OTHERS = {"too_old": "给孩子", "too_young": "", "wrong_sex": "给家人"}
_UNFIT = frozenset(_FOR_OTHERS)
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
        triage = turn.topic("triage")
        # A complaint that has its appointment is not booked for again.
        triaged = None if triage.get("settled") else triage.get("department")
        relation = people.whom(turn)
        people.remember(turn, relation)
        turn.topics["booking"] = {"stage": "slot", "relation": relation}
        picker = SlotPicker(turn, "booking")
        if triaged and triage.get("wish"):
            picker.wish_time(triage["wish"])
        picker.take_words()
        if picker.department is None and not triaged and tells_complaint(turn):
            turn.forget("booking")
            return "triage_form"
        if picker.department is None and triaged:
            picker.wish(department=triaged)
        return self._offer(turn, picker)

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("booking")
        if "stage" not in topic:
            return self.start(turn)
        if topic["stage"] != "identity" and self._stops(turn):
            return self._stop(turn)
        if people.tells_of_another(turn, topic["relation"]):
            turn.forget("booking")
            return "triage_form"
        choosing = topic["stage"] in {"slot", "confirm"}
        if choosing and SlotPicker(turn, "booking").tell_fees(topic.get("slot")):
            self.ask(turn)
            return STAY
        if turn.intent in _QUESTIONS and turn.confidence >= _SURE:
            # "眼科在几楼" names a department, but asks for no appointment there.
            return None
        heard: str | None = getattr(self, f"_hear_{topic['stage']}")(turn, topic)
        return heard

    def again(self, turn: Turn) -> str:
        return self.start(turn)

    @staticmethod
    def _stops(turn: Turn) -> bool:
        """算了 stops, 算了还是皮肤科 changes."""
        hospital = turn.rooms.hospital
        changes = hospital.find_department(turn.text) or hospital.find_doctor(turn.text)
        return bool(_STOP.search(turn.text)) and not changes and parse_when(turn.text, turn.now) is None

    def _stop(self, turn: Turn) -> str:
        turn.say("booking.stopped")
        self.leave(turn)
        return END

    def leave(self, turn: Turn) -> None:
        super().leave(turn)
        turn.forget("whom")

    def ask(self, turn: Turn) -> None:
        topic = turn.topic("booking")
        stage = topic.get("stage", "department")
        if stage == "department":
            topic["stage"] = stage
            _ask_department(turn)
        elif stage == "slot":
            SlotPicker(turn, "booking").ask_again()
        elif stage == "identity":
            IdentityTalk(turn, "booking", topic["collecting"]).ask()
        elif stage == "person":
            people.ask_person(turn, topic["relation"], people.candidates(turn, topic["relation"]))
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
        refusal = turn.rooms.booking.barred(
            turn.session, picker.department, person=people.known(turn, topic["relation"]), age=age, sex=sex
        )
        if refusal is not None:
            return self._turned_away(turn, topic, refusal, age, sex)
        if picker.offer(age=age, sex=sex, more=more):
            return STAY
        topic["stage"] = "department"
        return STAY

    def _turned_away(
        self, turn: Turn, topic: dict[str, Any], refusal: Refusal, age: float | None, sex: str | None
    ) -> str:
        """The department is not for this person, or takes no more of their bookings: said at once."""
        if refusal.code not in _UNFIT:
            say_refusal(turn, refusal)
            self.leave(turn)
            return END
        hospital = turn.rooms.hospital
        department = hospital.department(topic["department"])
        instead = hospital.department_for(department.standard[0], age=age, sex=sex)
        other = _FOR_OTHERS[refusal.code]
        names = [instead.name] if instead is not None and instead.bookable else []
        titles = [*names, *([f"{other}挂{department.name}"] if other else []), "不知道挂什么科", staff.CALL]
        topic["stage"] = "department"
        turn.say(
            "booking.unfit", why=refusal_text(refusal) or phrase("booking.refused"), buttons=choices(*titles)
        )
        return STAY

    def _hear_department(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        picker = SlotPicker(turn, "booking")
        relation = people.named_in(turn)
        if relation is not None:
            self._for(turn, topic, relation)
        if (picker.take_words() or relation is not None) and picker.department is not None:
            return self._offer(turn, picker)
        if tells_complaint(turn) or turn.intent == "triage_complaint":
            # Who does not know the department tells the complaint.
            turn.forget("booking")
            return "triage_form"
        if people.gives_bare_age(turn):
            turn.say("triage.noted")
            _ask_department(turn)
            return STAY
        wide = next((word for word in _WIDE if word in turn.text), None)
        if wide is not None:
            names = [
                one.name
                for one in turn.rooms.hospital.departments
                if one.bookable and any(wide in name for name in (one.name, *one.standard[:1]))
            ]
            turn.say(
                "booking.which_department", wide=wide, buttons=choices(*names[:_MOST_NAMED], "不知道挂什么科")
            )
            return STAY
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
        relation = people.named_in(turn)
        if relation is not None:
            self._for(turn, topic, relation)
        if tells_complaint(turn):
            return self._weigh(turn, picker)
        if picker.take_words() or turn.intent == "query_slots":
            return self._offer(turn, picker)
        if _JUST_BOOK.search(turn.text) or says_yes(turn.text):
            picker.ask_again()
            return STAY
        if picker.wants_others() or turn.intent == "deny":
            return self._offer(turn, picker, more=True)
        if relation is not None or turn.rooms.triage.read(turn.text).person != Person():
            # For whom, or how old: that may change who can see them.
            return self._offer(turn, picker)
        if turn.wants_something_else() and turn.intent not in {"book_appointment", "query_slots"}:
            return None
        turn.miss("slots.not_understood")
        picker.ask_again()
        return STAY

    def _weigh(self, turn: Turn, picker: SlotPicker) -> str:
        """A sign that is told while a time is chosen: a new one may change where to go."""
        rooms, triage = turn.rooms, turn.topic("triage")
        told = {finding.term for finding in rooms.triage.read(turn.text).findings if finding.counts}
        chosen_here = triage.get("department") != picker.department or triage.get("settled")
        urgent = rooms.triage.assess(turn.case, rooms.rules).action not in {Action.CLINIC, Action.SELF_CARE}
        if urgent or not (chosen_here or told <= set(triage.get("told", ()))):
            turn.forget("booking")
            triage["more"] = True
            return "triage_form"
        turn.say("slots.sign_noted")
        picker.ask_again()
        return STAY

    def _for(self, turn: Turn, topic: dict[str, Any], relation: str) -> None:
        topic["relation"] = relation
        people.remember(turn, relation)

    # For whom

    def _who(self, turn: Turn, topic: dict[str, Any]) -> str:
        """Go on with the person it is for: known, or asked for now."""
        person = people.settle(turn, "booking")
        return STAY if person is None else self._confirm(turn, topic, person)

    def _hear_identity(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        return self._settled(turn, topic, people.hear_identity(turn, "booking"))

    def _hear_person(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        return self._settled(turn, topic, people.hear_person(turn, "booking"))

    def _settled(self, turn: Turn, topic: dict[str, Any], heard: PatientView | str | None) -> str | None:
        if isinstance(heard, PatientView):
            return self._confirm(turn, topic, heard)
        return self._stop(turn) if heard == END else heard

    # Confirmation

    def _confirm(self, turn: Turn, topic: dict[str, Any], person: PatientView) -> str:
        years = float(age_on(person.birth_date, turn.now.date()))
        refusal = turn.rooms.booking.barred(
            turn.session, topic["department"], person=person, age=years, sex=person.sex
        )
        if refusal is not None:
            return self._turned_away(turn, topic, refusal, years, person.sex)
        topic["stage"] = "confirm"
        topic["person"], topic["called"] = person.id, people.called(person, topic["relation"])
        topic["odd"] = people.contradiction(turn, topic["relation"], person)
        self._ask_confirmation(turn, topic)
        return STAY

    def _ask_confirmation(self, turn: Turn, topic: dict[str, Any]) -> None:
        turn.say(
            "booking.confirm_odd" if topic.get("odd") else "booking.confirm",
            odd=topic.get("odd"),
            name=topic["called"],
            slot=topic["slot_label"],
            department=turn.rooms.hospital.department(topic["department"]).name,
            buttons=choices("确认预约", "换个时间", "先不约了"),
        )

    def _hear_confirm(self, turn: Turn, topic: dict[str, Any]) -> str | None:
        picker = SlotPicker(turn, "booking")
        # The words decide, never an intent alone: see `says_yes`.
        if says_yes(turn.text):
            return self._book(turn, topic)
        relation = people.named_in(turn)
        if relation is not None and relation != topic["relation"]:
            self._for(turn, topic, relation)
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
        turn.topics["history"] = {
            "appointment": outcome.id,
            "department": outcome.department_code,
            "relation": topic["relation"],
        }
        turn.topics["booking"] = {"department": outcome.department_code}
        turn.forget("whom")
        turn.topic("triage")["settled"] = True
        return "history_form"

    def _refused(self, turn: Turn, refusal: Refusal) -> str:
        say_refusal(turn, refusal)
        if refusal.code in _WRONG_SLOT:
            return self._offer(turn, SlotPicker(turn, "booking"), more=True)
        turn.forget("booking")
        turn.forget("whom")
        return END


def _ask_department(turn: Turn) -> None:
    turn.say("booking.ask_department", buttons=choices("不知道挂什么科", "内科", "外科", "儿科", "妇科"))


def _age_and_sex(turn: Turn, topic: dict[str, Any]) -> tuple[float | None, str | None]:
    """Of the person it is for, so that only departments and doctors who see them are offered."""
    born, sex = people.facts(turn, topic["relation"])
    if born is not None:
        return float(age_on(born, turn.now.date())), sex
    person = people.said_of(turn, topic["relation"])
    return person.age, sex or person.sex


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
        location=card["location"],
        bring=turn.rooms.hospital.booking.bring,
        card={"kind": "appointment", "title": card["title"], "rows": rows, "notes": list(notes)},
    )


def say_refusal(turn: Turn, refusal: Refusal) -> None:
    """Why a room said no, in its own words."""
    words = refusal_text(refusal) or phrase("booking.refused")
    has_one = refusal.code.startswith(("already_booked", "too_many"))
    turn.say_text(words, buttons=choices("我的预约", "改时间", "取消预约") if has_one else ())
