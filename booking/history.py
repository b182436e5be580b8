"""The history before the visit: which question comes next, and the summary that the doctor reads.

Pure. The questions are data (`knowledge/history/`), a file for each group of departments plus `common.yml`,
which everybody is asked at the end. What the triage conversation already told is not asked again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from core.errors import BanzhenError
from core.knowledge import Entry, Strict, load_entries

_FOLDER = Path(__file__).parent / "knowledge"
#: At most so many questions before a visit: more are not answered with care.
MAX_QUESTIONS = 8
AI_LABEL = "由伴诊AI整理，供医生参考"
#: What an answer is stored as when the patient wants to skip the question.
SKIPPED = "跳过"

_SECTIONS = ("主诉", "现病史", "伴随症状", "既往史", "过敏史", "用药史", "个人史", "月经婚育史", "家族史")
#: Terms that others of the same last character make more exact.
_GENERAL = frozenset({"疼痛", "不适", "瘙痒", "包块"})
#: Findings named in the chief complaint beside the first.
_MOST_BESIDE = 2
#: Characters that say nothing of the matter: sharing only these with the options is no answer by them.
_EMPTY = frozenset("的了一不有没我是在就会也都还时候点些个和或到上下来去出")
_DENIAL = re.compile(
    r"(?:都|也|从来|从|一直)?(?:没有?|无|否|不|木有|冇)"
    r"(?:有|过|了|的|啊|呀|吧|呢|哦|啥|什么|特别|特殊|这些|这种|情况|任何|以上|都|是|会|吃|用|得)*"
)
_UNKNOWN = re.compile(
    r"(?:我)?(?:也|都)?(?:不知道|不清楚|不晓得|记不清|说不清|不确定|忘了|不太清楚|不记得)(?:了|啊|呀|吧|呢)?"
)
_EDGES = " \t\n，。,.!！?？~～"


class FindingLike(Protocol):
    """What this room reads of a finding of triage."""

    @property
    def term(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def counts(self) -> bool: ...
    @property
    def subject(self) -> str: ...
    @property
    def duration_hours(self) -> float | None: ...
    @property
    def sudden(self) -> bool | None: ...
    @property
    def course(self) -> str | None: ...
    @property
    def value(self) -> float | None: ...
    @property
    def site(self) -> str | None: ...
    @property
    def trigger(self) -> str | None: ...
    @property
    def relief(self) -> str | None: ...


class PersonLike(Protocol):
    @property
    def age(self) -> float | None: ...
    @property
    def sex(self) -> str | None: ...
    @property
    def pregnant(self) -> bool | None: ...
    @property
    def gestation_weeks(self) -> float | None: ...
    @property
    def history(self) -> frozenset[str]: ...


class CaseLike(Protocol):
    """What this room reads of `triage.Case`."""

    @property
    def findings(self) -> Sequence[FindingLike]: ...
    @property
    def person(self) -> PersonLike: ...
    @property
    def words(self) -> Sequence[str]: ...


class _Only(Strict):
    sex: Literal["男", "女"] | None = None
    min_age: float | None = None
    max_age: float | None = None


class _Question(Entry):
    id: str
    section: Literal["现病史", "既往史", "过敏史", "用药史", "个人史", "月经婚育史", "家族史"]
    text: str
    #: Name of the answer in the summary.
    label: str
    #: Tappable answers; if `denies` is set, the first means no.
    options: tuple[str, ...] = ()
    #: Terms of triage; if half of them are known, the question has been answered.
    about: tuple[str, ...] = ()
    #: Property of a present finding, or of the person, that answers the question.
    known: Literal["duration", "course", "sudden", "site", "value", "pregnant"] | None = None
    #: What the summary says for a plain no.
    denies: str | None = None
    #: Whom it is asked.
    only: _Only = _Only()


class _Group(Entry):
    id: str
    departments: tuple[str, ...]


class _Place(Entry):
    """Everyday words for a part of the body, by the character that standard terms name it with."""

    id: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryQuestion:
    id: str
    #: One short question.
    text: str
    #: Tappable answers; free text is as good.
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """Sections in the order of a case history; only those that something is known for."""

    sections: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """For the doctor's screen, the AI label first."""
        return "\n".join((f"【{AI_LABEL}】", *(f"{title}：{body}" for title, body in self.sections)))


@cache
def load_questions() -> Mapping[str, tuple[_Question, ...]]:
    """Group → its questions. Raises KnowledgeError for faulty files."""
    folder = _FOLDER / "history"
    load_entries(folder, _Question)  # all files at once, so that ids are unique over all of them
    return {file.stem: tuple(load_entries(file, _Question)) for file in sorted(folder.glob("*.yml"))}


@cache
def load_groups() -> Mapping[str, str]:
    """Standard department → group of questions."""
    questions = load_questions()
    groups = load_entries(_FOLDER / "history_groups.yml", _Group)
    for group in groups:
        if group.id not in questions:
            raise BanzhenError("bad_knowledge", f"history_groups.yml：没有问诊组 {group.id} 的文件")
    return {department: group.id for group in groups for department in group.departments}


@cache
def _places() -> Mapping[str, tuple[str, ...]]:
    return {place.id: place.words for place in load_entries(_FOLDER / "history_places.yml", _Place)}


def next_history_question(
    department: str, case: CaseLike, answered: Mapping[str, str]
) -> HistoryQuestion | None:
    """The next question for a visit to a standard department; None when enough is known.

    `answered`: question id → the patient's words (or `SKIPPED`), in the order they were asked.
    """
    open_places = MAX_QUESTIONS - len(answered)
    waiting = [question for question in _questions(department, case) if question.id not in answered]
    common = [question for question in waiting if question in load_questions()["common"]]
    special = [question for question in waiting if question not in common]
    # Allergy and medicines matter to every doctor: their places are kept free.
    coming = [*special[: max(open_places - len(common), 0)], *common][: max(open_places, 0)]
    if not coming:
        return None
    first = coming[0]
    return HistoryQuestion(first.id, first.text, first.options)


def question_text(question_id: str) -> str:
    """Raises KeyError for an id that does not exist."""
    return _by_id()[question_id].text


def summarise(case: CaseLike, answered: Mapping[str, str], *, department: str) -> HistorySummary:
    """The history as a doctor reads it: by sections, with negatives, in the patient's words where free text.

    No name, number or address goes into it, and no conclusion.
    """
    parts: dict[str, list[str]] = {section: [] for section in _SECTIONS}
    present = _told(case)
    parts["主诉"].append(_chief_complaint(case, present))
    parts["现病史"] += _present_illness(case, present)
    parts["伴随症状"] += _beside(case, present)
    known = "、".join(sorted(case.person.history))
    if known:
        parts["既往史"].append(f"自述有{known}")
    if case.person.pregnant:
        weeks = case.person.gestation_weeks
        parts["月经婚育史"].append(f"现妊娠{weeks:g}周" if weeks else "现妊娠")
    everything = _by_id()
    for question_id, answer in answered.items():
        question = everything.get(question_id)
        said = answer.strip(_EDGES)
        if question is None or not said or said == SKIPPED:
            continue
        parts[question.section].append(_statement(question, said))
    missing = [question.label for question in load_questions()["common"] if question.id not in answered]
    if missing:
        parts["现病史"].append(f"未问及：{'、'.join(missing)}")
    head = _person_line(case.person, department)
    sections = [(title, "；".join(body) + "。") for title, body in parts.items() if any(body)]
    return HistorySummary((("就诊信息", head), *sections) if head else tuple(sections))


# -- choosing ------------------------------------------------------------------------------------------------


@cache
def _by_id() -> Mapping[str, _Question]:
    return {question.id: question for group in load_questions().values() for question in group}


def _questions(department: str, case: CaseLike) -> list[_Question]:
    groups = load_questions()
    chosen = groups[load_groups().get(department, "general")] + groups["common"]
    return [question for question in chosen if _applies(question, case) and not _is_known(question, case)]


def _applies(question: _Question, case: CaseLike) -> bool:
    person, only = case.person, question.only
    if only.sex is not None and person.sex not in {None, only.sex}:
        return False
    if person.age is None:
        return True
    return (only.min_age is None or person.age >= only.min_age) and (
        only.max_age is None or person.age <= only.max_age
    )


def _is_known(question: _Question, case: CaseLike) -> bool:
    if question.about:
        told = {finding.term for finding in case.findings if finding.subject == "self"}
        if 2 * len(told & set(question.about)) >= len(question.about):
            return True
    present = [finding for finding in case.findings if finding.counts]
    match question.known:
        case None:
            return False
        case "pregnant":
            return case.person.pregnant is not None
        case "site":
            return any(_says_where(finding) for finding in present)
        case "duration":
            return any(finding.duration_hours is not None for finding in present)
        case name:
            return any(getattr(finding, name) is not None for finding in present)


# -- wording -------------------------------------------------------------------------------------------------


def _person_line(person: PersonLike, department: str) -> str:
    age = None if person.age is None else _age_words(person.age)
    return "，".join(part for part in (person.sex, age, f"预约{department}") if part)


def _age_words(age: float) -> str:
    if age >= 1:
        return f"{int(age)}岁"
    months = int(age * 12)
    return f"{months}个月" if months else f"{int(age * 365.25)}天"


def _told(case: CaseLike) -> list[FindingLike]:
    """What is there, the complaint first; a mere 疼痛 beside 腹痛 says nothing more."""
    present = _unique(finding for finding in case.findings if finding.counts)
    terms = {finding.term for finding in present}
    return [
        finding
        for finding in present
        if not any(
            other != finding.term and finding.term in _GENERAL and finding.term[-1] in other
            for other in terms
        )
    ]


def _chief_complaint(case: CaseLike, present: Sequence[FindingLike]) -> str:
    if not present:
        words = "".join(case.words[:1]).strip(_EDGES)
        return f"患者自述“{words[:40]}”" if words else ""
    first, *others = (
        _with_site(finding) + (_duration_words(finding.duration_hours) if finding.duration_hours else "")
        for finding in present
    )
    return f"{first}，伴{'、'.join(others[:_MOST_BESIDE])}" if others else first


def _with_site(finding: FindingLike) -> str:
    return f"{finding.term}（{finding.site}）" if _says_where(finding) else finding.term


def _says_where(finding: FindingLike) -> bool:
    """True if the place as said is more than the everyday word for the part that the term names."""
    everyday = {word for place, words in _places().items() if place in finding.term for word in words}
    return finding.site is not None and finding.site not in everyday and finding.site not in finding.term


def _present_illness(case: CaseLike, present: Sequence[FindingLike]) -> list[str]:
    lines = [_finding_words(present[0])] if present else []
    words = "，".join(word.strip(_EDGES) for word in case.words if word.strip(_EDGES))
    return lines + ([f"患者原话“{words[:120]}”"] if words else [])


def _beside(case: CaseLike, present: Sequence[FindingLike]) -> list[str]:
    def of(status: str) -> list[str]:
        return [
            finding.term
            for finding in _unique(case.findings)
            if finding.status == status and finding.subject == "self"
        ]

    denied, unsure = of("absent"), of("uncertain")
    lines = [_finding_words(finding) for finding in present[1:]]
    lines += [f"无{'、'.join(denied)}"] if denied else []
    return lines + ([f"{'、'.join(unsure)}不详"] if unsure else [])


def _unique(findings: Iterable[FindingLike]) -> list[FindingLike]:
    latest: dict[str, FindingLike] = {}
    for finding in findings:
        latest[finding.term] = finding
    return list(latest.values())


def _finding_words(finding: FindingLike) -> str:
    courses = {"intermittent": "间断发作", "worsening": "逐渐加重", "improving": "逐渐减轻"}
    details = [
        "起病急" if finding.sudden else "",
        courses.get(finding.course or "", ""),
        f"测得{finding.value:g}" if finding.value is not None else "",
        f"持续{_duration_words(finding.duration_hours)}" if finding.duration_hours else "",
        f"诱因：{finding.trigger}" if finding.trigger else "",
        f"缓解因素：{finding.relief}" if finding.relief else "",
    ]
    told = "，".join(detail for detail in details if detail)
    return _with_site(finding) + (f"，{told}" if told else "")


def _duration_words(hours: float) -> str:
    for size, unit in ((24 * 365, "年"), (24 * 30, "个月"), (24 * 7, "周"), (24, "天"), (1, "小时")):
        if hours >= size * (2 if unit == "周" else 1):
            return f"{round(hours / size)}{unit}"
    return f"{max(round(hours * 60), 1)}分钟"


def _statement(question: _Question, said: str) -> str:
    if _UNKNOWN.fullmatch(said):
        return f"{question.label}不详"
    plain_no = bool(_DENIAL.fullmatch(said)) or (question.options and said == question.options[0])
    if question.denies and plain_no:
        return question.denies
    if question.section == "现病史" and question.options and not _speaks_of(question, said):
        return f"问{question.label}时，患者答“{said}”"
    return said if question.label in said else f"{question.label}：{said}"


def _speaks_of(question: _Question, said: str) -> bool:
    """True if free words share something with the options: 两天前开始的 tells no kind of pain."""
    asked = set("".join(question.options)) - _EMPTY
    return bool(asked & set(said)) or bool(_DENIAL.fullmatch(said))
