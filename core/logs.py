"""Logs: one JSON object a line, with ids and codes only. A patient's words never go into a log."""

from __future__ import annotations

import logging
import sys

import structlog

from core.clock import SystemClock
from core.masking import mask_text


def configure(level: int = logging.INFO) -> None:
    """Set up structlog for this process: to standard error, from `level` up."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamp,
            structlog.processors.format_exc_info,
            _mask,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        cache_logger_on_first_use=True,
    )


def _stamp(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["at"] = SystemClock().now().isoformat(timespec="milliseconds")
    return event


def _mask(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    # A last net: ids are no phone numbers, and what looks like one is hidden.
    return {key: mask_text(value) if isinstance(value, str) else value for key, value in event.items()}
