"""The follow-up plan, the import of discharge lists, figures and the register."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from console import figures, words
from console.aftercare import is_overdue
from console.figures import Month
from conversations.tables import InboundMessage
from core.audit import AuditEvent
from core.clock import SHANGHAI
from core.database import new_id
from followup import OUTCOMES
from followup.tables import Contact, Discharge, Enrolment
from patients.invented import invent_id_number
from tests.console.conftest import Browser, World


def planned(world: World, patient_id: str, *states: tuple[str, timedelta]) -> None:
    """A discharged patient with one contact per state, due at that distance from now."""
    now = world.clock.now()
    with world.database.session() as session:
        stay = Discharge(
            stay_key=new_id(),
            patient_id=patient_id,
            department="肝胆外科",
            discharged_on=now.date(),
            diagnosis="胆囊结石",
            operation="腹腔镜胆囊切除术",
            imported_at=now,
        )
        session.add(stay)
        session.flush()
        pathway = world.deps.pathways.pathways[0].id
        enrolment = Enrolment(discharge_id=stay.id, pathway_id=pathway, created_at=now)
        session.add(enrolment)
        session.flush()
        for day, (state, distance) in enumerate(states, 1):
            session.add(
                Contact(
                    enrolment_id=enrolment.id,
                    day=day,
                    due_at=now + distance,
                    purpose=f"第{day}次电话",
                    questions=[],
                    state=state,
                )
            )


def test_the_plan_of_a_day_shows_states_and_marks_what_is_overdue(world: World) -> None:
    nurse, patient = world.signed_in("li"), world.patient("王秀兰")
    planned(
        world,
        patient.id,
        ("planned", timedelta(hours=2)),
        ("planned", timedelta(hours=-1)),
        ("answered", timedelta(hours=-2)),
        ("escalated", timedelta(days=-3)),
    )
    page = nurse.get("/followup").text
    assert "王*兰" in page
    assert "第1次电话" in page
    assert page.count('class="late">逾期') == 1
    assert "第4次电话" not in page
    only = nurse.get("/followup?state=answered").text
    assert "第3次电话" in only
    assert "第1次电话" not in only
    late = nurse.get("/followup?late=true").text
    assert "第2次电话" in late
    assert "第4次电话" in late
    assert "第3次电话" not in late
    assert nurse.get("/followup?day=2026-13-40").status_code == 400


def test_the_record_of_a_patient_shows_the_plan(world: World) -> None:
    nurse, patient = world.signed_in("li"), world.patient()
    planned(world, patient.id, ("answered", timedelta(days=-1)), ("planned", timedelta(days=6)))
    page = nurse.get(f"/patients/{patient.id}").text
    assert "腹腔镜胆囊切除术" in page
    assert "已应答" in page
    assert "待随访" in page


@pytest.mark.parametrize(
    ("state", "hours_ago", "expected"),
    [
        ("planned", 0.4, False),
        ("planned", 0.6, True),
        ("claimed", 0.6, True),
        ("open", 47, False),
        ("open", 49, True),
        ("unanswered", 49, True),
        ("answered", 400, False),
        ("closed_by_nurse", 400, False),
        ("withdrawn", 400, False),
    ],
)
def test_a_contact_is_overdue_by_its_state(state: str, hours_ago: float, expected: bool) -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
    assert is_overdue(state, now - timedelta(hours=hours_ago), now) is expected


def upload(browser: Browser, data: bytes, name: str = "出院.csv") -> object:
    form = {"csrf_token": browser.csrf}
    return browser.client.post("/console/discharges", data=form, files={"file": (name, data)})


LIST = """姓名,性别,出生日期,身份证号,手机号,科室,出院日期,主要诊断,手术名称
{good}
张三,男,1970-01-01,,1380000abcd,肝胆外科,2026-11-20,胆囊结石,<b>手术</b>
"""


def discharge_list(world: World) -> bytes:
    number = invent_id_number(world.clock.now().date().replace(year=1970), "男", 7)
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    good = f"赵大海,男,{born},{number},13800000007,肝胆外科,2026-11-22,胆囊结石,腹腔镜胆囊切除术"
    return LIST.format(good=good).encode("gbk")


def test_an_import_enrols_patients_and_reports_every_rejected_row(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    page = upload(head, discharge_list(world)).text
    assert "出院.csv" in page
    assert "腹腔镜胆囊切除" in page
    assert "未通过的行" in page
    assert "<b>手术" not in page
    again = upload(head, discharge_list(world)).text
    assert "重复，未再登记" in again
    with world.database.reading() as session:
        stays = session.scalars(select(Discharge)).all()
        events = session.scalars(
            select(AuditEvent.actor).where(AuditEvent.action == "console.discharges_import")
        ).all()
    assert len(stays) == 1
    assert events == [f"staff:{head.staff_id}"] * 2


def test_a_file_that_is_no_list_is_reported_not_crashed_on(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    answer = upload(head, b"\x00\xff\xfe not a list \x80", "x.bin")
    assert answer.status_code == 200
    assert "未通过的行" in answer.text


def test_the_template_of_a_list_can_be_imported_as_it_is(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    empty = head.get("/discharges/template")
    assert "attachment" in empty.headers["content-disposition"]
    assert upload(head, empty.content).status_code == 200


def test_empty_missing_and_huge_files_are_refused_in_words(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    empty = upload(head, b"")
    assert "文件是空的" in empty.text
    assert head.post("/discharges").status_code == 400
    assert "只有表头" in upload(head, "姓名,手机号,出院日期,诊断\n".encode()).text
    huge = upload(head, b"x" * (10 * 1024 * 1024 + 1))
    assert huge.status_code == 413
    assert "文件太大" in huge.text
    assert upload(head, b"x" * (11 * 1024 * 1024)).status_code == 413


def test_the_register_is_downloaded_as_a_workbook_and_the_download_is_audited(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    answer = head.get("/figures/register?month=2026-11")
    assert answer.content.startswith(b"PK")
    assert "followup-register-2026-11.xlsx" in answer.headers["content-disposition"]
    assert head.get("/figures/register?month=nonsense").status_code == 400
    assert "导出随访登记册" in head.get("/audit").text


def test_a_worrying_answer_is_shown_with_its_question_and_closing_ends_the_contact(world: World) -> None:
    nurse, patient = world.signed_in("li"), world.patient()
    followup = world.deps.followup
    said = "伤口红肿还流黄水，昨晚烧到38度9 <i>"
    with world.database.session() as session:
        talk = world.conversations.open(session, "web", "page-9", patient.id)
        followup.open_now(session, talk.id, pathway="腹腔镜胆囊切除", day=3)
    with world.database.session() as session:
        message = InboundMessage(
            conversation_id=talk.id,
            provider_id="p1",
            seq=99,
            text_enc=world.conversations._seal.text(said),
            received_at=world.clock.now(),
        )
        session.add(message)
        session.flush()
        turn = followup.answer(session, talk.id, said, message.id)
    page = nurse.get(f"/tasks/{turn.task_id}").text
    assert "<blockquote>伤口红肿还流黄水，昨晚烧到38度9 &lt;i&gt;</blockquote>" in page
    assert "随访问答" in page
    assert "第 3 天" in page
    nurse.post(f"/tasks/{turn.task_id}/claim")
    nurse.post(f"/tasks/{turn.task_id}/close", {"outcome": "revisit_booked", "note": "明天换药"})
    with world.database.reading() as session:
        contact = session.scalars(select(Contact).where(Contact.task_id == turn.task_id)).one()
    assert (contact.state, contact.outcome) == ("closed_by_nurse", "revisit_booked")


def test_the_outcomes_offered_are_those_that_the_register_knows() -> None:
    assert set(words.OUTCOMES) == set(OUTCOMES)


def test_figures_count_claims_in_time(world: World) -> None:
    nurse = world.signed_in("li")
    quick, slow, _open = (world.task() for _ in range(3))
    world.clock.advance(timedelta(minutes=4))
    nurse.post(f"/tasks/{quick.id}/claim")
    world.clock.advance(timedelta(minutes=16))
    nurse.post(f"/tasks/{slow.id}/claim")
    nurse.post(f"/tasks/{slow.id}/close", {"outcome": "phone_advised", "note": "已指导"})
    now = world.clock.now()
    with world.database.reading() as session:
        found = figures.of_month(session, Month.of(now), now)
    red = found.severities[0]
    assert (found.opened, found.closed, found.overdue) == (3, 1, 1)
    assert red.in_time == pytest.approx(1 / 3)
    assert red.to_claim == timedelta(minutes=12)
    assert found.outcomes == (("phone_advised", 1),)
    page = nurse.get("/figures").text
    assert "33%" in page
    assert "已电话联系并指导" in page
    assert "2026年1月" in nurse.get("/figures?month=2026-01").text


def test_months_know_their_neighbours_and_refuse_nonsense() -> None:
    january = Month.parse("2026-01")
    assert january is not None
    assert str(january.previous) == "2025-12"
    assert str(january.next) == "2026-02"
    for text in ("2026-13", "2026", "", "二月"):
        assert Month.parse(text) is None
