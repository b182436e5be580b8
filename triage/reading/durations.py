"""How long something has lasted, as people say it: 两天了, 半个月, 三四天, 昨晚开始, 从上周二起."""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.reading.mentions import Span
from triage.reading.numbers import NUMBER, parse

#: Hours of each unit.
_HOURS = {
    "分钟": 1 / 60, "刻钟": 0.25, "小时": 1.0, "钟头": 1.0, "天": 24.0, "日": 24.0, "宿": 24.0, "晚": 24.0,
    "夜": 24.0, "晚上": 24.0, "上午": 4.0, "下午": 4.0, "早上": 4.0, "年头": 8760.0,
    "周": 168.0, "星期": 168.0, "礼拜": 168.0, "月": 720.0, "年": 8760.0,
}  # fmt: skip
#: What vague numbers stand for.
_ROUGH = {
    "几": 4.0, "好几": 5.0, "数": 4.0, "十几": 14.0, "十来": 10.0, "十多": 13.0, "几十": 40.0, "半": 0.5,
    "大半": 0.7, "小半": 0.4, "一两": 1.5, "两三": 2.5, "好多": 8.0,
    "好些": 6.0, "半拉": 0.5, "多": 5.0, "整": 1.0,
}  # fmt: skip
_LENGTH = re.compile(
    r"(?P<n>好几|十几|十来|十多|几十|一两|两三|大半|小半|好多|好些|半拉|几|数|整(?=天|晚|宿|夜)|"
    r"多(?=年|日)|" + NUMBER + r")(?:多|来)?(?:个)?(?:多|来|整)?"
    r"(?P<unit>分钟|小时|钟头|刻钟|年头|天|日|宿|夜|晚上?|上午|下午|早上|周|星期|礼拜|月|年)(?P<half>半)?(?P<tail>多|了)?"
)
#: 发烧第三天: two days are over, the third runs.
_NTH_DAY = re.compile(r"第(?P<n>\d{1,2}|[一二三四五六七八九十]{1,3})天(?!后|之后|打|吃药|用药)")
_COUNTED_FROM_ELSEWHERE = re.compile(
    r"(后|孕|月经|例假|周期|用药|服药|吃药|打针|住院|停药|排卵|疗程)[^，。]{0,4}$"
)
#: Not how long it lasts: 每天, 怀孕5个月, 术后三天, 前两周做的手术.
_NOT_BEFORE = re.compile(
    r"(前|每|每隔|隔|未来|孕|怀孕|产后|术后|手术后|出生|生后|月龄|第|满|过|再等|提前|每次|一次|吃药|吃了药)$"
)
#: 8个月的宝宝, 一天三次, 十分钟一次, 三天后复查, 几分钟就好了.
_NOT_AFTER = re.compile(
    r"^(的?(宝宝|婴儿|孩子|娃|小孩|女儿|儿子|男宝|女宝|女孩|男孩|大)|大的?|龄|疼?一次|疼一回|"
    r"[一二两三四五六七八九十\d]+[次顿片粒颗]|后|之后|以后|内|岁|就好|就恢复|自己|缓解|大了|零|"
    r"又?\d+天|一换|左右一次)"
)
#: Hours back from a message in the daytime; rough on purpose.
_AGO = {
    "大前天": 72.0, "前天": 48.0, "前晚": 36.0, "昨天": 24.0, "昨儿": 24.0, "昨日": 24.0, "昨晚": 12.0,
    "昨夜": 12.0, "今天": 6.0, "今早": 4.0, "今儿": 6.0, "今晨": 4.0, "今日": 6.0, "今晚": 2.0, "凌晨": 8.0,
    "半夜": 9.0, "早上": 4.0, "早晨": 4.0, "上午": 3.0, "中午": 3.0, "下午": 3.0, "刚才": 0.5, "刚刚": 0.25,
    "刚": 0.5, "刚开始": 0.5, "前几天": 96.0, "前两天": 48.0, "这几天": 96.0, "这两天": 48.0,
    "最近几天": 96.0, "最近两天": 48.0, "近几天": 96.0, "近两天": 48.0, "这一周": 168.0, "这周": 96.0,
    "上周": 168.0, "上个周": 168.0, "上星期": 168.0, "上个星期": 168.0, "上礼拜": 168.0, "上个礼拜": 168.0,
    "上上周": 336.0, "上上星期": 336.0, "上上个星期": 336.0, "这个月": 360.0, "上个月": 720.0, "上月": 720.0,
    "昨个": 24.0, "前儿": 48.0, "前晚上": 36.0, "大前儿": 72.0, "今个": 6.0, "头天": 24.0, "头两天": 48.0,
    "头几天": 96.0, "前些天": 120.0, "前些日子": 240.0, "这些天": 120.0, "这些日子": 240.0, "从小": 87600.0,
    "打小": 87600.0, "自小": 87600.0, "一辈子": 87600.0, "去年": 8760.0, "前年": 17520.0, "大前年": 26280.0,
    "一早": 4.0, "傍晚": 4.0, "这一阵": 360.0, "这一阵子": 360.0,
    "上上个月": 1440.0, "前阵子": 720.0, "这阵子": 480.0, "这段时间": 720.0, "前段时间": 720.0,
}  # fmt: skip
#: Times of day mean a beginning only with 开始 or 起.
_NEED_START = frozenset({
    "早上", "上午", "中午", "下午", "凌晨", "半夜", "早晨", "去年", "前年", "大前年", "一早", "傍晚",
})  # fmt: skip
_WORDS = re.compile(
    rf"(?P<w>{'|'.join(sorted(_AGO, key=len, reverse=True))})"
    r"(?:[一二三四五六日天末]|[春夏秋冬]天|年初|年底|夏天|冬天|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|凌晨|\d{1,2}点|[一二三四五六七八九十]{1,2}点)?"
    r"(?P<start>开始|起|就|到现在)?"
)


#: 从下午两点到晚上八点.
_CLOCK = re.compile(
    r"(?P<p1>凌晨|早上|上午|中午|下午|晚上|夜里|半夜|昨晚|今早)?(?P<n1>\d{1,2}|[一二两三四五六七八九十]{1,3})点[半多钟]?"
    r"(?:左右|开始|起)?(?:一直)?到(?:现在|今天|今早|这会儿)?(?P<p2>凌晨|早上|上午|中午|下午|晚上|夜里|半夜)?"
    r"(?P<n2>\d{1,2}|[一二两三四五六七八九十]{1,3})点"
)
_AFTERNOON = frozenset({"下午", "晚上", "昨晚", "夜里"})


@dataclass(frozen=True, slots=True)
class Said:
    """Something said of findings near by."""

    start: int
    end: int
    #: Hours, or a score.
    value: float


def durations(text: str, taken: tuple[Span, ...]) -> list[Said]:
    """How long something has lasted, hours, for every place where that is said; not inside `taken`."""
    found: list[Said] = []
    for match in _LENGTH.finditer(text):
        before, after = text[max(0, match.start() - 4) : match.start()], text[match.end() : match.end() + 6]
        if _NOT_BEFORE.search(before) or (match["tail"] != "了" and _NOT_AFTER.search(after)):
            continue
        a_date = match["unit"] in {"月", "日"} and "个" not in match.group() and match["n"][0].isdigit()
        if a_date or _overlaps(match.start(), match.end(), taken):
            continue
        hours = _hours(match["n"], match["unit"], half=bool(match["half"]))
        if hours is not None:
            found.append(Said(match.start(), match.end(), hours))
    for match in _NTH_DAY.finditer(text):
        number = parse(match["n"])
        elsewhere = _COUNTED_FROM_ELSEWHERE.search(text[max(0, match.start() - 8) : match.start()])
        if number and not elsewhere and not _overlaps(*match.span(), taken):
            found.append(Said(match.start(), match.end(), number * 24.0))
    for match in _CLOCK.finditer(text):
        hours = (_of_day(match["n2"], match["p2"]) - _of_day(match["n1"], match["p1"])) % 24
        if hours and not _overlaps(*match.span(), taken):
            found.append(Said(match.start(), match.end(), hours))
    starts = {said.start for said in found}
    for match in _WORDS.finditer(text):
        if match.start() in starts or _overlaps(match.start(), match.end(), taken):
            continue
        if match["start"] or match["w"] not in _NEED_START:
            found.append(Said(match.start(), match.end(), _AGO[match["w"]]))
    return sorted(found, key=lambda said: said.start)


def _of_day(number: str, part: str | None) -> float:
    """The hour of the day: 下午两点 is 14."""
    hour = parse(number) or 0.0
    return hour + 12 if part in _AFTERNOON and hour < 12 else hour


def _hours(number: str, unit: str, *, half: bool) -> float | None:
    value = _ROUGH.get(number)
    if value is None:
        value = parse(number)
    if value is None or value <= 0 or value > 2000:
        return None
    return round((value + (0.5 if half else 0.0)) * _HOURS[unit], 3)


def _overlaps(start: int, end: int, taken: tuple[Span, ...]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)
