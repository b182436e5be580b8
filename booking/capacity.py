"""The one place where places of slots are taken and given back.

The guard is in the statement itself: the database raises `taken` only where a place is left, so no reading
beforehand and no number of processes can sell a place twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from booking.tables import Slot


def lock(session: Session, slot_ids: Iterable[str]) -> dict[str, Slot]:
    """Lock slots until the transaction ends, always in the order of their ids; missing ones are left out."""
    rows = session.scalars(
        select(Slot)
        .where(Slot.id.in_(sorted(set(slot_ids))))
        .order_by(Slot.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def take(session: Session, slot_id: str) -> bool:
    """Take one place of an open slot. False if none is left or the slot is not open."""
    statement = (
        update(Slot)
        .where(Slot.id == slot_id, Slot.status == "open", Slot.taken < Slot.capacity)
        .values(taken=Slot.taken + 1)
        .execution_options(synchronize_session=False)
    )
    return _changed(session.execute(statement))


def give_back(session: Session, slot_id: str) -> None:
    """Free one place. The caller has just turned a standing appointment of this slot into another state."""
    statement = (
        update(Slot)
        .where(Slot.id == slot_id, Slot.taken > 0)
        .values(taken=Slot.taken - 1)
        .execution_options(synchronize_session=False)
    )
    session.execute(statement)


def free_place(occupied: Sequence[int]) -> int:
    """The lowest place, from 1, that nobody holds."""
    held = set(occupied)
    return next(place for place in range(1, len(held) + 2) if place not in held)


def _changed(result: object) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1
