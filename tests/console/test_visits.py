"""Appointments and what patients told before the visit."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from booking import AppointmentView, BookSlot, HistorySummary
from core.audit import AuditEvent
from patients import PatientView
from tests.console.conftest import World

TOLD = "右上腹痛两天，<b>伴腹泻</b>"


def booked(world: World, patient: PatientView) -> AppointmentView:
    """An appointment tomorrow, with a history."""
    tomorrow = world.clock.now().date() + timedelta(days=1)
    booking = world.deps.booking
    with world.database.session() as session:
        booking.ensure_schedule(session, tomorrow, 1)
        slot = booking.open_slots(session, department="gastro")[0]
        made = booking.book(session, BookSlot(patient.id, patient.id, slot.id, "once"))
        assert isinstance(made, AppointmentView), made
        booking.save_history(session, made.id, {"main": TOLD}, HistorySummary((("主诉", TOLD),)))
        return made


def looks(world: World) -> list[str]:
    with world.database.reading() as session:
        found = session.scalars(select(AuditEvent.action).where(AuditEvent.action == "booking.view_history"))
        return list(found)


def test_the_day_lists_visits_masked_and_shows_a_history_only_when_it_is_asked_for(world: World) -> None:
    nurse, patient = world.signed_in("li"), world.patient("王秀兰")
    appointment = booked(world, patient)
    day = appointment.starts_at.date().isoformat()
    page = nurse.get(f"/appointments?day={day}").text
    assert "王*兰" in page
    assert "王秀兰" not in page
    assert appointment.doctor_name in page
    assert "腹痛" not in page
    assert not looks(world)
    told = nurse.get(f"/appointments/{appointment.id}/history").text
    assert "&lt;b&gt;伴腹泻" in told
    assert "人工智能" in told or "AI" in told
    assert len(looks(world)) == 1
    assert nurse.get("/appointments/nix/history").status_code == 404


def test_a_day_can_be_narrowed_to_a_department_and_may_be_empty(world: World) -> None:
    nurse = world.signed_in("li")
    appointment = booked(world, world.patient())
    day = appointment.starts_at.date().isoformat()
    code = appointment.department_code
    assert appointment.doctor_name in nurse.get(f"/appointments?day={day}&department={code}").text
    assert "这一天没有预约" in nurse.get(f"/appointments?day={day}&department=nix").text
    assert "这一天没有预约" in nurse.get("/appointments").text
    assert nurse.get("/appointments?day=yesterday").status_code == 400


def test_the_record_of_a_patient_holds_visits_and_audits_the_histories(world: World) -> None:
    nurse, patient = world.signed_in("li"), world.patient()
    booked(world, patient)
    page = nurse.get(f"/patients/{patient.id}").text
    assert "伴腹泻" in page
    assert "<b>伴腹泻" not in page
    assert len(looks(world)) == 1
