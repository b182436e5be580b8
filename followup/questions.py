"""What a question asks, read from its own words: any question, not only ours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from followup.knowledge import Knowledge, Pathway
from followup.model import Severity

#: Questions whose yes is good news.
_WANTS_GOOD = re.compile(
    r"正常吗|好吗|好不好|顺利|通畅|顺畅|干燥|愈合得|能不能|能(?:够)?.{1,12}吗|可以.{1,8}吗|按时|规律|坚持|控制得|"
    r"稳定吗|恢复得|睡得|吃得|清楚吗|还行吗|缓解|做到|会用|学会|掌握|消了吗|退了吗|正常不"
)
_ASKS_ALL = re.compile(r"不舒服|不适|异常|问题|难受|其他症状|别的症状|哪里不")
#: 1 干燥 2 红肿, A. 有 B. 没有, ①…
_LISTED = re.compile(
    r"(?:^|[\s，,；;（(:：？?、])([1-9]|[A-Ea-e]|[①②③④⑤⑥])\s*[.．、:：)）=\-\s]?\s*([一-鿿][^\d①-⑥；;，,\n）)]{0,18}?)(?=\s*[；;，,/\n）)]|\s+[1-9A-Ea-e①-⑥]|[1-9①-⑥][.．、:：)）]?|$)"
)
_INDEX = {c: str(i + 1) for i, c in enumerate("①②③④⑤⑥")} | {c: str(i + 1) for i, c in enumerate("ABCDE")}


@dataclass(frozen=True, slots=True)
class Sense:
    """What a question wants to know."""

    text: str
    topics: frozenset[str]
    measures: frozenset[str]
    #: Findings that the question names; a yes means one of them.
    problems: tuple[str, ...]
    #: "good": yes is good news; "bad": yes is a problem; "open": neither.
    yes: str
    #: Listed answers by their number: {"1": "干燥", …}.
    listed: dict[str, str]


def sense(knowledge: Knowledge, text: str, topics: tuple[str, ...] = ()) -> Sense:
    """Read a question. `topics`: what its author says it is about; else inferred from the words."""
    found = set(topics) or {each.topic.id for each in knowledge.topics if each.asks.search(text)}
    if "wellbeing" in found and len(found) > 1 and not topics:
        found.discard("wellbeing")
    if "chest" in found and not re.search(
        r"疼(?!痛)|痛", re.sub("胸口?[部]?(?:疼痛|疼|痛)|心绞痛", "", text)
    ):
        found.discard("pain")
    chosen = [each.topic for each in knowledge.topics if each.topic.id in found]
    problems = tuple(
        dict.fromkeys(
            mention.key
            for mention in knowledge.language.mentions(re.sub(r"[？?]", "，", text), knowledge.phrases)
        )
    )
    problems = tuple(p for p in problems if p not in {"pain_mild", "cough"} or len(problems) == 1)
    good_topics = any(topic.yes_is == "good" for topic in chosen)
    if _asks_for_problem(text) and (problems or _ASKS_ALL.search(text)):
        yes = "bad"
    elif good_topics or _WANTS_GOOD.search(text):
        yes = "good"
    elif problems:
        yes = "bad"
    else:
        yes = "open"
    measures = {measure for topic in chosen for measure in topic.measures}
    if "score" in measures and re.search("[疼痛]", text):
        measures.add("pain")
    return Sense(text, frozenset(found), frozenset(measures), problems, yes, listed_answers(text))


def _asks_for_problem(text: str) -> bool:
    return not re.search(
        r"按时(?:吃|服|用)|能.{0,8}(?:吃|走|下床|平卧).{0,4}吗|好吗|正常吗|顺利吗", text
    ) or bool(re.search(r"有没有|有无|是否有|出现|漏|忘", text))


def listed_answers(text: str) -> dict[str, str]:
    """The numbered answers in a question's text; empty unless there are at least two."""
    found = {_INDEX.get(m.group(1).upper(), m.group(1)): m.group(2).strip() for m in _LISTED.finditer(text)}
    return found if len(found) >= 2 and "1" in found else {}


def problem_severity(
    knowledge: Knowledge, pathway: Pathway, problems: tuple[str, ...], mild: bool
) -> Severity:
    """What a bare yes to a question about these problems means."""
    severities = [severity_of(knowledge, pathway, problem, mild=mild, severe=False) for problem in problems]
    if not severities:
        return Severity.UNCLEAR
    most = max(severities, key=lambda severity: severity.rank)
    # A yes to a long list does not say which; a nurse asks the same day.
    if most is Severity.RED and len(set(severities)) > 1 and len(severities) > 2:
        return Severity.AMBER
    return most


def severity_of(
    knowledge: Knowledge, pathway: Pathway, finding: str, *, mild: bool, severe: bool
) -> Severity:
    """How worrying a finding is after this kind of stay, as it was said."""
    rule, _ = knowledge.findings[finding]
    changes = pathway.changes
    if severe and not mild and rule.severe and finding not in changes.findings:
        return rule.severe
    if mild:
        if finding in changes.mild:
            return changes.mild[finding]
        if finding in changes.findings:
            return changes.findings[finding]
        if rule.mild is not None:
            return rule.mild
        return rule.severity
    base = changes.findings.get(finding, rule.severity)
    if severe and rule.severe and rule.severe.rank > base.rank:
        return rule.severe
    return base
