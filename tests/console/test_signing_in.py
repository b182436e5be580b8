"""Sign-in: sessions, CSRF, locks and passwords."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from console import accounts
from console.tables import StaffAccount, StaffSession
from console.web import COOKIE
from core.audit import AuditEvent
from core.errors import Refusal
from tests.console.conftest import PASSWORD, World, sign_in, token_in


def test_a_visitor_is_sent_to_the_sign_in_page_and_back_to_where_they_wanted_to_go(world: World) -> None:
    world.account("li")
    client = world.browser()
    turned_away = client.get("/console/conversations")
    assert turned_away.status_code == 303
    assert turned_away.headers["location"] == "/console/login?next=/console/conversations"
    answer = sign_in(client, "li", next="/console/conversations")
    assert answer.headers["location"] == "/console/conversations"


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "/console\\@x", "/other"]
)
def test_sign_in_never_leads_out_of_the_console(world: World, target: str) -> None:
    world.account("li")
    assert sign_in(world.browser(), "li", next=target).headers["location"] == "/console"


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(world: World) -> None:
    world.account("li")
    header = sign_in(world.browser(), "li").headers.get_list("set-cookie")[0]
    assert header.startswith(COOKIE)
    assert "HttpOnly" in header
    assert "SameSite=lax" in header


def test_a_session_chosen_by_somebody_else_is_never_taken_over(world: World) -> None:
    """Session fixation: a token planted before sign-in is worth nothing after it."""
    world.account("li")
    client = world.browser()
    client.cookies.set(COOKIE, "planted", path="/console")
    sign_in(client, "li")
    planted = world.browser()
    planted.cookies.set(COOKIE, "planted", path="/console")
    assert planted.get("/console/tasks").status_code == 303


def test_signing_in_again_ends_the_browsers_earlier_session(world: World) -> None:
    world.account("li")
    client = world.browser()
    sign_in(client, "li")
    first = client.cookies[COOKIE]
    sign_in(client, "li")
    assert client.cookies[COOKIE] != first
    old = world.browser()
    old.cookies.set(COOKIE, first, path="/console")
    assert old.get("/console/tasks").status_code == 303


def test_only_hashes_of_session_tokens_are_stored(world: World) -> None:
    nurse = world.signed_in("li")
    with world.database.reading() as session:
        stored = session.scalars(select(StaffSession.token_hash)).one()
    assert stored != nurse.client.cookies[COOKIE]


def test_a_sign_in_form_without_its_token_is_refused(world: World) -> None:
    world.account("li")
    client = world.browser()
    client.get("/console/login")
    form = {"username": "li", "password": PASSWORD}
    assert client.post("/console/login", data=form).status_code == 403
    assert client.post("/console/login", data={**form, "csrf_token": "made up"}).status_code == 403


def test_every_change_without_a_csrf_token_is_refused(world: World) -> None:
    nurse = world.signed_in("li", "admin")
    task = world.task()
    for path in (
        "/console/logout",
        "/console/password",
        f"/console/tasks/{task.id}/claim",
        f"/console/tasks/{task.id}/close",
        f"/console/conversations/{task.conversation_id}/take",
        "/console/patients",
        "/console/accounts",
        "/console/discharges",
    ):
        assert nurse.client.post(path, data={}).status_code == 403, path
        assert nurse.client.post(path, data={"csrf_token": "wrong"}).status_code == 403, path
    with world.database.reading() as session:
        assert world.conversations.task(session, task.id).state == "open"


def test_the_token_of_another_session_is_not_good_enough(world: World) -> None:
    one, other = world.signed_in("li"), world.signed_in("zhao")
    task = world.task()
    answer = one.client.post(f"/console/tasks/{task.id}/claim", data={"csrf_token": other.csrf})
    assert answer.status_code == 403


def test_the_token_may_come_in_a_header(world: World) -> None:
    nurse, task = world.signed_in("li"), world.task()
    headers = {"X-CSRF-Token": nurse.csrf, "HX-Request": "true"}
    answer = nurse.client.post(f"/console/tasks/{task.id}/claim", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"].startswith(f"/console/tasks/{task.id}")


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(world: World) -> None:
    world.account("li")
    client = world.browser()
    for _ in range(accounts.MAX_FAILURES - 1):
        assert "不正确" in sign_in(client, "li", "wrong").text
    assert "已锁定" in sign_in(client, "li", "wrong").text
    assert "已锁定" in sign_in(client, "li").text
    world.clock.advance(accounts.LOCK_FOR + timedelta(seconds=1))
    assert sign_in(client, "li").status_code == 303


def test_unknown_and_disabled_accounts_answer_like_a_wrong_password(world: World) -> None:
    admin = world.signed_in("boss", "admin")
    staff_id = world.account("li")
    admin.post(f"/accounts/{staff_id}/disable")
    client = world.browser()
    assert "用户名或密码不正确" in sign_in(client, "li").text
    assert "用户名或密码不正确" in sign_in(client, "nobody").text


def test_a_session_ends_after_eight_hours_without_use(world: World) -> None:
    nurse = world.signed_in("li")
    world.clock.advance(timedelta(hours=7))
    assert nurse.get("/tasks").status_code == 200
    world.clock.advance(timedelta(hours=7))
    assert nurse.get("/tasks").status_code == 200
    world.clock.advance(accounts.IDLE + timedelta(minutes=1))
    assert nurse.get("/tasks").status_code == 303


def test_signing_out_ends_the_session_on_the_server(world: World) -> None:
    nurse = world.signed_in("li")
    token = nurse.client.cookies[COOKIE]
    nurse.post("/logout")
    again = world.browser()
    again.cookies.set(COOKIE, token, path="/console")
    assert again.get("/console/tasks").status_code == 303


def test_disabling_an_account_ends_its_sessions_at_once(world: World) -> None:
    nurse, admin = world.signed_in("li"), world.signed_in("boss", "admin")
    admin.post(f"/accounts/{nurse.staff_id}/disable")
    assert nurse.get("/tasks").status_code == 303


def test_a_password_issued_by_an_administrator_must_be_changed_first(world: World) -> None:
    admin = world.signed_in("boss", "admin")
    page = admin.post("/accounts", {"username": "New.Nurse", "display_name": "新护士", "role": "nurse"}).text
    issued = page.split('class="once">')[1].split("<")[0]
    client = world.browser()
    assert sign_in(client, "new.nurse", issued).status_code == 303
    assert client.get("/console/tasks").headers["location"] == "/console/password"
    form = {
        "csrf_token": token_in(client.get("/console/password").text),
        "current": issued,
        "new": "my own long words",
        "again": "my own long words",
    }
    assert client.post("/console/password", data=form).status_code == 303
    assert client.get("/console/tasks").status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"current": "not it"}, "当前密码不正确"),
        ({"new": "short", "again": "short"}, "密码太简单"),
        ({"again": "something else entirely"}, "不一致"),
    ],
)
def test_a_bad_new_password_is_refused_in_words(world: World, change: dict[str, str], words: str) -> None:
    nurse = world.signed_in("li")
    form = {"current": PASSWORD, "new": "brand new words", "again": "brand new words", **change}
    answer = nurse.post("/password", form)
    assert answer.status_code == 400
    assert words in answer.text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"username": "x"}, "bad_username"),
        ({"username": "has space"}, "bad_username"),
        ({"display_name": " "}, "bad_name"),
        ({"role": "king"}, "bad_role"),
        ({"password": "short"}, "weak_password"),
        ({"password": "aaaaaaaaaaaaaa"}, "weak_password"),
        ({"password": "li-likes-herself"}, "weak_password"),
        ({"username": "ZHAO"}, "username_taken"),
    ],
)
def test_bad_accounts_are_refused_by_name(world: World, given: dict[str, str], code: str) -> None:
    world.account("zhao")
    fields = {"username": "li", "display_name": "李", "role": "nurse", "password": PASSWORD, **given}
    with world.database.session() as session:
        outcome = accounts.create_account(session, **fields, at=world.clock.now())
    assert isinstance(outcome, Refusal)
    assert outcome.code == code


def test_passwords_are_kept_as_argon2_hashes_and_sign_ins_are_audited(world: World) -> None:
    nurse = world.signed_in("li")
    with world.database.reading() as session:
        account = session.get_one(StaffAccount, nurse.staff_id)
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert account.password_hash.startswith("$argon2id$")
    assert actions == ["accounts.create", "accounts.sign_in"]
