"""The follow-up plan, the import of discharge lists, figures and the register."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from console import figures
from console.aftercare import is_overdue
from console.figures import Month
from core.audit import AuditEvent
from core.clock import SHANGHAI
from core.database import new_id
from followup.tables import Contact, Discharge, Enrolment
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
        pathway = world.deps.followup.knowledge.pathways[0].id
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


def test_an_import_reports_every_rejected_row_with_its_reason(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    page = upload(head, b"name,phone").text
    assert "出院.csv" in page
    assert "计划随访 9 次：剖宫产 2 人" in page
    assert "手机号应为 11 位：&lt;b&gt;abc" in page
    assert world.deps.followup.imported == [(b"name,phone", "出院.csv")]
    with world.database.reading() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "console.discharges_import")
        ).one()
    assert event.actor == f"staff:{head.staff_id}"


def test_empty_missing_and_huge_files_are_refused_in_words(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    assert upload(head, b"").status_code == 400
    assert head.post("/discharges").status_code == 400
    huge = upload(head, b"x" * (10 * 1024 * 1024 + 1))
    assert huge.status_code == 413
    assert "文件太大" in huge.text
    assert upload(head, b"x" * (11 * 1024 * 1024)).status_code == 413
    assert world.deps.followup.imported == []


def test_the_register_is_downloaded_as_a_workbook_and_the_download_is_audited(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    answer = head.get("/figures/register?month=2026-11")
    assert answer.content == b"workbook of 2026-11"
    assert "followup-register-2026-11.xlsx" in answer.headers["content-disposition"]
    assert head.get("/figures/register?month=nonsense").status_code == 400
    assert "导出随访登记册" in head.get("/audit").text


def test_figures_count_claims_in_time(world: World) -> None:
    nurse = world.signed_in("li")
    quick, slow, _open = (world.task() for _ in range(3))
    world.clock.advance(timedelta(minutes=4))
    nurse.post(f"/tasks/{quick.id}/claim")
    world.clock.advance(timedelta(minutes=16))
    nurse.post(f"/tasks/{slow.id}/claim")
    nurse.post(f"/tasks/{slow.id}/close", {"outcome": "phone_advised"})
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
