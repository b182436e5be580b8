"""A plain yes."""

from __future__ import annotations

import re

_YES = re.compile(
    r"^(?:嗯|恩|哦|啊|那)*(?:嗯|恩|确认(?:预约|取消|改期|改约)?|確認(?:預約|取消|改期)?|係|對|确定(?:了|取消|预约)?|对的?|是的?|好的?|好啊|行|可以|没错|没问题|就这个|就它|就这样|"
    r"就约(?:这个|它)|约吧|挂吧|要|要的|要得|中嘞|ok|okay|yes|成|中|得|妥|好嘞|好滴|可|取消吧|改吧)[呀啊吧了的嘞哈呢,，。.!！~\s]*$",
    re.IGNORECASE,
)


def says_yes(text: str) -> bool:
    """True for a plain yes: a booking is confirmed by words, not by a classifier's guess."""
    return all(bool(_YES.match(part)) for part in re.split(r"[,，。\s]+", text.strip()) if part) and bool(
        text.strip()
    )
