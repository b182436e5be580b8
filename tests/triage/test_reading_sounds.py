"""Words misheard by voice input are read as meant, and words that are none are left alone."""

from __future__ import annotations

import pytest

from tests import loaded
from triage.reading.matching import Matcher
from triage.reading.sounds import Sounds

SOUNDS = Sounds(loaded.words(), Matcher(loaded.words()).words)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("肚子腾两天", "肚子疼两天"),
        ("喉笼痛", "喉咙痛"),
        ("一直咳凑", "一直咳嗽"),
        ("有谈咳不出", "有痰咳不出"),
        ("胸门三天", "胸闷三天"),
        ("孩子起湿诊", "孩子起湿疹"),
    ],
)
def test_what_was_misheard_is_mended(heard: str, meant: str) -> None:
    assert SOUNDS.mend(heard) == meant


@pytest.mark.parametrize(
    "text",
    [
        "肚子同意检查",
        "双腿同时疼",
        "皮肤养护",
        "货运车",
        "我妈妈马上来",
        "投篮后头疼",
        "打了新冠疫苗",
        "谢谢医生",
        "门诊几点开门",
        "体温正常",
        "兄弟俩都发烧",
        "账单在哪看",
        "后背疼",
        "心急火燎地赶来",
    ],
)
def test_what_makes_sense_is_left_alone(text: str) -> None:
    assert SOUNDS.mend(text) == text
