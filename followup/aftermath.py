"""After something red was said in a follow-up: the contact is a nurse's, the patient is not left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from conversations import Alarm
from followup import escalation, wording
from followup.assess import assess
from followup.dialogue import FollowupTurn, last_contact, store_answer
from followup.model import ReplyAssessment, Severity, Sign, Status
from followup.office import Office, move
from followup.states import ContactState, Event
from followup.tables import Contact
from followup.wording import Said

#: So long after the last word of a contact a patient may still speak of what was said in it.
STILL_ABOUT_IT = timedelta(hours=24)


def take_emergency(office: Office, session: Session, alarm: Alarm) -> None:
    """The safety guard answered a red flag before this room heard of it: the contact that lives there is red.

    It asks nothing more and is with the nurse who has the guard's task, or the task that it already had.
    """
    session.flush()
    contact = session.scalars(
        select(Contact)
        .where(
            Contact.conversation_id == alarm.conversation_id,
            Contact.state.in_((ContactState.OPEN.value, ContactState.ESCALATED.value)),
        )
        .order_by(Contact.opened_at.desc(), Contact.id.desc())
        .limit(1)
        .with_for_update(of=Contact)
    ).first()
    if contact is None:
        return
    now = office.clock.now()
    names = tuple(dict.fromkeys(hit.name for hit in alarm.hits))
    signs = tuple(
        Sign(f"red_flag:{hit.id}", hit.name, "red_flag", Status.PRESENT, Severity.RED) for hit in alarm.hits
    )
    found = ReplyAssessment(Severity.RED, signs, names)
    store_answer(
        office, session, contact, contact.asking or "unasked", alarm.text, alarm.message_id or "", found
    )
    contact.severity, contact.asking = Severity.RED.value, None
    contact.first_answer_at = contact.first_answer_at or now
    contact.active_at = now
    contact.enrolment.silent = 0
    if contact.task_id is None:
        move(contact, Event.ESCALATE, now)
        contact.task_id = alarm.task_id
    elif contact.task_id != alarm.task_id:
        escalation.escalate(office, session, contact, Severity.RED, names)
    _show(office, session, contact)


def _show(office: Office, session: Session, contact: Contact) -> None:
    """Let the conversation's memory tell how worrying the contact is."""
    memory = office.conversations.memory(session, contact.conversation_id or "")
    topic = {**memory.topics.get("followup", {}), "severity": contact.severity}
    topics = {**memory.topics, "followup": topic}
    office.conversations.remember(session, contact.conversation_id or "", replace(memory, topics=topics))


def after_worry(
    office: Office, session: Session, conversation_id: str, text: str, message_id: str, *, lost: bool
) -> FollowupTurn | None:
    """Words that nothing else could take, after a follow-up that ended with a nurse. None if there was none.

    After a red everything is answered with what to do now; after an amber a question is. `lost`: the bot did
    not understand the message at all.
    """
    contact = last_contact(office, session, conversation_id)
    if contact is None or contact.state != ContactState.ESCALATED.value or contact.asking is not None:
        return None
    now = office.clock.now()
    if contact.active_at is None or now - contact.active_at > STILL_ABOUT_IT:
        return None
    red = contact.severity == Severity.RED.value
    asks = assess(office.knowledge, office.pathway_of(contact), text, reader=office.reader).asks_back
    if not (red or (lost and asks)):
        return None
    contact.active_at = now
    if asks:
        why = "患者追问，请回复"
        found = ReplyAssessment(Severity.UNCLEAR, why=(why,), asks_back=True)
        store_answer(office, session, contact, "unasked", text, message_id, found)
        escalation.escalate(office, session, contact, Severity.RED if red else Severity.AMBER, (why,))
    if red:
        said = wording.red_again(office.emergency_phone, asks=asks)
    else:
        said = wording.nurse_decides(office.emergency_phone)
    return FollowupTurn((Said(said),), True, contact.severity, contact.task_id)
