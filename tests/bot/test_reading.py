"""What the bot's classifier makes of a message before it counts. No Rasa is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.components.reading import Reader, words_of
from triage import lexicon

ROOT = Path(__file__).resolve().parents[2]
KINDS = ROOT / "bot" / "words" / "kinds.txt"
VARIANTS = ROOT / "bot" / "words" / "variants.txt"
READER = Reader(words_of([KINDS]), {**lexicon.load().characters, **words_of([VARIANTS])})


@pytest.mark.parametrize(
    ("said", "like"),
    [
        ("我嘅報告", "我的报告"),
        ("ＣＴ", "ct"),
        ("大夫几点来", "医生几点来"),
        ("好好好好好", "好好"),
        ("体温38.5", "体温36.8"),
        ("证件" + "X" * 18, "证件" + "1" * 18),
        ("喂，，，在吗……", "喂 在吗"),
    ],
)
def test_ways_of_writing_become_one(said: str, like: str) -> None:
    assert READER.normal(said) == READER.normal(like)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("挂骨科", "<department>"),
        ("做CT", "<exam>"),
        ("王主任", "<doctor>"),
        ("下周三", "<day>"),
        ("礼拜三", "<day>"),
        ("上午", "<hour>"),
        ("布洛芬", "<medicine>"),
        ("娃儿", "<relation>"),
    ],
)
def test_known_words_count_by_their_kind(said: str, kind: str) -> None:
    assert kind in READER.signs(READER.normal(said))


def test_two_departments_teach_the_same() -> None:
    assert READER.features("挂骨科的号")[1] == READER.features("挂儿科的号")[1]


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert all(READER.features(text)[:2])


@pytest.mark.parametrize("file", [KINDS, VARIANTS], ids=lambda file: file.stem)
def test_word_lists_hold_each_word_once_with_one_meaning(file: Path) -> None:
    lines = [
        line.split() for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("# ")
    ]
    assert all(len(line) == 2 for line in lines)
    words = [line[0] for line in lines]
    assert len(words) == len(set(words))
