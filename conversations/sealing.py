"""Encrypted JSON columns: a patient's words never lie in the database in clear."""

from __future__ import annotations

import json
from typing import Any

from core.crypto import FieldCipher


class Seal:
    """Turns values into encrypted column text and back."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def text(self, value: str) -> str:
        return self._cipher.encrypt(value)

    def open_text(self, stored: str) -> str:
        return self._cipher.decrypt(stored)

    def data(self, value: Any) -> str:
        return self._cipher.encrypt(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def open_data(self, stored: str | None) -> Any:
        """None for an empty column."""
        return None if stored is None else json.loads(self._cipher.decrypt(stored))

    def index(self, channel: str, address: str) -> str:
        """Look-up key of an address; the channel is part of it, so equal addresses do not show as equal."""
        return self._cipher.blind_index(f"{channel}\n{address}")
