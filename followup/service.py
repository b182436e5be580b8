"""The face of this room: one object over its parts. Every method works in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from conversations import Alarm, Conversations, TaskView
from core.clock import Clock
from core.crypto import FieldCipher
from core.database import Database
from core.errors import Refusal
from followup import aftermath, dialogue, dispatch, enrolment, people, register, wording
from followup.assess import Reader, read_other
from followup.dialogue import FollowupTurn
from followup.dispatch import DispatchReport
from followup.enrolment import ImportReport
from followup.knowledge import Knowledge
from followup.office import LOOP, Office, can, move
from followup.people import FullStayPerson, StayPerson
from followup.reconciliation import Reconciliation, reconcile
from followup.register import OUTCOMES, Indicators
from followup.states import Event
from followup.tables import Contact, Discharge, Enrolment
from followup.wording import Said
from hospital import Hospital
from patients import Patients


class Followup:
    """Follow-up after discharge. Holds no state of its own."""

    def __init__(
        self,
        knowledge: Knowledge,
        *,
        triage: Reader | None,
        patients: Patients,
        conversations: Conversations,
        hospital: Hospital,
        clock: Clock,
        cipher: FieldCipher,
        booking: Any = None,
    ) -> None:
        self._office = Office(
            knowledge=knowledge,
            reader=triage,
            patients=patients,
            conversations=conversations,
            clock=clock,
            cipher=cipher,
            hospital_name=hospital.short_name or hospital.name,
            emergency_phone=hospital.phones.emergency_room,
            quiet_hours=hospital.quiet_hours,
            calendar=hospital.calendar,
        )
        conversations.when_emergency(self._emergency)

    def _emergency(self, session: Session, alarm: Alarm) -> None:
        aftermath.take_emergency(self._office, session, alarm)

    @property
    def knowledge(self) -> Knowledge:
        """The pathways in force."""
        return self._office.knowledge

    # Lists in

    def import_discharges(self, session: Session, data: bytes, filename: str) -> ImportReport:
        """Enrol a list of discharges (CSV, XLSX, FHIR bundle, told by content). Faulty rows are reported."""
        return enrolment.import_discharges(self._office, session, data)

    def import_list(
        self, database: Database, data: bytes, done: Callable[[int, int], None] | None = None
    ) -> ImportReport:
        """The same for a list of any length, in transactions of its own that keep nobody waiting for long."""
        return enrolment.import_list(self._office, database, data, done)

    # The tick

    def dispatch_due(self, session: Session, now: datetime) -> DispatchReport:
        """Open every contact that is due and remind the silent; safe to run on any number of workers."""
        return dispatch.dispatch_due(self._office, session, now)

    def reconcile(self, session: Session, now: datetime) -> Reconciliation:
        """The nightly proof that nothing was silently missed."""
        return reconcile(self._office, session, now)

    # The dialogue

    def open_now(self, session: Session, conversation_id: str, *, pathway: str, day: int) -> str:
        """Enrol the person as if discharged `day` days ago and open that contact; gives its id.

        Raises BanzhenError for a pathway that does not exist.
        """
        chosen = self._office.knowledge.named(pathway)
        contact = enrolment.open_stay(self._office, session, conversation_id, chosen, day)
        dispatch.open_contact(self._office, session, contact, conversation_id)
        return contact.id

    def open_question(self, session: Session, conversation_id: str) -> Said | None:
        """The question that waits for an answer in this conversation."""
        contact = dialogue.open_contact_of(session, conversation_id)
        if contact is None or contact.asking is None:
            return None
        return wording.asked(self._office.question_of(contact, contact.asking))

    def answer(
        self, session: Session, conversation_id: str, text: str, message_id: str, *, interrupts: bool = False
    ) -> FollowupTurn | None:
        """Hear an answer to the open question. None if none is open, or if the message wants something else.

        `interrupts`: the bot takes the message for a request of its own (医保, 挂号); only something
        worrying in it is then heard here.
        """
        return dialogue.answer(
            self._office, session, conversation_id, text, message_id, interrupts=interrupts
        )

    def unasked(
        self, session: Session, conversation_id: str, text: str, message_id: str
    ) -> FollowupTurn | None:
        """Hear words about the recovery when no question is open. None if nothing is known or understood."""
        return dialogue.unasked(self._office, session, conversation_id, text, message_id)

    def after_worry(
        self, session: Session, conversation_id: str, text: str, message_id: str, *, lost: bool = False
    ) -> FollowupTurn | None:
        """What to say to words that nothing else takes, while a nurse has the worry of the last contact."""
        return aftermath.after_worry(self._office, session, conversation_id, text, message_id, lost=lost)

    def follows(self, session: Session, conversation_id: str) -> bool:
        """True if the conversation belongs to a stay that is followed up."""
        return dialogue.last_contact(self._office, session, conversation_id) is not None

    def tells_death(self, text: str) -> bool:
        """True if the words tell that somebody has died."""
        return read_other(self.knowledge, text) == "deceased"

    # Ends

    def withdraw_patient(self, session: Session, patient_id: str, reason: str) -> int:
        """End the follow-up of all stays of a person; gives how many contacts were withdrawn."""
        enrolments = session.scalars(
            select(Enrolment)
            .join(Discharge, Enrolment.discharge_id == Discharge.id)
            .where(Discharge.patient_id == patient_id, Enrolment.state == "active")
        ).unique()
        return sum(len(dispatch.withdraw(self._office, session, each, reason)) for each in enrolments)

    def close(
        self, session: Session, task_id: str, staff_id: str, outcome: str, note: str, now: datetime
    ) -> TaskView | Refusal:
        """A nurse closes the task of a contact, and with it the contact. `outcome`: a code of `OUTCOMES`.

        Refusals: outcome_missing, and those of `Conversations.close_task`.
        """
        if outcome not in OUTCOMES:
            return Refusal("outcome_missing")
        # Before the task, as an answer of the patient takes them: see `dispatch.dispatch_due`.
        task = self._office.conversations.task(session, task_id)
        at = task.conversation_id if task is not None else None
        loop = self._office.conversations.memory(session, at).loop if at is not None else None
        held = select(Contact).where(Contact.task_id == task_id).with_for_update(of=Contact)
        contacts = session.scalars(held).unique().all()
        closed = self._office.conversations.close_task(session, task_id, staff_id, outcome, note, now)
        if isinstance(closed, Refusal):
            return closed
        for contact in contacts:
            if can(contact, Event.CLOSE):
                move(contact, Event.CLOSE, now)
                contact.outcome = outcome
        session.flush()
        if at is not None and loop == LOOP and dialogue.open_contact_of(session, at) is None:
            # What was still asked is over with the contact.
            self._office.conversations.set_loop(session, at, None)
        return closed

    # People

    def people(self, session: Session, contact_ids: Iterable[str]) -> Mapping[str, StayPerson]:
        """Contact id → the masked person that it is about, registered or not."""
        return people.of_contacts(self._office, session, contact_ids)

    def person_of_conversation(self, session: Session, conversation_id: str) -> StayPerson | None:
        """Whom the latest follow-up of a conversation is about."""
        return people.of_conversation(self._office, session, conversation_id)

    def find_by_name(self, session: Session, name: str) -> list[StayPerson]:
        """Discharged people of that whole name who are not registered."""
        return people.named(self._office, session, name)

    def person(self, session: Session, discharge_id: str, *, actor: str) -> FullStayPerson | None:
        """Name, phones and number of a stay, unmasked, for a member of staff; writes an audit row."""
        return people.reveal(self._office, session, discharge_id, actor=actor)

    # Figures

    def export_register(self, session: Session, month: str) -> bytes:
        """The register and indicators of the discharges of a month (YYYY-MM) as XLSX. Raises BanzhenError."""
        return register.export_register(self._office, session, month)

    def indicators(self, session: Session, month: str) -> Indicators:
        return register.indicators(self._office, session, month)
