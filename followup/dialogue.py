"""The follow-up dialogue: one question at a time, every answer judged, worrying ones to a nurse."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import new_id
from followup import dispatch, escalation, wording
from followup.answered import answers
from followup.assess import amber_problems, assess
from followup.model import Other, ReplyAssessment, Severity
from followup.office import Office, can, move
from followup.states import ContactState, Event
from followup.tables import Contact, ContactAnswer, Discharge, Enrolment
from followup.wording import Said

#: Answers to these states go on being heard.
_LIVE = (ContactState.OPEN.value, ContactState.ESCALATED.value)


@dataclass(frozen=True, slots=True)
class FollowupTurn:
    """What one answer led to. The caller writes `replies` to the outbox in the same transaction."""

    replies: tuple[Said, ...]
    #: True if no question is open any more.
    done: bool
    #: Most worrying severity of the contact so far; None before anything was understood.
    severity: str | None = None
    task_id: str | None = None


def open_contact_of(session: Session, conversation_id: str) -> Contact | None:
    """The contact that waits for an answer in this conversation."""
    session.flush()
    return session.scalars(
        select(Contact)
        .where(
            Contact.conversation_id == conversation_id, Contact.state.in_(_LIVE), Contact.asking.is_not(None)
        )
        .order_by(Contact.opened_at.desc(), Contact.id.desc())
        .limit(1)
        .with_for_update(of=Contact)
    ).first()


def answer(
    office: Office, session: Session, conversation_id: str, text: str, message_id: str, *, interrupts: bool
) -> FollowupTurn | None:
    """Hear an answer. None if no contact waits, or the message asks for something else (`interrupts`)."""
    contact = open_contact_of(session, conversation_id)
    if contact is None or contact.asking is None:
        return None
    heard = _heard(session, contact, message_id)
    if heard:
        return FollowupTurn(
            (wording.asked(office.question_of(contact, contact.asking)),),
            False,
            contact.severity,
            contact.task_id,
        )
    question = office.question_of(contact, contact.asking)
    found = assess(
        office.knowledge, office.pathway_of(contact), text, question=question, reader=office.reader
    )
    if interrupts and found.other is None and found.severity in {Severity.UNCLEAR, Severity.GREEN}:
        return None
    to_the_point = answers(office.knowledge, question, text, found)
    if not to_the_point:
        found = replace(found, topics=found.topics - set(question.topics))
    store_answer(office, session, contact, question.id, text, message_id, found)
    now = office.clock.now()
    contact.active_at = now
    contact.first_answer_at = contact.first_answer_at or now
    contact.enrolment.silent = 0
    if found.other is not None:
        return _other(office, session, contact, found)
    return _go_on(office, session, contact, found, to_the_point=to_the_point)


def _go_on(
    office: Office, session: Session, contact: Contact, found: ReplyAssessment, *, to_the_point: bool
) -> FollowupTurn:
    """`to_the_point`: the answer speaks of what was asked; else the question stays open, once."""
    replies: list[Said] = []
    severity = found.severity
    question = office.question_of(contact, contact.asking or contact.questions[0])
    if severity is Severity.UNCLEAR:
        if contact.asked_back == 0:
            contact.asked_back = 1
            if found.asks_back:
                replies.append(Said(wording.answers_later()))
                escalation.escalate(office, session, contact, Severity.GREEN, ("患者在随访中提问，请回复",))
            return FollowupTurn(
                (*replies, wording.ask_back(question)), False, contact.severity or "UNCLEAR", contact.task_id
            )
        escalation.escalate(office, session, contact, Severity.AMBER, (f"没有听明白回答：{question.text}",))
        _worsen(contact, Severity.AMBER)
        replies.append(Said(wording.nurse_will_ask()))
    elif severity is Severity.GREEN:
        _worsen(contact, Severity.GREEN)
    else:
        replies.append(Said(_escalated(office, session, contact, found)))
        if contact.severity == Severity.RED.value:
            contact.asking = None
            return FollowupTurn(tuple(replies), True, contact.severity, contact.task_id)
    if not to_the_point and severity is not Severity.UNCLEAR:
        if contact.asked_back == 0:
            contact.asked_back = 1
            replies.append(wording.still_open(question, noted=not replies))
            return FollowupTurn(tuple(replies), False, contact.severity, contact.task_id)
        escalation.escalate(office, session, contact, Severity.AMBER, (f"没有回答：{question.text}",))
        _worsen(contact, Severity.AMBER)
        replies.append(Said(wording.nurse_will_ask()))
    return _next(office, session, contact, replies)


def _escalated(office: Office, session: Session, contact: Contact, found: ReplyAssessment) -> str:
    """Tell a nurse; gives what the patient reads. Ambers of the whole contact add up to a red."""
    severity = found.severity
    problems = {problem for row in dispatch.answered(session, contact) for problem in row.problems}
    added_up = severity is Severity.AMBER and len(problems) >= 2
    why = found.why
    if added_up:
        severity, why = Severity.RED, (*why, "两项及以上需关注的情况，按立即处理")
    _worsen(contact, severity)
    escalation.escalate(office, session, contact, severity, why)
    if severity is not Severity.RED:
        return wording.amber(found.tell)
    by_sign = any(sign.severity is Severity.RED for sign in found.signs)
    if added_up or not by_sign:
        return wording.accumulated(office.emergency_phone)
    return wording.red(found.tell, office.emergency_phone)


def _next(office: Office, session: Session, contact: Contact, replies: list[Said]) -> FollowupTurn:
    """Ask the next question that the answers so far have not covered, or end."""
    rows = dispatch.answered(session, contact)
    asked = {row.question_id for row in rows}
    covered = {topic for row in rows if row.severity != Severity.UNCLEAR.value for topic in row.topics}
    contact.asked_back = 0
    for question_id in contact.questions:
        if question_id in asked:
            continue
        question = office.question_of(contact, question_id)
        if question.topics and set(question.topics) <= covered:
            continue
        contact.asking = question_id
        return FollowupTurn((*replies, wording.asked(question)), False, contact.severity, contact.task_id)
    contact.asking = None
    worst = Severity(contact.severity or Severity.GREEN.value)
    if can(contact, Event.FINISH):
        move(contact, Event.FINISH, office.clock.now())
    replies.append(Said(wording.finished(office.pathway_of(contact).closing, worst)))
    return FollowupTurn(tuple(replies), True, contact.severity, contact.task_id)


def _worsen(contact: Contact, severity: Severity) -> None:
    """A contact's severity only ever rises."""
    if (
        contact.severity is None
        or contact.severity == Severity.UNCLEAR.value
        or severity.rank > Severity(contact.severity).rank
    ):
        contact.severity = severity.value


def _heard(session: Session, contact: Contact, message_id: str) -> bool:
    if not message_id:
        return False
    found = select(ContactAnswer.id).where(
        ContactAnswer.contact_id == contact.id, ContactAnswer.message_id == message_id
    )
    return session.scalar(found) is not None


def store_answer(
    office: Office,
    session: Session,
    contact: Contact,
    question_id: str,
    text: str,
    message_id: str,
    found: ReplyAssessment,
) -> None:
    """Keep one answer as it was understood; `question_id` is "unasked" for words of the patient's own."""
    row_id = new_id()
    session.add(
        ContactAnswer(
            id=row_id,
            contact_id=contact.id,
            question_id=question_id,
            message_id=(message_id or row_id)[:64],
            text_enc=office.cipher.encrypt(text[:4000]),
            severity=found.severity.value,
            topics=sorted(found.topics),
            problems=sorted(amber_problems(office.pathway_of(contact), found.signs)),
            detail={
                "why": list(found.why),
                "findings": [
                    {"term": sign.name, "status": sign.status.value, "severity": sign.severity.value}
                    for sign in found.signs
                ],
                "other": found.other.value if found.other else None,
            },
            at=office.clock.now(),
        )
    )
    session.flush()


def _other(office: Office, session: Session, contact: Contact, found: ReplyAssessment) -> FollowupTurn:
    """The answer is news: stop, tell a nurse, and say the human thing. A red in it is answered first."""
    other = found.other or Other.OPT_OUT
    replies: list[Said] = []
    if found.severity is Severity.RED:
        replies.append(Said(_escalated(office, session, contact, found)))
    if other is Other.OPT_OUT:
        _opt_out(office, session, contact)
    else:
        severity = Severity.RED if found.severity is Severity.RED else Severity.AMBER
        _worsen(contact, severity)
        escalation.escalate(office, session, contact, severity, (wording.OTHER_TASK[other],))
    dispatch.withdraw(office, session, contact.enrolment, other.value)
    replies.append(Said(wording.OTHER_REPLY[other]))
    return FollowupTurn(tuple(replies), True, contact.severity, contact.task_id)


def _opt_out(office: Office, session: Session, contact: Contact) -> None:
    patient_id = contact.enrolment.discharge.patient_id
    if patient_id:
        office.patients.opt_out(session, patient_id, "asked_in_followup")
    elif contact.conversation_id:
        address = office.conversations.conversation(session, contact.conversation_id).address
        office.patients.opt_out_address(session, address, "asked_in_followup")


def unasked(
    office: Office, session: Session, conversation_id: str, text: str, message_id: str
) -> FollowupTurn | None:
    """Words about the recovery when no question is open: judged too. None if no stay is known."""
    contact = last_contact(office, session, conversation_id)
    if contact is None:
        return None
    pathway = office.pathway_of(contact)
    found = assess(office.knowledge, pathway, text, reader=office.reader)
    if found.other is not None:
        store_answer(office, session, contact, "unasked", text, message_id, found)
        return _other(office, session, contact, found)
    if found.severity is Severity.UNCLEAR:
        return None
    store_answer(office, session, contact, "unasked", text, message_id, found)
    worried = contact.state == ContactState.ESCALATED.value
    if found.severity is Severity.GREEN:
        # Good news beside a worry that a nurse still has is no end of that worry.
        said = wording.noted() if worried else wording.finished(pathway.closing, Severity.GREEN)
        known = contact.severity if worried else found.severity.value
        return FollowupTurn((Said(said),), True, known, contact.task_id if worried else None)
    if worried:
        contact.active_at = office.clock.now()
        added = Said(_escalated(office, session, contact, found))
        return FollowupTurn((added,), True, contact.severity, contact.task_id)
    task = office.conversations.open_task(
        session,
        kind="followup",
        severity="RED" if found.severity is Severity.RED else "AMBER",
        reason=f"{pathway.name} 出院后主动反映：{'；'.join(found.why)}"[:200],
        conversation_id=conversation_id,
        patient_id=contact.enrolment.discharge.patient_id,
        detail={"contact_id": contact.id, "pathway": pathway.name, "reasons": "；".join(found.why)},
        source_ref=f"followup:unasked:{message_id or new_id()}",
        due_at=escalation.due_at(found.severity, office.clock.now()),
    )
    red = found.severity is Severity.RED
    text_out = wording.red(found.tell, office.emergency_phone) if red else wording.amber(found.tell)
    return FollowupTurn((Said(text_out),), True, found.severity.value, task.id)


def last_contact(office: Office, session: Session, conversation_id: str) -> Contact | None:
    """The latest contact of the conversation or of its owner, of a stay that is still followed up."""
    found = session.scalars(
        select(Contact)
        .where(Contact.conversation_id == conversation_id)
        .order_by(Contact.opened_at.desc(), Contact.id.desc())
        .limit(1)
    ).first()
    if found is not None:
        return found
    patient_id = office.conversations.conversation(session, conversation_id).patient_id
    if patient_id is None:
        return None
    return session.scalars(
        select(Contact)
        .join(Enrolment, Contact.enrolment_id == Enrolment.id)
        .join(Discharge, Enrolment.discharge_id == Discharge.id)
        .where(Discharge.patient_id == patient_id, Enrolment.state == "active")
        .order_by(Contact.due_at)
        .limit(1)
    ).first()
