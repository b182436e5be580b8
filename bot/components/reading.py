"""How a message is read before its intent is guessed: spoken variants become one form, words become kinds.

Only the standard library: the tests run it without Rasa.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Dict, Iterable, List, Mapping

#: The longest word looked up; longer ones are phrases.
_LONGEST = 10
_NUMERALS = "0-9零一二两三四五六七八九十百"
#: Seven or more digits or placeholder signs: a phone, card or ID number.
_PERSONAL_NUMBER = re.compile(r"[0-9x*×]{7,}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_REPEATED = re.compile(r"(.)\1{2,}")
_PAUSE = re.compile(r"[，,。.；;、~～…\s]+")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董程曹袁邓许沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴夏钟汪田姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤"
#: What a stretch of text is, whatever its words: (pattern, kind). Applied in this order.
_KINDS = (
    (re.compile(f"[{_SURNAMES}](医生|主任|教授|专家|医师)"), "<doctor>"),
    (re.compile("大后天|今天|明天|后天|昨天|前天"), "<day>"),
    (
        re.compile(
            f"[上下这本]?个?(星期|周)[一二三四五六日天]|[{_NUMERALS}]+月(份|[{_NUMERALS}]+[号日])?|[{_NUMERALS}]+[号日]"
        ),
        "<day>",
    ),
    (re.compile(f"上午|下午|早上|晚上|中午|傍晚|[{_NUMERALS}]+点(半|钟)?"), "<hour>"),
)
_QUANTITY = re.compile(f"[{_NUMERALS}]+(度|分|颗?星|毫升|片|粒|次|天|年|斤|公斤)?")
#: A kind or a quantity with its unit, already put in place of the words.
_MARK = re.compile(r"<[a-z]+>|#[^#<]?")


def words_of(files: Iterable[Path]) -> Dict[str, str]:
    """Word → kind, from lines `word … kind`."""
    lines = [line.split() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {line[0]: line[-1] for line in lines if len(line) > 1 and line[0] != "#"}


class Reader:
    """Turns a message into the signs that the classifier counts."""

    def __init__(self, words: Mapping[str, str], variants: Mapping[str, str]) -> None:
        """`words`: word → kind. `variants`: dialect words and traditional characters → how we write them."""
        self.variants = dict(variants)
        self._characters = {ord(old): new for old, new in variants.items() if len(old) == 1 == len(new)}
        longer = {
            old.translate(self._characters): new
            for old, new in variants.items()
            if len(old) > 1 or len(new) > 1
        }
        spoken = sorted(longer.items(), key=lambda pair: -len(pair[0]))
        self._spoken = dict(spoken)
        self._pattern = re.compile("|".join(re.escape(old) for old, _ in spoken) or r"(?!)")
        #: Written as messages are after `normal`.
        self.words = {self.normal(word): kind for word, kind in words.items()}

    def normal(self, text: str) -> str:
        """One way of writing for width, case, traditional characters, dialect, numbers and pauses."""
        text = unicodedata.normalize("NFKC", text).lower().translate(self._characters)
        text = _NUMBER.sub("0", _PERSONAL_NUMBER.sub("⑨", text))
        text = _PAUSE.sub(" ", _REPEATED.sub(r"\1\1", text)).strip()
        return self._pattern.sub(lambda found: self._spoken[found.group()], text)

    def signs(self, normal: str) -> List[str]:
        """The characters of a normal text, known words replaced by their kind."""
        for pattern, kind in _KINDS:
            normal = pattern.sub(kind, normal)
        normal = _QUANTITY.sub(_quantity, normal)
        found: List[str] = []
        at = 0
        while at < len(normal):
            for length in range(min(_LONGEST, len(normal) - at), 0, -1):
                kind_of = self.words.get(normal[at : at + length])
                if kind_of:
                    found.append(kind_of)
                    at += length
                    break
            else:
                marked = _MARK.match(normal, at)
                found.append(marked.group() if marked else normal[at])
                at += len(found[-1])
        return found

    def features(self, text: str) -> List[List[str]]:
        """Three bags: runs of 1–3 characters, runs of 1–3 signs, and pairs of signs with a gap."""
        normal = self.normal(text)
        characters = ["^", *normal, "$"]
        signs = ["^", *self.signs(normal), "$"]
        return [_runs(characters, 3), _runs(signs, 3), _gapped(signs)]


def _quantity(found: "re.Match[str]") -> str:
    # A single Chinese numeral without a unit is more often part of a word: 一下, 第二.
    if found.group() != "0" and len(found.group()) == 1:
        return found.group()
    return "#" + (found.group(1) or "")


def _runs(signs: List[str], longest: int) -> List[str]:
    return [
        " ".join(signs[at : at + size])
        for size in range(1, longest + 1)
        for at in range(len(signs) - size + 1)
    ]


def _gapped(signs: List[str]) -> List[str]:
    return [f"{left}~{right}" for at, left in enumerate(signs) for right in signs[at + 2 : at + 5]]
