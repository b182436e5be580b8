"""Working days, weekends and public holidays."""

from __future__ import annotations

import logging
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospital import Calendar, CalendarYear, DayKind
from tests import loaded

CALENDAR = loaded.hospital().calendar


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 23), DayKind.WORKDAY),
        (date(2026, 11, 22), DayKind.WEEKEND),
        (date(2026, 10, 1), DayKind.HOLIDAY),
        (date(2026, 10, 10), DayKind.WORKDAY),
        (date(2026, 2, 17), DayKind.HOLIDAY),
        (date(2026, 2, 28), DayKind.WORKDAY),
        (date(2027, 2, 6), DayKind.HOLIDAY),
        (date(2027, 6, 9), DayKind.HOLIDAY),
        (date(2027, 9, 15), DayKind.HOLIDAY),
        (date(2030, 1, 1), DayKind.WORKDAY),
    ],
)
def test_days_have_their_kind(day: date, kind: DayKind) -> None:
    assert CALENDAR.kind(day) is kind
    assert CALENDAR.is_workday(day) is (kind is DayKind.WORKDAY)


@given(st.dates())
def test_no_day_raises(day: date) -> None:
    assert CALENDAR.kind(day) in DayKind


def test_the_announced_year_agrees_with_the_holidays_package() -> None:
    holidays = pytest.importorskip("holidays").country_holidays("CN", years=2026)
    for offset in range(365):
        day = date(2026, 1, 1) + timedelta(days=offset)
        assert CALENDAR.is_workday(day) is holidays.is_working_day(day), day


def test_a_year_that_is_not_announced_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    calendar = Calendar((CalendarYear(2027, {date(2027, 1, 1): "元旦"}, provisional=True),))
    with caplog.at_level(logging.WARNING):
        assert calendar.kind(date(2027, 1, 1)) is DayKind.HOLIDAY
        calendar.kind(date(2027, 1, 2))
        calendar.kind(date(2028, 1, 2))
    assert len(caplog.records) == 2
    assert not calendar.covers(date(2027, 1, 1))
    assert CALENDAR.covers(date(2026, 12, 31))
    assert CALENDAR.holiday_name(date(2026, 10, 1)) == "国庆节"
