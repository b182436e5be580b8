"""Pre-triage: from a complaint to a department, one short question at a time."""

from __future__ import annotations

from typing import Any

from actions.base import END, STAY, Loop, Turn, choices, with_person
from patients import age_on
from triage import Action, Assessment, Case, Question

#: A question that was not understood this often is passed over.
_PATIENCE = 2


class TriageLoop(Loop):
    form = "triage_form"

    def start(self, turn: Turn) -> str:
        self._new_complaint(turn)
        return self._go_on(turn, turn.case)

    def hear(self, turn: Turn) -> str | None:
        topic = turn.topic("triage")
        case, question_id = turn.case, topic["question"]
        answered = turn.rooms.triage.answer(case, question_id, turn.text)
        if answered is not None:
            turn.misunderstood = 0
            return self._go_on(turn, answered)
        if turn.wants_something_else():
            return None
        if turn.rooms.triage.read(turn.text).findings:
            # Not an answer, but more of the story; the guard has put it into the case already.
            return self._go_on(turn, case)
        turn.misunderstood += 1
        if turn.misunderstood < _PATIENCE:
            turn.say("triage.not_understood")
            self.ask(turn)
            return STAY
        turn.misunderstood = 0
        return self._go_on(turn, _pass_over(case, question_id))

    def ask(self, turn: Turn) -> None:
        _ask(turn, turn.rooms.triage.question(turn.topic("triage")["question"]))

    def _new_complaint(self, turn: Turn) -> None:
        """A complaint after a finished one is a new case, unless an emergency of it is still open."""
        rooms = turn.rooms
        topic = turn.topic("triage")
        if topic.get("finished") and rooms.conversations.reset_case(turn.session, turn.conversation_id):
            case = rooms.triage.add(Case(), rooms.triage.read(turn.text), turn.text)
            rooms.conversations.save_case(turn.session, turn.conversation_id, case)
        turn.topics["triage"] = {}
        turn.forget("booking")

    def _go_on(self, turn: Turn, case: Case) -> str:
        rooms = turn.rooms
        case = _with_owner(turn, case)
        newly = [hit for hit in rooms.triage.screen(case) if hit.id not in turn.conversation.red_flags]
        assessment = rooms.triage.assess(case, rooms.rules)
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
            turn.topic("triage")["question"] = question.id
            _ask(turn, question)
            return STAY
        return self._recommend(turn, case, assessment)

    def _recommend(self, turn: Turn, case: Case, assessment: Assessment) -> str:
        turn.topics["triage"] = {"finished": True}
        departments = _open_departments(turn, case, assessment)
        if not departments:
            turn.say("triage.no_department")
            return END
        first = departments[0]
        # Emergencies come by the guard; what is urgent without one is still told to go now.
        if assessment.action in {Action.CALL_120, Action.EMERGENCY} or not first["bookable"]:
            turn.say(
                "triage.go_now",
                why=assessment.explanation,
                department=first["name"],
                location=first["location"],
                phone=turn.rooms.hospital.phones.emergency_room,
            )
            return END
        turn.say(
            "triage.urgent" if assessment.action is Action.URGENT_CLINIC else "triage.recommend",
            why=assessment.explanation or assessment.departments[0].why,
            department=first["name"],
            location=first["location"],
        )
        turn.topic("triage")["department"] = first["code"]
        turn.topic("triage")["alternatives"] = [entry["code"] for entry in departments[1:]]
        return "booking_form"


def _with_owner(turn: Turn, case: Case) -> Case:
    """Age and sex of the identified person, when the complaint is their own."""
    owner = turn.owner
    about_other = any(turn.rooms.triage.read(words).for_other for words in case.words)
    if owner is None or about_other or case.person.age is not None:
        return case
    return with_person(case, age=float(age_on(owner.birth_date, turn.now.date())), sex=owner.sex)


def _pass_over(case: Case, question_id: str) -> Case:
    from dataclasses import replace

    return case if question_id in case.asked else replace(case, asked=(*case.asked, question_id))


def _ask(turn: Turn, question: Question) -> None:
    turn.say_text(question.text, buttons=choices(*(option.label for option in question.options)))


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
