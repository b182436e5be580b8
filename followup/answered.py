"""Whether a reply answers the question that is open, or tells of something else. Pure."""

from __future__ import annotations

from followup import questions
from followup.assess import read_other
from followup.knowledge import Knowledge, Question
from followup.language import Clause, fold
from followup.model import ReplyAssessment

#: Eating and drinking is asked about and told of, but is no topic that has findings of its own.
_EATING = "eating"
#: Asks for everything, so that everything answers it; it names no part of the body either.
_ANYTHING = "wellbeing"
#: Says the same in any sentence: shared with a question it is no sign that the question is meant.
_COMMON = frozenset(
    "的了吗呢吧啊呀么得地着过在是不没有无都也还很挺太好能会要有点些这那现最近天几次怎样正常什多少大小"
)


def answers(knowledge: Knowledge, question: Question, text: str, found: ReplyAssessment) -> bool:
    """False only if every part of the reply that names something names something else.

    吃得下 and 大便正常 answer no question about vomiting; 没有，伤口也好 and 正常 answer it. What the reply
    tells is judged all the same; the question stays open.
    """
    about = set(question.topics)
    if about <= {_ANYTHING} or found.asks_back or any(sign.id.startswith("option:") for sign in found.signs):
        return True
    said = fold(text).strip()
    asked = questions.sense(knowledge, question.text, tuple(question.topics))
    if read_other(knowledge, said) is not None or any(sign.id in asked.measures for sign in found.signs):
        return True
    about |= _named(knowledge, question.text)
    elsewhere = False
    for clause in knowledge.language.clauses(said):
        named = _named(knowledge, clause.text) | _told(found, clause)
        if named & about or _shares_a_word(clause.text, question.text) or _healthy(knowledge, about, clause):
            return True
        if not named and _as_a_whole(knowledge, clause.text):
            return True
        elsewhere = elsewhere or bool(named)
    return not elsewhere


def _named(knowledge: Knowledge, text: str) -> set[str]:
    """Topics whose words occur."""
    found = {each.topic.id for each in knowledge.topics if each.asks.search(text)} - {_ANYTHING}
    return found | ({_EATING} if knowledge.language.eats.search(text) else set())


def _told(found: ReplyAssessment, clause: Clause) -> set[str]:
    """Topics of the findings in a clause; what was read of the answer as a whole has no place."""
    end = clause.start + len(clause.text)
    spans = ((sign.topic, sign.span) for sign in found.signs)
    return {topic for topic, (start, stop) in spans if stop > start and clause.start <= start < end}


def _healthy(knowledge: Knowledge, about: set[str], clause: Clause) -> bool:
    """干燥, 不红: a healthy answer that needs no name of what it is said of."""
    return any(each.topic.id in about and each.fine.search(clause.text) for each in knowledge.topics)


def _as_a_whole(knowledge: Knowledge, text: str) -> bool:
    language = knowledge.language
    return bool(language.no.match(text) or language.good.search(text) or language.vague.match(text))


def _shares_a_word(text: str, question: str) -> bool:
    return any(char in question for char in text if "一" <= char <= "鿿" and char not in _COMMON)
