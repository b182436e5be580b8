"""Personal data at rest: unreadable without the key, tamper-evident, and still findable."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import FieldCipher
from core.errors import BanzhenError
from core.settings import load_cipher, load_settings

CIPHER = FieldCipher.for_tests()


@given(st.text())
def test_what_is_encrypted_comes_back(value: str) -> None:
    stored = CIPHER.encrypt(value)
    assert CIPHER.decrypt(stored) == value
    assert len(value) < 4 or value not in stored


def test_the_same_value_is_stored_differently_but_found_by_its_index() -> None:
    assert CIPHER.encrypt("方晓禾") != CIPHER.encrypt("方晓禾")
    assert CIPHER.blind_index("方晓禾") == CIPHER.blind_index("方晓禾")
    assert CIPHER.blind_index("方晓禾") != CIPHER.blind_index("方晓")


@pytest.mark.parametrize("tail", ["AAAA", "A", "%%%%", ""])
def test_a_changed_field_is_noticed(tail: str) -> None:
    changed = CIPHER.encrypt("方晓禾")[:-4] + tail
    with pytest.raises(BanzhenError) as error:
        CIPHER.decrypt(changed)
    assert error.value.code == "damaged_field"


def test_a_field_that_is_cut_off_is_noticed() -> None:
    with pytest.raises(BanzhenError) as error:
        CIPHER.decrypt("t:AAAA")
    assert error.value.code == "damaged_field"


def test_an_old_key_still_reads_and_the_new_one_writes() -> None:
    old, new = b"\x03" * 32, b"\x04" * 32
    stored = FieldCipher({"a": old}, "a", b"i" * 32).encrypt("旧")
    rotated = FieldCipher({"a": old, "b": new}, "b", b"i" * 32)
    assert rotated.decrypt(stored) == "旧"
    assert rotated.encrypt("新").startswith("b:")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(BanzhenError, match="zz"):
        CIPHER.decrypt("zz:AAAA")


def test_the_key_file_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    stored = load_cipher(settings).encrypt("方晓禾")
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o600
    assert load_cipher(settings).decrypt(stored) == "方晓禾"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"current":"k","keys":{"k":"%%%"},"index":""}'])
def test_a_damaged_key_file_is_told_and_never_replaced(tmp_path: Path, content: str) -> None:
    settings = load_settings(home=tmp_path)
    settings.keys.parent.mkdir(parents=True)
    settings.keys.write_text(content, encoding="utf-8")
    with pytest.raises(BanzhenError) as error:
        load_cipher(settings)
    assert str(settings.keys) in error.value.message
    assert settings.keys.read_text(encoding="utf-8") == content
