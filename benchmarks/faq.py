"""Measure the answers to insurance and hospital questions: `python -m benchmarks.faq --data DIR`.

Reads questions only, to measure; nothing is learned from them. DIR may hold `insurance_questions.jsonl` and
`hospital_questions.jsonl` (how many are answered), `department_complaints.jsonl` (complaints, of which none
should be), and `question_pairs.tsv` (same question or not). What is missing is left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path

import yaml

import hospital
import insurance
from core.retrieval import Comparer

CASES = Path(__file__).parent.parent / "tests" / "cases" / "faq" / "questions.yml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the evaluation sets")
    parser.add_argument("--show", action="store_true", help="print each question with its topic")
    args = parser.parse_args()
    started = time.perf_counter()
    answers = insurance.load(hospital.load())
    print(f"loaded in {time.perf_counter() - started:.1f} s")
    _own_cases(answers)
    if args.data is None:
        return
    for name, field in (
        ("insurance_questions.jsonl", "question"),
        ("hospital_questions.jsonl", "question"),
        ("department_complaints.jsonl", "text"),
    ):
        if (args.data / name).exists():
            rows = (args.data / name).read_text(encoding="utf-8").splitlines()
            _coverage(answers, name, [json.loads(row)[field] for row in rows if row], show=args.show)
    if (args.data / "question_pairs.tsv").exists():
        _pairs(args.data / "question_pairs.tsv")


def _own_cases(answers: insurance.Insurance) -> None:
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    right = wrong = handed_over = answered_strangers = 0
    for case in cases:
        found = answers.answer(case["ask"])
        if case["expect"] is None:
            answered_strangers += found.answered
        elif found.topic in case["expect"]:
            right += 1
        elif found.answered:
            wrong += 1
        else:
            handed_over += 1
    known = right + wrong + handed_over
    print(
        f"own cases: {right}/{known} right, {wrong} wrong, {handed_over} handed over; "
        f"{answered_strangers}/{len(cases) - known} strange sentences answered"
    )


def _coverage(answers: insurance.Insurance, name: str, questions: list[str], *, show: bool) -> None:
    started = time.perf_counter()
    found = [answers.answer(question) for question in questions]
    spent = (time.perf_counter() - started) / max(1, len(questions))
    answered = sum(answer.answered for answer in found)
    print(f"{name}: {answered}/{len(questions)} answered, {spent * 1000:.1f} ms each")
    if show:
        for question, answer in zip(questions, found, strict=True):
            print(f"  {answer.topic or '-':24} {answer.confidence:.2f} {question[:70]}")


def _pairs(path: Path) -> None:
    """Likeness of sentence pairs: area under the curve, and accuracy at a cut fitted on the first half."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    comparer = Comparer([[row["text1"], row["text2"]] for row in rows])
    scored = [(comparer.between(row["text1"], row["text2"]), row["label"] == "1") for row in rows]
    half = len(scored) // 2
    first, second = scored[:half], scored[half:]
    cut = max(
        (score for score, _ in first), key=lambda cut: sum((score >= cut) == same for score, same in first)
    )
    accuracy = sum((score >= cut) == same for score, same in second) / len(second)
    ranks = {
        index: rank for rank, index in enumerate(sorted(range(len(scored)), key=lambda i: scored[i][0]), 1)
    }
    same = [ranks[index] for index, (_, label) in enumerate(scored) if label]
    area = (sum(same) - len(same) * (len(same) + 1) / 2) / (len(same) * (len(scored) - len(same)))
    print(f"question pairs: {accuracy:.1%} on the second half at a cut from the first, AUC {area:.3f}")


if __name__ == "__main__":
    main()
