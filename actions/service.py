"""Greeting, small talk, a person, opt-out, and what to do when nothing was understood."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions import staff
from actions.after_emergency import SHALL_I_GO, after_emergency
from actions.base import Answer, Turn, YieldingAnswer, choices, tells_complaint, tells_errand, to_triage
from actions.feedback import bereaved, condole
from followup import FollowupTurn
from triage import When

MENU = ("我不舒服，看看挂什么科", "预约挂号", "我的预约", "医保咨询", "转人工")


_GENERAL = re.compile(
    r"症状|表现|预防|是什么病|什么原因|怎么引起|注意什么|能治|治得?好|严重吗|会死吗|传染吗|前兆|怎么办"
)
#: A bill is to be reckoned, and nothing is said of it: 给我算算.
_BILL = re.compile(r"算(?:一)?(?:算|下)|估算")
#: What is known of an illness, named or not.
_OF_ILLNESS = re.compile(r"(?:哪些|什么|啥).{0,3}(?:症状|表现|前兆|原因)|怎么预防|是什么病")
_QUESTION = re.compile(r"什么|啥|哪|怎么|怎样|如何|咋|多少|几|吗|么|呢|会不会|能不能|是不是|[?？]")
_ANYBODY = re.compile(r"人|多久|等|回复|理我|在吗")
_GREETS = re.compile(r"好|在(?:吗|么|不|嘛)|喂|嗨|哈喽|哈罗|早|请问|有人|hello|\bhi\b|hey", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def answers_english(turn: Turn) -> bool:
    """Tell whoever writes English where to turn to. True if it was answered."""
    if _HAN.search(turn.text) or len(_LATIN_WORD.findall(turn.text)) < 2:
        return False
    turn.say("service.chinese_only", switchboard=turn.rooms.hospital.phones.switchboard)
    return True


def _said_already(turn: Turn, *, lost: bool = False) -> bool:
    """Answer what has an answer of its own whatever the classifier made of it. True if it was answered.

    `lost`: nothing else is known to say to this message."""
    if answers_english(turn):
        return True
    if turn.loop is not None:
        return False
    if bereaved(turn):
        condole(turn)
        return True
    return _while_worried(turn, lost=lost)


def answers_whether_to_go(turn: Turn) -> bool:
    """要去急诊吗, while a nurse has an emergency or a worry of this conversation. True if it was answered."""
    return bool(SHALL_I_GO.search(turn.text)) and _while_worried(turn, lost=True)


def _while_worried(turn: Turn, *, lost: bool) -> bool:
    """Answer by what a nurse is called for; nothing is open in the conversation."""
    if turn.emergency_open:
        return after_emergency(turn)
    said = turn.rooms.followup.after_worry(
        turn.session, turn.conversation_id, turn.text, turn.message_id or "", lost=lost
    )
    if said is not None:
        say_followup(turn, said)
    return said is not None


def say_followup(turn: Turn, said: FollowupTurn) -> None:
    """What the follow-up room answered."""
    for reply in said.replies:
        turn.say_text(reply.text, buttons=choices(*reply.options))
    if said.severity is not None:
        turn.topic("followup")["severity"] = said.severity


class Greet(YieldingAnswer):
    action_name = "action_greet"

    def answer(self, turn: Turn) -> None:
        if _said_already(turn):
            return
        if staff.is_waited_for(turn):
            turn.say(
                "service.human_waiting",
                switchboard=turn.rooms.hospital.phones.switchboard,
                buttons=choices(*MENU[:4]) if turn.loop is None else (),
            )
            return
        if turn.loop is not None and not _GREETS.search(turn.text):
            # The classifier's guess of words that nobody could read.
            turn.miss("service.unreadable_inside")
            return
        if turn.loop is not None:
            turn.say("service.greet_again")
            return
        owner = turn.owner
        titles = {"男": "先生", "女": "女士"}
        name = f"{owner.name[0]}{titles.get(owner.sex or '', '')}，" if owner else ""
        turn.say("service.greet", name=name, hospital=turn.rooms.hospital.short_name, buttons=choices(*MENU))


class SmallTalk(YieldingAnswer):
    """Thanks, farewells, bare yes and no with nothing open, and what lies outside our work."""

    action_name = "action_small_talk"

    def answer(self, turn: Turn) -> None:
        if _said_already(turn):
            return
        if _BILL.search(turn.text):
            turn.say("knowledge.bill")
            return
        key = turn.intent if turn.intent in {"thanks", "goodbye", "out_of_scope", "deny"} else "affirm"
        if turn.loop is not None and key == "out_of_scope":
            turn.miss("service.out_of_scope_inside")
        elif turn.loop is not None and key in {"thanks", "goodbye"}:
            # The open question follows.
            turn.say(f"service.{key}_inside")
        elif key == "out_of_scope" and _GENERAL.search(turn.text):
            turn.say("service.general_question", buttons=choices(*MENU[:2], "转人工"))
        else:
            turn.say(f"service.{key}", buttons=choices(*MENU) if key in {"affirm", "out_of_scope"} else ())


def asks_in_general(turn: Turn) -> bool:
    """高血压多少算高, 如果胸痛怎么办: a question about an illness that nobody is said to have."""
    findings = turn.rooms.triage.read(turn.text).findings
    if any(finding.counts for finding in findings):
        return False
    supposed = any(finding.time is When.HYPOTHETICAL for finding in findings)
    return bool(_OF_ILLNESS.search(turn.text) or (supposed and _QUESTION.search(turn.text)))


def is_general_question(text: str) -> bool:
    """中风有哪些症状, 怎么预防: medical knowledge, not a complaint."""
    return bool(_GENERAL.search(text))


def ask_back(turn: Turn) -> None:
    """Nothing was understood: ask back, then offer a person."""
    if _said_already(turn, lost=True):
        return
    if is_general_question(turn.text):
        turn.say("service.general_question", buttons=choices(*MENU[:2], "转人工"))
        return
    if turn.loop is None and staff.is_waited_for(turn) and _ANYBODY.search(turn.text):
        turn.say("service.human_waiting", switchboard=turn.rooms.hospital.phones.switchboard)
        return
    turn.misunderstood += 1
    if not turn.lost:
        turn.say("service.ask_back", buttons=choices(*MENU[:4]))
    else:
        turn.say(
            "service.offer_person",
            switchboard=turn.rooms.hospital.phones.switchboard,
            buttons=choices("转人工", *MENU[:2]),
        )


class AskBack(YieldingAnswer):
    action_name = "action_ask_back"

    def turn(self, turn: Turn) -> list[EventType]:
        if turn.loop is None and tells_errand(turn) and not turn.emergency_open:
            return to_triage()
        return super().turn(turn)

    def answer(self, turn: Turn) -> None:
        ask_back(turn)


class RequestHuman(Answer):
    action_name = "action_request_human"

    def answer(self, turn: Turn) -> None:
        staff.call(turn)


class EmergencyWords(YieldingAnswer):
    """The classifier heard an emergency, the safety guard found no concrete sign: help first, then ask."""

    action_name = "action_emergency"

    def turn(self, turn: Turn) -> list[EventType]:
        if turn.loop is None and not turn.emergency_open and tells_complaint(turn):
            turn.say("service.emergency_first", phone=turn.rooms.hospital.phones.emergency_room)
        return super().turn(turn)

    def answer(self, turn: Turn) -> None:
        if turn.loop is None and turn.emergency_open and after_emergency(turn, anything=True):
            return
        turn.topic("turn")["quiet"] = turn.message_id
        turn.say("service.emergency", phone=turn.rooms.hospital.phones.emergency_room)


#: Plain words that ask for no more messages. An opt-out is kept for good, so no classifier's guess starts it.
_NO_MORE = re.compile(
    r"退订|勿扰|拉黑|骚扰|^\s*(?:TD|T|N)\s*$|(?:不要|别|不想|不用|不许|停止|取消|拒绝|不接受)(?:再|老|总|一直)?(?:给我|跟我|往我)?(?:再|接|收到?)?"
    r"(?:发|打(?:电话|扰|来|给)|推送|联系|随访|回访|短信|消息)",
    re.IGNORECASE,
)


class OptOut(Answer):
    action_name = "action_opt_out"

    def answer(self, turn: Turn) -> None:
        if not _NO_MORE.search(turn.text):
            if turn.loop is None and turn.emergency_open:
                # "别管我" and "打了" are said of the emergency.
                after_emergency(turn, anything=True)
                return
            if not turn.rooms.followup.follows(turn.session, turn.conversation_id):
                # There is nothing to opt out of: who is tired of questions says so.
                turn.say("service.weary", buttons=choices(staff.CALL) if turn.loop is None else ())
                return
            turn.say("service.ask_opt_out", buttons=choices("退订随访消息", "继续接收"))
            return
        conversation = turn.conversation
        patients = turn.rooms.patients
        if conversation.patient_id:
            patients.opt_out(turn.session, conversation.patient_id, "asked_in_chat")
            turn.rooms.followup.withdraw_patient(turn.session, conversation.patient_id, "opt_out")
        else:
            patients.opt_out_address(turn.session, conversation.address, "asked_in_chat")
        turn.say("service.opted_out", switchboard=turn.rooms.hospital.phones.switchboard)
