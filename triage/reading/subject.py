"""Whose findings they are: the person that care is sought for, or somebody else.

我爸突然胸口压得喘不上气 speaks of the patient, although the writer is another; 我妈有高血压，我最近头晕
speaks of an illness in the family of the patient.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from triage.lexicon import Lexicon
from triage.model import Status, Subject, When
from triage.reading.light import Light
from triage.reading.mentions import CueHit, Mention
from triage.reading.text import Layout

#: Kinds of terms that tell of an illness one lives with rather than of being ill now.
_LASTING = frozenset({"disease", "medicine", "need"})
#: Kind of cue → kind of owner.
_OWNER_KINDS = {
    "relative": "relative", "child": "relative", "pronoun": "relative", "third_person": "third",
    "bystander": "bystander", "hearsay": "hearsay", "self": "self",
}  # fmt: skip
#: What somebody does to the patient.
_VIOLENCE = frozenset({"性侵", "虐待可疑", "家庭暴力"})
#: Characters of unknown words between 我 and a finding of the writer.
_FEW_WORDS = 8
_HAVING = ("有", "患", "得过", "得了", "是", "也有", "都有", "查出", "一直有")


@dataclass(frozen=True, slots=True)
class Owner:
    """A person that the message names, from a place on."""

    start: int
    end: int
    #: "self", "relative" (also pronouns), "third" (colleagues, friends), "bystander" or "hearsay".
    kind: str
    sex: str | None = None
    #: A child or "the patient": what they have is never a family history.
    child: bool = False


@dataclass(frozen=True, slots=True)
class Patient:
    """Who the patient is, as far as the message tells."""

    for_other: bool = False
    #: Sex by the word used for the patient: 我爸 → 男.
    sex: str | None = None


class Subjects:
    """Finds the patient of a message and marks the findings of others."""

    def __init__(
        self,
        text: str,
        layout: Layout,
        mentions: list[Mention],
        cues: list[CueHit],
        lexicon: Lexicon,
        light: Light,
    ) -> None:
        self._text = text
        self._layout = layout
        self._mentions = mentions
        self._cues = cues
        self._lexicon = lexicon
        self._light = light
        self._starts = [mention.start for mention in mentions]
        #: Sentence → kinds of its cues, in order.
        self._kinds: dict[int, dict[str, None]] = {}
        for hit in cues:
            self._kinds.setdefault(layout.sentence(hit.start), {}).setdefault(hit.cue.kind)
        self._owners = self._with_true_selves(self._find_owners())
        self._owner_starts = [owner.start for owner in self._owners]
        #: For each owner: whose findings follow it.
        self._heard = list(self._in_turn())

    def apply(self) -> Patient:
        """Set `subject` of every mention; say who the patient is."""
        owned = [(mention, self._owner_of(mention)) for mention in self._mentions]
        relatives = [owner for owner in self._owners if owner.kind == "relative"]
        if any(owner.kind == "self" for owner in self._owners) and any(o is None for _, o in owned):
            owned = [(m, o or Owner(0, 0, "self")) for m, o in owned]
        patient = self._patient(owned, relatives)
        for mention, owner in owned:
            mention.subject = Subject.SELF if self._is_patient(owner, patient, mention) else Subject.OTHER
        if patient is None:
            return Patient()
        return Patient(for_other=patient.kind != "self", sex=patient.sex)

    # -- owners -------------------------------------------------------------------------------------------

    def _find_owners(self) -> list[Owner]:
        """Person words that may own findings; 我妈说, 和我爸吵架 and 帮我妈问 are seen through."""
        by_end = {hit.end: hit.cue.kind for hit in self._cues if hit.cue.kind in {"behalf", "with"}}
        speaks = {hit.start for hit in self._cues if hit.cue.kind == "speaks"}
        owners: list[Owner] = []
        inside = {at for mention in self._mentions for span in mention.parts for at in range(*span)}
        for hit in self._cues:
            kind = _OWNER_KINDS.get(hit.cue.kind)
            if kind is None:
                continue
            if kind not in {"self", "hearsay"} and (hit.end in speaks or by_end.get(hit.start) == "with"):
                continue
            if kind == "self" and by_end.get(hit.start) in {"with", "behalf"}:
                continue
            if (owners and owners[-1].end > hit.start) or hit.start in inside or hit.end - 1 in inside:
                continue
            if self._text.startswith(
                ("家的猫", "家的狗", "家猫", "家狗", "的猫", "的狗", "的手机", "的微信", "的号", "的医保"),
                hit.end,
            ):
                continue
            owners.append(Owner(hit.start, hit.end, kind, hit.cue.sex, hit.cue.kind == "child"))
        return owners

    def _with_true_selves(self, owners: list[Owner]) -> list[Owner]:
        """Without the 我 of who only tells or cares for somebody who was named: 宝宝咳嗽，我给他量了."""
        if not any(owner.kind == "relative" for owner in owners):
            return owners
        others = [owner.start for owner in owners if owner.kind != "self"]
        return [owner for owner in owners if owner.kind != "self" or self._says_of_self(owner, others)]

    def _says_of_self(self, owner: Owner, others: list[int]) -> bool:
        """我也发烧: a finding follows in the clause, with few other words and no verb of caring between."""
        if self._text[owner.start : owner.end] == "自己" and others and others[0] < owner.start:
            return False
        end = self._layout.clause_span(self._layout.clause(owner.start))[1]
        at = bisect_left(self._starts, owner.end)
        if at < len(self._starts) and self._starts[at] < end:
            end = self._starts[at]
            if bisect_right(others, owner.start) < bisect_left(others, end):
                return False
        between = self._text[owner.end : end]
        return not between.startswith(self._light.telling) and self._light.residue(between) <= _FEW_WORDS

    def _owner_of(self, mention: Mention) -> Owner | None:
        before = bisect_left(self._owner_starts, mention.start)
        return self._heard[before - 1] if before else None

    def _in_turn(self) -> Iterator[Owner]:
        """Each owner takes over from the one before; what was heard of somebody lasts for its sentence."""
        last: Owner | None = None
        for owner in self._owners:
            if (
                owner.kind == "hearsay"
                or last is None
                or last.kind != "hearsay"
                or self._new_sentence(last, owner)
                or self._turns_home(last, owner)
            ):
                last = owner
            yield last

    def _turns_home(self, heard: Owner, owner: Owner) -> bool:
        """网上说胸痛是心梗，我胸口压得慌: a clause about one's own family that tells of a finding."""
        clause = self._layout.clause(owner.start)
        if clause == self._layout.clause(heard.start):
            return False
        if owner.kind != "self" and not self._text.startswith(("我", "俺", "咱", "家里"), owner.start):
            return False
        start, end = self._layout.clause_span(clause)
        at = bisect_left(self._starts, owner.end)
        if at == len(self._starts) or self._starts[at] >= end:
            return False
        return not self._text.startswith(self._light.telling, owner.end) and owner.start - start <= _FEW_WORDS

    def _new_sentence(self, one: Owner, other: Owner) -> bool:
        return self._layout.sentence(one.start) != self._layout.sentence(other.start)

    # -- the patient --------------------------------------------------------------------------------------

    def _patient(self, owned: list[tuple[Mention, Owner | None]], relatives: list[Owner]) -> Owner | None:
        """The one whose being ill now the message is about."""
        acute = [(mention, o) for mention, o in owned if o is not None and self._is_acute(mention, o)]
        candidates = [owner for _, owner in acute]
        mine = [o.start for m, o in acute if o.kind == "self" and m.status is not Status.ABSENT]
        theirs = sum(owner.kind == "relative" for owner in candidates)
        # Of two ill people the one in danger is the patient: 儿子流鼻涕，我妈突然嘴歪了.
        in_danger = {id(o) for m, o in owned if o is not None and self._in_danger(m)}
        for owner in sorted(candidates, key=lambda owner: id(owner) not in in_danger):
            if owner.kind in {"relative", "bystander"} and not self._self_is_worse(mine, theirs, owner):
                return owner
        third = next(
            (o for o in candidates if o.kind == "third" and self._urgent(o, in_danger=id(o) in in_danger)),
            None,
        )
        if third is not None and not any(owner.kind == "self" for owner in candidates):
            return third
        if any(owner.kind == "self" for owner in candidates):
            return Owner(0, 0, "self")
        # No complaint that belongs to anyone: 帮我妈挂号, 宝宝8个月了.
        if not any(owner is None and mention.time is When.NOW for mention, owner in owned):
            lasting = {owner for m, owner in owned if owner is not None and self._lives_with(m, owner)}
            for relative in relatives:
                if relative not in lasting and self._sought_for(relative):
                    return relative
        return None

    def _is_acute(self, mention: Mention, owner: Owner) -> bool:
        if mention.time is not When.NOW:
            return False
        if owner.kind == "hearsay":
            return False
        term = self._lexicon.terms.get(mention.term)
        if term is None or term.kind not in _LASTING:
            return True
        return not self._lives_with(mention, owner) if owner.kind != "self" else True

    def _lives_with(self, mention: Mention, owner: Owner) -> bool:
        """我妈有高血压: a relative's lasting illness; 我妈高血压挂什么科 and 我爸中风了 seek care."""
        if owner.child:
            return False
        for kind in self._kinds.get(self._layout.sentence(mention.start), ()):
            if kind in {"care_seeking", "family_history"}:
                return kind == "family_history"
        if any(self._text.find(word, owner.end, mention.start) >= 0 for word in _HAVING):
            return True
        return not self._text.startswith(("了", "发作", "犯了"), mention.end)

    def _self_is_worse(self, mine: list[int], theirs: int, relative: Owner) -> bool:
        """我爸昨天发烧了，我今天也发烧: the writer comes for himself.

        `mine`: where the writer spoke of himself, in order, once for each sign; `theirs`: signs of relatives.
        """
        also = "也" in self._text[relative.end : relative.end + 3]
        count = len(mine) if also else len(mine) - bisect_right(mine, relative.start)
        # Of a child that is named first, more is told than of the one who brings it.
        return bool(count) and (count > theirs or (count == theirs and not relative.child))

    def _in_danger(self, mention: Mention) -> bool:
        term = self._lexicon.terms.get(mention.term)
        return term is not None and term.in_doubt and mention.status is Status.PRESENT

    def _urgent(self, owner: Owner, *, in_danger: bool) -> bool:
        """我同事突然晕倒了怎么办 and 工友没呼吸了, not 我同事前两天心梗了."""
        kinds = self._kinds.get(self._layout.sentence(owner.start), {}).keys()
        if not kinds.isdisjoint({"past", "past_weak", "hearsay"}):
            return False
        return in_danger or not kinds.isdisjoint({"urgent", "care_seeking"})

    def _sought_for(self, owner: Owner) -> bool:
        """True if the message seeks care for this relative without a complaint of its own."""
        if self._text.endswith(("帮", "替", "给"), 0, owner.start):
            return True
        return "self" not in self._kinds.get(self._layout.sentence(owner.start), ())

    def _is_patient(self, owner: Owner | None, patient: Owner | None, mention: Mention) -> bool:
        if owner is None or self._does_it(owner, mention):
            return True
        if owner.kind == "hearsay":
            return False
        if patient is None:
            return owner.kind == "self" or (owner.kind == "relative" and not self._history_of(mention, owner))
        if patient.kind == "self":
            return owner.kind == "self"
        if owner.kind == "self":
            return False
        if owner.kind == "third" and patient.kind != "third":
            return False
        return self._same_person(owner, patient)

    def _does_it(self, owner: Owner, mention: Mention) -> bool:
        """老师摸她: a third person right before an act of violence is the one who does it."""
        passive = self._text.startswith(("被", "让", "遭", "挨"), mention.start)
        near = 0 <= mention.start - owner.end <= 1
        return owner.kind == "third" and near and not passive and mention.term in _VIOLENCE

    def _history_of(self, mention: Mention, owner: Owner) -> bool:
        term = self._lexicon.terms.get(mention.term)
        return term is not None and term.kind in _LASTING and self._lives_with(mention, owner)

    def _same_person(self, owner: Owner, patient: Owner) -> bool:
        """Two words for one person: 我妈 … 老人家, 宝宝 … 他. Different sexes are different people."""
        one, other = self._text[owner.start : owner.end], self._text[patient.start : patient.end]
        if owner == patient or one == other or one in other or other in one:
            return True
        return owner.sex is None or patient.sex is None or owner.sex == patient.sex
