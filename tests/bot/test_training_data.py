"""The bot's training data is sound: Rasa's own checks pass misaligned entities. No Rasa is needed."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests import loaded

ROOT = Path(__file__).resolve().parents[2]
NLU_FILES = sorted((ROOT / "nlu_data" / "nlu").glob("*.yml"))
MINIMUM = 60
ENTITIES = {"department", "doctor", "time_expr", "exam", "relation"}
MARKED = re.compile(r"\[([^\[\]]*)\]\(([^()]*)\)")
#: Shortest run of digits that could be a person's number; the longest other number is a five-digit hotline.
PERSONAL_RUN = 7
CHINESE_DIGITS = str.maketrans("零〇一二两三四五六七八九幺", "0012234567891")


def _read(file: Path) -> list[dict[str, Any]]:
    document = loaded.document(file)
    assert document["version"] == "3.1"
    return list(document["nlu"])


def _lines(block: str) -> list[str]:
    lines = block.splitlines()
    assert all(line.startswith("- ") for line in lines), "every line of a block is one example"
    return [line[2:] for line in lines]


def _examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in NLU_FILES:
        for entry in _read(file):
            assert entry["intent"] not in found, f"{file.name}: the intent stands in two files"
            found[entry["intent"]] = _lines(entry["examples"])
    return found


EXAMPLES = _examples()


def _plain(example: str) -> str:
    """What the patient says, without entity marks."""
    return MARKED.sub(r"\1", example)


def _normal(example: str) -> str:
    """Without punctuation, space, case and width, so that 好的！ and 好的 are one; pure punctuation stays."""
    text = unicodedata.normalize("NFKC", _plain(example)).lower()
    return "".join(sign for sign in text if unicodedata.category(sign)[0] not in "PZC") or text


def _personal_numbers(text: str) -> list[str]:
    """Runs of digits, Arabic or Chinese, also broken by spaces or hyphens, as long as a person's number."""
    joined = re.sub(r"[\s\-—_.()]", "", unicodedata.normalize("NFKC", text)).translate(CHINESE_DIGITS)
    return re.findall(rf"\d{{{PERSONAL_RUN},}}", joined)


def test_the_intents_are_those_of_the_domain() -> None:
    domain = [
        intent
        for file in (ROOT / "bot" / "domain").glob("*.yml")
        for intent in loaded.document(file).get("intents", ())
    ]
    assert len(domain) == 28
    assert sorted(EXAMPLES) == sorted(domain)


def test_every_file_holds_the_intent_it_is_named_after_and_says_what_it_means() -> None:
    for file in NLU_FILES:
        assert [entry["intent"] for entry in _read(file)] == [file.stem]
        heading = file.read_text(encoding="utf-8").split("version:")[0]
        assert heading.startswith("# ")
        assert "Neighbours:" in heading


@pytest.mark.parametrize("intent", sorted(EXAMPLES))
def test_an_intent_has_enough_different_examples(intent: str) -> None:
    assert len({_normal(example) for example in EXAMPLES[intent]}) >= MINIMUM


def test_no_example_is_empty_padded_or_read_by_rasa_as_a_command() -> None:
    for intent, examples in EXAMPLES.items():
        for example in examples:
            assert example.strip(), intent
            assert example == example.strip(), example
            assert not example.startswith("/"), example


def test_no_example_stands_twice_within_or_across_intents() -> None:
    first: dict[str, str] = {}
    clashes = []
    for intent, examples in EXAMPLES.items():
        for example in examples:
            if (key := _normal(example)) in first:
                clashes.append((example, first[key], intent))
            first[key] = intent
    assert clashes == []


def test_entities_are_aligned_and_known() -> None:
    for examples in EXAMPLES.values():
        for example in examples:
            for text, entity in MARKED.findall(example):
                assert entity in ENTITIES, example
                assert text
                assert text == text.strip(), example
            assert not re.search(r"[\[\]]", _plain(example)), f"a bracket is left over: {example}"


def test_no_number_could_be_a_persons() -> None:
    for examples in EXAMPLES.values():
        for example in examples:
            assert not _personal_numbers(_plain(example)), example


@pytest.mark.parametrize(
    "text",
    [
        "1" * 11,
        "手机 111 1111 1111",
        "111-1111-1111",
        "１１１１１１１１",
        "一一一零零零零零零零零",
        "幺幺幺零零零零零",
        "1" * 17 + "X",
    ],
)
def test_the_number_check_finds_what_it_is_for(text: str) -> None:
    assert _personal_numbers(text)


@pytest.mark.parametrize(
    "text", ["血压138/86", "12月3号上午十点半", "一千五百毫升", "打12345", "尾号0000", "X" * 18]
)
def test_the_number_check_lets_readings_dates_and_placeholders_pass(text: str) -> None:
    assert not _personal_numbers(text)
