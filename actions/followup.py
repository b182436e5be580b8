"""The follow-up dialogue after discharge: the room asks and judges, we pass words to and fro."""

from __future__ import annotations

from actions.base import END, STAY, Answer, Loop, Turn, choices
from followup import FollowupTurn


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
            turn.say("service.ask_back", buttons=choices("我不舒服，看看挂什么科", "转人工"))
        else:
            _say(turn, said)


def _say(turn: Turn, said: FollowupTurn) -> None:
    for reply in said.replies:
        turn.say_text(reply.text, buttons=choices(*reply.options))
    if said.severity is not None:
        turn.topic("followup")["severity"] = said.severity
