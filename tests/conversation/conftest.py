"""The real bot and the real pipeline, started once for all conversation tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from core.settings import Settings, load_settings
from runtime import rasa
from runtime.talk import Line, Stage, open_stage
from tests.conftest import require

#: A Monday morning, in the script's own words.
NOW = "2026-11-23T09:00:00+08:00"


@pytest.fixture(scope="session")
def settings() -> Settings:
    found = load_settings(bot_token="test-token")
    require(
        found.model_file.exists() and rasa.bot_python(found).exists(),
        "the bot's environment or model is missing: run the tests by ./banzhen test",
    )
    return found


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as loop:
        yield loop


@pytest.fixture(scope="session")
def stage(settings: Settings, runner: asyncio.Runner) -> Iterator[Stage]:
    with open_stage(settings) as opened:
        yield opened


class Talker:
    """One scripted conversation: say something, get the last row."""

    def __init__(self, stage: Stage, runner: asyncio.Runner, talk_id: str, **opening: Any) -> None:
        self.stage, self.id = stage, talk_id
        self._runner = runner
        self.rows: list[dict[str, Any]] = []
        self._play(Line.model_validate({"id": talk_id, "now": NOW, **opening}))

    def say(self, *texts: str) -> dict[str, Any]:
        """Say each text; gives the row of the last."""
        self._play(Line(id=self.id, turns=list(texts)))
        return self.rows[-1]

    def _play(self, line: Line) -> None:
        self._runner.run(self.stage.play(line, self.rows.append))


def words(row: dict[str, Any]) -> str:
    """All that was said in a turn, buttons included."""
    parts = [reply["text"] for reply in row["replies"]]
    parts += [button["title"] for reply in row["replies"] for button in reply["buttons"]]
    return "\n".join(parts)


def buttons(row: dict[str, Any]) -> list[str]:
    return [button["title"] for reply in row["replies"] for button in reply["buttons"]]


@pytest.fixture
def talk(stage: Stage, runner: asyncio.Runner, request: pytest.FixtureRequest) -> Any:
    """Opens conversations: `talk(person=None)`, `talk(world={…})`; each call is a conversation of its own."""
    count = iter(range(1000))

    def opened(**opening: Any) -> Talker:
        return Talker(stage, runner, f"{request.node.nodeid}-{next(count)}"[-100:], **opening)

    return opened
