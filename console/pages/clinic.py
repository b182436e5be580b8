"""Appointments of a day, with the histories that patients told before the visit."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import Request, Response

from console import visits
from console.web import Desk, Nurse, page_router
from core import audit

router = page_router()


@router.get("/appointments")
def appointments(
    request: Request, console: Desk, me: Nurse, day: date | None = None, department: str = ""
) -> Response:
    deps, now = console.deps, console.deps.clock.now()
    with deps.database.session() as session:
        found = visits.of_day(deps, session, day or now.date(), department)
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.appointments_view",
            subject="appointments",
            at=now,
            detail={
                "day": found.day.isoformat(),
                "department": department,
                "shown": [visit.appointment.id for visit in found.visits],
            },
        )
    return console.page(
        request, "appointments.html", me, found=found, department=department, one_day=timedelta(days=1)
    )
