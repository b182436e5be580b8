"""The public face of triage: read a message, add it to the case, assess the case, ask the next question.

Everything here is a pure function of its arguments and of the knowledge that was loaded once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Protocol

from triage import levels, self_care
from triage.alarms import Alarms
from triage.asking import Asking
from triage.conditions import to_children
from triage.experience import Experience
from triage.explain import Explainer
from triage.expressions import View
from triage.inference import Inference, Posterior
from triage.information import Information
from triage.knowledge_base import KnowledgeBase
from triage.model import (
    Action,
    Assessment,
    Case,
    DepartmentScore,
    Finding,
    HospitalRules,
    Level,
    Person,
    Question,
    Reading,
    RedFlagHit,
    Status,
)
from triage.people import Stage, is_child
from triage.placement import by_condition, moved
from triage.questions import AGE, PREGNANT, SEX, SINCE, START, WOMAN, Questions, person_of
from triage.reading.durations import durations
from triage.records import RecordsModel
from triage.red_flags import screen

DEFAULT_RULES = HospitalRules()
#: Findings, words and questions kept of one conversation; far above what people say, so that a flood of
#: text cannot grow a case without end. The oldest words and what is not there go first.
MOST_FINDINGS = 200
MOST_WORDS = 40
LONGEST_WORDS = 2000
#: Departments shown.
MOST_DEPARTMENTS = 3
LEAST_SCORE = 0.0005
EMERGENCY = "急诊科"
FEVER_CLINIC = "感染科"
CHILDREN, NEWBORNS = "儿科", "新生儿科"
#: Of what would go to these, this share goes to 新生儿科 in the first 28 days: a rash or a stuffed nose of a
#: newborn is looked at together with feeding, weight and jaundice.
NEWBORN_SHARE = {CHILDREN: 0.7, "皮肤科": 0.6, "耳鼻喉科": 0.6, "儿童保健科": 0.6}
PREGNANCY_DEPARTMENT, EARLY_PREGNANCY_DEPARTMENT = "产科", "妇科"


class Reader(Protocol):
    """What reads findings out of a message; `triage.reading` has the real one."""

    def read(self, text: str, *, asked_term: str | None = None) -> Reading: ...


class Triage:
    """Findings → red flags, level, departments, next question. Safe to share between threads."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        reader: Reader,
        *,
        experience: Experience | None = None,
        records: RecordsModel | None = None,
    ) -> None:
        """Without `experience` the rules and the knowledge decide alone."""
        self._knowledge = knowledge
        self._reader = reader
        self._inference = Inference(
            knowledge.conditions,
            knowledge.hints,
            knowledge.child_rules,
            knowledge.parents,
            knowledge.ignored_words,
            experience,
            records,
            knowledge.told_words,
            by_condition(knowledge.rule_groups, {}),
        )
        self._questions = Questions(
            knowledge.person_questions,
            knowledge.red_flag_questions,
            knowledge.finding_questions,
            knowledge.answers,
            knowledge.labels,
        )
        self._asking = Asking(
            self._questions,
            knowledge.red_flags,
            Information(self._inference, knowledge.parents),
            knowledge.parents,
            knowledge.told_words,
        )
        self._explainer = Explainer(knowledge.labels, self._inference)
        self._flags = {flag.id: flag for flag in knowledge.red_flags}
        self._alarms = Alarms(knowledge.red_flags, experience, knowledge.parents)

    @property
    def knowledge(self) -> KnowledgeBase:
        return self._knowledge

    # -- taking in ------------------------------------------------------------------------------------

    def read(self, text: str, *, asked: str | None = None) -> Reading:
        """Findings and facts of the person in one message.

        `asked` is the id of the question that the message answers, so that a bare "有" is understood.
        """
        term = self._questions.term_of(asked) if asked else None
        return self._reader.read(text, asked_term=term)

    def add(
        self, case: Case, reading: Reading, text: str, *, answer: bool = False, quote: bool = True
    ) -> Case:
        """The case with one more message.

        `answer`: it may answer a question of ours; `quote`: its words belong to the complaint.

        A newer word about the same finding replaces the older one, but a red flag that was raised before
        stays raised: `raised` only grows.
        """
        findings = merge_findings(case.findings, reading.findings)
        said = text.strip()[:LONGEST_WORDS]
        words = (*case.words, said)[-MOST_WORDS:] if said and quote else case.words
        grown = replace(
            case, findings=findings, person=merge_person(case.person, reading.person), words=words
        )
        return self._alarms.hear(
            self._view(case), grown, self._view(grown), said, reading.findings, answer=answer
        )

    # -- judging --------------------------------------------------------------------------------------

    def screen(self, case: Case) -> tuple[RedFlagHit, ...]:
        """The emergencies of the case so far, the most urgent first."""
        return screen(self._knowledge.red_flags, case, self._view(case))

    def assess(
        self, case: Case, rules: HospitalRules = DEFAULT_RULES, *, month: int | None = None
    ) -> Assessment:
        """Level, action, departments with reasons, and the next question if one is worth asking.

        `month` (1–12) is the time of year that the patient writes in; without it seasons say nothing.
        """
        view = self._view(case)
        hits = screen(self._knowledge.red_flags, case, view)
        child = is_child(case, rules.child_max_age)
        own = by_condition(self._knowledge.rule_groups, rules.choices)
        posterior = self._inference.posterior(case, view, child=child, month=month, own=own)
        level, action = levels.decide(
            view, hits, self._knowledge.level_rules, self._knowledge.conditions, posterior
        )
        home = self_care.judge(
            case, view, hits, level, self._knowledge.conditions, posterior, self._knowledge.parents
        )
        question = (
            None
            if level in {Level.I, Level.II}
            else self._next(case, view, posterior, child, rules, month, home)
        )
        # Signs of danger and facts of the person are cleared up before anybody is left at home.
        advice = ""
        if home is not None and home.duration_known and (question is None or question.kind == "choice"):
            action, advice = Action.SELF_CARE, home.care.advice
        names = self._departments(view, hits, level, posterior, rules, child)
        departments = tuple(
            DepartmentScore(name, round(score, 4), self._explainer.why(name, case, view, posterior, hits))
            for name, score in names
        )
        return Assessment(
            level=level,
            action=action,
            red_flags=hits,
            departments=departments,
            next_question=question,
            explanation=self._explainer.sentence(departments, case, view, posterior, hits),
            advice=advice,
        )

    def likely(self, case: Case, rules: HospitalRules = DEFAULT_RULES) -> tuple[tuple[str, float], ...]:
        """All departments with their shares, before emergencies and the hospital's own places."""
        child = is_child(case, rules.child_max_age)
        own = by_condition(self._knowledge.rule_groups, rules.choices)
        return self._inference.posterior(case, self._view(case), child=child, own=own).departments

    def _view(self, case: Case) -> View:
        return View.of(case, self._knowledge.parents)

    def _departments(
        self,
        view: View,
        hits: Sequence[RedFlagHit],
        level: Level,
        posterior: Posterior,
        rules: HospitalRules,
        child: bool,
    ) -> list[tuple[str, float]]:
        names = [(name, score) for name, score in posterior.departments if score >= LEAST_SCORE]
        if view.stage is Stage.NEWBORN:
            names = [pair for name, score in names for pair in _for_newborns(name, score)]
        names = moved(self._knowledge.rule_groups, rules.choices, view, names)
        urgent = [d for hit in hits[:1] for d in self._flags[hit.id].departments]
        if child:
            urgent = list(to_children(urgent, self._knowledge.child_rules, ()))
        if level in {Level.I, Level.II} and not urgent:
            urgent = [EMERGENCY]
        if not hits and rules.fever_clinic_first and {"发热", "咳嗽"} <= view.present.keys():
            urgent = [*urgent, FEVER_CLINIC]
        if urgent:
            # What is urgent comes first and shares the first half; the likely departments follow.
            names = [(d, 0.5 / len(urgent)) for d in urgent] + [
                (n, s / 2) for n, s in names if n not in urgent
            ]
        merged: dict[str, float] = {}
        for name, score in names:
            place = self._placed(name, view, rules)
            merged[place] = merged.get(place, 0.0) + score
        ranked = sorted(merged.items(), key=lambda pair: (-pair[1], list(merged).index(pair[0])))
        if urgent:
            first = self._placed(urgent[0], view, rules)
            ranked.sort(key=lambda pair: pair[0] != first)
        return ranked[:MOST_DEPARTMENTS]

    def _placed(self, name: str, view: View, rules: HospitalRules) -> str:
        weeks = view.person.gestation_weeks
        if name == PREGNANCY_DEPARTMENT and weeks is not None and weeks < rules.obstetric_from_week:
            name = EARLY_PREGNANCY_DEPARTMENT
        return rules.substitutes.get(name, name)

    def _next(
        self,
        case: Case,
        view: View,
        posterior: Posterior,
        child: bool,
        rules: HospitalRules,
        month: int | None,
        home: self_care.Verdict | None,
    ) -> Question | None:
        own = by_condition(self._knowledge.rule_groups, rules.choices)

        def posterior_for(other: Case, as_child: bool) -> Posterior:
            return self._inference.posterior(other, self._view(other), child=as_child, month=month, own=own)

        return self._asking.next(
            case,
            view,
            posterior,
            child=child,
            posterior_for=posterior_for,
            view_of=self._view,
            mild=home is not None,
            ask_since=home is not None and not home.duration_known,
        )

    # -- asking ---------------------------------------------------------------------------------------

    def question(self, question_id: str) -> Question:
        """Raises KeyError if there is no such question."""
        return self._questions.question(question_id)

    def answer(self, case: Case, question_id: str, text: str) -> Case | None:
        """The case with an answer taken in, or None if the text does not answer that question.

        Understands the values and labels of the options as well as free words, and takes in whatever else
        the answer says ("没有，就是肚子疼"). The complaint once more, or another one, is no answer.
        Raises KeyError for an unknown question.
        """
        question = self._questions.question(question_id)
        reading = self.read(text, asked=question_id)
        asked = case if question_id in case.asked else replace(case, asked=(*case.asked, question_id))
        if question.kind == "person":
            return self._answer_about_person(asked, question_id, text, reading)
        findings = self._questions.findings_of(question, text)
        told = {f.term for f in reading.findings}
        if findings is None:
            return self.add(asked, reading, text, answer=True) if self._about(question, reading) else None
        present = {f.term for f in case.findings if f.counts}
        given = tuple(
            f for f in findings if f.term not in told and (f.status is Status.PRESENT or f.term not in present
                                                            or question.kind == "finding")
        )  # fmt: skip
        spoken = text if reading.findings else ""
        return self.add(asked, replace(reading, findings=(*given, *reading.findings)), spoken, answer=True)

    def _about(self, question: Question, reading: Reading) -> bool:
        """True if the free words speak of what was asked."""
        wanted = {option.value for option in question.options} | {self._questions.term_of(question.id)}
        parents = self._knowledge.parents
        return any(not wanted.isdisjoint((f.term, *parents.get(f.term, ()))) for f in reading.findings)

    def _answer_about_person(self, case: Case, question_id: str, text: str, reading: Reading) -> Case | None:
        if question_id == START:
            grown = self.add(case, reading, text, answer=True)
            in_words = any(sign.isalpha() for sign in text)
            return grown if reading.findings or (in_words and self.assess(grown).departments) else None
        if question_id == SINCE:
            return self._answer_since(case, text, reading)
        answered = person_of(question_id, text, self._questions.verdict(text))
        if answered is None:
            told = question_id == AGE and reading.person.age is not None
            told = told or (question_id in {SEX, WOMAN} and reading.person.sex is not None)
            told = told or (question_id == PREGNANT and reading.person.pregnant is not None)
            return self.add(case, reading, text, answer=True) if told else None
        person, keep_words = answered
        option = next((o.label for o in self.question(question_id).options if o.value == text.strip()), text)
        spoken = option if keep_words or reading.findings else ""
        # The reader knows more of units ("3岁半", "八个月"); the short answer fills what it left open.
        known = merge_person(person, reading.person)
        return self.add(case, replace(reading, person=known), spoken, answer=True)

    def _answer_since(self, case: Case, text: str, reading: Reading) -> Case | None:
        """How long: said of everything present whose time is not known yet."""
        labels = {option.value: option.label for option in self.question(SINCE).options}
        spoken = labels.get(text.strip(), text)
        longest = max((said.value for said in durations(spoken, ())), default=None)
        if longest is None:
            return None
        findings = tuple(
            replace(f, duration_hours=longest) if f.counts and f.duration_hours is None else f
            for f in case.findings
        )
        return self.add(replace(case, findings=findings), reading, spoken, answer=True)


def _for_newborns(name: str, score: float) -> list[tuple[str, float]]:
    share = NEWBORN_SHARE.get(name, 0.0)
    return [(NEWBORNS, score * share), (name, score * (1 - share))]


def merge_findings(old: Sequence[Finding], new: Sequence[Finding]) -> tuple[Finding, ...]:
    """Newer statements win; details that the newer one leaves open are kept from the older."""
    merged = {(f.term, f.subject, f.time): f for f in old}
    for finding in new:
        key = (finding.term, finding.subject, finding.time)
        before = merged.get(key)
        if before is not None and before.status is finding.status:
            kept = {
                field.name: getattr(before, field.name)
                for field in fields(Finding)
                if getattr(finding, field.name) is None and getattr(before, field.name) is not None
            }
            finding = replace(finding, **kept)  # noqa: PLW2901
        merged[key] = finding
    ranked = sorted(merged.values(), key=lambda f: not f.counts)
    return tuple(merged.values()) if len(merged) <= MOST_FINDINGS else tuple(ranked[:MOST_FINDINGS])


def merge_person(old: Person, new: Person) -> Person:
    """Newer facts win where they were said; history adds up."""
    said: Mapping[str, object] = {
        field.name: getattr(new, field.name)
        for field in fields(Person)
        if field.name != "history" and getattr(new, field.name) is not None
    }
    return replace(old, history=old.history | new.history, **said)  # type: ignore[arg-type]
