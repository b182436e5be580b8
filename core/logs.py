"""Logs: one JSON object a line, with ids and codes only. A patient's words never go into a log."""

from __future__ import annotations

import json
import logging
import sys
import traceback

import structlog

from core.clock import SystemClock
from core.masking import mask_text


def configure(level: int = logging.INFO) -> None:
    """Set up the logs of this process, our own from `level` up and warnings of libraries: standard error."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamp,
            _place,
            _mask,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(LibraryLine())
    logging.basicConfig(handlers=[libraries], level=logging.WARNING, force=True)


def place_of(error: BaseException | None) -> str:
    """Where an error and its causes arose, and their types. Not their messages: these may quote a patient."""
    lines: list[str] = []
    while error is not None:
        lines += [*traceback.format_tb(error.__traceback__), type(error).__name__]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(line.rstrip() for line in lines)


class LibraryLine(logging.Formatter):
    """The same line for what libraries log, such as uvicorn's "Exception in ASGI application"."""

    def format(self, record: logging.LogRecord) -> str:
        event: structlog.typing.EventDict = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
        }
        if record.exc_info:
            event["exc_info"] = record.exc_info
        for step in (_stamp, _place, _mask):
            event = step(None, "", event)
        return json.dumps(event, ensure_ascii=False, default=str)


def _stamp(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["at"] = SystemClock().now().isoformat(timespec="milliseconds")
    return event


def _place(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    told = event.pop("exc_info", None)
    if told:
        error = told[1] if isinstance(told, tuple) else told
        event["exception"] = place_of(error if isinstance(error, BaseException) else sys.exc_info()[1])
    return event


def _mask(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    # A last net: ids are no phone numbers, and what looks like one is hidden.
    return {key: mask_text(value) if isinstance(value, str) else value for key, value in event.items()}
