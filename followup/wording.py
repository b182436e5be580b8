"""What the patient reads in a follow-up: short, warm, plain; never a diagnosis or a prescription."""

from __future__ import annotations

from dataclasses import dataclass

from followup.knowledge import Question
from followup.model import Other, Severity
from followup.office import AI_LABEL, Office
from followup.tables import Contact


@dataclass(frozen=True, slots=True)
class Said:
    """One message to the patient; `options` are tappable answers."""

    text: str
    options: tuple[str, ...] = ()


def buttons(question: Question) -> list[dict[str, str]]:
    return [{"title": option.title, "payload": option.title} for option in question.options]


def asked(question: Question) -> Said:
    return Said(question.text, tuple(option.title for option in question.options))


def opening(office: Office, contact: Contact, question: Question, called: str) -> str:
    pathway = office.pathway_of(contact)
    who = f"{called}您好，" if called else "您好，"
    # Counted, not planned: a list that was imported late opens its first contact late.
    day = (office.today() - contact.enrolment.discharge.discharged_on).days
    greeting = (
        f"{AI_LABEL}{who}这里是{office.hospital_name}的出院随访，今天是出院第{day}天，想了解您的恢复情况，"
        f"大约 {len(contact.questions)} 个小问题。不想接收可回复“退订”。\n"
    )
    danger = f"如有危险情况请不要等回复：{pathway.danger}\n"
    return greeting + danger + question.text.removeprefix("您好，")


def reminder(question: Question) -> str:
    return f"想再问一下您的恢复情况，有空时回复一句就好。{question.text}"


def final_check_in(office: Office) -> str:
    return (
        f"{office.hospital_name}随访：一直没有收到您的回复，我们有些放心不下。您现在还好吗？回复“好”或“不好”都可以；"
        "仍没有收到的话，护士会给您打个电话。"
    )


def ask_back(question: Question) -> Said:
    hint = (
        "可以直接点下面的选项，或者说具体一点。"
        if question.options
        else "麻烦说具体一点，比如什么地方、什么时候、多少。"
    )
    if question.kind == "number" and not question.options:
        hint = "麻烦告诉我一个数字，大概的也行。"
    return Said(f"我没太听明白。{hint}\n{question.text}", tuple(option.title for option in question.options))


def still_open(question: Question, *, noted: bool) -> Said:
    """The same question once more, after an answer that told of something else."""
    words = "好的，这个我记下了。还想再问一句：" if noted else "还有一个问题想再问一下："
    return Said(
        words + question.text.removeprefix("您好，"), tuple(option.title for option in question.options)
    )


def amber(tell: str) -> str:
    return f"谢谢您告诉我，这个情况我已经转给护士，今天会联系您。{tell}".strip()


def red(tell: str, emergency_phone: str) -> str:
    act = tell or "这种情况需要马上处理，请现在就到急诊；如果加重或自己去不了，立即拨打 120。"
    return f"{act}\n本院急诊电话 {emergency_phone}。我已经通知护士尽快联系您，身边请留人。"


def accumulated(emergency_phone: str) -> str:
    return (
        "您说的几种情况同时出现，需要尽快当面看一看，请今天就到医院急诊，不要等。"
        f"如果越来越重，立即拨打 120；本院急诊电话 {emergency_phone}。我已经通知护士尽快联系您。"
    )


def red_again(emergency_phone: str, *, asks: bool) -> str:
    yes = "要去的，请现在就去医院急诊，不要等电话" if asks else "还没去急诊的话，请现在就去，不要等电话"
    told = "您问的我已经告诉护士，会尽快联系您。" if asks else "护士已经知道了，会尽快联系您。"
    return f"{yes}（本院急诊 {emergency_phone}）。路上身边要有人；越来越重或自己去不了，立即拨打 120。{told}"


def nurse_decides(emergency_phone: str) -> str:
    return (
        "您问的我已经告诉护士，今天会联系您，和您一起看要不要来医院。"
        f"等电话的时候如果加重，就不要等了，直接到急诊（{emergency_phone}）或拨打 120。"
    )


def noted() -> str:
    return "好的，这个也记下了。护士会联系您，请保持电话畅通；如果加重，请马上到急诊或拨打 120。"


def nurse_will_ask() -> str:
    return "没关系，这一项我请护士和您核实。"


def answers_later() -> str:
    return "您的问题我记下了，会请护士回复您。"


def finished(closing: str, worst: Severity) -> str:
    if worst.rank >= Severity.AMBER.rank:
        return "谢谢您的回答，都记下了。护士今天会联系您，请保持电话畅通；如果加重，请马上到急诊或拨打 120。"
    return closing


#: For nurses.
NURSE_HOLDS = "会话由护士接管，随访没有发出，请在沟通中一并询问"
OTHER_REPLY = {
    Other.OPT_OUT: "好的，以后不再给您发随访消息。祝您早日康复；有不舒服请随时来医院，紧急情况请拨打 120。",
    Other.WRONG_PERSON: "抱歉打扰您了，我们会核对号码，不再给您发送。",
    Other.READMITTED: "知道了，您先安心治疗，后面的随访先停下来，护士会和您联系。祝早日好转。",
    Other.DECEASED: (
        "听到这个消息我们非常难过，请您节哀，多保重。后面的随访我们都会停止，不再打扰；"
        "有需要我们帮忙的，随时告诉我们。"
    ),
}
OTHER_TASK = {
    Other.WRONG_PERSON: "回复称联系方式有误，请核对号码",
    Other.READMITTED: "回复称患者已再次住院，请核实并登记非计划再入院",
    Other.DECEASED: "家属回复患者已去世，请核实、慰问并登记",
}
