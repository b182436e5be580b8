"""The sentences that triage learns from: one broken file per mistake, and learning from a few of them."""

# ruff: noqa: E501 (tables of sentences)
from __future__ import annotations

from pathlib import Path

import pytest

from core.knowledge import KnowledgeError
from triage import Person, experience, learning
from triage.experience import Experience
from triage.learning import Told, ToldComplaints, ToldElse, ToldEmergencies

COMPLAINTS = """
- id: brief_trial
  departments: [眼科]
  complaints: [眼睛红, 眼睛痒]
  source: 《眼科学》第9版
"""
EMERGENCIES = """
- id: rf_A02
  fires: [胸口压得慌一身冷汗]
  silent: [没有胸痛]
  source: 《急诊预检分诊专家共识(2018)》
"""
ELSE = "- {id: else_thanks, said: [谢谢], source: 自拟（日常说法）}\n"

MISTAKES = {
    "an unknown department": ("complaints/a.yml", COMPLAINTS.replace("眼科]", "眼睛科]"), "眼睛科 is not a standard"),
    "no complaint": ("complaints/a.yml", COMPLAINTS.replace("[眼睛红, 眼睛痒]", "[]"), "至少要 1 个"),
    "an impossible age": ("complaints/a.yml", COMPLAINTS + "  age_from: 9\n  age_to: 3\n", "age_from must be below"),
    "a strange id": ("complaints/a.yml", COMPLAINTS.replace("brief_trial", "trial"), "格式应为"),
    "no source": ("emergencies/a.yml", EMERGENCIES.replace("source", "sauce"), "没有这一项"),
    "no red flag": ("emergencies/a.yml", EMERGENCIES.replace("rf_A02", "heart"), "格式应为"),
    "nothing said": ("else/a.yml", ELSE.replace("[谢谢]", "[]"), "至少要 1 个"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (
        ("complaints/a.yml", COMPLAINTS),
        ("emergencies/a.yml", EMERGENCIES),
        ("else/a.yml", ELSE),
    ):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_sound_sentences_are_taken(folder: Path) -> None:
    told = learning.told(folder)
    assert told.complaints[0].complaints == ("眼睛红", "眼睛痒")
    assert told.emergencies[0].silent == ("没有胸痛",)


@pytest.mark.parametrize(("file", "text", "cause"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_with_its_file(folder: Path, file: str, text: str, cause: str) -> None:
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        learning.told(folder)
    assert cause in str(caught.value)
    assert all(fault.file == folder / file for fault in caught.value.faults)


@pytest.fixture(scope="module")
def learned() -> Experience:
    """From a handful of sentences, each told a few times in other words."""
    source = "《试验指南》"
    return learning.learn(
        Told(
            complaints=(
                ToldComplaints(id="brief_eye", departments=("眼科",), complaints=("眼睛红", "眼睛痒", "眼睛疼"), source=source),
                ToldComplaints(id="brief_knee", departments=("骨科",), complaints=("膝盖疼", "膝盖肿", "膝盖响"), source=source),
            ),
            emergencies=(
                ToldEmergencies(
                    id="rf_A02", fires=("胸口压得慌一身冷汗", "胸口压着一身汗"), silent=("胸口有点痒", "没出汗"), source=source
                ),
                ToldEmergencies(
                    id="rf_B01", fires=("嘴歪了说不清", "嘴歪手没劲"), silent=("说话清楚", "嘴里没味"), source=source
                ),
            ),
            others=(ToldElse(id="else_thanks", said=("谢谢大夫", "多谢大夫", "谢谢您"), source=source),),
        )
    )  # fmt: skip


def test_a_complaint_like_those_told_goes_where_they_went(learned: Experience) -> None:
    shares, knows = learned.departments(["眼睛又红"], Person(age=40))
    assert max(shares, key=shares.__getitem__) == "眼科"
    assert knows > 0


def test_traditional_characters_are_read_as_simplified(learned: Experience) -> None:
    assert learned.departments(["謝謝大夫"], Person()) == learned.departments(["谢谢大夫"], Person())


def test_an_emergency_like_those_told_sounds_like_one_and_is_named(learned: Experience) -> None:
    assert learned.alarming(["胸口压得难受一身汗"], (), {}) > learned.alarming(["谢谢大夫"], (), {})
    assert learned.criterion(["嘴歪了"], (), {}, {"rf_A02", "rf_B01"})[0] == "rf_B01"
    assert learned.criterion(["嘴歪了"], (), {}, {"rf_A02"})[0] == "rf_A02"


def test_what_was_stored_is_read_back(learned: Experience, tmp_path: Path) -> None:
    file = tmp_path / "experience.npz"
    file.write_bytes(experience.to_bytes(learned, "of this"))
    assert experience.made_from(file) == "of this"
    again = experience.load({"謝": "谢"}, file)
    assert again.alarming(["胸口压"], (), {}) == pytest.approx(learned.alarming(["胸口压"], (), {}), abs=0.05)


def test_what_was_never_learned_stops_triage_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"run \./banzhen train"):
        experience.load({}, tmp_path / "experience.npz")
    (tmp_path / "damaged.npz").write_bytes(b"PK nonsense")
    with pytest.raises(KnowledgeError, match=r"run \./banzhen train"):
        experience.load({}, tmp_path / "damaged.npz")
    assert not learning.is_learned(tmp_path / "damaged.npz")


def test_nothing_is_said_of_words_that_are_not_chinese(learned: Experience) -> None:
    assert learned.alarming([], (), {}) == 0
    assert learned.alarming(["he is not breathing"], (), {}) == 0
