"""The service: one FastAPI application over the rooms."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

import httpx
import structlog
from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool

from actions.base import Rooms
from actions.endpoint import ActionEndpoint
from channels import demo, web
from channels.sms_simulator import SmsSimulator
from console import router as console_pages
from console import vendor
from conversations import BotPort
from core.demo_clock import DemoClock
from core.settings import ROOT, Settings
from core.wording import in_chinese
from runtime.demo import demo_patients
from runtime.processes import reachable

#: What a crash left over waits so long for the bot, seconds; after that its patients are told what works.
_WAIT_FOR_BOT = 60.0
_LOOK_SECONDS = 0.2

log = structlog.get_logger()


def create_app(settings: Settings, rooms: Rooms, bot: BotPort) -> FastAPI:
    """The patient pages, the nurse console, Rasa's action endpoint, health and metrics."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Not awaited: the bot's turns call our actions, which answer only when this start is over.
        left_over = asyncio.create_task(_take_up_again(settings, rooms, bot))
        yield
        left_over.cancel()
        await rooms.conversations.close()

    app = FastAPI(
        title="伴诊 Banzhen",
        summary="医院智能助手服务接口",
        version="0.1.0",
        lifespan=lifespan,
        # FastAPI's own pages load their script from the internet, which a hospital's network does not reach.
        docs_url=None,
        redoc_url=None,
    )
    endpoint = ActionEndpoint(lambda _conversation: rooms)

    @app.post("/actions/webhook", include_in_schema=False)
    async def actions(request: Request, x_banzhen_token: Annotated[str, Header()] = "") -> dict[str, Any]:
        shown, wanted = x_banzhen_token.encode(), settings.bot_token.encode()
        if not wanted or not hmac.compare_digest(shown, wanted):
            raise HTTPException(403)
        return await endpoint.run(await request.json())

    @app.get("/healthz", tags=["运行"], summary="进程是否在运行")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["运行"], summary="数据库与对话引擎是否可用")
    async def readyz() -> JSONResponse:
        def database_answers() -> bool:
            with rooms.database.reading() as session:
                return session.scalar(text("select 1")) == 1

        checks = {"database": await run_in_threadpool(database_answers), "bot": await bot.healthy()}
        return JSONResponse(checks, status_code=200 if all(checks.values()) else 503)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="伴诊接口文档",
            swagger_js_url="/assets/vendor/swagger-ui.js",
            swagger_css_url="/assets/vendor/swagger-ui.css",
            swagger_favicon_url="data:,",
        )

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/chat")

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # Not the input: it may be a patient's words, and as long as they come.
        faults = [
            {"field": ".".join(str(part) for part in fault["loc"]), "message": in_chinese(fault)}
            for fault in error.errors()
        ]
        said = {"error": "invalid", "message": "请求的内容不符合要求，请按 faults 改正。", "faults": faults}
        return JSONResponse(said, status_code=422)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        # Only the type: the text of an error may quote a patient.
        log.error("unexpected error", error=type(error).__name__, exc_info=error)
        return JSONResponse(
            {
                "error": "internal",
                "message": "系统出了点问题，已经记录下来。请稍后再试，急事请拨打医院总机。",
            },
            status_code=500,
        )

    _mount_pages(app, settings, rooms)
    return app


async def _take_up_again(settings: Settings, rooms: Rooms, bot: BotPort) -> None:
    """Check what a crash left unread; answer the rest once this service and, if it soon can, the bot do."""
    own = f"http://{reachable(settings.host)}:{settings.port}/healthz"
    deadline = time.monotonic() + _WAIT_FOR_BOT
    try:
        await rooms.conversations.check_left_over()
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while not await _answers(client, own) or not (await bot.healthy() or time.monotonic() > deadline):
                await asyncio.sleep(_LOOK_SECONDS)
        await rooms.conversations.recover()
    except Exception as error:  # a patient's next message takes up what is left
        log.error("recovery failed", error=type(error).__name__, exc_info=error)


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _mount_pages(app: FastAPI, settings: Settings, rooms: Rooms) -> None:
    """The patients' chat, the nurses' console, their libraries, and in a demonstration its page."""
    app.include_router(
        web.build(
            database=rooms.database,
            clock=rooms.clock,
            conversations=rooms.conversations,
            hospital=rooms.hospital,
            secure_cookies=settings.secure_cookies,
            demo=settings.demo,
        )
    )
    app.include_router(
        console_pages.build(
            console_pages.ConsoleDeps(
                database=rooms.database,
                clock=rooms.clock,
                conversations=rooms.conversations,
                followup=rooms.followup,
                patients=rooms.patients,
                booking=rooms.booking,
                hospital=rooms.hospital,
                secure_cookies=settings.secure_cookies,
                demo=settings.demo,
                pathways=rooms.followup.knowledge,
            )
        )
    )
    app.include_router(vendor.build(ROOT / "assets" / "node_modules"))
    if isinstance(rooms.clock, DemoClock):
        app.include_router(
            demo.build(
                database=rooms.database,
                clock=rooms.clock,
                conversations=rooms.conversations,
                simulator=SmsSimulator(database=rooms.database, clock=rooms.clock, cipher=rooms.cipher),
                hospital=rooms.hospital,
                patients=partial(demo_patients, rooms),
            )
        )
