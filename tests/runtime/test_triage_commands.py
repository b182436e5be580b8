"""What a hospital sets for triage: the rules it chooses."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import cli
import triage
from core.knowledge import KnowledgeError
from hospital import EXAMPLE

_RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, a home folder and a hospital of the test's own."""
    monkeypatch.setenv("BANZHEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BANZHEN_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("BANZHEN_SETTINGS", str(tmp_path / "settings.toml"))
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "house"))
    monkeypatch.setenv("BANZHEN_HOSPITAL", str(folder))
    return folder


@pytest.fixture(autouse=True, scope="module")
def loaded_once() -> Iterator[None]:
    """Knowledge takes seconds to load; the commands of this file share one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(triage, "load", functools.cache(triage.load))
        yield


def run(*words: str) -> Any:
    return _RUNNER.invoke(cli.app, list(words), catch_exceptions=True)


def choose(folder: Path, line: str) -> None:
    file = folder / "hospital.yml"
    text = file.read_text(encoding="utf-8")
    assert "    reports: checkup\n" in text
    file.write_text(text.replace("    reports: checkup\n", f"    {line}\n"), encoding="utf-8")


def test_the_hospitals_choice_decides_where_triage_sends_people(own_house: Path) -> None:
    def first() -> str:
        answer = json.loads(run("triage", "我痛风又犯了").stdout)
        return str(answer["departments"][0]["name"])

    choose(own_house, "gout: standard")
    assert first() == "风湿免疫科"
    file = own_house / "hospital.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("gout: standard", "gout: endocrine"), encoding="utf-8"
    )
    assert first() == "内分泌科"


def test_the_rules_are_listed_with_what_is_chosen() -> None:
    told = run("rules").stdout
    assert "gout：痛风先看哪个科\n  ● standard" in told
    assert "● checkup：到健康管理科解读" in told


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("gouty: endocrine", "no such group"),
        ("gout: heart", "heart is no option of this group; it has standard"),
    ],
)
def test_a_wrong_choice_is_refused_with_file_and_line(own_house: Path, line: str, message: str) -> None:
    choose(own_house, line)
    result = run("check")
    assert isinstance(result.exception, KnowledgeError)
    [fault] = result.exception.faults
    assert message in fault.message
    assert line in fault.file.read_text(encoding="utf-8").splitlines()[fault.line - 1]
