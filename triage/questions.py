"""The questions there are, and what an answer to one says. Which one comes next: triage/asking.py.

A question that is put together for a case names its parts in its id, so that it can be asked again and
answered from the id alone: `q_which:发热,咳嗽`, `q_rf_belly:黑便+q_rf_diarrhea:脱水`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from core import numerals
from core.knowledge import Entry, Strict
from triage.expressions import Expression
from triage.model import Finding, Option, Person, Question, Status

#: Questions of one complaint, the opening one aside.
MOST = 5

START = "q_complaint"
AGE = "q_age"
SEX = "q_sex"
PREGNANT = "q_pregnant"
#: Sex and pregnancy in one.
WOMAN = "q_woman"
#: How long it has lasted.
SINCE = "q_since"
#: Several findings to choose from.
WHICH = "q_which"
PERSON_IDS = (START, AGE, SEX, PREGNANT, WOMAN, SINCE, WHICH)

YES, NO, UNSURE, NONE = "yes", "no", "unsure", "none"
_YES_NO = (Option(YES, "有"), Option(NO, "没有"), Option(UNSURE, "不确定"))
_NONE = Option(NONE, "以上都没有")
#: Characters: a longer clause is no mere answer, and the words could be parted in too many ways.
LONGEST_ANSWER = 16
#: 有没有 asks.
_A_OR_NOT = "有没有?|是不是|会不会|对不对"
#: Id of the question for signs that no question of its own asks for; it names them.
ANY_SIGN = "q_rf_any"
#: The words of a question that brings the signs of several together.
TOGETHER = "现在有没有下面的情况？"


class Choice(Strict):
    value: str
    label: str


class FindingQuestion(Entry):
    """Yes or no about one finding, in plain words."""

    id: str = Field(pattern=r"^q_[a-z0-9_]+$")
    term: str
    text: str = Field(min_length=4)
    #: Age in years from which it is asked: a baby tells of no low mood.
    from_age: float = 0


class RedFlagQuestion(Entry):
    """Concrete signs to tap. Asked when `when` holds and a sign would make a red flag."""

    id: str = Field(pattern=r"^q_rf_[a-z0-9_]+$")
    when: Expression
    text: str = Field(min_length=4)
    #: Part of the body: signs of one region are asked for together.
    region: Literal["head", "eye", "throat", "chest", "belly", "back", "limb", "skin", "whole", "mind"]
    #: `value` is the finding term, `label` the sign in plain words.
    signs: tuple[Choice, ...] = Field(min_length=1)


class PersonQuestion(Entry):
    """Age, sex, pregnancy, the opening question, and the frame of a choice of findings."""

    id: Literal["q_complaint", "q_age", "q_sex", "q_pregnant", "q_woman", "q_since", "q_which"]
    text: str
    options: tuple[Choice, ...] = ()
    #: For q_pregnant and q_woman: asked, at child-bearing age, of those with one of these.
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """Words that answer, as data: rules/answers.yml."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    unsure: tuple[str, ...]
    #: Words that may stand around them and change nothing: 我, 这些, 情况, 啊.
    around: tuple[str, ...]


class Questions:
    """All questions of the knowledge base."""

    def __init__(
        self,
        person: Sequence[PersonQuestion],
        red_flag: Sequence[RedFlagQuestion],
        finding: Sequence[FindingQuestion],
        answers: Answers,
        labels: Mapping[str, str],
    ) -> None:
        self.person: dict[str, PersonQuestion] = {str(question.id): question for question in person}
        self.red_flag = {question.id: question for question in red_flag}
        #: By the finding that they ask for.
        self.finding = {question.term: question for question in finding}
        self._terms = {question.id: question.term for question in finding}
        self._verdicts = {
            word: status
            for words, status in (
                (answers.yes, Status.PRESENT),
                (answers.no, Status.ABSENT),
                (answers.unsure, Status.UNCERTAIN),
            )
            for word in words
        }
        word = "|".join(re.escape(one) for one in sorted(self._verdicts, key=len, reverse=True))
        around = "|".join(re.escape(one) for one in sorted(answers.around, key=len, reverse=True))
        self._answer = re.compile(f"(?!{_A_OR_NOT})(?:{around})*(?P<word>{word})(?:{word}|{around})*")
        self._labels = labels

    def question(self, question_id: str) -> Question:
        """Raises KeyError for an id that no question has, or whose parts are not there."""
        if question_id in self.person and question_id != WHICH:
            one = self.person[question_id]
            return Question(one.id, one.text, _options(one.options), "person")
        if question_id in self._terms:
            two = self.finding[self._terms[question_id]]
            return Question(two.id, two.text, _YES_NO, "finding")
        parts = parts_of(question_id)
        if WHICH in parts:
            offered = tuple(Option(term, self._label(term)) for term in parts[WHICH])
            return Question(question_id, self.person[WHICH].text, (*offered, _NONE), "choice")
        if ANY_SIGN in parts:
            plain = tuple(Option(term, self._labels[term]) for term in parts[ANY_SIGN])
            return Question(question_id, TOGETHER, (*plain, _NONE), "red_flag")
        signs: dict[str, Option] = {}
        for base, values in parts.items():
            for option in _options(self.red_flag[base].signs):
                if not values or option.value in values:
                    signs.setdefault(option.value, option)
        text = self.red_flag[next(iter(parts))].text if len(parts) == 1 else TOGETHER
        return Question(question_id, text, (*signs.values(), _NONE), "red_flag")

    def term_of(self, question_id: str) -> str | None:
        """The finding that a yes-or-no question asks for."""
        return self._terms.get(question_id)

    def _label(self, term: str) -> str:
        return self._labels.get(self.finding[term].term, term)

    # -- answering ------------------------------------------------------------------------------------

    def findings_of(self, question: Question, text: str) -> tuple[Finding, ...] | None:
        """What the answer says about the asked findings; None if it says nothing about them."""
        if question.kind in {"red_flag", "choice"}:
            return self._signs(question, text)
        term = self._terms.get(question.id)
        verdict = self.verdict(text)
        if term is None or verdict is None:
            return None
        return (Finding(term, verdict),)

    def _signs(self, question: Question, text: str) -> tuple[Finding, ...] | None:
        said = text.strip()
        signs = [o for o in question.options if o.value != NONE]
        if said in {NONE, "以上都没有", "都没有"}:
            return tuple(Finding(o.value, Status.ABSENT) for o in signs)
        chosen = [o for o in signs if said == o.value or _says(said, o.label)]
        if chosen:
            return tuple(Finding(o.value) for o in chosen)
        verdict = self.verdict(said)
        if verdict is Status.ABSENT:
            return tuple(Finding(o.value, Status.ABSENT) for o in signs)
        if verdict is Status.UNCERTAIN:
            return tuple(Finding(o.value, Status.UNCERTAIN) for o in signs)
        # "有" alone does not say which sign; a single sign is then meant.
        if verdict is Status.PRESENT and len(signs) == 1:
            return (Finding(signs[0].value),)
        return None

    def verdict(self, text: str) -> Status | None:
        """Yes, no or not sure, from an option's value, its label or a clause of the free words.

        None if no clause says any of them; the last one that does decides ("嗯，没有").
        """
        clauses = re.split(r"[\s，。！!,.~～、；;]+", text.strip().lower())
        exact = {YES: Status.PRESENT, NO: Status.ABSENT, UNSURE: Status.UNCERTAIN, NONE: Status.ABSENT}
        found = [exact.get(clause) or self._clause_verdict(clause) for clause in clauses]
        return next((verdict for verdict in reversed(found) if verdict is not None), None)

    def _clause_verdict(self, clause: str) -> Status | None:
        """Of a clause that is nothing but an answer: 没有这些情况, but not 没有人告诉我."""
        if len(clause) > LONGEST_ANSWER:
            return None
        answer = self._answer.fullmatch(clause)
        return None if answer is None else self._verdicts[answer["word"]]


def parts_of(question_id: str) -> dict[str, tuple[str, ...]]:
    """Base ids of a question with the findings that it names; none named: all of them."""
    parts = (part.partition(":") for part in question_id.split("+"))
    return {base: tuple(filter(None, named.split(","))) for base, _, named in parts}


def id_of(parts: Mapping[str, Sequence[str]]) -> str:
    """The id that `parts_of` takes apart."""
    return "+".join(f"{base}:{','.join(named)}" if named else base for base, named in parts.items())


def _options(choices: Sequence[Choice]) -> tuple[Option, ...]:
    return tuple(Option(choice.value, choice.label) for choice in choices)


def _says(text: str, label: str) -> bool:
    at = text.find(label)
    return at >= 0 and not text[max(0, at - 3) : at].endswith(("没有", "没", "不", "无"))


def number_in(text: str) -> float | None:
    """The first number of a short answer, 0–999: digits or Chinese numerals (六十二, 二十, 十五, 半)."""
    digits = re.search(r"\d+(?:\.\d+)?", text)
    if digits:
        return float(digits.group())
    numeral = re.search(r"[零〇一二两俩三四五六七八九十百]+", text)
    if numeral is None:
        return 0.5 if "半岁" in text else None
    number = numerals.whole(numeral.group())
    return None if number is None else float(number)


#: Counts, and tells no amount: 第2条, 第一个.
_ORDINAL = re.compile(r"第\s*(?:\d+|[零〇一二两三四五六七八九十百]+)")


def age_in(text: str) -> float | None:
    """An age in years from an answer to "how old": 六十二, 70, 8个月, 20天; None if there is none."""
    number = number_in(_ORDINAL.sub("", text))
    if number is None or not 0 <= number <= 120:
        return None
    if "月" in text:
        return round(number / 12, 3)
    if "天" in text or "日" in text:
        return round(number / 365, 4)
    if "周" in text and "岁" not in text:
        return round(number / 52, 3)
    return number


#: Tell a stage of life in answer to "how old"; which one is read from the words kept.
_STAGE_WORDS = (
    "自己", "本人", "成人", "大人", "成年", "孩子", "儿童", "小孩", "宝宝", "老人", "婴儿", "娃", "老年",
)  # fmt: skip


def person_of(question_id: str, text: str, verdict: Status | None) -> tuple[Person, bool] | None:
    """What an answer says of the person, and whether to keep its words ("孩子" tells a stage of life)."""
    said = text.strip()
    if question_id == AGE:
        if "岁以上" in said or "岁以下" in said:  # the label of an option, not an age
            said = said[:2]
        age = age_in(said)
        if age is not None:
            return Person(age=age), False
        stages: Mapping[str, str] = {"self": "成人", "adult": "成人", "child": "孩子", "old": "老人"}
        known = stages.get(said, said)
        return (Person(), True) if any(word in known for word in _STAGE_WORDS) else None
    if question_id == SEX:
        if any(word in said for word in ("女", "female", "妈", "奶奶", "姑娘", "媳妇", "老婆", "闺女")):
            return Person(sex="女"), False
        if any(word in said for word in ("男", "male", "爸", "爷爷", "小伙", "老公", "儿子")):
            return Person(sex="男"), False
        return None
    if question_id == WOMAN:
        return _woman(said, verdict)
    if question_id == PREGNANT and verdict is not None:
        return Person(pregnant={Status.PRESENT: True, Status.ABSENT: False}.get(verdict)), False
    return None


def _woman(said: str, verdict: Status | None) -> tuple[Person, bool] | None:
    """Sex and pregnancy from one answer: 男, 女，没怀孕, or only the half of it."""
    if said in {"male", "男"} or (said.startswith("男") and "女" not in said):
        return Person(sex="男"), False
    if "没怀孕" in said or "没有怀" in said or "未孕" in said or said == "not_pregnant":
        return Person(sex="女", pregnant=False), False
    if said == "pregnant" or ("怀" in said and "不确定" not in said):
        return Person(sex="女", pregnant=True), False
    if "女" in said or said == UNSURE:
        return Person(sex="女"), False
    if verdict is Status.ABSENT:
        return Person(pregnant=False), False
    return None
