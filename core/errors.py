"""The one exception root, and the value that says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class BanzhenError(Exception):
    """Root of every error that this project raises on purpose.

    `code` is a stable ASCII word for callers; `message` is Chinese and safe to show to a patient or nurse.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule said no: an ordinary outcome, not an error. `code` picks the sentence that the patient sees."""

    code: str
    detail: Mapping[str, str] = field(default_factory=dict)
