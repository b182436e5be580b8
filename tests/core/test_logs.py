"""What reaches the log: places and types, never the words of a person."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog

from core.clock import FixedClock
from core.database import Database
from core.logs import LibraryLine, configure
from patients.tables import PatientRow

SECRET = "我胸口疼，我叫方晓禾"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Logs as a process has them; gives the lines written so far."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure()
    yield lambda: out.getvalue().splitlines()
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def _fail() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        raise RuntimeError(SECRET) from error


def test_an_error_is_logged_with_its_place_and_cause_but_not_its_words(
    written: Callable[[], list[str]],
) -> None:
    try:
        _fail()
    except RuntimeError as error:
        structlog.get_logger().error("unexpected error", exc_info=error)
        structlog.get_logger().exception("the same, from inside")
    lines = written()
    assert len(lines) == 2
    for line in lines:
        told = json.loads(line)
        assert SECRET not in line
        assert "RuntimeError" in told["exception"]
        assert "ValueError" in told["exception"]
        assert "in _fail" in told["exception"]


def test_what_libraries_log_is_held_to_the_same_rule(written: Callable[[], list[str]]) -> None:
    log = logging.getLogger("some.library")
    log.info("not worth a line")
    try:
        _fail()
    except RuntimeError:
        log.exception("Exception in ASGI application, phone %s", "13812345678")
    (line,) = written()
    assert SECRET not in line
    assert "13812345678" not in line
    assert json.loads(line)["logger"] == "some.library"


def test_a_line_of_a_library_without_an_error_is_plain() -> None:
    record = logging.LogRecord("apscheduler", logging.WARNING, __file__, 1, "late by %s", ("2 s",), None)
    told = json.loads(LibraryLine().format(record))
    assert (told["event"], told["level"]) == ("late by 2 s", "warning")
    assert "exception" not in told


def test_an_error_of_the_database_does_not_quote_the_row(database: Database, clock: FixedClock) -> None:
    with pytest.raises(Exception, match="patient") as error, database.session() as session:
        session.add(PatientRow(id=None, name_enc=None, sex=SECRET, birth_date=None))
        session.flush()
    assert SECRET not in str(error.value)
