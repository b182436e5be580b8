"""What other rooms see of a person. What names a person stays out of `repr`, and so of logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from core.errors import Refusal
from core.masking import mask_name, mask_phone


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A resident identity number (GB 11643-1999) whose check digit and birth date have been verified."""

    #: 18 characters, the last a digit or upper-case X.
    value: str = field(repr=False)
    birth_date: date
    #: "男" or "女", from the 17th digit.
    sex: str


@dataclass(frozen=True, slots=True)
class IdentityParts:
    """What one message told of who somebody is. None: not said, or said in a way listed in `problems`."""

    name: str | None = field(default=None, repr=False)
    id_number: IdNumber | None = None
    #: E.164, such as +8613800001234.
    phone: str | None = field(default=None, repr=False)
    #: One refusal for each part that was tried and is wrong.
    problems: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientView:
    """A registered person."""

    id: str
    name: str = field(repr=False)
    #: "男" or "女"; None only for a child registered without it.
    sex: str | None
    birth_date: date
    #: E.164; None for a person who is reached through a relative.
    phone: str | None = field(repr=False)
    #: True if an ID number stands behind the name.
    verified: bool = True

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone) if self.phone else ""


@dataclass(frozen=True, slots=True)
class PatientBasics:
    """What rules need of a person; nothing in it is encrypted at rest."""

    id: str
    sex: str | None
    birth_date: date


@dataclass(frozen=True, slots=True)
class FullPatient:
    """Everything, for a member of staff; making one is audited."""

    view: PatientView
    #: Plain ID number; None for a child registered by birth date.
    id_number: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody the owner of an account may act for."""

    #: Canonical word of knowledge/relations.yml, such as 母亲.
    relation: str
    patient: PatientView


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """Where a person can be written to or called."""

    #: "wechat", "web", "sms" or "voice".
    channel: str
    address: str = field(repr=False)


def age_on(birth: date, day: date) -> int:
    """Completed years of life on a day; born on 29 February counts from 1 March in other years.

    Raises ValueError if the day is before the birth.
    """
    if day < birth:
        raise ValueError("the day is before the birth")
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
