"""What the bot and the guard know of a conversation: the open loop, the topics and the triage case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from conversations.model import Dialogue, TaskKind
from conversations.records import Records
from conversations.tables import Conversation, StaffTask
from core.database import new_id
from triage.model import Case, Level

#: After this long without a word of the patient, a complaint counts as a new one.
SILENCE = timedelta(hours=12)
#: The same while staff have not closed the emergency of the case.
SILENCE_IN_EMERGENCY = timedelta(hours=24)
#: Loops and topics that are over after the silence. The others were opened by us (follow-up, feedback) or
#: belong to a coming visit (history), and wait for their answer.
SHORT_LIVED_LOOPS = frozenset({"triage_form", "booking_form", "exam_form", "identity_form", "change_form"})
SHORT_LIVED_TOPICS = frozenset({"triage", "booking", "identity", "change", "exam", "whom", "case", "stopped"})


class Memory(Records):
    """Dialogue memory and triage case, on top of the records."""

    def memory(self, session: Session, conversation_id: str) -> Dialogue:
        return self._dialogue(self._row(session, conversation_id))

    def remember(self, session: Session, conversation_id: str, dialogue: Dialogue) -> None:
        """Keep what a bot turn leaves behind. Outside a bot turn, change the loop with `set_loop`."""
        self._row(session, conversation_id).dialogue_enc = self._seal.data(asdict(dialogue))

    def set_loop(self, session: Session, conversation_id: str, loop: str | None) -> None:
        """Open or close the bot's loop from outside a bot turn (follow-up, nurse); the bot is told later."""
        self._set_loop(self._row(session, conversation_id), loop)

    # The triage case

    def case(self, session: Session, conversation_id: str) -> Case:
        """What this conversation has said; the guard has already added the message that is being answered."""
        return self._case(self._row(session, conversation_id))

    def save_case(
        self, session: Session, conversation_id: str, case: Case, level: Level | None = None
    ) -> None:
        """Keep a case that a bot turn went on with, and the level it was given.

        Red flags that were raised stay, and with any of them the level never becomes less urgent.
        """
        row = self._row(session, conversation_id)
        self._keep_case(row, case, case.raised)
        if level is not None:
            row.level = most_urgent(row.level, level) if row.red_flags else level.value

    def reset_case(self, session: Session, conversation_id: str, *, another_person: bool = False) -> bool:
        """Start a new case for a new complaint. False, and nothing changes, if that would lower a red flag.

        A case with a red flag goes on until a silence (`SILENCE`) or until staff closed its emergency; only
        care for another person starts a new case beside it (the staff task of the first one stays open).
        """
        row = self._row(session, conversation_id)
        if row.red_flags and not another_person and self._emergency_open(session, row.id) is not None:
            return False
        self._start_case(row)
        return True

    def has_open_task(self, session: Session, conversation_id: str, kind: TaskKind, source: str = "") -> bool:
        """True if a task of that kind waits for staff or is worked on. `source`: how its reference begins."""
        wanted = [
            StaffTask.conversation_id == conversation_id,
            StaffTask.kind == kind,
            StaffTask.state != "closed",
        ]
        if source:
            wanted.append(StaffTask.source_ref.startswith(source, autoescape=True))
        return session.scalar(select(StaffTask.id).where(*wanted).limit(1)) is not None

    # Inside this room

    def _set_loop(self, row: Conversation, loop: str | None) -> None:
        dialogue = self._dialogue(row)
        # What was interrupted before does not come back after an emergency, a nurse or a follow-up.
        row.dialogue_enc = self._seal.data({**asdict(dialogue), "loop": loop, "suspended": []})
        row.stale_mark = new_id()

    def _stop_loop(self, row: Conversation) -> None:
        """Close the loop for an emergency; what it was about may be taken up again by the patient."""
        dialogue = self._dialogue(row)
        if dialogue.loop is not None:
            topics = {**dialogue.topics, "stopped": {"form": dialogue.loop}}
            row.dialogue_enc = self._seal.data({**asdict(dialogue), "topics": topics})
        self._set_loop(row, None)

    def _keep_case(self, row: Conversation, case: Case, raised: Iterable[str]) -> None:
        # dict keeps the order of first mention and drops repetitions.
        flags = tuple(dict.fromkeys((*row.red_flags, *case.raised, *raised)))
        data = case.to_json()
        data["raised"] = list(flags)
        row.case_enc = self._seal.data(data)
        row.red_flags = list(flags)
        if row.case_started_at is None:
            row.case_started_at = self._clock.now()

    def _start_case(self, row: Conversation) -> None:
        row.case_enc = None
        row.level = None
        row.red_flags = []
        row.case_started_at = self._clock.now()

    def _renew_after_silence(self, session: Session, row: Conversation, now: datetime) -> None:
        """Yesterday's complaint is not today's: start anew after a long silence."""
        if row.last_inbound_at is None:
            return
        silent = now - row.last_inbound_at
        if silent < SILENCE:
            return
        if silent < SILENCE_IN_EMERGENCY and self._emergency_open(session, row.id) is not None:
            return
        self._start_case(row)
        dialogue = self._dialogue(row)
        kept = {name: data for name, data in dialogue.topics.items() if name not in SHORT_LIVED_TOPICS}
        open_loops = (dialogue.loop, *dialogue.suspended)
        loops = [loop for loop in open_loops if loop is not None and loop not in SHORT_LIVED_LOOPS]
        renewed = Dialogue(loops[0] if loops else None, kept, suspended=tuple(loops[1:]))
        row.dialogue_enc = self._seal.data(asdict(renewed))
        if renewed.loop != dialogue.loop:
            row.stale_mark = new_id()

    def _emergency_open(self, session: Session, conversation_id: str) -> str | None:
        """The task of an emergency that staff have not closed, the latest one."""
        wanted = select(StaffTask.id).where(
            StaffTask.conversation_id == conversation_id,
            StaffTask.kind == "emergency",
            StaffTask.state != "closed",
        )
        return session.scalar(wanted.order_by(StaffTask.created_at.desc(), StaffTask.id.desc()).limit(1))


def most_urgent(one: str | None, other: str | None) -> str | None:
    """The more urgent of two levels; "I" is the most urgent, None the least."""
    known = [level for level in (one, other) if level is not None]
    return min(known, key=lambda level: list(Level).index(Level(level))) if known else None
