"""Masks for personal data on pages and in logs."""

from __future__ import annotations

import re

_ID_NUMBER = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_PHONE = re.compile(r"(?<!\d)((?:\+?86)?1\d{2})\d{4}(\d{4})(?!\d)")


def mask_name(name: str) -> str:
    """张三 → 张*, 欧阳小明 → 欧**明: the first character, and the last of a name of three or more."""
    if len(name) <= 1:
        return "*" * len(name)
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """+8613812345678 → 138****5678."""
    digits = phone.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else "*" * len(digits)


def mask_id_number(id_number: str) -> str:
    """Keeps the first six and the last four characters of an 18-digit resident ID number."""
    return f"{id_number[:6]}********{id_number[-4:]}" if len(id_number) == 18 else "*" * len(id_number)


def mask_text(text: str) -> str:
    """Hides everything in free text that looks like a phone or resident ID number."""
    return _PHONE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1********\2", text))
