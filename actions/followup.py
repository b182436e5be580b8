"""The follow-up dialogue after discharge: the room asks and judges, we pass words to and fro."""

from __future__ import annotations

import re

from actions.base import END, STAY, Answer, Loop, Turn, choices
from actions.service import ask_back
from followup import FollowupTurn

_WHO_ARE_YOU = re.compile(
    r"(?:请问)?你们?(?:是|到底是)?(?:谁|哪位|哪里|哪儿|哪家|干(?:什么|嘛)的|什么人|机器人|真人)+(?:啊|呀|呢|吗|么|的)*[?？!！。]*$"
)


class FollowupLoop(Loop):
    """Opened by the dispatcher, which has already asked the first question."""

    form = "followup_form"

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
        said = turn.rooms.followup.answer(
            turn.session,
            turn.conversation_id,
            turn.text,
            turn.message_id or "",
            interrupts=turn.wants_something_else(),
        )
        if said is None:
            return None
        _say(turn, said)
        return END if said.done else STAY


class FollowupAnswer(Answer):
    """An answer that comes when no contact is open: judged all the same, never lost."""

    action_name = "action_followup_answer"

    def answer(self, turn: Turn) -> None:
        said = turn.rooms.followup.unasked(
            turn.session, turn.conversation_id, turn.text, turn.message_id or ""
        )
        if said is None:
            ask_back(turn)
        else:
            _say(turn, said)


def _say(turn: Turn, said: FollowupTurn) -> None:
    for reply in said.replies:
        turn.say_text(reply.text, buttons=choices(*reply.options))
    if said.severity is not None:
        turn.topic("followup")["severity"] = said.severity
