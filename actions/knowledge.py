"""Questions with an answer of their own: insurance, the hospital, medicines, reports, doctors."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.after_emergency import after_emergency
from actions.base import Answer, Turn, YieldingAnswer, choices
from actions.own_visit import is_own, tell_own_visit
from actions.phrases import phrase
from actions.service import answers_whether_to_go, asks_in_general, is_general_question
from hospital import MORNING, Session


class AskQuestion(Answer):
    """One store of answers for insurance and for the hospital: which of the two a question is about is a
    guess of the classifier that nothing depends on."""

    def answer(self, turn: Turn) -> None:
        if turn.loop is None and answers_whether_to_go(turn):
            return
        if is_own(turn.text) and tell_own_visit(turn):
            return
        told = turn.rooms.insurance.answer(turn.text)
        if told.answered:
            turn.say("knowledge.sourced", answer=told.text, source=told.cited)
        elif tell_own_visit(turn):
            return
        elif not (turn.loop is None and turn.emergency_open and after_emergency(turn, anything=True)):
            turn.say_text(told.text, buttons=choices(*told.near, "转人工"))


class AskInsurance(AskQuestion):
    action_name = "action_insurance"


class AskHospitalInfo(AskQuestion):
    action_name = "action_hospital_info"


class AskMedication(Answer):
    """We do not advise on doses or on stopping a medicine: that is the prescriber's and the pharmacist's."""

    action_name = "action_medication"

    def answer(self, turn: Turn) -> None:
        turn.say(
            "knowledge.medication",
            switchboard=turn.rooms.hospital.phones.switchboard,
            buttons=choices("转人工", "帮我约复诊"),
        )


#: Answers of the hospital's own questions that help somebody who asks for results.
_ABOUT_REPORTS = frozenset({"report_pickup", "e_report", "film", "report_reading", "blood_time"})
#: Where and when reports are handed out: what is told when nothing more exact was asked.
_PICKUP = "report_pickup"
_RESULTS = re.compile(r"报告|结果|片子|化验|检查单|检验")


class QueryReport(YieldingAnswer):
    """The assistant has no access to results; it says so, and where and when they are to be had."""

    action_name = "action_query_report"

    def answer(self, turn: Turn) -> None:
        if not _RESULTS.search(turn.text) and asks_in_general(turn):
            turn.say("service.general_question", buttons=choices("预约挂号", "转人工"))
            return
        insurance = turn.rooms.insurance
        told = insurance.answer(turn.text)
        if not told.answered or told.topic not in _ABOUT_REPORTS:
            told = insurance.about(_PICKUP) or told
        if told.answered:
            exam = turn.rooms.hospital.find_exam(turn.text)
            when = phrase("knowledge.report_when", exam=exam.name, time=exam.report) if exam else ""
            turn.say("knowledge.sourced", answer=f"{when}{told.text}", source=told.cited)
        turn.say("knowledge.report", buttons=choices("帮我约复诊", "转人工"))


class AskDoctor(Answer):
    action_name = "action_ask_doctor"

    def answer(self, turn: Turn) -> None:
        hospital = turn.rooms.hospital
        named = hospital.find_doctor(turn.text)
        department = hospital.find_department(turn.text)
        if not named and department is not None:
            named = hospital.doctors_of(department.code)
        offered = turn.topic("booking").get("department") or turn.topic("triage").get("department")
        if not named and offered is not None and turn.loop == "booking_form":
            named = hospital.doctors_of(offered)
        if not named and is_general_question(turn.text):
            turn.say("service.general_question", buttons=choices("预约挂号", "转人工"))
            return
        if not named:
            turn.say("knowledge.doctor_unknown")
            return
        lines = [
            f"· {doctor.name} {doctor.title}（{hospital.department(doctor.department).name}）\n"
            f"  擅长：{doctor.specialty}\n  出诊：{_sessions(doctor.sessions)}"
            for doctor in named[:4]
        ]
        turn.say(
            "knowledge.doctors",
            list="\n".join(lines),
            buttons=[(f"约{doctor.name}", f"我想约{doctor.name}医生") for doctor in named[:4]],
        )


_WEEKDAYS = "一二三四五六日"


def _sessions(sessions: Sequence[Session]) -> str:
    ordered = sorted(sessions, key=lambda one: (one.weekday, one.period != MORNING))
    return "、".join(f"周{_WEEKDAYS[one.weekday]}{one.period}" for one in ordered) or "暂无门诊"
