"""Discharge lists: what is taken, what is refused and why."""

from __future__ import annotations

import io
import json
from datetime import date

import openpyxl
import pytest
from sqlalchemy import func, select

from followup import discharge_template
from followup.files import UnreadableFile, read_rows
from followup.rows import DischargeRow, RejectedRow, check_row
from followup.tables import Contact, Discharge, Enrolment
from tests.followup.conftest import HEADER, ID_NUMBER, House

TODAY = date(2026, 11, 23)
ROW = "周小满,女,13800000001,,ZY1001,肝胆外科,陈医生,2026-11-22,胆囊结石,K80.2,腹腔镜胆囊切除术"


def _count(house: House, table: type) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_discharge_is_enrolled_and_its_contacts_planned(house: House) -> None:
    report = house.load(ROW)
    assert (report.accepted, report.duplicates, report.rejected) == (1, 0, ())
    assert report.pathways == (("腹腔镜胆囊切除（日间手术）", 1),)
    assert _count(house, Contact) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_is_read_in_the_usual_encodings(encoding: str) -> None:
    rows = read_rows(f"{HEADER}\n{ROW}\n".encode(encoding))
    assert rows[0].cells["name"] == "周小满"


def test_a_workbook_is_read_with_its_title_line_and_dates() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["某医院出院名单"])
    sheet.append(["患者姓名", "联系电话", "出院时间", "出院诊断"])
    sheet.append(["周小满", 13800000001, date(2026, 11, 22), "2型糖尿病"])
    out = io.BytesIO()
    book.save(out)
    found = check_row(read_rows(out.getvalue())[0], TODAY)
    assert isinstance(found, DischargeRow)
    assert (found.phone, found.discharged_on) == ("+8613800000001", date(2026, 11, 22))


def test_a_fhir_bundle_is_read() -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "p", "name": [{"text": "周小满"}],
                          "gender": "female",
                          "birthDate": "1980-01-02",
                          "telecom": [{"system": "phone", "value": "13800000001"}]}},
            {"resource": {"resourceType": "Encounter", "id": "e", "status": "finished",
                          "identifier": [{"value": "ZY9"}], "subject": {"reference": "Patient/p"},
                          "period": {"start": "2026-11-20T08:00:00+08:00",
                                     "end": "2026-11-22T10:00:00+08:00"}}},
            {"resource": {"resourceType": "Condition", "encounter": {"reference": "Encounter/e"},
                          "code": {"text": "2型糖尿病", "coding": [{"code": "E11.9"}]}}},
        ],
    }  # fmt: skip
    found = check_row(read_rows(json.dumps(bundle).encode())[0], TODAY)
    assert isinstance(found, DischargeRow)
    assert (found.icd10, found.encounter, found.sex) == ("E11.9", "ZY9", "女")


def test_the_template_can_be_imported_back() -> None:
    assert isinstance(check_row(read_rows(discharge_template())[0], TODAY), DischargeRow)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("周小满,女,138a0000001,,1,科,医,2026-11-22,胆囊结石,,", "手机号里有字母"),
        ("周小满,女,1380000,,1,科,医,2026-11-22,胆囊结石,,", "手机号位数不对"),
        ("周小满,女,,,1,科,医,2026-11-22,胆囊结石,,", "手机号和家属电话都没有填"),
        (",女,13800000001,,1,科,医,2026-11-22,胆囊结石,,", "姓名没有填"),
        ("周小满,女,13800000001,,1,科,医,,胆囊结石,,", "出院日期没有填"),
        ("周小满,女,13800000001,,1,科,医,2026-13-40,胆囊结石,,", "出院日期不是有效的日期"),
        ("周小满,女,13800000001,,1,科,医,2027-01-01,胆囊结石,,", "出院日期在将来"),
        ("周小满,女,13800000001,,1,科,医,2025-01-01,胆囊结石,,", "超过 180 天"),
        ("周小满,猫,13800000001,,1,科,医,2026-11-22,胆囊结石,,", "性别应为"),
        ("周小满,女,13800000001,110101199003070010,1,科,医,2026-11-22,胆囊结石,,", "身份证号校验位不对"),
        ("周小满,女,13800000001,110101203003070011,1,科,医,2026-11-22,胆囊结石,,", "身份证号"),
        ("周小满,女,13800000001,,1,科,医,2026-11-22,,,", "主要诊断和手术名称都没有填"),
    ],
)
def test_a_faulty_row_is_refused_with_line_column_and_cause(house: House, row: str, words: str) -> None:
    report = house.load(row, ROW)
    assert report.accepted == 1
    assert [bad.row for bad in report.rejected] == [2]
    assert words in report.rejected[0].reason
    assert any(f"第 2 行：{report.rejected[0].reason}" == line for line in report.lines())
    assert "13800000001" not in "".join(report.lines())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        ("姓名,手机号\n周小满,13800000001".encode(), "missing_columns"),
        (b"PK\x03\x04broken", "xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "old_excel"),
        (b'{"resourceType": "Patient"}', "not_a_bundle"),
        (b'{"resourceType": ', "json"),
        (b"\xff\xfe\x00\xd8\x00", "encoding"),
    ],
)
def test_a_faulty_file_is_refused_as_a_whole(house: House, data: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        read_rows(data)
    assert error.value.code == code
    with house.database.session() as session:
        report = house.followup.import_discharges(session, data, "x")
    assert (report.accepted, len(report.rejected)) == (0, 1)
    assert report.rejected[0].reason == error.value.message


def test_missing_columns_are_named() -> None:
    with pytest.raises(UnreadableFile, match="出院日期、主要诊断"):
        read_rows("姓名,手机号\n周小满,13800000001".encode())


def test_the_same_stay_is_counted_and_kept_once(house: House) -> None:
    same_number = ROW.replace("胆囊结石", "胆囊炎")
    without_number = ROW.replace("ZY1001", "")
    house.load(ROW)
    again = house.load(ROW, same_number, without_number, without_number)
    assert (again.accepted, again.duplicates) == (0, 4)
    assert (_count(house, Discharge), _count(house, Enrolment)) == (1, 1)


def test_another_stay_of_the_same_person_is_kept(house: House) -> None:
    report = house.load(ROW, ROW.replace("ZY1001", "ZY1002").replace("2026-11-22", "2026-11-10"))
    assert (report.accepted, report.duplicates) == (2, 0)


def test_names_and_phones_are_sealed_in_the_database(house: House) -> None:
    house.load(ROW)
    with house.database.engine.connect() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM discharge").fetchall())
    assert "周小满" not in stored
    assert "13800000001" not in stored


def test_a_known_person_is_found_by_id_number(house: House) -> None:
    with house.database.session() as session:
        known = house.patients.register(
            session, name="周小满", id_number=ID_NUMBER, phone="13800000001", actor="system"
        )
    report = house.load(ROW.replace(",,ZY1001", f",{ID_NUMBER},ZY1001"))
    assert report.accepted == 1
    with house.database.reading() as session:
        assert session.scalars(select(Discharge.patient_id)).one() == known.id


def test_an_id_number_of_somebody_else_is_refused(house: House) -> None:
    with house.database.session() as session:
        house.patients.register(
            session, name="林秋水", id_number=ID_NUMBER, phone="13800000009", actor="system"
        )
    report = house.load(ROW.replace(",,ZY1001", f",{ID_NUMBER},ZY1001"))
    assert (report.accepted, len(report.rejected)) == (0, 1)
    assert isinstance(report.rejected[0], RejectedRow)


def test_a_long_list_is_taken_a_few_stays_at_a_time_so_that_others_can_write(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [ROW.replace("ZY1001", f"ZY{n}").replace("13800000001", f"138{n:08d}") for n in range(60)]
    rows[40] = rows[40].replace("13800000040", "1380000o040")
    units: list[int] = []
    whole = house.database.session

    def counted():  # type: ignore[no-untyped-def]
        units.append(1)
        return whole()

    monkeypatch.setattr(house.database, "session", counted)
    heard: list[tuple[int, int]] = []
    data = "\n".join([HEADER, *rows, rows[0]]).encode("utf-8")
    report = house.followup.import_list(house.database, data, lambda *done: heard.append(done))
    assert (report.accepted, report.duplicates, report.contacts) == (59, 1, 59 * 4)
    assert report.pathways == (("腹腔镜胆囊切除（日间手术）", 59),)
    assert [row.row for row in report.rejected] == [42]
    assert len(units) >= 3
    assert heard[-1] == (60, 60)
    assert house.followup.import_list(house.database, data).duplicates == 60


def test_a_list_without_patients_says_so(house: House) -> None:
    report = house.followup.import_list(house.database, HEADER.encode())
    assert "只有表头" in report.rejected[0].reason


def test_a_list_that_comes_late_is_opened_with_the_day_that_it_is(house: House) -> None:
    house.load(ROW.replace("2026-11-22", "2026-11-20"))
    house.run(3)
    with house.database.reading() as session:
        (talk,) = session.scalars(select(Contact.conversation_id).where(Contact.state == "open"))
    assert "出院第3天" in house.sent(talk)[0].text
