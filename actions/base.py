"""How a turn of Rasa becomes a call on the rooms.

Rasa decides *which* action runs; an action here turns the patient's message into a call on a room's
public face and the outcome into words. Everything a turn changes (appointments, the bot's memory, the
answers) is one transaction, so a crash leaves either all of it or nothing.

Two kinds of action: an `Answer` says its piece in one turn; a `Loop` (a Rasa form) holds a question open,
hears every message first, and declines what does not concern it, so that a rule may answer and the loop
comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, EventType, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions import after_emergency, staff
from actions.phrases import phrase
from booking import Booking
from conversations import Conversations, ConversationView, Dialogue
from core.clock import Clock
from core.crypto import FieldCipher
from core.database import Database
from followup import Followup
from hospital import Hospital
from insurance import Insurance
from patients import Patients, PatientView
from triage import Case, HospitalRules, Triage, When

#: Intents that ask for something else than what a loop asks. A loop that did not understand a message
#: declines it when it carries one of these, and asks again for all others.
INTERRUPTIONS = frozenset(
    {
        "ask_which_department", "book_appointment", "query_slots", "ask_doctor", "book_exam",
        "reschedule_appointment", "cancel_appointment", "query_appointment", "query_report", "ask_insurance",
        "ask_hospital_info", "medication_question", "family_proxy", "bind_identity", "complaint", "praise",
        "request_human", "opt_out", "greeting", "thanks", "goodbye", "out_of_scope", "emergency",
    }
)  # fmt: skip
#: Intents that stop what is being asked, if the loop does not understand them otherwise.
INTERRUPTION_CONFIDENCE = 0.45

#: What a loop's turn may lead to, besides the name of another form to go on with.
STAY = "stay"
END = "end"

#: Loops that are taken up again when the one that interrupted them ends.
RESUMABLE = frozenset({"triage_form", "booking_form", "exam_form", "history_form", "followup_form"})

#: Terms of triage that tell what somebody comes for, not what ails them; a loss is no ailment either.
_ERRANDS = frozenset(
    {
        "复诊", "开药", "健康体检", "看检查报告", "影像检查", "内镜检查", "抽血化验", "用药咨询", "开证明",
        "打印片子报告", "影像检查咨询", "病历复印", "借病理切片", "用法用量咨询", "药物同服咨询",
    }
)  # fmt: skip
_NO_AILMENT = _ERRANDS | {"亲人离世"}
#: Which form an intent opens, by the rules of the bot (nlu_data/rules/openers.yml).
_OPENS = {
    "triage_complaint": "triage_form",
    "ask_which_department": "triage_form",
    "book_appointment": "booking_form",
    "query_slots": "booking_form",
    "book_exam": "exam_form",
    "reschedule_appointment": "change_form",
    "cancel_appointment": "change_form",
    "bind_identity": "identity_form",
    "family_proxy": "identity_form",
    "complaint": "feedback_form",
}

#: Misunderstood this often in a row: a person is offered.
PATIENCE = 2

Buttons = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Rooms:
    """The public faces that actions may call."""

    database: Database
    clock: Clock
    cipher: FieldCipher
    hospital: Hospital
    triage: Triage
    rules: HospitalRules
    insurance: Insurance
    patients: Patients
    booking: Booking
    followup: Followup
    conversations: Conversations


class Turn:
    """One message being answered: the rooms, the open transaction and the bot's memory."""

    def __init__(self, rooms: Rooms, session: Session, tracker: Tracker) -> None:
        latest: Mapping[str, Any] = tracker.latest_message or {}
        self.rooms = rooms
        self.session = session
        self.conversation_id: str = tracker.sender_id
        self.message_id: str | None = (latest.get("metadata") or {}).get("message_id")
        self.text: str = latest.get("text") or ""
        intent = latest.get("intent") or {}
        self.intent: str = intent.get("name") or ""
        self.confidence: float = intent.get("confidence") or 0.0
        self.now: datetime = rooms.clock.now()
        memory = rooms.conversations.memory(session, self.conversation_id)
        self.loop: str | None = memory.loop
        self.topics: dict[str, dict[str, Any]] = {name: dict(data) for name, data in memory.topics.items()}
        self.misunderstood = memory.misunderstood
        self.suspended: list[str] = list(memory.suspended)

    def topic(self, name: str) -> dict[str, Any]:
        """The working memory of one topic; changes are kept at the end of the turn."""
        return self.topics.setdefault(name, {})

    def forget(self, name: str) -> None:
        self.topics.pop(name, None)

    def drop_suspended(self, form: str) -> None:
        """A loop whose matter is over does not come back."""
        self.suspended = [one for one in self.suspended if one != form]

    def save(self) -> None:
        self.rooms.conversations.remember(
            self.session,
            self.conversation_id,
            Dialogue(self.loop, self.topics, self.misunderstood, tuple(self.suspended)),
        )

    @property
    def conversation(self) -> ConversationView:
        return self.rooms.conversations.conversation(self.session, self.conversation_id)

    @property
    def owner(self) -> PatientView | None:
        """The identified person behind this conversation."""
        patient_id = self.conversation.patient_id
        return self.rooms.patients.get(self.session, patient_id) if patient_id else None

    @property
    def case(self) -> Case:
        return self.rooms.conversations.case(self.session, self.conversation_id)

    @property
    def emergency_open(self) -> bool:
        """True while staff have not closed an emergency of this conversation."""
        return bool(self.conversation.red_flags) and self.rooms.conversations.has_open_task(
            self.session, self.conversation_id, "emergency"
        )

    @property
    def handled(self) -> bool:
        """True if another action of this turn has already dealt with the message."""
        return self.message_id is not None and self.topic("turn").get("handled") == self.message_id

    def mark_handled(self) -> None:
        self.topic("turn")["handled"] = self.message_id

    def wants_something_else(self) -> bool:
        """True if the message, which the open loop did not understand, asks for something of its own."""
        return self.intent in INTERRUPTIONS and self.confidence >= INTERRUPTION_CONFIDENCE

    @property
    def lost(self) -> bool:
        """True if the patient has not been understood for too long."""
        return self.misunderstood >= PATIENCE

    def miss(self, key: str) -> None:
        """Say that the message was not understood; whoever is not understood again is offered a person."""
        self.misunderstood += 1
        self.say("service.lost" if self.lost else key)

    def ways_out(self, leave: str) -> list[tuple[str, str]]:
        """Buttons that leave the open question: the words `leave` and, for whoever is lost, a person."""
        return choices(staff.CALL, leave) if self.lost else choices(leave)

    def say(
        self, key: str, *, buttons: Buttons = (), card: Mapping[str, Any] | None = None, **values: Any
    ) -> None:
        """Answer with a sentence of phrases.yml."""
        self.say_text(phrase(key, **values), buttons=buttons, card=card)

    def say_text(self, text: str, *, buttons: Buttons = (), card: Mapping[str, Any] | None = None) -> None:
        """Answer with words that a room has composed. `buttons`: (what is shown, what tapping it says)."""
        self.rooms.conversations.say(
            self.session,
            self.conversation_id,
            text,
            buttons=[{"title": title, "payload": payload} for title, payload in buttons],
            card=card,
            in_reply_to=self.message_id,
        )


def choices(*titles: str) -> list[tuple[str, str]]:
    """Buttons that say what they show."""
    return [(title, title) for title in titles]


def tells_complaint(turn: Turn) -> bool:
    """True if the message tells something that ails the patient now."""
    findings = turn.rooms.triage.read(turn.text).findings
    return any(finding.counts and finding.term not in _NO_AILMENT for finding in findings)


def tells_errand(turn: Turn) -> bool:
    """True if the message tells what somebody comes for: 想复查, 开药."""
    return any(f.term in _ERRANDS and f.time is When.NOW for f in turn.rooms.triage.read(turn.text).findings)


RoomsOf = Callable[[str], Rooms]


class _TurnAction(Action):  # type: ignore[misc]
    """Runs one turn in a thread of its own, in one transaction."""

    action_name: ClassVar[str]

    def __init__(self, rooms_of: RoomsOf) -> None:
        self._rooms_of = rooms_of

    def name(self) -> str:
        return self.action_name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return await asyncio.to_thread(self._run, tracker)

    def _run(self, tracker: Tracker) -> list[EventType]:
        rooms = self._rooms_of(tracker.sender_id)
        unit_of_work: AbstractContextManager[Session] = rooms.database.session()
        with unit_of_work as session:
            turn = Turn(rooms, session, tracker)
            events = self.turn(turn)
            turn.save()
        return events

    def turn(self, turn: Turn) -> list[EventType]:
        raise NotImplementedError


class Answer(_TurnAction):
    """Says its piece in one turn."""

    def turn(self, turn: Turn) -> list[EventType]:
        if after_emergency.goes_on(turn):
            # Not marked as handled: the form that was stopped takes this very message.
            form = str(after_emergency.form_of(turn))
            return [ActiveLoop(form), SlotSet("requested_slot", _answer_slot(form))]
        turn.mark_handled()
        if after_emergency.drops(turn):
            after_emergency.drop(turn)
            return []
        if after_emergency.told_where_help_is(turn):
            return []
        before = turn.misunderstood
        self.answer(turn)
        if turn.misunderstood == before:
            turn.misunderstood = 0
        return []

    def answer(self, turn: Turn) -> None:
        raise NotImplementedError


def to_triage() -> list[EventType]:
    """Open triage with this very message, which is not marked as handled."""
    return [ActiveLoop("triage_form"), SlotSet("requested_slot", "triage_answer")]


class YieldingAnswer(Answer):
    """An answer that gives way to triage: whoever tells what hurts is not greeted or asked to repeat it."""

    def turn(self, turn: Turn) -> list[EventType]:
        if turn.loop is None and tells_complaint(turn):
            return to_triage()
        return super().turn(turn)


class Loop(_TurnAction):
    """A Rasa form whose questions come from a room. `form` is its name, such as triage_form."""

    form: ClassVar[str]
    #: False if the room must hear even a message that asks for a person.
    gives_way_to_staff: ClassVar[bool] = True

    def name(self) -> str:
        return f"validate_{self.form}"

    def start(self, turn: Turn) -> str:
        """Begin, with the message that opened the loop. Gives STAY, END or the form to go on with."""
        raise NotImplementedError

    def hear(self, turn: Turn) -> str | None:
        """Take a message. None declines it: a rule may answer, then `ask` is called."""
        raise NotImplementedError

    def ask(self, turn: Turn) -> None:
        """Ask the open question again, after an interruption."""
        raise NotImplementedError

    def leave(self, turn: Turn) -> None:
        """Forget the open matter."""
        turn.forget(self.form.removesuffix("_form"))

    def again(self, turn: Turn) -> str:
        """A message that this loop declined, but that only this loop could take: by default, ask again."""
        self.ask(turn)
        return STAY

    def turn(self, turn: Turn) -> list[EventType]:
        before = turn.misunderstood
        if turn.loop != self.form:
            outcome: str | None = self._open(turn)
        elif turn.handled:
            if turn.topic("turn").get("quiet") != turn.message_id:
                self.ask(turn)
            return self._events(turn, STAY)
        elif self.gives_way_to_staff and staff.asked_for(turn.text):
            turn.mark_handled()
            outcome = self._call_staff(turn)
        else:
            turn.mark_handled()
            outcome = self.hear(turn)
            if outcome is None and _OPENS.get(turn.intent) == self.form:
                # The rule of this intent would open the form that has just declined, for ever.
                outcome = self.again(turn)
        if outcome is None:
            # Nothing extracted: Rasa takes that as "the form declines".
            return []
        if outcome != STAY or turn.misunderstood == before:
            turn.misunderstood = 0
        return self._events(turn, outcome)

    def _call_staff(self, turn: Turn) -> str:
        if staff.leaves(turn.text):
            turn.loop = None
            staff.call(turn)
            turn.loop = self.form
            self.leave(turn)
            return END
        staff.call(turn)
        if turn.topic("turn").get("quiet") != turn.message_id:
            self.ask(turn)
        return STAY

    def _open(self, turn: Turn) -> str:
        if after_emergency.goes_on(turn):
            return self._take_up(turn)
        if after_emergency.drops(turn):
            turn.mark_handled()
            after_emergency.drop(turn)
            return END
        if after_emergency.told_where_help_is(turn):
            turn.mark_handled()
            return END
        if turn.loop in RESUMABLE:
            turn.suspended = [form for form in turn.suspended if form != turn.loop] + [turn.loop]
        turn.drop_suspended(self.form)
        turn.loop = self.form
        turn.mark_handled()
        if turn.topics.get("stopped", {}).get("form") == self.form:
            turn.forget("stopped")
        return self.start(turn)

    def _take_up(self, turn: Turn) -> str:
        """Go on with what an emergency had stopped, this form's matter or another's."""
        form = str(after_emergency.form_of(turn))
        if form != self.form:
            return form
        turn.mark_handled()
        turn.say("emergency.goes_on", matter=after_emergency.matter(turn))
        turn.forget("stopped")
        turn.loop = self.form
        if self.form.removesuffix("_form") not in turn.topics:
            return self.start(turn)
        self.ask(turn)
        return STAY

    def _events(self, turn: Turn, outcome: str) -> list[EventType]:
        """What Rasa must know: which form is open now. `requested_slot` is what keeps a form open."""
        answer = SlotSet(_answer_slot(self.form), None)
        if outcome == STAY:
            return [answer, SlotSet("requested_slot", _answer_slot(self.form))]
        if outcome == END:
            turn.loop = turn.suspended.pop() if turn.suspended else None
            if turn.loop is None:
                return [answer, SlotSet("requested_slot", None)]
            outcome = turn.loop
        else:
            # Another form starts: it sees that it is not the open one yet.
            turn.loop = None
        return [answer, SlotSet("requested_slot", _answer_slot(outcome)), ActiveLoop(outcome)]


def _answer_slot(form: str) -> str:
    return form.removesuffix("_form") + "_answer"


class SessionStart(_TurnAction):
    """Rasa begins a session, or has lost its own: tell it which form our record says is open."""

    action_name = "action_session_start"

    def turn(self, turn: Turn) -> list[EventType]:
        events: list[EventType] = [SessionStarted()]
        if turn.loop:
            events += [ActiveLoop(turn.loop), SlotSet("requested_slot", _answer_slot(turn.loop))]
        return [*events, ActionExecuted("action_listen")]


def with_person(case: Case, **facts: Any) -> Case:
    """The case with facts about the person filled in where they are not known yet."""
    unknown = {name: value for name, value in facts.items() if getattr(case.person, name) is None}
    return replace(case, person=replace(case.person, **unknown)) if unknown else case
