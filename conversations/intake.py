"""The first half of the pipeline: store a message once, and let the safety guard read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from conversations import metrics, safety, whose, words
from conversations import text as texts
from conversations.holding import Holding
from conversations.memory import most_urgent
from conversations.model import Alarm, Guard, Inbound, Phones
from conversations.tables import Conversation, InboundMessage, OutboundMessage
from core.clock import Clock
from core.crypto import FieldCipher
from core.database import Database, new_id
from triage.model import Case, Reading, RedFlagHit

#: A longer message is more than the number of an option, characters.
LONGEST_CHOICE = 12
#: Time in which staff look at an emergency.
EMERGENCY_DUE = timedelta(minutes=5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    conversation_id: str
    message_id: str
    duplicate: bool
    answered: bool
    guarded: bool


class Intake(Holding):
    """Steps 1 and 2 of `conversations.pipeline`."""

    def __init__(
        self,
        *,
        database: Database,
        guard: Guard,
        clock: Clock,
        cipher: FieldCipher,
        phones: Phones,
        fetched: frozenset[str],
    ) -> None:
        super().__init__(clock=clock, cipher=cipher, phones=phones)
        self._database = database
        self._guard_port = guard
        self._fetched = fetched
        self._listeners: list[Callable[[Session, Alarm], None]] = []

    def when_emergency(self, listener: Callable[[Session, Alarm], None]) -> None:
        """Call this in the transaction that answers an emergency; the conversation is locked."""
        self._listeners.append(listener)

    def raise_emergency(
        self,
        session: Session,
        conversation_id: str,
        hits: Sequence[RedFlagHit],
        in_reply_to: str | None = None,
    ) -> None:
        """Answer red flags that a room found outside the guard, as the guard would.

        For an answer to one of our questions ("有") that completes an emergency, and for follow-up replies.
        The loop is closed; a bot turn that calls this must leave it closed.
        """
        row = self._row(session, conversation_id)
        self._keep_case(row, self._case(row), [hit.id for hit in hits])
        self._emergency(session, row, hits, True, in_reply_to)

    # 1 store

    def _store(self, inbound: Inbound) -> Stored:
        now = self._clock.now()
        with self._database.session() as session:
            row = self._find_or_create(session, inbound.channel, inbound.address)
            # The row is locked, so two deliveries of one message come here one after the other.
            earlier = session.scalars(
                select(InboundMessage).where(
                    InboundMessage.conversation_id == row.id,
                    InboundMessage.provider_id == inbound.provider_id,
                )
            ).one_or_none()
            if earlier is not None:
                return Stored(
                    row.id, earlier.id, True, earlier.state == "answered", earlier.guarded_at is not None
                )
            self._renew_after_silence(session, row, now)
            message = InboundMessage(
                id=new_id(),
                conversation_id=row.id,
                provider_id=inbound.provider_id,
                seq=self._next_seq(row),
                text_enc=self._seal.text(texts.clean(inbound.text)),
                received_at=inbound.received_at,
            )
            session.add(message)
            row.last_inbound_at = row.updated_at = now
            return Stored(row.id, message.id, False, False, False)

    # 2 guard

    def _guard(self, message_id: str) -> bool:
        """Let the guard read a message, once. True if the message is answered after that."""
        with self._database.reading() as session:
            message = session.get_one(InboundMessage, message_id)
            row = self._row(session, message.conversation_id, lock=False)
            text = self._meant(session, row, message)
            case = self._case(row)
            asked = case.asked[-1] if case.asked and self._dialogue(row).loop == "triage_form" else None
        # Reading is the slow part and needs no lock.
        readings = self._read(text, asked, message_id)
        with self._database.session() as session:
            row = self._row(session, message.conversation_id)
            message = session.get_one(InboundMessage, message_id, populate_existing=True)
            if message.guarded_at is not None:
                return message.state == "answered"
            message.guarded_at = self._clock.now()
            self._judge(session, row, message, text, readings, answer=asked is not None)
            return message.state == "answered"

    def _read(self, text: str, asked: str | None, message_id: str) -> Sequence[tuple[str, Reading]] | None:
        """None if the guard could not read it."""
        try:
            return safety.read(self._guard_port, text, asked)
        except safety.NotChecked:
            return None
        except Exception as error:  # noqa: BLE001 - whatever breaks in the guard must not read as "no red flag"
            self._guard_broke(message_id, error)
            return None

    def _guard_broke(self, message_id: str, error: Exception) -> None:
        # Only the type: the error's text may quote the patient.
        log.error("guard failed", message=message_id, error=type(error).__name__)

    def _judge(
        self,
        session: Session,
        row: Conversation,
        message: InboundMessage,
        text: str,
        readings: Sequence[tuple[str, Reading]] | None,
        *,
        answer: bool,
    ) -> None:
        verdict = None
        if readings is not None:
            try:
                self._turn_to_person(row, readings)
                verdict = safety.judge(self._guard_port, self._case(row), readings, answer=answer)
            except Exception as error:  # noqa: BLE001 - as in `_read`
                self._guard_broke(message.id, error)
        if verdict is None:
            self._not_checked(session, row, message)
            return
        self._keep_case(row, verdict.case, [hit.id for hit in verdict.hits])
        if verdict.hits:
            row.closed_seq = message.seq
            self._emergency(session, row, verdict.hits, bool(verdict.new), message.id, text)
            self._answer(session, message, "guard")
        elif row.holder == "nurse":
            self._leave_to_nurse(session, row, message)
            self._answer(session, message, "nurse")
        elif not texts.has_words(text):
            self._nudge(session, row, message)
            self._answer(session, message, "nudge")

    def _nudge(self, session: Session, row: Conversation, message: InboundMessage) -> None:
        """Nothing to read: say so, and put an open question once more."""
        asked = session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.conversation_id == row.id, OutboundMessage.author == "bot")
            .order_by(OutboundMessage.seq.desc())
            .limit(1)
        ).first()
        if asked is None or self._dialogue(row).loop is None:
            self._reply(session, message, "nudge", words.NUDGE)
            return
        question = self._outbound(asked)
        self._reply(session, message, "nudge", words.NUDGE_INSIDE)
        key = f"{message.id}:again"
        self.say(session, row.id, question.text, question.buttons, question.card, message.id, key)

    def _turn_to_person(self, row: Conversation, readings: Sequence[tuple[str, Reading]]) -> None:
        """Put the case of the person that the message names in place; the other one is kept for later.

        Only a message that says whose signs it tells changes the person, and never one that goes on about
        the signs of an emergency.
        """
        about = whose.told_of(readings)
        if about is None:
            return
        dialogue = self._dialogue(row)
        known = dialogue.topics.get("case", {})
        before, kept = known.get("about"), dict(known.get("others", {}))
        case = self._case(row)
        if before is not None and not whose.same(before, about):
            hits = self._guard_port.screen(case)
            if whose.goes_on(case, hits, readings):
                return
            kept[before] = case.to_json()
            self._start_case(row)
            if about in kept:
                other = Case.from_json(kept.pop(about))
                self._keep_case(row, other, other.raised)
                for hit in self._guard_port.screen(other):
                    row.level = most_urgent(row.level, hit.level)
        topics = {**dialogue.topics, "case": {"about": about, "others": kept}}
        row.dialogue_enc = self._seal.data({**asdict(dialogue), "topics": topics})

    def _emergency(
        self,
        session: Session,
        row: Conversation,
        hits: Sequence[RedFlagHit],
        new: bool,
        message_id: str | None,
        said: str = "",
    ) -> None:
        """Close the dialogue, say where help is, and call staff; nothing more is asked or booked."""
        for hit in hits:
            metrics.GUARD_HITS.labels(hit.id).inc()
            row.level = most_urgent(row.level, hit.level)
        self._stop_loop(row)
        text, card, buttons = words.emergency(hits, self._phones)
        key = None if message_id is None else f"{message_id}:emergency"
        self.say(session, row.id, text, buttons, card, message_id, key, "system")
        task_id = None if new else self._emergency_open(session, row.id)
        if task_id is None:
            task_id = self.open_task(
                session,
                kind="emergency",
                severity="RED",
                reason="急症：" + "、".join(dict.fromkeys(hit.name for hit in hits)),
                conversation_id=row.id,
                patient_id=row.patient_id,
                detail={
                    "message_id": message_id,
                    "level": row.level,
                    "flags": [
                        {"id": hit.id, "name": hit.name, "kind": hit.kind, "because": list(hit.because)}
                        for hit in hits
                    ],
                },
                source_ref=None if message_id is None else f"emergency:{message_id}",
                due_at=self._clock.now() + EMERGENCY_DUE,
            ).id
        alarm = Alarm(row.id, tuple(hits), task_id, message_id, said)
        for listener in self._listeners:
            try:
                with session.begin_nested():
                    listener(session, alarm)
            except Exception as error:  # noqa: BLE001 - the words of help must reach the patient all the same
                log.error(
                    "a room could not take an emergency", conversation=row.id, error=type(error).__name__
                )
        log.warning("red flag", conversation=row.id, message=message_id, flags=[hit.id for hit in hits])

    def _not_checked(self, session: Session, row: Conversation, message: InboundMessage) -> None:
        """Fail safe: plain words and a person, and the bot does not go on as if nothing were wrong."""
        metrics.GUARD_FAILURES.inc()
        self._reply(session, message, "unchecked", words.not_checked(self._phones))
        if not self.has_open_task(session, row.id, "unanswered", "unchecked:"):
            self.open_task(
                session,
                kind="unanswered",
                severity="RED",
                reason="安全检查未完成，请人工查看这条消息",
                conversation_id=row.id,
                patient_id=row.patient_id,
                detail={"message_id": message.id},
                source_ref=f"unchecked:{message.id}",
            )
        self._answer(session, message, "unchecked")

    def _meant(self, session: Session, row: Conversation, message: InboundMessage) -> str:
        """What a message says: its text, or the words of the option that it names by its number."""
        text = self._seal.open_text(message.text_enc)
        if row.channel in self._fetched or len(text) > LONGEST_CHOICE:
            return text
        before = select(func.max(InboundMessage.seq)).where(
            InboundMessage.conversation_id == row.id, InboundMessage.seq < message.seq
        )
        offers = session.scalars(
            select(OutboundMessage)
            .where(
                OutboundMessage.conversation_id == row.id,
                OutboundMessage.seq < message.seq,
                OutboundMessage.seq > func.coalesce(before.scalar_subquery(), 0),
            )
            .order_by(OutboundMessage.seq.desc())
        )
        for offer in map(self._outbound, offers):
            if offer.buttons:
                option = texts.chosen(text, texts.numbered(offer.text, offer.buttons))
                return text if option is None else option["payload"]
        return text

    # Answers

    def _reply(
        self, session: Session, message: InboundMessage, part: str, text: str, *, author: str = "system"
    ) -> None:
        self.say(
            session,
            message.conversation_id,
            text,
            in_reply_to=message.id,
            key=f"{message.id}:{part}",
            author="bot" if author == "bot" else "system",
        )

    def _answer(self, session: Session, message: InboundMessage, by: str) -> None:
        metrics.ANSWERED.labels(by).inc()
        message.state = "answered"
        message.answered_at = self._clock.now()
        session.flush()
        session.execute(
            update(OutboundMessage)
            .where(
                OutboundMessage.in_reply_to == message.id,
                OutboundMessage.state == "planned",
                OutboundMessage.channel.in_(self._fetched),
            )
            .values(state="delivered")
            .execution_options(synchronize_session=False)
        )

    def _has_rows(self, session: Session, message_id: str) -> bool:
        session.flush()
        found = session.scalar(
            select(OutboundMessage.id).where(OutboundMessage.in_reply_to == message_id).limit(1)
        )
        return found is not None
