"""The chat page and its API: one visitor is one cookie, one message one POST, and pushes come as events."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Header, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, StreamingResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from channels.web import body_map
from conversations import Conversations, Inbound, Message, Reply
from core.clock import Clock
from core.database import Database
from hospital import Hospital

CHANNEL = "web"
COOKIE = "banzhen_visitor"
_HERE = Path(__file__).parent
_YEAR_SECONDS = 365 * 24 * 3600
#: How often the database is asked for something new, seconds.
_TICK = 1.0
_KEEP_ALIVE_TICKS = 15
#: Longest message that is taken, characters; the page says so before.
_LONGEST = 20_000
_STATIC = {"chat.css": "text/css", "chat.js": "text/javascript", "body.js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_PAGES = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(), undefined=StrictUndefined
)


class Said(BaseModel):
    """What the page sends. `id` is made by the page, so a repeated delivery is recognised."""

    id: str = Field(min_length=8, max_length=64, pattern=r"^[0-9A-Za-z-]+$")
    text: str = Field(max_length=_LONGEST)


class Bubble(BaseModel):
    """One message as the page shows it."""

    id: str
    author: str
    text: str
    buttons: list[dict[str, str]] = []
    card: dict[str, Any] | None = None
    at: str | None = None


class Answered(BaseModel):
    duplicate: bool
    replies: list[Bubble]


#: Whoever has no such cookie is sent away with 422; the page gives one.
Visitor = Annotated[str, Cookie(alias=COOKIE, min_length=8, max_length=128)]


def build(
    *,
    database: Database,
    clock: Clock,
    conversations: Conversations,
    hospital: Hospital,
    secure_cookies: bool,
    demo: bool,
) -> APIRouter:
    """The page at /chat and its API below /api/chat."""
    router = APIRouter()

    @router.get("/chat", include_in_schema=False)
    def page(request: Request) -> HTMLResponse:
        map_of_the_body = [region.model_dump(mode="json") for region in body_map.regions()]
        body = _PAGES.get_template("chat.html").render(hospital=hospital, demo=demo, regions=map_of_the_body)
        response = HTMLResponse(body, headers=_HEADERS)
        if COOKIE not in request.cookies:
            set_visitor(response, secrets.token_urlsafe(24), secure=secure_cookies)
        return response

    @router.get("/chat/static/{name}", include_in_schema=False)
    def static(name: str) -> FileResponse:
        if name not in _STATIC:
            raise HTTPException(404)
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return FileResponse(_HERE / "static" / name, media_type=_STATIC[name], headers=headers)

    @router.post("/api/chat/messages", tags=["患者对话"], summary="发一条消息，得到回复")
    async def say(said: Said, visitor: Visitor, x_banzhen: Annotated[str, Header()]) -> Answered:
        # The header cannot be set by another site's form: together with the Lax cookie it stops forgery.
        del x_banzhen
        receipt = await conversations.receive(
            Inbound(CHANNEL, visitor, f"web:{said.id}", said.text, clock.now())
        )
        return Answered(duplicate=receipt.duplicate, replies=[_of_reply(reply) for reply in receipt.replies])

    @router.get("/api/chat/history", tags=["患者对话"], summary="这位访客的对话记录")
    def history(visitor: Visitor) -> list[Bubble]:
        with database.reading() as session:
            conversation = conversations.find(session, CHANNEL, visitor)
            if conversation is None:
                return []
            shown = conversations.transcript(session, conversation.id)
        _delivered(database, conversations, shown)
        return [_of_message(message) for message in shown]

    @router.get("/api/chat/events", tags=["患者对话"], summary="新消息的事件流（SSE）")
    async def events(visitor: Visitor, after: str | None = None) -> StreamingResponse:
        stream = _events(database, conversations, visitor, after)
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    return router


def set_visitor(response: Response, address: str, *, secure: bool) -> None:
    """Let the browser be this visitor."""
    response.set_cookie(COOKIE, address, max_age=_YEAR_SECONDS, httponly=True, samesite="lax", secure=secure)


async def _events(
    database: Database, conversations: Conversations, visitor: str, after: str | None
) -> AsyncIterator[str]:
    """Every message to the visitor after `after`, as it comes; the page drops those it shows already."""
    last, quiet = after, 0
    revision: str | None = None
    while True:
        revision, messages = await run_in_threadpool(_news, database, conversations, visitor, last, revision)
        for message in messages:
            last, quiet = message.id, 0
            yield f"data: {json.dumps(_of_message(message).model_dump(), ensure_ascii=False)}\n\n"
        quiet += 1
        if quiet % _KEEP_ALIVE_TICKS == 0:
            yield ": still here\n\n"
        await asyncio.sleep(_TICK)


def _news(
    database: Database,
    conversations: Conversations,
    visitor: str,
    last: str | None,
    revision: str | None,
) -> tuple[str | None, tuple[Message, ...]]:
    with database.reading() as session:
        conversation = conversations.find(session, CHANNEL, visitor)
        if conversation is None:
            return None, ()
        now = conversations.revision(session, conversation.id)
        if now == revision:
            return revision, ()
        messages = conversations.since(session, conversation.id, last)
    _delivered(database, conversations, messages)
    return now, messages


def _delivered(database: Database, conversations: Conversations, messages: Sequence[Message]) -> None:
    """The page has them now."""
    waiting = [message.id for message in messages if message.state == "planned"]
    if waiting:
        with database.session() as session:
            conversations.mark_delivered(session, waiting)


def _of_reply(reply: Reply) -> Bubble:
    return Bubble(
        id=reply.id, author="bot", text=reply.text, buttons=_buttons(reply.buttons), card=_card(reply.card)
    )


def _of_message(message: Message) -> Bubble:
    return Bubble(
        id=message.id,
        author=message.author,
        text=message.text,
        buttons=_buttons(message.buttons),
        card=_card(message.card),
        at=message.at.isoformat(timespec="minutes"),
    )


def _buttons(buttons: tuple[Mapping[str, str], ...]) -> list[dict[str, str]]:
    return [dict(button) for button in buttons]


def _card(card: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if card is None else dict(card)
