"""The demonstration's data: a schedule, discharged patients, staff accounts. All of it is invented."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.base import Rooms
from channels.demo.pages import DemoPatient
from channels.web import CHANNEL as WEB
from console import accounts
from core.database import Database
from core.demo_clock import DemoClockOffset
from core.errors import Refusal
from core.settings import Settings
from patients import PatientView
from patients.invented import birth_date_of, invent_id_number, invent_phone

_ACTOR = "system"
#: name, sex, age, department, diagnosis, ICD-10, operation, days since discharge, chats on the web page
_DISCHARGED = (
    ("林秋月", "女", 45, "肝胆胰外科", "胆囊结石伴慢性胆囊炎", "K80.1", "腹腔镜胆囊切除术", 0, True),
    ("贺建国", "男", 58, "内分泌科", "2型糖尿病", "E11.9", "", 1, True),
    ("陆思雨", "女", 31, "产科", "妊娠39周 剖宫产分娩", "O82.0", "子宫下段剖宫产术", 0, True),
    ("邵永平", "男", 66, "肝胆胰外科", "胆囊息肉", "K82.8", "腹腔镜胆囊切除术", 2, False),
    ("蔡玉珍", "女", 72, "内分泌科", "2型糖尿病伴周围神经病变", "E11.4", "", 3, False),
)
_STAFF = (
    ("nurse", "护士", accounts.Role.NURSE, "随访护士 小许"),
    ("head", "护士长", accounts.Role.HEAD_NURSE, "护士长 秦岚"),
    ("admin", "管理员", accounts.Role.ADMIN, "信息科 管理员"),
)
_COLUMNS = (
    "住院号", "姓名", "性别", "出生日期", "身份证号", "手机号",
    "科室", "入院日期", "出院日期", "主要诊断", "诊断编码", "手术名称",
)  # fmt: skip


def seed_demo(rooms: Rooms) -> list[str]:
    """Fill an empty database, once; gives the accounts with their passwords, or nothing the second time."""
    with rooms.database.session() as session:
        rooms.booking.ensure_schedule(
            session, rooms.clock.now().date(), rooms.hospital.booking.days_ahead + 1
        )
        if accounts.colleagues(session):
            return []
        rooms.followup.import_discharges(session, discharge_list(rooms), "演示出院名单.csv")
        for index, row in enumerate(_DISCHARGED):
            if row[-1]:
                patient = _find(session, rooms, index)
                rooms.patients.bind(session, WEB, _address(index), patient.id)
                conversation = rooms.conversations.open(session, WEB, _address(index))
                rooms.conversations.link(session, conversation.id, patient.id)
        return [_account(session, rooms, *member) for member in _STAFF]


def of_demonstration(settings: Settings) -> bool:
    """True if the database belongs to a demonstration, whose clock a command must go by as well."""
    if settings.demo:
        return True
    database = Database(settings.url)
    with database.reading() as session:
        moved = session.scalar(select(DemoClockOffset.id).limit(1)) is not None
    database.close()
    return moved


def demo_patients(rooms: Rooms, session: Session) -> list[DemoPatient]:
    """Those whose chat the demo page can open."""
    return [
        DemoPatient(row[0], f"{row[1]}，{row[2]}岁，{row[6] or row[4]}", _address(index))
        for index, row in enumerate(_DISCHARGED)
        if row[-1] and rooms.patients.owner_of(session, WEB, _address(index)) is not None
    ]


def discharge_list(rooms: Rooms) -> bytes:
    """A discharge list as a hospital exports it: CSV in UTF-8."""
    today = rooms.clock.now().date()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for index, (name, sex, age, department, diagnosis, code, operation, days, _) in enumerate(_DISCHARGED):
        born = birth_date_of(age, today)
        left = today - timedelta(days=days)
        writer.writerow(
            (
                f"DEMO{index:04d}", name, sex, born.isoformat(), invent_id_number(born, sex, index),
                invent_phone(100 + index), department, (left - timedelta(days=3)).isoformat(),
                left.isoformat(), diagnosis, code, operation,
            )
        )  # fmt: skip
    return out.getvalue().encode("utf-8")


def _find(session: Session, rooms: Rooms, index: int) -> PatientView:
    name, sex, age = _DISCHARGED[index][:3]
    born = birth_date_of(age, rooms.clock.now().date())
    found = rooms.patients.find_by_id_number(session, invent_id_number(born, sex, index))
    if found is None:
        raise RuntimeError(f"the demo's discharge list did not register {name}")
    return found


def _account(session: Session, rooms: Rooms, username: str, word: str, role: accounts.Role, name: str) -> str:
    password = accounts.make_password()
    outcome = accounts.create_account(
        session,
        username=username,
        display_name=name,
        role=role,
        password=password,
        actor=_ACTOR,
        at=rooms.clock.now(),
    )
    if isinstance(outcome, Refusal):
        raise RuntimeError(f"the demo's account was refused: {outcome.code}")
    return f"{word}：用户名 {username}  密码 {password}"


def _address(index: int) -> str:
    """A web visitor's key that nobody could guess to be a real one."""
    return f"demo-patient-{index}"
