"""Chinese spoken numbers: 三十八度五, 一百三, 五六次, 七点二."""

from __future__ import annotations

import re
import unicodedata

from core.numerals import DIGITS, number

#: A run of numerals that is longer counts nothing.
_LONGEST = 12
_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百千幺]+(?:点[零〇一二三四五六七八九]+)?")
#: Words in which a numeral does not count anything.
_NOT_NUMBERS = re.compile(
    r"十分(?=[疼痛难严不好满感舒重轻虚])|一直|一样|一般|一切|一侧|一边|一下|一会|一些|一起|一定|一旦|一向|一共|一律|统一|"
    r"一身|一圈|一碰|一按|一摸|一动|一吃|一走|一个劲|第一|万一|唯一|千万|三高|三餐|半边|一半|百分之|二便|四肢|三七|五官|一点点?(?![零一二三四五六七八九])"
)
_RANGE = re.compile(r"([一二两三四五六七八九])([二两三四五六七八九])$")


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
    if pair and DIGITS[pair.group(2)] == DIGITS[pair.group(1)] + 1:
        head = numeral[: pair.start()]
        if not head or head[-1] in "十百千":
            low, high = number(head + pair.group(1)), number(head + pair.group(2))
            if low is not None and high is not None:
                return f"{_show(low)}~{_show(high)}"
    value = number(numeral)
    if value is not None:
        return _show(value)
    # 一百三八十五: two values of a blood pressure run together.
    for cut in range(2, len(numeral) - 1):
        first, second = number(numeral[:cut]), number(numeral[cut:])
        if first is not None and second is not None and first >= 100 and numeral[cut] in DIGITS:
            return f"{_show(first)}/{_show(second)}"
    return numeral


def _show(value: float) -> str:
    return f"{value:g}"
