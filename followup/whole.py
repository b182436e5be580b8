"""An answer taken as a whole: yes, no, fine, so-so; for what no finding or measure was said."""

from __future__ import annotations

import re
from typing import Any

from followup import questions
from followup.knowledge import Knowledge, Pathway
from followup.measures import MEASURES
from followup.model import Severity, Sign, Status
from followup.questions import Sense

_NOTHING_BAD = re.compile(r"没(?:有)?(?:什么|啥|任何|太|怎么|特别)?(?:的)?不(?:舒服|适|好|正常|对劲)")


def read_whole(
    knowledge: Knowledge, pathway: Pathway, asked: Sense, text: str, signs: list[Sign]
) -> list[Sign]:
    """The answer taken as a whole: yes, no, fine, so-so."""
    language = knowledge.language
    topic = next(iter(sorted(asked.topics)), "wellbeing")

    def sign(key: str, name: str, severity: Severity, why: str = "", tell: str = "") -> Sign:
        return Sign(key, name, topic, Status.PRESENT, severity, why, tell, counts=False)

    found: list[Sign] = []
    stated = any(each.status in {Status.ABSENT, Status.PAST} or each.id in MEASURES for each in signs)
    present = [each for each in signs if each.status is Status.PRESENT]
    rest = language.not_good.sub("", text)
    fine = language.good.search(rest) or any(
        each.fine.search(text)
        for each in knowledge.topics
        if each.topic.id in asked.topics or not asked.topics
    )
    bad = language.not_good.search(_NOTHING_BAD.sub("", text))
    if not present and language.weak_yes.match(text) and asked.yes != "good":
        return [sign("vague", "没有说清", Severity.UNCLEAR)]
    if not present and not stated and not fine and language.vague.match(text):
        return [sign("vague", "没有说清", Severity.UNCLEAR)]
    denies = language.no.match(text)
    if (
        denies
        and asked.yes == "open"
        and denies.end() < len(text)
        and (fine or _fine_anywhere(knowledge, text))
    ):
        return [sign("fine", "情况良好", Severity.GREEN)]
    if not present and not bad and denies and not (fine and asked.yes == "good"):
        return _said_no(knowledge, asked, sign, stated)
    if not present and not stated and (language.yes.match(text) or language.weak_yes.match(text)):
        found += _said_yes(knowledge, pathway, asked, sign, text)
        if found:
            return found
    if fine and not bad:
        return [sign("fine", "情况良好", Severity.GREEN)]
    if not present and not stated and asked.yes == "bad" and language.mild.match(text) and asked.problems:
        return _said_yes(knowledge, pathway, asked, sign, text)
    if bad:
        return [sign("not_good", "自述不太好", Severity.UNCLEAR)]
    if stated or any(each.severity is Severity.GREEN for each in present):
        return []
    if _fine_anywhere(knowledge, text):
        return [sign("fine", "情况良好", Severity.GREEN)]
    return [sign("vague", "没有说清", Severity.UNCLEAR)]


def _fine_anywhere(knowledge: Knowledge, text: str) -> bool:
    return any(each.fine.search(text) for each in knowledge.topics)


def _said_no(knowledge: Knowledge, asked: Sense, sign: Any, stated: bool) -> list[Sign]:
    if asked.yes == "bad" or stated:
        return [sign("no", "没有", Severity.GREEN)]
    if asked.yes == "good":
        meanings = [
            each.topic.no_means
            for each in knowledge.topics
            if each.topic.id in asked.topics and each.topic.no_means is not None
        ]
        if meanings:
            return [sign("no", "没有", meanings[0].severity, meanings[0].why, meanings[0].tell)]
        return [sign("no", "没有", Severity.UNCLEAR)]
    return [sign("no", "没有", Severity.GREEN if asked.topics else Severity.UNCLEAR)]


def _said_yes(knowledge: Knowledge, pathway: Pathway, asked: Sense, sign: Any, text: str) -> list[Sign]:
    if asked.yes == "good":
        return [sign("yes", "是", Severity.GREEN)]
    if asked.yes == "bad":
        mild = bool(knowledge.language.mild.search(text))
        severity = questions.problem_severity(knowledge, pathway, asked.problems, mild)
        rules = [knowledge.findings[problem][0] for problem in asked.problems]
        names = "、".join(rule.name for rule in rules)
        worst_rule = next(
            (
                rule
                for rule in rules
                if questions.severity_of(knowledge, pathway, rule.id, mild=mild, severe=False) is severity
            ),
            None,
        )
        tell = worst_rule.tell if worst_rule and severity.rank >= Severity.AMBER.rank else ""
        return [
            sign("yes", f"回答有：{names}" if names else "回答有", severity, f"患者回答有：{names}", tell)
        ]
    return []
