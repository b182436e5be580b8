"""Chinese and Arabic numbers as people write and dictate them: 三十九度二, 一百八, 半, 两三, 七十多."""

from __future__ import annotations

import re

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
           "八": 8, "九": 9, "幺": 1, "仨": 3}  # fmt: skip
_UNITS = {"十": 10, "百": 100, "千": 1000}
#: A number in either script; use inside larger patterns.
NUMBER = (
    r"(?:\d{1,5}(?:\.\d{1,2})?|"
    r"[零〇一二两俩三四五六七八九幺十百千]{1,7}(?:点[零一二三四五六七八九]{1,2})?|半)"
)


def parse(text: str) -> float | None:
    """The number, or None. 一百八 is 180, 两三 is 2.5, 三四 is 3.5, 十来 and 十几 are left to the caller."""
    if not text:
        return None
    if text == "半":
        return 0.5
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    whole, _, fraction = text.partition("点")
    value = _whole(whole)
    if value is None:
        return None
    if fraction:
        tail = "".join(str(_DIGITS[char]) for char in fraction if char in _DIGITS)
        return float(f"{int(value)}.{tail or 0}")
    return value


def _whole(text: str) -> float | None:
    if not text:
        return None
    if not any(char in _UNITS for char in text):
        if any(char not in _DIGITS for char in text):
            return None
        if len(text) == 2 and _DIGITS[text[1]] - _DIGITS[text[0]] == 1 and "零" not in text:
            return (_DIGITS[text[0]] + _DIGITS[text[1]]) / 2
        return float("".join(str(_DIGITS[char]) for char in text))
    total, digit, last_unit = 0.0, 0.0, 1
    for char in text:
        if char in _DIGITS:
            digit = float(_DIGITS[char])
            if char in "零〇":
                last_unit = 1
        else:
            unit = _UNITS.get(char)
            if unit is None:
                return None
            total += (digit or 1.0) * unit
            digit, last_unit = 0.0, unit
    if digit:
        # 一百八 is 180, 一百零八 is 108.
        total += digit * (last_unit / 10 if last_unit >= 100 else 1)
    return total
