"""What the pipeline itself says to patients: emergencies, and plain words when something does not work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conversations.model import Button, Card, Phones
from triage.model import Action, Level, RedFlagHit

NURSE_HERE = "护士已接入，接下来由护士和您沟通。"
NURSE_LEFT = "护士已结束本次沟通，接下来由伴诊助手继续为您服务。需要护士时，请发“人工”。"
NUDGE = "我只能看懂文字。请用一句话告诉我：哪里不舒服，或者想办什么事。"
NUDGE_INSIDE = "我只能看懂文字，请用一句话回答，或点一个选项。"
SHORTENED = "您发的内容比较长，我先按前面的部分回答；全文已经保存，护士也能看到。"
NOTHING_UNDERSTOOD = "抱歉，我没有听明白。您可以换个说法，或者发“人工”找护士。"
#: Emergency words are read in a hurry: the text has the advice of the most urgent hit, the card this many.
CARD_ADVICE = 3

EMERGENCY_BUTTONS: tuple[Button, ...] = (
    {"title": "我已拨打120", "payload": "我已经拨打120"},
    {"title": "请护士联系我", "payload": "人工"},
)
CARE_BUTTONS: tuple[Button, ...] = ({"title": "请护士联系我", "payload": "人工"},)


def emergency(hits: Sequence[RedFlagHit], phones: Phones) -> tuple[str, Card, tuple[Button, ...]]:
    """Text, card and buttons for red flags, the most urgent hit first.

    Self-harm and violence are answered with care and a helpline; a medical hit beside them adds its words.
    12356 is the national psychological aid line, 12338 the women's federation line, 110 the police.
    """
    kinds = {hit.kind for hit in hits}
    lines: list[str] = []
    numbers: list[tuple[str, str]] = []
    if "suicide" in kinds:
        lines.append(
            "谢谢您愿意告诉我。您现在一定很难受，请先不要一个人扛着，尽量待在家人或朋友身边，远离可能伤害自己的东西。"
        )
        lines.append(
            f"请现在就拨打心理援助热线{phones.psych_hotline}（24小时）；如果已经受伤、服了药或马上有危险，请立即拨打120。"
            "我已经通知医院的工作人员尽快联系您。"
        )
        numbers.append(("心理援助热线", phones.psych_hotline))
    if "violence" in kinds:
        lines.append(
            "您的安全最重要，这不是您的错。请先到安全的地方；有人正在伤害您，请立即拨打110，受伤请拨打120。"
            f"也可以拨打妇女儿童维权热线{phones.women_hotline}。我已经通知医院的工作人员。"
        )
        numbers += [("报警", "110"), ("妇女儿童维权热线", phones.women_hotline)]
    medical = [hit for hit in hits if hit.kind == "medical"]
    if medical:
        lines.append(_medical(medical, phones))
        lines.append(medical[0].advice)
    today = _only_today(hits)
    advice = list(dict.fromkeys(hit.advice for hit in hits if hit.advice))[:CARD_ADVICE]
    numbers += [("急救", "120"), ("本院急诊", phones.emergency_room)]
    card: dict[str, Any] = {
        "kind": "emergency",
        "title": "请立即求助" if kinds - {"medical"} else "请今天就医" if today else "请立即就医",
        "level": min((hit.level for hit in hits), key=list(Level).index).value,
        "flags": [hit.id for hit in hits],
        "advice": advice,
        "phones": [{"label": label, "number": number} for label, number in numbers],
    }
    buttons = EMERGENCY_BUTTONS if medical and not today else CARE_BUTTONS
    return "\n".join(line for line in lines if line), card, buttons


def _medical(hits: Sequence[RedFlagHit], phones: Phones) -> str:
    if any(hit.action is Action.CALL_120 for hit in hits):
        return (
            f"您说的情况可能有危险，请立即拨打120！也可以打本院急诊电话{phones.emergency_room}。"
            "不要自己开车，身边请留人。挂号等事情先放一放。"
        )
    if _only_today(hits):
        return (
            "您说的情况不能拖，请今天就去看医生。"
            f"如果越来越重，请到急诊（电话{phones.emergency_room}）；自己去不了，请拨打120。"
        )
    return (
        f"您说的情况需要马上处理，请现在就到急诊，本院急诊电话{phones.emergency_room}。"
        "如果越来越重，或自己去不了，请立即拨打120。挂号等事情先放一放。"
    )


def _only_today(hits: Sequence[RedFlagHit]) -> bool:
    """True if a clinic today is soon enough for all of them."""
    return all(hit.action is Action.URGENT_CLINIC for hit in hits)


def bot_unavailable(phones: Phones) -> str:
    return (
        f"抱歉，助手暂时不能回答。您的消息已经保存，护士会看到。急事请打总机{phones.switchboard}；"
        f"如果有危险，请立即拨打120，或本院急诊电话{phones.emergency_room}。"
    )


def nurse_away(phones: Phones) -> str:
    return (
        f"护士暂时没能回复您，我已经再提醒一次，会有人尽快联系您。急事请打护士站电话{phones.nurse_line}；"
        f"如果有危险，请立即拨打120，或本院急诊电话{phones.emergency_room}。"
    )


def not_checked(phones: Phones) -> str:
    """The safety check itself did not work, so nobody has said that this is not an emergency."""
    return (
        "抱歉，系统现在无法判断您的情况，已经通知护士尽快查看。"
        "如果有胸痛、喘不上气、大出血、昏迷、抽搐，或者感觉很不好，请不要等，"
        f"立即拨打120，或本院急诊电话{phones.emergency_room}。"
    )
