"""How well the reader finds symptoms and tells whether they are there, on public sets, and how fast.

Usage: python -m benchmarks.triage_findings --data DIR [--errors N]

DIR holds `symptom_spans.jsonl` (utterances with marked symptom spans, IMCS-21) and
`symptom_status_dialogues.jsonl` (dialogues with symptoms marked true or false, DXY). They are measured
against, never learned from. Kinds of errors may be studied in the first half of each set only, which is the
half that `--errors` prints; the second half is the figure that nothing was fitted to.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from triage import lexicon
from triage.model import Finding, Status, Subject, When
from triage.reading import Reader

Row = dict[str, Any]

SPANS, STATUSES = "symptom_spans.jsonl", "symptom_status_dialogues.jsonl"

#: Kinds of terms that the span set marks: no tests, wishes, measured values or accidents.
SYMPTOM_KINDS = frozenset({"symptom", "sign", "quality", "disease"})
#: The set's names of symptoms → ours. A name that we do not tell apart has the wider ones.
STATUS_TERMS = {
    "发烧": ("发热", "高热", "低热", "持续发热"),
    "咳嗽": ("咳嗽", "犬吠样咳嗽", "突然呛咳"),
    "流涕": ("流涕",),
    "呕吐": ("呕吐", "溢奶", "喷射状呕吐", "绿色呕吐物"),
    "咳痰": ("咳痰",),
    "精神萎靡": ("精神萎靡", "嗜睡", "反应差", "乏力"),
    "皮疹": ("皮疹", "荨麻疹", "风团", "湿疹"),
    "厌食": ("食欲不振", "拒奶", "拒食"),
    "稀便": ("腹泻", "蛋花样便"),
    "鼻塞": ("鼻塞",),
    "烦躁不安": ("烦躁不安", "哭闹", "哭闹不能安抚"),
    "疱疹": ("水疱", "疱疹性咽峡炎", "单纯疱疹", "口腔溃疡"),
    "呼吸困难": ("呼吸困难", "气促", "喘息"),
    "打喷嚏": ("打喷嚏",),
    "咽部不适": ("咽部不适", "咽痛", "咽部异物感"),
    "过敏": ("过敏",),
    "揉鼻子": ("鼻痒",),
    "抽搐": ("抽搐", "抽动"),
    "肺部阴影": ("肺结节",),
    "吐泡泡": ("吐泡泡",),
    "揉眼睛": ("眼痒",),
    "绿便": ("绿便",),
    "流口水": ("流涎",),
    "蛋花样便": ("蛋花样便",),
    "腹痛": ("腹痛", "上腹痛", "下腹痛"),
    "反胃": ("恶心",),
    "流鼻血": ("鼻出血",),
    "尿少": ("尿少", "无尿"),
    "盗汗": ("盗汗", "多汗"),
    "喘气": ("呼吸困难", "喘息", "气促"),
    "肚子咕噜叫": ("肠鸣",),
    "放屁": ("放屁多",),
    "体重减轻": ("体重下降",),
    "腹胀": ("腹胀",),
    "大便酸臭": ("大便酸臭",),
    "头痛": ("头痛",),
    "舌苔发白": ("舌异常",),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with the evaluation sets")
    parser.add_argument("--errors", type=int, default=0, help="print this many errors of each kind")
    options = parser.parse_args()
    started = time.perf_counter()
    words = lexicon.load()
    reader = Reader(words)
    print(f"load: {time.perf_counter() - started:.2f} s")
    dialogues = rows_of(options.data / STATUSES)
    report_spans(reader, words, halves(rows_of(options.data / SPANS)), options.errors)
    report_statuses(reader, words, halves(dialogues), options.errors)
    times = speed(reader, dialogues)
    median, worst = statistics.median(times), max(times)
    print(f"300 characters: median {median:.2f} ms, worst {worst:.2f} ms of {len(times)}")


def halves(rows: list[Row]) -> dict[str, list[Row]]:
    """The set by parts that are reported; errors are shown for the first only."""
    middle = len(rows) // 2
    return {"first half": rows[:middle], "second half": rows[middle:], "all": rows}


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@dataclass(slots=True)
class Spans:
    """How the spans that the reader found lie on those that were marked."""

    found: int = 0
    wanted: int = 0
    exact: int = 0
    #: Found ones that touch a marked one, and marked ones that a found one touches.
    touching: int = 0
    touched: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, gold: set[tuple[int, int]], ours: set[tuple[int, int]]) -> None:
        self.exact += len(gold & ours)
        self.found += len(ours)
        self.wanted += len(gold)
        self.touching += sum(any(s < e2 and s2 < e for s2, e2 in gold) for s, e in ours)
        self.touched += sum(any(s < e2 and s2 < e for s2, e2 in ours) for s, e in gold)
        self.missed.update(text[s:e] for s, e in gold - ours)
        self.extra.update(text[s:e] for s, e in ours - gold)

    @property
    def f1(self) -> float:
        """Of exact spans, percent."""
        return 200 * self.exact / (self.found + self.wanted)


def spans_of(reader: Reader, words: lexicon.Lexicon, rows: list[Row]) -> Spans:
    """The reader's spans of symptoms beside the marked ones."""
    symptoms = {name for name, term in words.terms.items() if term.kind in SYMPTOM_KINDS}
    spans = Spans()
    for row in rows:
        gold = {(start, end) for start, end, _ in row["symptoms"]}
        findings = reader.read(row["text"]).findings
        spans.add(row["text"], gold, {f.span for f in findings if f.value is None and f.term in symptoms})
    return spans


def report_spans(reader: Reader, words: lexicon.Lexicon, parts: dict[str, list[Row]], errors: int) -> None:
    """Precision, recall and F1: exact spans, and spans that overlap."""
    for label, rows in parts.items():
        spans = spans_of(reader, words, rows)
        _line(f"symptom spans, {label}, exact", spans.exact / spans.found, spans.exact / spans.wanted)
        overlapping = spans.touching / spans.found, spans.touched / spans.wanted
        _line(f"symptom spans, {label}, overlapping", *overlapping)
        if errors and label == "first half":
            print("  missed:", spans.missed.most_common(errors))
            print("  extra:", spans.extra.most_common(errors))


def _line(name: str, precision: float, recall: float) -> None:
    f1 = 2 * precision * recall / (precision + recall)
    print(f"{name}: P {100 * precision:.1f} R {100 * recall:.1f} F1 {100 * f1:.1f}")


@dataclass(slots=True)
class Statuses:
    """Verdicts on symptoms that were told unasked in the first message, and in answers."""

    told: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def right(self) -> float:
        """Of all, percent."""
        both = self.told + self.answered
        return 100 * both["right"] / both.total()


def statuses_of(reader: Reader, words: lexicon.Lexicon, rows: list[Row]) -> Statuses:
    """The reader's verdicts beside the marked ones."""
    wider = {name: frozenset((name, *term.wider)) for name, term in words.terms.items()}
    found = Statuses()
    for row in rows:
        first = list(reader.read(row["self_repo"]).findings)
        for name, present in row["goal"]["explicit_inform_slots"].items():
            if name in STATUS_TERMS:
                verdict = _verdict(first, wider, name, present)
                found.told[verdict] += 1
                if verdict != "right":
                    found.wrong.append(f"first: {name} {present} {verdict} {row['self_repo'].strip()}")
        for name, present in row["goal"]["implicit_inform_slots"].items():
            answer = _answer(reader, row["dialog"], name) if name in STATUS_TERMS else None
            if answer is None:
                continue
            verdict = _verdict(answer[1], wider, name, present)
            found.answered[verdict] += 1
            if verdict != "right":
                found.wrong.append(f"answer: {name} {present} {verdict} {answer[0]}")
    return found


def report_statuses(reader: Reader, words: lexicon.Lexicon, parts: dict[str, list[Row]], errors: int) -> None:
    """Share of symptoms with the right status."""
    for label, rows in parts.items():
        found = statuses_of(reader, words, rows)
        both = found.told + found.answered
        for kind, counts in (("first messages", found.told), ("answers", found.answered), ("both", both)):
            total = counts.total()
            share = 100 * counts["right"] / total
            print(f"status, {label}, {kind}: {share:.1f} % right of {total} ({dict(counts)})")
        if label == "first half":
            print(*found.wrong[:errors], sep="\n")


def _answer(reader: Reader, turns: list[str], name: str) -> tuple[str, list[Finding]] | None:
    for question, answer in pairwise(turns[1:]):
        if name in question and "?" in question:
            reading = reader.read(answer, asked_term=STATUS_TERMS[name][0])
            return f"{question} | {answer}", list(reading.findings)
    return None


def _verdict(findings: list[Finding], wider: dict[str, frozenset[str]], name: str, present: bool) -> str:
    terms = STATUS_TERMS[name]
    # Over or past counts as had; only what is denied counts as absent.
    mine = [
        f
        for f in findings
        if not wider[f.term].isdisjoint(terms)
        and f.subject is Subject.SELF
        and f.time is not When.HYPOTHETICAL
    ]
    if not mine:
        return "missed"
    said = any(f.status is not Status.ABSENT for f in mine)
    return "right" if said == present else "wrong"


def speed(reader: Reader, rows: list[Row]) -> list[float]:
    """Processor time for each of many messages of 300 characters, milliseconds."""
    text = "，".join(row["self_repo"].strip() for row in rows)
    pieces = [text[at : at + 300] for at in range(0, min(len(text), 60_000) - 300, 300)]
    times = []
    for piece in pieces:
        started = time.process_time()
        reader.read(piece)
        times.append(1000 * (time.process_time() - started))
    return times


if __name__ == "__main__":
    main()
