"""The whole house as a stranger starts it, and a browser in front of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import load_settings
from runtime import rasa
from runtime.own_house import House, own_house
from tests.conftest import require

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: Where screenshots are kept when somebody wants to look at them.
_SHOTS = os.environ.get("BANZHEN_SCREENSHOTS")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`./banzhen up --demo` on free ports with a fresh database."""
    settings = load_settings()
    require(_CHROMIUM is not None, "Chromium is not installed")
    require(
        settings.model_file.exists() and rasa.bot_python(settings).exists(),
        "the bot's environment or model is missing: run the tests by ./banzhen test",
    )
    with own_house(tmp_path_factory.mktemp("house")) as running:
        yield running


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
