"""Loads the topics, and answers questions with them and with what the hospital tells about itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from string import Formatter

from core.errors import Refusal
from core.knowledge import Fault, KnowledgeError, load_document, load_entries
from core.retrieval import Retriever
from hospital import Hospital
from hospital.directory import look_up
from insurance.bill import Bill, read_bill
from insurance.estimate import estimate
from insurance.model import Answer, Cues, Estimate, Others, Synonyms, Topic
from insurance.words import local_words, words_of

KNOWLEDGE = Path(__file__).parent / "knowledge"

#: Below this probability the question goes to a person. Measured: see benchmarks/faq.py.
THRESHOLD = 0.45
#: From this probability on a topic is offered ("did you mean"), though not answered.
WORTH_OFFERING = 0.2
#: A place, examination or doctor that is named wins over a topic that is less likely than this.
SURE = 0.9

#: What is paid of care away from home; first what is said to whoever names another city.
AWAY = "away_settle"
_ELSEWHERE = "{place}参保在本院看病算异地就医，不能按本地的比例算。"
#: Said with every answer about insurance.
_CAUTION = "以参保地政策和结算单为准"

_PLAN_NAMES = {"employee": "职工医保", "resident": "居民医保"}


def load(hospital: Hospital, folder: Path | None = None) -> Insurance:
    """The answers for a hospital. Raises KnowledgeError that names every fault of the files."""
    folder = folder or KNOWLEDGE
    topics = load_entries(folder / "topics", Topic)
    synonyms = load_document(folder / "synonyms.yml", Synonyms)
    others = load_document(folder / "others.yml", Others)
    cues = load_document(folder / "cues.yml", Cues)
    words = words_of(hospital)
    info_ids = {topic.id for topic in hospital.info}
    faults: list[Fault] = []
    for topic in topics:
        unknown = sorted(_placeholders(topic.answer) - words.keys())
        if unknown:
            faults.append(_fault(folder, topic, f"unknown words in the answer: {', '.join(unknown)}"))
        if topic.id in info_ids:
            faults.append(_fault(folder, topic, "the hospital has an info topic of the same id"))
    said = [word for meant in synonyms.words.values() for word in meant]
    for word in sorted({word for word in said if said.count(word) > 1}):
        faults.append(Fault(folder / "synonyms.yml", 1, word, "this word stands for two words"))
    if faults:
        raise KnowledgeError(faults)
    return Insurance(hospital, tuple(topics), words, synonyms, others.sentences, cues)


class Insurance:
    """Answers questions about insurance, and about the hospital itself. Pure once made."""

    def __init__(
        self,
        hospital: Hospital,
        topics: tuple[Topic, ...],
        words: Mapping[str, str],
        synonyms: Synonyms,
        others: tuple[str, ...],
        cues: Cues,
    ) -> None:
        self.hospital = hospital
        self.topics = topics
        self._facts = hospital.insurance
        self._answers = {topic.id: self._ready(topic, words) for topic in topics}
        self._answers |= {
            topic.id: Answer(topic.id, topic.title, 0.0, topic.answer, topic.source, topic.as_of, True)
            for topic in hospital.info
        }
        self._places = cues.places
        self._strong, self._weak = _any_of(cues.strong), _any_of((*cues.strong, *cues.weak))
        self._info_ids = frozenset(topic.id for topic in hospital.info)
        self._insurance_ids = frozenset(topic.id for topic in topics) | {
            topic.id
            for topic in hospital.info
            if any(self._strong.search(asked) for asked in (*topic.questions, *topic.keywords))
        }
        # one retriever for both: a parking question must be able to beat every insurance topic
        self._retriever = Retriever(
            [
                *((topic.id, (topic.title, *topic.questions, *topic.keywords)) for topic in topics),
                *((topic.id, (topic.title, *topic.questions, *topic.keywords)) for topic in hospital.info),
            ],
            others=others,
            synonyms=_said_to_meant(synonyms),
            threshold=THRESHOLD,
        )

    def answer(self, text: str) -> Answer:
        """The answer to a free question; hands over (`answered` false) where none is likely enough."""
        bill, place = read_bill(text), self._elsewhere(text)
        if bill is not None and place is not None:
            # Nobody is told our figures for another city's insurance.
            away = self._answers[AWAY]
            return replace(away, confidence=SURE, text=_ELSEWHERE.format(place=place) + away.text)
        if bill is not None:
            return self._estimated(bill)
        ranked = self._retriever.ranked(text, 3, self._among(text))
        confidence = ranked[0].confidence if ranked else 0.0
        if confidence < SURE:
            fact = look_up(self.hospital, text)
            if fact is not None:
                return Answer(fact.topic, fact.title, SURE, fact.text, fact.source, self._facts.as_of, True)
        if confidence < THRESHOLD:
            near = [match.key for match in ranked if match.confidence >= WORTH_OFFERING]
            return self._handed_over(confidence, tuple(self._answers[key].title for key in near))
        found = self._answers[ranked[0].key]
        return replace(found, confidence=confidence)

    def estimate(
        self,
        plan: str,
        kind: str,
        total: Decimal,
        self_paid: Decimal = Decimal(0),
        *,
        category_b: Decimal = Decimal(0),
        retired: bool = False,
        first_stay: bool = True,
        cut: Decimal = Decimal(0),
        earlier: Decimal = Decimal(0),
    ) -> Estimate | Refusal:
        """See `insurance.estimate.estimate`."""
        return estimate(
            self._facts,
            plan=plan,
            kind=kind,
            total=total,
            self_paid=self_paid,
            category_b=category_b,
            retired=retired,
            first_stay=first_stay,
            cut=cut,
            earlier=earlier,
        )

    def _ready(self, topic: Topic, words: Mapping[str, str]) -> Answer:
        source, as_of = topic.source, topic.as_of
        if _placeholders(topic.answer) & local_words(self._facts):
            source, as_of = f"{source}；{self._facts.source}", min(as_of, self._facts.as_of)
        text = topic.answer.format_map(words).strip()
        return Answer(topic.id, topic.title, 0.0, text, source, as_of, answered=True, caution=_CAUTION)

    def about(self, topic_id: str) -> Answer | None:
        """The answer of a topic, whatever was asked; None if there is no such topic."""
        return self._answers.get(topic_id)

    def _elsewhere(self, text: str) -> str | None:
        """Another city or province that the text names, if it speaks of insurance from there."""
        named = (place for place in self._places if place in text)
        return next((place for place in named if place not in self._facts.city), None)

    def _among(self, text: str) -> frozenset[str] | None:
        """The topics that come into question by the words that only insurance has; None for all."""
        if self._strong.search(text):
            return self._insurance_ids
        return None if self._weak.search(text) else self._info_ids

    def _handed_over(self, confidence: float, near: tuple[str, ...] = ()) -> Answer:
        facts, phones = self._facts, self.hospital.phones
        guess = f"您是不是想问：{'、'.join(near)}？是的话点一下或再说一遍。\n" if near else ""
        text = (
            f"{guess}这个问题我拿不准，怕说错耽误您。"
            f"医保的事可以问医保办（{facts.office_location}，{facts.office_hours}，"
            f"电话 {phones.insurance_office}），"
            f"其他问题打总机 {phones.switchboard}。要不要我帮您转人工？直接回“转人工”就行。"
        )
        return Answer(None, "转人工", confidence, text, "", None, answered=False, near=near)

    def _estimated(self, bill: Bill) -> Answer:
        plans = [bill.plan] if bill.plan else [plan.code for plan in self._facts.plans]
        lines: list[str] = []
        for plan in plans:
            result = self.estimate(
                plan,
                bill.kind,
                bill.total,
                bill.self_paid,
                retired=bill.retired,
                first_stay=bill.first_stay,
            )
            if isinstance(result, Refusal):
                return self._handed_over(0.0)
            parts = "、".join(f"{part.name} {part.amount:,.2f} 元" for part in result.parts)
            lines.append(
                f"{_PLAN_NAMES[plan]}：医保约付 {result.insurance:,.2f} 元，"
                f"自己约付 {result.patient:,.2f} 元（{parts}）。"
            )
        kind = "住院" if bill.kind == "inpatient" else "门诊"
        unsaid = "" if bill.self_paid else "没算自费和乙类先自付，实际自己付的会多一些。"
        text = "\n".join(
            [
                f"按{self._facts.city}在本院{kind}、总费用 {bill.total:,.2f} 元粗略估算：",
                *lines,
                f"{unsaid}这只是估算，不是承诺。",
            ]
        )
        return Answer(
            "estimate", "费用估算", SURE, text, self._facts.source, self._facts.as_of, True, caution=_CAUTION
        )


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)


def _fault(folder: Path, topic: Topic, message: str) -> Fault:
    for file in sorted((folder / "topics").rglob("*.yml")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() == f"- id: {topic.id}":
                return Fault(file, number, topic.id, message)
    return Fault(folder, 1, topic.id, message)


def _said_to_meant(synonyms: Synonyms) -> dict[str, str]:
    return {said: meant for meant, words in synonyms.words.items() for said in words}
