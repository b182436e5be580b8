"""Cases that doctors write: a key given twice would silently drop the cases above it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

FILES = sorted((Path(__file__).parent / "cases").rglob("*.yml"))


def twice(node: yaml.Node | None) -> Iterator[str]:
    """Keys that a mapping of the tree has more than once, with their lines."""
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from twice(child)
    elif isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for key, child in node.value:
            if keys.count(key.value) > 1:
                yield f"{key.start_mark.line + 1}: {key.value}"
            yield from twice(child)


@pytest.mark.parametrize("file", FILES, ids=lambda file: "/".join(file.parts[-2:]))
def test_no_key_is_given_twice(file: Path) -> None:
    assert list(twice(yaml.CSafeLoader(file.read_text(encoding="utf-8")).get_single_node())) == []


def test_a_key_given_twice_is_seen() -> None:
    assert list(twice(yaml.compose("a: {b: 1, c: 2, b: 3}", yaml.SafeLoader))) == ["1: b", "1: b"]
