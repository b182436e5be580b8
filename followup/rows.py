"""One row of a discharge list, checked: every fault names its column and its cause in Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from core.clock import SHANGHAI
from core.errors import Refusal
from followup.files import RawRow, title
from patients import parse_birth_date, parse_id_number, parse_phone, refusal_text

#: A stay that ended longer ago is not followed up any more.
OLDEST_DISCHARGE = timedelta(days=180)


class DischargeRow(BaseModel):
    """A stay as it will be stored. Phones are E.164."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(repr=False)
    sex: str | None = None
    birth_date: date | None = None
    age: int | None = None
    phone: str | None = Field(default=None, repr=False)
    family_phone: str | None = Field(default=None, repr=False)
    id_number: str | None = Field(default=None, repr=False)
    encounter: str = Field(default="", max_length=64)
    department: str = Field(default="", max_length=64)
    doctor: str = Field(default="", max_length=64)
    admitted_on: date | None = None
    discharged_on: date
    diagnosis: str = Field(default="", max_length=200)
    icd10: str = Field(default="", max_length=32)
    operation: str = Field(default="", max_length=200)
    icd9: str = Field(default="", max_length=32)

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not 2 <= len(value) <= 40 or re.search(r"[\d@#$%^&*<>]", value):
            raise ValueError("不像是姓名")
        return value

    @field_validator("sex", mode="before")
    @classmethod
    def _sex(cls, value: str | None) -> str | None:
        if not value:
            return None
        known = {
            "男": "男",
            "男性": "男",
            "m": "男",
            "male": "男",
            "1": "男",
            "女": "女",
            "女性": "女",
            "f": "女",
            "female": "女",
            "2": "女",
        }
        if value.strip().lower() in {"未知", "不详", "9", "0", "unknown"}:
            return None
        if value.strip().lower() not in known:
            raise ValueError("应为“男”或“女”")
        return known[value.strip().lower()]

    @field_validator("birth_date", mode="before")
    @classmethod
    def _birth(cls, value: str | None, info: ValidationInfo) -> date | None:
        if not value:
            return None
        found = parse_birth_date(_date_text(value), _today(info))
        if isinstance(found, Refusal):
            raise ValueError("在将来" if found.code == "birth_date_future" else "不是有效的日期")
        return found

    @field_validator("age", mode="before")
    @classmethod
    def _age(cls, value: str | None) -> int | None:
        if not value:
            return None
        match = re.fullmatch(r"\s*(\d{1,3})(?:\.\d+)?\s*(岁|周岁|月|个月|天|日|Y|y)?.*", value)
        if not match or (years := int(match.group(1))) > 125:
            raise ValueError("应为 0–125 的数字")
        return years if match.group(2) in {None, "岁", "周岁", "Y", "y"} else 0

    @field_validator("phone", "family_phone", mode="before")
    @classmethod
    def _phone(cls, value: str | None) -> str | None:
        if not value:
            return None
        if re.search(r"[A-Za-z]", value):
            raise ValueError("里有字母")
        found = parse_phone(value)
        if isinstance(found, Refusal):
            raise ValueError(_cause(found, "不是有效的手机号"))
        return found

    @field_validator("id_number", mode="before")
    @classmethod
    def _id_number(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value:
            return None
        found = parse_id_number(value, _today(info))
        if isinstance(found, Refusal):
            raise ValueError(_cause(found, "不是有效的身份证号"))
        return found.value

    @field_validator("discharged_on", "admitted_on", mode="before")
    @classmethod
    def _day(cls, value: str | date | None, info: ValidationInfo) -> date | None:
        if isinstance(value, date) or not value:
            return value or None
        day = _read_day(value)
        if day is None:
            raise ValueError("不是有效的日期，应写成 2026-11-20 这样")
        if day > _today(info):
            raise ValueError("在将来")
        return day

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> DischargeRow:
        today = _today(info)
        if self.admitted_on and self.admitted_on > self.discharged_on:
            raise ValueError("入院日期晚于出院日期")
        if today - self.discharged_on > OLDEST_DISCHARGE:
            raise ValueError("出院已超过 180 天，不再纳入随访")
        if not self.phone and not self.family_phone:
            raise ValueError("手机号和家属电话都没有填")
        if not (self.diagnosis or self.icd10 or self.operation or self.icd9):
            raise ValueError("主要诊断和手术名称都没有填")
        if self.id_number:
            number = parse_id_number(self.id_number, today)
            if not isinstance(number, Refusal):
                if self.sex and number.sex != self.sex:
                    raise ValueError("性别和身份证号对不上")
                if self.birth_date and number.birth_date != self.birth_date:
                    raise ValueError("出生日期和身份证号对不上")
        return self


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not taken. `row` is its line in the file; causes name columns, never personal data."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"第 {self.row} 行：{self.reason}"


def check_row(raw: RawRow, today: date) -> DischargeRow | RejectedRow:
    """A checked row, or why it was rejected (the first faulty column; all causes in the reason)."""
    cells: dict[str, Any] = dict(raw.cells)
    try:
        return DischargeRow.model_validate(cells, context={"today": today})
    except ValidationError as error:
        problems = [(_column(problem["loc"]), _words(dict(problem))) for problem in error.errors()]
        column = problems[0][0]
        reasons = "；".join(
            words if place in {"", column} else f"{place}{words}" for place, words in problems
        )
        return RejectedRow(raw.number, column, f"{column}{reasons}" if column else reasons)


def _today(info: ValidationInfo) -> date:
    today: date = (info.context or {})["today"]
    return today


def _column(place: tuple[int | str, ...]) -> str:
    return title(str(place[0])) if place else ""


def _words(problem: dict[str, Any]) -> str:
    kind = problem["type"]
    if kind == "missing" or (kind == "date_type" and problem["input"] is None):
        return "没有填"
    if kind == "string_too_long":
        return "太长了"
    if kind == "value_error":
        return str(problem["ctx"]["error"])
    return "格式不对"


def _cause(refusal: Refusal, otherwise: str) -> str:
    causes = {
        "phone_letters": "里有字母", "phone_length": "位数不对", "phone_landline": "是座机，收不到短信",
        "phone_unknown": "没有这个号段", "id_number_length": "位数不对，应为 18 位",
        "id_number_check_digit": "校验位不对，可能输错了", "id_number_birth_date": "里的出生日期不存在",
        "id_number_future": "里的出生日期在将来", "id_number_old": "是 15 位旧号码，应为 18 位",
    }  # fmt: skip
    return causes.get(refusal.code) or refusal_text(refusal) or otherwise


def _date_text(value: str) -> str:
    match = re.match(r"\s*(\d{4})[/.\-年](\d{1,2})[/.\-月](\d{1,2})", value)
    return f"{match.group(1)}-{int(match.group(2)):02d}-{int(match.group(3)):02d}" if match else value


def _read_day(value: str) -> date | None:
    text = _date_text(value.strip())
    for pattern, length in (("%Y-%m-%d", 10), ("%Y%m%d", 8)):
        try:
            return datetime.strptime(text[:length], pattern).replace(tzinfo=SHANGHAI).date()
        except ValueError:
            continue
    return None
