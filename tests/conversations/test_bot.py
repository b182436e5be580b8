"""The port of the bot: one contract over both adapters, Rasa's against a small real HTTP server."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from conversations import BotPort, BotUnavailable, RasaBot, ScriptedBot

WORDS = "我叫王小明"


@dataclass
class SmallRasa:
    """As much of Rasa's HTTP face as we use."""

    url: str = ""
    #: (path, query, body) of every call.
    calls: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    #: ok, slow, error, garbage
    mood: str = "ok"

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/status")
        async def status() -> dict[str, str]:
            return {"model_file": "x"}

        @app.post("/{path:path}")
        async def any_call(path: str, request: Request) -> Any:
            body = await request.json()
            self.calls.append((path, dict(request.query_params), body))
            if request.query_params.get("token") != "secret":
                return JSONResponse({"reason": "NotAuthenticated"}, 401)
            if self.mood == "slow":
                await asyncio.sleep(0.5)
            if self.mood == "error":
                return JSONResponse({"status": "failure"}, 500)
            if self.mood == "garbage":
                return PlainTextResponse("<html>")
            if path.startswith("webhooks"):
                return [
                    {"recipient_id": body["sender"], "text": body["message"]},
                    {"recipient_id": body["sender"], "image": "x"},
                    {"recipient_id": body["sender"], "text": "再见"},
                ]
            return {"sender_id": "x"}

        return app


@pytest.fixture
def rasa() -> Iterator[SmallRasa]:
    small = SmallRasa()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        small.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(small.app(), log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield small
        server.should_exit = True
        thread.join(5)


@pytest.fixture
async def over_http(rasa: SmallRasa) -> AsyncIterator[RasaBot]:
    bot = RasaBot(rasa.url, "secret", timeout=0.3)
    yield bot
    await bot.close()


@pytest.fixture(params=["rasa", "scripted"])
def bot(request: pytest.FixtureRequest) -> BotPort:
    if request.param == "rasa":
        found: RasaBot = request.getfixturevalue("over_http")
        return found

    async def script(_conversation: str, _message: str, text: str) -> list[str]:
        return [text, "再见"]

    return ScriptedBot(script)


async def test_a_bot_answers_with_its_lines_in_order(bot: BotPort) -> None:
    assert list(await bot.turn("c1", "m1", "你好")) == ["你好", "再见"]
    await bot.reset("c1", None)
    await bot.reset("c1", "booking_form")
    assert await bot.healthy()


async def test_rasa_is_told_the_message_id_and_the_open_form(rasa: SmallRasa, over_http: RasaBot) -> None:
    await over_http.turn("c1", "m1", "你好")
    await over_http.reset("c1", "booking_form")
    await over_http.reset("c1", None)
    assert rasa.calls == [
        (
            "webhooks/rest/webhook",
            {"token": "secret"},
            {"sender": "c1", "message": "你好", "metadata": {"message_id": "m1"}},
        ),
        (
            "conversations/c1/tracker/events",
            {"token": "secret", "include_events": "NONE"},
            [
                {"event": "active_loop", "name": "booking_form"},
                {"event": "slot", "name": "requested_slot", "value": "booking_answer"},
            ],
        ),
        (
            "conversations/c1/tracker/events",
            {"token": "secret", "include_events": "NONE"},
            [
                {"event": "active_loop", "name": None},
                {"event": "slot", "name": "requested_slot", "value": None},
            ],
        ),
    ]


@pytest.mark.parametrize("mood", ["slow", "error", "garbage"])
async def test_a_rasa_that_is_slow_broken_or_mad_is_unavailable_and_no_words_are_in_the_error(
    rasa: SmallRasa, over_http: RasaBot, mood: str
) -> None:
    rasa.mood = mood
    with pytest.raises(BotUnavailable) as caught:
        await over_http.turn("c1", "m1", WORDS)
    assert WORDS not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_a_rasa_that_is_not_there_or_refuses_the_token_is_unavailable(rasa: SmallRasa) -> None:
    for bot in (RasaBot("http://127.0.0.1:9", timeout=0.3), RasaBot(rasa.url, "wrong", timeout=0.3)):
        with pytest.raises(BotUnavailable):
            await bot.turn("c1", "m1", "你好")
        await bot.close()
    absent = RasaBot("http://127.0.0.1:9", timeout=0.3)
    assert not await absent.healthy()
    await absent.close()


async def test_a_scripted_bot_that_is_switched_off_is_unavailable() -> None:
    bot = ScriptedBot()
    bot.up = False
    assert not await bot.healthy()
    with pytest.raises(BotUnavailable):
        await bot.turn("c1", "m1", "你好")
    with pytest.raises(BotUnavailable):
        await bot.reset("c1", None)
