"""One broken file for each mistake that the loader must notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.knowledge import Entry, KnowledgeError, Places, load_document, load_entries


class Fact(Entry):
    id: str
    text: str
    weight: float = 1.0


GOOD = "- id: a\n  text: 甲\n  source: 教科书\n"


@pytest.mark.parametrize(
    ("content", "line", "where", "said"),
    [
        ("- id: a\n  text: 甲\n", 1, "a.source", "没有填"),
        ("- id: a\n  text: 甲\n  source: ''\n", 3, "a.source", "至少要 2"),
        (GOOD + "  txet: 乙\n", 4, "a.txet", "没有这一项"),
        (GOOD + "  text: 乙\n", 4, "text", "出现了两次"),
        (GOOD + GOOD, 4, "a", "already used"),
        (GOOD + "  weight: heavy\n", 4, "a.weight", "应为数字"),
        (GOOD + "  review: {status: signd}\n", 4, "a.review.status", "draft"),
        ("- id: [\n", 2, "yaml", "expected"),
        ("id: a\n", 1, "file", "list"),
        ("", 1, "file", "文件是空的"),
    ],
)
def test_each_mistake_is_reported_with_file_line_and_place(
    tmp_path: Path, content: str, line: int, where: str, said: str
) -> None:
    file = tmp_path / "facts.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(KnowledgeError) as error:
        load_entries(file, Fact)
    (fault, *_) = error.value.faults
    assert fault.file == file
    assert fault.line == line
    assert where in fault.where
    assert said in fault.message


def test_every_fault_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text("- id: a\n  text: 甲\n", encoding="utf-8")
    (tmp_path / "two.yml").write_text("- id: b\n  source: 教科书\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as error:
        load_entries(tmp_path, Fact)
    assert [fault.file.name for fault in error.value.faults] == ["one.yml", "two.yml"]


def test_bytes_that_are_no_text_and_a_missing_file_are_faults_too(tmp_path: Path) -> None:
    (tmp_path / "gbk.yml").write_bytes("- id: 甲".encode("gbk"))
    for name in ("gbk.yml", "none.yml"):
        with pytest.raises(KnowledgeError) as error:
            load_document(tmp_path / name, Fact)
        assert error.value.faults[0].where == "file"


def test_a_good_file_is_read_with_its_review_open(tmp_path: Path) -> None:
    file = tmp_path / "facts.yml"
    file.write_text(GOOD, encoding="utf-8")
    (fact,) = load_entries(file, Fact)
    assert (fact.id, fact.text, fact.review.status) == ("a", "甲", "draft")


def test_an_entry_is_found_in_its_own_part_in_either_style(tmp_path: Path) -> None:
    (tmp_path / "conditions").mkdir()
    (tmp_path / "conditions" / "a.yml").write_text("- id: gout\n  term: 痛风\n", encoding="utf-8")
    (tmp_path / "rules.yml").write_text("# 规则\n- {id: gout, title: 痛风}\n", encoding="utf-8")
    places = {part: Places(tmp_path, (part,)) for part in ("conditions", "rules.yml", "nowhere")}
    faults = [place.fault("gout", "wrong") for place in places.values()]
    assert [(fault.file.name, fault.line) for fault in faults] == [
        ("a.yml", 1), ("rules.yml", 2), (tmp_path.name, 1),
    ]  # fmt: skip
    assert Places(tmp_path).fault("痛风", "wrong", key="term").line == 2
