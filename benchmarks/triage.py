"""Everything that is measured of triage as one table, with the bars it is held to and what others reach.

    ./banzhen bench triage [--data DIR]

Without DIR the rows that need evaluation sets outside the project are left out. Baselines: departments, the
best public method on the same rows (character n-grams and a linear SVM trained on a web knowledge base, with
an age and sex filter); spans, a dictionary and a conditional random field; statuses, negation keywords;
emergencies, the best of three public keyword gates, in criteria found of 83.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

import triage as room
from benchmarks import triage_departments, triage_emergencies, triage_findings, triage_simulated
from triage import Triage, lexicon
from triage.questions import MOST, START
from triage.reading import Reader

_RUNS = 600
_SEED = 1
#: Share of simulated patients whose age and sex are on record.
_KNOWN = 0.5
#: Complaints of about 100 characters, in our own words, for the time of a whole triage.
_LONG_COMPLAINTS = (
    "医生您好，我这两三天老是觉得上腹部隐隐地疼，特别是饿的时候更明显，吃点东西能好一些，有时候还反酸烧心，夜里会疼醒，"
    "没有发烧，大便颜色正常，也没吐过，就是最近有点没胃口，人也没什么力气，想问问应该挂哪个科看看比较合适",
    "我妈今年六十八岁，有高血压和糖尿病十多年了，这半个月走一段路小腿就酸胀得走不动，歇几分钟又能走，脚也比以前凉，右脚"
    "大脚趾有点发紫，没有摔过也没有扭过，晚上躺着的时候脚还会疼，她一直不肯来医院看，应该看哪个科室呢",
    "孩子三岁半，前天晚上开始发烧，最高三十八度九，吃了退烧药能退下去，过几个小时又烧起来，有点流鼻涕，咳嗽不多，精神还可以，"
    "今天早上发现手心和嘴里长了几个小红点，不太愿意吃饭，没有抽过，也没有吐，幼儿园有小朋友也这样，该怎么办",
)
_BASELINES = {"all": "49.2 / 69.0", "adults": "56.5 / 73.1", "children": "40.4 / 66.0"}
_BARS = {"all": "72 / 90", "adults": "75 / 92", "children": "75 / 92"}

Row = tuple[str, str, str, str]


def run(data: Path | None = None) -> None:
    """Measure triage on its own knowledge, without a hospital's, and print the table."""
    before = _megabytes()
    started = time.process_time()
    engine = room.load()
    seconds, megabytes = time.process_time() - started, _megabytes() - before
    table = Table("测量", "伴诊", "目标", "对照", title="分诊测量")
    for index in (1, 2, 3):
        table.columns[index].justify = "right"
    sections = [_knowledge(engine), _emergencies(engine)]
    sections += [_own_departments(engine)]
    sections += [_departments(engine, data), _findings(data)] if data else []
    sections += [_simulated(engine), _speed(engine, seconds, megabytes)]
    for section in sections:
        for row in section:
            table.add_row(*row)
        table.add_section()
    console = Console()
    console.print(table)
    if data is None:
        console.print("科室与症状识别需要评测集：./banzhen bench triage --data 目录")


def _knowledge(engine: Triage) -> Iterator[Row]:
    base, words = engine.knowledge, lexicon.load()
    departments = {name for condition in base.conditions for name in condition.departments}
    forms = len(words.forms) + sum(len(group) for group in words.patterns.values())
    yield "症状与体征（条）", str(len(words.finding_terms)), "≥ 400", ""
    yield "说法（条）", str(forms), "≥ 2500", ""
    yield "急症标准（条）", str(len(base.red_flags)), "≥ 83", ""
    yield "疾病与就诊原因（条）", str(len(base.conditions)), "≥ 600", ""
    yield "覆盖科室（个）", str(len(departments)), "53", ""


def _emergencies(engine: Triage) -> Iterator[Row]:
    rules = room.load(learned=False)
    sets = {
        f"{name}的": triage_emergencies.unseen(engine, f) for name, f in triage_emergencies.UNSEEN.items()
    }
    sets["学习过的"] = triage_emergencies.known(engine)
    blind = next(iter(triage_emergencies.UNSEEN.values()))
    sets["只用规则，盲写的"] = triage_emergencies.unseen(rules, blind)
    for name, found in sets.items():
        yield f"急症识别，{name} {found.emergencies} 例（%）", f"{found.recall:.1f}", "≥ 98", "3 / 83 条"
        yield f"误报，{name} {found.others} 例（%）", f"{found.false_alarms:.1f}", "≤ 2", ""


def _own_departments(engine: Triage) -> Iterator[Row]:
    rows = triage_departments.own_rows()
    answers = triage_departments.measure(engine, rows)
    count, first, three = triage_departments.shares(rows, answers, None)
    yield f"科室，盲写的 {count} 例：首位 / 前三（%）", f"{first:.1f} / {three:.1f}", "", ""


def _departments(engine: Triage, data: Path) -> Iterator[Row]:
    rows = triage_departments.rows_of(data)
    answers = triage_departments.measure(engine, rows)
    for name, label in (("all", "全部"), ("adults", "成人"), ("children", "儿童")):
        count, first, three = triage_departments.shares(rows, answers, triage_departments.GROUPS[name])
        title = f"科室，{label} {count} 例：首位 / 前三（%）"
        yield title, f"{first:.1f} / {three:.1f}", _BARS[name], _BASELINES[name]
    half = len(rows) // 2
    count, first, three = triage_departments.shares(rows[half:], answers[half:], None)
    yield f"  其中没看过的后一半 {count} 例", f"{first:.1f} / {three:.1f}", "", ""


def _findings(data: Path) -> Iterator[Row]:
    words = lexicon.load()
    reader = Reader(words)
    marked = triage_findings.halves(triage_findings.rows_of(data / triage_findings.SPANS))
    told = triage_findings.halves(triage_findings.rows_of(data / triage_findings.STATUSES))
    for part, label in (("all", ""), ("second half", "，没看过的后一半")):
        spans = triage_findings.spans_of(reader, words, marked[part])
        yield f"症状位置 F1{label}（%）", f"{spans.f1:.1f}", "≥ 85", "82.3（词典）87.2（CRF）"
    for part, label in (("all", ""), ("second half", "，没看过的后一半")):
        found = triage_findings.statuses_of(reader, words, told[part])
        yield f"有无判断{label}（%）", f"{found.right:.1f}", "≥ 95", "93.0（否定词）"


def _simulated(engine: Triage) -> Iterator[Row]:
    crowd = triage_simulated.crowd_of(engine)
    runs = [triage_simulated.talk(engine, crowd, f"{_SEED}.{n}", _KNOWN) for n in range(_RUNS)]
    calm = [one for one in runs if not one.emergency]
    for turn in range(MOST + 1):
        first = 100 * sum(one.first_right(turn) for one in calm) / len(calm)
        three = 100 * sum(one.main_among(turn) for one in calm) / len(calm)
        title = f"模拟患者，问 {turn} 次后：首位 / 前三（%）" if turn else "模拟患者，不问：首位 / 前三（%）"
        yield title, f"{first:.1f} / {three:.1f}", "", ""
    asked = statistics.mean(sum(question != START for question in one.questions) for one in calm)
    yield "平均提问（次）", f"{asked:.1f}", "≤ 5", "3.2（文献）"


def _speed(engine: Triage, seconds: float, megabytes: float) -> Iterator[Row]:
    text = "".join(_LONG_COMPLAINTS)
    pieces = [text[at : at + 300] for at in range(0, len(text) - 299, 1)][::3]
    reading = [_milliseconds(partial(engine.read, piece)) for piece in pieces]
    texts = [complaint[at : at + 100] for complaint in _LONG_COMPLAINTS for at in range(0, 20)] * 5
    whole = sorted(_milliseconds(partial(room.triage_row, engine, {"text": one})) for one in texts)
    yield "读 300 字，中位（毫秒）", f"{statistics.median(reading):.1f}", "≤ 3", ""
    yield "100 字整次分诊，中位（毫秒）", f"{statistics.median(whole):.1f}", "≤ 5", ""
    yield "100 字整次分诊，p99（毫秒）", f"{whole[int(0.99 * len(whole))]:.1f}", "≤ 20", ""
    yield "载入知识（秒）", f"{seconds:.1f}", "≤ 2", ""
    yield "载入知识（MB）", f"{megabytes:.0f}", "≤ 250", ""


def _milliseconds(work: Callable[[], object]) -> float:
    """Processor time."""
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
