"""The demo page and its few buttons. Mounted only with `--demo`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from channels.sms_simulator import CHANNEL, SmsSimulator
from channels.web.pages import set_visitor
from conversations import Conversations, Inbound
from core.database import Database, new_id
from core.demo_clock import DemoClock
from hospital import Hospital

_HERE = Path(__file__).parent
_PAGES = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(), undefined=StrictUndefined
)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """A made-up patient whose chat can be opened."""

    name: str
    about: str
    #: Address on the web channel.
    address: str


def build(
    *,
    database: Database,
    clock: DemoClock,
    conversations: Conversations,
    simulator: SmsSimulator,
    hospital: Hospital,
    patients: Callable[[Session], Sequence[DemoPatient]],
) -> APIRouter:
    """The page at /demo."""
    router = APIRouter(prefix="/demo", include_in_schema=False)

    @router.get("")
    def page() -> HTMLResponse:
        now = clock.now()
        with database.reading() as session:
            body = _PAGES.get_template("demo.html").render(
                hospital=hospital,
                now=f"{now:%Y-%m-%d} 周{_WEEKDAYS[now.weekday()]} {now:%H:%M}",
                patients=patients(session),
                messages=simulator.sent(session),
            )
        return HTMLResponse(body, headers=_HEADERS)

    @router.get("/demo.css")
    def style() -> FileResponse:
        return FileResponse(_HERE / "static" / "demo.css", media_type="text/css")

    @router.post("/clock")
    def move(hours: Annotated[float, Form(gt=0, le=24 * 60)]) -> RedirectResponse:
        clock.advance(timedelta(hours=hours))
        return RedirectResponse("/demo", status_code=303)

    @router.post("/sms")
    async def answer(
        phone: Annotated[str, Form(max_length=20)], text: Annotated[str, Form(max_length=500)]
    ) -> RedirectResponse:
        inbound = Inbound(CHANNEL, phone, f"simulator:{new_id()}", text, clock.now())
        await conversations.receive(inbound)
        return RedirectResponse("/demo", status_code=303)

    @router.post("/as")
    def chat_as(request: Request, address: Annotated[str, Form(max_length=64)]) -> RedirectResponse:
        response = RedirectResponse("/chat", status_code=303)
        set_visitor(response, address, secure=request.url.scheme == "https")
        return response

    return router
