"""`banzhen triage-train`: learn from the hospital's own records which department complaints go to.

Nothing leaves the machine. The records are read, not kept: the stored model holds check sums of short pieces
that at least some records share, with weights.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.departments import STANDARD_DEPARTMENTS
from core.errors import BanzhenError
from core.settings import Settings
from hospital import Hospital
from triage import Case, HospitalRules, Person, Reading, RecordsModel, Triage, sex_of
from triage.linear import BadModel, fit
from triage.pieces import of_complaint
from triage.records import weighed

Floats = NDArray[np.float64]

FEWEST_ROWS = 200
#: A department with fewer records is not learned.
FEWEST_OF_DEPARTMENT = 10
#: A piece that fewer records have is not kept: it may name a person, and teaches little.
FEWEST_OF_PIECE = 5
FOLDS = 5
#: Weights that are tried for the records beside the knowledge.
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
MOST_NAMED = 10
_COLUMNS = {
    "text": ("text", "主诉", "主诉文本", "描述", "complaint"),
    "department": ("department", "科室", "就诊科室", "挂号科室"),
    "age": ("age", "年龄"),
    "sex": ("sex", "性别", "gender"),
}


@dataclass(frozen=True, slots=True)
class Record:
    text: str
    #: A standard department.
    department: str
    person: Person


@dataclass(frozen=True, slots=True)
class Trained:
    """The model, and how it did on records that it had not seen."""

    model: RecordsModel
    records: int
    #: Share of records with the right department first / among three.
    knowledge: tuple[float, float]
    together: tuple[float, float]
    #: Departments with too few records.
    left_out: tuple[str, ...]

    def lines(self) -> list[str]:
        told = [
            f"读入 {self.records} 条记录，学习了 {len(self.model.departments)} 个科室。",
            "五折交叉验证（每条记录都由没有见过它的模型来分）：",
            f"  只用知识库：首选正确 {_percent(self.knowledge[0])}，前三正确 {_percent(self.knowledge[1])}",
            f"  加上本院记录：首选正确 {_percent(self.together[0])}，前三正确 {_percent(self.together[1])}",
        ]
        if self.left_out:
            told.append(f"记录不足 {FEWEST_OF_DEPARTMENT} 条、没有学习的科室：{'、'.join(self.left_out)}。")
        return told


def read_records(data: bytes, hospital: Hospital) -> list[Record]:
    """The records of a CSV or JSONL file. Raises BanzhenError with what to correct, in Chinese."""
    rows = _rows(data)
    records: list[Record] = []
    unknown: Counter[str] = Counter()
    faults: list[str] = []
    names = _department_names(hospital)
    for number, row in rows:
        text, called = row.get("text", "").strip(), row.get("department", "").strip()
        if not text or not called:
            faults.append(f"第 {number} 行缺少{'主诉' if not text else '科室'}")
            continue
        standard = names.get(called)
        if standard is None:
            unknown[called] += 1
            continue
        try:
            records.append(Record(text, standard, _person(row)))
        except ValueError as error:
            faults.append(f"第 {number} 行{error}")
    if unknown:
        listed = "、".join(f"{name}（{count} 行）" for name, count in unknown.most_common(MOST_NAMED))
        raise BanzhenError(
            "unknown_departments",
            f"有 {len(unknown)} 个科室对不上：{listed}。请改成医院资料 departments.yml 里的名称或别名，"
            "或标准科室名，再训练。",
        )
    if faults:
        more = f"等 {len(faults)} 处" if len(faults) > MOST_NAMED else ""
        raise BanzhenError(
            "bad_rows", f"记录有误：{'；'.join(faults[:MOST_NAMED])}{more}。请改正或删去后再训练。"
        )
    return records


def train(
    triage: Triage, rules: HospitalRules, records: Sequence[Record], done: Callable[[int, int], None]
) -> Trained:
    """Learn and measure; `triage` must be without records. Raises BanzhenError if they are too few."""
    counts = Counter(record.department for record in records)
    kept = [r for r in records if counts[r.department] >= FEWEST_OF_DEPARTMENT]
    departments = sorted({r.department for r in kept})
    if len(kept) < FEWEST_ROWS or len(departments) < 2:
        raise BanzhenError(
            "too_few_records",
            f"可用的记录只有 {len(kept)} 条、{len(departments)} 个科室；至少要 {FEWEST_ROWS} 条、2 个科室，"
            f"每个科室 {FEWEST_OF_DEPARTMENT} 条以上。请补充记录后再训练。",
        )
    known = []
    for number, record in enumerate(kept, 1):
        case = _case(triage, record)
        kept[number - 1] = replace(record, person=case.person)
        known.append(_known(triage, rules, case))
        done(number, len(kept))
    right = np.array([STANDARD_DEPARTMENTS.index(r.department) for r in kept])
    folds = np.random.default_rng(1).permutation(len(kept)) % FOLDS
    blended = np.zeros((len(WEIGHTS), len(kept), len(STANDARD_DEPARTMENTS)))
    for fold in range(FOLDS):
        model = _fit([r for r, f in zip(kept, folds, strict=True) if f != fold], 1.0)
        for i in np.flatnonzero(folds == fold):
            opinion = model.opinion(STANDARD_DEPARTMENTS, [kept[i].text], kept[i].person)
            for w, weight in enumerate(WEIGHTS):
                shares = weighed(known[i] if known[i].any() else None, *opinion, weight)
                blended[w, i] = known[i] if shares is None else shares
    likely = np.log(blended[:, np.arange(len(kept)), right] + 1e-6)
    # The weight for a fold is chosen on the other folds, so that the figures are those of unseen records.
    chosen = [int(likely[:, folds != fold].mean(axis=1).argmax()) for fold in range(FOLDS)]
    together = blended[np.array(chosen)[folds], np.arange(len(kept))]
    weight = WEIGHTS[int(likely.mean(axis=1).argmax())]
    return Trained(
        model=_fit(kept, weight),
        records=len(records),
        knowledge=_top(blended[0], right),
        together=_top(together, right),
        left_out=tuple(sorted(set(counts) - set(departments))),
    )


def store(settings: Settings, model: RecordsModel) -> None:
    """Readable by the owner only; appears whole or not at all."""
    file = settings.records_model
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(model.to_bytes())
    draft.replace(file)


def forget(settings: Settings) -> bool:
    """Removes the model; False if there was none."""
    there = settings.records_model.exists()
    settings.records_model.unlink(missing_ok=True)
    return there


def stored(settings: Settings) -> RecordsModel | None:
    """The hospital's model, if it has trained one. Raises BanzhenError if it cannot be read."""
    file = settings.records_model
    if not file.exists():
        return None
    try:
        return RecordsModel.from_bytes(file.read_bytes(), STANDARD_DEPARTMENTS)
    except BadModel as error:
        raise BanzhenError(
            "bad_records_model",
            f"本院分诊模型 {file} 读不了（{error}）。请重新运行 ./banzhen triage-train，或用 --forget 删去。",
        ) from error


# -- reading ------------------------------------------------------------------------------------------


def _rows(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """Numbered rows under the standard column names."""
    text = _decoded(data)
    if not text.strip():
        raise BanzhenError("empty_file", "文件是空的，请选择有记录的文件。")
    return _json_rows(text) if text.lstrip()[:1] == "{" else _csv_rows(text)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BanzhenError("encoding", "读不出文件的文字编码，请另存为 UTF-8 或 GBK 编码的 CSV 再训练。")


def _json_rows(text: str) -> list[tuple[int, dict[str, str]]]:
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BanzhenError("bad_rows", f"第 {number} 行不是有效的 JSON，请改正后再训练。") from error
        if not isinstance(row, dict):
            raise BanzhenError("bad_rows", f"第 {number} 行不是 JSON 对象，请改正后再训练。")
        columns = _columns(row)
        rows.append((number, {ours: _cell(row.get(theirs)) for ours, theirs in columns.items()}))
    return rows


def _csv_rows(text: str) -> list[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text))
    try:
        columns = _columns(reader.fieldnames or ())
        return [
            (reader.line_num, {ours: _cell(row.get(theirs)) for ours, theirs in columns.items()})
            for row in reader
        ]
    except csv.Error as error:
        raise BanzhenError("bad_rows", f"第 {reader.line_num} 行不是有效的 CSV，请改正后再训练。") from error


def _columns(titles: Sequence[str] | Mapping[str, Any]) -> dict[str, str]:
    """Our column → its title in the file."""
    cleaned = {str(title).strip().lower(): str(title) for title in titles}
    found = {
        ours: cleaned[title] for ours, known in _COLUMNS.items() for title in known[::-1] if title in cleaned
    }
    missing = [name for name in ("text", "department") if name not in found]
    if missing:
        wanted = {"text": "text（主诉）", "department": "department（科室）"}
        there = "、".join(cleaned.values()) or "没有列名"
        raise BanzhenError(
            "missing_columns",
            f"文件缺少列：{'、'.join(wanted[name] for name in missing)}；现有：{there}。"
            "可选的列：age（年龄）、sex（性别）。",
        )
    return found


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _person(row: Mapping[str, str]) -> Person:
    """Raises ValueError with the rest of a Chinese sentence."""
    age, sex = row.get("age", "").strip().removesuffix("岁"), row.get("sex", "").strip()
    years: float | None = None
    if age:
        try:
            years = float(age)
        except ValueError:
            raise ValueError(f"的年龄 {age} 不是数字") from None
        if not 0 <= years <= 130:
            raise ValueError(f"的年龄 {age} 不在 0 到 130 之间")
    try:
        return Person(age=years, sex=sex_of(sex))
    except ValueError:
        raise ValueError(f"的性别 {sex} 不是男或女") from None


def _department_names(hospital: Hospital) -> dict[str, str]:
    """What the hospital calls its departments → the standard department; standard names as they are."""
    names = {name: name for name in STANDARD_DEPARTMENTS}
    for department in hospital.departments:
        if department.standard:
            for name in (department.name, *department.aliases):
                names.setdefault(name, department.standard[0])
    return names


# -- learning -----------------------------------------------------------------------------------------


def _fit(records: Sequence[Record], weight: float) -> RecordsModel:
    try:
        model = fit(
            [of_complaint([record.text], record.person) for record in records],
            [record.department for record in records],
            fewest=FEWEST_OF_PIECE,
        )
    except ValueError as error:
        raise BanzhenError(
            "nothing_in_common",
            "这些记录的主诉没有共同的字词，学不到东西。请检查主诉一列是不是患者的话，再训练。",
        ) from error
    return RecordsModel(model, weight, learned_from=len(records))


def _case(triage: Triage, record: Record) -> Case:
    """The complaint as triage will meet it; what the record states is surer than what its text seems to."""
    case = triage.add(Case(), triage.read(record.text), record.text)
    return triage.add(case, Reading(person=record.person), "")


def _known(triage: Triage, rules: HospitalRules, case: Case) -> Floats:
    """What the knowledge alone says, over the standard departments; all 0 if nothing."""
    shares = np.zeros(len(STANDARD_DEPARTMENTS))
    for name, share in triage.likely(case, rules):
        shares[STANDARD_DEPARTMENTS.index(name)] = share
    return shares


def _top(shares: Floats, right: NDArray[np.int64]) -> tuple[float, float]:
    """How often the right one is first, and among the first three; what has no share is not named."""
    own = shares[np.arange(len(right)), right]
    better = (shares > own[:, None]).sum(axis=1)
    named = own > 0
    return float((named & (better < 1)).mean()), float((named & (better < 3)).mean())


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
