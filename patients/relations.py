"""Relation words: 我妈, 老伴, 闺女 → one canonical word."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from core.knowledge import Entry, load_entries

SELF = "本人"
OTHER = "其他亲属"

#: Words of wonder that contain a relation word and mean nobody.
_EXCLAMATION = re.compile(r"妈呀|我的妈|妈耶|我滴妈|他妈的|奶奶的|爹呀")
#: How elders and strangers address whoever answers: 闺女，我跟你说; 姑娘帮我挂个号.
#: Nobody's relative is meant.
_ADDRESS = re.compile(
    r"(?<![我俺的他她给帮替])(?:闺女|姑娘|丫头|小姑娘|孩子|大姐|大哥|姐姐|妹妹|小妹|老弟|阿姨|叔叔)"
    r"(?:啊|呀|哎|诶|呐|哟|啦)?[，,。！! ]*"
    r"(?=(?:我(?!家)|俺|你|您|帮我|给我|替我|麻烦|请问))"
)
#: Right after these words a relation says who speaks, not who is meant: 我是他女儿, 我是孩子妈妈.
_SPEAKER = re.compile(r"我是(?:他|她|患者|病人|老人家?)?的?亲?$")
#: Whose relative → which relative → who that is to the speaker.
_CHAINS = {
    ("母亲", "母亲"): "外婆",
    ("母亲", "父亲"): "外公",
    ("父亲", "母亲"): "奶奶",
    ("父亲", "父亲"): "爷爷",
    ("丈夫", "母亲"): "婆婆",
    ("丈夫", "父亲"): "公公",
    ("妻子", "母亲"): "岳母",
    ("妻子", "父亲"): "岳父",
    ("孩子", "母亲"): "妻子",
    ("孩子", "父亲"): "丈夫",
    ("儿子", "儿子"): "孙子",
    ("儿子", "女儿"): "孙女",
    ("女儿", "儿子"): "孙子",
    ("女儿", "女儿"): "孙女",
}


class _Relation(Entry):
    id: str
    sex: Literal["男", "女"] | None = None
    words: tuple[str, ...]


@cache
def _relations() -> tuple[_Relation, ...]:
    return tuple(load_entries(Path(__file__).parent / "knowledge" / "relations.yml", _Relation))


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    meaning = {word: relation.id for relation in _relations() for word in relation.words}
    words = sorted(meaning, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words))), meaning


def parse_relation(text: str) -> str | None:
    """Who a message is about, as a canonical relation (母亲, 配偶, 孩子, 本人 …); None if it names nobody.

    "我老公的妈妈" is 婆婆; a chain that has no word of its own is 其他亲属, never the nearer person.
    """
    pattern, meaning = _pattern()
    heard = _ADDRESS.sub("", _EXCLAMATION.sub("", text))
    matches = list(pattern.finditer(heard))
    if matches and _SPEAKER.search(heard[: matches[0].start()]):
        # 我是孩子的妈妈: the child is meant, whoever speaks.
        if len(matches) > 1 and heard[matches[0].end() : matches[1].start()] == "的":
            return meaning[matches[0][0]]
        del matches[0]
    if not matches:
        return None
    found, end = meaning[matches[0][0]], matches[0].end()
    for match in matches[1:]:
        if match.string[end : match.start()] != "的":
            break
        found, end = _CHAINS.get((found, meaning[match[0]]), OTHER), match.end()
    return found


def relation_sex(relation: str) -> str | None:
    """男 or 女 if the relation tells it."""
    return next((one.sex for one in _relations() if one.id == relation), None)


def relation_names() -> tuple[str, ...]:
    """All canonical relations, 本人 first."""
    return tuple(one.id for one in _relations())
