"""Cleaning and cutting of what people type."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conversations import text as texts


@given(st.text())
def test_any_text_is_cleaned_once_and_for_all_and_can_be_stored(value: str) -> None:
    cleaned = texts.clean(value)
    assert texts.clean(cleaned) == cleaned
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")


@given(st.text(alphabet="疼了。！\n a😀"), st.integers(1, 12))
def test_pieces_add_up_to_the_text_and_none_is_too_long(value: str, size: int) -> None:
    parts = list(texts.pieces(value, size))
    assert "".join(parts) == value
    assert all(0 < len(part) <= size for part in parts)


@given(st.lists(st.sampled_from(["疼", "1", "a", "é"]), min_size=1), st.text(alphabet="😀！ \u200b"))
def test_emoji_and_invisible_characters_never_hide_words(said: list[str], noise: str) -> None:
    mixed = noise.join(said)
    assert texts.has_words(mixed)
    cleaned = texts.clean(mixed)
    assert [char for char in cleaned if char not in "😀！ "] == said


def test_a_cut_falls_behind_a_sentence() -> None:
    assert list(texts.pieces("头疼。肚子也疼，三天了。", 9)) == ["头疼。", "肚子也疼，三天了。"]
