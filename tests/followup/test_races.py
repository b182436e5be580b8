"""Several workers tick at once: a contact is opened once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import Database
from followup import office
from followup.tables import Contact, ContactAnswer
from tests.followup.conftest import House
from tests.followup.test_dispatch import PLAIN, ROW, contacts

pytestmark = pytest.mark.concurrency


def _tick_together(house: House, workers: int = 4) -> tuple[list[str], list[BaseException]]:
    barrier = threading.Barrier(workers)
    opened: list[str] = []
    failed: list[BaseException] = []

    def work() -> None:
        barrier.wait()
        try:
            opened.extend(house.tick().opened)
        except Exception as error:  # noqa: BLE001 - the negative control wants to see it
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return opened, failed


def test_workers_at_once_open_each_contact_once(house: House) -> None:
    house.load(ROW, PLAIN)
    opened, failed = _tick_together(house)
    assert failed == []
    assert len(opened) == len(set(opened)) == 1
    assert len(house.sent(contacts(house)[0].conversation_id)) == 1


def test_the_claim_is_what_keeps_workers_apart(
    house: House, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: two readers of the same row without the claim both believe it is theirs."""
    if database.is_sqlite:
        pytest.skip("on SQLite the one write lock keeps workers apart")
    house.load(ROW)
    statement = select(Contact).where(Contact.state == "planned").order_by(Contact.due_at).limit(1)
    with database.session() as one, database.session() as other:
        assert len(list(one.scalars(office.claimable(one, statement)).unique())) == 1
        assert not [row for row in other.scalars(office.claimable(other, statement)).unique() if row.day == 1]
    with database.session() as one, database.session() as other:
        first, second = (list(session.scalars(statement).unique()) for session in (one, other))
        assert [row.id for row in first] == [row.id for row in second]


@pytest.mark.parametrize("said", ["没有发烧", "退订"], ids=["answer", "opt-out"])
@pytest.mark.parametrize("hours", [25, 24 * 3], ids=["reminder", "next-contact"])
def test_a_patient_who_writes_while_the_worker_ticks_waits_for_it_and_is_heard(
    house: House, hours: int, said: str
) -> None:
    """Both need the conversation and its contacts: in one order, or PostgreSQL ends one of them."""
    house.load(ROW)
    house.tick()
    conversation_id = contacts(house)[0].conversation_id
    house.clock.advance(timedelta(hours=hours))
    failed: list[BaseException] = []

    def tick() -> None:
        try:
            house.tick()
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    worker = threading.Thread(target=tick)
    with house.database.session() as session:
        # What every turn of the bot does first.
        house.conversations.memory(session, conversation_id)
        worker.start()
        worker.join(0.5)
        turn = house.followup.answer(session, conversation_id, said, "m1")
    worker.join(20)
    assert not worker.is_alive()
    assert failed == []
    assert turn is not None
    with house.database.reading() as session:
        assert [row.message_id for row in session.scalars(select(ContactAnswer))] == ["m1"]
