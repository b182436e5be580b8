"""What a patient reads when the appointment book says no, or offers something else than was asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from core.errors import Refusal

_REFUSALS: Mapping[str, str] = {
    "unknown_patient": "还没有这位就诊人的登记信息，请先发送姓名、身份证号和手机号。",
    "unknown_slot": "这个号源已经不在了，我再给您找找别的时间。",
    "unknown_appointment": "没有找到这条预约。",
    "unknown_exam": "没有找到这项检查，请对照检查单再说一次名称。",
    "request_key_reused": "刚才的操作没有成功，请再试一次。",
    "not_your_relative": "您还没有绑定这位就诊人，请先添加家人信息。",
    "sold_out": "不好意思，这个时间刚被约满了，我们换一个时间吧。",
    "slot_past": "这个时间已经过了，我们换一个时间吧。",
    "slot_stopped": "这个时间医生停诊了，我们换一个时间吧。",
    "slot_closed": "这一天门诊不开放，我们换一天吧。",
    "too_late_to_book": "就诊前{minutes}分钟内不能线上预约了，可以选晚一点的号，或直接到窗口问问。",
    "too_far_ahead": "目前只能预约{days}天以内的号，请选近一点的日期。",
    "wrong_sex": "{department}只接诊{sex}性患者，请确认就诊人或换一个科室。",
    "too_young": "{department}接诊{age}及以上的患者，不到这个年龄请看别的科室，孩子看儿科。",
    "too_old": "{department}只看{age}以内的孩子，就诊人的年龄超过了，要换一个科室。",
    "blocked_for_absence": "最近有{count}次预约没有来，线上预约暂停到{until}；急需看病可以到窗口挂号。",
    "already_booked_slot": "这个时间您已经约好了，不用重复预约。",
    "already_booked_half_day": "同一个半天里，您在{department}已经有预约了。",
    "already_booked_time": "这个时间您已经约了别的医生，我们换一个时间吧。",
    "already_booked_department": "您在{department}已经有一个还没看的预约了，可以改时间，或取消后再约。",
    "already_booked_exam": "这项检查您已经约好了，不用重复预约。",
    "too_many_appointments": "同一位就诊人最多同时有{limit}个预约，可以先取消一个再约。",
    "appointment_past": "这次预约的时间已经过了，不能再改了。",
    "appointment_closed": "这次预约已经结束或取消了，不能再改了。",
    "too_late_to_change": "离就诊不到{minutes}分钟，线上不能再改，请打总机或到分诊台办理。",
    "same_slot": "您现在约的就是这个时间，不用改。",
    "exam_walk_in": "{exam}不用预约，带检查单直接到{location}就可以做。",
    "his_unavailable": "医院的预约系统暂时连不上，请过几分钟再试，或打总机预约。",
}

_WHY: Mapping[str, str] = {
    "sold_out": "您想要的时间已经约满了，这些时间还有号：",
    "stopped": "您想要的时间医生停诊，这些时间还有号：",
    "closed": "那天门诊不开放，这些时间还有号：",
    "no_session": "那个时间没有排班，这些时间还有号：",
    "past": "那个时间已经约不上了，这些时间还有号：",
    "beyond": "那个时间还没放号，现在能约到的有：",
    "outside_hours": "门诊时间是上午8点到12点、下午2点到5点，这些时间还有号：",
}
_NOTHING = "不好意思，最近的号都约满了。可以过一阵再来看看，也可以换一位医生或科室。"


def refusal_text(refusal: Refusal) -> str | None:
    """The sentence for a refusal of this room; None if the code belongs to another room."""
    template = _REFUSALS.get(refusal.code)
    return template.format_map(defaultdict(str, refusal.detail)) if template else None


def offer_text(why: str | None, *, any_slots: bool) -> str:
    """What to say above a list of slots."""
    if not any_slots:
        return _NOTHING
    return _WHY[why] if why else "这些时间有号，您看哪个合适？"
