"""Chinese spoken numbers: 三十八度五, 一百三, 五六次, 七点二."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "幺": 1}
_UNITS = {"十": 10, "百": 100, "千": 1000}
#: A run of numerals that is longer counts nothing.
_LONGEST = 12
_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百千幺]+(?:点[零〇一二三四五六七八九]+)?")
#: Words in which a numeral does not count anything.
_NOT_NUMBERS = re.compile(
    r"十分(?=[疼痛难严不好满感舒重轻虚])|一直|一样|一般|一切|一侧|一边|一下|一会|一些|一起|一定|一旦|一向|一共|一律|统一|"
    r"一身|一圈|一碰|一按|一摸|一动|一吃|一走|一个劲|第一|万一|唯一|千万|三高|三餐|半边|一半|百分之|二便|四肢|三七|五官|一点点?(?![零一二三四五六七八九])"
)
_RANGE = re.compile(r"([一二两三四五六七八九])([二两三四五六七八九])$")


def parse_numeral(text: str) -> float | None:
    """The value of a Chinese numeral, 三十八点五 → 38.5, 一百三 → 130; None if it is not one."""
    whole, _, fraction = text.partition("点")
    value = _whole(whole)
    if value is None:
        return None
    if fraction:
        if any(c not in _DIGITS for c in fraction):
            return None
        return float(f"{value}." + "".join(str(_DIGITS[c]) for c in fraction))
    return float(value)


def _whole(text: str) -> int | None:
    if not text:
        return None
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit, last_unit = 0, 0, 0
    zero = False
    for c in text:
        if c in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[c]
            zero = zero or digit == 0
        elif c in _UNITS:
            unit = _UNITS[c]
            if last_unit and unit >= last_unit:
                return None
            total += (digit or 1) * unit
            digit, last_unit, zero = 0, unit, False
        else:
            return None
    # 一百三 means 130, 一百零三 means 103.
    if digit and last_unit >= 100 and not zero:
        return total + digit * last_unit // 10
    return total + digit


def arabic(text: str) -> str:
    """The text with every counted Chinese numeral in digits: 三十八度五 → 38度5, 五六次 → 5~6次.

    Full-width digits and letters are folded too. Words such as 一直 or 十分疼 stay as they are.
    """
    text = unicodedata.normalize("NFKC", text)
    out: list[str] = []
    at = 0
    kept = [match.span() for match in _NOT_NUMBERS.finditer(text)]
    for match in _NUMERAL.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in kept):
            continue
        out.append(text[at : match.start()])
        out.append(_spoken(match.group()))
        at = match.end()
    out.append(text[at:])
    return "".join(out)


def _spoken(numeral: str) -> str:
    if len(numeral) > _LONGEST:
        return numeral
    # 五六, 七八: about so many; 十五六: fifteen or sixteen.
    pair = _RANGE.search(numeral)
    if pair and _DIGITS[pair.group(2)] == _DIGITS[pair.group(1)] + 1:
        head = numeral[: pair.start()]
        if not head or head[-1] in _UNITS:
            low, high = parse_numeral(head + pair.group(1)), parse_numeral(head + pair.group(2))
            if low is not None and high is not None:
                return f"{_show(low)}~{_show(high)}"
    value = parse_numeral(numeral)
    if value is not None:
        return _show(value)
    # 一百三八十五: two values of a blood pressure run together.
    for cut in range(2, len(numeral) - 1):
        first, second = parse_numeral(numeral[:cut]), parse_numeral(numeral[cut:])
        if first is not None and second is not None and first >= 100 and numeral[cut] in _DIGITS:
            return f"{_show(first)}/{_show(second)}"
    return numeral


def _show(value: float) -> str:
    return f"{value:g}"
