"""What is said while an emergency is open: better or not, help there or only meant."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from actions.after_emergency import _help_key
from actions.staff import asked_for


def turn(text: str) -> Any:
    topics: dict[str, dict[str, Any]] = {}
    return cast(Any, SimpleNamespace(text=text, topic=lambda name: topics.setdefault(name, {})))


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("血还没止住", "not_better"),
        ("吃了药也不缓解", "not_better"),
        ("还没醒过来", "not_better"),
        ("好多了", "better"),
        ("血止住了", "better"),
        ("已经到医院了", "arrived"),
        ("在去医院的路上", "on_the_way"),
        ("打了120了", "called"),
        ("准备到医院", None),
        ("没人送医院", None),
        ("我不在医院", None),
    ],
)
def test_the_sentence_fits_where_help_is(said: str, key: str | None) -> None:
    assert _help_key(turn(said), by_the_way=False) == key


@pytest.mark.parametrize("said", ["转人工", "找个工作人员", "我要人工客服"])
def test_a_person_is_asked_for(said: str) -> None:
    assert asked_for(said)


@pytest.mark.parametrize("said", ["我要人工流产", "想换人工关节", "不用转人工"])
def test_other_words_ask_for_nobody(said: str) -> None:
    assert not asked_for(said)
