"""The register for the quality office and its indicators."""

from __future__ import annotations

import io

import openpyxl
import pytest

from core.errors import BanzhenError
from tests.followup.conftest import House
from tests.followup.test_dispatch import PLAIN, contacts

FIRST = "周小满,女,13800000001,,=1+1,肝胆外科,陈医生,2026-11-22,胆囊结石,K80.2,腹腔镜胆囊切除术"


def _book(house: House, month: str = "2026-11") -> openpyxl.Workbook:
    with house.database.reading() as session:
        data = house.followup.export_register(session, month)
    return openpyxl.load_workbook(io.BytesIO(data))


def test_the_register_has_a_line_per_contact_and_the_ai_label(house: House) -> None:
    house.load(FIRST, PLAIN)
    house.tick()
    house.hear(contacts(house)[0].conversation_id, "有人陪，感觉还不错")
    sheet = _book(house)["随访登记表"]
    assert "出院患者随访登记表" in sheet["A1"].value
    assert "AI" in sheet["A2"].value
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    assert len(rows) == len(contacts(house)) == 7
    assert {row[2] for row in rows} == {"周小满", "林秋水"}
    assert all("****" in row[5] for row in rows)
    # A cell that looks like a formula stays text.
    assert "=1+1" in {row[1] for row in rows}


def test_several_contacts_of_one_stay_count_once(house: House) -> None:
    house.load(FIRST, PLAIN)
    house.tick()
    first = contacts(house)[0]
    house.hear(first.conversation_id, "有人陪，感觉还不错")
    with house.database.reading() as session:
        found = house.followup.indicators(session, "2026-11")
    assert (found.discharges, found.followed_up, found.rate) == (2, 1, 0.5)
    assert (found.opened, found.responded) == (1, 1)
    assert found.first_in_time == 1


def test_escalations_and_the_time_to_close_them_are_counted(house: House) -> None:
    from datetime import timedelta

    house.load(FIRST)
    house.tick()
    turn = house.hear(contacts(house)[0].conversation_id, "伤口流黄水了")
    house.clock.advance(timedelta(hours=2))
    now = house.clock.now()
    with house.database.session() as session:
        house.conversations.claim_task(session, turn.task_id, "n", now)
        house.followup.close(session, turn.task_id, "n", "phone_advised", "", now)
    with house.database.reading() as session:
        found = house.followup.indicators(session, "2026-11")
    assert (found.amber, found.closed, found.hours_to_close) == (1, 1, 2.0)
    assert "电话指导" in {cell.value for row in _book(house)["随访登记表"].iter_rows() for cell in row}


def test_an_empty_month_has_a_register_too(house: House) -> None:
    values = {row[0].value: row[1].value for row in _book(house, "2026-01")["指标"].iter_rows(min_row=4)}
    assert values["出院人次"] == 0
    assert values["出院患者随访比例"] == "—"


@pytest.mark.parametrize("month", ["2026-13", "11月", ""])
def test_a_bad_month_is_refused_in_chinese(house: House, month: str) -> None:
    with house.database.reading() as session, pytest.raises(BanzhenError, match="2026-11"):
        house.followup.export_register(session, month)
