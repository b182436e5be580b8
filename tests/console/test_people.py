"""Search, the audited look at identity data, and the audit trail itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.audit import AuditEvent
from tests.console.conftest import World


def actions(world: World, prefix: str) -> list[AuditEvent]:
    with world.database.reading() as session:
        return [
            event
            for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))
            if event.action.startswith(prefix)
        ]


def test_a_patient_is_found_by_the_whole_phone_number_and_shown_masked(world: World) -> None:
    patient, nurse = world.patient("王秀兰"), world.signed_in("li")
    page = nurse.post("/patients", {"query": patient.phone.removeprefix("+86")}).text
    assert "王*兰" in page
    assert "王秀兰" not in page
    (event,) = actions(world, "console.patient_search")
    assert event.detail == {"by": "phone", "found": [patient.id]}


def test_a_patient_is_found_by_id_number(world: World) -> None:
    patient, nurse = world.patient(), world.signed_in("li")
    with world.database.session() as session:
        number = world.patients.view(session, patient.id, actor="system").id_number
    assert patient.id in nurse.post("/patients", {"query": number}).text


@pytest.mark.parametrize("query", ["", "138", "13800001234567", "110101199001011234", "<b>"])
def test_a_search_that_cannot_work_says_why_and_shows_nobody(world: World, query: str) -> None:
    world.patient()
    answer = world.signed_in("li").post("/patients", {"query": query})
    assert answer.status_code == 200
    assert 'role="alert">' in answer.text
    assert "打开档案" not in answer.text


def test_full_identity_data_is_shown_on_request_and_audited(world: World) -> None:
    patient, nurse = world.patient("王秀兰"), world.signed_in("li")
    assert "王秀兰" not in nurse.get(f"/patients/{patient.id}").text
    assert not actions(world, "patients.view")
    shown = nurse.post(f"/patients/{patient.id}/reveal", {"context": "patient"})
    assert "王秀兰" in shown.text
    assert patient.phone in shown.text
    (look,) = actions(world, "patients.view")
    assert (look.actor, look.subject) == (f"staff:{nurse.staff_id}", f"patient:{patient.id}")
    (why,) = actions(world, "console.patient_reveal")
    assert why.detail == {"context": "patient"}


def test_identity_data_is_not_shown_if_the_look_cannot_be_recorded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, nurse = world.patient("王秀兰"), world.signed_in("li")

    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("console.pages.people.audit.record", broken)
    answer = nurse.post(f"/patients/{patient.id}/reveal")
    assert answer.status_code == 500
    assert "王秀兰" not in answer.text
    assert not actions(world, "patients.view")


def test_an_opt_out_is_plain_to_see(world: World) -> None:
    patient, nurse = world.patient(), world.signed_in("li")
    with world.database.session() as session:
        world.patients.opt_out(session, patient.id, "asked")
    assert "已退出随访" in nurse.get(f"/patients/{patient.id}").text


def test_the_audit_trail_names_people_and_hides_what_patients_said(world: World) -> None:
    patient, nurse = world.patient("王秀兰"), world.signed_in("li", name="李敏")
    nurse.post(f"/patients/{patient.id}/reveal")
    head = world.signed_in("chen", "head_nurse")
    page = head.get("/audit").text
    assert "李敏" in page
    assert "显示完整信息" in page
    assert "王秀兰" not in page
    assert "读取完整身份信息" not in head.get("/audit?action=accounts.sign_in").text.split("<tbody>")[1]
    assert "没有符合条件的记录" in head.get("/audit?who=nobody").text
    about = head.get(f"/audit?subject=patient:{patient.id}").text.split("<tbody>")[1]
    assert "读取完整身份信息" in about
    assert "登录" not in about


def test_a_long_audit_trail_is_paged_without_losing_or_repeating_a_row(world: World) -> None:
    head = world.signed_in("chen", "head_nurse")
    with world.database.session() as session:
        for number in range(230):
            session.add(
                AuditEvent(
                    at=world.clock.now(), actor="system", action=f"test.{number:03d}", subject="x", detail={}
                )
            )
            session.flush()
    seen: list[str] = []
    path = "/audit"
    while path:
        page = head.get(path).text
        seen += [part[:8] for part in page.split("<td>test.")[1:]]
        path = (
            page.split('class="button" href="/console')[1].split('"')[0].replace("&amp;", "&")
            if "更早" in page
            else ""
        )
    numbers = [part.split("<")[0] for part in seen]
    assert numbers == [f"{number:03d}" for number in reversed(range(230))]


def test_an_administrator_resets_a_password_and_cannot_lock_themselves_out(world: World) -> None:
    admin, nurse = world.signed_in("boss", "admin"), world.signed_in("li")
    page = admin.post(f"/accounts/{nurse.staff_id}/password")
    assert 'class="once"' in page.text
    assert nurse.get("/tasks").status_code == 303
    assert admin.post(f"/accounts/{admin.staff_id}/disable").status_code == 409
    assert admin.post("/accounts/nix/password").status_code == 409
    bad = admin.post("/accounts", {"username": "李", "display_name": "李", "role": "nurse"})
    assert bad.status_code == 400
    assert "用户名不合规范" in bad.text
