"""Asking for a person: heard in every form, and never lost behind a word that leaves it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actions.base import Turn

CALL = "转人工"
_ASKS = re.compile(
    r"(?<!不)(?<!不用)(?<!不要)(?<!别)转人工|人工(?:客服|服务|坐席)|(?:找|要|叫|换|请)(?:个|一个|位)?(?:真人|客服|工作人员|人工(?!流产|授精|受精|关节|耳蜗|晶|心脏|肝|髋|膝|血管|呼吸))"
)
_LEAVES = re.compile(r"算了|先不|不(?:约|挂|看|办|弄|预约|登记|改)了")
#: Forms that wait in silence while a person is on the way.
_WAITING = frozenset({"booking_form", "exam_form", "change_form", "identity_form"})


def asked_for(text: str) -> bool:
    """True if the words ask for a person."""
    return bool(_ASKS.search(text))


def leaves(text: str) -> bool:
    """True if the words, which ask for a person, also leave what was open: 算了转人工."""
    return bool(_LEAVES.search(text))


def is_waited_for(turn: Turn) -> bool:
    """True if the patient has asked for a person who has not come yet."""
    return turn.rooms.conversations.has_open_task(turn.session, turn.conversation_id, "human_request")


def call(turn: Turn) -> None:
    """Call a person, once; whatever form is open waits without asking again."""
    conversation, switchboard = turn.conversation, turn.rooms.hospital.phones.switchboard
    if is_waited_for(turn):
        turn.say("service.human_waiting", switchboard=switchboard)
    else:
        turn.rooms.conversations.open_task(
            turn.session,
            kind="human_request",
            severity="AMBER",
            reason="患者要求人工服务",
            conversation_id=conversation.id,
            patient_id=conversation.patient_id,
            source_ref=f"human:{turn.message_id}",
        )
        turn.say("service.human", switchboard=switchboard)
    if turn.loop in _WAITING:
        turn.topic("turn")["quiet"] = turn.message_id
        turn.say("service.human_meanwhile")
