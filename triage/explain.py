"""Why this department: one sentence in the patient's own kind of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from triage.expressions import View
from triage.inference import Inference, Posterior
from triage.model import Case, DepartmentScore, Finding, RedFlagHit

MOST_PRESENT = 3
MOST_DENIED = 2
#: A denied finding is mentioned if at least so many conditions list it.
WIDELY_KNOWN = 6
#: What is said first to somebody who speaks of suicide or violence; never "hurry" alone.
WITH_CARE = {
    "suicide": "谢谢您愿意说出来，您不用一个人扛。请先让身边的人陪着您，到急诊科或精神心理科来，我们会帮您。",
    "violence": "您和身边人的安全最重要。请先到安全的地方，再到急诊科来，我们会帮您。",
}


class Explainer:
    """`labels` maps a standard term to plain words: 腹痛 → 肚子痛."""

    def __init__(self, labels: Mapping[str, str], inference: Inference) -> None:
        self._labels = labels
        self._inference = inference

    def label(self, term: str) -> str:
        return self._labels.get(term, term)

    def sentence(
        self,
        departments: Sequence[DepartmentScore],
        case: Case,
        view: View,
        posterior: Posterior,
        hits: Sequence[RedFlagHit],
    ) -> str:
        """For the whole assessment; empty when nothing is known."""
        if not departments:
            return ""
        first = departments[0].name
        present, denied = self._said(case, view)
        care = next((WITH_CARE[hit.kind] for hit in hits if hit.kind in WITH_CARE), None)
        if care is not None:
            return care
        if hits:
            signs = "、".join(self.label(t) for t in hits[0].because[:MOST_PRESENT]) or "、".join(present)
            because = f"因为您说{signs}，" if signs else ""
            return f"{because}情况可能紧急，请先去{first}，不要耽误。"
        said = f"您说{'、'.join(present)}" if present else ""
        if not present and posterior.words:
            said = f"您提到{'、'.join(dict.fromkeys(posterior.words[:MOST_PRESENT]))}"
        if denied and said:
            said += f"，没有{'、'.join(denied)}"
        if said:
            return f"因为{said}，先看{first}比较合适。"
        if posterior.guessed:
            return f"按您说的，可能先看{first}比较合适；再说说哪里不舒服，可以建议得更准。"
        return f"先看{first}比较合适。"

    def why(
        self,
        department: str,
        case: Case,
        view: View,
        posterior: Posterior,
        hits: Sequence[RedFlagHit],
    ) -> str:
        """For one department of the list."""
        if hits and department == "急诊科":
            return "情况可能紧急，急诊科随时可以处理。"
        terms = self._inference.terms_for(department, view, posterior)
        if terms:
            return f"{'、'.join(self.label(t) for t in terms[:MOST_PRESENT])}，可以看{department}。"
        if posterior.words:
            return f"您提到的{'、'.join(dict.fromkeys(posterior.words[:MOST_PRESENT]))}，可以看{department}。"
        return f"您说的情况可以看{department}。"

    def _said(self, case: Case, view: View) -> tuple[list[str], list[str]]:
        there: list[Finding] = [f for f in case.findings if f.counts]
        known = [f for f in there if self._inference.knows(f.term)] or there
        present = list(dict.fromkeys(self.label(f.term) for f in known))
        # Common complaints tell a patient more than the rare signs that were ruled out with one tap.
        ruled_out = sorted(view.denied, key=lambda term: (-self._inference.breadth(term), term))
        denied = [self._denied(t) for t in ruled_out if self._inference.breadth(t) >= WIDELY_KNOWN]
        return present[:MOST_PRESENT], denied[:MOST_DENIED]

    def _denied(self, term: str) -> str:
        """Behind 没有: a label that says no itself (没力气) gives way to the term."""
        label = self.label(term)
        return term if any(word in label for word in ("没", "不", "无")) else label
