"""The register of discharged patients' follow-up (出院患者随访登记表) and its indicators, as a workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from conversations import TaskView
from core.clock import SHANGHAI
from core.errors import BanzhenError
from core.masking import mask_phone
from followup.office import Office
from followup.planner import FIRST_WITHIN_DAYS
from followup.states import ContactState
from followup.tables import Contact, ContactAnswer, Discharge, Enrolment

LABEL = "本表由伴诊 AI 随访助手自动生成，AI 内容仅供参考，须由医护人员核对。"
#: What a nurse's outcome means, for the register.
OUTCOMES = {
    "phone_advised": "电话指导", "message_advised": "在线指导", "revisit_booked": "安排复诊",
    "doctor_informed": "转告主管医生",
    "emergency_sent": "急诊就诊", "readmitted": "再入院", "not_reached": "失访",
    "refused": "拒访", "deceased": "死亡",
    "no_action": "核实后无需处理", "false_alarm": "误报", "wrong_person": "联系方式有误",
}  # fmt: skip
STATES = {
    "planned": "待随访", "claimed": "待随访", "open": "随访中", "escalated": "已转护士",
    "unanswered": "未应答，已转护士", "answered": "已完成",
    "closed_by_nurse": "护士已处置", "withdrawn": "已撤销",
}  # fmt: skip
REASONS = {
    "opt_out": "患者拒绝接收", "wrong_person": "联系方式有误", "readmitted": "再入院", "deceased": "死亡",
    "superseded": "并入下一次随访",
    "partial": "部分回答", "overdue": "超时", "no_channel": "无联系方式", "unanswered": "多次未应答",
    "stuck": "对话中断", "held": "护士接管会话中", "by_staff": "工作人员撤销",
}  # fmt: skip
#: Names of the hospital's colour codes.
SEVERITIES = {"RED": "红（立即）", "AMBER": "黄（当天）", "GREEN": "绿", "UNCLEAR": "未明确", None: ""}
_HEADERS = (
    "序号", "住院号", "姓名", "性别", "年龄", "联系电话", "科室", "主管医生", "入院日期", "出院日期",
    "主要诊断", "手术名称", "随访路径", "出院后第几天", "计划时间", "随访时间", "随访方式", "随访内容",
    "患者情况",    "严重程度", "处置结果", "状态", "说明",
)  # fmt: skip
_WIDTHS = (5, 12, 8, 5, 5, 13, 12, 9, 11, 11, 18, 18, 18, 8, 16, 16, 8, 20, 40, 9, 14, 12, 14)


@dataclass(frozen=True, slots=True)
class Indicators:
    """Figures of a month of discharges. Rates are 0–1, None when there is nothing to divide by."""

    discharges: int
    #: Stays with at least one contact that reached the patient; several contacts for one stay count once.
    followed_up: int
    #: Stays whose first contact was opened within `FIRST_WITHIN_DAYS` days.
    first_in_time: int
    #: Contacts that were opened, and those of them that were answered by the patient.
    opened: int
    responded: int
    red: int
    amber: int
    closed: int
    #: Median hours from opening an escalation to closing it.
    hours_to_close: float | None

    @property
    def rate(self) -> float | None:
        """出院患者随访比例 (国卫办医政函〔2023〕313号, 21): stays followed up ÷ discharges."""
        return self.followed_up / self.discharges if self.discharges else None

    @property
    def first_rate(self) -> float | None:
        return self.first_in_time / self.discharges if self.discharges else None

    @property
    def response_rate(self) -> float | None:
        return self.responded / self.opened if self.opened else None


@dataclass(frozen=True, slots=True)
class _Stay:
    discharge: Discharge
    enrolment: Enrolment
    contacts: Sequence[Contact]


def month_of(text: str) -> tuple[date, date]:
    """First day of a month YYYY-MM and of the next. Raises BanzhenError for anything else."""
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=SHANGHAI).date()
    except ValueError as error:
        raise BanzhenError("bad_month", "月份要写成 2026-11 这样的格式。") from error
    return first, (first + timedelta(days=32)).replace(day=1)


def export_register(office: Office, session: Session, month: str) -> bytes:
    """The workbook of a month of discharges. Raises BanzhenError for a bad month."""
    stays = _stays(session, *month_of(month))
    tasks = _tasks(office, session, stays)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": False})
    _register_sheet(office, session, book, month, stays, tasks)
    _indicator_sheet(office, book, month, indicators_of(stays, tasks))
    book.close()
    return out.getvalue()


def indicators(office: Office, session: Session, month: str) -> Indicators:
    """The figures alone. Raises BanzhenError for a bad month."""
    stays = _stays(session, *month_of(month))
    return indicators_of(stays, _tasks(office, session, stays))


def _stays(session: Session, first: date, end: date) -> list[_Stay]:
    # Stays made up for scripted talk have no name and are no patients.
    enrolments = session.scalars(
        select(Enrolment)
        .join(Discharge, Enrolment.discharge_id == Discharge.id)
        .where(
            Discharge.discharged_on >= first, Discharge.discharged_on < end, Discharge.name_enc.is_not(None)
        )
        .order_by(Discharge.discharged_on, Discharge.id)
    ).unique()
    found = []
    for enrolment in enrolments:
        contacts = session.scalars(
            select(Contact).where(Contact.enrolment_id == enrolment.id).order_by(Contact.day)
        ).unique()
        found.append(_Stay(enrolment.discharge, enrolment, list(contacts)))
    return found


def _tasks(office: Office, session: Session, stays: Sequence[_Stay]) -> dict[str, TaskView]:
    """Contact id → its nurse's task."""
    found = {}
    for stay in stays:
        for contact in stay.contacts:
            task = office.conversations.task(session, contact.task_id) if contact.task_id else None
            if task is not None:
                found[contact.id] = task
    return found


def _reached(contact: Contact, task: TaskView | None) -> bool:
    """True if somebody spoke with the patient: an answer, or a nurse who did not note "not reached"."""
    if contact.first_answer_at is not None:
        return True
    return (
        contact.state == ContactState.CLOSED_BY_NURSE.value
        and bool(task)
        and (task is not None and task.outcome not in {"not_reached", "wrong_person", "refused"})
    )


def indicators_of(stays: Sequence[_Stay], tasks: dict[str, TaskView]) -> Indicators:
    contacts = [contact for stay in stays for contact in stay.contacts]
    opened = [contact for contact in contacts if contact.opened_at is not None]
    worrying = [contact for contact in contacts if contact.severity in {"RED", "AMBER"}]
    closing = [
        (task.closed_at - task.created_at).total_seconds() / 3600
        for contact in worrying
        if (task := tasks.get(contact.id)) is not None and task.closed_at is not None
    ]
    return Indicators(
        discharges=len(stays),
        followed_up=sum(any(_reached(one, tasks.get(one.id)) for one in stay.contacts) for stay in stays),
        first_in_time=sum(_first_in_time(stay) for stay in stays),
        opened=len(opened),
        responded=sum(contact.first_answer_at is not None for contact in opened),
        red=sum(contact.severity == "RED" for contact in worrying),
        amber=sum(contact.severity == "AMBER" for contact in worrying),
        closed=len(closing),
        hours_to_close=median(closing) if closing else None,
    )


def _first_in_time(stay: _Stay) -> bool:
    times = [contact.opened_at for contact in stay.contacts if contact.opened_at is not None]
    limit = stay.discharge.discharged_on + timedelta(days=FIRST_WITHIN_DAYS)
    return bool(times) and min(times).astimezone(SHANGHAI).date() <= limit


def _register_sheet(
    office: Office,
    session: Session,
    book: xlsxwriter.Workbook,
    month: str,
    stays: Sequence[_Stay],
    tasks: dict[str, TaskView],
) -> None:
    sheet = book.add_worksheet("随访登记表")
    heading = book.add_format({"bold": True, "font_size": 14})
    header = book.add_format(
        {"bold": True, "border": 1, "bg_color": "#E8F1F2", "text_wrap": True, "valign": "vcenter"}
    )
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    label = book.add_format({"italic": True, "font_color": "#666666"})
    sheet.write_string(0, 0, f"{office.hospital_name} 出院患者随访登记表（{month}）", heading)
    sheet.write_string(1, 0, LABEL, label)
    for column, (name, width) in enumerate(zip(_HEADERS, _WIDTHS, strict=True)):
        sheet.write_string(2, column, name, header)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(3, 3)
    line = 3
    for stay in stays:
        for contact in _or_none(stay.contacts):
            cells = _cells(office, session, stay, contact, tasks)
            for column, value in enumerate((str(line - 2), *cells)):
                # Strings only: a cell that begins with = is text, never a formula.
                sheet.write_string(line, column, value, cell)
            line += 1
    if line > 3:
        sheet.autofilter(2, 0, line - 1, len(_HEADERS) - 1)


def _or_none(contacts: Sequence[Contact]) -> Sequence[Contact | None]:
    """A stay without contacts still has its line."""
    return contacts or (None,)


def _cells(
    office: Office, session: Session, stay: _Stay, contact: Contact | None, tasks: dict[str, TaskView]
) -> tuple[str, ...]:
    discharge = stay.discharge
    unseal = office.cipher.decrypt
    phone = discharge.phone_enc or discharge.family_phone_enc
    about = (
        unseal(discharge.encounter_enc) if discharge.encounter_enc else "",
        unseal(discharge.name_enc) if discharge.name_enc else "",
        discharge.sex or "",
        _age(discharge),
        mask_phone(unseal(phone)) if phone else "",
        discharge.department,
        discharge.doctor,
        discharge.admitted_on.isoformat() if discharge.admitted_on else "",
        discharge.discharged_on.isoformat(),
        discharge.diagnosis,
        discharge.operation,
        office.knowledge.pathway(stay.enrolment.pathway_id).name,
    )
    if contact is None:
        return (*about, "", "", "", "", "", "", "", "", "未产生随访计划", "")
    task = tasks.get(contact.id)
    outcome = contact.outcome or (task.outcome if task else None)
    return (
        *about,
        str(contact.day),
        _time(contact.due_at),
        _time(contact.opened_at),
        _channel(office, session, contact),
        contact.purpose,
        _said(session, contact),
        SEVERITIES.get(contact.severity, ""),
        OUTCOMES.get(outcome, outcome) if outcome else "",
        STATES.get(contact.state, contact.state),
        REASONS.get(contact.reason, contact.reason) if contact.reason else "",
    )


def _age(discharge: Discharge) -> str:
    born, day = discharge.birth_date, discharge.discharged_on
    if born is None:
        return "" if discharge.age is None else str(discharge.age)
    return str(day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


def _time(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else ""


def _channel(office: Office, session: Session, contact: Contact) -> str:
    if contact.conversation_id is None:
        return ""
    channel = office.conversations.conversation(session, contact.conversation_id).channel
    return {"wechat": "微信", "web": "网页", "sms": "短信", "voice": "电话"}.get(channel, channel)


def _said(session: Session, contact: Contact) -> str:
    """What was understood, not the patient's words."""
    rows = session.scalars(
        select(ContactAnswer).where(ContactAnswer.contact_id == contact.id).order_by(ContactAnswer.id)
    )
    words: list[str] = []
    for row in rows:
        for found in row.detail.get("findings", []):
            negated = "无" if found["status"] == "absent" else "既往" if found["status"] == "past" else ""
            if found["status"] != "hypothetical":
                words.append(f"{negated}{found['term']}")
    return "；".join(dict.fromkeys(words))[:500]


def _indicator_sheet(office: Office, book: xlsxwriter.Workbook, month: str, found: Indicators) -> None:
    sheet = book.add_worksheet("指标")
    heading = book.add_format({"bold": True, "font_size": 14})
    bold = book.add_format({"bold": True, "border": 1, "bg_color": "#E8F1F2"})
    plain = book.add_format({"border": 1, "text_wrap": True})
    number = book.add_format({"border": 1, "num_format": "0"})
    percent = book.add_format({"border": 1, "num_format": "0.0%"})
    hours = book.add_format({"border": 1, "num_format": "0.0"})
    sheet.write_string(0, 0, f"{office.hospital_name} 出院随访指标（{month}）", heading)
    sheet.write_string(1, 0, LABEL)
    for column, name in enumerate(("指标", "数值", "口径")):
        sheet.write_string(2, column, name, bold)
    lines: tuple[tuple[str, float | None, object, str], ...] = (
        ("出院人次", found.discharges, number, "本月出院并导入的住院次数"),
        ("已随访人次", found.followed_up, number, "至少一次随访联系到患者；同一次住院多次随访计 1 次"),
        (
            "出院患者随访比例",
            found.rate,
            percent,
            "已随访人次 ÷ 出院人次（国卫办医政函〔2023〕313号 指标 21）",
        ),
        ("3 天内首次随访人次", found.first_in_time, number, "出院后 3 天内发起首次随访"),
        ("3 天内首次随访率", found.first_rate, percent, "3 天内首次随访人次 ÷ 出院人次（医院自定目标）"),
        ("发起随访次数", found.opened, number, "已发出首个问题的随访"),
        ("应答次数", found.responded, number, "患者至少回答了一次"),
        ("应答率", found.response_rate, percent, "应答次数 ÷ 发起随访次数"),
        ("红色预警", found.red, number, "需立即处理"),
        ("黄色预警", found.amber, number, "需当天处理"),
        ("已闭环预警", found.closed, number, "护士已填写处置结果"),
        ("预警闭环时间中位数（小时）", found.hours_to_close, hours, "从预警产生到护士关闭"),
    )
    for line, (name, value, style, meaning) in enumerate(lines, 3):
        sheet.write_string(line, 0, name, plain)
        if value is None:
            sheet.write_string(line, 1, "—", plain)
        else:
            sheet.write_number(line, 1, value, style)
        sheet.write_string(line, 2, meaning, plain)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 60)
