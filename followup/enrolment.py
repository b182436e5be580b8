"""Discharge lists in, plans out: every stay is kept once, enrolled in its pathway, its contacts planned."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core import audit
from core.database import Database, new_id
from core.errors import Refusal
from followup.files import UnreadableFile, read_rows
from followup.knowledge import Pathway
from followup.office import Office
from followup.planner import plan
from followup.rows import DischargeRow, RejectedRow, check_row
from followup.tables import Contact, Discharge, Enrolment
from patients import name_key, same_name

#: Stays that one transaction of an import takes, and the rest for other writers between two of them.
BATCH = 25
PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a list."""

    #: Stays that are enrolled now.
    accepted: int = 0
    #: Stays that were known before, or twice in the list.
    duplicates: int = 0
    #: Contacts that were planned.
    contacts: int = 0
    rejected: Sequence[RejectedRow] = ()
    #: Number of stays by the pathway's Chinese name.
    pathways: tuple[tuple[str, int], ...] = ()

    def plus(self, more: ImportReport) -> ImportReport:
        """Both reports as one, faulty rows in the order of the file."""
        pathways = Counter(dict(self.pathways)) + Counter(dict(more.pathways))
        return ImportReport(
            self.accepted + more.accepted,
            self.duplicates + more.duplicates,
            self.contacts + more.contacts,
            tuple(sorted((*self.rejected, *more.rejected), key=lambda each: each.row)),
            tuple(sorted(pathways.items())),
        )

    def lines(self) -> list[str]:
        """The report for a terminal, Chinese."""
        found = [
            f"已登记 {self.accepted} 条，重复 {self.duplicates} 条，"
            f"未通过 {len(self.rejected)} 条，计划随访 {self.contacts} 次。"
        ]
        found += [f"  {name}：{count} 条" for name, count in self.pathways]
        found += [str(row) for row in self.rejected]
        return found


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A list that was read and checked: what can be enrolled, and what not."""

    rows: Sequence[DischargeRow] = ()
    rejected: Sequence[RejectedRow] = ()
    #: Line in the file of each row.
    numbers: Sequence[int] = ()


def check_list(data: bytes, today: date) -> CheckedList:
    """Read a list and check every row, without a database. A faulty file gives one rejection."""
    try:
        raws = read_rows(data)
    except UnreadableFile as error:
        return CheckedList(rejected=(RejectedRow(1, "", error.message),))
    if not raws:
        return CheckedList(rejected=(RejectedRow(1, "", "只有表头，没有患者，请检查导出的内容。"),))
    checked = [(raw.number, check_row(raw, today)) for raw in raws]
    good = [(number, row) for number, row in checked if isinstance(row, DischargeRow)]
    return CheckedList(
        rows=[row for _, row in good],
        rejected=[row for _, row in checked if isinstance(row, RejectedRow)],
        numbers=[number for number, _ in good],
    )


def enrol_list(office: Office, session: Session, checked: CheckedList) -> ImportReport:
    """Enrol the rows of a checked list and report them together with what was rejected before."""
    rejected = list(checked.rejected)
    counts: dict[str, int] = {}
    duplicates = contacts = 0
    for number, row in zip(checked.numbers, checked.rows, strict=True):
        outcome = _take(office, session, row)
        if isinstance(outcome, Refusal):
            rejected.append(RejectedRow(number, "身份证号", "身份证号在系统里登记的是另一个姓名，请核对"))
        elif outcome is None:
            duplicates += 1
        else:
            pathway, planned = outcome
            counts[pathway.name] = counts.get(pathway.name, 0) + 1
            contacts += planned
    audit.record(
        session, actor="system", action="followup.import", subject="discharges", at=office.clock.now(),
        detail={"accepted": sum(counts.values()), "duplicates": duplicates, "rejected": len(rejected)},
    )  # fmt: skip
    return ImportReport(
        sum(counts.values()), duplicates, contacts, tuple(rejected), tuple(sorted(counts.items()))
    )


def import_discharges(office: Office, session: Session, data: bytes) -> ImportReport:
    """Take in a list in one transaction. A faulty row is reported and the others are taken."""
    return enrol_list(office, session, check_list(data, office.today()))


def import_list(
    office: Office, database: Database, data: bytes, done: Callable[[int, int], None] | None = None
) -> ImportReport:
    """Take in a list of any length, a few stays at a time: each batch is a transaction of its own.

    SQLite has one writer, so one long transaction would keep every patient waiting. If the process ends
    half-way, the stays taken so far are whole, and importing the list again takes the rest. `done` hears
    how many rows of how many are taken.
    """
    checked = check_list(data, office.today())
    report = ImportReport(rejected=tuple(sorted(checked.rejected, key=lambda each: each.row)))
    for start in range(0, max(len(checked.rows), 1), BATCH):
        some = slice(start, start + BATCH)
        with database.session() as session:
            report = report.plus(
                enrol_list(office, session, CheckedList(checked.rows[some], (), checked.numbers[some]))
            )
        if done is not None:
            done(min(start + BATCH, len(checked.rows)), len(checked.rows))
        # Locks are not fair: without a pause the next batch would overtake whoever waits.
        time.sleep(PAUSE_SECONDS)
    return report


def _take(office: Office, session: Session, row: DischargeRow) -> tuple[Pathway, int] | Refusal | None:
    """Enrol a checked row: its pathway and number of contacts; None for a stay known already."""
    index = office.cipher.blind_index
    encounter_key = index(f"encounter|{row.encounter.upper()}") if row.encounter else None
    person = row.id_number or f"{row.name}|{row.phone or row.family_phone}"
    stay_key = index(
        f"stay|{person}|{row.discharged_on.isoformat()}|{row.icd10 or row.diagnosis or row.operation}"
    )
    known = select(Discharge.id).where(
        or_(Discharge.stay_key == stay_key, Discharge.encounter_key == encounter_key)
        if encounter_key
        else Discharge.stay_key == stay_key
    )
    if session.scalar(known.limit(1)) is not None:
        return None
    patient_id = _patient(office, session, row)
    if isinstance(patient_id, Refusal):
        return patient_id
    pathway = office.knowledge.choose(
        diagnosis=row.diagnosis, icd10=row.icd10, operation=row.operation, icd9=row.icd9
    )
    seal = office.cipher.encrypt
    phone = row.phone
    reached_at = row.phone or row.family_phone
    discharge = Discharge(
        id=new_id(),
        encounter_key=encounter_key,
        stay_key=stay_key,
        patient_id=patient_id,
        encounter_enc=seal(row.encounter) if row.encounter else None,
        name_enc=seal(row.name),
        name_key=index(f"name|{name_key(row.name)}"),
        phone_enc=seal(phone) if phone else None,
        phone_key=index(reached_at) if reached_at else None,
        family_phone_enc=seal(row.family_phone) if row.family_phone else None,
        sex=row.sex,
        birth_date=row.birth_date,
        age=row.age,
        department=row.department,
        doctor=row.doctor,
        admitted_on=row.admitted_on,
        discharged_on=row.discharged_on,
        diagnosis=row.diagnosis,
        icd10=row.icd10,
        operation=row.operation,
        icd9=row.icd9,
        imported_at=office.clock.now(),
    )
    session.add(discharge)
    return pathway, len(enrol(office, session, discharge, pathway))


def _patient(office: Office, session: Session, row: DischargeRow) -> str | Refusal | None:
    """The registered person, registered now if an ID number and a phone were given."""
    if row.id_number and row.phone:
        found = office.patients.register(
            session, name=row.name, id_number=row.id_number, phone=row.phone, actor="system"
        )
        if isinstance(found, Refusal):
            return found if found.code == "identity_mismatch" else None
        return found.id
    if row.id_number:
        known = office.patients.find_by_id_number(session, row.id_number)
        return known.id if known and same_name(known.name, row.name) else None
    if row.phone:
        named = [
            one for one in office.patients.find_by_phone(session, row.phone) if same_name(one.name, row.name)
        ]
        return named[0].id if len(named) == 1 else None
    return None


def enrol(office: Office, session: Session, discharge: Discharge, pathway: Pathway) -> list[Contact]:
    """Put a stay into a pathway and plan its contacts."""
    now = office.clock.now()
    enrolment = Enrolment(id=new_id(), discharge_id=discharge.id, pathway_id=pathway.id, created_at=now)
    session.add(enrolment)
    contacts = [
        Contact(
            id=new_id(),
            enrolment_id=enrolment.id,
            day=planned.day,
            due_at=planned.due_at,
            purpose=planned.purpose,
            questions=list(planned.questions),
        )
        for planned in plan(pathway, discharge.discharged_on, office.quiet_hours, office.calendar, now)
    ]
    session.add_all(contacts)
    session.flush()
    return contacts


def open_stay(office: Office, session: Session, conversation_id: str, pathway: Pathway, day: int) -> Contact:
    """A stay made up for scripted talk: discharged `day` days ago, with the contact of that day only."""
    now = office.clock.now()
    rule = min(pathway.contacts, key=lambda each: (abs(each.day - day), each.day))
    conversation = office.conversations.conversation(session, conversation_id)
    discharge = Discharge(
        id=new_id(),
        stay_key=office.cipher.blind_index(f"script|{conversation_id}|{new_id()}"),
        patient_id=conversation.patient_id,
        discharged_on=_days_ago(office.today(), day),
        diagnosis=pathway.name,
        imported_at=now,
    )
    session.add(discharge)
    session.flush()
    enrolment = Enrolment(id=new_id(), discharge_id=discharge.id, pathway_id=pathway.id, created_at=now)
    session.add(enrolment)
    session.flush()
    contact = Contact(
        id=new_id(),
        enrolment_id=enrolment.id,
        day=day,
        due_at=now,
        purpose=rule.purpose,
        questions=list(rule.questions),
    )
    session.add(contact)
    session.flush()
    return contact


def _days_ago(today: date, days: int) -> date:
    return today - timedelta(days=max(days, 0))
