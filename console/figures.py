"""Figures of a month about escalations: how many, how fast, with what result. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from conversations.tables import StaffTask
from core.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month of the hospital's time."""

    first: date

    @classmethod
    def parse(cls, text: str) -> Month | None:
        """From YYYY-MM; None for anything else."""
        try:
            return cls(datetime.strptime(text, "%Y-%m").replace(tzinfo=SHANGHAI).date())
        except ValueError:
            return None

    @classmethod
    def of(cls, now: datetime) -> Month:
        return cls(now.astimezone(SHANGHAI).date().replace(day=1))

    @property
    def next(self) -> Month:
        return Month((self.first + timedelta(days=32)).replace(day=1))

    @property
    def previous(self) -> Month:
        return Month((self.first - timedelta(days=1)).replace(day=1))

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), SHANGHAI)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def label(self) -> str:
        return f"{self.first.year}年{self.first.month}月"


@dataclass(frozen=True, slots=True)
class SeverityFigures:
    severity: str
    opened: int
    closed: int
    #: Median time until somebody claimed it; None if nobody claimed any.
    to_claim: timedelta | None
    #: Median time until it was closed.
    to_close: timedelta | None
    #: Claimed before the deadline, of those whose deadline has passed or that were claimed: 0–1.
    in_time: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    month: Month
    opened: int
    closed: int
    overdue: int
    severities: tuple[SeverityFigures, ...]
    #: Code and number, the most frequent first.
    kinds: tuple[tuple[str, int], ...]
    outcomes: tuple[tuple[str, int], ...]


def of_month(session: Session, month: Month, now: datetime) -> Figures:
    """About the tasks that were opened in the month, up to now."""
    rows = session.scalars(
        select(StaffTask).where(StaffTask.created_at >= month.start, StaffTask.created_at < month.next.start)
    ).all()
    return Figures(
        month=month,
        opened=len(rows),
        closed=sum(row.state == "closed" for row in rows),
        overdue=sum(row.state == "open" and row.due_at < now for row in rows),
        severities=tuple(
            _severity(severity, [row for row in rows if row.severity == severity], now)
            for severity in ("RED", "AMBER", "GREEN")
        ),
        kinds=tuple(Counter(row.kind for row in rows).most_common()),
        outcomes=tuple(Counter(row.outcome for row in rows if row.outcome).most_common()),
    )


def _severity(severity: str, rows: list[StaffTask], now: datetime) -> SeverityFigures:
    judged = [row for row in rows if row.claimed_at is not None or row.due_at < now]
    timely = sum(row.claimed_at is not None and row.claimed_at <= row.due_at for row in judged)
    return SeverityFigures(
        severity=severity,
        opened=len(rows),
        closed=sum(row.state == "closed" for row in rows),
        to_claim=_median([row.claimed_at - row.created_at for row in rows if row.claimed_at]),
        to_close=_median([row.closed_at - row.created_at for row in rows if row.closed_at]),
        in_time=timely / len(judged) if judged else None,
    )


def _median(lengths: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in lengths)) if lengths else None
