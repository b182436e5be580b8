"""Relation words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients import parse_relation, relation_names, relation_sex


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("给我妈挂号", "母亲"),
        ("俺娘", "母亲"),
        ("我爸", "父亲"),
        ("老伴", "配偶"),
        ("我闺女", "女儿"),
        ("孩子", "孩子"),
        ("我家娃", "孩子"),
        ("爷爷", "爷爷"),
        ("姥姥", "外婆"),
        ("丈母娘", "岳母"),
        ("外孙女", "孙女"),
        ("儿媳妇", "儿媳"),
        ("我媳妇儿", "妻子"),
        ("孩子他爸", "丈夫"),
        ("我老公的妈妈", "婆婆"),
        ("帮我儿子的女儿挂", "孙女"),
        ("我同事的孩子", "其他亲属"),
        ("给自己挂", "本人"),
        ("妈呀好疼", None),
        ("挂个号", None),
        ("哎呀闺女啊我跟你说我这个腿疼", None),
        ("姑娘，帮我挂个号", None),
        ("闺女，我儿子发烧了", "儿子"),
        ("大姐麻烦您给我妈挂个号", "母亲"),
        ("我闺女，帮我挂个号", "女儿"),
        ("孩子发烧了", "孩子"),
        ("我是他女儿，我爸不会用手机", "父亲"),
        ("我是患者的儿子", None),
        ("我是孩子的妈妈", "孩子"),
        ("我是孩子妈，孩子发烧", "孩子"),
    ],
)
def test_a_relation_is_understood(text: str, relation: str | None) -> None:
    assert parse_relation(text) == relation


def test_a_relation_may_tell_the_sex() -> None:
    assert relation_sex("母亲") == "女"
    assert relation_sex("儿子") == "男"
    assert relation_sex("孩子") is None
    assert relation_sex("没有这种") is None


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_gives_a_known_relation_or_none(text: str) -> None:
    assert parse_relation(text) in {None, *relation_names()}
