"""Import of discharge lists: who was discharged is enrolled in follow-up; every row that is not says why."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Request, Response, UploadFile

from console.web import Desk, HeadNurse, PageError, page_router
from core import audit
from followup import discharge_template

router = page_router()

#: A year of discharges of a large hospital is below this, bytes.
MAX_FILE = 10 * 1024 * 1024


@router.get("/discharges")
def form(request: Request, console: Desk, me: HeadNurse) -> Response:
    return console.page(request, "discharges.html", me, report=None, filename="")


@router.get("/discharges/template")
def template(me: HeadNurse) -> Response:  # noqa: ARG001
    """An empty list with all columns, to fill in."""
    headers = {"Content-Disposition": 'attachment; filename="discharges-template.csv"'}
    return Response(discharge_template(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/discharges")
def upload(request: Request, console: Desk, me: HeadNurse, file: Annotated[UploadFile, File()]) -> Response:
    deps, filename = console.deps, (file.filename or "").rsplit("/")[-1][-100:]
    data = file.file.read(MAX_FILE + 1)
    if not filename:
        raise PageError(400, "没有选择文件", "请选择一个 CSV 或 Excel 文件。")
    if len(data) > MAX_FILE:
        raise PageError(413, "文件太大", "请拆成 10 MB 以内的文件再上传。")
    report = deps.followup.import_list(deps.database, data)
    with deps.database.session() as session:
        audit.record(
            session,
            actor=me.staff.actor,
            action="console.discharges_import",
            subject="discharges",
            at=deps.clock.now(),
            detail={"accepted": report.accepted, "rejected": len(report.rejected)},
        )
    return console.page(request, "discharges.html", me, report=report, filename=filename)
