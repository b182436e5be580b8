"""A console over the real conversations and patients rooms, with accounts of every role."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

import console.tables  # noqa: F401  (makes the tables known before the database is made)
import hospital
from booking import Booking
from console import accounts
from console.router import ConsoleDeps, build
from conversations import Conversations, ScriptedBot, TaskView
from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from followup import Followup, FollowupKnowledge
from patients import Patients, PatientView
from patients.invented import invent_id_number, invent_phone
from tests import loaded
from tests.conversations.support import SmallGuard

with warnings.catch_warnings():
    # The test client prefers a newer HTTP library than the one that the service itself needs.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PASSWORD = "plain words for tests"
ROLES = ("nurse", "head_nurse", "admin")


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow on purpose; tests sign in hundreds of times."""
    hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(accounts, "_hasher", lambda: hasher)


@pytest.fixture(scope="session")
def the_house() -> hospital.Hospital:
    return loaded.hospital()


@pytest.fixture(scope="session")
def the_pathways() -> FollowupKnowledge:
    return loaded.followup()


@dataclass
class World:
    deps: ConsoleDeps
    app: FastAPI
    database: Database
    clock: FixedClock
    conversations: Conversations
    patients: Patients

    def account(self, username: str, role: str = "nurse", name: str | None = None) -> str:
        """Id of a new account with the tests' password."""
        with self.database.session() as session:
            made = accounts.create_account(
                session,
                username=username,
                display_name=name or username,
                role=role,
                password=PASSWORD,
                at=self.clock.now(),
            )
            assert not isinstance(made, accounts.Refusal), made
            return made.id

    def browser(self) -> TestClient:
        return TestClient(self.app, follow_redirects=False)

    def signed_in(self, username: str, role: str = "nurse", name: str | None = None) -> Browser:
        staff_id = self.account(username, role, name)
        client = self.browser()
        assert sign_in(client, username).status_code == 303
        return Browser(client, staff_id)

    def patient(self, name: str = "王秀兰", serial: int = 1) -> PatientView:
        with self.database.session() as session:
            made = self.patients.register(
                session,
                name=name,
                id_number=invent_id_number(self.clock.now().date().replace(year=1958), "女", serial),
                phone=invent_phone(serial),
                actor="system",
            )
            assert isinstance(made, PatientView), made
            return made

    def task(self, **given: Any) -> TaskView:
        """A red follow-up task with a conversation of a registered patient, unless told otherwise."""
        with self.database.session() as session:
            if "patient_id" not in given:
                given["patient_id"] = None
            if "conversation_id" not in given:
                talk = self.conversations.open(session, "web", "page-1", given["patient_id"])
                given["conversation_id"] = talk.id
            given = {"kind": "followup", "severity": "RED", "reason": "术后第3天：伤口渗液伴发热", **given}
            return self.conversations.open_task(session, **given)


@dataclass
class Browser:
    """A signed-in browser that sends the CSRF token of its session with every form."""

    client: TestClient
    staff_id: str

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(f"/console{path}", **more)

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> Any:
        return self.client.post(f"/console{path}", data={"csrf_token": self.csrf, **(data or {})}, **more)

    @property
    def csrf(self) -> str:
        return token_in(self.client.get("/console/password").text)


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


def sign_in(client: TestClient, username: str, password: str = PASSWORD, **data: str) -> Any:
    token = token_in(client.get("/console/login").text)
    form = {"username": username, "password": password, "csrf_token": token, **data}
    return client.post("/console/login", data=form)


@pytest.fixture
def world(
    database: Database,
    clock: FixedClock,
    cipher: FieldCipher,
    the_house: hospital.Hospital,
    the_pathways: FollowupKnowledge,
) -> World:
    conversations = Conversations(
        database=database,
        guard=SmallGuard(),
        clock=clock,
        cipher=cipher,
        bot=ScriptedBot(),
        phones=the_house.phones,
    )
    patients = Patients(cipher, clock)
    deps = ConsoleDeps(
        database=database,
        clock=clock,
        conversations=conversations,
        followup=Followup(
            the_pathways,
            triage=None,
            patients=patients,
            conversations=conversations,
            hospital=the_house,
            clock=clock,
            cipher=cipher,
        ),
        pathways=the_pathways,
        patients=patients,
        booking=Booking(the_house, clock, patients, cipher),
        hospital=the_house,
        secure_cookies=False,
        wall_clock=clock,
    )
    app = FastAPI()
    app.include_router(build(deps))
    return World(deps, app, database, clock, conversations, patients)
