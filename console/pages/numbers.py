"""Figures of a month, and the register for the quality office."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request, Response

from console import figures
from console.figures import Month
from console.web import Desk, HeadNurse, Nurse, PageError, page_router
from core import audit

router = page_router()

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _month(text: str, current: Month) -> Month:
    month = Month.parse(text) if text else current
    if month is None:
        raise PageError(400, "月份不正确", "请用 2026-11 这样的格式。")
    return month


def _offered(now: datetime, chosen: Month) -> list[Month]:
    """This month and the twelve before it, and the chosen one if it is another."""
    months = [Month.of(now)]
    while len(months) <= 12:
        months.append(months[-1].previous)
    return months if chosen in months else [*months, chosen]


@router.get("/figures")
def overview(request: Request, console: Desk, me: Nurse, month: str = "") -> Response:
    now = console.deps.clock.now()
    chosen = _month(month, Month.of(now))
    with console.deps.database.reading() as session:
        found = figures.of_month(session, chosen, now)
        indicators = console.deps.followup.indicators(session, str(chosen))
    return console.page(
        request, "figures.html", me, figures=found, followup=indicators, months=_offered(now, chosen)
    )


@router.get("/figures/register")
def register(console: Desk, me: HeadNurse, month: str = "") -> Response:
    """The workbook holds names: who took it away is on record before it leaves."""
    deps, now = console.deps, console.deps.clock.now()
    chosen = _month(month, Month.of(now))
    # A month of a large hospital takes a while: nobody who writes waits for it.
    with deps.database.reading() as session:
        workbook: bytes = deps.followup.export_register(session, str(chosen))
    with deps.database.session() as session:
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.register_export",
            subject="register",
            at=now,
            detail={"month": str(chosen)},
        )
    disposition = f'attachment; filename="followup-register-{chosen}.xlsx"'
    return Response(workbook, media_type=_XLSX, headers={"Content-Disposition": disposition})
