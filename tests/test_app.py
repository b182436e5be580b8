"""The whole service as one application: who may call what, and what a failure looks like from outside."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app import create_app
from conversations import ScriptedBot
from core.clock import FixedClock
from core.crypto import FieldCipher
from core.database import Database
from core.settings import load_settings
from runtime.house import Knowledge, build_rooms
from tests import loaded

with warnings.catch_warnings():
    # The test client prefers a newer HTTP library than the one that the service itself needs.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

TOKEN = "token-of-the-tests"


@pytest.fixture
def bot() -> ScriptedBot:
    return ScriptedBot()


@pytest.fixture
def service(
    database: Database, clock: FixedClock, cipher: FieldCipher, bot: ScriptedBot, tmp_path: Path
) -> FastAPI:
    knowledge = Knowledge(loaded.hospital(), loaded.triage(), loaded.insurance(), loaded.followup())
    rooms = build_rooms(knowledge, database=database, clock=clock, cipher=cipher, bot=bot)
    return create_app(load_settings(home=tmp_path, bot_token=TOKEN), rooms, bot)


@pytest.fixture
def client(service: FastAPI) -> Iterator[TestClient]:
    with TestClient(service, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def test_health_and_readiness_are_told_apart(client: TestClient, bot: ScriptedBot) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["bot"]) == (200, True)
    bot.up = False
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "bot": False})
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("shown", [None, "", "wrong", f"{TOKEN}x", "钥匙".encode()])
def test_only_the_bot_may_call_actions(client: TestClient, shown: str | bytes | None) -> None:
    headers = (
        {} if shown is None else {b"X-Banzhen-Token": shown.encode() if isinstance(shown, str) else shown}
    )
    answer = client.post("/actions/webhook", headers=headers, json={"next_action": "action_greet"})
    assert answer.status_code == 403


def test_without_a_token_of_its_own_the_service_takes_no_actions(
    database: Database, clock: FixedClock, cipher: FieldCipher, bot: ScriptedBot, tmp_path: Path
) -> None:
    knowledge = Knowledge(loaded.hospital(), loaded.triage(), loaded.insurance(), loaded.followup())
    rooms = build_rooms(knowledge, database=database, clock=clock, cipher=cipher, bot=bot)
    client = TestClient(create_app(load_settings(home=tmp_path, bot_token=""), rooms, bot))
    assert client.post("/actions/webhook", headers={"X-Banzhen-Token": ""}, json={}).status_code == 403


def test_the_demonstration_is_not_there_without_its_clock(client: TestClient) -> None:
    for method, path in (
        ("GET", "/demo"),
        ("POST", "/demo/clock"),
        ("POST", "/demo/as"),
        ("POST", "/demo/sms"),
    ):
        assert client.request(method, path).status_code == 404, path


def test_a_failure_is_told_without_its_inside(service: FastAPI, client: TestClient) -> None:
    def broken() -> None:
        raise RuntimeError("王小明 13812345678")

    service.get("/broken")(broken)
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["error"] == "internal"
    assert "王小明" not in answer.text


def test_the_interface_is_published(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert "/api/chat/messages" in paths
    assert not [path for path in paths if path.startswith(("/console", "/actions", "/demo"))]


def test_what_is_refused_is_told_in_chinese_and_not_sent_back(client: TestClient) -> None:
    client.get("/chat")
    answer = client.post(
        "/api/chat/messages", headers={"X-Banzhen": "1"}, json={"id": "12345678", "text": "疼" * 20_001}
    )
    assert answer.status_code == 422
    assert "疼疼" not in answer.text
    assert answer.json()["faults"] == [{"field": "body.text", "message": "不能超过 20000 个字"}]
