"""A small real FHIR R4 server: enough of Slot, Appointment and Patient for the contract test.

It checks every resource that it is given against the R4 definitions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient

_MODELS: dict[str, Any] = {"Appointment": Appointment, "Patient": Patient}


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class FhirServer:
    """Keeps resources in memory; one lock makes each request and each bundle atomic."""

    def __init__(self) -> None:
        self.store: dict[str, dict[str, dict[str, Any]]] = {"Slot": {}, "Appointment": {}, "Patient": {}}
        self.page_size = 3
        self._ids = count(1)
        self._lock = threading.Lock()

    def add_slot(self, slot_id: str, doctor_id: str, start: datetime, end: datetime) -> None:
        self.store["Slot"][slot_id] = {
            "resourceType": "Slot",
            "id": slot_id,
            "meta": {"versionId": "1"},
            "schedule": {"reference": f"Schedule/{doctor_id}"},
            "status": "free",
            "start": start.isoformat(),
            "end": end.isoformat(),
        }

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/fhir/", self._bundle, methods=["POST"])
        app.add_api_route("/fhir/{kind}", self._search, methods=["GET"])
        app.add_api_route("/fhir/{kind}", self._create, methods=["POST"])
        app.add_api_route("/fhir/{kind}/{resource_id}", self._read, methods=["GET"])
        app.add_api_route("/fhir/{kind}/{resource_id}", self._update, methods=["PUT"])
        return app

    async def _read(self, kind: str, resource_id: str) -> Response:
        found = self.store[kind].get(resource_id)
        return JSONResponse(found) if found else Response(status_code=404)

    async def _search(self, kind: str, request: Request) -> Response:
        found = [one for one in self.store[kind].values() if self._matches(one, request)]
        offset = int(request.query_params.get("_offset", 0))
        page = found[offset : offset + self.page_size]
        link = []
        if offset + self.page_size < len(found):
            link = [
                {
                    "relation": "next",
                    "url": str(request.url.include_query_params(_offset=offset + self.page_size)),
                }
            ]
        entry = [{"resource": one} for one in page]
        return JSONResponse({"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry})

    def _matches(self, resource: dict[str, Any], request: Request) -> bool:
        for name, value in request.query_params.multi_items():
            if name == "identifier" and not self._has(resource, value):
                return False
            if name == "status" and resource["status"] != value:
                return False
            if (
                name == "schedule.actor"
                and resource["schedule"]["reference"].split("/")[1] != value.split("/")[1]
            ):
                return False
            if name == "start":
                at, bound = datetime.fromisoformat(resource["start"]), datetime.fromisoformat(value[2:])
                if not (at >= bound if value.startswith("ge") else at < bound):
                    return False
        return True

    def _has(self, resource: dict[str, Any], token: str) -> bool:
        system, _, value = token.partition("|")
        return any(one == {"system": system, "value": value} for one in resource.get("identifier", ()))

    async def _create(self, kind: str, request: Request) -> Response:
        return self._answer(kind, await request.json(), if_none_exist=request.headers.get("if-none-exist"))

    async def _update(self, kind: str, resource_id: str, request: Request) -> Response:
        if_match = request.headers.get("if-match")
        return self._answer(kind, await request.json(), resource_id=resource_id, if_match=if_match)

    def _answer(self, kind: str, resource: dict[str, Any], **conditions: Any) -> Response:
        with self._lock:
            try:
                return JSONResponse(self._write(kind, resource, **conditions), status_code=201)
            except _Refused as refused:
                return Response(status_code=refused.status)

    async def _bundle(self, request: Request) -> Response:
        bundle = await request.json()
        Bundle.model_validate(bundle)
        with self._lock:
            before = {kind: dict(rows) for kind, rows in self.store.items()}
            try:
                for entry in bundle["entry"]:
                    ask = entry["request"]
                    kind, _, resource_id = ask["url"].partition("/")
                    self._write(
                        kind,
                        entry["resource"],
                        resource_id=resource_id or None,
                        if_match=ask.get("ifMatch"),
                        if_none_exist=ask.get("ifNoneExist"),
                    )
            except _Refused as refused:
                self.store = before
                return Response(status_code=refused.status)
        return JSONResponse({"resourceType": "Bundle", "type": "transaction-response"})

    def _write(
        self,
        kind: str,
        resource: dict[str, Any],
        *,
        resource_id: str | None = None,
        if_match: str | None = None,
        if_none_exist: str | None = None,
    ) -> dict[str, Any]:
        _MODELS[kind].model_validate(resource)
        rows = self.store[kind]
        if if_none_exist is not None:
            known = [
                one for one in rows.values() if self._has(one, if_none_exist.removeprefix("identifier="))
            ]
            if known:
                return known[0]
        old = rows.get(resource_id) if resource_id else None
        if old is not None and if_match != f'W/"{old["meta"]["versionId"]}"':
            raise _Refused(412)
        if kind == "Appointment":
            self._move_slots(old, resource)
        version = int(old["meta"]["versionId"]) + 1 if old else 1
        made = {**resource, "id": resource_id or f"r{next(self._ids)}", "meta": {"versionId": str(version)}}
        rows[made["id"]] = made
        return made

    def _move_slots(self, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        slot_id = new["slot"][0]["reference"].split("/")[1]
        slot = self.store["Slot"][slot_id]
        if old is None and slot["status"] != "free":
            raise _Refused(409)
        status = "busy" if new["status"] == "booked" else "free"
        self.store["Slot"][slot_id] = {**slot, "status": status}


@contextmanager
def served(server: FhirServer) -> Iterator[str]:
    """Serve on a free port of the loopback address; gives the base URL."""
    config = uvicorn.Config(server.app(), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        thread.join(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/fhir/"
    finally:
        running.should_exit = True
        thread.join(5)
