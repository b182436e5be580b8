"""What the assistant says: every sentence exists, is used, and keeps to what it may say."""

from __future__ import annotations

import re
from pathlib import Path

from actions.phrases import has_phrase, phrase
from tests import loaded

ACTIONS = Path(__file__).resolve().parents[2] / "actions"
PHRASES = loaded.document(ACTIONS / "phrases.yml")
KEYS = {f"{topic}.{name}" for topic, sentences in PHRASES.items() for name in sentences}
CODE = "\n".join(file.read_text(encoding="utf-8") for file in sorted(ACTIONS.glob("*.py")))


def test_every_sentence_that_the_code_names_exists() -> None:
    topics = "|".join(PHRASES)
    named = set(re.findall(rf'"((?:{topics})\.[a-z_]+)"', CODE))
    assert named <= KEYS


def test_no_sentence_is_left_over() -> None:
    topics = "|".join(PHRASES)
    named = set(re.findall(rf'"((?:{topics})\.[a-z_]+)"', CODE))
    stems = tuple(re.findall(rf'f"((?:{topics})\.[a-z_]*)\{{', CODE))
    assert {key for key in KEYS - named if not key.startswith(stems)} == set()


def test_sentences_neither_diagnose_nor_promise() -> None:
    for topic, sentences in PHRASES.items():
        for name, text in sentences.items():
            assert not re.search(r"您得了|确诊为|一定是|保证|绝对|百分之百|没事的", text), f"{topic}.{name}"


def test_a_sentence_is_filled_in() -> None:
    assert phrase("booking.stopped")
    assert "王*" in phrase("identity.bound", name="王*", relation="本人")
    assert not has_phrase("booking.no_such_sentence")
