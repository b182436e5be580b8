"""The contract of every HIS adapter, and how the FHIR one behaves when the network does not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

import httpx
import pytest

from booking import Booking
from booking.his import EmbeddedHis, HisAppointment, HisPatient, HisPort, HisUnavailable
from booking.his_fhir import FhirHis
from core.clock import FixedClock
from core.database import Database
from core.errors import Refusal
from patients import PatientView
from tests.booking.conftest import Enrol
from tests.booking.fhir_server import FhirServer, served

DOCTOR = "dr007"


@dataclass
class Side:
    """An adapter with people to book for."""

    his: HisPort
    people: list[HisPatient]
    day: date


def his_patient(view: PatientView) -> HisPatient:
    return HisPatient(view.id, view.name, view.sex, view.birth_date, None, view.phone)


def fhir_with_slots(clock: FixedClock) -> FhirServer:
    server = FhirServer()
    tomorrow = clock.now().replace(hour=8, minute=0) + timedelta(days=1)
    for half_hour in range(4):
        start = tomorrow + timedelta(minutes=30 * half_hour)
        for place in range(2):
            server.add_slot(f"s{half_hour}{place}", DOCTOR, start, start + timedelta(minutes=30))
    server.add_slot("other", "dr999", tomorrow, tomorrow + timedelta(minutes=30))
    return server


@pytest.fixture(params=["embedded", "fhir"])
def side(
    request: pytest.FixtureRequest, scheduled: Database, booking: Booking, enrol: Enrol, clock: FixedClock
) -> Iterator[Side]:
    with scheduled.session() as session:
        people = [his_patient(enrol(session, serial)) for serial in range(8)]
    day = clock.now().date() + timedelta(days=1)
    if request.param == "embedded":
        yield Side(EmbeddedHis(scheduled, booking), people, day)
        return
    with served(fhir_with_slots(clock)) as url, httpx.Client(base_url=url) as client:
        yield Side(FhirHis(client), people, day)


def made(outcome: HisAppointment | Refusal | None) -> HisAppointment:
    assert isinstance(outcome, HisAppointment), outcome
    return outcome


def code(outcome: HisAppointment | Refusal) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def left(side: Side, slot_id: str) -> int:
    return sum(slot.left for slot in side.his.free_slots(DOCTOR, side.day, side.day) if slot.id == slot_id)


def test_free_slots_come_in_order_of_time(side: Side) -> None:
    slots = side.his.free_slots(DOCTOR, side.day, side.day)
    assert len(slots) >= 8
    assert [slot.starts_at for slot in slots] == sorted(slot.starts_at for slot in slots)
    assert {(slot.doctor_id, slot.starts_at.date()) for slot in slots} == {(DOCTOR, side.day)}
    assert side.his.free_slots(DOCTOR, side.day - timedelta(days=30), side.day - timedelta(days=30)) == ()


def test_booking_takes_a_place_and_a_repeat_takes_none(side: Side) -> None:
    slot = side.his.free_slots(DOCTOR, side.day, side.day)[0]
    one = made(side.his.book(side.people[0], slot.id, "k1"))
    assert (one.slot_id, one.starts_at, one.status) == (slot.id, slot.starts_at, "booked")
    assert made(side.his.book(side.people[0], slot.id, "k1")) == one
    assert left(side, slot.id) == slot.left - 1
    assert side.his.appointment(one.id) == one


def test_a_full_slot_and_an_unknown_one_are_refused(side: Side) -> None:
    slot = side.his.free_slots(DOCTOR, side.day, side.day)[0]
    for index in range(slot.left):
        made(side.his.book(side.people[index], slot.id, f"k{index}"))
    assert code(side.his.book(side.people[7], slot.id, "late")) == "sold_out"
    assert code(side.his.book(side.people[7], "nothing", "k")) == "unknown_slot"
    assert side.his.appointment("nothing") is None


def test_moving_frees_the_old_place_or_changes_nothing(side: Side) -> None:
    slots = side.his.free_slots(DOCTOR, side.day, side.day)
    first, target, full = slots[0], slots[2], slots[4]
    for index in range(full.left):
        made(side.his.book(side.people[index], full.id, f"full{index}"))
    old = made(side.his.book(side.people[6], first.id, "k"))
    assert code(side.his.reschedule(old.id, full.id, "to full")) == "sold_out"
    assert side.his.appointment(old.id) == old
    new = made(side.his.reschedule(old.id, target.id, "to target"))
    assert made(side.his.reschedule(old.id, target.id, "to target")) == new
    assert (new.slot_id, new.status) == (target.id, "booked")
    assert made(side.his.appointment(old.id)).status == "cancelled"
    assert (left(side, first.id), left(side, target.id)) == (first.left, target.left - 1)
    assert code(side.his.reschedule(old.id, first.id, "again")) == "appointment_closed"
    assert code(side.his.reschedule("nothing", first.id, "x")) == "unknown_appointment"
    assert code(side.his.reschedule(new.id, "nothing", "y")) == "unknown_slot"


def test_cancelling_frees_the_place_once(side: Side) -> None:
    slot = side.his.free_slots(DOCTOR, side.day, side.day)[0]
    one = made(side.his.book(side.people[0], slot.id, "k"))
    for _ in range(2):
        assert made(side.his.cancel(one.id, "patient_request")).status == "cancelled"
    assert left(side, slot.id) == slot.left
    assert code(side.his.cancel("nothing", "patient_request")) == "unknown_appointment"


@pytest.mark.concurrency
def test_the_last_places_go_to_as_many_people_as_there_are_places(side: Side) -> None:
    slot = side.his.free_slots(DOCTOR, side.day, side.day)[0]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda person: side.his.book(person, slot.id, person.id), side.people))
    assert sum(isinstance(one, HisAppointment) for one in outcomes) == slot.left
    assert {one.code for one in outcomes if isinstance(one, Refusal)} == {"sold_out"}


# -- FHIR only: the network ----------------------------------------------------------------------------------


class LosesFirstAnswer(httpx.BaseTransport):
    """Lets every request through, but loses the answer of the first one to a path."""

    def __init__(self, path: str) -> None:
        self._inner = httpx.HTTPTransport()
        self._path = path
        self.lost = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.method == "POST" and request.url.path == self._path and not self.lost:
            answer.read()
            self.lost += 1
            raise httpx.ReadTimeout("lost", request=request)
        return answer

    def close(self) -> None:
        self._inner.close()


PERSON = HisPatient("p1", "方晓禾", "女", date(1990, 3, 7))


@pytest.mark.parametrize("path", ["/fhir/Appointment", "/fhir/Patient"])
def test_a_lost_answer_is_asked_for_again_and_books_once(clock: FixedClock, path: str) -> None:
    server = fhir_with_slots(clock)
    transport = LosesFirstAnswer(path)
    with served(server) as url, httpx.Client(base_url=url, transport=transport) as client:
        made(FhirHis(client).book(PERSON, "s00", "k"))
    assert transport.lost == 1
    assert len(server.store["Appointment"]) == len(server.store["Patient"]) == 1


def test_a_lost_answer_to_a_move_is_found_again(clock: FixedClock) -> None:
    server = fhir_with_slots(clock)
    with served(server) as url, httpx.Client(base_url=url, transport=LosesFirstAnswer("/fhir/")) as client:
        his = FhirHis(client)
        old = made(his.book(PERSON, "s00", "k"))
        new = made(his.reschedule(old.id, "s10", "move"))
    assert new.slot_id == "s10"
    assert [one["status"] for one in server.store["Appointment"].values()] == ["cancelled", "booked"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, text="<html>maintenance</html>"),
        httpx.Response(200, json=[]),
        httpx.ConnectError("refused"),
    ],
)
def test_a_server_that_fails_is_named_in_plain_words(answer: httpx.Response | Exception) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with httpx.Client(base_url="http://his/fhir/", transport=httpx.MockTransport(handle)) as client:
        his = FhirHis(client)
        for call in (
            lambda: his.free_slots(DOCTOR, date(2026, 11, 24), date(2026, 11, 24)),
            lambda: his.book(PERSON, "s00", "k"),
            lambda: his.cancel("a1", "x"),
        ):
            with pytest.raises(HisUnavailable) as raised:
                call()
            assert "暂时连不上" in raised.value.message
            assert "方晓禾" not in str(raised.value)
