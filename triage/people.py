"""Who the patient is: the stage of life as far as the case tells, and what follows from it.

A child is often known only by a word ("宝宝", "我家娃"), so the words of the complaint are looked at when
no age was said. Ages are in years.
"""

from __future__ import annotations

from enum import StrEnum

from triage.model import Case

#: 28 days, the end of the newborn period (《儿科学》第9版), in years.
NEWBORN_UNTIL = 28 / 365
ADULT_FROM = 18.0


class Stage(StrEnum):
    NEWBORN = "newborn"
    INFANT = "infant"
    CHILD = "child"
    YOUNG = "young"
    MIDDLE = "middle"
    OLD = "old"


#: First age in years of each stage, youngest first.
_STAGES = (
    (0.0, Stage.NEWBORN),
    (NEWBORN_UNTIL, Stage.INFANT),
    (1.0, Stage.CHILD),
    (15.0, Stage.YOUNG),
    (40.0, Stage.MIDDLE),
    (65.0, Stage.OLD),
)

_NEWBORN_WORDS = (
    "新生儿", "刚出生", "刚生下来", "才出生", "月子里的宝宝", "月子里的娃", "月子里的孩子", "月子里的小孩",
    "未满月", "没满月", "还没满月", "月子里的宝", "月窝娃", "月母娃",
)  # fmt: skip
_CHILD_WORDS = (
    "宝宝", "宝贝", "小宝", "大宝", "娃娃", "孩子", "小孩", "小家伙",
    "小朋友", "婴儿", "幼儿", "儿童", "小儿", "娃",
    "儿子", "女儿", "闺女", "孙子", "孙女", "外孙", "囡囡", "崽", "上幼儿园", "小学生", "少儿", "患儿",
    "小妮", "妮儿", "小毛头", "小囡", "幺儿", "伢儿", "小不点", "小祖宗", "孙儿", "奶娃",
    "我家小子", "俺家小子", "我家丫头", "俺家丫头", "小丫头", "妞妞", "小毛孩", "娃子", "小侄", "小外甥",
    "外甥女", "尿不湿",
)  # fmt: skip
_NOT_A_CHILD = ("怀孩子", "生孩子", "生完孩子", "要孩子", "带孩子", "生娃", "带娃", "要宝宝", "肚子里的孩子",
                "肚里的孩子", "怀宝宝", "生宝宝", "喂孩子", "哄孩子", "抱孩子", "抱娃", "女儿说", "儿子说",
                "孩子他爸", "孩子爸", "孩子妈", "孩子他妈", "娃娃脸", "生完宝宝", "生了孩子",
                "大儿子", "我女儿让", "我儿子让", "接孩子", "送孩子",
                "试管婴儿", "儿童医院", "想要个孩子")  # fmt: skip
_OLD_WORDS = ("爷爷", "奶奶", "姥爷", "姥姥", "外公", "外婆", "老人", "老爷子", "老太太", "老头")
#: An adult named as the patient: "我妈带孩子累的" speaks of her, not of the child.
_ADULT_WORDS = (
    "我妈", "我爸", "成人", "大人", "老公", "老婆", "老伴", "丈夫", "妻子", "爱人", "媳妇", "我妻", "男朋友",
    "女朋友", "父亲", "母亲", "岳父", "岳母", "公公", "婆婆", "孕妇", "产妇", "大叔", "大妈",
)  # fmt: skip


def stage(case: Case) -> Stage | None:
    """Stage of life; None when neither an age nor a telling word was said."""
    age = case.person.age
    if age is not None:
        return [name for start, name in _STAGES if age >= start][-1]
    words = "；".join(case.words)
    if any(word in words for word in _NEWBORN_WORDS):
        return Stage.NEWBORN
    if case.person.pregnant or case.person.postpartum_days is not None:
        return None
    for word in _NOT_A_CHILD:
        words = words.replace(word, "")
    if any(word in words for word in _OLD_WORDS):
        return Stage.OLD
    if any(word in words for word in _CHILD_WORDS) and not any(word in words for word in _ADULT_WORDS):
        return Stage.CHILD
    return None


def is_child(case: Case, child_max_age: float) -> bool:
    """True if the patient is known to be a child by the hospital's own cut-off (its last year included)."""
    if case.person.age is not None:
        return case.person.age < child_max_age + 1
    return stage(case) in {Stage.NEWBORN, Stage.INFANT, Stage.CHILD}
