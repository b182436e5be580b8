"""A bot of our own, on a free port, for as long as something runs that needs one."""

from __future__ import annotations

import secrets

import httpx

from core.settings import Settings
from runtime import rasa
from runtime.processes import Supervisor, free_port

#: Loading TensorFlow and the model, on a slow machine.
_READY_SECONDS = 180


class OwnBot:
    """Use as a context manager. `base` and `token` are what a client needs."""

    def __init__(self, settings: Settings, action_url: str) -> None:
        """`action_url`: what answers its actions, to whoever shows `token` in X-Banzhen-Token."""
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.token = secrets.token_urlsafe(24)
        log = settings.home / "logs" / f"bot-{port}.log"
        self._program = rasa.bot_program(
            settings, port=port, action_url=action_url, token=self.token, log=log
        )
        self._programs = Supervisor(lambda _: None)

    def __enter__(self) -> OwnBot:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._program.log.unlink(missing_ok=True)

    def start(self) -> None:
        """Start it and wait until it answers. Raises BanzhenError if it does not."""
        self._programs.start(self._program)
        self._programs.wait_until(self._program.name, self._answers, _READY_SECONDS)

    def stop(self) -> None:
        self._programs.stop()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._programs.kill()

    def _answers(self) -> bool:
        try:
            answer = httpx.get(
                f"{self.base}/status", params={"token": self.token}, timeout=5, trust_env=False
            )
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK
