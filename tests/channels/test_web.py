"""The chat page: one visitor is one cookie, nobody else's page writes for them, and nothing breaks it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from channels import web
from core.clock import FixedClock
from core.database import Database
from tests import loaded
from tests.conversations.support import conversations, rooms

with warnings.catch_warnings():
    # The test client prefers a newer HTTP library than the one that the service itself needs.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

COOKIE = "banzhen_visitor"
OURS = {"X-Banzhen": "1"}


@pytest.fixture
def browser(database: Database, clock: FixedClock) -> Iterator[TestClient]:
    app = FastAPI()
    room = conversations(database, clock)
    app.include_router(
        web.build(
            database=database,
            clock=clock,
            conversations=room,
            hospital=loaded.hospital(),
            secure_cookies=False,
            demo=False,
        )
    )
    with TestClient(app) as client:
        yield client


def _say(browser: TestClient, text: str, message: str = "m-000001", **headers: str):  # type: ignore[no-untyped-def]
    return browser.post("/api/chat/messages", json={"id": message, "text": text}, headers=headers or OURS)


def test_the_page_makes_its_visitor_known_and_keeps_scripts_out(browser: TestClient) -> None:
    page = browser.get("/chat")
    (cookie,) = page.headers.get_list("set-cookie")
    assert all(word in cookie for word in (COOKIE, "HttpOnly", "SameSite=lax"))
    assert len(browser.cookies[COOKIE]) >= 32
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "set-cookie" not in browser.get("/chat").headers


def test_a_message_is_answered_once_however_often_it_is_delivered(browser: TestClient) -> None:
    browser.get("/chat")
    first, again = _say(browser, "你好").json(), _say(browser, "你好").json()
    assert [line["text"] for line in first["replies"]] == ["你好"]
    assert again == {**first, "duplicate": True}
    assert [line["author"] for line in browser.get("/api/chat/history").json()] == ["patient", "bot"]


def test_what_the_page_loads_counts_as_delivered(browser: TestClient, database: Database) -> None:
    browser.get("/chat")
    room = rooms[-1]
    with database.session() as session:
        talk = room.open(session, "web", browser.cookies[COOKIE])
        room.say(session, talk.id, "您好，这里是出院随访")
    browser.get("/api/chat/history")
    with database.reading() as session:
        assert [line.state for line in room.transcript(session, talk.id)] == ["delivered"]


def test_visitors_do_not_see_each_other(browser: TestClient) -> None:
    browser.get("/chat")
    _say(browser, "我的事")
    browser.cookies.clear()
    browser.get("/chat")
    assert browser.get("/api/chat/history").json() == []


def test_another_site_cannot_write_for_a_visitor(browser: TestClient) -> None:
    browser.get("/chat")
    refused = browser.post("/api/chat/messages", json={"id": "m-000001", "text": "你好"})
    assert refused.status_code == 422
    form = browser.post("/api/chat/messages", data={"id": "m-000001", "text": "你好"}, headers=OURS)
    assert form.status_code == 422
    assert browser.get("/api/chat/history").json() == []


@pytest.mark.parametrize("cookie", [None, "", "short", "x" * 5000])
def test_who_is_no_visitor_is_refused_and_not_stored(browser: TestClient, cookie: str | None) -> None:
    headers = dict(OURS) if cookie is None else {**OURS, "Cookie": f"{COOKIE}={cookie}"}
    assert _say(browser, "你好", **headers).status_code == 422
    assert browser.get("/api/chat/history", headers=headers).status_code == 422


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "😀", "<script>alert(1)</script>", "/restart", "x" * 20_000]
)
def test_whatever_is_typed_gets_an_answer(browser: TestClient, text: str) -> None:
    browser.get("/chat")
    answer = _say(browser, text)
    assert answer.status_code == 200
    assert answer.json()["replies"]


def test_only_the_files_of_the_page_are_served(browser: TestClient) -> None:
    assert browser.get("/chat/static/chat.js").status_code == 200
    for name in ("pages.py", "..%2fpages.py", "%2e%2e/pages.py"):
        assert browser.get(f"/chat/static/{name}").status_code == 404
