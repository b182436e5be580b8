"""Chinese numerals as people write and say them: 二十三, 一百三, 三万五, 二〇二六, 三十八点五."""

from __future__ import annotations

DIGITS = {word: value for value, word in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
    "俩": 2,
    "幺": 1,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TEN_THOUSAND = 10_000
#: Behind these a last digit counts tenths of the unit: 一百三 is 130, 一百零三 is 103.
_LEAST_SHORTENED = 100


def whole(text: str) -> int | None:
    """The value of a numeral below a hundred million, or of digits read out one by one; else None."""
    if not text:
        return None
    if all(char in DIGITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))
    total = section = digit = unit = 0
    after_zero = False
    for char in text:
        if char in DIGITS:
            if digit:
                return None
            digit = DIGITS[char]
            after_zero = after_zero or digit == 0
        elif char in _UNITS:
            if unit and _UNITS[char] >= unit:
                return None
            unit = _UNITS[char]
            section += (digit or 1) * unit
            digit, after_zero = 0, False
        elif char == "万" and not total and section + digit:
            total, section = (section + digit) * _TEN_THOUSAND, 0
            digit, unit, after_zero = 0, _TEN_THOUSAND, False
        else:
            return None
    if digit and unit >= _LEAST_SHORTENED and not after_zero:
        digit = digit * unit // 10
    return total + section + digit


def number(text: str) -> float | None:
    """As `whole`, with a fraction behind 点: 三十八点五 is 38.5. None if it is no numeral."""
    before, point, fraction = text.partition("点")
    value = whole(before)
    if value is None or not point:
        return value
    if not fraction or any(char not in DIGITS for char in fraction):
        return None
    return float(f"{value}." + "".join(str(DIGITS[char]) for char in fraction))
