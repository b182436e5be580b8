"""A follow-up room over a real database, with the example hospital and a stand-in for triage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from conversations import Conversations, Message, ScriptedBot
from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from followup import Followup
from hospital import Hospital
from patients import Patients
from patients.invented import invent_id_number
from tests import loaded
from triage.model import Case, Reading, RedFlagHit

KNOWLEDGE = loaded.followup()
HOSPITAL = loaded.hospital()
HEADER = "姓名,性别,手机号,身份证号,住院号,科室,主管医生,出院日期,主要诊断,诊断编码,手术名称"
#: Of a woman who does not exist.
ID_NUMBER = invent_id_number(date(1949, 12, 31), "女")


class QuietGuard:
    """Finds nothing: the tests here are about this room's own judgement."""

    def read(self, text: str, *, asked: str | None = None) -> Reading:
        return Reading()

    def add(
        self, case: Case, reading: Reading, text: str, *, answer: bool = False, quote: bool = True
    ) -> Case:
        return case

    def screen(self, case: Case) -> tuple[RedFlagHit, ...]:
        return ()


@dataclass
class House:
    database: Database
    clock: FixedClock
    patients: Patients
    conversations: Conversations
    followup: Followup
    hospital: Hospital

    def load(self, *rows: str) -> object:
        """Import rows under HEADER."""
        data = "\n".join([HEADER, *rows]).encode("utf-8")
        with self.database.session() as session:
            return self.followup.import_discharges(session, data, "list.csv")

    def tick(self):  # type: ignore[no-untyped-def]
        with self.database.session() as session:
            return self.followup.dispatch_due(session, self.clock.now())

    def run(self, hours: float, *, step: float = 1.0) -> None:
        """Let time pass with a tick every `step` hours."""
        for _ in range(round(hours / step)):
            self.clock.advance(timedelta(hours=step))
            self.tick()

    def hear(self, conversation_id: str, text: str, message_id: str | None = None):  # type: ignore[no-untyped-def]
        """One answer, with its replies written to the outbox as the action does."""
        self._count = getattr(self, "_count", 0) + 1
        with self.database.session() as session:
            turn = self.followup.answer(session, conversation_id, text, message_id or f"in-{self._count}")
            if turn is not None:
                for reply in turn.replies:
                    self.conversations.say(session, conversation_id, reply.text)
            return turn

    def sent(self, conversation_id: str) -> list[Message]:
        with self.database.reading() as session:
            return [
                line
                for line in self.conversations.transcript(session, conversation_id)
                if line.author == "bot"
            ]

    def tasks(self):  # type: ignore[no-untyped-def]
        with self.database.reading() as session:
            return self.conversations.inbox(session)


@pytest.fixture
def house(database: Database, clock: FixedClock, cipher: FieldCipher) -> House:
    patients = Patients(cipher, clock)
    guard = QuietGuard()
    conversations = Conversations(
        database=database, guard=guard, clock=clock, cipher=cipher, bot=ScriptedBot(), phones=HOSPITAL.phones
    )
    followup = Followup(
        KNOWLEDGE,
        triage=guard,
        patients=patients,
        conversations=conversations,
        hospital=HOSPITAL,
        clock=clock,
        cipher=cipher,
    )
    return House(database, clock, patients, conversations, followup, HOSPITAL)


@pytest.fixture
def opened(house: House) -> Callable[[str, int], str]:
    """Opens a contact in a web conversation; gives the conversation's id."""

    def open_it(pathway: str = "腹腔镜胆囊切除（日间手术）", day: int = 3) -> str:
        with house.database.session() as session:
            conversation = house.conversations.open(session, "web", f"page-{pathway}-{day}")
            house.followup.open_now(session, conversation.id, pathway=pathway, day=day)
            return conversation.id

    return open_it
