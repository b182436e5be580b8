"""The register of people: real-name registration, relatives and contact points.

Every method works in the caller's transaction and writes its audit row there. Locking rule of the house: a
unit of work that changes what belongs to a person takes `hold` first; only conversations are locked before.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import Clock
from core.crypto import FieldCipher
from core.database import new_id
from core.errors import Refusal
from patients.codes import PhoneCodes
from patients.consent import Consents
from patients.identity import name_key, parse_id_number, parse_name, parse_phone, same_name
from patients.model import (
    ContactPoint,
    FullPatient,
    IdNumber,
    PatientBasics,
    PatientView,
    Relative,
    age_on,
)
from patients.relations import SELF, parse_relation, relation_sex
from patients.tables import ContactPointRow, PatientRow, RelativeRow

#: From this age, completed years, a resident must hold an ID card (居民身份证法 第二条).
ID_CARD_FROM_AGE = 16
#: How many people one account may act for.
MAX_RELATIVES = 10


class Patients(Consents):
    """The register. Holds no state of its own."""

    def __init__(self, cipher: FieldCipher, clock: Clock) -> None:
        super().__init__(cipher, clock)
        self.codes = PhoneCodes(cipher, clock)

    # -- registration ------------------------------------------------------------------------------------

    def register(
        self,
        session: Session,
        *,
        name: str,
        id_number: str,
        phone: str,
        actor: str,
        contact: tuple[str, str] | None = None,
    ) -> PatientView | Refusal:
        """Register a person, or find them again by ID number and take over the phone.

        `actor`: `patient:self` for somebody who registers in a conversation, `staff:<id>` or `system`.
        `contact`: channel and address of that conversation; None for staff and the system.
        Refuses what `parse_name`, `parse_id_number` and `parse_phone` refuse, with identity_mismatch
        if the ID number is known under another name, and with code_needed (detail: patient_id) if the
        address has still to prove that it is the person's own; see `codes`.
        """
        number = parse_id_number(id_number, self._clock.now().date())
        if isinstance(number, Refusal):
            return number
        told = parse_phone(phone)
        if isinstance(told, Refusal):
            return told
        row = self._by_id_number(session, name, number, told, actor, contact)
        if isinstance(row, Refusal):
            return row
        if row.phone_index != self._cipher.blind_index(told):
            row.phone_enc = self._cipher.encrypt(told)
            row.phone_index = self._cipher.blind_index(told)
            row.updated_at = self._clock.now()
            self._audit(session, actor, "patients.phone", row.id)
        return self._view(row)

    def register_relative(
        self,
        session: Session,
        owner_id: str,
        *,
        relation: str,
        name: str,
        id_number: str | None = None,
        birth_date: date | None = None,
        sex: str | None = None,
        contact: tuple[str, str] | None = None,
    ) -> PatientView | Refusal:
        """Register somebody the owner acts for and bind them: by ID number, or a child by birth date.

        `relation` is any relation word. A known person's own phone is never changed by a relative.
        `contact` and code_needed: as for `register`, unless the owner acts for the person already.
        """
        canonical = parse_relation(relation)
        if canonical is None:
            return Refusal("relation_missing")
        if canonical == SELF:
            return Refusal("relation_self")
        actor = f"patient:{owner_id}"
        if id_number is None:
            row = self._child(session, owner_id, canonical, name, birth_date, sex, actor)
        else:
            number = parse_id_number(id_number, self._clock.now().date())
            if isinstance(number, Refusal):
                return number
            if relation_sex(canonical) not in {None, number.sex}:
                return Refusal("relation_sex")
            row = self._by_id_number(session, name, number, None, actor, contact, owner_id)
        if isinstance(row, Refusal):
            return row
        view = self._view(row)
        return self.add_relative(session, owner_id, canonical, view) or view

    def add_relative(
        self, session: Session, owner_id: str, relation: str, patient: PatientView
    ) -> Refusal | None:
        """Let the owner act for a registered person. Doing it again updates the relation."""
        self.hold(session, owner_id)
        if patient.id == owner_id:
            return Refusal("relation_self")
        rows = {row.patient_id: row for row in session.scalars(_relatives_of(owner_id))}
        known = rows.get(patient.id)
        if known is not None:
            known.relation = relation
            return None
        if len(rows) >= MAX_RELATIVES:
            return Refusal("too_many_relatives", {"limit": str(MAX_RELATIVES)})
        session.add(
            RelativeRow(
                owner_id=owner_id, patient_id=patient.id, relation=relation, created_at=self._clock.now()
            )
        )
        session.flush()
        self._audit(session, f"patient:{owner_id}", "patients.relative", patient.id)
        return None

    # -- reading -----------------------------------------------------------------------------------------

    def get(self, session: Session, patient_id: str) -> PatientView | None:
        """The person, for the service's own work in that person's conversation. Staff use `view`."""
        row = session.get(PatientRow, patient_id)
        return self._view(row) if row else None

    def view(self, session: Session, patient_id: str, *, actor: str) -> FullPatient | None:
        """Everything about a person, unmasked, for a member of staff; writes an audit row."""
        row = session.get(PatientRow, patient_id)
        if row is None:
            return None
        self._audit(session, actor, "patients.view", patient_id)
        number = self._cipher.decrypt(row.id_number_enc) if row.id_number_enc else None
        return FullPatient(self._view(row), number)

    def find_by_id_number(self, session: Session, id_number: str) -> PatientView | None:
        index = self._cipher.blind_index(id_number.strip().upper())
        row = session.scalar(select(PatientRow).where(PatientRow.id_number_index == index))
        return self._view(row) if row else None

    def find_by_phone(self, session: Session, phone: str) -> list[PatientView]:
        """All people who gave this phone (E.164), oldest registration first: families share one."""
        index = self._cipher.blind_index(phone)
        rows = session.scalars(
            select(PatientRow).where(PatientRow.phone_index == index).order_by(PatientRow.id)
        )
        return [self._view(row) for row in rows]

    def find_by_name(self, session: Session, name: str, limit: int = 50) -> list[PatientView]:
        """People of that whole name, the latest registration first. Many share one."""
        index = self._cipher.blind_index(f"name|{name_key(name)}")
        rows = session.scalars(
            select(PatientRow)
            .where(PatientRow.name_index == index)
            .order_by(PatientRow.id.desc())
            .limit(limit)
        )
        return [self._view(row) for row in rows]

    def relatives(self, session: Session, owner_id: str) -> list[Relative]:
        """Those the owner may act for, in the order they were added."""
        rows = session.execute(
            select(RelativeRow.relation, PatientRow)
            .join(PatientRow, PatientRow.id == RelativeRow.patient_id)
            .where(RelativeRow.owner_id == owner_id)
            .order_by(RelativeRow.id)
        )
        return [Relative(relation, self._view(row)) for relation, row in rows]

    def may_act_for(self, session: Session, actor_id: str, patient_id: str) -> bool:
        """True for oneself and for one's registered relatives."""
        if actor_id == patient_id:
            return True
        bound = _relatives_of(actor_id).where(RelativeRow.patient_id == patient_id)
        return session.scalar(bound) is not None

    def hold(self, session: Session, patient_id: str) -> PatientBasics | None:
        """Lock a person against other writers until the transaction ends; None if not registered.

        On SQLite the whole unit of work is the only writer already. NO KEY UPDATE leaves rows that only
        refer to the person free to be written.
        """
        row = session.execute(
            select(PatientRow.id, PatientRow.sex, PatientRow.birth_date)
            .where(PatientRow.id == patient_id)
            .with_for_update(key_share=True)
        ).one_or_none()
        return PatientBasics(row.id, row.sex, row.birth_date) if row else None

    # -- contact points ----------------------------------------------------------------------------------

    def bind(self, session: Session, channel: str, address: str, patient_id: str) -> None:
        """An address belongs to a person from now on, and to nobody else."""
        index = self._cipher.blind_index(address)
        now = self._clock.now()
        query = _contact_point(channel, index)
        row = session.scalar(query)
        if row is None:
            try:
                with session.begin_nested():
                    session.add(
                        ContactPointRow(
                            patient_id=patient_id,
                            channel=channel,
                            address_enc=self._cipher.encrypt(address),
                            address_index=index,
                            bound_at=now,
                        )
                    )
            except IntegrityError:
                # Somebody bound the same address at this moment; the later of the two wins.
                row = session.scalars(query).one()
        elif row.patient_id == patient_id:
            return
        if row is not None:
            row.patient_id, row.bound_at = patient_id, now
        self._audit(session, f"patient:{patient_id}", "patients.bind", patient_id)

    def owner_of(self, session: Session, channel: str, address: str) -> PatientView | None:
        row = session.scalar(_contact_point(channel, self._cipher.blind_index(address)))
        return self.get(session, row.patient_id) if row else None

    def contact_points(self, session: Session, patient_id: str) -> list[ContactPoint]:
        """Where a person can be reached, newest first; their phone counts as an SMS address."""
        rows = session.scalars(
            select(ContactPointRow)
            .where(ContactPointRow.patient_id == patient_id)
            .order_by(ContactPointRow.bound_at.desc(), ContactPointRow.id.desc())
        )
        points = [ContactPoint(row.channel, self._cipher.decrypt(row.address_enc)) for row in rows]
        patient = session.get(PatientRow, patient_id)
        if patient is not None and patient.phone_enc is not None:
            sms = ContactPoint("sms", self._cipher.decrypt(patient.phone_enc))
            points += [] if sms in points else [sms]
        return points

    # -- inside ------------------------------------------------------------------------------------------

    def _must_prove(
        self, session: Session, row: PatientRow, contact: tuple[str, str], owner_id: str | None
    ) -> bool:
        """True if the address is not that of the known person, who has a phone, and gave no code."""
        if row.phone_enc is None or (owner_id is not None and self.may_act_for(session, owner_id, row.id)):
            return False
        channel, address = contact
        point = session.scalar(_contact_point(channel, self._cipher.blind_index(address)))
        own = point is not None and point.patient_id == row.id
        return not own and not self.codes.proven(session, row.id, channel, address)

    def _by_id_number(
        self,
        session: Session,
        name: str,
        number: IdNumber,
        phone: str | None,
        actor: str,
        contact: tuple[str, str] | None,
        owner_id: str | None = None,
    ) -> PatientRow | Refusal:
        proper = parse_name(f"姓名：{name}")
        if isinstance(proper, Refusal):
            return proper
        query = select(PatientRow).where(PatientRow.id_number_index == self._cipher.blind_index(number.value))
        row = session.scalar(query)
        if row is None:
            row = self._new_row(proper, number.sex, number.birth_date, number=number, phone=phone)
            try:
                with session.begin_nested():
                    session.add(row)
            except IntegrityError:
                # Registered by somebody else at this moment: theirs is the one.
                row = session.scalars(query).one()
            else:
                self._audit(session, actor, "patients.register", row.id)
                return row
        if not same_name(self._cipher.decrypt(row.name_enc), proper):
            self._audit(session, actor, "patients.mismatch", row.id)
            return Refusal("identity_mismatch")
        if contact is not None and self._must_prove(session, row, contact, owner_id):
            return Refusal("code_needed", {"patient_id": row.id})
        return row

    def _child(
        self,
        session: Session,
        owner_id: str,
        relation: str,
        name: str,
        birth_date: date | None,
        sex: str | None,
        actor: str,
    ) -> PatientRow | Refusal:
        proper = parse_name(f"姓名：{name}")
        if isinstance(proper, Refusal):
            return proper
        if birth_date is None:
            return Refusal("birth_date_missing")
        today = self._clock.now().date()
        if birth_date > today:
            return Refusal("birth_date_future")
        if age_on(birth_date, today) >= ID_CARD_FROM_AGE:
            return Refusal("id_number_required")
        sex = relation_sex(relation) or sex
        if sex not in {"男", "女"}:
            return Refusal("sex_required")
        if self.hold(session, owner_id) is None:
            return Refusal("guardian_required")
        for relative in self.relatives(session, owner_id):
            child = relative.patient
            if child.birth_date == birth_date and same_name(child.name, proper):
                return session.get_one(PatientRow, child.id)
        row = self._new_row(proper, sex, birth_date)
        session.add(row)
        session.flush()
        self._audit(session, actor, "patients.register", row.id)
        return row

    def _new_row(
        self,
        name: str,
        sex: str,
        birth_date: date,
        *,
        number: IdNumber | None = None,
        phone: str | None = None,
    ) -> PatientRow:
        now = self._clock.now()
        seal, index = self._cipher.encrypt, self._cipher.blind_index
        return PatientRow(
            id=new_id(),
            name_enc=seal(name),
            name_index=index(f"name|{name_key(name)}"),
            id_number_enc=seal(number.value) if number else None,
            id_number_index=index(number.value) if number else None,
            phone_enc=seal(phone) if phone else None,
            phone_index=index(phone) if phone else None,
            sex=sex,
            birth_date=birth_date,
            created_at=now,
            updated_at=now,
        )

    def _view(self, row: PatientRow) -> PatientView:
        return PatientView(
            id=row.id,
            name=self._cipher.decrypt(row.name_enc),
            sex=row.sex,
            birth_date=row.birth_date,
            phone=self._cipher.decrypt(row.phone_enc) if row.phone_enc else None,
            verified=row.id_number_index is not None,
        )


def _relatives_of(owner_id: str) -> Select[RelativeRow]:
    return select(RelativeRow).where(RelativeRow.owner_id == owner_id).order_by(RelativeRow.id)


def _contact_point(channel: str, index: str) -> Select[ContactPointRow]:
    return select(ContactPointRow).where(
        ContactPointRow.channel == channel, ContactPointRow.address_index == index
    )
