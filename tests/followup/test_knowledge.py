"""The knowledge is whole, and every mistake in it is reported."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from core.errors import BanzhenError
from core.knowledge import KnowledgeError
from followup.knowledge import FOLDER, GENERAL, MOST_QUESTIONS, load
from tests.followup.conftest import KNOWLEDGE


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("topics/general.yml", "  source: NRS", "  sauce: NRS", "没有这一项"),
        ("topics/general.yml", "  source: NRS", "  note: NRS", "没有填"),
        ("topics/general.yml", "- id: pain\n", "- id: fever\n", "already used"),
        ("topics/general.yml", "    - id: pain_bad", "    - id: fever", "two findings"),
        ("topics/general.yml", "at_least: 40.0, ", "at_least: 40.0, below: 3, ", "exactly one of"),
        ("topics/general.yml", "severity: RED, why: 体温", "severity: PINK, why: 体温", "RED"),
        ("topics/general.yml", "反复烧", "'反复(烧'", "not a regular expression"),
        ("pathways/general.yml", "day: 2,", "day: 5,", "within 3 days"),
        ("pathways/general.yml", "day: 30,", "day: 7,", "days must rise"),
        (
            "pathways/general.yml",
            "[wellbeing, temperature",
            "[no_such, temperature",
            "unknown question no_such",
        ),
        ("pathways/general.yml", '["09:00", "17:00"]', '["17:00", "09:00"]', "ends before it starts"),
        ("pathways/general.yml", "id: general_discharge", "id: something_else", "general pathway is missing"),
        ("pathways/surgery.yml", "jaundice: AMBER", "jaundize: AMBER", "unknown finding jaundize"),
        ("questions.yml", "kind: number", "kind: maybe", "number"),
        ("cues.yml", "breaks:", "brakes:", "没有这一项"),
    ],
)
def test_a_mistake_is_reported_with_its_place(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    assert words in str(error.value)


def test_contacts_ask_few_short_questions() -> None:
    for pathway in KNOWLEDGE.pathways:
        for contact in pathway.contacts:
            assert len(contact.questions) <= MOST_QUESTIONS < 10
            for question_id in contact.questions:
                question = KNOWLEDGE.question(pathway, question_id)
                assert len(question.text) <= 60
                assert len(question.options) <= 4
                assert len({option.title for option in question.options}) == len(question.options)


def test_worrying_options_have_a_reason_and_red_ones_say_what_to_do() -> None:
    for pathway in KNOWLEDGE.pathways:
        for question in [*pathway.questions, *KNOWLEDGE.bank.values()]:
            for option in question.options:
                if option.severity.value in {"RED", "AMBER"}:
                    assert option.why, (pathway.id, option.title)
                if option.severity.value == "RED":
                    assert option.tell, (pathway.id, option.title)


def test_every_pathway_names_its_danger_signs_and_where_to_go() -> None:
    for pathway in KNOWLEDGE.pathways:
        assert "120" in pathway.danger or "急诊" in pathway.danger
        assert pathway.closing.endswith("。")


def test_nothing_is_offered_that_no_channel_can_take() -> None:
    """No channel takes pictures or voice messages."""
    for file in sorted(FOLDER.rglob("*.yml")):
        assert not re.search("照片|拍照|发图|图片|视频|语音", file.read_text(encoding="utf-8")), file


def test_a_pathway_that_does_not_exist_is_told_apart_from_the_general_one() -> None:
    assert KNOWLEDGE.named("剖宫产").id == KNOWLEDGE.pathway("剖宫产").id
    assert KNOWLEDGE.named("通用").id == GENERAL
    with pytest.raises(BanzhenError) as error:
        KNOWLEDGE.named("量子手术")
    assert "量子手术" in error.value.message and KNOWLEDGE.pathways[0].name in error.value.message
