"""Do the questions help? Talks with patients drawn from the knowledge itself.

    python -m benchmarks.triage_simulated [--runs 2000] [--seed 1] [--known 0.5]

Each patient has a condition, says one or two of its findings and answers what is asked. Because the patient
and the engine share one knowledge base this says whether the questions are worth asking, not whether the
knowledge is right.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import triage
from benchmarks.simulated_patient import Crowd, Patient
from triage import DEFAULT_RULES, Case, Level, Person, Triage, lexicon
from triage.questions import MOST, START

LEAST_RUNS = 8
WEAKEST = 12


@dataclass(frozen=True, slots=True)
class Run:
    patient: Patient
    #: Departments recommended after each turn, the first words being turn 0.
    turns: tuple[tuple[str, ...], ...]
    questions: tuple[str, ...]
    emergency: bool

    def names(self, turn: int) -> tuple[str, ...]:
        return self.turns[min(turn, len(self.turns) - 1)]

    def first_right(self, turn: int) -> bool:
        return bool(self.names(turn)) and self.names(turn)[0] in self.patient.departments

    def main_among(self, turn: int) -> bool:
        return self.patient.departments[0] in self.names(turn)


def talk(engine: Triage, crowd: Crowd, seed: str, known: float) -> Run:
    """One conversation to its end; `known` is the share of patients whose age and sex are on record."""
    dice = random.Random(seed)
    patient = crowd.draw(dice)
    text = crowd.first_words(patient, dice)
    case = engine.add(Case(), engine.read(text), text)
    if dice.random() < known:
        case = replace(case, person=replace(case.person, age=patient.person.age, sex=patient.person.sex))
    elif case.person == Person() and patient.person.pregnant:
        case = replace(case, person=replace(case.person, pregnant=True))
    turns: list[tuple[str, ...]] = []
    asked: list[str] = []
    while True:
        found = engine.assess(case)
        turns.append(tuple(d.name for d in found.departments))
        question = found.next_question
        if question is None or question.id in asked:
            break
        asked.append(question.id)
        answered = engine.answer(case, question.id, crowd.answer(patient, question, dice))
        # The chat passes over a question whose answer it did not understand.
        case = answered or replace(case, asked=(*case.asked, question.id))
    emergency = found.level in {Level.I, Level.II}
    return Run(patient, tuple(turns), tuple(asked), emergency)


def crowd_of(engine: Triage) -> Crowd:
    """Patients who have what the engine knows."""
    base = engine.knowledge
    terms = {question.id: question.term for question in base.finding_questions}
    return Crowd(base.conditions, lexicon.load(), base.child_rules, DEFAULT_RULES.child_max_age, terms)


def report(runs: Sequence[Run]) -> None:
    calm = [run for run in runs if not run.emergency]
    print(
        "patients drawn from the same knowledge: this shows whether questions help, not whether it is right"
    )
    print(f"runs {len(runs)}, ended as an emergency {len(runs) - len(calm)}; of the other {len(calm)}:")
    for turn in range(MOST + 1):
        first = 100 * sum(run.first_right(turn) for run in calm) / len(calm)
        three = 100 * sum(run.main_among(turn) for run in calm) / len(calm)
        print(f"  after {turn} questions: first is right {first:.1f}  main one among three {three:.1f}")
    counts = [sum(q != START for q in run.questions) for run in calm]
    early = sum(count < MOST for count in counts)
    print(
        f"questions: mean {sum(counts) / len(calm):.2f}, runs that stop early {100 * early / len(calm):.0f} %"
    )
    print("  runs by number of questions: " + ", ".join(f"{n}: {counts.count(n)}" for n in range(MOST + 1)))
    kinds = Counter(
        "signs" if q.startswith("q_rf_") else q.partition(":")[0]
        for run in calm
        for q in run.questions
        if q != START
    )
    print("  most asked: " + ", ".join(f"{q} {n}" for q, n in kinds.most_common(12)))
    by_department: dict[str, list[Run]] = {}
    for run in calm:
        by_department.setdefault(run.patient.departments[0], []).append(run)
    weak = sorted(
        (
            sum(r.first_right(MOST) for r in own) / len(own),
            sum(r.first_right(0) for r in own) / len(own),
            name,
        )
        for name, own in by_department.items()
        if len(own) >= LEAST_RUNS
    )
    print("weakest departments (first is right at the end, before questions):")
    for end, start, name in weak[:WEAKEST]:
        own = by_department[name]
        instead = Counter((r.names(MOST) or ("none",))[0] for r in own if not r.first_right(MOST))
        there = ", ".join(f"{n} {c}" for n, c in instead.most_common(3))
        print(f"  {name}: {100 * end:.0f} ({100 * start:.0f}) of {len(own)}; instead {there}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--known", type=float, default=0.5, help="share of patients with age and sex on record"
    )
    options = parser.parse_args()
    engine = triage.load()
    crowd = crowd_of(engine)
    # Each patient has a seed of their own: a change of the questions meets the same patients.
    report([talk(engine, crowd, f"{options.seed}.{n}", options.known) for n in range(options.runs)])


if __name__ == "__main__":
    main()
