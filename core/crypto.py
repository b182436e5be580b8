"""Encryption of single fields with personal data, and keyed look-up of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import BanzhenError

_NONCE_BYTES = 12


class FieldCipher:
    """AES-256-GCM per field. Stored as `key id:base64(nonce + ciphertext)`, so keys can be rotated.

    `blind_index` is a keyed hash (HMAC-SHA256) for equality look-up of an encrypted field.
    """

    def __init__(self, keys: Mapping[str, bytes], current: str, index_key: bytes) -> None:
        """`keys`: key id → 32 bytes. `current`: the id to encrypt with. Raises ValueError for bad keys."""
        if current not in keys:
            raise ValueError(f"the current key {current!r} is not among the keys")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current
        self._index_key = index_key

    @classmethod
    def for_tests(cls) -> FieldCipher:
        return cls({"t": b"\x01" * 32}, "t", b"\x02" * 32)

    def encrypt(self, value: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, value.encode("utf-8"), self._current.encode())
        return f"{self._current}:{base64.b64encode(nonce + sealed).decode('ascii')}"

    def decrypt(self, stored: str) -> str:
        """Raises BanzhenError if the value was changed or its key is not configured."""
        key_id, _, body = stored.partition(":")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise BanzhenError("unknown_key", f"数据密钥 {key_id} 未配置，无法读取个人信息")
        try:
            raw = base64.b64decode(body, validate=True)
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], key_id.encode()).decode("utf-8")
        except (InvalidTag, ValueError) as error:
            raise BanzhenError("damaged_field", "个人信息字段校验失败，数据可能被改动") from error

    def blind_index(self, value: str) -> str:
        return hmac.new(self._index_key, value.encode("utf-8"), hashlib.sha256).hexdigest()
