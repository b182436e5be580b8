"""Measure department recommendations, and the time they take, on a labelled set of complaints.

    python -m benchmarks.triage_departments --data DIR [--out PREDICTIONS.jsonl]

DIR holds department_complaints.jsonl, department_labels.tsv. Measuring only: nothing is learned from the
rows, and none of their words goes into the knowledge base.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import time
from pathlib import Path
from typing import Any

import yaml

import triage
from triage import Triage, triage_row

#: The set names age groups only; years that stand for them.
YEARS = {"新生儿": 0.05, "儿童": 6, "少年": 13, "成人": 35, "老年": 70}
GROUPS = {"all": None, "adults": {"成人"}, "children": {"儿童", "少年", "新生儿"}}


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The complaints, as rows of the triage contract with their accepted departments."""
    accepted: dict[str, set[str]] = {}
    with (folder / "department_labels.tsv").open(encoding="utf-8") as table:
        for line in csv.DictReader(table, delimiter="\t"):
            accepted[line["label"]] = set(line["accepted_standard_departments"].split("|"))
    rows = []
    for line in (folder / "department_complaints.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        right = set().union(*(accepted[label] for label in row["labels"]))
        given = {"id": row["id"], "text": row["text"]}
        if row["age_group"] in YEARS:
            given["age"] = YEARS[row["age_group"]]
        if row["sex"] in {"男", "女"}:
            given["sex"] = row["sex"]
        rows.append({"row": given, "group": row["age_group"], "right": right})
    return rows


def own_rows() -> list[dict[str, Any]]:
    """Our own complaints that nothing was mended by, in the same form."""
    text = (Path(__file__).parent / "data" / "complaints_blind.yml").read_text(encoding="utf-8")
    return [
        {
            "row": {"id": number, "text": one["text"], "age": one["age"], "sex": one["sex"]},
            "group": one["group"],
            "right": set(one["right"]),
        }
        for number, one in enumerate(yaml.safe_load(text))
    ]


def measure(engine: Triage, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers, each with the seconds it took."""
    answers = []
    for entry in rows:
        start = time.perf_counter()
        answer = triage_row(engine, entry["row"])
        answers.append({**answer, "seconds": time.perf_counter() - start})
    return answers


def report(rows: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
    """Prints top-1 and top-3 per age group and half of the rows, and the time of a row."""
    half = len(rows) // 2
    for name, group in GROUPS.items():
        whole = _figures(rows, answers, group)
        halves = [_figures(rows[part], answers[part], group) for part in (slice(half), slice(half, None))]
        print(f"{name}: {whole}  (first half {halves[0]}; second half {halves[1]})")
    empty = sum(not answer["departments"] for answer in answers)
    urgent = sum(bool(answer["red_flags"]) for answer in answers)
    times = sorted(1000 * answer["seconds"] for answer in answers)
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    print(f"no department: {empty}; red flag: {urgent}")
    print(f"milliseconds a row: p50={statistics.median(times):.1f} p99={p99:.1f}")


def _figures(rows: list[dict[str, Any]], answers: list[dict[str, Any]], group: set[str] | None) -> str:
    count, first, three = shares(rows, answers, group)
    return f"n={count} top1={first:.1f} top3={three:.1f}" if count else "n=0"


def shares(
    rows: list[dict[str, Any]], answers: list[dict[str, Any]], group: set[str] | None
) -> tuple[int, float, float]:
    """Number of the rows of these age groups, and how many are right at first and among three, percent."""
    chosen = [
        (entry["right"], [d["name"] for d in answer["departments"]])
        for entry, answer in zip(rows, answers, strict=True)
        if group is None or entry["group"] in group
    ]
    if not chosen:
        return 0, 0.0, 0.0
    first = sum(bool(right.intersection(names[:1])) for right, names in chosen)
    three = sum(bool(right.intersection(names[:3])) for right, names in chosen)
    return len(chosen), 100 * first / len(chosen), 100 * three / len(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with department_complaints.jsonl")
    parser.add_argument("--out", type=Path, help="also write the answers as JSONL")
    options = parser.parse_args()
    rows = rows_of(options.data)
    answers = measure(triage.load(), rows)
    if options.out:
        lines = [json.dumps(answer, ensure_ascii=False) for answer in answers]
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report(rows, answers)


if __name__ == "__main__":
    main()
