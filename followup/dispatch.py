"""Open what is due and remind who is silent. The table is the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from conversations import ConversationView
from core import audit
from core.masking import mask_name
from followup import escalation, wording
from followup.office import LOOP, Office, can, claimable, move
from followup.states import WITH_NURSE, ContactState, Event
from followup.tables import Contact, ContactAnswer, Discharge, Enrolment

#: A contact that could not be opened for longer than this (a long outage) goes to a nurse.
CATCH_UP = timedelta(hours=48)
#: A contact that waits for a nurse who holds the conversation is hers after this.
WAIT_FOR_NURSE = timedelta(hours=4)
#: Silence before the next reminder.
REMIND_AFTER = timedelta(hours=24)
#: Opening and two reminders; the next one is the final check-in, after it a nurse.
BEFORE_FINAL = 3
#: A loop of another topic that was alive within this time is not interrupted.
BUSY = timedelta(minutes=30)
#: A claim that was not finished by then belongs to a worker that died.
CLAIM_LASTS = timedelta(minutes=30)
AT_ONCE = 200
#: Which address to use first.
CHANNELS = ("wechat", "web", "script", "sms", "voice")


@dataclass(slots=True)
class DispatchReport:
    """What one tick did; ids of contacts."""

    opened: list[str] = field(default_factory=list)
    postponed: list[str] = field(default_factory=list)
    reminded: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    #: Went to a nurse.
    given_up: list[str] = field(default_factory=list)
    #: A nurse had closed their task.
    closed: list[str] = field(default_factory=list)


def dispatch_due(office: Office, session: Session, now: datetime) -> DispatchReport:
    """One tick. A due contact is opened once: its row is claimed, its message has a stable key.

    A patient's turn locks its conversation, then the contact that waits there. So does this: a contact is
    claimed when its conversation is locked, or the two would wait for each other.
    """
    report = DispatchReport()
    close_done(office, session, report)
    if not office.quiet_hours.allows(now):
        return report
    due = (Contact.state == ContactState.PLANNED.value, Contact.due_at <= now)
    for contact in _candidates(session, due, Contact.due_at, Contact.day):
        _take_due(office, session, contact, now, due, report)
    silent = (Contact.state == ContactState.OPEN.value, Contact.active_at <= now - REMIND_AFTER)
    for contact in _candidates(session, silent, Contact.active_at):
        if contact.conversation_id is not None:
            office.conversations.memory(session, contact.conversation_id)
        if _claim(session, contact, silent):
            _remind(office, session, contact, report)
    session.flush()
    return report


def _candidates(
    session: Session, where: Sequence[ColumnElement[bool]], *order: InstrumentedAttribute[Any]
) -> list[Contact]:
    """Contacts that may be this tick's work; whoever claims one does it."""
    statement = select(Contact).where(*where).order_by(*order, Contact.id).limit(AT_ONCE)
    return list(session.scalars(statement.execution_options(populate_existing=True)).unique())


def _claim(session: Session, contact: Contact, where: Sequence[ColumnElement[bool]]) -> bool:
    """Lock a contact to which this still applies. False: the patient or another worker was quicker."""
    session.flush()
    statement = claimable(session, select(Contact).where(Contact.id == contact.id, *where))
    found = session.scalars(statement.execution_options(populate_existing=True)).unique().one_or_none()
    return found is not None


def _take_due(
    office: Office,
    session: Session,
    contact: Contact,
    now: datetime,
    due: Sequence[ColumnElement[bool]],
    report: DispatchReport,
) -> None:
    enrolment = contact.enrolment
    if enrolment.state != "active":
        if _claim(session, contact, due):
            move(contact, Event.WITHDRAW, now, enrolment.reason or "withdrawn")
            report.withdrawn.append(contact.id)
    elif _refused(office, session, enrolment):
        if _claim(session, contact, due):
            report.withdrawn += withdraw(office, session, enrolment, "opt_out")
    else:
        conversation = _conversation(office, session, enrolment)
        if _claim(session, contact, due):
            _open_due(office, session, contact, conversation, now, report)


def _open_due(
    office: Office,
    session: Session,
    contact: Contact,
    conversation: ConversationView | None,
    now: datetime,
    report: DispatchReport,
) -> None:
    move(contact, Event.CLAIM, now)
    if now - contact.due_at > CATCH_UP:
        escalation.give_up(office, session, contact, "overdue", "系统中断，错过了计划的随访时间，请人工联系")
        report.given_up.append(contact.id)
        return
    if conversation is None:
        escalation.give_up(office, session, contact, "no_channel", "没有可用的联系方式，请人工联系")
        report.given_up.append(contact.id)
        return
    if conversation.holder != "bot" and now - contact.due_at > WAIT_FOR_NURSE:
        contact.conversation_id = conversation.id
        escalation.give_up(office, session, contact, "held", wording.NURSE_HOLDS)
        report.given_up.append(contact.id)
        return
    if not _free(conversation, now) or not _settle_earlier(office, session, contact, conversation.id, report):
        move(contact, Event.RELEASE, now)
        report.postponed.append(contact.id)
        return
    open_contact(office, session, contact, conversation.id)
    report.opened.append(contact.id)


def _refused(office: Office, session: Session, enrolment: Enrolment) -> bool:
    """True if the person does not want to be contacted, or said so about another stay at the same number."""
    discharge = enrolment.discharge
    if discharge.patient_id and office.patients.opted_out(session, discharge.patient_id):
        return True
    if discharge.patient_id or discharge.phone_key is None:
        return False
    earlier = (
        select(Enrolment.id)
        .join(Discharge, Enrolment.discharge_id == Discharge.id)
        .where(Discharge.phone_key == discharge.phone_key, Enrolment.reason == "opt_out")
    )
    return session.scalar(earlier.limit(1)) is not None


def open_contact(office: Office, session: Session, contact: Contact, conversation_id: str) -> str:
    """Ask the first question in the caller's transaction; gives the message's id."""
    now = office.clock.now()
    if contact.state == ContactState.PLANNED.value:
        move(contact, Event.CLAIM, now)
    move(contact, Event.OPEN, now)
    contact.conversation_id = conversation_id
    contact.opened_at = contact.active_at = now
    contact.attempts = 1
    contact.asking = contact.questions[0]
    question = office.question_of(contact, contact.questions[0])
    opening = wording.opening(office, contact, question, _called(office, contact))
    message = office.conversations.say(
        session,
        conversation_id,
        opening,
        buttons=wording.buttons(question),
        key=f"followup:{contact.id}:open",
    )
    office.conversations.set_loop(session, conversation_id, LOOP)
    audit.record(
        session, actor="system", action="followup.open", subject=f"contact:{contact.id}", at=now,
        detail={"day": contact.day, "pathway": contact.enrolment.pathway_id},
    )  # fmt: skip
    session.flush()
    return message


def _called(office: Office, contact: Contact) -> str:
    """Whom the message is for, masked: a phone may be shared."""
    sealed = contact.enrolment.discharge.name_enc
    return mask_name(office.cipher.decrypt(sealed)) if sealed else ""


def _conversation(office: Office, session: Session, enrolment: Enrolment) -> ConversationView | None:
    """Where to write: the patient's own addresses in the order of `CHANNELS`, else the phones of the list."""
    discharge = enrolment.discharge
    patient_id = discharge.patient_id
    points = office.patients.contact_points(session, patient_id) if patient_id else []
    for channel in CHANNELS:
        for point in points:
            if point.channel == channel:
                return office.conversations.open(session, channel, point.address, patient_id)
    if discharge.phone_enc is not None:
        return office.conversations.open(
            session, "sms", office.cipher.decrypt(discharge.phone_enc), patient_id
        )
    if discharge.family_phone_enc is None:
        return None
    # A relative answers here; that does not make the patient's account theirs.
    return office.conversations.open(session, "sms", office.cipher.decrypt(discharge.family_phone_enc))


def _free(conversation: ConversationView, now: datetime) -> bool:
    """False while a nurse writes with the patient, or another topic is in the middle."""
    if conversation.holder != "bot":
        return False
    loop = conversation.dialogue.loop
    return loop in {None, LOOP} or now - conversation.updated_at > BUSY


def _settle_earlier(
    office: Office, session: Session, contact: Contact, conversation_id: str, report: DispatchReport
) -> bool:
    """Make room for the next contact of a conversation. False if an earlier one is being answered."""
    now = office.clock.now()
    earlier = session.scalars(
        select(Contact).where(
            Contact.conversation_id == conversation_id,
            Contact.id != contact.id,
            Contact.state.in_([ContactState.OPEN.value, ContactState.ESCALATED.value]),
            Contact.asking.is_not(None),
        )
    ).unique()
    for other in earlier:
        if other.active_at is not None and now - other.active_at < BUSY:
            return False
        if other.state == ContactState.ESCALATED.value:
            other.asking = None
        elif other.first_answer_at is not None:
            move(other, Event.FINISH, now, "partial")
        else:
            other.enrolment.silent += 1
            if other.enrolment.silent > BEFORE_FINAL:
                escalation.give_up(office, session, other, "unanswered", "连续多次随访没有回复，请人工联系")
                report.given_up.append(other.id)
            else:
                move(other, Event.WITHDRAW, now, "superseded")
                report.withdrawn.append(other.id)
    session.flush()
    return True


def _remind(office: Office, session: Session, contact: Contact, report: DispatchReport) -> None:
    now = office.clock.now()
    if _refused(office, session, contact.enrolment):
        report.withdrawn += withdraw(office, session, contact.enrolment, "opt_out")
        return
    if contact.conversation_id is None or contact.asking is None:
        escalation.give_up(office, session, contact, "no_channel", "随访对话中断，请人工联系")
        report.given_up.append(contact.id)
        return
    conversation = office.conversations.conversation(session, contact.conversation_id)
    if not _free(conversation, now):
        since = contact.active_at or now
        if conversation.holder != "bot" and now - since > REMIND_AFTER + WAIT_FOR_NURSE:
            escalation.give_up(office, session, contact, "held", wording.NURSE_HOLDS)
            report.given_up.append(contact.id)
        else:
            report.postponed.append(contact.id)
        return
    if contact.attempts > BEFORE_FINAL:
        if contact.first_answer_at is not None:
            move(contact, Event.FINISH, now, "partial")
        else:
            escalation.give_up(office, session, contact, "unanswered", "多次提醒后没有回复，请电话联系")
            report.given_up.append(contact.id)
        if conversation.dialogue.loop == LOOP:
            office.conversations.set_loop(session, conversation.id, None)
        return
    contact.attempts += 1
    contact.active_at = now
    final = contact.attempts > BEFORE_FINAL
    if final:
        # The last one asks only how it goes, which is easier to answer than what was asked before.
        contact.asking = "wellbeing"
    question = office.question_of(contact, contact.asking)
    office.conversations.say(
        session,
        conversation.id,
        wording.final_check_in(office) if final else wording.reminder(question),
        buttons=wording.buttons(question),
        key=f"followup:{contact.id}:remind:{contact.attempts}",
    )
    office.conversations.set_loop(session, conversation.id, LOOP)
    report.reminded.append(contact.id)


def withdraw(office: Office, session: Session, enrolment: Enrolment, reason: str) -> list[str]:
    """End an enrolment: what is planned or open is withdrawn; what a nurse has stays with the nurse."""
    now = office.clock.now()
    enrolment.state, enrolment.reason = "withdrawn", reason
    withdrawn = []
    for contact in session.scalars(select(Contact).where(Contact.enrolment_id == enrolment.id)).unique():
        if can(contact, Event.WITHDRAW):
            move(contact, Event.WITHDRAW, now, reason)
            withdrawn.append(contact.id)
        elif contact.state in {state.value for state in WITH_NURSE}:
            contact.asking = None
    audit.record(
        session, actor="system", action="followup.withdraw", subject=f"enrolment:{enrolment.id}", at=now,
        detail={"reason": reason},
    )  # fmt: skip
    session.flush()
    return withdrawn


def close_done(office: Office, session: Session, report: DispatchReport) -> None:
    """Contacts whose nurse's task was closed are closed, with its outcome."""
    waiting = session.scalars(
        select(Contact).where(
            Contact.state.in_([state.value for state in WITH_NURSE]), Contact.task_id.is_not(None)
        )
    ).unique()
    for contact in waiting:
        task = office.conversations.task(session, contact.task_id or "")
        if task is not None and task.state == "closed":
            move(contact, Event.CLOSE, office.clock.now())
            contact.outcome = task.outcome
            report.closed.append(contact.id)


def answered(session: Session, contact: Contact) -> list[ContactAnswer]:
    """The contact's answers in order."""
    return list(
        session.scalars(
            select(ContactAnswer).where(ContactAnswer.contact_id == contact.id).order_by(ContactAnswer.id)
        )
    )
