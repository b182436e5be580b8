"""For whom something is: the owner of the conversation or one of their relatives, never the wrong one.

Shared by the booking loops. Whom a matter is about is remembered in the topic `whom`, because "给我妈挂号"
and "膝盖疼" come in two messages.
"""

from __future__ import annotations

import re
from typing import Any

from actions.base import END, STAY, Turn, choices, tells_complaint
from actions.identity import SELF, IdentityTalk, gives_up
from conversations import told_of
from patients import PatientView, age_on, parse_relation, relation_sex
from triage import Case, Person

#: Ages said and registered differ by so much at most, years: nominal ages, and birthdays to come.
_AGE_SLIP = 2
#: 13 to 120.
_AGE = re.compile(r"1[3-9]|[2-9]\d|1[01]\d|120")
#: What a wide word may stand for: 孩子 is a son or a daughter.
_NARROWER = {
    "孩子": frozenset({"孩子", "儿子", "女儿"}),
    "儿子": frozenset({"孩子", "儿子"}),
    "女儿": frozenset({"孩子", "女儿"}),
    "配偶": frozenset({"配偶", "丈夫", "妻子"}),
    "丈夫": frozenset({"配偶", "丈夫"}),
    "妻子": frozenset({"配偶", "妻子"}),
}


def named_in(turn: Turn) -> str | None:
    """Whom the message asks something for.

    A relative who is only mentioned (我妈有高血压，我头晕) is not meant.
    """
    relation = parse_relation(turn.text)
    if relation is None or relation == SELF:
        return relation
    for_other = turn.rooms.triage.read(turn.text).for_other
    return relation if for_other or not tells_complaint(turn) else None


def remember(turn: Turn, relation: str) -> None:
    turn.topic("whom")["relation"] = relation


def whom(turn: Turn) -> str:
    """Whom the matter is about: named now, remembered, or the one of the complaint that is being settled."""
    named = named_in(turn)
    if named is not None:
        return named
    if (remembered := turn.topic("whom").get("relation")) is not None:
        return str(remembered)
    if turn.topic("triage").get("settled") or turn.conversation.red_flags:
        # That complaint has been dealt with: what is wanted now is a matter of its own.
        return SELF
    return of_complaint(turn) or SELF


def of_complaint(turn: Turn) -> str | None:
    """The relative whose complaint the case is, by the words of the complaint."""
    triage = turn.rooms.triage
    for words in turn.case.words:
        relation = parse_relation(words)
        if relation not in {None, SELF} and triage.read(words).for_other:
            return relation
    return None


def tells_of_another(turn: Turn, relation: str) -> bool:
    """True if the message tells signs of somebody other than the one a matter is about."""
    told = told_of([(turn.text, turn.rooms.triage.read(turn.text))])
    return told is not None and told not in _NARROWER.get(relation, frozenset({relation}))


def case_of(turn: Turn, relation: str) -> Case:
    """What was said of one person's complaint, although the talk may have turned to another since."""
    known = turn.topic("case")
    about = known.get("about")
    meant = _NARROWER.get(relation, frozenset({relation}))
    if about is None or about in meant:
        return turn.case
    kept = next((data for name, data in known.get("others", {}).items() if name in meant), None)
    return Case.from_json(kept)


def gives_bare_age(turn: Turn) -> bool:
    """True if the message is only a number, more than options are counted by: the age is kept."""
    case = turn.case
    if case.person.age is not None or not _AGE.fullmatch(turn.text.strip()):
        return False
    aged = turn.rooms.triage.answer(case, "q_age", turn.text)
    if aged is not None:
        turn.rooms.conversations.save_case(turn.session, turn.conversation_id, aged)
    return aged is not None


def said_of(turn: Turn, relation: str) -> Person:
    """Age and sex as they were said of this person; nothing where it may have been somebody else's."""
    if relation != SELF and turn.topic("case").get("about") is None:
        return Person()
    return case_of(turn, relation).person


def candidates(turn: Turn, relation: str) -> list[PatientView]:
    """The registered relatives that a relation word may mean."""
    owner = turn.owner
    if owner is None:
        return []
    meant = _NARROWER.get(relation, frozenset({relation}))
    relatives = turn.rooms.patients.relatives(turn.session, owner.id)
    exact = [one.patient for one in relatives if one.relation == relation]
    return exact or [one.patient for one in relatives if one.relation in meant]


def facts(turn: Turn, relation: str) -> tuple[Any, str | None]:
    """Birth date, if known for certain, and sex of the one a relation word means."""
    owner = turn.owner
    if relation == SELF:
        return (owner.birth_date, owner.sex) if owner else (None, None)
    known = candidates(turn, relation)
    if len(known) == 1:
        return known[0].birth_date, known[0].sex
    return None, relation_sex(relation)


def known(turn: Turn, relation: str) -> PatientView | None:
    """The registered person that a relation means, if it can be only one."""
    if relation == SELF:
        return turn.owner
    found = candidates(turn, relation)
    return found[0] if len(found) == 1 else None


def contradiction(turn: Turn, relation: str, person: PatientView) -> str | None:
    """What was said of somebody and what their ID says, in words, where the two cannot be one person."""
    said = said_of(turn, relation)
    years = age_on(person.birth_date, turn.now.date())
    if said.age is not None and abs(said.age - years) > _AGE_SLIP:
        return f"登记的是{years}岁，您刚才说的是{said.age:g}岁"
    if said.sex is not None and person.sex is not None and said.sex != person.sex:
        return f"登记的是{person.sex}性，您刚才说的是{said.sex}性"
    return None


def called(person: PatientView, relation: str) -> str:
    """How a person is named in a question: 您本人（方*禾）."""
    return f"您{relation}（{person.masked_name}）"


# -- settling who it is, inside a loop -----------------------------------------------------------------------


def settle(turn: Turn, name: str) -> PatientView | None:
    """The person that the topic's relation means; None when something had to be asked first."""
    topic = turn.topic(name)
    relation, owner = topic["relation"], turn.owner
    if owner is None:
        if relation == SELF:
            turn.say("booking.real_name")
        else:
            turn.say("identity.owner_first", relation=relation)
        _collect(turn, topic, name, SELF)
        return None
    if relation == SELF:
        return owner
    known = candidates(turn, relation)
    if len(known) == 1:
        return known[0]
    if known:
        topic["stage"] = "person"
        ask_person(turn, relation, known)
    else:
        _collect(turn, topic, name, relation)
    return None


def _collect(turn: Turn, topic: dict[str, Any], name: str, relation: str) -> None:
    topic["stage"], topic["collecting"] = "identity", relation
    IdentityTalk(turn, name, relation).ask()


def ask_person(turn: Turn, relation: str, known: list[PatientView]) -> None:
    turn.say("people.which", relation=relation, buttons=choices(*(one.masked_name for one in known)))


def hear_person(turn: Turn, name: str) -> PatientView | str | None:
    """An answer to "which of your children": the person, or what a loop's turn leads to."""
    relation = turn.topic(name)["relation"]
    known = candidates(turn, relation)
    text = turn.text.strip()
    meant = [
        one
        for one in known
        if text in {one.masked_name, one.name} or one.name in text or (len(text) > 1 and text in one.name)
    ]
    if len(meant) == 1:
        return meant[0]
    if gives_up(turn.text):
        return END
    if turn.wants_something_else():
        return None
    ask_person(turn, relation, known)
    return STAY


def hear_identity(turn: Turn, name: str) -> PatientView | str | None:
    """A part of an identity: the person when all is there, or what a loop's turn leads to."""
    topic = turn.topic(name)
    talk = IdentityTalk(turn, name, topic["collecting"])
    heard = talk.hear()
    if heard != STAY:
        return heard
    if talk.missing is None and talk.register() is not None:
        topic["collecting"] = None
        return settle(turn, name) or STAY
    talk.ask()
    return STAY
