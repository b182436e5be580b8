"""The follow-up dialogue after discharge: the room asks and judges, we pass words to and fro."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.base import END, STAY, Loop, Turn, YieldingAnswer, choices, tells_complaint
from actions.identity import wants_visit
from actions.service import ask_back, say_followup

_WHO_ARE_YOU = re.compile(
    r"(?:请问)?你们?(?:是|到底是)?(?:谁|哪位|哪里|哪儿|哪家|干(?:什么|嘛)的|什么人|机器人|真人)+(?:啊|呀|呢|吗|么|的)*[?？!！。]*$"
)
#: Whoever writes answers for the patient: 我是他女儿, 我爸不会用手机, 我替他回.
_ANSWERS_FOR = re.compile(
    r"我是(?:他|她|患者|病人|老人)|(?:替|代|帮)(?:他|她|患者|病人|老人|我.{1,2})(?:回|答|说)|(?:不会|没法|不方便)(?:用|看|玩|打|回)"
)
#: What these intents say of a relative is said of the patient, while no visit is wanted.
_ABOUT_A_RELATIVE = frozenset({"family_proxy", "bind_identity"})


class FollowupLoop(Loop):
    """Opened by the dispatcher, which has already asked the first question."""

    form = "followup_form"
    #: What is said of the recovery is judged first.
    gives_way_to_staff = False

    def start(self, turn: Turn) -> str:
        return self._hear(turn) or END

    def hear(self, turn: Turn) -> str | None:
        return self._hear(turn)

    def ask(self, turn: Turn) -> None:
        question = turn.rooms.followup.open_question(turn.session, turn.conversation_id)
        if question is not None:
            turn.say_text(question.text, buttons=choices(*question.options))

    def _hear(self, turn: Turn) -> str | None:
        if _WHO_ARE_YOU.match(turn.text.strip()):
            # A question, not yet the news that the number is a stranger's.
            turn.say("followup.who", hospital=turn.rooms.hospital.short_name)
            self.ask(turn)
            return STAY
        for_patient = turn.intent in _ABOUT_A_RELATIVE and not wants_visit(turn.text)
        if for_patient and _ANSWERS_FOR.search(turn.text) and not tells_complaint(turn):
            turn.say("followup.for_patient")
            self.ask(turn)
            return STAY
        said = turn.rooms.followup.answer(
            turn.session,
            turn.conversation_id,
            turn.text,
            turn.message_id or "",
            interrupts=turn.wants_something_else() and not for_patient,
        )
        if said is None:
            return None
        say_followup(turn, said)
        return END if said.done else STAY


class FollowupAnswer(YieldingAnswer):
    """An answer that comes when no contact is open: judged all the same, never lost."""

    action_name = "action_followup_answer"

    def turn(self, turn: Turn) -> list[EventType]:
        said = turn.rooms.followup.unasked(
            turn.session, turn.conversation_id, turn.text, turn.message_id or ""
        )
        if said is None:
            return super().turn(turn)
        turn.mark_handled()
        turn.misunderstood = 0
        say_followup(turn, said)
        return []

    def answer(self, turn: Turn) -> None:
        ask_back(turn)
