"""One broken file per mistake: the loader must name the file, the line, the entry and the cause."""

# ruff: noqa: E501 (tables of Chinese sentences)
from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.departments import STANDARD_DEPARTMENTS
from core.knowledge import KnowledgeError
from tests import loaded
from triage.knowledge_base import FOLDER, KnowledgeBase, load

WORDS = loaded.words()


PARTS = (
    "red_flags/heart_breath.yml",
    "conditions/internal/allergy.yml",
    "questions/person.yml",
    "questions/red_flags.yml",
    "questions/findings.yml",
    "rules/answers.yml",
    "rules/children.yml",
    "rules/hints.yml",
    "rules/ignored_words.yml",
    "rules/labels.yml",
    "rules/levels.yml",
)


def load_from(folder: Path) -> KnowledgeBase:
    return load(
        folder,
        terms=WORDS.finding_terms,
        history_terms=WORDS.history_terms,
        parents=WORDS.parents,
        labels=WORDS.labels,
    )


FLAG = """
- id: rf_Z01
  name: 试验
  when: {when}
  level: II
  action: emergency
  advice: 请马上去急诊，不要等。
  source: 《试验》
"""
CONDITION = """
- id: trial
  name: 试验病
  departments: [{department}]
  prior: common
  hallmark: [腹痛]
  source: 《试验》
"""

MISTAKES = {
    "an unknown term": ("red_flags", FLAG.format(when="胡说八道痛"), "rf_Z01", "胡说八道痛"),
    "an unknown term deep in the tree": (
        "red_flags", FLAG.format(when="{all: [胸痛, {any: [冷汗, 没有这个词]}]}"), "rf_Z01", "没有这个词",
    ),
    "an unknown history": ("red_flags", FLAG.format(when="{history: 富贵病}"), "rf_Z01", "富贵病"),
    "two kinds in one node": ("red_flags", FLAG.format(when="{finding: 胸痛, age_from: 3}"), "rf_Z01", "exactly one"),
    "a limit without a finding": ("red_flags", FLAG.format(when="{age_from: 3, sudden: true}"), "rf_Z01", "need a finding"),
    "at_least without of": ("red_flags", FLAG.format(when="{finding: 胸痛, at_least: 2}"), "rf_Z01", "go together"),
    "an unknown key": ("red_flags", FLAG.format(when="胸痛") + "  urgent: true\n", "rf_Z01", "没有这一项"),
    "a missing source": (
        "red_flags", FLAG.format(when="胸痛").replace("  source: 《试验》\n", ""), "rf_Z01", "没有填",
    ),
    "a duplicate key": ("red_flags", FLAG.format(when="胸痛") + "  level: I\n", "level", "出现了两次"),
    "a used id": ("red_flags", FLAG.format(when="胸痛").replace("rf_Z01", "rf_A02"), "rf_A02", "already used"),
    "a malformed id": ("red_flags", FLAG.format(when="胸痛").replace("rf_Z01", "chest"), "chest", "格式应为"),
    "an unknown level": ("red_flags", FLAG.format(when="胸痛").replace("level: II", "level: V"), "rf_Z01", "'I'"),
    "an unknown department": ("conditions", CONDITION.format(department="心脏科"), "trial", "心脏科"),
    "no department": ("conditions", CONDITION.format(department=""), "trial", "至少要 1"),
    "an unknown prior": (
        "conditions", CONDITION.format(department="儿科").replace("common", "often"), "trial", "prior",
    ),
    "a term in two strengths": (
        "conditions", CONDITION.format(department="儿科") + "  common: [腹痛]\n", "trial", "more than one strength",
    ),
    "an impossible age range": (
        "conditions", CONDITION.format(department="儿科") + "  age_from: 60\n  age_to: 5\n", "trial", "below age_to",
    ),
    "not YAML": ("conditions", "- id: [trial\n", "yaml", ""),
    "an empty file": ("conditions", "", "file", "文件是空的"),
    "no list": ("conditions", "id: trial\n", "file", "list"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A part of the room's knowledge, to break: whole files, but few, because each mistake loads them anew."""
    for name in PARTS:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / name, target)
    (tmp_path / "rules/hospital").mkdir()
    return tmp_path


@pytest.mark.parametrize(("part", "text", "where", "cause"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_with_its_file_and_cause(
    folder: Path, part: str, text: str, where: str, cause: str
) -> None:
    broken = folder / part / "zz_broken.yml"
    broken.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_from(folder)
    faults = caught.value.faults
    assert any(
        fault.file == broken
        and fault.line >= 1
        and where in f"{fault.where} {fault.message}"
        and cause in str(fault)
        for fault in faults
    ), str(caught.value)


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    "name", ["rules/levels.yml", "rules/answers.yml", "questions/person.yml", "rules/labels.yml"]
)
def test_a_missing_file_is_refused(folder: Path, name: str, take: Callable[[Path], None] = remove) -> None:
    take(folder / name)
    with pytest.raises(KnowledgeError, match="找不到这个文件"):
        load_from(folder)


def test_no_red_flags_at_all_stops_the_service(folder: Path) -> None:
    for file in (folder / "red_flags").glob("*.yml"):
        file.unlink()
    with pytest.raises(KnowledgeError, match="no red flags"):
        load_from(folder)


def test_every_fault_is_reported_at_once(folder: Path) -> None:
    (folder / "conditions" / "zz_broken.yml").write_text(
        CONDITION.format(department="心脏科")
        + CONDITION.format(department="脑科").replace("id: trial", "id: trial2"),
        encoding="utf-8",
    )
    with pytest.raises(KnowledgeError) as caught:
        load_from(folder)
    assert len(caught.value.faults) == 2


def test_the_knowledge_is_as_wide_as_promised() -> None:
    knowledge = load_from(FOLDER)
    departments = {d for c in knowledge.conditions for d in (*c.departments, *c.child_departments)}
    assert len(knowledge.red_flags) >= 83
    assert len(knowledge.conditions) >= 250
    assert len(departments) >= 50
    assert departments <= set(STANDARD_DEPARTMENTS)
    assert {c.id for c in knowledge.conditions if c.review.status != "draft"} == set()


def test_everything_asked_for_by_a_red_flag_question_can_raise_one() -> None:
    knowledge = load_from(FOLDER)
    in_flags = {term for flag in knowledge.red_flags for term in flag.when.terms()}
    implied = {wide for term in in_flags for wide in knowledge.parents.get(term, ())}
    for question in knowledge.red_flag_questions:
        for sign in question.signs:
            wider = {sign.value, *knowledge.parents.get(sign.value, ())}
            assert wider & (in_flags | implied), f"{question.id}: {sign.value}"
