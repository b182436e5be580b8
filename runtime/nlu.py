"""What the bot's classifier understands, without a dialogue."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from core.settings import Settings
from runtime import rasa
from runtime.processes import Supervisor, free_port

#: Loading TensorFlow and the model, on a slow machine.
BOT_SECONDS = 180


@contextmanager
def running_bot(settings: Settings, action_url: str) -> Iterator[tuple[str, str]]:
    """A bot of our own for as long as the block runs; gives its address and token."""
    port, token = free_port(), secrets.token_urlsafe(24)
    program = rasa.bot_program(
        settings,
        port=port,
        action_url=action_url,
        token=token,
        log=settings.home / "logs" / f"bot-{port}.log",
    )
    base = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        try:
            answer = httpx.get(f"{base}/status", params={"token": token}, timeout=5, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    with Supervisor(lambda _: None) as programs:
        programs.start(program)
        programs.wait_until("bot", ready, BOT_SECONDS)
        try:
            yield base, token
        finally:
            program.log.unlink(missing_ok=True)


@contextmanager
def parser(settings: Settings) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """A function from `{"id","text"}` to `{"id","intent","confidence","entities"}`."""
    with (
        running_bot(settings, action_url="http://127.0.0.1:9/unused") as (base, token),
        httpx.Client(base_url=base, params={"token": token}, timeout=30, trust_env=False) as client,
    ):

        def parse(row: dict[str, Any]) -> dict[str, Any]:
            answer = client.post("/model/parse", json={"text": str(row.get("text") or "")})
            answer.raise_for_status()
            parsed = answer.json()
            return {
                "id": row.get("id"),
                "intent": parsed["intent"]["name"],
                "confidence": parsed["intent"]["confidence"],
                "entities": parsed["entities"],
            }

        yield parse
