"""What every page needs: rendering, who is signed in, CSRF, and friendly answers to errors."""

from __future__ import annotations

import hmac
import logging
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool

from console import accounts, words
from console.accounts import Role, SignedIn
from console.deps import ConsoleDeps
from core.errors import BanzhenError, Refusal

HERE = Path(__file__).parent
HOME = "/console"
LOGIN = f"{HOME}/login"
PASSWORD = f"{HOME}/password"
COOKIE = "banzhen_staff"
#: Ties a sign-in form to the browser that asked for it, while there is no session yet.
LOGIN_COOKIE = "banzhen_login"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Pages hold patient data: neither the browser's history nor a proxy keeps a copy.
    "Cache-Control": "no-store",
}

_log = logging.getLogger(__name__)


class PageError(Exception):
    """An outcome that the person at the console must see instead of the page."""

    def __init__(self, status: int, title: str, message: str = "") -> None:
        super().__init__(f"{status} {title}")
        self.status = status
        self.title = title
        self.message = message


class NotSignedIn(Exception):
    """No valid session came with the request."""


class MustChangePassword(Exception):
    """The account's password was set by somebody else; nothing else is allowed before it is changed."""


def not_found(what: str) -> PageError:
    return PageError(404, f"没有找到{what}", "它可能已被删除，或者链接不完整。")


def refused(refusal: Refusal) -> PageError:
    """A rule of a room said no: 409 with the reason in words."""
    title, message = words.refusal(refusal)
    return PageError(409, title, message)


class Console:
    """The rooms and the templates; one per application, at `request.state.console`."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self.deps = deps

    def page(
        self,
        request: Request,
        template: str,
        me: SignedIn | None = None,
        *,
        status: int = 200,
        **context: Any,
    ) -> HTMLResponse:
        """Render a page or, for a template whose name starts with `_`, a fragment of one."""
        base = {
            "me": me.staff if me else None,
            "csrf": me.csrf_token if me else "",
            "hospital_name": self.deps.hospital.name,
            "demo": self.deps.demo,
            "now": self.deps.clock.now(),
            "path": request.url.path,
            "done": words.DONE.get(request.query_params.get("done", ""), ""),
        }
        return HTMLResponse(ENV.get_template(template).render({**base, **context}), status_code=status)

    def set_cookie(self, response: Response, name: str, value: str, *, path: str = HOME) -> None:
        response.set_cookie(
            name, value, path=path, secure=self.deps.secure_cookies, httponly=True, samesite="lax"
        )


def desk(request: Request) -> Console:
    console: Console = request.state.console
    return console


Desk = Annotated[Console, Depends(desk)]


def bind(console: Console) -> Callable[[Request], None]:
    """A dependency that makes `console` known to every handler below a router."""

    def put(request: Request) -> None:
        request.state.console = console

    return put


def _require(role: Role, *, password_page: bool = False) -> Callable[[Request], Awaitable[SignedIn]]:
    async def check(request: Request) -> SignedIn:
        deps = desk(request).deps
        token = request.cookies.get(COOKIE)
        me = (
            await run_in_threadpool(accounts.who_is, deps.database, token, deps.wall_clock.now())
            if token
            else None
        )
        if me is None:
            raise NotSignedIn
        if request.method not in SAFE_METHODS:
            await check_csrf(request, me.csrf_token)
        if me.staff.must_change_password and not password_page:
            raise MustChangePassword
        if not me.staff.role.covers(role):
            raise PageError(403, "没有权限", f"这个页面需要“{words.ROLES[role]}”及以上权限，请联系管理员。")
        return me

    return check


async def check_csrf(request: Request, expected: str) -> None:
    """The token comes in a header (htmx) or in the form. Raises PageError 403 if it is missing or wrong."""
    sent = request.headers.get("X-CSRF-Token")
    if sent is None:
        form_value = (await request.form()).get("csrf_token")
        sent = form_value if isinstance(form_value, str) else ""
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise PageError(403, "页面已过期", "请刷新页面后再试一次；您填写的内容没有提交。")


Nurse = Annotated[SignedIn, Depends(_require(Role.NURSE))]
HeadNurse = Annotated[SignedIn, Depends(_require(Role.HEAD_NURSE))]
Admin = Annotated[SignedIn, Depends(_require(Role.ADMIN))]
#: Signed in, even if the password must be changed first.
Anyone = Annotated[SignedIn, Depends(_require(Role.NURSE, password_page=True))]


def go(url: str, request: Request) -> Response:
    """Send the browser on after something was done; a htmx request is told to load the page itself."""
    if is_fragment_request(request):
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, status_code=303)


def is_fragment_request(request: Request) -> bool:
    return request.headers.get("HX-Request") == "true"


class ConsoleRoute(APIRoute):
    """A route that answers errors as pages (or fragments, for htmx) and sets the security headers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_kindly(request: Request) -> Response:
            try:
                response = await handle(request)
            except NotSignedIn:
                target = request.url.path if request.method == "GET" else HOME
                response = _leave_for(request, f"{LOGIN}?next={quote(target, safe='/')}")
            except MustChangePassword:
                response = _leave_for(request, PASSWORD)
            except PageError as error:
                response = _error_page(request, error)
            except RequestValidationError:
                response = _error_page(request, PageError(400, "提交的内容不完整", "请检查表单后重试。"))
            except HTTPException as error:
                response = _error_page(request, _from_http(error))
            except BanzhenError as error:
                status = 404 if error.code.startswith("no_such_") else 409
                response = _error_page(request, PageError(status, "操作没有完成", error.message))
            except Exception as error:  # noqa: BLE001
                # The last border: whatever broke, the nurse gets a page and the log the place. Messages of
                # exceptions may quote a patient or a row, so they stay out of the log.
                trace = "".join(traceback.format_tb(error.__traceback__))
                _log.error("page %s failed: %s\n%s", self.path_format, type(error).__name__, trace)
                response = _error_page(
                    request,
                    PageError(500, "系统出错了", "操作没有完成，已记录故障。请稍后重试，或联系信息科。"),
                )
            for name, value in SECURITY_HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return handle_kindly


def page_router() -> APIRouter:
    """A router for pages below `/console`; `router.build` joins them."""
    return APIRouter(prefix=HOME, route_class=ConsoleRoute)


def _from_http(error: HTTPException) -> PageError:
    if error.status_code == 404:
        return not_found("这个页面")
    if error.status_code == 413:
        return PageError(413, "文件太大", "请拆分后再上传。")
    return PageError(error.status_code, "请求无法处理", "请返回上一页重试。")


def _leave_for(request: Request, url: str) -> Response:
    if is_fragment_request(request):
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, status_code=303)


def _error_page(request: Request, error: PageError) -> Response:
    template = "_notice.html" if is_fragment_request(request) else "error.html"
    page = ENV.get_template(template).render(
        status=error.status, title=error.title, message=error.message, home=HOME
    )
    return HTMLResponse(page, status_code=error.status)


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates", encoding="utf-8"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(words.FILTERS)
    env.globals.update(words=words, Role=Role)
    return env


ENV = _environment()
