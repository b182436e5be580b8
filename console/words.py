"""The console's Chinese: names of codes, sentences for refusals, and how times and ages are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from console.accounts import Role
from core.clock import SHANGHAI
from core.errors import Refusal
from core.masking import mask_id_number, mask_name, mask_phone, mask_text

#: What every page with generated content and every export says
#: (Measures for labelling AI-generated content, China, in force since 2025-09-01).
AI_LABEL = "含人工智能生成内容，仅供医护人员参考，请以核实结果为准"

SEARCH_BY = "完整的姓名、手机号或身份证号"

ROLES = {"nurse": "护士", "head_nurse": "护士长", "admin": "管理员"}
SEVERITIES = {"RED": "红色·紧急", "AMBER": "黄色·关注", "GREEN": "绿色·一般", "UNCLEAR": "待判断"}
TASK_KINDS = {
    "emergency": "急症提示",
    "followup": "随访异常",
    "human_request": "要求人工",
    "bot_unavailable": "助手故障",
    "complaint": "投诉",
    "feedback": "表扬与建议",
    "unanswered": "需人工跟进",
    "reconciliation": "随访核对",
    "delivery": "消息未送达",
}
TASK_STATES = {"open": "未认领", "claimed": "处理中", "closed": "已关闭"}
CHANNELS = {
    "web": "网页",
    "wechat": "微信",
    "sms": "短信",
    "voice": "电话",
    "phone": "电话",
    "terminal": "终端",
}
AUTHORS = {"patient": "患者", "bot": "伴诊助手", "nurse": "护士", "system": "系统"}
DELIVERY = {
    "planned": "待发送",
    "claimed": "发送中",
    "sending": "发送中",
    "accepted": "已发出",
    "delivered": "已送达",
    "failed": "发送失败",
    "unknown": "送达情况不明",
}
APPOINTMENT_STATES = {
    "booked": "已预约",
    "rescheduled": "已改期",
    "cancelled": "已取消",
    "fulfilled": "已就诊",
    "noshow": "未到诊",
}
CONTACT_STATES = {
    "planned": "待随访",
    "claimed": "发起中",
    "open": "进行中",
    "answered": "已应答",
    "closed_by_nurse": "护士已处理",
    "withdrawn": "已撤销",
    "unanswered": "未应答",
    "escalated": "已上报护士",
}
CONTACT_REASONS = {
    "opt_out": "患者退出随访",
    "wrong_person": "联系方式有误",
    "readmitted": "再入院",
    "deceased": "患者已离世",
    "by_staff": "医护人员停止",
    "unanswered": "多次未应答",
    "overdue": "错过计划时间",
    "stuck": "随访中断",
    "superseded": "并入下一次随访",
    "partial": "部分回答",
    "no_channel": "没有可用的联系方式",
    "held": "护士接管会话中，未发出",
}
LEVELS = {"I": "Ⅰ级·濒危", "II": "Ⅱ级·危重", "III": "Ⅲ级·急症", "IV": "Ⅳ级·非急症"}
#: What a task of the follow-up tells of the stay.
STAY = {
    "discharged_on": "出院日期",
    "diagnosis": "诊断",
    "operation": "手术",
    "doctor": "主管医生",
    "purpose": "本次随访",
}
#: How a task can end (codes of `followup.OUTCOMES`); the order is the order of the form.
OUTCOMES = {
    "phone_advised": "已电话联系并指导",
    "message_advised": "已在线回复并指导",
    "revisit_booked": "已安排复诊",
    "doctor_informed": "已转告主管医生",
    "emergency_sent": "已建议急诊或拨打 120",
    "readmitted": "患者已再入院",
    "not_reached": "多次联系未成功",
    "no_action": "核实后无需处理",
    "false_alarm": "误报",
    "refused": "患者拒绝随访",
    "wrong_person": "联系方式有误",
    "deceased": "患者已离世",
}
AUDIT_ACTIONS = {
    "accounts.create": "创建账户",
    "accounts.sign_in": "登录",
    "accounts.sign_out": "退出登录",
    "accounts.wrong_password": "密码错误",
    "accounts.locked": "账户被锁定",
    "accounts.change_password": "修改密码",
    "accounts.reset_password": "重置密码",
    "accounts.disable": "停用账户",
    "accounts.enable": "启用账户",
    "console.task_view": "查看任务",
    "console.task_reassign": "改派任务",
    "console.conversation_view": "查看会话",
    "console.patient_search": "搜索患者",
    "console.patient_reveal": "显示完整信息",
    "console.patient_view": "查看患者档案",
    "console.appointments_view": "查看预约与预问诊",
    "console.plan_view": "查看随访计划",
    "console.discharges_import": "导入出院名单",
    "console.register_export": "导出随访登记册",
    "conversations.claim_task": "认领任务",
    "conversations.release_task": "放回任务",
    "conversations.close_task": "关闭任务",
    "conversations.take_over": "接管会话",
    "conversations.hand_back": "交还助手",
    "conversations.nurse_says": "给患者发消息",
    "booking.book": "预约挂号",
    "booking.reschedule": "改期",
    "booking.cancel": "取消预约",
    "booking.view_history": "查看预问诊",
    "booking.fulfilled": "登记就诊",
    "booking.noshow": "登记未到诊",
    "followup.view_person": "查看出院名单中的完整信息",
    "followup.open": "发起随访",
    "followup.import": "登记出院患者",
    "followup.withdraw": "停止随访",
    "followup.reconcile": "随访夜间核对",
    "patients.view": "读取完整身份信息",
    "patients.register": "登记患者",
    "patients.phone": "更新手机号",
    "patients.mismatch": "身份核对不符",
    "patients.relative": "绑定家属",
    "patients.bind": "绑定联系方式",
    "patients.opt_out": "退出随访",
    "patients.opt_in": "恢复随访",
}
#: What the page says after something was done; the key travels in the address.
DONE = {
    "claimed": "已认领，请尽快处理。",
    "closed": "任务已关闭。",
    "closed_handed_back": "任务已关闭，会话已交还给助手，并已告诉患者。",
    "taken": "已接管会话，助手不会再自动回复。",
    "handed_back": "已交还给助手。",
    "sent": "消息已提交发送。",
    "released": "任务已放回待办，其他同事可以认领。",
    "reassigned": "已改派。",
    "password": "密码已修改。",
    "account": "账户已更新。",
    "signed_out": "您已退出登录。",
}
_REFUSALS: dict[str, tuple[str, str]] = {
    "already_claimed": ("任务已被认领", "这条任务已由{by}认领，列表会自动更新。"),
    "closed": ("任务已关闭", "这条任务已经处理完毕。"),
    "not_claimed": ("任务不在您手中", "请先认领任务再处理，避免两人重复联系患者。"),
    "outcome_missing": ("请选择处理结果", "关闭任务需要选择一项处理结果。"),
    "note_missing": (
        "请写明处理经过",
        "红色任务关闭前，请在“记录”里写几句：患者现在怎样、给了什么指导、后续怎么安排。",
    ),
    "held_by_other": ("会话由他人接管", "{by}正在与患者沟通，请先与同事确认。"),
    "not_held": ("会话未被接管", "请先接管会话，再操作。"),
    "empty": ("消息不能为空", "请填写要发给患者的内容。"),
    "unknown_colleague": ("没有找到这位同事", "请在列表中选择一位在用的账户。"),
    "wrong_login": ("用户名或密码不正确", "请核对后重试；连续输错 5 次将锁定 15 分钟。"),
    "locked": ("账户已锁定", "密码连续输错次数过多，请 {minutes} 分钟后再试，或联系管理员重置密码。"),
    "wrong_password": ("当前密码不正确", "请重新输入当前密码。"),
    "weak_password": ("密码太简单", "至少 {min} 个字符，不能包含用户名，也不能只用两三个不同字符。"),
    "bad_username": ("用户名不合规范", "2–32 位小写字母、数字、点、横线或下划线，以字母或数字开头。"),
    "bad_name": ("姓名不合规范", "请填写 1–32 个字的姓名。"),
    "bad_role": ("角色不正确", "请在列表中选择。"),
    "username_taken": ("用户名已被使用", "请换一个用户名。"),
    "own_account": ("不能停用自己的账户", "请由另一位管理员操作。"),
    "unknown_account": ("没有找到这个账户", "请刷新后重试。"),
}


def refusal(reason: Refusal) -> tuple[str, str]:
    """Title and sentence for a refusal of any room."""
    title, message = _REFUSALS.get(reason.code, ("操作没有完成", "当前状态不允许这个操作，请刷新后再看。"))
    return title, message.format_map(_Blank(reason.detail))


class _Blank(dict[str, str]):
    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)

    def __missing__(self, key: str) -> str:
        return "同事" if key == "by" else ""


def label(code: str | None, table: Mapping[str, str]) -> str:
    """A code's name, or the code itself when it has none yet."""
    return table.get(code, code) if code else "—"


def moment(at: datetime | None, now: datetime | None = None) -> str:
    """今天 14:05, 昨天 14:05, 11月20日 14:05, 2025年3月2日 14:05."""
    if at is None:
        return "—"
    at = at.astimezone(SHANGHAI)
    return f"{day(at.date(), now)} {at:%H:%M}"


def second(at: datetime, now: datetime) -> str:
    """今天 14:05:09, for the audit trail."""
    return f"{moment(at, now)}:{at:%S}"


def day(value: date | None, now: datetime | None = None) -> str:
    if value is None:
        return "—"
    if now is not None:
        today = now.astimezone(SHANGHAI).date()
        near = {0: "今天", -1: "昨天", 1: "明天"}.get((value - today).days)
        if near:
            return near
        if value.year == today.year:
            return f"{value.month}月{value.day}日"
    return f"{value.year}年{value.month}月{value.day}日"


def percent(share: float | None) -> str:
    """0.873 → 87.3%."""
    return "—" if share is None else f"{share:.1%}"


def today(now: datetime) -> str:
    """11月23日 星期一 09:00."""
    return f"{now.month}月{now.day}日 星期{'一二三四五六日'[now.weekday()]} {now:%H:%M}"


def span(length: timedelta) -> str:
    """5 分钟, 2 小时 10 分, 3 天 4 小时; never negative."""
    minutes = int(abs(length.total_seconds()) // 60)
    if minutes < 60:
        return f"{minutes} 分钟"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} 小时 {minutes} 分" if minutes else f"{hours} 小时"
    days, hours = divmod(hours, 24)
    return f"{days} 天 {hours} 小时" if hours else f"{days} 天"


def countdown(due: datetime | None, now: datetime) -> str:
    if due is None:
        return "无时限"
    return f"剩 {span(due - now)}" if due > now else f"超时 {span(now - due)}"


def age(birth: date | None, now: datetime) -> str:
    """45 岁; 8 个月 below two years."""
    if birth is None:
        return "年龄不详"
    today = now.astimezone(SHANGHAI).date()
    months = (today.year - birth.year) * 12 + today.month - birth.month - (today.day < birth.day)
    return f"{max(months, 0)} 个月" if months < 24 else f"{months // 12} 岁"


def stay_age(person: Any, now: datetime) -> str:
    """Of somebody on a discharge list, which may give the age alone."""
    if person.birth_date is None and person.age is not None:
        return f"{person.age} 岁"
    return age(person.birth_date, now)


FILTERS: dict[str, Callable[..., Any]] = {
    "label": label,
    "moment": moment,
    "second": second,
    "day": day,
    "today": today,
    "percent": percent,
    "span": span,
    "countdown": countdown,
    "age": age,
    "stay_age": stay_age,
    "mask_name": mask_name,
    "mask_phone": mask_phone,
    "mask_id_number": mask_id_number,
    "mask_text": mask_text,
}


@dataclass(frozen=True, slots=True)
class NavItem:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class NavGroup:
    title: str
    items: tuple[NavItem, ...]


_WORK = NavGroup(
    "工作",
    (
        NavItem("待办", "/console/tasks"),
        NavItem("会话", "/console/conversations"),
        NavItem("患者", "/console/patients"),
        NavItem("随访计划", "/console/followup"),
        NavItem("预约", "/console/appointments"),
        NavItem("指标", "/console/figures"),
    ),
)
_LEAD = (NavItem("出院导入", "/console/discharges"), NavItem("审计", "/console/audit"))
_ACCOUNTS = NavItem("账户", "/console/accounts")


def nav(role: Role) -> tuple[NavGroup, ...]:
    """What a role finds in the navigation; each route checks the role again."""
    if role is Role.NURSE:
        return (_WORK,)
    return _WORK, NavGroup("管理", (*_LEAD, _ACCOUNTS) if role is Role.ADMIN else _LEAD)
