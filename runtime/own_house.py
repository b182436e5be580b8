"""A demonstration of one's own, on free ports with a fresh database: for browser tests and benchmarks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import BanzhenError
from core.settings import ROOT
from runtime.processes import free_port

_START_SECONDS = 240
_STOP_SECONDS = 30


@dataclass(frozen=True)
class House:
    """A running demonstration."""

    base: str
    #: User name → password, as printed once.
    accounts: dict[str, str]
    process: subprocess.Popen[str]
    environment: dict[str, str]


@contextmanager
def own_house(folder: Path) -> Iterator[House]:
    """`./banzhen up --demo` as a stranger starts it, for as long as the block runs; its data is in `folder`.

    Raises BanzhenError with what it printed if it does not start.
    """
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
    try:
        printed = _read_until_started(process)
        accounts = dict(re.findall(r"用户名 (\S+)\s+密码 (\S+)", printed))
        yield House(f"http://127.0.0.1:{port}", accounts, process, environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_STOP_SECONDS)
        if process.stderr is not None:
            process.stderr.close()


def _read_until_started(process: subprocess.Popen[str]) -> str:
    lines: list[str] = []
    timer = threading.Timer(_START_SECONDS, process.kill)
    timer.start()
    try:
        for line in process.stderr or ():
            lines.append(line)
            if "Ctrl-C" in line:
                # Somebody must go on reading, or the program would wait for us.
                threading.Thread(target=lambda: list(process.stderr or ()), daemon=True).start()
                return "".join(lines)
    finally:
        timer.cancel()
    raise BanzhenError("did_not_start", "演示没能启动：\n" + "".join(lines))
