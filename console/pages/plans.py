"""The follow-up plan: who is contacted when, how far it got, and what is overdue."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import Request, Response

from console import aftercare
from console.web import Desk, Nurse, page_router
from core import audit

router = page_router()


@router.get("/followup")
def plan(
    request: Request, console: Desk, me: Nurse, day: date | None = None, state: str = "", late: bool = False
) -> Response:
    """`late`: the overdue contacts of all days instead of those of one day."""
    deps, now = console.deps, console.deps.clock.now()
    with deps.database.session() as session:
        found = aftercare.of_day(deps, session, day or now.date(), state)
        rows = aftercare.overdue(deps, session) if late else found.rows
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.plan_view",
            subject="followup",
            at=now,
            detail={"day": found.day.isoformat(), "late": late, "shown": len(rows)},
        )
    return console.page(
        request,
        "followup.html",
        me,
        found=found,
        rows=rows,
        state=state,
        late=late,
        one_day=timedelta(days=1),
    )
