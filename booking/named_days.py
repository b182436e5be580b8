"""Days that are called by a name or lie behind: 春节, 上周五. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

WEEK = r"(?:周|星期|礼拜)"
TRADITIONAL = str.maketrans("週點號後禮兩這個裡鐘見過來幾", "周点号后礼两这个里钟见过来几")
#: What people call a holiday besides its name.
_HOLIDAY_WORDS = {
    "春节": "过年|大年|年三十|除夕",
    "劳动节": "五一",
    "国庆节": "国庆",
    "中秋节": "中秋",
    "端午节": "端午",
    "清明节": "清明",
}
_LONGEST_HOLIDAY = 15
_PAST_DAY = rf"(?:昨天?|前天|大前天|昨日|上个?{WEEK}[一二三四五六日天末]?|上个?月(?:\d+[日号])?)"
_PAST_WISH = re.compile(
    rf"(?:改|换|挪|调|约|挂)(?:到|成|在|至)?.{{0,6}}{_PAST_DAY}[的]?(?:上午|下午|早上|晚上|中午)?(?:的?号)?[吧。,，!！\s]*$"
)


def holidays_named(
    plain: str, today: date, holidays: Mapping[date, str]
) -> list[tuple[int, int, date, date]]:
    """Where holidays are named in the text, with the first and last of their next days."""
    found: list[tuple[int, int, date, date]] = []
    for name in dict.fromkeys(holidays.values()):
        words = "|".join((name, _HOLIDAY_WORDS.get(name, name)))
        match = re.search(rf"(?:{words})(?!前|后|过)", plain)
        days = sorted(day for day, called in holidays.items() if called == name and day >= today)
        if match is not None and days:
            first = days[0]
            last = max(day for day in days if (day - first).days < _LONGEST_HOLIDAY)
            found.append((match.start(), match.end(), first, last))
    return found


def names_past_day(text: str) -> bool:
    """True if the day that is asked for lies behind: 改到上周五, 挂眼科昨天上午.

    A past day that tells since when something hurts is none: it has to be asked for.
    """
    plain = unicodedata.normalize("NFKC", text).translate(TRADITIONAL)
    return bool(_PAST_WISH.search(plain))
