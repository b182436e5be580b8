"""The queue and the work on one task."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from conversations import Inbound
from core.audit import AuditEvent
from tests.console.conftest import Browser, World

FRAGMENT = {"HX-Request": "true"}


def actions(world: World, name: str) -> list[AuditEvent]:
    with world.database.reading() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.action == name)))


async def say(world: World, text: str, number: int = 1, address: str = "page-1") -> str:
    receipt = await world.conversations.receive(
        Inbound("web", address, f"m{number}", text, world.clock.now())
    )
    return receipt.conversation_id


def test_the_queue_shows_severity_in_words_and_masks_the_patient(world: World) -> None:
    patient = world.patient("王秀兰")
    world.task(patient_id=patient.id, detail={"pathway": "胆囊切除", "day": 3, "department": "肝胆外科"})
    page = world.signed_in("li").get("/tasks").text
    assert "红色·紧急" in page
    assert "王*兰" in page
    assert "王秀兰" not in page
    assert "第 3 天" in page
    assert "剩 10 分钟" in page


def test_filters_show_mine_and_unclaimed(world: World) -> None:
    nurse = world.signed_in("li")
    mine, other = world.task(reason="归我的任务"), world.task(reason="没人的任务")
    nurse.post(f"/tasks/{mine.id}/claim")
    assert other.reason not in nurse.get("/tasks?show=mine").text
    assert mine.reason in nurse.get("/tasks?show=mine").text
    assert mine.reason not in nurse.get("/tasks?show=open").text
    assert nurse.get("/tasks?show=nonsense").status_code == 400


def test_the_second_to_claim_is_told_who_was_first(world: World) -> None:
    first, second = world.signed_in("li", name="李敏"), world.signed_in("zhao", name="赵红")
    task = world.task()
    assert first.post(f"/tasks/{task.id}/claim").status_code == 303
    late = second.post(f"/tasks/{task.id}/claim")
    assert late.status_code == 409
    assert "已由李敏认领" in late.text
    fragment = second.post(f"/tasks/{task.id}/claim", headers=FRAGMENT)
    assert fragment.status_code == 409
    assert "已由李敏认领" in fragment.text
    assert "<html" not in fragment.text


@pytest.mark.concurrency
def test_of_many_who_claim_at_once_exactly_one_wins(world: World) -> None:
    nurses = [world.signed_in(f"nurse{n}") for n in range(6)]
    tokens = [nurse.csrf for nurse in nurses]
    task = world.task()
    together = threading.Barrier(len(nurses))
    outcomes: list[int] = []

    def claim(nurse: Browser, token: str) -> None:
        together.wait()
        path = f"/console/tasks/{task.id}/claim"
        outcomes.append(nurse.client.post(path, data={"csrf_token": token}).status_code)

    threads = [threading.Thread(target=claim, args=pair) for pair in zip(nurses, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [303] + [409] * 5


def test_a_task_is_closed_with_an_outcome_and_only_by_whoever_claimed_it(world: World) -> None:
    nurse, other = world.signed_in("li", name="李敏"), world.signed_in("zhao")
    task = world.task()
    nurse.post(f"/tasks/{task.id}/claim")
    closing = {"outcome": "phone_advised", "note": "已电话指导换药"}
    assert other.post(f"/tasks/{task.id}/close", closing).status_code == 409
    missing = nurse.post(f"/tasks/{task.id}/close", {"note": "没选"})
    assert missing.status_code == 409
    assert "请选择处理结果" in missing.text
    assert nurse.post(f"/tasks/{task.id}/close", {"outcome": "made_up"}).status_code == 409
    wordless = nurse.post(f"/tasks/{task.id}/close", {"outcome": "phone_advised", "note": " "})
    assert wordless.status_code == 409
    assert "请写明处理经过" in wordless.text
    assert nurse.post(f"/tasks/{task.id}/close", closing).status_code == 303
    page = nurse.get(f"/tasks/{task.id}").text
    assert "已电话联系并指导" in page
    assert "已电话指导换药" in page
    assert nurse.post(f"/tasks/{task.id}/claim").status_code == 409
    assert task.reason in nurse.get("/tasks?show=closed").text


def test_a_nurse_takes_over_writes_and_hands_back(world: World) -> None:
    nurse, task = world.signed_in("li", name="李敏"), world.task()
    talk = f"/conversations/{task.conversation_id}"
    assert nurse.post(f"{talk}/message", {"text": "您好"}).status_code == 409
    came_from = {"task": task.id}
    taken = nurse.post(f"{talk}/take", came_from)
    assert taken.headers["location"] == f"/console/tasks/{task.id}?done=taken"
    written = nurse.post(f"{talk}/message", {"text": "请先不要碰伤口"}, headers=FRAGMENT)
    assert written.status_code == 200
    assert "请先不要碰伤口" in written.text
    assert "护士 李敏" in written.text
    assert nurse.post(f"{talk}/message", {"text": "  "}).status_code == 409
    assert nurse.post(f"{talk}/back", came_from).status_code == 303
    with world.database.reading() as session:
        assert world.conversations.conversation(session, task.conversation_id).holder == "bot"


def test_a_task_about_a_relative_says_so(world: World) -> None:
    patient = world.patient("王秀兰")
    about, own = world.task(patient_id=patient.id, detail={"about": "父亲"}), world.task()
    nurse = world.signed_in("li")
    assert nurse.get("/tasks").text.count("说的是父亲") == 1
    assert "说的是父亲" in nurse.get(f"/tasks/{about.id}").text
    assert "说的是" not in nurse.get(f"/tasks/{own.id}").text


async def test_closing_a_task_gives_the_patient_back_to_the_assistant(world: World) -> None:
    await say(world, "转人工")
    nurse, task = world.signed_in("li", name="李敏"), world.task()
    nurse.post(f"/tasks/{task.id}/claim")
    nurse.post(f"/conversations/{task.conversation_id}/take", {"task": task.id})
    closed = nurse.post(f"/tasks/{task.id}/close", {"outcome": "message_advised", "note": "已答复"})
    assert "已交还给助手" in nurse.get(closed.headers["location"].removeprefix("/console")).text
    with world.database.reading() as session:
        assert world.conversations.conversation(session, task.conversation_id).holder == "bot"
        assert "接下来由伴诊助手" in world.conversations.transcript(session, task.conversation_id)[-1].text


def test_a_conversation_held_by_a_colleague_cannot_be_taken(world: World) -> None:
    nurse, other, task = world.signed_in("li", name="李敏"), world.signed_in("zhao"), world.task()
    nurse.post(f"/conversations/{task.conversation_id}/take")
    answer = other.post(f"/conversations/{task.conversation_id}/take")
    assert answer.status_code == 409
    assert "李敏正在与患者沟通" in answer.text
    assert other.post(f"/conversations/{task.conversation_id}/back").status_code == 409
    head = world.signed_in("chen", "head_nurse")
    assert head.post(f"/conversations/{task.conversation_id}/back").status_code == 303


def test_only_the_holder_or_a_head_nurse_moves_a_claimed_task(world: World) -> None:
    nurse, other = world.signed_in("li", name="李敏"), world.signed_in("zhao", name="赵红")
    head, task = world.signed_in("chen", "head_nurse"), world.task()
    nurse.post(f"/tasks/{task.id}/claim")
    assert other.post(f"/tasks/{task.id}/release").status_code == 409
    assert other.post(f"/tasks/{task.id}/reassign", {"to": other.staff_id}).status_code == 403
    assert head.post(f"/tasks/{task.id}/reassign", {"to": "nobody"}).status_code == 409
    assert head.post(f"/tasks/{task.id}/reassign", {"to": other.staff_id}).status_code == 303
    assert "赵红" in head.get(f"/tasks/{task.id}").text
    (event,) = actions(world, "console.task_reassign")
    assert event.actor == f"staff:{head.staff_id}"
    assert event.detail == {"from": nurse.staff_id, "to": other.staff_id}
    assert other.post(f"/tasks/{task.id}/release").status_code == 303


def test_opening_a_task_is_audited_once_and_its_live_parts_are_not(world: World) -> None:
    nurse, patient = world.signed_in("li"), world.patient()
    task = world.task(patient_id=patient.id)
    nurse.get(f"/tasks/{task.id}")
    nurse.get(f"/tasks/{task.id}/status")
    nurse.get(f"/conversations/{task.conversation_id}/transcript")
    (event,) = actions(world, "console.task_view")
    assert (event.actor, event.subject) == (f"staff:{nurse.staff_id}", f"patient:{patient.id}")


async def test_what_patients_write_is_shown_as_text_never_as_markup(world: World) -> None:
    attack = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    talk = await say(world, attack)
    task = world.task(
        conversation_id=talk,
        reason=attack,
        detail={
            "reasons": attack,
            "diagnosis": attack,
            "flags": [{"name": attack, "because": [attack]}],
            "pathway": attack,
            "department": attack,
        },
    )
    nurse = world.signed_in("li")
    for path in ("/tasks", f"/tasks/{task.id}", f"/conversations/{talk}", "/conversations"):
        page = nurse.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
    assert "&lt;script&gt;" in nurse.get(f"/conversations/{talk}").text


async def test_an_emergency_shows_its_red_flags_and_what_they_rest_on(world: World) -> None:
    await say(world, "我胸口压得喘不上气")
    nurse = world.signed_in("li")
    with world.database.reading() as session:
        (task,) = world.conversations.inbox(session)
    page = nurse.get(f"/tasks/{task.id}").text
    assert "疑似心梗" in page
    assert "胸痛" in page
    assert 'data-red="' + task.id in nurse.get("/tasks/badge").text


async def test_reading_a_conversation_that_one_holds_marks_it_as_seen(world: World) -> None:
    talk = await say(world, "你好")
    nurse = world.signed_in("li")
    nurse.post(f"/conversations/{talk}/take")
    await say(world, "护士在吗", 2)
    assert "条患者新消息" in nurse.get("/tasks/badge").text
    nurse.get(f"/conversations/{talk}/transcript")
    assert "条患者新消息" not in nurse.get("/tasks/badge").text


def test_what_does_not_exist_is_a_friendly_404(world: World) -> None:
    nurse = world.signed_in("li")
    for path in ("/tasks/nix", "/conversations/nix", "/patients/nix", "/no/such/page", "/tasks/nix/status"):
        answer = nurse.get(path)
        assert answer.status_code == 404, path
        assert "回到待办" in answer.text, path
    assert nurse.post("/tasks/nix/claim").status_code == 404
    assert nurse.post("/conversations/nix/take").status_code == 404


def test_a_broken_room_gives_a_friendly_500_without_a_trace(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nurse, secret = world.signed_in("li"), "王秀兰"

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"patient {secret} broke it")

    monkeypatch.setattr(type(world.conversations), "inbox", broken)
    answer = nurse.get("/tasks")
    assert answer.status_code == 500
    assert "系统出错了" in answer.text
    assert "王秀兰" not in answer.text
    assert "Traceback" not in answer.text
    assert "王秀兰" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_pages_allow_no_foreign_and_no_inline_scripts(world: World) -> None:
    nurse, task = world.signed_in("li", "admin"), world.task()
    for path in ("/tasks", f"/tasks/{task.id}", "/conversations", "/patients", "/accounts", "/audit"):
        answer = nurse.get(path)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text
        assert "//" not in answer.text.replace("http://testserver", ""), path
