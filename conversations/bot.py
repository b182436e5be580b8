"""The bot behind a port: Rasa over HTTP, and a scripted twin for tests and for work on other rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from conversations.model import BotUnavailable

#: A turn that takes longer than this is given up, seconds: the patient is waiting.
TURN_TIMEOUT = 5.0


class RasaBot:
    """Rasa's REST channel for turns and its tracker endpoint for putting a form back in step."""

    def __init__(self, base_url: str, token: str | None = None, timeout: float = TURN_TIMEOUT) -> None:
        """`token`: the value of Rasa's `--auth-token`; None if it has none."""
        self._params = {} if token is None else {"token": token}
        self._client = httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False)

    async def turn(self, conversation_id: str, message_id: str, text: str) -> list[str]:
        # Rasa takes what begins with a slash for a command of its own (/restart); a patient has none.
        plain = text.strip()
        said = f"／{plain[1:]}" if plain.startswith("/") else plain
        body = {"sender": conversation_id, "message": said, "metadata": {"message_id": message_id}}
        answers = await self._post("/webhooks/rest/webhook", body)
        if not isinstance(answers, list):
            raise BotUnavailable("Rasa's answer is not a list")
        lines = [answer.get("text") for answer in answers if isinstance(answer, Mapping)]
        return [line for line in lines if isinstance(line, str) and line]

    async def reset(self, conversation_id: str, loop: str | None) -> None:
        asked = None if loop is None else f"{loop.removesuffix('_form')}_answer"
        events = [
            {"event": "active_loop", "name": loop},
            {"event": "slot", "name": "requested_slot", "value": asked},
        ]
        # Without include_events Rasa would send the whole conversation back.
        await self._post(f"/conversations/{conversation_id}/tracker/events", events, include_events="NONE")

    async def healthy(self) -> bool:
        """True if Rasa answers and has a model loaded."""
        try:
            answer = await self._client.get("/status", params=self._params)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, path: str, body: Any, **params: str) -> Any:
        try:
            answer = await self._client.post(path, params={**self._params, **params}, json=body)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            # Not chained: an HTTP error can carry the request, and with it the patient's words.
            raise BotUnavailable(type(error).__name__) from None


Script = Callable[[str, str, str], Awaitable[Sequence[str]]]


class ScriptedBot:
    """An in-memory bot: says what a function of (conversation, message, text) gives, and remembers calls."""

    def __init__(self, script: Script | None = None) -> None:
        """Without a script it repeats the text."""
        self._script = script
        #: (conversation, message, text) of every turn, in order.
        self.turns: list[tuple[str, str, str]] = []
        #: (conversation, loop) of every reset, in order.
        self.resets: list[tuple[str, str | None]] = []
        #: While False, every call raises BotUnavailable.
        self.up = True

    async def turn(self, conversation_id: str, message_id: str, text: str) -> Sequence[str]:
        self._check()
        self.turns.append((conversation_id, message_id, text))
        if self._script is None:
            return [text]
        return await self._script(conversation_id, message_id, text)

    async def reset(self, conversation_id: str, loop: str | None) -> None:
        self._check()
        self.resets.append((conversation_id, loop))

    async def healthy(self) -> bool:
        return self.up

    def _check(self) -> None:
        if not self.up:
            raise BotUnavailable("switched off")
