"""Small readings of words that decide something: a plain yes, a rating."""

from __future__ import annotations

import pytest

from actions.booking import says_yes
from actions.feedback import rating_in


@pytest.mark.parametrize(
    "text",
    [
        "确认预约",
        "确认",
        "好的",
        "嗯嗯，好",
        "行",
        "可以的",
        "对",
        "没问题",
        "OK",
        "就这个吧",
        "好的，确认",
        "要",
    ],
)
def test_a_plain_yes_confirms(text: str) -> None:
    assert says_yes(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "不",
        "不确认",
        "不好",
        "好像不行",
        "确认一下时间是几点",
        "好的但是换个医生",
        "可以改到下午吗",
        "先不约了",
        "没",
        "要不换一天",
        "是哪个医生",
        "啦啦啦",
        "好贵啊",
    ],
)
def test_anything_else_does_not(text: str) -> None:
    assert not says_yes(text)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("打五分", 5), ("4分", 4), ("给个3星吧", 3), ("10分", 5), ("90分", 4), ("非常满意", 5), ("不满意", 2),
        ("非常不满意", 1), ("一般", 3), ("挺好的医生", None), ("", None),
    ],
)  # fmt: skip
def test_a_rating_is_read_from_words(text: str, score: int | None) -> None:
    assert rating_in(text) == score
