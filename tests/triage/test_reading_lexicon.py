"""The loader refuses every mistake in the words, with file, line and cause; and the dictionary for jieba."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.knowledge import KnowledgeError
from triage import lexicon
from triage.dictionary import user_dictionary

TAIL = "\n  source: 测试\n"
GOOD_SYMPTOM = "- id: zz_test\n  term: 测试症\n  kind: symptom\n  forms: [测测疼]" + TAIL


#: A small sound room of words: every kind of file, few entries, because each mistake loads them anew.
SOUND = {
    "symptoms/general.yml": (
        "- {id: fever, term: 发热, kind: sign, forms: [发烧], source: 测试}\n"
        "- {id: diarrhoea, term: 腹泻, kind: symptom, forms: [拉肚子], source: 测试}\n"
        "- {id: bellyache, term: 腹痛, kind: symptom, implies: [疼痛], source: 测试}\n"
        "- {id: ache, term: 疼痛, kind: symptom, source: 测试}\n"
        "- {id: temperature_value, term: 体温, kind: vital, source: 测试}\n"
    ),
    "wordings/general.yml": "- {id: say_runs, term: 腹泻, ways: [跑了…厕所], source: 测试}\n",
    "history.yml": "- {id: diabetes, term: 糖尿病, kind: disease, source: 测试}\n",
    "body_parts.yml": (
        "- {id: belly, name: 肚子, forms: [肚子, 小肚子], terms: {pain: 腹痛}, source: 测试}\n"
    ),
    "sensations.yml": "- {id: pain, default: 疼痛, alone: true, forms: [疼, 痛], source: 测试}\n",
    "cues.yml": "- {id: neg_have, kind: negation, scope: clause, forms: [没有], source: 测试}\n",
    "emergency_cues.yml": "- {id: amount_much, kind: amount, value: 8, forms: [一大滩], source: 测试}\n",
    "emergency_signs.yml": "- {id: in_doubt, terms: [发热], source: 测试}\n",
    "measurements.yml": (
        "- {id: temperature, term: 体温, unit: 度, words: [体温], units: [度], plausible: [34, 43],"
        " source: 测试}\n"
    ),
    "ordinary.yml": "- {id: warm_day, terms: [发热], when: [大热天], unless: [烧], source: 测试}\n",
    "characters.yml": "pairs: 頭头\nsource: 测试\n",
    "sounds.yml": "pairs: 腾疼\nsource: 测试\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small room, to break."""
    for name, text in SOUND.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _add(folder: Path, file: str, text: str) -> None:
    with (folder / file).open("a", encoding="utf-8") as handle:
        handle.write(text)


def test_a_good_entry_is_taken(folder: Path) -> None:
    _add(folder, "symptoms/general.yml", GOOD_SYMPTOM)
    words = lexicon.load(folder)
    assert words.forms["拉肚子"] == "腹泻"
    assert words.forms["测测疼"] == "测试症"
    assert words.terms["测试症"].label == "测试症"


@pytest.mark.parametrize(
    ("file", "text", "cause"),
    [
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("测试症", "发热"), "already defined"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("测测疼", "拉肚子"), "already belongs to 腹泻"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("zz_test", "fever"), "already used"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("kind: symptom", "kind: feeling"), "只能是"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("forms:", "froms:"), "没有这一项"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("\n  source: 测试", ""), "没有填"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("测试症", ""), "应为文字"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("zz_test", "ZZ-test"), "格式应为"),
        (
            "symptoms/general.yml",
            GOOD_SYMPTOM.replace("forms: [测测疼]", "implies: [没有的症]"),
            "not a term",
        ),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("forms: [测测疼]", "patterns: [测疼]"), "both sides"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("forms: [测测疼]", "patterns: [测…]"), "both sides"),
        ("symptoms/general.yml", GOOD_SYMPTOM.replace("  kind", "  kind: symptom\n  kind"), "出现了两次"),
        ("history.yml", "- id: zz\n  term: 糖尿病\n  kind: disease" + TAIL, "already defined"),
        ("history.yml", "- id: zz\n  term: 测试药\n  kind: symptom" + TAIL, "只能是"),
        (
            "body_parts.yml",
            "- id: zz\n  name: 测\n  forms: [测部]\n  terms: {pain: 没有的症}" + TAIL,
            "not a term",
        ),
        (
            "body_parts.yml",
            "- id: zz\n  name: 测\n  forms: [测部]\n  terms: {sting: 腹痛}" + TAIL,
            "not a sensation",
        ),
        (
            "body_parts.yml",
            "- id: zz\n  name: 测\n  forms: [肚子]\n  terms: {pain: 腹痛}" + TAIL,
            "already belongs to belly",
        ),
        ("body_parts.yml", "- id: zz\n  name: 测\n  forms: []\n  terms: {pain: 腹痛}" + TAIL, "至少要 1"),
        ("sensations.yml", "- {id: zz, default: 没有的症, forms: [测感], source: 测试}\n", "not a term"),
        (
            "sensations.yml",
            "- {id: zz, default: 疼痛, forms: [疼], source: 测试}\n",
            "already belongs to pain",
        ),
        ("cues.yml", "- id: zz\n  kind: perhaps\n  forms: [测]" + TAIL, "只能是"),
        ("cues.yml", "- id: zz\n  kind: negation\n  scope: page\n  forms: [测]" + TAIL, "只能是"),
        (
            "cues.yml",
            "- id: zz\n  kind: severity\n  value: 11\n  forms: [测]" + TAIL,
            "不能大于 10",
        ),
        (
            "measurements.yml",
            "- id: zz\n  term: 没有的症\n  unit: 1\n  words: [测]\n  units: []\n  plausible: [0, 1]" + TAIL,
            "应为文字",
        ),
        (
            "measurements.yml",
            "- id: zz\n  term: 没有的症\n  unit: 度\n  words: [测]\n  units: []\n  plausible: [0, 1]" + TAIL,
            "not a term",
        ),
    ],
)
def test_a_mistake_is_refused(folder: Path, file: str, text: str, cause: str) -> None:
    _add(folder, file, text)
    with pytest.raises(KnowledgeError) as error:
        lexicon.load(folder)
    assert cause in str(error.value)
    assert any(fault.file.name == Path(file).name and fault.line > 1 for fault in error.value.faults)


def test_a_character_pair_of_three_is_refused(folder: Path) -> None:
    (folder / "characters.yml").write_text("pairs: 頭头 腦脑子\nsource: 测试\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="腦脑子"):
        lexicon.load(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "cues.yml").unlink()
    with pytest.raises(KnowledgeError, match=r"cues\.yml.*找不到这个文件"):
        lexicon.load(folder)


def test_the_room_knows_enough_words() -> None:
    words = lexicon.load()
    assert len(words.finding_terms) >= 250
    assert len(words.forms) >= 1500
    assert all(wider in words.terms for name in words.terms for wider in words.terms[name].wider)


def test_the_dictionary_is_what_jieba_reads() -> None:
    lines = user_dictionary(lexicon.load())
    assert lines == sorted(set(lines))
    assert len(lines) > 1500
    for line in lines:
        word, frequency, tag = line.split(" ")
        assert 2 <= len(word) <= 8
        assert frequency.isdigit()
        assert tag in {"nsym", "nbody", "nhist"}
