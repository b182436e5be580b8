"""Questions about one's own booked visit: when to be there, where it is, what to bring."""

from __future__ import annotations

import re

from actions.base import Turn, YieldingAnswer, choices
from actions.change import Booked, booked_line, meant_by, own_appointments
from booking import AppointmentView

_ASKS = re.compile(
    r"几点|多久到|提前多|什么时候(?:到|去|来)|啥时候(?:到|去|来)|早点|迟到|报到|取号|签到"
    r"|带(?:些|点)?(?:什么|啥|哪些)|(?:要|用|需)(?:不要|不用)?带|准备(?:些|点)?(?:什么|啥)|注意(?:些|点)?(?:什么|啥)|空腹|吃(?:早)?饭"
    r"|几楼|几层|哪(?:里|儿|层|栋|个楼|座楼|边)|什么地方|怎么走|第几|几号"
)
#: Said of a visit that is booked, whatever else the words may mean.
_OWN = re.compile(
    r"我(?:约|挂|预约|订)(?:的|好|了)|我(?:那|这)?个?(?:的)?号|我的(?:预约|挂号)|约好的|挂好的|到时候|(?:去|来)看病那天"
)
#: Places and matters of the house that have answers of their own.
_OTHER = re.compile(
    r"住院|入院|出院|报销|医保|停车|食堂|吃饭的地方|厕所|卫生间|取药|药房|缴费|收费|发票|报告|病历|复印|急诊|下班|上班|开门|门诊时间"
)
_MOST_TOLD = 3


def is_own(text: str) -> bool:
    """True if the words speak of the visit that is booked."""
    return bool(_OWN.search(text)) and bool(_ASKS.search(text))


def tell_own_visit(turn: Turn) -> bool:
    """Answer from the appointment; False if there is none, or something else is asked."""
    if not _ASKS.search(turn.text) or (_OTHER.search(turn.text) and not _OWN.search(turn.text)):
        return False
    found = own_appointments(turn)
    meant = [] if _names_another(turn, found) else meant_by(turn, found)
    if not meant:
        return False
    for one in meant[:_MOST_TOLD]:
        notes = turn.rooms.booking.instructions(one)
        number = f"就诊序号{one.number}号。" if isinstance(one, AppointmentView) else ""
        told = notes if len(meant) == 1 else notes[:2]
        turn.say(
            "change.own_visit",
            line=booked_line(one),
            notes="".join((*told, number)),
            buttons=_after(one) if one is meant[:_MOST_TOLD][-1] else (),
        )
    return True


def _names_another(turn: Turn, found: list[Booked]) -> bool:
    """True if a department, doctor or examination is named that none of the appointments is for."""
    hospital = turn.rooms.hospital
    department, exam = hospital.find_department(turn.text), hospital.find_exam(turn.text)
    doctors = {doctor.id for doctor in hospital.find_doctor(turn.text)}
    visits = [one for one in found if isinstance(one, AppointmentView)]
    return (
        (department is not None and department.code not in {one.department_code for one in visits})
        or (bool(doctors) and doctors.isdisjoint(one.doctor_id for one in visits))
        or (
            exam is not None
            and exam.id not in {one.exam_id for one in found if not isinstance(one, AppointmentView)}
        )
    )


def _after(one: Booked) -> list[tuple[str, str]]:
    return choices("改时间", "取消预约") if isinstance(one, AppointmentView) else choices("取消预约")


class QueryAppointment(YieldingAnswer):
    action_name = "action_query_appointment"

    def answer(self, turn: Turn) -> None:
        owner = turn.owner
        if owner is None:
            turn.say("change.unknown_person", buttons=choices("实名绑定", "预约挂号"))
            return
        found = own_appointments(turn)
        if not found:
            turn.say("change.none", buttons=choices("预约挂号"))
            return
        if tell_own_visit(turn):
            return
        lines = "\n".join(f"· {booked_line(one)}" for one in found)
        turn.say("change.list", list=lines, buttons=choices("改时间", "取消预约"))
