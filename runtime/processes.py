"""Running several programs as one: start, watch, restart after a crash, stop all at Ctrl-C."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import BanzhenError

#: A program that was asked to stop is killed after this time, seconds.
_STOP_SECONDS = 10
#: Waits before a restart grow to this, seconds.
_LONGEST_WAIT = 30.0
_LOOK_SECONDS = 0.3
#: What has run for so long is taken for healthy: its next crash counts as the first, seconds.
_STEADY_SECONDS = 60.0
_TAKEN = {errno.EADDRINUSE: "已被占用", errno.EACCES: "需要更高的权限才能使用"}


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path


def require_free_port(host: str, port: int, option: str) -> None:
    """Raises BanzhenError with one line that says what to do if the port is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            cause = _TAKEN.get(error.errno or 0, f"无法使用（{error.strerror}）")
            raise BanzhenError(
                "port_taken", f"端口 {port} {cause}。请关闭占用它的程序，或用 {option} 换一个端口。"
            ) from error


def reachable(host: str) -> str:
    """The address under which a server bound to `host` answers on this machine."""
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Supervisor:
    """Keeps programs running until `stop`. Use as a context manager."""

    def __init__(self, report: Callable[[str], None], *, first_wait: float = 1.0) -> None:
        """`report` hears a line for people. `first_wait`: seconds before the first restart of a program."""
        self._report = report
        self._first_wait = first_wait
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._programs: dict[str, Program] = {}
        self._failures: dict[str, int] = {}
        self._restart_at: dict[str, float] = {}
        self._started_at: dict[str, float] = {}

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, program: Program) -> None:
        program.log.parent.mkdir(parents=True, exist_ok=True)
        self._programs[program.name] = program
        self._started_at[program.name] = time.monotonic()
        with program.log.open("ab") as log:
            # A session of its own: a Ctrl-C in the terminal reaches only us, and we stop each in order.
            self._running[program.name] = subprocess.Popen(
                program.command,
                env={**os.environ, **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        """Wait for a program's readiness. Raises BanzhenError if it ends or does not get ready in time."""
        deadline = time.monotonic() + seconds
        while not ready():
            program = self._programs[name]
            if self._running[name].poll() is not None:
                raise BanzhenError(
                    "did_not_start", f"{name} 没能启动，原因见 {program.log}：{_last_line(program.log)}"
                )
            if time.monotonic() > deadline:
                raise BanzhenError(
                    "did_not_start", f"{name} 在 {seconds:.0f} 秒内没有就绪，详情见 {program.log}。"
                )
            time.sleep(_LOOK_SECONDS)

    def watch(self) -> None:
        """Restart whatever ends, waiting longer after each failure, until KeyboardInterrupt."""
        while True:
            for name, process in list(self._running.items()):
                now = time.monotonic()
                if process.poll() is None:
                    if now - self._started_at[name] > _STEADY_SECONDS:
                        self._failures.pop(name, None)
                elif name not in self._restart_at:
                    failures = self._failures[name] = self._failures.get(name, 0) + 1
                    wait = min(self._first_wait * 2.0 ** (failures - 1), _LONGEST_WAIT)
                    self._restart_at[name] = now + wait
                    self._report(f"{name} 意外退出（代码 {process.returncode}），{wait:.0f} 秒后自动重启。")
                elif now >= self._restart_at[name]:
                    del self._restart_at[name]
                    self.start(self._programs[name])
            time.sleep(_LOOK_SECONDS)

    def kill(self) -> None:
        """End everything at once, as a crash would."""
        for process in self._running.values():
            _signal(process, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def stop(self) -> None:
        """Ask everything to end, and kill what does not."""
        for process in self._running.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        self._running.clear()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        # The whole group: Rasa's server has children of its own.
        os.killpg(process.pid, number)


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "（没有输出）")
