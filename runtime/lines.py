"""Files in and rows out, for the commands that answer line by line. A bad line is answered, never fatal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.errors import BanzhenError

Row = dict[str, Any]


def read_bytes(file: Path) -> bytes:
    """A file's content. Raises BanzhenError with one line if it cannot be read."""
    if not file.is_file():
        raise BanzhenError("no_file", f"找不到文件 {file}。")
    try:
        return file.read_bytes()
    except OSError as error:
        raise BanzhenError("unreadable", f"读不了文件 {file}（{error.strerror}），请检查权限。") from error


def write_bytes(file: Path, data: bytes) -> None:
    """Write a file. Raises BanzhenError with one line if that is not possible."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise BanzhenError(
            "unwritable", f"写不了文件 {file}（{error.strerror}），请检查目录、权限和磁盘空间。"
        ) from error


def lines(file: Path) -> Iterator[str]:
    """The lines of a UTF-8 file; of standard input, as they come, for `-`."""
    if str(file) == "-":
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        yield from sys.stdin
        return
    try:
        # Not splitlines(): JSON may hold other line separators inside a text.
        yield from read_bytes(file).decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BanzhenError("encoding", f"文件 {file} 不是 UTF-8 编码，请转换后再试。") from error


def answer_rows(file: Path, answer: Callable[[Row], Row]) -> None:
    """Answer each JSON object of a file with one printed line."""
    for number, line in enumerate(lines(file), 1):
        if line.strip():
            print_row(_answered(number, line, answer))


def _answered(number: int, line: str, answer: Callable[[Row], Row]) -> Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return {"id": None, "error": f"第 {number} 行不是有效的 JSON：{error.msg}"}
    except (ValueError, RecursionError):
        return {"id": None, "error": f"第 {number} 行的 JSON 读不了：数字太大或嵌套太深"}
    if not isinstance(row, dict):
        return {"id": None, "error": f"第 {number} 行不是 JSON 对象"}
    return answer(row)


def print_row(row: Row) -> None:
    """One line of JSON, flushed; half characters that no encoding takes become question marks."""
    line = json.dumps(row, ensure_ascii=False)
    print(line.encode("utf-8", "replace").decode("utf-8"), flush=True)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function (done, of how many) that shows a bar on standard error."""
    bar = Progress(
        TextColumn(f"伴诊 {what}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
