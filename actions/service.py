"""Greeting, small talk, a person, opt-out, and what to do when nothing was understood."""

from __future__ import annotations

from actions.base import Answer, Turn, choices

#: Misunderstood this often in a row: offer a person.
_PATIENCE = 2
MENU = ("我不舒服，看看挂什么科", "预约挂号", "我的预约", "医保咨询", "转人工")


class Greet(Answer):
    action_name = "action_greet"

    def answer(self, turn: Turn) -> None:
        owner = turn.owner
        titles = {"男": "先生", "女": "女士"}
        name = f"{owner.name[0]}{titles.get(owner.sex or '', '')}，" if owner else ""
        turn.say("service.greet", name=name, hospital=turn.rooms.hospital.short_name, buttons=choices(*MENU))


class SmallTalk(Answer):
    """Thanks, farewells, bare yes and no with nothing open, and what lies outside our work."""

    action_name = "action_small_talk"

    def answer(self, turn: Turn) -> None:
        key = turn.intent if turn.intent in {"thanks", "goodbye", "out_of_scope", "deny"} else "affirm"
        turn.say(f"service.{key}", buttons=choices(*MENU) if key in {"affirm", "out_of_scope"} else ())


class AskBack(Answer):
    action_name = "action_ask_back"

    def answer(self, turn: Turn) -> None:
        turn.misunderstood += 1
        if turn.misunderstood < _PATIENCE:
            turn.say("service.ask_back", buttons=choices(*MENU[:4]))
        else:
            turn.say(
                "service.offer_person",
                switchboard=turn.rooms.hospital.phones.switchboard,
                buttons=choices("转人工", *MENU[:2]),
            )


class RequestHuman(Answer):
    action_name = "action_request_human"

    def answer(self, turn: Turn) -> None:
        conversation = turn.conversation
        turn.rooms.conversations.open_task(
            turn.session,
            kind="human_request",
            severity="AMBER",
            reason="患者要求人工服务",
            conversation_id=conversation.id,
            patient_id=conversation.patient_id,
            source_ref=f"human:{turn.message_id}",
        )
        turn.say("service.human", switchboard=turn.rooms.hospital.phones.switchboard)


class EmergencyWords(Answer):
    """The classifier heard an emergency, the safety guard found no concrete sign: help first, then ask."""

    action_name = "action_emergency"

    def answer(self, turn: Turn) -> None:
        turn.say("service.emergency", phone=turn.rooms.hospital.phones.emergency_room)


class OptOut(Answer):
    action_name = "action_opt_out"

    def answer(self, turn: Turn) -> None:
        conversation = turn.conversation
        patients = turn.rooms.patients
        if conversation.patient_id:
            patients.opt_out(turn.session, conversation.patient_id, "asked_in_chat")
            turn.rooms.followup.withdraw_patient(turn.session, conversation.patient_id, "opt_out")
        else:
            patients.opt_out_address(turn.session, conversation.address, "asked_in_chat")
        turn.say("service.opted_out", switchboard=turn.rooms.hospital.phones.switchboard)
