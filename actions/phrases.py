"""What the assistant says: sentences from phrases.yml, so that words are reviewed apart from code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).parent / "phrases.yml"


@cache
def _phrases() -> dict[str, str]:
    flat: dict[str, str] = {}
    for topic, sentences in yaml.safe_load(_FILE.read_text(encoding="utf-8")).items():
        for name, text in sentences.items():
            flat[f"{topic}.{name}"] = text.strip()
    return flat


def phrase(key: str, **values: Any) -> str:
    """The sentence `topic.name`, filled in. Raises KeyError for an unknown key or a missing value."""
    return _phrases()[key].format(**values)


def has_phrase(key: str) -> bool:
    """True if there is such a sentence: a refusal's code may have words of its own."""
    return key in _phrases()
