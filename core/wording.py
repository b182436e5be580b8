"""What is wrong with a value, in Chinese: pydantic speaks English only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Kind of error → words; {…} are the error's own details.
_WORDS = {
    "missing": "没有填",
    "extra_forbidden": "没有这一项，请删去或改正拼写",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "string_too_short": "至少要 {min_length} 个字",
    "string_too_long": "不能超过 {max_length} 个字",
    "string_pattern_mismatch": "格式应为 {pattern}",
    "too_short": "至少要 {min_length} 个",
    "too_long": "最多 {max_length} 个",
}
#: What a value should have been, by the beginning of the kind of error.
_SHOULD_BE = (
    ("int", "整数"),
    ("float", "数字"),
    ("decimal", "数字"),
    ("finite_number", "数字"),
    ("bool", "true 或 false"),
    ("string", "文字"),
    ("datetime", "日期和时间，如 2026-11-23T09:00:00+08:00"),
    ("timezone", "带时区的时间，如 2026-11-23T09:00:00+08:00"),
    ("date", "日期，如 2026-11-23"),
    ("time", "时间，如 09:00"),
    ("list", "列表"),
    ("tuple", "列表"),
    ("set", "列表"),
    ("frozen_set", "列表"),
    ("dict", "对象"),
    ("mapping", "对象"),
    ("model", "对象"),
    ("path", "路径"),
    ("url", "网址"),
)


def in_chinese(problem: Mapping[str, Any]) -> str:
    """One error of `ValidationError.errors()`; what our own checks raised is given as it is."""
    kind, context = str(problem["type"]), problem.get("ctx") or {}
    if kind in {"value_error", "assertion_error"}:
        return str(context.get("error") or problem["msg"])
    if kind in _WORDS:
        return _WORDS[kind].format(**context)
    wanted = next((words for start, words in _SHOULD_BE if kind.startswith(start)), None)
    return f"应为{wanted}" if wanted else "格式不对"
