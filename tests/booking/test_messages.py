"""Every refusal has a sentence, and every placeholder in a sentence is filled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import booking
import patients
from core.errors import Refusal

CODE = re.compile(r'Refusal\(\s*"(?P<code>[a-z_]+)"')
ROOMS = {"booking": booking, "patients": patients}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_code_of_a_room_has_words(room: str) -> None:
    folder = Path(str(ROOMS[room].__file__)).parent
    codes = {
        match["code"]
        for file in folder.glob("*.py")
        for match in CODE.finditer(file.read_text(encoding="utf-8"))
    }
    assert len(codes) > 10
    wordless = [
        code for code in codes if not any(face.refusal_text(Refusal(code)) for face in ROOMS.values())
    ]
    assert wordless == []


def test_words_of_another_room_are_not_ours() -> None:
    assert booking.refusal_text(Refusal("name_unclear")) is None
    assert patients.refusal_text(Refusal("sold_out")) is None


def test_details_are_filled_in() -> None:
    text = booking.refusal_text(Refusal("too_far_ahead", {"days": "15"}))
    assert text is not None
    assert "15天" in text
