"""`./banzhen up`: bot, service and worker together, watched until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping

import httpx
from rich.console import Console

from core.errors import BanzhenError
from core.migrate import upgrade
from core.settings import Settings, load_cipher
from runtime import rasa
from runtime.demo import seed_demo
from runtime.house import open_house
from runtime.processes import Program, Supervisor, reachable, require_free_port
from runtime.staff import first_administrator

_BOT_SECONDS = 180
_SERVICE_SECONDS = 60

console = Console(stderr=True, highlight=False)


def run_all(settings: Settings) -> None:
    """Prepare the database, start everything, print the addresses, and stay until Ctrl-C."""
    started = time.monotonic()
    # A stop by a service manager and a closed terminal end like Ctrl-C, and Ctrl-C works where a shell has
    # switched it off.
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.default_int_handler)
    require_free_port(settings.host, settings.port, "--port")
    require_free_port("127.0.0.1", settings.bot_port, "环境变量 BANZHEN_BOT_PORT")
    load_cipher(settings)
    _step("准备数据库")
    upgrade(settings.url)
    if settings.demo:
        accounts = seed_demo(open_house(settings))
    else:
        accounts = first_administrator(settings, seen=console.is_terminal)
    logs = settings.home / "logs"
    shared = _environment(settings)
    try:
        with Supervisor(lambda line: console.print(f"[yellow]{line}[/]")) as programs:
            _step("启动对话引擎（约十几秒）")
            programs.start(bot_program(settings))
            _step("启动服务和定时任务")
            for name in ("serve", "worker"):
                command = [sys.executable, "-m", "cli", name]
                programs.start(Program(name, command, shared, logs / f"{name}.log"))
            base = f"http://{reachable(settings.host)}:{settings.port}"
            programs.wait_until("serve", lambda: _answers(f"{base}/healthz"), _SERVICE_SECONDS)
            programs.wait_until("bot", lambda: _answers(f"{base}/readyz"), _BOT_SECONDS)
            _greet(base, accounts, settings, time.monotonic() - started)
            programs.watch()
    except KeyboardInterrupt:
        console.print("\n已停止。")


def run_bot(settings: Settings) -> None:
    """Only the bot, in the foreground."""
    program = bot_program(settings)
    os.execve(program.command[0], list(program.command), {**os.environ, **program.environment})


def bot_program(settings: Settings) -> Program:
    if not settings.model_file.exists():
        raise BanzhenError("no_model", "还没有训练好的对话模型，请先运行 ./banzhen train。")
    action_url = f"http://127.0.0.1:{settings.port}/actions/webhook"
    return rasa.bot_program(
        settings,
        port=settings.bot_port,
        action_url=action_url,
        token=settings.bot_token,
        log=settings.home / "logs" / "bot.log",
    )


def _environment(settings: Settings) -> Mapping[str, str]:
    """The settings that the command line or chance decided, for the programs we start."""
    return {
        "BANZHEN_PORT": str(settings.port),
        "BANZHEN_DEMO": str(settings.demo).lower(),
        "BANZHEN_BOT_TOKEN": settings.bot_token,
    }


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _step(text: str) -> None:
    console.print(f"[dim]伴诊[/] {text} …")


def _greet(base: str, accounts: list[str], settings: Settings, seconds: float) -> None:
    console.print(f"\n[bold green]伴诊已启动[/]（{seconds:.0f} 秒）")
    console.print(f"  患者对话   {base}/chat")
    console.print(f"  护士工作台 {base}/console")
    console.print(f"  接口文档   {base}/docs")
    if settings.demo:
        console.print(f"  演示面板   {base}/demo  （拨快时钟、查看模拟短信）")
    if accounts:
        console.print("\n演示账号（只显示这一次）：" if settings.demo else "\n工作台账号：")
        for line in accounts:
            console.print(f"  {line}")
    console.print("\n按 Ctrl-C 停止。")
