"""Reading a bill out of a sentence: 职工医保住院花了三万五，自费八千，退休了能报多少."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from core.numerals import whole

_UNITS = {"百": 100, "千": 1000, "万": 10000}
_NUMBER = r"(?:\d+(?:\.\d+)?[万千百wWkK]?\d?|[零一二两三四五六七八九十百千万]+)"
_AMOUNT = re.compile(
    rf"({_NUMBER})(?:多|来)?(?:块钱|块|元|圆)"
    rf"|(?:花了|花|总共|一共|总费用|费用|合计)(?:大概|大约|差不多|了|是|共)*({_NUMBER})"
    rf"|((?:\d+(?:\.\d+)?|[一二两三四五六七八九十百千]+)(?:万[一二三四五六七八九\d]?|[wW]))"
)
_SELF_PAID = re.compile(rf"自费(?:药|项目|部分)?(?:的)?(?:有|是|大概|大约|占|了|差不多)*({_NUMBER})")
_ASKS = re.compile(r"报多少|报销多少|报几|能报|给报|报得|自己(?:要)?(?:出|付|掏|花)|自付|算一下|算算|估")
_AWAY = re.compile(r"异地|跨省|外地|外省|省外")


@dataclass(frozen=True, slots=True)
class Bill:
    """What a sentence says of a bill. None for what it does not say."""

    #: "inpatient" or "outpatient".
    kind: str
    #: Yuan.
    total: Decimal
    self_paid: Decimal
    #: "employee", "resident" or None.
    plan: str | None
    retired: bool
    first_stay: bool


def read_bill(text: str) -> Bill | None:
    """The bill that a sentence asks about; None if it asks about none, or about care away from home."""
    heard = re.sub(r"[\s,，]", "", text)
    if not _ASKS.search(heard) or _AWAY.search(heard):
        return None
    said = _SELF_PAID.search(heard)
    self_paid = _yuan(said[1]) if said else Decimal(0)
    rest = heard[: said.start()] + heard[said.end() :] if said else heard
    found = _AMOUNT.search(rest)
    total = _yuan(next(group for group in found.groups() if group)) if found else None
    inpatient = re.search(r"住院|手术|开刀|出院|住了", heard)
    outpatient = re.search(r"门诊|看病|挂号|拿药|开药|检查", heard)
    if total is None or self_paid is None or not (inpatient or outpatient):
        return None
    employee = re.search(r"职工|单位交|单位的|退休", heard)
    resident = re.search(r"居民|农合|合作医疗|农村|学生|自己交的", heard)
    return Bill(
        kind="inpatient" if inpatient else "outpatient",
        total=total,
        self_paid=self_paid,
        plan=None if bool(employee) == bool(resident) else "employee" if employee else "resident",
        retired="退休" in heard,
        first_stay=not re.search(r"第[二三四2-9]次|又住|再住", heard),
    )


def _yuan(said: str) -> Decimal | None:
    """三万五 → 35000, 2.8万 → 28000, 3w → 30000, 一万二千 → 12000, 1200 → 1200; None if it is no number."""
    said = said.replace("w", "万").replace("W", "万").replace("k", "千").replace("K", "千")
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)([万千百]?)(\d?)", said):
        unit = _UNITS.get(match[2], 1)
        # 2万8 is 28,000: a digit after a unit counts tenths of it
        tail = Decimal(match[3]) * unit / 10 if match[2] and match[3] else Decimal(0)
        if match[3] and not match[2]:
            return Decimal(match[1] + match[3])
        return Decimal(match[1]) * unit + tail
    value = whole(said)
    return Decimal(value) if value else None
