"""The policies as pure functions, whatever the person holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking.capacity import free_place
from booking.policies import POLICIES, Held, Wish, absences, first_refusal, last_open_day
from core.clock import SHANGHAI
from core.errors import Refusal
from hospital import BookingRules
from patients import PatientBasics
from tests import loaded

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
HOUSE = loaded.hospital()
OPEN = [department for department in HOUSE.departments if department.bookable]

helds = st.lists(
    st.builds(
        Held,
        id=st.uuids().map(str),
        slot_id=st.sampled_from(["s1", "s2", "s3"]),
        department_code=st.sampled_from([department.code for department in OPEN]),
        starts_at=st.integers(-200, 400).map(lambda hours: NOW + timedelta(hours=hours)),
        status=st.sampled_from(["booked", "noshow"]),
    ),
    max_size=6,
)
wishes = st.builds(
    Wish,
    now=st.just(NOW),
    patient=st.builds(
        PatientBasics,
        id=st.just("p"),
        sex=st.sampled_from(["男", "女"]),
        birth_date=st.dates(date(1920, 1, 1), NOW.date()),
    ),
    department=st.sampled_from(OPEN),
    slot_id=st.sampled_from(["s1", "s2", "s3"]),
    starts_at=st.integers(-48, 24 * 20).map(lambda hours: NOW + timedelta(hours=hours)),
    slot_status=st.sampled_from(["open", "open", "stopped", "closed"]),
    held=helds,
    rules=st.just(BookingRules()),
)


@given(wishes)
def test_the_first_refusal_wins(wish: Wish) -> None:
    refusals = [refusal for policy in POLICIES if (refusal := policy(wish)) is not None]
    assert first_refusal(wish) == (refusals[0] if refusals else None)


@given(wishes, helds)
def test_holding_more_never_allows_more(wish: Wish, more: list[Held]) -> None:
    if first_refusal(wish) is None:
        return
    fuller = Wish(
        wish.now,
        wish.patient,
        wish.department,
        wish.slot_id,
        wish.starts_at,
        wish.slot_status,
        [*wish.held, *(one for one in more if one.status == "booked")],
        wish.rules,
    )
    assert isinstance(first_refusal(fuller), Refusal)


@given(wishes)
def test_what_is_allowed_fits_the_department_and_the_days(wish: Wish) -> None:
    if first_refusal(wish) is not None:
        return
    assert wish.department.accepts(age=wish.age, sex=wish.patient.sex)
    assert wish.starts_at - NOW >= timedelta(minutes=wish.rules.min_lead_minutes)
    assert wish.starts_at.date() <= last_open_day(NOW, wish.rules)
    assert len(wish.standing) < wish.rules.max_active_per_person


def test_absences_block_until_a_day_that_is_named() -> None:
    missed = [Held(str(n), "s", "gastro", NOW - timedelta(days=n), "noshow") for n in (2, 5, 9)]
    wish = Wish(
        NOW,
        PatientBasics("p", "女", date(1990, 1, 1)),
        HOUSE.department("gastro"),
        "s1",
        NOW + timedelta(days=1),
        "open",
        missed,
        BookingRules(),
    )
    refusal = absences(wish)
    assert refusal is not None
    assert refusal.detail == {"count": "3", "until": "12月21日"}


@given(st.lists(st.integers(1, 9), max_size=9))
def test_a_free_place_is_the_lowest_that_nobody_holds(occupied: list[int]) -> None:
    place = free_place(occupied)
    assert place not in occupied
    assert all(lower in occupied for lower in range(1, place))
