"""Search, the audited look at identity data, and the audit trail itself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.audit import AuditEvent
from followup.tables import Contact
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


def discharged(world: World, name: str = "贺小川") -> str:
    """Somebody whom only a discharge list names; gives the id of the first contact."""
    left = world.clock.now().date()
    listed = (
        "住院号,姓名,性别,年龄,手机号,家属电话,科室,出院日期,诊断\n"
        f"ZY9,{name},男,61,13800000061,13900000062,内分泌科,{left},2型糖尿病\n"
    )
    with world.database.session() as session:
        assert world.deps.followup.import_discharges(session, listed.encode(), "list.csv").accepted == 1
        return session.scalars(select(Contact.id).order_by(Contact.due_at)).first() or ""


def test_people_are_found_by_their_whole_name_registered_or_only_discharged(world: World) -> None:
    nurse, patient = world.signed_in("li"), world.patient("王秀兰")
    discharged(world, "王秀兰")
    page = nurse.post("/patients", {"query": " 王秀兰 "}).text
    assert patient.id in page
    assert "出院名单中的患者" in page
    assert page.count("王*兰") == 2
    assert "王秀兰" not in page.replace('value=" 王秀兰 "', "")
    (event,) = actions(world, "console.patient_search")
    assert (event.detail["by"], event.detail["found"], len(event.detail["stays"])) == (
        "name",
        [patient.id],
        1,
    )
    assert "没有找到" in nurse.post("/patients", {"query": "王秀"}).text


def test_a_patient_without_an_id_number_is_shown_masked_and_can_be_called(world: World) -> None:
    nurse, contact = world.signed_in("li"), discharged(world)
    task = world.task(detail={"contact_id": contact})
    assert "贺*川" in nurse.get("/tasks").text
    page = nurse.get(f"/tasks/{task.id}").text
    assert "贺*川" in page
    assert "61 岁" in page
    assert "贺小川" not in page
    assert "13800000061" not in page
    due = page_day(world, contact)
    assert "贺*川" in nurse.get(f"/followup?day={due}").text
    (address,) = set(re.findall(r'hx-post="/console(/stays/\w+/reveal)"', page))
    full = nurse.post(address).text
    assert "贺小川" in full
    assert "13800000061" in full
    assert "13900000062" in full
    (event,) = actions(world, "followup.view_person")
    assert event.actor == f"staff:{nurse.staff_id}"
    assert nurse.post("/stays/nobody/reveal").status_code == 404


def page_day(world: World, contact_id: str) -> str:
    with world.database.reading() as session:
        return session.get_one(Contact, contact_id).due_at.date().isoformat()


def test_an_emergency_of_a_patient_without_an_id_number_shows_who_it_is(world: World) -> None:
    discharged(world)
    world.clock.advance(timedelta(days=4))
    with world.database.session() as session:
        world.deps.followup.dispatch_due(session, world.clock.now())
        contact = session.scalars(select(Contact).where(Contact.conversation_id.is_not(None))).first()
        assert contact is not None
    nurse = world.signed_in("li")
    task = world.task(kind="emergency", conversation_id=contact.conversation_id)
    assert "贺*川" in nurse.get("/tasks").text
    assert "显示完整信息" in nurse.get(f"/tasks/{task.id}").text
    assert "贺*川" in nurse.get(f"/conversations/{contact.conversation_id}").text
