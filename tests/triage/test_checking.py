"""`banzhen check`: one broken file per mistake, each reported with its file, line and cause."""

# ruff: noqa: E501 (tables of knowledge)
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.knowledge import Fault
from tests import loaded
from triage.checking import Review, review
from triage.knowledge_base import FOLDER, load
from triage.reading import Reader

WORDS = loaded.words()

FLAG = "- {{id: {id}, name: 试验, when: {when}, level: {level}, action: emergency, advice: 请马上去急诊，不要等。, source: 《试验指南》}}\n"
CONDITION = (
    "- {{id: {id}, name: {name}, departments: [{department}], prior: common, {more}, source: {source}}}\n"
)
QUESTION = "- {{id: {id}, term: {term}, text: 有没有{term}？, source: 《试验指南》}}\n"
SIGNS = "- {{id: {id}, region: chest, when: 胸痛, text: 有没有下面的情况？, signs: [{{value: {sign}, label: 有}}], source: 《试验指南》}}\n"
SOUND = {
    "red_flags/a.yml": FLAG.format(id="rf_Z01", when="{all: [胸痛, 冷汗]}", level="II"),
    "conditions/a.yml": CONDITION.format(
        id="sound",
        name="普通病",
        department="消化内科",
        more="hallmark: [右下腹痛], common: [发热]",
        source="《内科学》第9版",
    ),
    "questions/findings.yml": QUESTION.format(id="q_fever", term="发热"),
    "questions/red_flags.yml": SIGNS.format(id="q_rf_chest", sign="冷汗"),
    "rules/hints.yml": "- {id: hint_belly, words: [肚子], departments: [消化内科], source: 《医疗机构诊疗科目名录》}\n",
}


def plain(id: str, name: str, more: str, *, department: str = "骨科", source: str = "《外科学》第9版") -> str:
    return CONDITION.format(id=id, name=name, department=department, more=more, source=source)


#: What is wrong → (file, lines added to it, entry, cause, fault or warning).
MISTAKES = {
    "a finding for it, and what it implies against it": (
        "conditions/a.yml", plain("torn", "矛盾病", "hallmark: [右下腹痛], absent: [腹痛]"), "torn", "腹痛", "fault",
    ),
    "two red flags alike of different level": (
        "red_flags/a.yml", FLAG.format(id="rf_Z02", when="{all: [胸痛, 冷汗]}", level="I"), "rf_Z02", "rf_Z01", "fault",
    ),
    "one alias for two departments": (
        "conditions/a.yml",
        plain("one", "甲病", "aliases: [老毛病]") + plain("two", "乙病", "aliases: [老毛病]", department="眼科"),
        "two", "老毛病", "warning",
    ),
    "a yes-or-no question that can never be asked": (
        "questions/findings.yml", QUESTION.format(id="q_cough", term="咳嗽"), "q_cough", "never asked", "warning",
    ),
    "a sign question that can never be asked": (
        "questions/red_flags.yml", SIGNS.format(id="q_rf_idle", sign="打喷嚏"), "q_rf_idle", "never asked", "warning",
    ),
    "a source that names nothing": (
        "conditions/a.yml", plain("vague", "无据病", "hallmark: [咳嗽]", source="大家都这么说的"), "vague", "大家都这么说的", "warning",
    ),
    "a source that is too short": (
        "conditions/a.yml", plain("short", "短据病", "hallmark: [咳嗽]", source="《书》"), "short", "《书》", "warning",
    ),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small sound knowledge of its own; only the plain rules are the real ones."""
    for name in ("rules/answers.yml", "rules/labels.yml", "rules/ignored_words.yml", "questions/person.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(FOLDER / name, tmp_path / name)
    shutil.copytree(FOLDER / "symptoms", tmp_path / "symptoms")
    (tmp_path / "rules/hospital").mkdir()
    for name in ("rules/children.yml", "rules/levels.yml"):
        (tmp_path / name).write_text("[]\n", encoding="utf-8")
    for name, text in SOUND.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def look(folder: Path) -> Review:
    knowledge = load(
        folder,
        terms=WORDS.finding_terms,
        history_terms=WORDS.history_terms,
        parents=WORDS.parents,
        labels=WORDS.labels,
    )
    return review(knowledge, WORDS, loaded.reader(), folder)


def of_own(found: list[Fault], folder: Path) -> list[Fault]:
    """Without what a small knowledge leaves unused."""
    return [one for one in found if one.file.parent.name != "symptoms" and one.file != folder]


def test_sound_knowledge_has_neither_faults_nor_warnings(folder: Path) -> None:
    found = look(folder)
    assert found.faults == []
    assert of_own(found.warnings, folder) == []


@pytest.mark.parametrize(("file", "text", "where", "cause", "kind"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_its_file_line_and_cause(
    folder: Path, file: str, text: str, where: str, cause: str, kind: str
) -> None:
    with (folder / file).open("a", encoding="utf-8") as broken:
        broken.write(text)
    found = look(folder)
    mine = found.faults if kind == "fault" else of_own(found.warnings, folder)
    assert [one.where for one in mine] == [where]
    assert mine[0].file == folder / file
    assert f"id: {where}," in mine[0].file.read_text(encoding="utf-8").splitlines()[mine[0].line - 1]
    assert cause in str(mine[0])
    assert (found.faults == []) is (kind == "warning")


def test_a_term_that_nothing_uses_and_a_department_that_nothing_reaches_are_told(folder: Path) -> None:
    warnings = look(folder).warnings
    unused = next(one for one in warnings if one.where == "打喷嚏")
    assert unused.file.parent.name == "symptoms"
    assert "打喷嚏" in unused.file.read_text(encoding="utf-8").splitlines()[unused.line - 1]
    assert any(one.where == "眼科" and "nothing leads" in one.message for one in warnings)
    assert not any(one.where in {"消化内科", "发热", "急诊科"} for one in warnings)


def test_a_red_flag_that_no_words_can_raise_is_a_fault(folder: Path) -> None:
    silent = {form: term for form, term in WORDS.forms.items() if term != "喷射状呕吐"}
    mute = type(WORDS)(
        **{
            **{name: getattr(WORDS, name) for name in WORDS.__slots__},
            "forms": silent,
            "patterns": {
                head: kept
                for head, rest in WORDS.patterns.items()
                if (kept := tuple(one for one in rest if one[1] != "喷射状呕吐"))
            },
        }
    )
    (folder / "red_flags/a.yml").write_text(
        FLAG.format(id="rf_Z03", when="{all: [头痛, 喷射状呕吐]}", level="II"), encoding="utf-8"
    )
    knowledge = load(
        folder,
        terms=WORDS.finding_terms,
        history_terms=WORDS.history_terms,
        parents=WORDS.parents,
        labels=WORDS.labels,
    )
    assert [
        (one.where, "喷射状呕吐" in one.message)
        for one in review(knowledge, mute, Reader(mute), folder).faults
    ] == [("rf_Z03", True)]


def test_our_own_knowledge_has_no_faults() -> None:
    found = review(loaded.triage().knowledge, WORDS, loaded.reader())
    assert found.faults == []
    assert not [one for one in found.warnings if "nothing leads" in one.message]
    assert not [one for one in found.warnings if "names no guideline" in one.message]
