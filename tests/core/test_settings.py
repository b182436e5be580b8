"""A broken settings file gets one line that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import BanzhenError
from core.settings import load_settings


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "settings.toml"
    monkeypatch.setenv("BANZHEN_SETTINGS", str(file))
    monkeypatch.delenv("BANZHEN_PORT", raising=False)
    return file


def test_the_file_sets_and_the_environment_wins(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_file.write_text("port = 8100\ndemo = true\n", encoding="utf-8")
    assert (load_settings().port, load_settings().demo) == (8100, True)
    monkeypatch.setenv("BANZHEN_PORT", "8200")
    assert load_settings().port == 8200
    assert load_settings(port=8300).port == 8300


def test_without_a_file_the_defaults_hold(settings_file: Path) -> None:
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("port = \n", "TOML"),
        ("port = 99999\n", "port"),
        ("prot = 8000\n", "prot"),
        ('sms = "pigeon"\n', "sms"),
        ("tick_seconds = -1\n", "tick_seconds"),
    ],
)
def test_a_broken_file_is_told_in_one_line_with_its_cause(
    settings_file: Path, content: str, named: str
) -> None:
    settings_file.write_text(content, encoding="utf-8")
    with pytest.raises(BanzhenError) as error:
        load_settings()
    assert named in error.value.message
    assert str(settings_file) in error.value.message
    assert "Traceback" not in error.value.message
