"""Programs run together: what ends is started again, and nothing outlives a stop."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import BanzhenError
from core.settings import load_settings
from runtime import rasa
from runtime.processes import Program, Supervisor, free_port, require_free_port

#: Says its process id, then sleeps; "child" starts one of its own first.
_SLEEPER = """
import os, subprocess, sys, time
if "child" in sys.argv:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print("child", child.pid, flush=True)
print("pid", os.getpid(), flush=True)
time.sleep(600)
"""


def _program(folder: Path, name: str, *words: str) -> Program:
    return Program(name, [sys.executable, "-c", _SLEEPER, *words], {}, folder / f"{name}.log")


def _pids(program: Program, word: str = "pid") -> list[int]:
    if not program.log.exists():
        return []
    lines = program.log.read_text(encoding="utf-8").splitlines()
    return [int(line.split()[1]) for line in lines if line.startswith(f"{word} ")]


def _wait(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A dead child of ours is not gone before we have looked at it.
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def programs(heard: list[str]) -> Iterator[Supervisor]:
    with Supervisor(heard.append, first_wait=0.5) as opened:
        yield opened


def _watch(programs: Supervisor) -> None:
    threading.Thread(target=programs.watch, daemon=True).start()


def test_a_program_that_is_killed_is_started_again_and_again(
    tmp_path: Path, programs: Supervisor, heard: list[str]
) -> None:
    crashing, steady = _program(tmp_path, "crashing"), _program(tmp_path, "steady")
    programs.start(crashing)
    programs.start(steady)
    _watch(programs)
    for times in (1, 2, 3):
        _wait(lambda times=times: len(_pids(crashing)) == times)  # type: ignore[misc]
        os.kill(_pids(crashing)[-1], signal.SIGKILL)
        _wait(lambda times=times: len(heard) == times)  # type: ignore[misc]
    _wait(lambda: len(_pids(crashing)) == 4)
    assert len(_pids(steady)) == 1
    assert all("crashing 意外退出（代码 -9）" in line for line in heard)


def test_a_stop_leaves_no_process_not_even_grandchildren(tmp_path: Path) -> None:
    program = _program(tmp_path, "family", "child")
    with Supervisor(lambda _: None) as programs:
        programs.start(program)
        _wait(lambda: bool(_pids(program)))
        left = _pids(program) + _pids(program, "child")
        assert all(_alive(pid) for pid in left)
    _wait(lambda: not any(_alive(pid) for pid in left))


def test_a_program_that_cannot_start_is_named_with_its_last_words(
    tmp_path: Path, programs: Supervisor
) -> None:
    broken = Program("broken", [sys.executable, "-c", "raise SystemExit('no disk')"], {}, tmp_path / "b.log")
    programs.start(broken)
    with pytest.raises(BanzhenError, match="no disk"):
        programs.wait_until("broken", lambda: False, 30)


def test_a_busy_port_is_told_with_the_option_to_change_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BanzhenError) as refused:
            require_free_port("127.0.0.1", port, "--port")
    assert f"端口 {port} 已被占用" in refused.value.message
    assert "--port" in refused.value.message
    require_free_port("127.0.0.1", free_port(), "--port")


def test_the_bots_token_is_in_no_list_of_processes_and_in_no_address(tmp_path: Path) -> None:
    program = rasa.bot_program(
        load_settings(home=tmp_path), port=5005, action_url="http://a", token="-abc", log=tmp_path / "bot.log"
    )
    assert not any("-abc" in word for word in program.command)
    assert program.environment["BANZHEN_BOT_TOKEN"] == "-abc"
    assert "-abc" not in program.environment["BANZHEN_ACTION_URL"]
