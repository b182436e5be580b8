"""Talking without a page: in the terminal, or by a script that a program may write line by line.

Each id of a script is a conversation of its own over the example hospital in a throw-away database, through
the real pipeline: guard, Rasa, actions, rooms.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from actions.base import Rooms, with_person
from actions.endpoint import ActionEndpoint
from booking import world
from booking.world import World
from conversations import ConversationView, Inbound, RasaBot, Receipt
from core.clock import SHANGHAI, FixedClock, SystemClock
from core.crypto import FieldCipher
from core.database import Database
from core.errors import BanzhenError
from core.settings import Settings
from core.wording import in_chinese
from patients import invented
from runtime.house import Knowledge, build_rooms, load_knowledge
from runtime.own_bot import OwnBot
from runtime.processes import free_port
from triage import Case

_CHANNEL = "script"


class Person(BaseModel):
    """Who speaks, real-name verified."""

    model_config = ConfigDict(extra="forbid")

    name: str = "方晓禾"
    age: float = Field(36, ge=0, le=130)
    sex: Literal["男", "女"] = "女"
    pregnant: bool | None = None


class Family(BaseModel):
    """A relative whom the person already acts for."""

    model_config = ConfigDict(extra="forbid")

    relation: str
    name: str
    age: float = Field(ge=0, le=130)


class Opening(BaseModel):
    """The contact of a follow-up pathway that a conversation begins with."""

    model_config = ConfigDict(extra="forbid")

    pathway: str
    day: int


class Line(BaseModel):
    """One line of a script."""

    model_config = ConfigDict(extra="forbid")

    id: str
    turns: list[str] = Field(default_factory=list)
    now: datetime | None = None
    person: Person | None = Field(default_factory=Person)
    family: list[Family] = Field(default_factory=list)
    followup: Opening | None = None
    world: World = Field(default_factory=World)


@dataclass(slots=True)
class Talk:
    """One conversation of a script."""

    rooms: Rooms
    clock: FixedClock
    conversation_id: str
    turn: int = 0


class Stage:
    """Runs scripted conversations against one bot."""

    def __init__(self, knowledge: Knowledge, folder: Path, own: OwnBot, bot: RasaBot) -> None:
        self._knowledge = knowledge
        self._own = own
        self._bot = bot
        self._folder = folder
        self._cipher = FieldCipher.for_tests()
        self._talks: dict[str, Talk] = {}
        self._by_conversation: dict[str, Rooms] = {}
        self._templates: dict[date, Path] = {}

    def talk(self, talk_id: str) -> Talk:
        """The conversation of an id of the script."""
        return self._talks[talk_id]

    def kill_bot(self) -> None:
        """End the bot as a crash would: for rehearsals of a failure."""
        self._own.kill()

    def start_bot(self) -> None:
        """Bring it back, without any memory of before."""
        self._own.start()

    def rooms_of(self, conversation_id: str) -> Rooms:
        return self._by_conversation[conversation_id]

    def close(self) -> None:
        for talk in self._talks.values():
            talk.rooms.database.close()

    async def play(self, line: Line, print_row: Callable[[dict[str, Any]], None]) -> None:
        """Say each turn of a line and print what came of it. Raises BanzhenError for an unknown pathway."""
        talk = self._talks.get(line.id)
        if talk is None:
            if line.followup is not None:
                self._knowledge.followup.named(line.followup.pathway)
            talk = self._talks[line.id] = await asyncio.to_thread(self._open, line)
            if line.followup is not None:
                replies = await asyncio.to_thread(self._open_followup, talk, line.followup)
                print_row(self._row(line.id, 0, replies, talk))
        for text in line.turns:
            talk.turn += 1
            receipt = await talk.rooms.conversations.receive(
                Inbound(_CHANNEL, line.id, f"{line.id}:{talk.turn}", text, talk.clock.now())
            )
            print_row(self._row(line.id, talk.turn, _replies(receipt), talk))

    def _open(self, line: Line) -> Talk:
        now = (line.now or SystemClock().now()).replace(tzinfo=None).replace(tzinfo=SHANGHAI)
        clock = FixedClock(now)
        own_doctors = bool(line.world.doctors)
        hospital = self._knowledge.hospital
        if own_doctors:
            hospital = world.overlay(hospital, line.world)
        database = self._database(now.date(), fresh=own_doctors)
        rooms = build_rooms(
            self._knowledge,
            database=database,
            clock=clock,
            cipher=self._cipher,
            bot=self._bot,
            hospital=hospital,
        )
        with database.session() as session:
            rooms.booking.ensure_schedule(session, now.date(), hospital.booking.days_ahead + 1)
            conversation = rooms.conversations.open(session, _CHANNEL, line.id)
            people = self._seat(session, rooms, conversation, line)
            world.apply(session, hospital, line.world, people, now)
        self._by_conversation[conversation.id] = rooms
        return Talk(rooms, clock, conversation.id)

    def _seat(
        self, session: Session, rooms: Rooms, conversation: ConversationView, line: Line
    ) -> Mapping[str, str]:
        """Register the speaker and the family; `self` and relations → patient ids. A visitor has nobody."""
        if line.person is None:
            return {}
        seated = invented.seat(
            session,
            rooms.patients,
            today=rooms.clock.now().date(),
            person=line.person.model_dump(),
            family=[member.model_dump() for member in line.family],
        )
        rooms.patients.bind(session, conversation.channel, conversation.address, seated.owner.id)
        rooms.conversations.link(session, conversation.id, seated.owner.id)
        if line.person.pregnant is not None:
            case = with_person(Case(), pregnant=line.person.pregnant)
            rooms.conversations.save_case(session, conversation.id, case)
        return seated.people

    def _database(self, day: date, *, fresh: bool) -> Database:
        """A throw-away database; its schedule is copied from one that was made for the same day."""
        file = self._folder / f"{secrets.token_hex(8)}.db"
        if not fresh:
            template = self._templates.get(day)
            if template is None:
                template = self._templates[day] = self._folder / f"template-{day}.db"
                self._fill_template(template, day)
            file.write_bytes(template.read_bytes())
        database = Database(f"sqlite:///{file}")
        if fresh:
            database.create_all()
        return database

    def _fill_template(self, file: Path, day: date) -> None:
        database = Database(f"sqlite:///{file}")
        database.create_all()
        clock = FixedClock(datetime.combine(day, datetime.min.time(), SHANGHAI))
        rooms = build_rooms(
            self._knowledge, database=database, clock=clock, cipher=self._cipher, bot=self._bot
        )
        with database.session() as session:
            rooms.booking.ensure_schedule(session, day, rooms.hospital.booking.days_ahead + 1)
        # Closing the last connection moves everything into the one file.
        database.close()

    def _open_followup(self, talk: Talk, opening: Opening) -> list[dict[str, Any]]:
        """Enrol the person as if discharged that many days ago, and open that contact now."""
        with talk.rooms.database.session() as session:
            talk.rooms.followup.open_now(
                session, talk.conversation_id, pathway=opening.pathway, day=opening.day
            )
            messages = talk.rooms.conversations.since(session, talk.conversation_id)
            talk.rooms.conversations.mark_delivered(session, [message.id for message in messages])
        return [{"text": m.text, "buttons": [dict(b) for b in m.buttons]} for m in messages]

    def _row(self, talk_id: str, turn: int, replies: list[dict[str, Any]], talk: Talk) -> dict[str, Any]:
        return {"id": talk_id, "turn": turn, "replies": replies, "state": self._state(talk)}

    def _state(self, talk: Talk) -> dict[str, Any]:
        rooms = talk.rooms
        with rooms.database.reading() as session:
            conversation = rooms.conversations.conversation(session, talk.conversation_id)
            topics = conversation.dialogue.topics
            appointments: list[dict[str, str]] = []
            if conversation.patient_id:
                relations = {conversation.patient_id: "self"}
                for relative in rooms.patients.relatives(session, conversation.patient_id):
                    relations[relative.patient.id] = relative.relation
                appointments = [
                    one.state(relations[one.patient_id])
                    for one in rooms.booking.appointments(session, list(relations), upcoming_only=False)
                ]
            code = topics.get("triage", {}).get("department") or topics.get("booking", {}).get("department")
            return {
                "level": conversation.level,
                "red_flags": list(conversation.red_flags),
                "department": rooms.hospital.department(code).name if code else None,
                "appointments": appointments,
                "severity": topics.get("followup", {}).get("severity"),
                "topic": conversation.dialogue.loop.removesuffix("_form")
                if conversation.dialogue.loop
                else None,
                "holder": conversation.holder,
            }


def _replies(receipt: Receipt) -> list[dict[str, Any]]:
    return [{"text": reply.text, "buttons": [dict(b) for b in reply.buttons]} for reply in receipt.replies]


@contextmanager
def open_stage(settings: Settings) -> Iterator[Stage]:
    """A stage with a bot of its own and an action endpoint, for as long as the block runs."""
    knowledge = load_knowledge(settings)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="banzhen-") as folder:
        own = OwnBot(settings, f"http://127.0.0.1:{port}/actions/webhook")
        stage = Stage(knowledge, Path(folder), own, RasaBot(own.base, own.token, settings.bot_timeout))
        with _serving_actions(stage, port, own.token), own:
            try:
                yield stage
            finally:
                stage.close()


@contextmanager
def _serving_actions(stage: Stage, port: int, token: str) -> Iterator[None]:
    """Rasa's action endpoint, in a thread of this process."""
    app = FastAPI(openapi_url=None)
    endpoint = ActionEndpoint(stage.rooms_of)

    @app.post("/actions/webhook")
    async def actions(request: Request) -> dict[str, Any]:
        if request.headers.get("X-Banzhen-Token") != token:
            raise HTTPException(403)
        return await endpoint.run(await request.json())

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def talk_by_script(
    settings: Settings, lines: Iterable[str], print_row: Callable[[dict[str, Any]], None]
) -> None:
    """Play a script: JSONL of `Line`, or one JSON list of patient turns.

    Each line is read only after the one before has been answered, so a program can play the patient. A line
    that is wrong gets a row `{"id","error"}`; the others go on.
    """
    with open_stage(settings) as stage, asyncio.Runner() as runner:
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            try:
                line = _parse(text)
            except ValueError as error:
                print_row({"id": None, "error": f"第 {number} 行有误：{_cause(error)}"})
                continue
            try:
                runner.run(stage.play(line, print_row))
            except BanzhenError as error:
                print_row({"id": line.id, "error": f"第 {number} 行有误：{error.message}"})


def _parse(text: str) -> Line:
    data = json.loads(text)
    return Line(id="1", turns=data) if isinstance(data, list) else Line.model_validate(data)


def _cause(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}：{in_chinese(first)}"
    return str(error)


def talk_in_terminal(settings: Settings) -> None:
    """A talk with a person at the keyboard; Ctrl-D ends it."""
    from rich.console import Console
    from rich.prompt import Prompt

    console = Console()
    console.print("[dim]正在启动…（Ctrl-D 结束）[/]")
    with open_stage(settings) as stage, asyncio.Runner() as runner:

        def show(row: dict[str, Any]) -> None:
            for reply in row["replies"]:
                console.print(f"[green]伴诊[/] {reply['text']}", markup=True)
                if reply["buttons"]:
                    console.print("  " + "  ".join(f"[cyan]‹{b['title']}›[/]" for b in reply["buttons"]))

        while True:
            try:
                text = Prompt.ask("[bold]您[/]", console=console)
            except (EOFError, KeyboardInterrupt):
                console.print("再见。")
                return
            runner.run(stage.play(Line(id="terminal", turns=[text]), show))
