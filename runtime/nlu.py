"""What the bot's classifier understands, without a dialogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from core.settings import Settings
from runtime.own_bot import OwnBot

#: Nothing is called while only parsing.
_NO_ACTIONS = "http://127.0.0.1:9/unused"


@contextmanager
def parser(settings: Settings) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """A function from `{"id","text"}` to `{"id","intent","confidence","entities"}`."""
    with (
        OwnBot(settings, _NO_ACTIONS) as bot,
        httpx.Client(base_url=bot.base, params={"token": bot.token}, timeout=30, trust_env=False) as client,
    ):

        def parse(row: dict[str, Any]) -> dict[str, Any]:
            text = row.get("text")
            if not isinstance(text, str):
                return {"id": row.get("id"), "error": "text：没有填，或不是文字"}
            answer = client.post("/model/parse", json={"text": text})
            answer.raise_for_status()
            parsed = answer.json()
            return {
                "id": row.get("id"),
                "intent": parsed["intent"]["name"],
                "confidence": parsed["intent"]["confidence"],
                "entities": parsed["entities"],
            }

        yield parse
