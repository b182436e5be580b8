"""The question retriever."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.retrieval import Comparer, Retriever

ENTRIES = [
    ("parking", ["哪里可以停车", "停车怎么收费", "有地下车库吗", "车位满了怎么办", "停车费多少钱"]),
    ("canteen", ["食堂在哪里", "食堂几点开饭", "哪里可以吃饭", "怎么订病号饭", "食堂早饭几点"]),
    ("report", ["报告在哪里拿", "化验单怎么打印", "几天出结果", "检查结果怎么取", "报告怎么打印"]),
    ("wheelchair", ["轮椅在哪里借", "借轮椅要押金吗", "有没有平车", "老人走不动有推车吗", "怎么借轮椅"]),
]
OTHERS = ["今天天气怎么样", "我头疼两天了", "帮我写首诗", "股票还能买吗", "你吃饭了没有"]


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return Retriever(ENTRIES, others=OTHERS, synonyms={"泊车": "停车", "化验报告": "化验单"})


@pytest.mark.parametrize(("asked", "key"), [(text, key) for key, texts in ENTRIES for text in texts])
def test_every_phrasing_finds_its_own_topic(retriever: Retriever, asked: str, key: str) -> None:
    assert retriever.ranked(asked, 1)[0].key == key


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("请问一下停车怎么收费呢", "parking"),
        ("我想问一下，食堂几点开饭啊，谢谢", "canteen"),
        ("收费停车怎么", "parking"),
        ("化验单怎么打应", "report"),
        ("你好，我妈腿脚不好，今天下午要来复查，想借轮椅，轮椅在哪里借", "wheelchair"),
        ("泊车怎么收费", "parking"),
        ("停車怎麼收費？", "parking"),
    ],
)
def test_fillers_order_typos_and_long_messages_do_not_matter(
    retriever: Retriever, asked: str, key: str
) -> None:
    assert retriever.ranked(asked, 1)[0].key == key


def test_polite_words_change_nothing(retriever: Retriever) -> None:
    plain, polite = (retriever.ranked(text, 1)[0] for text in ("停车费多少钱", "请问停车费多少钱呢"))
    assert plain == polite


@pytest.mark.parametrize("text", ["", "   ", "？？？", "😀😀", "Ω≈ç√", "zzzz"])
def test_nothing_in_common_matches_nothing(retriever: Retriever, text: str) -> None:
    assert retriever.best(text) is None


def test_a_strange_sentence_is_less_certain_than_a_known_one(retriever: Retriever) -> None:
    strange = retriever.ranked("今天股票怎么样", 1)
    assert not strange or strange[0].confidence < retriever.ranked("停车费多少", 1)[0].confidence


def test_the_threshold_decides_what_is_answered() -> None:
    careful = Retriever(ENTRIES, others=OTHERS, threshold=1.0)
    assert careful.best("停车费多少钱") is None
    assert Retriever(ENTRIES, others=OTHERS, threshold=0.0).best("停车费多少钱") is not None


def test_only_the_keys_in_question_are_ranked(retriever: Retriever) -> None:
    ranked = retriever.ranked("停车怎么收费", 5, among={"canteen", "report"})
    assert {match.key for match in ranked} == {"canteen", "report"}


def test_ranking_is_by_confidence_and_complete(retriever: Retriever) -> None:
    ranked = retriever.ranked("食堂在哪里停车", 10)
    assert len(ranked) == len(ENTRIES)
    assert [match.confidence for match in ranked] == sorted(
        (match.confidence for match in ranked), reverse=True
    )


@given(st.text(max_size=600))
@settings(deadline=None)
def test_any_text_is_survived(text: str) -> None:
    for match in _SHARED.ranked(text, 4):
        assert 0 <= match.confidence <= 1


def test_ten_thousand_characters_are_cut(retriever: Retriever) -> None:
    assert retriever.ranked("停车怎么收费" + "啊呀" * 5000, 1)[0].key == "parking"


def test_two_retrievers_of_the_same_knowledge_agree() -> None:
    first, second = (Retriever(ENTRIES, others=OTHERS) for _ in range(2))
    assert first.ranked("停车费", 4) == second.ranked("停车费", 4)


@pytest.mark.parametrize(
    "entries", [[], [("one", ["问"])], [("one", ["问"]), ("one", ["答"])], [("one", ["问"]), ("two", [])]]
)
def test_nonsense_entries_are_refused(entries: list[tuple[str, list[str]]]) -> None:
    with pytest.raises(ValueError, match="topic"):
        Retriever(entries)


def test_likeness_is_one_with_itself_and_symmetric() -> None:
    comparer = Comparer([["糖尿病能吃西瓜吗"], ["高血压吃什么药"]])
    assert comparer.between("糖尿病能吃西瓜吗", "糖尿病能吃西瓜吗") == pytest.approx(1)
    assert comparer.between("糖尿病吃药", "高血压吃药") == comparer.between("高血压吃药", "糖尿病吃药")


_SHARED = Retriever(ENTRIES, others=OTHERS)
