"""Pre-triage: from a complaint to a department, one short question at a time."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from actions import people
from actions.base import END, STAY, Loop, Turn, choices, tells_complaint, with_person
from actions.feedback import bereaved, condole
from actions.identity import SELF
from actions.phrases import phrase
from actions.service import answers_english, answers_whether_to_go, asks_in_general
from actions.slots import ordinal
from booking import parse_when
from patients import age_on, parse_relation
from triage import Action, Assessment, Case, Question
from triage.model import Person

#: Intents of words that ask for nothing.
_NOT_A_WISH = frozenset(
    {
        "out_of_scope",
        "family_proxy",
        "bind_identity",
        "triage_complaint",
        "give_followup_answer",
        "nlu_fallback",
        "",
    }
)
#: Wishes to book, and intents of words that may name no more than a time.
_BOOKS = frozenset({"book_appointment", "query_slots"})
_MAY_NAME_A_TIME = _BOOKS | {"reschedule_appointment", "nlu_fallback", "out_of_scope"}
#: Hours in which the clinics are open, from and to.
_OPEN_HOURS = (7, 17)
_PARTS = re.compile(r"[，,。；;、！!\s]+")
#: What a question of ours means or is for.
_ASKS_BACK = re.compile(
    r"(?:什么|啥)意思|(?:为什么|为啥|干嘛|干吗|凭什么).{0,4}(?:问|说|回答|告诉)|问(?:这|那)些?个?(?:干|做|有)"
)
#: The opening question has no options.
_COMPLAINT = "q_complaint"
#: Whoever is asked for thoughts of death is told first where somebody listens.
_MOOD = "q_rf_mood"
#: Signs named to whoever did not say whether they have them.
_MOST_WARNED = 4
#: How often a question is asked again before it is left open.
_PATIENCE = 1


class TriageLoop(Loop):
    form = "triage_form"

    def start(self, turn: Turn) -> str:
        if answers_english(turn):
            # The guard has read it; questions in Chinese would help nobody.
            return END
        if not turn.suspended and not tells_complaint(turn) and answers_whether_to_go(turn):
            return END
        if bereaved(turn):
            condole(turn)
            return END
        if turn.topic("triage").pop("more", False):
            # A new sign was told while a time was being chosen: the complaint is the same.
            turn.topics["triage"] = {"about": turn.topic("case").get("about")}
            return self._go_on(turn, turn.case)
        self._new_complaint(turn)
        return self._go_on(turn, turn.case)

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("triage")
        case, question_id = turn.case, topic["question"]
        if self._other_person(turn, topic):
            return self._go_on(turn, case)
        triage = turn.rooms.triage
        if asks_in_general(turn):
            turn.say("service.knowledge_inside")
            self.ask(turn)
            return STAY
        answered = triage.answer(case, question_id, turn.text)
        beside = _beside_the_person(turn)
        if answered is None and beside not in {"", turn.text}:
            answered = triage.answer(case, question_id, beside)
        if answered is None and (option := _option_counted(turn, question_id)) is not None:
            answered = triage.answer(case, question_id, option)
        if answered is not None:
            turn.misunderstood = 0
            return self._go_on(turn, answered)
        if _ASKS_BACK.search(turn.text):
            why = f"triage.why_{_kind(turn, question_id)}"
            if topic.get("explained") == question_id:
                return self._again(turn, case, why)
            topic["explained"] = question_id
            turn.say(why)
            self.ask(turn)
            return STAY
        if not beside and turn.intent in _NOT_A_WISH:
            # Not an answer, but whom it is about, age or sex: the guard has put those into the case already.
            if parse_relation(turn.text) == SELF:
                people.remember(turn, SELF)
            return self._again(turn, case, "triage.noted")
        if people.gives_bare_age(turn):
            return self._again(turn, turn.case, "triage.noted")
        if _names_only_a_time(turn):
            # 明天上午的: the wish is kept until the department is known.
            topic["wish"] = turn.text
            turn.say("triage.time_noted")
            self.ask(turn)
            return STAY
        same = people.named_in(turn) in {None, turn.topic("case").get("about") or SELF}
        if turn.intent in _BOOKS and same and not _names_place(turn):
            # Who has had enough of questions is booked by what is known so far.
            return self._recommend(turn, case, triage.assess(case, turn.rooms.rules, month=turn.now.month))
        if turn.wants_something_else():
            return None
        if self._tells_more(turn, topic):
            # Not an answer, but more of the story; the guard has put it into the case already.
            return self._go_on(turn, self._taken_up_again(turn, case))
        return self._again(turn, case, f"triage.simpler_{_kind(turn, question_id)}")

    def _again(self, turn: Turn, case: Case, why: str) -> str:
        """The open question once more, with a word before it; after that it is left open: nobody said no."""
        turn.misunderstood += 1
        if turn.misunderstood <= _PATIENCE:
            turn.say(why)
            self.ask(turn)
            return STAY
        turn.misunderstood = 0
        return self._go_on(turn, case)

    @staticmethod
    def _tells_more(turn: Turn, topic: dict[str, Any]) -> bool:
        """True if the message tells a finding that was not known when the question was asked."""
        told = {finding.term for finding in turn.rooms.triage.read(turn.text).findings}
        return not told <= set(topic.get("told", ()))

    @staticmethod
    def _taken_up_again(turn: Turn, case: Case) -> Case:
        """The case without the open question, if that may be asked once more: signs of danger and the person
        are not done with because something else was told instead."""
        topic = turn.topic("triage")
        kind = turn.rooms.triage.question(topic["question"]).kind
        if kind not in {"red_flag", "person"} or topic.get("interrupted"):
            return case
        topic["interrupted"] = True
        turn.say("triage.noted")
        return replace(case, asked=tuple(one for one in case.asked if one != topic["question"]))

    def ask(self, turn: Turn) -> None:
        _ask(turn, turn.rooms.triage.question(turn.topic("triage")["question"]))

    def _new_complaint(self, turn: Turn) -> None:
        """A complaint after a finished one is a new case, unless an emergency of it is still open.

        "挂什么科?" alone is no complaint: it asks about the one before.
        """
        rooms = turn.rooms
        topic = turn.topic("triage")
        _note_whom(turn)
        turn.drop_suspended("booking_form")
        if topic.get("finished"):
            case = rooms.triage.add(Case(), rooms.triage.read(turn.text), turn.text)
            judged = rooms.triage.assess(case, rooms.rules)
            # What has to be asked for first is a guess at best.
            asks = judged.next_question is not None and judged.next_question.id == _COMPLAINT
            tells = bool(case.findings) or (bool(judged.departments) and not asks)
            if tells and rooms.conversations.reset_case(turn.session, turn.conversation_id):
                rooms.conversations.save_case(turn.session, turn.conversation_id, case)
        turn.topics["triage"] = {"about": turn.topic("case").get("about")}
        turn.forget("booking")

    @staticmethod
    def _other_person(turn: Turn, topic: dict[str, Any]) -> bool:
        """True if the message has turned to somebody else, so that it answers no question of before."""
        _note_whom(turn)
        before, about = topic.get("about"), turn.topic("case").get("about")
        topic["about"] = about
        return before is not None and about != before

    def _go_on(self, turn: Turn, case: Case) -> str:
        rooms = turn.rooms
        case = _with_owner(turn, case)
        newly = [hit for hit in rooms.triage.screen(case) if hit.id not in turn.conversation.red_flags]
        assessment = rooms.triage.assess(case, rooms.rules, month=turn.now.month)
        rooms.conversations.save_case(turn.session, turn.conversation_id, case, assessment.level)
        if newly:
            # An answer to one of our questions completed an emergency that the words alone did not show.
            rooms.conversations.raise_emergency(
                turn.session, turn.conversation_id, newly, in_reply_to=turn.message_id
            )
            turn.suspended.clear()
            return END
        if assessment.next_question is not None:
            question = assessment.next_question
            case = _pass_over(case, question.id)
            rooms.conversations.save_case(turn.session, turn.conversation_id, case, assessment.level)
            topic = turn.topic("triage")
            topic["question"] = question.id
            topic["told"] = sorted({finding.term for finding in case.findings})
            if _MOOD in question.id:
                turn.say("triage.warm", hotline=rooms.hospital.phones.psych_hotline)
            _ask(turn, question, asked_before=case.asked[:-1])
            return STAY
        return self._recommend(turn, case, assessment)

    def _recommend(self, turn: Turn, case: Case, assessment: Assessment) -> str:
        turn.topics["triage"] = {
            "finished": True,
            "wish": turn.topic("triage").get("wish"),
            "told": sorted({finding.term for finding in case.findings if finding.counts}),
        }
        departments = _open_departments(turn, case, assessment)
        if not departments:
            turn.say("triage.no_department")
            return END
        first = departments[0]
        # The house's own name for the department, so that one answer has one name for it.
        standard = assessment.departments[0]
        why = (assessment.explanation or standard.why).replace(standard.name, first["name"])
        # Emergencies come by the guard; what is urgent without one is still told to go now.
        if assessment.red_flags and turn.conversation.red_flags:
            # Told before, and not what this message is about.
            turn.say(
                "triage.emergency_first",
                department=first["name"],
                location=first["location"],
                phone=turn.rooms.hospital.phones.emergency_room,
            )
            return END
        if assessment.action in {Action.CALL_120, Action.EMERGENCY}:
            turn.say(
                "triage.go_now",
                why=why,
                department=first["name"],
                location=first["location"],
                phone=turn.rooms.hospital.phones.emergency_room,
            )
            return END
        if not first["bookable"]:
            # No clinic of its own (急诊, imaging): one goes there.
            turn.say("triage.walk_in", why=why, department=first["name"], location=first["location"])
            return END
        turn.topic("triage")["department"] = first["code"]
        turn.topic("triage")["alternatives"] = [entry["code"] for entry in departments[1:]]
        if assessment.action is Action.SELF_CARE:
            turn.say(
                "triage.self_care",
                advice=assessment.advice,
                department=first["name"],
                location=first["location"],
            )
            return "booking_form"
        urgent = assessment.action is Action.URGENT_CLINIC
        if urgent and not _OPEN_HOURS[0] <= turn.now.hour < _OPEN_HOURS[1]:
            # "Today" is over for the clinics; the emergency department is open all night.
            turn.say(
                "triage.urgent_night",
                why=why,
                phone=turn.rooms.hospital.phones.emergency_room,
                department=first["name"],
            )
        else:
            turn.say(
                "triage.urgent" if urgent else "triage.recommend",
                why=why,
                department=first["name"],
                location=first["location"],
            )
        _warn_of_open_signs(turn, case)
        return "booking_form"


def _with_owner(turn: Turn, case: Case) -> Case:
    """Age and sex of the identified person, when the complaint is their own."""
    if case.person.age is not None and case.person.sex is not None:
        return case
    relation = people.whom(turn)
    if relation == SELF and any(turn.rooms.triage.read(words).for_other for words in case.words):
        # Somebody without a name of relation ("老人家"): nobody whose age is known.
        return case
    born, sex = people.facts(turn, relation)
    age = None if born is None else float(age_on(born, turn.now.date()))
    return with_person(
        case, **{name: fact for name, fact in (("age", age), ("sex", sex)) if fact is not None}
    )


def _warn_of_open_signs(turn: Turn, case: Case) -> None:
    """Signs of danger that were asked for and neither had nor denied are what to call 120 for."""
    said = {finding.term for finding in case.findings}
    asked = [turn.rooms.triage.question(one) for one in case.asked]
    left_open = [
        option.label
        for question in asked
        if question.kind == "red_flag" and said.isdisjoint(option.value for option in question.options)
        for option in question.options[:_MOST_WARNED]
    ]
    if left_open:
        turn.say("triage.watch", signs="；".join(left_open[:_MOST_WARNED]))


def _pass_over(case: Case, question_id: str) -> Case:
    return case if question_id in case.asked else replace(case, asked=(*case.asked, question_id))


def _ask(turn: Turn, question: Question, asked_before: tuple[str, ...] = ()) -> None:
    """`asked_before`: another question in the same words is announced as a new one."""
    alike = any(turn.rooms.triage.question(one).text == question.text for one in asked_before)
    text = phrase("triage.another", question=question.text) if alike else question.text
    turn.say_text(text, buttons=choices(*(option.label for option in question.options)))


def _kind(turn: Turn, question_id: str) -> str:
    """What sort of question it is, in the names of the phrases."""
    return "complaint" if question_id == _COMPLAINT else turn.rooms.triage.question(question_id).kind


def _names_only_a_time(turn: Turn) -> bool:
    hospital = turn.rooms.hospital
    named = hospital.find_department(turn.text) or hospital.find_doctor(turn.text)
    return turn.intent in _MAY_NAME_A_TIME and not named and parse_when(turn.text, turn.now) is not None


def _option_counted(turn: Turn, question_id: str) -> str | None:
    """The option that a mere number counts: 2, 第二个."""
    options, which = turn.rooms.triage.question(question_id).options, ordinal(turn.text)
    return options[which - 1].label if which is not None and which <= len(options) else None


def _names_place(turn: Turn) -> bool:
    hospital = turn.rooms.hospital
    return hospital.find_department(turn.text) is not None or bool(hospital.find_doctor(turn.text))


def _beside_the_person(turn: Turn) -> str:
    """The message without what only tells whom it is about: 我自己看，40岁，没有 leaves 没有."""
    parts = [part for part in _PARTS.split(turn.text) if part]
    read = turn.rooms.triage.read
    kept = [part for part in parts if parse_relation(part) != SELF and read(part).person == Person()]
    return turn.text if kept == parts else "，".join(kept)


def _note_whom(turn: Turn) -> None:
    """The guard has read whose complaint it is; booking must be for the same person."""
    about = turn.topic("case").get("about")
    if about is not None:
        people.remember(turn, about)


def _open_departments(turn: Turn, case: Case, assessment: Assessment) -> list[dict[str, Any]]:
    """The hospital's own departments for the recommended standard ones, best first, without repetition."""
    found: dict[str, dict[str, Any]] = {}
    for scored in assessment.departments:
        entry = turn.rooms.hospital.department_for(scored.name, age=case.person.age, sex=case.person.sex)
        if entry is not None:
            found.setdefault(
                entry.code,
                {
                    "code": entry.code,
                    "name": entry.name,
                    "location": entry.location,
                    "bookable": entry.bookable,
                },
            )
    return list(found.values())
