"""Choosing a time: offering free slots and understanding which one is meant. Shared by several loops."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from actions.base import Turn, choices
from actions.phrases import phrase
from actions.yes import says_yes
from booking import Offer, SlotView, When, names_past_day, offer_text, parse_when

#: Slots shown at once.
SHOWN = 6
_ORDINALS = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "1": 1,
    "2": 2,
    "3": 3,
    "4": 4,
    "5": 5,
    "6": 6,
}
_ORDINAL = re.compile(
    r"^(?:就|选|要|我要|约)?第?\s*([一二两三四五六1-6])\s*(?:个|号|项|条)?(?:吧|的)?[。!！]?$"
)
_SECOND = re.compile(r"第\s*([一二两三四五六1-6])(?![\d十])\s*(?:个|项|条)?")
_EARLIEST = re.compile(r"最早|第一个|越快越好|尽快|最近的|随便|都行|都可以|哪个都|你定|看着办")
_OTHERS = re.compile(
    r"换一?[天个批]|别的|其他|其它|还有[没吗别其]|更多|下一页|往后|再看看|改天|都(?:不(?:行|合适|方便|要)|没有)|没有合适"
)
_THAT_ONE = re.compile(r"^(?:那|好|行|嗯|就|选|要|约)*(?:这|那)(?:一)?个(?:时间|号)?(?:吧|了|好了)?[。!！]?$")
#: Words before a name that turn it down: 不要傅语宁.
_REFUSED = re.compile(r"(?:不要|不想要?|不约|不挂|不看|别(?:约|挂|要)|除了)")
_OTHER_DOCTOR = re.compile(r"换.{0,2}(?:医生|大夫|主任)|别的(?:医生|大夫)|其他(?:医生|大夫)")


#: What is asked before choosing.
_FEE = re.compile(r"多少钱|几块钱|什么价|价格|挂号费|收费|费用|贵不贵|贵吗")
_OTHER_TIME = "换个时间"


class SlotPicker:
    """Keeps what is wished for and what was offered in the memory of a topic."""

    def __init__(self, turn: Turn, topic: str, leave: str = "先不约了") -> None:
        """`leave`: the words that end the choosing."""
        self._turn = turn
        self._leave = leave
        self._memory: dict[str, Any] = turn.topic(topic).setdefault("slots", {})

    def wish(self, *, department: str | None = None, doctor: str | None = None) -> None:
        """Set what is wished for; a new department drops the doctor of the old one."""
        if department is not None:
            self._memory["department"], self._memory["doctor"] = department, None
        if doctor is not None:
            self._memory["doctor"] = doctor
            self._memory["department"] = self._turn.rooms.hospital.doctor(doctor).department

    def wish_time(self, text: str) -> None:
        """The time that was named before the department was known."""
        when = parse_when(text, self._turn.now)
        if when is not None:
            self._memory["when"] = _dump(when)

    def leave_out(self, slot_id: str) -> None:
        """The slot that the patient has already."""
        self._memory["own"] = slot_id

    @property
    def department(self) -> str | None:
        return self._memory.get("department")

    def take_words(self) -> bool:
        """Read department, doctor and time out of the message. True if it changed the wish."""
        turn = self._turn
        changed = False
        if _REFUSED.search(turn.text):
            return False
        doctors = turn.rooms.hospital.find_doctor(turn.text)
        department = turn.rooms.hospital.find_department(turn.text)
        if department is not None and department.bookable and department.code != self.department:
            self.wish(department=department.code)
            changed = True
        own = [one for one in doctors if one.department == self.department] or list(doctors)
        if len(own) == 1 and own[0].id != self._memory.get("doctor"):
            self.wish(doctor=own[0].id)
            changed = True
        elif len(own) == 1 and all(
            own[0].name not in one["label"] for one in self._memory.get("offered", [])
        ):
            # Asked for again, although only colleagues have been offered: at any time, then.
            self._memory["when"] = None
            changed = True
        when = parse_when(turn.text, turn.now, turn.rooms.hospital.calendar.holidays)
        if names_past_day(turn.text):
            turn.say("slots.past_day")
            changed = True
        elif when is not None:
            earlier = self._when
            self._memory["when"] = _dump(earlier.refined_by(when) if earlier else when)
            changed = True
        if _OTHER_DOCTOR.search(turn.text) and self._memory.get("doctor"):
            self._memory["doctor"] = None
            changed = True
        return changed

    def wants_others(self) -> bool:
        return bool(
            _OTHERS.search(self._turn.text)
            or _REFUSED.search(self._turn.text)
            or _OTHER_DOCTOR.search(self._turn.text)
        )

    def offer(self, *, age: float | None, sex: str | None, more: bool = False) -> bool:
        """Show free slots with buttons. False, with words of why, if there is none at all."""
        turn = self._turn
        seen = [*self._memory.get("seen", []), *self._ids] if more else []
        self._memory["seen"] = seen
        doctor = self._memory.get("doctor")
        offer = self._look(doctor, age, sex, len(seen))
        head = offer_text(offer.why, any_slots=True)
        if offer.why is not None and doctor is not None:
            # The wanted time counts more than the doctor, if a colleague is there then.
            others = self._look(None, age, sex, len(seen))
            if others.why is None and others.slots:
                offer = others
                head = phrase("slots.colleagues", doctor=turn.rooms.hospital.doctor(doctor).name)
        unseen = [slot for slot in offer.slots if slot.id not in seen]
        slots = [slot for slot in unseen if slot.id != self._memory.get("own")][:SHOWN] or unseen
        if not slots:
            if more and offer.slots:
                turn.say("slots.no_more")
                return True
            turn.say_text(offer_text(offer.why, any_slots=False))
            return False
        self._memory["offered"] = [
            {
                "id": slot.id,
                "label": slot.label,
                "starts_at": slot.starts_at.isoformat(),
                "fee": f"{slot.doctor_name} {slot.title} {slot.fee:g}元",
            }
            for slot in slots
        ]
        self._show(slots, head)
        # A time that could not be had is not asked for again.
        if offer.why is not None:
            self._memory["when"] = None
        return True

    def _look(self, doctor: str | None, age: float | None, sex: str | None, seen: int) -> Offer:
        return self._turn.rooms.booking.offer(
            self._turn.session,
            department=self.department,
            doctor=doctor,
            when=self._when,
            limit=SHOWN + seen + ("own" in self._memory),
            age=age,
            sex=sex,
        )

    def _show(self, slots: list[SlotView], head: str) -> None:
        self._turn.say_text(
            f"{slots[0].department_name}：{head}",
            buttons=self._buttons([slot.label for slot in slots]),
        )

    def _buttons(self, labels: list[str]) -> list[tuple[str, str]]:
        return [*choices(*labels, _OTHER_TIME), *self._turn.ways_out(self._leave)]

    def ask_again(self) -> None:
        labels = [one["label"] for one in self._memory.get("offered", [])]
        self._turn.say("slots.again", buttons=self._buttons(labels))

    def tell_fees(self, chosen: str | None = None) -> bool:
        """Answer what a visit costs, that of the chosen slot if there is one; True if that was asked."""
        offered = self._memory.get("offered", [])
        meant = [one for one in offered if one["id"] == chosen] or offered
        fees = list(dict.fromkeys(one["fee"] for one in meant))
        if not fees or not _FEE.search(self._turn.text):
            return False
        self._turn.say("slots.fees", fees="；".join(fees))
        return True

    def picked(self) -> str | None:
        """The id of the offered slot that the message means; None if it does not name exactly one."""
        return picked(self._turn, self._memory.get("offered", []))

    def label_of(self, slot_id: str) -> str:
        return next(
            (str(one["label"]) for one in self._memory.get("offered", []) if one["id"] == slot_id), ""
        )

    @property
    def _ids(self) -> list[str]:
        return [str(one["id"]) for one in self._memory.get("offered", [])]

    @property
    def _when(self) -> When | None:
        data = self._memory.get("when")
        return None if data is None else _load(data)


def ordinal(text: str) -> int | None:
    """Which of several is meant, counted from 1: 第二个, 2, 选3号; None if the message does not count."""
    match = _ORDINAL.match(text.strip()) or _SECOND.search(text)
    return _ORDINALS[match[1]] if match else None


def picked(turn: Turn, offered: list[dict[str, Any]]) -> str | None:
    """The id of the offered place that the message means; None if it does not name exactly one.

    `offered`: id, label and starts_at (ISO) of each, in the order shown. The words may be the label, a
    number, 最早的, or a time or doctor that only one of them has; a plain yes means the only one.
    """
    text = turn.text.strip()
    for one in offered:
        if text == one["label"] or text == one["id"]:
            return str(one["id"])
    which = ordinal(text)
    if which is not None and which <= len(offered):
        return str(offered[which - 1]["id"])
    if _EARLIEST.search(text) and offered:
        return str(min(offered, key=lambda one: str(one["starts_at"]))["id"])
    if len(offered) == 1 and (says_yes(text) or _THAT_ONE.match(text)):
        return str(offered[0]["id"])
    return _by_words(turn, text, offered)


def _by_words(turn: Turn, text: str, offered: list[dict[str, Any]]) -> str | None:
    """One of the offered places by its time or doctor, if only one fits."""
    if _REFUSED.search(text):
        return None
    when = parse_when(text, turn.now)
    named = {doctor.name for doctor in turn.rooms.hospital.find_doctor(text)}
    if when is None and not named:
        return None
    fitting = [
        one
        for one in offered
        if (when is None or _fits(one["starts_at"], when))
        and (not named or any(name in one["label"] for name in named))
    ]
    return str(fitting[0]["id"]) if len(fitting) == 1 else None


def _fits(starts_at: str, when: When) -> bool:
    day, clock = date.fromisoformat(starts_at[:10]), time.fromisoformat(starts_at[11:16])
    if not when.first <= day <= when.last:
        return False
    if when.period in {"上午", "下午"} and (when.period == "上午") != (clock.hour < 12):
        return False
    return when.time is None or when.not_before or when.not_after or when.time == clock


def _dump(when: When) -> dict[str, Any]:
    return {
        "first": when.first.isoformat(),
        "last": when.last.isoformat(),
        "period": when.period,
        "time": when.time.isoformat() if when.time else None,
        "not_before": when.not_before,
        "not_after": when.not_after,
        "dated": when.dated,
    }


def _load(data: dict[str, Any]) -> When:
    clock = data["time"]
    return When(
        first=date.fromisoformat(data["first"]),
        last=date.fromisoformat(data["last"]),
        period=data["period"],
        time=time.fromisoformat(clock) if clock else None,
        not_before=data["not_before"],
        not_after=data["not_after"],
        dated=data["dated"],
    )
