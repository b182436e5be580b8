"""Patients: search, the record of one person over time, and the audited look at full identity data."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response

from console import records
from console.web import Desk, Nurse, not_found, page_router
from core import audit

router = page_router()


@router.get("/patients")
def search_form(request: Request, console: Desk, me: Nurse) -> Response:
    return console.page(request, "patients.html", me, query="", found=None, error="")


@router.post("/patients")
def search(
    request: Request, console: Desk, me: Nurse, query: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    """By POST, so that names and numbers stay out of addresses and of the logs that keep them."""
    deps = console.deps
    with deps.database.session() as session:
        found = records.search(deps, session, query)
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.patient_search",
            subject="patients",
            at=deps.clock.now(),
            detail={
                "by": found.by,
                "found": [hit.patient.id for hit in found.hits],
                **({"stays": [stay.discharge_id for stay in found.stays]} if found.stays else {}),
            },
        )
    return console.page(request, "patients.html", me, query=query, found=found, error=found.error)


@router.get("/patients/{patient_id}")
def record(request: Request, console: Desk, me: Nurse, patient_id: str) -> Response:
    deps = console.deps
    with deps.database.session() as session:
        page = records.patient_page(deps, session, patient_id, actor=me.staff.actor)
        if page is None:
            raise not_found("这位患者")
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.patient_view",
            subject=f"patient:{patient_id}",
            at=deps.clock.now(),
        )
    return console.page(request, "patient.html", me, page=page)


@router.post("/patients/{patient_id}/reveal")
def reveal(
    request: Request,
    console: Desk,
    me: Nurse,
    patient_id: str,
    context: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """The register writes the audit row of the look itself; ours says from which page it was taken."""
    deps = console.deps
    with deps.database.session() as session:
        full = deps.patients.view(session, patient_id, actor=me.staff.actor)
        if full is None:
            raise not_found("这位患者")
        opted_out = deps.patients.opted_out(session, patient_id)
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.patient_reveal",
            subject=f"patient:{patient_id}",
            at=deps.clock.now(),
            detail={"context": context},
        )
    return console.page(request, "_identity.html", me, full=full, opted_out=opted_out)


@router.post("/stays/{discharge_id}/reveal")
def reveal_stay(request: Request, console: Desk, me: Nurse, discharge_id: str) -> Response:
    """Who a discharge list names, for somebody who is not registered; follow-up audits the look."""
    with console.deps.database.session() as session:
        full = console.deps.followup.person(session, discharge_id, actor=me.staff.actor)
    if full is None:
        raise not_found("这位患者")
    return console.page(request, "_stay_identity.html", me, full=full)
