"""The whole house as a stranger starts it, and a browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.settings import ROOT, load_settings
from runtime import rasa
from runtime.processes import free_port
from tests.conftest import require

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_START_SECONDS = 240
#: Where screenshots are kept when somebody wants to look at them.
_SHOTS = os.environ.get("BANZHEN_SCREENSHOTS")


@dataclass(frozen=True)
class House:
    """A running demonstration."""

    base: str
    #: User name → password, as printed once.
    accounts: dict[str, str]
    process: subprocess.Popen[str]
    environment: dict[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`./banzhen up --demo` on free ports with a fresh database."""
    settings = load_settings()
    require(_CHROMIUM is not None, "Chromium is not installed")
    require(
        settings.model_file.exists() and rasa.bot_python(settings).exists(),
        "the bot's environment or model is missing: run the tests by ./banzhen test",
    )
    folder = tmp_path_factory.mktemp("house")
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "BANZHEN_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "BANZHEN_KEYS_FILE": str(folder / "keys.json"),
        "BANZHEN_BOT_PORT": str(free_port()),
        "BANZHEN_TICK_SECONDS": "0.5",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "up", "--demo", "--port", str(port)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    printed = _read_until_started(process)
    accounts = dict(re.findall(r"用户名 (\S+)\s+密码 (\S+)", printed))
    yield House(f"http://127.0.0.1:{port}", accounts, process, environment)
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    finally:
        process.stderr.close() if process.stderr else None


def _read_until_started(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    lines: list[str] = []
    timer = threading.Timer(_START_SECONDS, process.kill)
    timer.start()
    try:
        for line in process.stderr:
            lines.append(line)
            if "Ctrl-C" in line:
                # Somebody must go on reading, or the program would wait for us.
                threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()
                return "".join(lines)
    finally:
        timer.cancel()
    raise AssertionError("the house did not start:\n" + "".join(lines))


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    # Of a module, not of the session: Playwright keeps an event loop in this thread while it runs, and no
    # other test could then start one.
    from playwright.sync_api import sync_playwright

    require(_CHROMIUM is not None, "Chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=[
                "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        )  # fmt: skip
        yield opened
        opened.close()


def shoot(page: object, name: str) -> None:
    """Keep a screenshot if a folder for them is named."""
    if _SHOTS:
        folder = Path(_SHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png")  # type: ignore[attr-defined]
