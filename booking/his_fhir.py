"""The HIS behind a FHIR R4 server: Schedule, Slot, Appointment and Patient over HTTP.

Nothing is ever booked twice: patients and appointments are created conditionally (`If-None-Exist`) under an
identifier of ours, so a request whose answer was lost can simply be sent again; changes carry the version
they start from (`If-Match`); moving is one transaction bundle. See https://hl7.org/fhir/R4/http.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx

from booking.his import HisAppointment, HisPatient, HisSlot, HisUnavailable
from core.clock import SHANGHAI
from core.errors import Refusal

Resource = Mapping[str, Any]

_FHIR_JSON = "application/fhir+json"
#: Our own name spaces for identifiers.
_REQUEST_SYSTEM = "urn:banzhen:request"
_PATIENT_SYSTEM = "urn:banzhen:patient"
#: Chinese resident ID number (WS/T 500 电子病历共享文档规范).
_ID_NUMBER_SYSTEM = "urn:oid:2.16.156.10011.1.3"
_GENDERS = {"男": "male", "女": "female", None: "unknown"}
#: Answers of a server by which it says that the place went to somebody else.
_TAKEN = {httpx.codes.CONFLICT, httpx.codes.PRECONDITION_FAILED, httpx.codes.UNPROCESSABLE_ENTITY}
_ATTEMPTS = 2
_PAGE = 100


class FhirHis:
    """Talks to one FHIR server. `client` has the base URL, the authentication and the timeout."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def free_slots(self, doctor_id: str, first: date, last: date) -> tuple[HisSlot, ...]:
        start = datetime.combine(first, time(), tzinfo=SHANGHAI)
        end = datetime.combine(last + timedelta(days=1), time(), tzinfo=SHANGHAI)
        found = self._search(
            "Slot",
            [
                ("schedule.actor", f"Practitioner/{doctor_id}"),
                ("status", "free"),
                ("start", f"ge{start.isoformat()}"),
                ("start", f"lt{end.isoformat()}"),
                ("_count", str(_PAGE)),
            ],
        )
        # In FHIR a slot is one place; places of one half hour stay separate.
        slots = [HisSlot(slot["id"], doctor_id, _instant(slot["start"]), 1) for slot in found]
        return tuple(sorted(slots, key=lambda slot: (slot.starts_at, slot.id)))

    def book(self, patient: HisPatient, slot_id: str, request_key: str) -> HisAppointment | Refusal:
        done = self._by_request(request_key)
        if done is not None:
            return done
        slot = self._read("Slot", slot_id)
        if slot is None:
            return Refusal("unknown_slot")
        reference = f"Patient/{self._ensure_patient(patient)}"
        answer = self._send(
            "POST",
            "Appointment",
            json=_appointment(slot, reference, request_key),
            headers={"If-None-Exist": f"identifier={_REQUEST_SYSTEM}|{request_key}"},
        )
        if answer.status_code in _TAKEN:
            return Refusal("sold_out")
        return _his_appointment(_body(answer))

    def reschedule(self, appointment_id: str, slot_id: str, request_key: str) -> HisAppointment | Refusal:
        done = self._by_request(request_key)
        if done is not None:
            return done
        old, slot = self._read("Appointment", appointment_id), self._read("Slot", slot_id)
        if old is None:
            return Refusal("unknown_appointment")
        if slot is None:
            return Refusal("unknown_slot")
        if old["status"] != "booked":
            return Refusal("appointment_closed")
        new = _appointment(slot, _patient_of(old), request_key)
        bundle = {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "resource": _ended(old, "rescheduled"),
                    "request": {"method": "PUT", "url": f"Appointment/{old['id']}", "ifMatch": _version(old)},
                },
                {
                    "resource": new,
                    "request": {
                        "method": "POST",
                        "url": "Appointment",
                        "ifNoneExist": f"identifier={_REQUEST_SYSTEM}|{request_key}",
                    },
                },
            ],
        }
        answer = self._send("POST", "", json=bundle)
        if answer.status_code in _TAKEN:
            # Lost to somebody, or done already by an attempt of ours whose answer was lost.
            return self._by_request(request_key) or Refusal("sold_out")
        _body(answer)
        made = self._by_request(request_key)
        if made is None:
            raise HisUnavailable("the server confirmed a move that it does not have")
        return made

    def cancel(self, appointment_id: str, reason: str) -> HisAppointment | Refusal:
        for _ in range(_ATTEMPTS):
            current = self._read("Appointment", appointment_id)
            if current is None:
                return Refusal("unknown_appointment")
            if current["status"] == "cancelled":
                return _his_appointment(current)
            if current["status"] != "booked":
                return Refusal("appointment_closed")
            answer = self._send(
                "PUT",
                f"Appointment/{appointment_id}",
                json=_ended(current, reason),
                headers={"If-Match": _version(current)},
            )
            if answer.status_code not in _TAKEN:
                return _his_appointment(_body(answer))
        raise HisUnavailable("an appointment changed again and again while it was being cancelled")

    def appointment(self, appointment_id: str) -> HisAppointment | None:
        found = self._read("Appointment", appointment_id)
        return None if found is None else _his_appointment(found)

    # -- inside ------------------------------------------------------------------------------------------

    def _ensure_patient(self, patient: HisPatient) -> str:
        identifiers = [{"system": _PATIENT_SYSTEM, "value": patient.id}]
        if patient.id_number is not None:
            identifiers.append({"system": _ID_NUMBER_SYSTEM, "value": patient.id_number})
        resource: dict[str, Any] = {
            "resourceType": "Patient",
            "identifier": identifiers,
            "name": [{"text": patient.name}],
            "gender": _GENDERS[patient.sex],
            "birthDate": patient.birth_date.isoformat(),
        }
        if patient.phone is not None:
            resource["telecom"] = [{"system": "phone", "value": patient.phone, "use": "mobile"}]
        answer = self._send(
            "POST",
            "Patient",
            json=resource,
            headers={"If-None-Exist": f"identifier={_PATIENT_SYSTEM}|{patient.id}"},
        )
        return str(_body(answer)["id"])

    def _by_request(self, request_key: str) -> HisAppointment | None:
        found = self._search("Appointment", [("identifier", f"{_REQUEST_SYSTEM}|{request_key}")])
        first = next(iter(found), None)
        return None if first is None else _his_appointment(first)

    def _read(self, kind: str, resource_id: str) -> Resource | None:
        answer = self._send("GET", f"{kind}/{resource_id}")
        if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
            return None
        return _body(answer)

    def _search(self, kind: str, query: list[tuple[str, Any]]) -> Iterator[Resource]:
        answer: httpx.Response | None = self._send("GET", kind, params=query)
        while answer is not None:
            bundle = _body(answer)
            yield from (entry["resource"] for entry in bundle.get("entry", ()))
            following = next(
                (link["url"] for link in bundle.get("link", ()) if link["relation"] == "next"), None
            )
            answer = self._send("GET", following) if following else None

    def _send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: list[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send; once more if no answer came, which is safe because every request of ours is idempotent."""
        lost: httpx.TransportError | None = None
        for _ in range(_ATTEMPTS):
            try:
                return self._client.request(
                    method,
                    path,
                    json=json,
                    params=params,
                    headers={"Accept": _FHIR_JSON, "Content-Type": _FHIR_JSON, **(headers or {})},
                )
            except httpx.TransportError as error:
                lost = error
        raise HisUnavailable(type(lost).__name__) from lost


def _body(answer: httpx.Response) -> Resource:
    if not answer.is_success:
        raise HisUnavailable(f"HTTP {answer.status_code} from {answer.request.url.path}")
    try:
        body = answer.json()
    except ValueError as error:
        raise HisUnavailable(f"no JSON from {answer.request.url.path}") from error
    if not isinstance(body, dict) or "resourceType" not in body:
        raise HisUnavailable(f"no FHIR resource from {answer.request.url.path}")
    return body


def _appointment(slot: Resource, patient: str, request_key: str) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "identifier": [{"system": _REQUEST_SYSTEM, "value": request_key}],
        "status": "booked",
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "start": slot["start"],
        "end": slot["end"],
        "participant": [{"actor": {"reference": patient}, "status": "accepted"}],
    }


def _ended(appointment: Resource, reason: str) -> dict[str, Any]:
    return {**appointment, "status": "cancelled", "cancelationReason": {"text": reason}}


def _patient_of(appointment: Resource) -> str:
    actors = (str(one["actor"]["reference"]) for one in appointment["participant"] if "actor" in one)
    return next(actor for actor in actors if actor.startswith("Patient/"))


def _version(resource: Resource) -> str:
    return f'W/"{resource["meta"]["versionId"]}"'


def _his_appointment(resource: Resource) -> HisAppointment:
    slot_id = str(resource["slot"][0]["reference"]).removeprefix("Slot/")
    return HisAppointment(
        str(resource["id"]), slot_id, _instant(str(resource["start"])), str(resource["status"])
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(SHANGHAI)
