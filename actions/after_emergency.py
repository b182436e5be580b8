"""After an emergency: what is said by the way, and what was stopped and goes on only by the patient's word.

While staff have an emergency open nobody is wished a good day, and nothing that was said before lowers it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actions.base import Turn

#: Where help is, in the patient's words after an emergency; what tells the latest state comes first.
_HELP = (
    (
        "arrived",
        re.compile(
            r"(?<!没)(?<!没有)(?<!怎么)(?<!多久)(?:到|在|进)(?:了|达)?(?:你们|咱们|我们)?(?:急诊|医院|抢救|监护|病房)(?!的?路|怎么|在哪)"
            r"|(?:医生|大夫|护士).{0,3}(?:在看|看着|在抢救|接手|接诊)"
        ),
    ),
    (
        "on_the_way",
        re.compile(
            r"(?:在|正)(?:去|赶|往|送)|路上|(?:这就|马上|现在就?)(?:去|送|到)|(?:去|送).{0,4}(?:急诊|医院)"
        ),
    ),
    (
        "called",
        re.compile(
            r"^(?:已经?|都|刚刚?|我)*(?:打|拨|叫)(?:过|通|完|好)*了|(?:打|拨|叫)(?:过|通|了|完|好)*(?:120|急救|救护车)"
            r"|120.{0,4}(?:打|拨|叫)(?:过|通|了)|救护车.{0,4}(?:来|到)"
        ),
    ),
)
#: 还没止住, 没有缓解: not better; and what must not stop.
_NOT_BETTER = re.compile(
    r"(?:没|没有|不|未|还没|也没|不见)(?:能|怎么|完全|有|见)?(?:止住|缓解|好|醒|退|停|睡着|正常)|(?:呼吸|心跳|脉搏|喘气).{0,2}停"
)
#: Help that is not there yet: 还没到医院, 没叫救护车.
_NO_HELP = re.compile(
    r"(?:还没|没有?|没人|不想|不敢|不|别|怎么|多久|要不要|能不能)(?:能|用|再|人)?(?:打|拨|叫|去|到|送|在)"
    r"|(?:明天|明早|后天|等|准备|打算|想|要|再).{0,4}(?:去|到)"
)
#: Said after emergency words: it is over, or was not meant.
_BETTER = re.compile(
    r"没事|完了|停了|醒了|醒过来|睡着|退了|止住|好(?:了|多了|一?点|些)|缓过来|不疼了|不痛了|缓解|随便说|开玩笑|说着玩|正常了"
)
#: Asks whether, or when, to go to the hospital.
SHALL_I_GO = re.compile(
    r"(?:要不要|用不用|需不需要|需要|该不该|是不是|是否|能不能|可不可以|可以|要|得|该)[^，。]{0,8}(?:去|回|来|上|到|送|看)[^，。]{0,4}(?:医院|急诊|医生|看)"
    r"|(?:去|回|来|上|到|送)[^，。]{0,3}(?:医院|急诊)[^，。]{0,4}(?:吗|么|不|嘛)|(?:现在|马上|今天|今晚|明天|明早|晚点)[^，。]{0,3}(?:去|来|回|看)[^，。]{0,4}(?:吗|么|嘛|行|可以)"
)
#: What may be meant by anything, right after an emergency.
_BY_THE_WAY = frozenset(
    {
        "greeting",
        "thanks",
        "goodbye",
        "affirm",
        "deny",
        "nlu_fallback",
        "give_followup_answer",
        "out_of_scope",
        "bind_identity",
    }
)
#: A question is answered by what it asks for, whatever place it names.
_ASKS = re.compile(r"怎么|哪|几|多久|吗|[?？]")
#: Forms whose matter can be taken up again, in words.
_MATTERS = {"booking_form": "挂号", "exam_form": "检查预约", "change_form": "改约", "identity_form": "登记"}
_NURSE = ("请护士联系我", "人工")
GO_ON, DROP = "接着办", "先不办了"
_GOES_ON = re.compile(
    r"^(?:那|还是|好的?|行|我?要|我?想|帮我|请|可以|[，,])*(?:接着|继续)(?:刚才|之前|前面|挂|约|办|预约|弄|登记|吧|$)"
)
_DROPS = re.compile(
    r"^(?:那|就|好的?|[，,])*(?:先|都)?(?:不(?:挂|约|办|登记|改|弄)(?:号|约)?了?|算了)[吧。!！]*$"
)


def form_of(turn: Turn) -> str | None:
    """The form that an emergency has closed, if its matter is still open."""
    form = turn.topics.get("stopped", {}).get("form")
    return form if form in _MATTERS else None


def matter(turn: Turn) -> str:
    return _MATTERS.get(form_of(turn) or "", "")


def goes_on(turn: Turn) -> bool:
    """True if the patient wants to go on with what was stopped."""
    return turn.loop is None and form_of(turn) is not None and bool(_GOES_ON.match(turn.text.strip()))


def drops(turn: Turn) -> bool:
    """True if the patient wants to leave it."""
    return turn.loop is None and form_of(turn) is not None and bool(_DROPS.match(turn.text.strip()))


def drop(turn: Turn) -> None:
    """Leave what was stopped, and say that help still comes first."""
    form = form_of(turn) or ""
    turn.say("emergency.dropped", matter=matter(turn), phone=turn.rooms.hospital.phones.emergency_room)
    turn.forget("stopped")
    turn.forget(form.removesuffix("_form"))


def buttons(turn: Turn) -> list[tuple[str, str]]:
    return [(GO_ON, GO_ON), (DROP, DROP)] if form_of(turn) else []


def tell_choice(turn: Turn) -> None:
    """Say once that something was stopped, and how to go on with it or to end it."""
    if form_of(turn) is None or turn.topic("stopped").get("told"):
        return
    turn.topic("stopped")["told"] = True
    turn.say("emergency.choice", matter=matter(turn), buttons=buttons(turn))


def after_emergency(turn: Turn, *, anything: bool = False) -> bool:
    """Answer what is said while an emergency is open; True if it was answered.

    `anything`: the message is nothing that could be dealt with otherwise.
    """
    hits = turn.rooms.triage.screen(turn.case)
    # Self-harm and violence: no ambulance is waited for, so nothing is said of one.
    care = bool(hits) and all(hit.kind != "medical" for hit in hits)
    by_the_way = anything or turn.intent in _BY_THE_WAY
    key = _care_key(turn, by_the_way) if care else _help_key(turn, by_the_way)
    if key is None:
        return False
    phones = turn.rooms.hospital.phones
    turn.say(
        f"emergency.{key}",
        phone=phones.emergency_room,
        hotline=phones.psych_hotline,
        buttons=[_NURSE, *buttons(turn)],
    )
    tell_choice(turn)
    return True


def _care_key(turn: Turn, by_the_way: bool) -> str | None:
    return "care" if by_the_way or _better(turn.text) else None


def _help_key(turn: Turn, by_the_way: bool) -> str | None:
    """Which sentence fits where help is by now; None if the message is of something else."""
    known = turn.topic("case")
    if SHALL_I_GO.search(turn.text):
        return "go"
    told = None if _NO_HELP.search(turn.text) else help_told(turn.text)
    if told is not None:
        known["help"] = told
        return told
    if _NOT_BETTER.search(turn.text):
        return "not_better"
    if _better(turn.text):
        return "better_there" if known.get("help") == "arrived" else "better"
    if not by_the_way:
        return None
    if "help" in known:
        return f"waiting_{known['help']}"
    if known.get("reminded"):
        return "listening"
    known["reminded"] = True
    return "still_here"


def _better(text: str) -> bool:
    return bool(_BETTER.search(text)) and not _NOT_BETTER.search(text)


def help_told(text: str) -> str | None:
    """Where help is by these words: arrived, on_the_way or called; None if they do not tell."""
    return next((state for state, pattern in _HELP if pattern.search(text)), None)


def told_where_help_is(turn: Turn) -> bool:
    """Answer 打了120, 在路上了, 到医院了, whatever the classifier made of it. True if it was answered."""
    if turn.loop is not None or _ASKS.search(turn.text) or help_told(turn.text) is None:
        return False
    return turn.emergency_open and after_emergency(turn)
