"""The service's process killed in the middle of a booking: one appointment, one answer, whenever it died.

The service is the real one, over HTTP. Rasa is played by a small server here, so that the very moment
between the booking and the answer can be hit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.migrate import upgrade
from core.settings import ROOT, load_settings
from patients.invented import birth_date_of, invent_id_number
from runtime.house import open_house
from runtime.processes import free_port
from runtime.worker import extend_schedule

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

_TOKEN = "token-of-the-test"
_VISITOR = {"banzhen_visitor": "visitor-of-the-test"}
_CONFIRM = "确认预约"


class House:
    """The service in a process of its own, and what stands in for Rasa."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        #: When to kill: "before" or "after" the action has booked; "" for never.
        self.kill = ""
        self.asked = 0
        self.rooms: Any = None
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BANZHEN_DATABASE_URL": f"sqlite:///{folder / 'test.db'}",
            "BANZHEN_KEYS_FILE": str(folder / "keys.json"),
            "BANZHEN_PORT": str(self.port),
            "BANZHEN_BOT_TOKEN": _TOKEN,
        }
        house = self

        class Rasa(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path.startswith("/webhooks/rest"):
                    house.turn(body)
                self._answer([])

            def _answer(self, body: Any) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                pass

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    # Whoever asked was killed.
                    self.close_connection = True

        self.rasa = ThreadingHTTPServer(("127.0.0.1", 0), Rasa)
        self.environment["BANZHEN_BOT_PORT"] = str(self.rasa.server_port)
        threading.Thread(target=self.rasa.serve_forever, daemon=True).start()
        self.service: subprocess.Popen[bytes] | None = None
        self.log = (folder / "serve.log").open("ab")

    def turn(self, body: dict[str, Any]) -> None:
        """One turn of the bot: everything goes to the booking form."""
        confirming = body["message"] == _CONFIRM
        self.asked += confirming
        if confirming and self.kill == "before":
            self.die()
            return
        call = {
            "next_action": "validate_booking_form",
            "sender_id": body["sender"],
            "version": "3.6.21",
            "tracker": {
                "sender_id": body["sender"],
                "slots": {},
                "latest_message": {
                    "text": body["message"],
                    "intent": {"name": "book_appointment", "confidence": 1.0},
                    "entities": [],
                    "metadata": body["metadata"],
                },
                "events": [],
                "active_loop": {},
                "paused": False,
                "latest_input_channel": "rest",
                "latest_action_name": "action_listen",
            },
        }
        httpx.post(f"{self.base}/actions/webhook", headers={"X-Banzhen-Token": _TOKEN}, json=call, timeout=20)
        if confirming and self.kill == "after":
            self.die()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.service = subprocess.Popen(
            [sys.executable, "-m", "cli", "serve"],
            env=self.environment,
            cwd=ROOT,
            stdout=self.log,
            stderr=self.log,
        )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.base}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise AssertionError(Path(self.log.name).read_text(encoding="utf-8")[-3000:])

    def die(self) -> None:
        """As kill -9 does: no clean-up of any kind."""
        self.kill = ""
        assert self.service is not None
        self.service.kill()
        self.service.wait()

    def say(self, text: str, message_id: str | None = None) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.base}/api/chat/messages",
            json={"id": message_id or f"message-{time.time_ns()}", "text": text},
            headers={"X-Banzhen": "1"},
            cookies=_VISITOR,
            timeout=30,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def history(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(
            f"{self.base}/api/chat/history", cookies=_VISITOR, timeout=30
        ).json()
        return found

    def stop(self) -> None:
        self.rasa.shutdown()
        self.rasa.server_close()
        if self.service is not None and self.service.poll() is None:
            self.die()
        self.log.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    settings = load_settings(
        database_url=made.environment["BANZHEN_DATABASE_URL"], keys_file=tmp_path / "keys.json"
    )
    upgrade(settings.url)
    made.rooms = open_house(settings)
    extend_schedule(made.rooms)
    made.start()
    yield made
    made.stop()


def _to_the_confirmation(house: House) -> str:
    """Talk up to the question whether to book; gives the patient's ID number."""
    today = house.rooms.clock.now().date()
    number = invent_id_number(birth_date_of(36, today), "女")
    said = house.say("我要挂消化内科的号")["replies"][-1]
    assert said["buttons"], said
    slot = next(one for one in said["buttons"] if "月" in one["title"])
    house.say(slot["payload"])
    for told in ("我叫方晓禾", number, "13800001234"):
        said = house.say(told)["replies"][-1]
    assert _CONFIRM in [one["payload"] for one in said["buttons"]], said
    return number


def _cards(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["card"] and "预约成功" in json.dumps(line, ensure_ascii=False)]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_service_killed_around_a_booking_books_once_and_answers_once(house: House, moment: str) -> None:
    number = _to_the_confirmation(house)
    house.kill = moment
    with pytest.raises(httpx.HTTPError):
        house.say(_CONFIRM, "the-confirmation")
    house.start()

    # The dead process still holds the conversation for a while.
    deadline = time.monotonic() + 60
    while not _cards(house.history()) and time.monotonic() < deadline:
        time.sleep(0.5)
    lines = house.history()
    booked = _cards(lines)
    assert len(booked) == 1, [line["text"] for line in lines]
    assert [line["text"] for line in lines if line["author"] == "patient"].count(_CONFIRM) == 1
    # What was booked before the crash is answered from the record; the bot is not asked a second time.
    assert house.asked == {"before": 2, "after": 1}[moment]

    # The page sends again what it got no answer to: the same answer comes, and nothing is booked again.
    again = house.say(_CONFIRM, "the-confirmation")
    assert again["duplicate"]
    assert booked[0]["id"] in [reply["id"] for reply in again["replies"]]
    assert len(house.history()) == len(lines)
    rooms = house.rooms
    with rooms.database.reading() as session:
        patient = rooms.patients.find_by_id_number(session, number)
        assert patient is not None
        assert len(rooms.booking.appointments(session, [patient.id])) == 1
