"""Sign-in, sign-out and one's own password; the home address; the live stream; static files."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.staticfiles import StaticFiles

from console import accounts, live, words
from console.web import (
    COOKIE,
    HERE,
    HOME,
    LOGIN,
    LOGIN_COOKIE,
    PASSWORD,
    Anyone,
    Desk,
    Nurse,
    check_csrf,
    go,
    not_found,
    page_router,
)
from core.errors import Refusal

router = page_router()
#: Goes last: everything that no page took.
rest = page_router()

_static = StaticFiles(directory=HERE / "static")


@router.get("")
def home() -> Response:
    return RedirectResponse(f"{HOME}/tasks", status_code=303)


@router.get("/login")
def login_form(request: Request, console: Desk, next: str = HOME) -> Response:
    return _login_page(request, console, next=next)


def _login_page(
    request: Request,
    console: Desk,
    *,
    next: str,
    username: str = "",
    error: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    token = request.cookies.get(LOGIN_COOKIE) or secrets.token_urlsafe(32)
    page = console.page(
        request,
        "login.html",
        status=status,
        login_token=token,
        next=next,
        username=username,
        error=error,
    )
    console.set_cookie(page, LOGIN_COOKIE, token, path=LOGIN)
    return page


async def _login_csrf(request: Request) -> None:
    await check_csrf(request, request.cookies.get(LOGIN_COOKIE, ""))


@router.post("/login", dependencies=[Depends(_login_csrf)])
def sign_in(
    request: Request,
    console: Desk,
    username: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=1024)],
    next: Annotated[str, Form()] = HOME,
) -> Response:
    outcome = accounts.sign_in(
        console.deps.database,
        username=username,
        password=password,
        at=console.deps.wall_clock.now(),
        replaces=request.cookies.get(COOKIE),
    )
    if isinstance(outcome, Refusal):
        return _login_page(
            request, console, next=next, username=username, error=words.refusal(outcome), status=401
        )
    response = go(_inside(next), request)
    console.set_cookie(response, COOKIE, outcome.token)
    response.delete_cookie(LOGIN_COOKIE, path=LOGIN)
    return response


def _inside(url: str) -> str:
    """Only an address of the console: a link from outside must not send staff elsewhere after sign-in."""
    inside = url == HOME or url.startswith(f"{HOME}/")
    return url if inside and not any(ch in url for ch in "\\\r\n") else HOME


@router.post("/logout")
def sign_out(request: Request, console: Desk, me: Anyone) -> Response:
    with console.deps.database.session() as session:
        accounts.sign_out(session, me, console.deps.wall_clock.now())
    response = go(f"{LOGIN}?done=signed_out", request)
    response.delete_cookie(COOKIE, path=HOME)
    return response


@router.get("/password")
def password_form(request: Request, console: Desk, me: Anyone) -> Response:
    return console.page(request, "password.html", me, error=None)


@router.post("/password")
def change_password(
    request: Request,
    console: Desk,
    me: Anyone,
    current: Annotated[str, Form(max_length=1024)],
    new: Annotated[str, Form(max_length=1024)],
    again: Annotated[str, Form(max_length=1024)],
) -> Response:
    if new != again:
        error = ("两次输入的新密码不一致", "请重新输入。")
        return console.page(request, "password.html", me, status=400, error=error)
    with console.deps.database.session() as session:
        refusal = accounts.change_password(
            session, me, current=current, new=new, at=console.deps.wall_clock.now()
        )
    if refusal:
        return console.page(request, "password.html", me, status=400, error=words.refusal(refusal))
    return go(f"{PASSWORD}?done=password" if me.staff.must_change_password is False else HOME, request)


@router.get("/events")
async def events(console: Desk, me: Nurse) -> Response:
    return StreamingResponse(
        live.events(console.deps, me),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


@router.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    try:
        response = await _static.get_response(name, request.scope)
    except StarletteHTTPException as error:
        raise not_found("这个文件") from error
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@rest.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nowhere() -> Response:
    raise not_found("这个页面")
