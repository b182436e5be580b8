"""Plans: in the hours allowed, in order, each once, and the first within three days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.clock import SHANGHAI
from followup import plan
from followup.planner import FIRST_WITHIN_DAYS
from tests.followup.conftest import HOSPITAL, KNOWLEDGE

_DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 1))


@given(st.sampled_from(KNOWLEDGE.pathways), _DAYS, st.integers(-24, 24 * 40))
def test_contacts_are_in_quiet_hours_ordered_and_unique(pathway, discharged_on, hours) -> None:  # type: ignore[no-untyped-def]
    now = datetime(
        discharged_on.year, discharged_on.month, discharged_on.day, 9, tzinfo=SHANGHAI
    ) + timedelta(hours=hours)
    planned = plan(pathway, discharged_on, HOSPITAL.quiet_hours, HOSPITAL.calendar, now)
    times = [contact.due_at for contact in planned]
    assert all(HOSPITAL.quiet_hours.allows(at) for at in times)
    assert times == sorted(set(times))
    assert len({contact.day for contact in planned}) == len(planned)
    assert all(at >= now for at in times)


@given(st.sampled_from(KNOWLEDGE.pathways), _DAYS)
def test_the_first_contact_is_within_three_days_of_discharge(pathway, discharged_on) -> None:  # type: ignore[no-untyped-def]
    now = datetime(discharged_on.year, discharged_on.month, discharged_on.day, 16, tzinfo=SHANGHAI)
    first = plan(pathway, discharged_on, HOSPITAL.quiet_hours, HOSPITAL.calendar, now)[0]
    assert first.due_at.date() <= discharged_on + timedelta(days=FIRST_WITHIN_DAYS)


def test_a_list_imported_late_still_leads_to_a_first_contact() -> None:
    pathway = KNOWLEDGE.pathway("腹腔镜胆囊切除（日间手术）")
    now = datetime(2026, 11, 23, 15, tzinfo=SHANGHAI)
    days = [
        contact.day
        for contact in plan(pathway, date(2026, 11, 21), HOSPITAL.quiet_hours, HOSPITAL.calendar, now)
    ]
    assert days == [1, 3, 7, 30]


def test_contacts_long_past_are_not_made_up_for() -> None:
    pathway = KNOWLEDGE.pathway("腹腔镜胆囊切除（日间手术）")
    now = datetime(2026, 11, 23, 15, tzinfo=SHANGHAI)
    days = [
        contact.day
        for contact in plan(pathway, date(2026, 11, 8), HOSPITAL.quiet_hours, HOSPITAL.calendar, now)
    ]
    assert days == [30]


def test_a_workday_contact_is_moved_to_the_next_workday() -> None:
    pathway = KNOWLEDGE.pathway("通用")
    rule = pathway.contacts[1].model_copy(update={"workday": True})
    moved = pathway.model_copy(update={"contacts": [pathway.contacts[0], rule]})
    now = datetime(2026, 11, 21, 8, tzinfo=SHANGHAI)
    # Seven days after Saturday 21 November is a Saturday.
    due = plan(moved, date(2026, 11, 21), HOSPITAL.quiet_hours, HOSPITAL.calendar, now)[1].due_at
    assert due.date() == date(2026, 11, 30)
