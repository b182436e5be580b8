"""Appointments of a day, with the histories that patients told before the visit."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import Request, Response

from console import visits
from console.web import Desk, Nurse, not_found, page_router
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


@router.get("/appointments/{appointment_id}/history")
def history(request: Request, console: Desk, me: Nurse, appointment_id: str) -> Response:
    """What the patient told before the visit; the booking room audits the read."""
    with console.deps.database.session() as session:
        summary = console.deps.booking.history(session, appointment_id, actor=me.staff.actor)
    if summary is None:
        raise not_found("这份预问诊")
    return console.page(request, "_history.html", me, summary=summary)
