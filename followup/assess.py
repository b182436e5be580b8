"""One answer → how worrying it is and why. Pure; any text is understood or called unclear, none raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from followup import questions
from followup.knowledge import Band, Knowledge, Pathway, Question
from followup.language import Mention, fold
from followup.measures import MEASURES, Value, read_values
from followup.model import Other, ReplyAssessment, Severity, Sign, Status
from followup.questions import Sense
from followup.whole import read_whole
from triage.model import Case, Level, Reading, RedFlagHit

#: Longer answers are read up to here; nobody types more, and reading stays fast.
MOST_CHARACTERS = 4_000
_TOPIC_OF = {
    "systolic": "pressure", "diastolic": "pressure", "spo2": "breath", "heart_rate": "chest",
    "weight_gain": "swelling", "stools": "stool", "no_stool_days": "stool", "vomits": "vomiting",
    "pads_per_hour": "lochia", "output": "stoma", "mood_score": "mood", "temperature": "fever",
    "score": "symptoms_0_10",
}  # fmt: skip
_INDEX_REPLY = re.compile(
    r"^\W*(?:选|第|选择|选项)?\s*([1-9A-Ea-e一二三四五①-⑥])\s*(?:个|项|号|吧|。|\.)?\W*$"
)
#: Politeness before the answer says nothing about it.
_POLITE = re.compile(
    r"^(?:(?:您好|你好|医生|大夫|护士|老师|主任|谢谢|感谢|不好意思|打扰了|麻烦您?了?|哎呀?|那个|呃|额)"
    r"(?:您好|你好|医生|大夫|护士|老师|您|你)?[，,。！!~\s]+)+"
)
#: Around the words of an option, this many more characters still mean the option.
_AROUND_OPTION = 6
_INDEX_VALUE = {c: str(i + 1) for i, c in enumerate("①②③④⑤⑥")} | {
    c: str(i + 1) for i, c in enumerate("ABCDE")
}
_INDEX_VALUE |= {c: str(i + 1) for i, c in enumerate("一二三四五")}


class Reader(Protocol):
    """What is used of `triage.Triage`: findings and emergencies of one message."""

    def read(self, text: str, *, asked: str | None = None) -> Reading: ...

    def add(self, case: Case, reading: Reading, text: str) -> Case: ...

    def screen(self, case: Case) -> tuple[RedFlagHit, ...]: ...


def assess_row(knowledge: Knowledge, row: Mapping[str, Any], triage: Reader | None = None) -> dict[str, Any]:
    """One line of `banzhen assess`: {"id","pathway","day","question","reply"} → its severity and reasons.

    A row without a reply comes back with `error` and nothing else but its id.
    """
    if not isinstance(row.get("reply"), str):
        return {"id": row.get("id"), "error": "reply：没有填，或不是文字"}
    pathway = knowledge.pathway(str(row.get("pathway") or ""))
    found = assess(
        knowledge,
        pathway,
        row["reply"],
        question_text=str(row.get("question") or ""),
        reader=triage,
    )
    return {
        "id": row.get("id"),
        "severity": found.severity.value,
        "findings": [
            {"term": sign.name, "status": sign.status.value, "severity": sign.severity.value}
            for sign in found.signs
        ],
        "why": "；".join(found.why),
        "other": found.other.value if found.other else None,
    }


def assess(
    knowledge: Knowledge,
    pathway: Pathway,
    reply: str,
    *,
    question: Question | None = None,
    question_text: str = "",
    reader: Reader | None = None,
) -> ReplyAssessment:
    """Read one answer to one question of a pathway.

    `question`: one of ours, with its options; `question_text` alone for any other question.
    """
    text = fold(reply[:MOST_CHARACTERS]).strip()
    text = _POLITE.sub("", text) or text
    asked = questions.sense(
        knowledge, question.text if question else question_text, tuple(question.topics) if question else ()
    )
    if not text:
        return ReplyAssessment(Severity.UNCLEAR, why=("没有内容",))
    tapped = _tapped(text, question)
    if tapped is not None:
        return tapped
    text = _listed(text, asked)
    other = read_other(knowledge, text)
    signs = _signs(knowledge, pathway, asked, text)
    signs += _triage_signs(knowledge, pathway, reader, text, signs)
    plain = [sign for sign in signs if sign.status is Status.PRESENT and sign.severity is not Severity.GREEN]
    if not any(sign.severity in {Severity.RED, Severity.AMBER} for sign in plain):
        signs += read_whole(knowledge, pathway, asked, text, signs)
    return _add_up(knowledge, pathway, asked, text, tuple(signs), other)


def _tapped(text: str, question: Question | None) -> ReplyAssessment | None:
    """An answer that is exactly one of the offered options, or its number."""
    if question is None or not question.options:
        return None
    chosen = next((option for option in question.options if fold(option.title) == text), None)
    if chosen is None:
        inside = [option for option in question.options if _says_option(text, fold(option.title))]
        chosen = inside[0] if len(inside) == 1 else None
    index = _INDEX_REPLY.match(text)
    if chosen is None and index and question.kind == "choice":
        place = int(_INDEX_VALUE.get(index.group(1).upper(), index.group(1))) - 1
        chosen = question.options[place] if place < len(question.options) else None
    if chosen is None:
        return None
    topic = question.topics[0] if question.topics else "wellbeing"
    sign = Sign(
        f"option:{question.id}", chosen.title, topic, Status.PRESENT, chosen.severity, chosen.why, chosen.tell
    )
    worrying = chosen.severity in {Severity.RED, Severity.AMBER}
    why = (chosen.why or chosen.title,) if worrying else ()
    return ReplyAssessment(
        chosen.severity, (sign,), why, None, chosen.tell if worrying else "", frozenset(question.topics)
    )


def _says_option(text: str, title: str) -> bool:
    """True for an option typed with a few words around it: 我这边都没有呀."""
    at = text.find(title)
    if at < 0 or len(title) < 3 or len(text) > len(title) + _AROUND_OPTION:
        return False
    return not re.search("[没不无未]有?$", text[:at])


def _listed(text: str, asked: Sense) -> str:
    index = _INDEX_REPLY.match(text)
    if not index or not asked.listed or asked.measures & {"pain", "score"}:
        return text
    return asked.listed.get(_INDEX_VALUE.get(index.group(1).upper(), index.group(1)), text)


def read_other(knowledge: Knowledge, text: str) -> Other | None:
    """News that is no answer: opted out, wrong person, readmitted, deceased."""
    bare = re.sub(r"[\s，。！!,.?？~～、]+|[啊呀吧呢哦哈啦]+$", "", text).lower()
    for rule in knowledge.others:
        if bare in rule.whole:
            return rule.id
        if rule.anywhere.search(text) and not rule.not_when.search(text):
            return rule.id
    return None


def _signs(knowledge: Knowledge, pathway: Pathway, asked: Sense, text: str) -> list[Sign]:
    phrases = [*knowledge.phrases]
    for topic in asked.topics:
        phrases += knowledge.shorts[topic]
    mentions = knowledge.language.mentions(text, phrases)
    values = list(read_values(text, asked.measures, asked.text))
    decided = _decided(knowledge, values)
    signs = [_mentioned(knowledge, pathway, mention) for mention in mentions if mention.key not in decided]
    signs += [_measured(knowledge, pathway, value, text) for value in values]
    return _once(signs)


def _decided(knowledge: Knowledge, values: list[Value]) -> set[str]:
    measures = {value.measure for value in values}
    return {
        finding
        for each in knowledge.topics
        for measure, findings in each.topic.decided_by_value.items()
        if measure in measures
        for finding in findings
    }


def _mentioned(knowledge: Knowledge, pathway: Pathway, mention: Mention) -> Sign:
    rule, topic = knowledge.findings[mention.key]
    status = mention.status
    if rule.event and mention.resolved:
        status = Status.PRESENT
    severity = Severity.GREEN
    if status is Status.PRESENT:
        severity = questions.severity_of(
            knowledge, pathway, mention.key, mild=mention.mild, severe=mention.severe and not mention.mild
        )
        if mention.improving and severity.rank > Severity.GREEN.rank:
            severity = Severity.AMBER if severity is Severity.RED else Severity.GREEN
    elif status is Status.PAST:
        base = questions.severity_of(knowledge, pathway, mention.key, mild=mention.mild, severe=False)
        # A danger sign that has passed within the last day is still looked at by a nurse.
        passed_now = mention.resolved or mention.recent
        severity = Severity.AMBER if base is Severity.RED and passed_now else Severity.GREEN
    tell = rule.tell if severity.rank >= Severity.AMBER.rank else ""
    return Sign(
        rule.id,
        rule.name,
        topic.id,
        status,
        severity,
        rule.why,
        tell,
        mention.span,
        counts=topic.accumulates and rule.accumulates,
        family=topic.family,
    )


def _measured(knowledge: Knowledge, pathway: Pathway, value: Value, text: str) -> Sign:
    name, unit = MEASURES[value.measure]
    topic_id = _TOPIC_OF.get(value.measure, value.measure)
    topic = next((each.topic for each in knowledge.topics if each.topic.id == topic_id), None)
    bands = [band for band in pathway.changes.bands if band.measure == value.measure]
    if not bands:
        bands = [
            band for each in knowledge.topics for band in each.topic.bands if band.measure == value.measure
        ]
    reached = [band for band in bands if band.holds(value.number, value.when)]
    band: Band | None = max(reached, key=lambda each: each.severity.rank, default=None)
    head = re.match(r"\D*\d", value.text)
    at = text.find(value.text[: head.end()] if head else value.text)
    status = knowledge.language.context(text, at) if at >= 0 else Status.PRESENT
    severity = band.severity if band else Severity.GREEN
    if status is not Status.PRESENT:
        recent = status is Status.PAST and knowledge.language.recent.search(text)
        severity = Severity.AMBER if recent and severity.rank >= Severity.AMBER.rank else Severity.GREEN
    return Sign(
        value.measure, f"{name} {value.number:g}{unit}", topic_id, status, severity,
        band.why if band else "", band.tell if band and severity.rank >= Severity.AMBER.rank else "",
        (max(at, 0), max(at, 0) + len(value.text)), counts=topic.accumulates if topic else True,
        family=topic.family if topic else "",
    )  # fmt: skip


def _once(signs: list[Sign]) -> list[Sign]:
    """One sign per finding and status: the most worrying mention."""
    best: dict[tuple[str, Status, str], Sign] = {}
    for sign in signs:
        key = (sign.id, sign.status, sign.name)
        if key not in best or sign.severity.rank > best[key].severity.rank:
            best[key] = sign
    return list(best.values())


def _triage_signs(
    knowledge: Knowledge, pathway: Pathway, reader: Reader | None, text: str, known: list[Sign]
) -> list[Sign]:
    """What the triage room reads in the answer besides: its emergencies always, its findings if new to us."""
    if reader is None:
        return []
    reading = reader.read(text)
    signs = [
        Sign(
            f"red_flag:{hit.id}", hit.name, "red_flag", Status.PRESENT, Severity.RED,
            f"{hit.name}（预检分诊红旗）", hit.advice,
        )
        for hit in reader.screen(reader.add(Case(), reading, text))
        if _outranks(hit, known)
    ]  # fmt: skip
    seen = {sign.id for sign in known}
    # Triage reads the same words: beside an amber of ours its finding is no second problem.
    amber = any(sign.severity is Severity.AMBER and sign.status is Status.PRESENT for sign in known)
    spoken_of = {sign.topic for sign in known if sign.status is Status.PRESENT}
    decided = {sign.id for sign in known if sign.id in MEASURES}
    for finding in reading.findings:
        key = knowledge.terms.get(finding.term)
        if key is None or key in seen or not finding.counts:
            continue
        rule, topic = knowledge.findings[key]
        if topic.id in spoken_of:
            continue
        if any(measure in decided and key in found for measure, found in topic.decided_by_value.items()):
            continue
        mild = finding.severity is not None and finding.severity <= 3
        severity = questions.severity_of(knowledge, pathway, key, mild=mild, severe=False)
        signs.append(
            Sign(
                key,
                rule.name,
                topic.id,
                Status.PRESENT,
                severity,
                rule.why,
                rule.tell,
                finding.span,
                topic.accumulates and rule.accumulates and not amber,
                topic.family,
            )
        )
        seen.add(key)
    return signs


def _outranks(hit: RedFlagHit, known: list[Sign]) -> bool:
    """A pathway knows its own complications (a swollen calf, no urine); life in danger is above all of it."""
    if hit.level is Level.I or hit.kind != "medical":
        return True
    return not any(sign.severity is Severity.AMBER and sign.status is Status.PRESENT for sign in known)


def _add_up(
    knowledge: Knowledge,
    pathway: Pathway,
    asked: Sense,
    text: str,
    signs: tuple[Sign, ...],
    other: Other | None,
) -> ReplyAssessment:
    severities = [sign.severity for sign in signs]
    severity = max(severities, key=lambda each: each.rank, default=Severity.UNCLEAR)
    # Something good beside something unclear about another thing stays unclear only for that thing.
    why = [
        sign.why
        for sign in sorted(signs, key=lambda each: -each.severity.rank)
        if sign.severity.rank >= 2 and sign.why
    ]
    if severity is Severity.AMBER and len(amber_problems(pathway, signs)) >= 2:
        severity = Severity.RED
        why.append("两项及以上需关注的情况同时出现，按立即处理")
    severity, why, tell = _together(pathway, signs, severity, why)
    if other in {Other.READMITTED, Other.DECEASED} and severity.rank < Severity.AMBER.rank:
        severity = Severity.AMBER
    if other in {Other.OPT_OUT, Other.WRONG_PERSON} and severity is not Severity.RED:
        severity = Severity.UNCLEAR
    if other is Other.DECEASED:
        severity = Severity.AMBER
    tells = [tell] if tell else []
    tells += [sign.tell for sign in sorted(signs, key=lambda each: -each.severity.rank) if sign.tell]
    topics = {sign.topic for sign in signs if sign.severity is not Severity.UNCLEAR}
    if severity is not Severity.UNCLEAR:
        topics |= asked.topics
    asks_back = bool(knowledge.language.asks.search(text))
    if severity is Severity.GREEN and not asks_back:
        # 肚子不疼 answers a later question about the belly too.
        topics |= {each.topic.id for each in knowledge.topics if each.asks.search(text)}
    return ReplyAssessment(
        severity,
        signs,
        tuple(dict.fromkeys(why)),
        other,
        tells[0] if tells and severity.rank >= Severity.AMBER.rank else "",
        frozenset(topics),
        asks_back,
    )


def _together(
    pathway: Pathway, signs: tuple[Sign, ...], severity: Severity, why: list[str]
) -> tuple[Severity, list[str], str]:
    present = {sign.id for sign in signs if sign.status is Status.PRESENT}
    for rule in pathway.changes.together:
        if present.issuperset(rule.all) and rule.severity.rank > severity.rank:
            return rule.severity, [rule.why, *why], rule.tell
    return severity, why, ""


def amber_problems(pathway: Pathway, signs: tuple[Sign, ...]) -> frozenset[str]:
    """The different problems that are amber: what "two ambers" counts."""
    together = set(pathway.changes.one_problem)
    together |= {sign.family for sign in signs if sign.family and sign.topic in together}
    return frozenset(
        "together" if {sign.topic, sign.family} & together else sign.family or sign.topic
        for sign in signs
        if sign.severity is Severity.AMBER and sign.counts and sign.status is Status.PRESENT
    )
