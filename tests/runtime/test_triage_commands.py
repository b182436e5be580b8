"""What a hospital sets for triage: the rules it chooses, and what its own records teach."""

from __future__ import annotations

import csv
import functools
import json
import random
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import cli
import triage
from core.departments import STANDARD_DEPARTMENTS
from core.errors import BanzhenError
from core.knowledge import KnowledgeError
from hospital import EXAMPLE
from triage import Person
from triage.linear import BadModel
from triage.pieces import of_complaint
from triage.records import RecordsModel

_RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, a home folder and a hospital of the test's own."""
    monkeypatch.setenv("BANZHEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BANZHEN_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("BANZHEN_SETTINGS", str(tmp_path / "settings.toml"))
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "house"))
    monkeypatch.setenv("BANZHEN_HOSPITAL", str(folder))
    return folder


@pytest.fixture(autouse=True, scope="module")
def loaded_once() -> Iterator[None]:
    """Knowledge takes seconds to load; the commands of this file share one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(triage, "load", functools.cache(triage.load))
        yield


def run(*words: str) -> Any:
    return _RUNNER.invoke(cli.app, list(words), catch_exceptions=True)


def choose(folder: Path, line: str) -> None:
    file = folder / "hospital.yml"
    text = file.read_text(encoding="utf-8")
    assert "    reports: checkup\n" in text
    file.write_text(text.replace("    reports: checkup\n", f"    {line}\n"), encoding="utf-8")


def test_the_hospitals_choice_decides_where_triage_sends_people(own_house: Path) -> None:
    def first() -> str:
        answer = json.loads(run("triage", "我痛风又犯了").stdout)
        return str(answer["departments"][0]["name"])

    choose(own_house, "gout: standard")
    assert first() == "风湿免疫科"
    file = own_house / "hospital.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("gout: standard", "gout: endocrine"), encoding="utf-8"
    )
    assert first() == "内分泌科"


def test_the_rules_are_listed_with_what_is_chosen() -> None:
    told = run("rules").stdout
    assert "gout：痛风先看哪个科\n  ● standard" in told
    assert "● checkup：到健康管理科解读" in told


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("gouty: endocrine", "no such group"),
        ("gout: heart", "heart is no option of this group; it has standard"),
    ],
)
def test_a_wrong_choice_is_refused_with_file_and_line(own_house: Path, line: str, message: str) -> None:
    choose(own_house, line)
    result = run("check")
    assert isinstance(result.exception, KnowledgeError)
    [fault] = result.exception.faults
    assert message in fault.message
    assert line in fault.file.read_text(encoding="utf-8").splitlines()[fault.line - 1]


# -- the hospital's own records ------------------------------------------------------------------------

#: What this invented hospital's patients say, and where they went; the last two no knowledge can know.
_SAID = {
    "皮肤科": ["身上起疹子", "皮肤痒得厉害", "脸上长痘", "脚气犯了"],
    "骨科": ["膝盖疼", "腰疼", "扭了脚", "脖子僵"],
    "内分泌科": ["痛风犯了", "大脚趾痛风又疼", "血糖高", "尿酸高痛风"],
    "肾内科": ["蓝卡复诊", "来换蓝卡", "蓝卡到期", "蓝卡续方"],
}
_AROUND = ["{}", "{}两天了", "最近{}", "我{}，想看看", "{}，上次的医生", "家里人{}", "{}好久了"]


def rows(count: int = 280, seed: int = 1) -> list[dict[str, str]]:
    dice = random.Random(seed)
    made = []
    for number in range(count):
        department = list(_SAID)[number % len(_SAID)]
        text = dice.choice(_AROUND).format(dice.choice(_SAID[department]))
        made.append({"text": text, "department": department, "age": str(dice.randint(20, 80)), "sex": "男"})
    return made


def jsonl(folder: Path, records: list[dict[str, str]]) -> Path:
    file = folder / "records.jsonl"
    file.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records), encoding="utf-8")
    return file


def firsts(folder: Path, *texts: str) -> list[str]:
    """The first department for each text."""
    file = folder / "asked.jsonl"
    file.write_text(
        "\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts), encoding="utf-8"
    )
    answers = [json.loads(line) for line in run("triage", "--batch", str(file)).stdout.splitlines()]
    return [answer["departments"][0]["name"] if answer["departments"] else "" for answer in answers]


def test_records_teach_what_is_particular_to_the_hospital_until_they_are_forgotten(tmp_path: Path) -> None:
    asked = ("蓝卡复诊", "痛风犯了", "牙疼，牙龈肿")
    before = firsts(tmp_path, *asked)
    assert before[0] != "肾内科" and before[1:] == ["风湿免疫科", "口腔科"]
    trained = run("triage-train", "--records", str(jsonl(tmp_path, rows())))
    assert trained.exit_code == 0, trained.exception
    assert "只用知识库" in trained.stdout and "加上本院记录" in trained.stdout
    assert firsts(tmp_path, *asked) == ["肾内科", "内分泌科", "口腔科"]
    assert run("triage-train", "--forget").exit_code == 0
    assert firsts(tmp_path, *asked) == before
    assert "没有训练过" in run("triage-train", "--forget").stdout


def test_an_emergency_stays_one_whatever_the_records_say(tmp_path: Path) -> None:
    run("triage-train", "--records", str(jsonl(tmp_path, rows())))
    answer = json.loads(run("triage", "膝盖疼，突然胸口压着疼，喘不上气，一身冷汗").stdout)
    assert answer["level"] in {"I", "II"}
    assert answer["departments"][0]["name"] == "急诊科"


def test_the_figures_are_of_records_that_were_not_seen(tmp_path: Path) -> None:
    """Departments drawn at random teach nothing: cross-validation must not say that they do."""
    dice = random.Random(3)
    shuffled = [{**row, "department": dice.choice(list(_SAID))} for row in rows(400)]
    told = run("triage-train", "--records", str(jsonl(tmp_path, shuffled))).stdout
    [line] = [line for line in told.splitlines() if "加上本院记录" in line]
    assert float(line.split("首选正确 ")[1].split("%")[0]) < 45


def test_the_stored_model_has_no_text_and_is_its_owners_only(tmp_path: Path) -> None:
    records = rows()
    records[0]["text"] = "我叫欧阳某某，膝盖疼"
    run("triage-train", "--records", str(jsonl(tmp_path, records)))
    [file] = (tmp_path / "home" / "models").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with np.load(file) as stored:
        held = {name: stored[name] for name in stored.files}
    strings = [str(value) for array in held.values() if array.dtype.kind in "US" for value in array.ravel()]
    assert set(strings) <= set(STANDARD_DEPARTMENTS)
    assert held["records.pieces"].dtype == np.uint32


def test_a_gbk_table_with_chinese_titles_is_read(tmp_path: Path) -> None:
    file = tmp_path / "records.csv"
    with file.open("w", encoding="gb18030", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["主诉", "就诊科室", "年龄", "性别"])
        # A name of the hospital's own for 皮肤科.
        called = {"皮肤科": "皮肤性病科"}
        writer.writerows(
            [r["text"], called.get(r["department"], r["department"]), "40岁", "女"] for r in rows()
        )
    trained = run("triage-train", "--records", str(file))
    assert trained.exit_code == 0, trained.exception
    assert "学习了 4 个科室" in trained.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "文件是空的"),
        ("主诉,诊断\n膝盖疼,关节炎\n", "缺少列：department（科室）；现有：主诉、诊断"),
        ('{"text": "膝盖疼"}\n', "缺少列：department"),
        ('{"text": "膝盖疼", "department"\n', "第 1 行不是有效的 JSON"),
        ("text,department\n膝盖疼,骨头科\n腰疼,骨头科\n", "有 1 个科室对不上：骨头科（2 行）"),
        ("text,department\n,骨科\n", "第 2 行缺少主诉"),
        ("text,department,age\n膝盖疼,骨科,三十\n", "第 2 行的年龄 三十 不是数字"),
        ("text,department,age\n膝盖疼,骨科,300\n", "不在 0 到 130 之间"),
        ("text,department,sex\n膝盖疼,骨科,公\n", "第 2 行的性别 公 不是男或女"),
        ("text,department\n膝盖疼,骨科\n", "可用的记录只有 0 条"),
    ],
)
def test_bad_records_are_refused_with_what_to_correct(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "records.txt"
    file.write_text(content, encoding="utf-8")
    result = run("triage-train", "--records", str(file))
    assert isinstance(result.exception, BanzhenError)
    assert message in result.exception.message
    assert not (tmp_path / "home" / "models").exists()


def test_records_or_forget_one_of_both() -> None:
    for words in ((), ("--records", "x.csv", "--forget")):
        assert isinstance(run("triage-train", *words).exception, BanzhenError)


def test_a_damaged_model_is_named_and_never_used(tmp_path: Path) -> None:
    run("triage-train", "--records", str(jsonl(tmp_path, rows())))
    [file] = (tmp_path / "home" / "models").iterdir()
    whole = file.read_bytes()
    for damaged in (b"", b"PK nonsense", whole[: len(whole) // 2], b"\x80" + whole[1:]):
        file.write_bytes(damaged)
        result = run("triage", "膝盖疼")
        assert isinstance(result.exception, BanzhenError)
        assert "triage-records" in result.exception.message


def test_a_model_of_other_departments_is_refused(tmp_path: Path) -> None:
    run("triage-train", "--records", str(jsonl(tmp_path, rows())))
    [file] = (tmp_path / "home" / "models").iterdir()
    assert RecordsModel.from_bytes(file.read_bytes(), STANDARD_DEPARTMENTS).learned_from == 280
    with pytest.raises(BadModel):
        RecordsModel.from_bytes(file.read_bytes(), ["眼科"])


def test_an_inconsistent_model_is_refused(tmp_path: Path) -> None:
    run("triage-train", "--records", str(jsonl(tmp_path, rows())))
    [file] = (tmp_path / "home" / "models").iterdir()
    model = RecordsModel.from_bytes(file.read_bytes(), STANDARD_DEPARTMENTS)
    twice = replace(model.model, labels=(model.departments[0], *model.departments[:-1]))
    for wrong in (replace(model, learned_from=-1), replace(model, model=twice)):
        with pytest.raises(BadModel):
            RecordsModel.from_bytes(wrong.to_bytes(), STANDARD_DEPARTMENTS)


def test_what_a_complaint_tells_of_the_person_is_learned_as_it_will_be_asked(tmp_path: Path) -> None:
    told = [{**row, "text": f"女，35岁，{row['text']}", "age": "", "sex": ""} for row in rows()]
    run("triage-train", "--records", str(jsonl(tmp_path, told)))
    [file] = (tmp_path / "home" / "models").iterdir()
    model = RecordsModel.from_bytes(file.read_bytes(), STANDARD_DEPARTMENTS)
    assert of_complaint([], Person(age=35, sex="女")) <= model.model.rows.keys()


def test_records_without_words_in_common_are_refused(tmp_path: Path) -> None:
    mute = [{"text": "……", "department": row["department"]} for row in rows()]
    result = run("triage-train", "--records", str(jsonl(tmp_path, mute)))
    assert isinstance(result.exception, BanzhenError)
    assert "没有共同的字词" in result.exception.message
