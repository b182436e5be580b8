"""Who the patient is: real name, ID number and phone, one question at a time or all in one message.

`IdentityTalk` is shared: the booking loop uses it before an appointment, the identity loop by itself.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from actions.after_emergency import after_emergency, form_of
from actions.base import END, PATIENCE, STAY, Loop, Turn, choices, tells_complaint
from actions.feedback import take_phone
from actions.phrases import phrase
from core.errors import Refusal
from patients import (
    PatientView,
    parse_birth_date,
    parse_identity,
    parse_name,
    parse_relation,
    refusal_text,
    relation_sex,
)

SELF = "本人"
#: Up to this age a relative may be registered with a birth date instead of an ID number, years.
_CHILD_RELATIONS = frozenset({"孩子", "儿子", "女儿", "孙子", "孙女", "外孙", "外孙女"})
_GIVES_UP = re.compile(
    r"不(?:约|挂|预约|看|办|登记|绑定?|弄|填|写|给|想(?:说|填|给|办|登记|绑))(?:了|你|$)|先不|^算了|^(?:取消|退出|不用|不要)了?$|别问|以后再|再说吧"
)
#: With one of these a message about a relative wants an appointment, not only a registration.
_WANTS_VISIT = re.compile(r"挂|约|看(?!不|到|一下我)|就诊|号")
_WANTS_REGISTRATION = re.compile(r"绑|添加|加上|登记|实名|就诊人|解除|删|换成|切换")
_SEX = re.compile(r"[男女]")
_LONG_NUMBER = re.compile(r"\d{6}")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_AGAIN = "重新发送"
_SEND_AGAIN = re.compile(r"重新?发|再发|没收到|收不到")


#: A doubt about giving the number at all, not a refusal.
_CANNOT = re.compile(
    r"跳过|略过|下一[个步]|没(?:有|带|办)(?:身份)?证|(?:还|都)没办|不在身边|记不(?:得|住|清)|忘(?:了|记)|没有(?:号|啊|呀|的)?$"
)
_ASKS_WHY = re.compile(
    r"为什么|为啥|为何|干嘛|干什么用|凭什么|有(?:什么|啥)用|必须|一定要|非要|安全吗|泄露|泄漏"
)


def asks_why(text: str) -> bool:
    """True if the patient wants to know what the identity is asked for."""
    return bool(_ASKS_WHY.search(text))


def gives_up(text: str) -> bool:
    """True if the patient does not want to go on: 算了, 先不办了, 别问了."""
    return bool(_GIVES_UP.search(text.strip()))


class IdentityTalk:
    """Collects an identity in the memory of a topic: name, then ID number, then phone."""

    def __init__(self, turn: Turn, topic: str, relation: str) -> None:
        """`relation`: 本人, or what the patient is to the owner of the conversation."""
        self._turn = turn
        self._draft: dict[str, Any] = turn.topic(topic).setdefault("identity", {})
        self._relation = relation
        self._leave = "先不办了" if topic == "identity" else "先不约了"

    @property
    def missing(self) -> str | None:
        """The next part to ask for: name, id_number, phone, code; None when all is there."""
        if "code_for" in self._draft:
            return "code"
        by_date = self._draft.get("without_card") and "id_number" not in self._draft
        number = "birth_date" if by_date else "id_number"
        wanted = ["name", number] + (["phone"] if self._relation == SELF else [])
        if "birth_date" in self._draft and relation_sex(self._relation) is None:
            # An ID number tells the sex, a birth date does not.
            wanted.append("sex")
        return next((part for part in wanted if part not in self._draft), None)

    def take(self) -> bool:
        """Read the message for parts of an identity; says what is wrong with them. True if it held any."""
        if "code_for" in self._draft:
            return self._take_code()
        today, asked = self._turn.now.date(), self.missing
        parts = parse_identity(self._turn.text, today)
        found: dict[str, Any] = {}
        if parts.name is not None:
            found["name"] = parts.name
        if parts.id_number is not None:
            found["id_number"] = parts.id_number.value
        if parts.phone is not None:
            found["phone"] = parts.phone
        if not found and self.missing == "name" and not self._turn.wants_something_else():
            name = parse_name(self._turn.text)
            if isinstance(name, str):
                found["name"] = name
        problems = list(parts.problems)
        if self._relation in _CHILD_RELATIONS and asked in {"id_number", "birth_date"} and not found:
            born = parse_birth_date(self._turn.text, today)
            if not isinstance(born, Refusal):
                found["id_number"], found["birth_date"] = "", born.isoformat()
            elif born.code != "birth_date_missing":
                problems = [born]
        if self.missing == "sex" and (told := _SEX.search(self._turn.text)) is not None:
            found["sex"] = told[0]
        self._count(asked, found, problems)
        self._draft.update(found)
        return bool(found or problems)

    def _count(self, asked: str | None, found: dict[str, Any], problems: list[Refusal]) -> None:
        """Say what was wrong, or what a number was that was not asked for; count what did not help."""
        turn = self._turn
        for problem in problems:
            self._refuse(problem)
        if any(problem.code == "id_number_document" for problem in problems):
            # No repetition can help: a person or the window can.
            turn.misunderstood = PATIENCE
        elif problems:
            turn.misunderstood += 1
        elif asked in {"name", "id_number", "phone"} and asked not in found:
            for part in ("phone", "id_number"):
                if part in found:
                    turn.misunderstood += part in self._draft
                    turn.say(f"identity.other_{part}")

    def hear(self, *, alone: bool = False) -> str | None:
        """Take the message. STAY: dealt with, END: the patient leaves, None: it asks for something else.

        `alone`: nothing waits for the registration, so who tells what hurts goes to triage_form.
        """
        turn = self._turn
        if self.take():
            return STAY
        if gives_up(turn.text) or (alone and turn.intent == "deny"):
            return END
        if alone and tells_complaint(turn):
            return "triage_form"
        if self._explain():
            return STAY
        if turn.wants_something_else() and not self._about_this():
            return None
        if tells_complaint(turn):
            turn.say("identity.noted")
        else:
            turn.miss("identity.not_understood")
        return STAY

    def _explain(self) -> bool:
        """Answer a question or a doubt about what is asked. True if it was one."""
        turn = self._turn
        if asks_why(turn.text):
            turn.say("identity.why")
        elif not _CANNOT.search(turn.text):
            return False
        elif self._relation in _CHILD_RELATIONS and self.missing == "id_number":
            self._draft["without_card"] = True
        elif self.missing in {"name", "id_number", "phone"}:
            turn.misunderstood = PATIENCE
            turn.say("identity.needed")
        else:
            return False
        return True

    def _about_this(self) -> bool:
        """True if the classifier's wish is the very matter at hand."""
        about = parse_relation(self._turn.text) in {None, self._relation}
        return self._turn.intent == "bind_identity" or (self._turn.intent == "family_proxy" and about)

    def ask(self) -> None:
        part = self.missing
        if part is None:
            return
        whose = "您" if self._relation == SELF else f"您{self._relation}"
        help_ = self._turn.ways_out(self._leave) if self._turn.lost else []
        if part == "id_number" and self._relation in _CHILD_RELATIONS:
            self._turn.say("identity.ask_child_id_number", whose=whose, buttons=help_)
        elif part == "code":
            self._turn.say(
                "identity.ask_code", phone=self._draft["code_phone"], buttons=[*choices(_AGAIN), *help_]
            )
        elif part == "sex":
            self._turn.say("identity.ask_sex", whose=whose, buttons=choices("男孩", "女孩"))
        else:
            self._turn.say(f"identity.ask_{part}", whose=whose, buttons=help_)

    def register(self) -> PatientView | None:
        """Register what was collected. On a refusal says why, forgets the part at fault, and gives None."""
        turn, draft = self._turn, self._draft
        patients, conversation = turn.rooms.patients, turn.conversation
        if self._relation == SELF:
            outcome = patients.register(
                turn.session,
                name=draft["name"],
                id_number=draft["id_number"],
                phone=draft["phone"],
                actor="patient:self",
                contact=(conversation.channel, conversation.address),
            )
        else:
            born = draft.get("birth_date")
            outcome = patients.register_relative(
                turn.session,
                conversation.patient_id or "",
                relation=self._relation,
                name=draft["name"],
                id_number=draft["id_number"] or None,
                birth_date=date.fromisoformat(born) if born else None,
                sex=draft.get("sex") or relation_sex(self._relation),
                contact=(conversation.channel, conversation.address),
            )
        if isinstance(outcome, Refusal) and outcome.code == "code_needed":
            self._send_code(outcome.detail["patient_id"])
            return None
        if isinstance(outcome, Refusal):
            self._refuse(outcome)
            turn.misunderstood += 1
            for part in _at_fault(outcome):
                draft.pop(part, None)
            if "id_number" not in draft:
                draft.pop("birth_date", None)
            return None
        if self._relation == SELF:
            patients.bind(turn.session, conversation.channel, conversation.address, outcome.id)
            turn.rooms.conversations.link(turn.session, conversation.id, outcome.id)
        draft.clear()
        return outcome

    def _send_code(self, patient_id: str) -> None:
        """Send a code to the phone on record, and from now on wait for it."""
        turn, rooms = self._turn, self._turn.rooms
        at = (turn.conversation.channel, turn.conversation.address)
        known = rooms.patients.get(turn.session, patient_id)
        if known is not None and known.phone is not None:
            # A conversation is locked before a patient, everywhere.
            rooms.conversations.open(turn.session, "sms", known.phone)
        issued = rooms.patients.codes.issue(turn.session, patient_id, *at)
        if isinstance(issued, Refusal):
            self._refuse(issued)
            return
        self._draft.update(code_for=patient_id, code_phone=issued.masked_phone)
        sms = rooms.conversations.open(turn.session, "sms", issued.phone)
        rooms.conversations.say(
            turn.session,
            sms.id,
            phrase("identity.code", hospital=rooms.hospital.short_name, code=issued.code),
            key=f"code:{turn.message_id}",
        )

    def _take_code(self) -> bool:
        """Read the message for the code. True if it held one, or asked for another."""
        turn, patient_id = self._turn, self._draft["code_for"]
        if _SEND_AGAIN.search(turn.text):
            self._send_code(patient_id)
            return True
        told = _CODE.search(turn.text)
        if told is None:
            return False
        at = (turn.conversation.channel, turn.conversation.address)
        refusal = turn.rooms.patients.codes.answer(turn.session, patient_id, *at, told[0])
        if refusal is None:
            del self._draft["code_for"], self._draft["code_phone"]
        else:
            self._refuse(refusal)
        return True

    def _refuse(self, refusal: Refusal) -> None:
        self._turn.say_text(refusal_text(refusal) or phrase("identity.refused"))


def _at_fault(refusal: Refusal) -> tuple[str, ...]:
    for part in ("phone", "name"):
        if refusal.code.startswith(part):
            return (part,)
    if refusal.code == "identity_mismatch":
        return ("name", "id_number")
    return ("id_number",)


class IdentityLoop(Loop):
    """Binds the owner of the conversation, or one of their relatives."""

    form = "identity_form"

    def start(self, turn: Turn) -> str:
        relation = parse_relation(turn.text) or SELF
        if turn.intent == "family_proxy" and wants_visit(turn.text):
            return "booking_form"
        given = bool(_LONG_NUMBER.search(turn.text)) and form_of(turn) is None
        if turn.emergency_open and not (_WANTS_REGISTRATION.search(turn.text) or given):
            # Right after an emergency a relative's name is part of the story, and a number may have been
            # meant for what the emergency stopped: nothing goes on by itself.
            after_emergency(turn, anything=True)
            return END
        if take_phone(turn):
            return END
        turn.topics["identity"] = {"relation": relation}
        owner = turn.owner
        if relation == SELF and owner is not None:
            turn.say("identity.already", name=owner.masked_name)
            return END
        if asks_why(turn.text):
            turn.say("identity.why", buttons=choices("实名绑定", "预约挂号"))
            return END
        if relation != SELF and owner is None:
            # Who acts for a relative must be known first.
            turn.topics["identity"] = {"relation": SELF, "then": relation}
            turn.say("identity.owner_first", relation=relation)
        talk = self._talk(turn)
        talk.take()
        return self._go_on(turn, talk)

    def hear(self, turn: Turn) -> str | None:
        talk = self._talk(turn)
        heard = talk.hear(alone=True)
        if heard == STAY:
            return self._go_on(turn, talk)
        if heard == END:
            turn.say("identity.stopped")
        if heard is not None:
            turn.forget("identity")
        return heard

    def ask(self, turn: Turn) -> None:
        self._talk(turn).ask()

    def again(self, turn: Turn) -> str:
        return self.start(turn)

    def _talk(self, turn: Turn) -> IdentityTalk:
        return IdentityTalk(turn, "identity", turn.topic("identity")["relation"])

    def _go_on(self, turn: Turn, talk: IdentityTalk) -> str:
        person = talk.register() if talk.missing is None else None
        if person is None:
            talk.ask()
            return STAY
        topic = turn.topic("identity")
        then = topic.get("then")
        turn.say(
            "identity.bound",
            name=person.masked_name,
            relation=topic["relation"],
            buttons=choices("预约挂号", "我的预约") if then is None and topic["relation"] == SELF else (),
        )
        if then is None:
            turn.forget("identity")
            if topic["relation"] != SELF:
                turn.say(
                    "identity.what_next",
                    relation=topic["relation"],
                    buttons=choices("给" + topic["relation"] + "挂号", "我的预约"),
                )
            return END
        turn.topics["identity"] = {"relation": then}
        self._talk(turn).ask()
        return STAY


def wants_visit(text: str) -> bool:
    """True if a message about a relative wants an appointment for them."""
    return bool(_WANTS_VISIT.search(text)) and not _WANTS_REGISTRATION.search(text)
