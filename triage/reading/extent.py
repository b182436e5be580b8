"""Where the name of a finding begins and ends: 病毒性腹泻 is all name, of 反复发热 and 痰多 only 发热 and 痰.

How much, how often and since when are told by other fields; the kind of an illness is part of its name.
"""

from __future__ import annotations

from triage.lexicon import Lexicon
from triage.reading.mentions import Mention, Span


class Extent:
    """Built once from a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        kinds = {"qualifier": set[str](), "manner_before": {""}, "manner_after": {""}}
        for word, cues in lexicon.cues.items():
            for cue in cues:
                if cue.kind in kinds:
                    kinds[cue.kind].add(word)
        self._qualifiers = frozenset(kinds["qualifier"])
        self._longest = max(map(len, self._qualifiers), default=0)
        #: Form → how many characters at its start and end are not its name.
        self._around: dict[str, Span] = {}
        for form in lexicon.forms:
            length = len(form)
            starts = [size for size in range(length) if form[:size] in kinds["manner_before"]]
            ends = [size for size in range(length) if form[length - size :] in kinds["manner_after"]]
            choices = [
                (before, after)
                for before in starts
                for after in ends
                if 0 < before + after < length and form[before : length - after] in lexicon.forms
            ]
            if choices:
                self._around[form] = min(choices, key=lambda span: (sum(span), span))

    def span(self, text: str, mention: Mention) -> Span:
        """Start and end of the name in the text."""
        start, end = mention.start, mention.end
        if mention.origin == "form":
            before, after = self._around.get(text[start:end], (0, 0))
            start, end = start + before, end - after
        size = self._longest
        while size > 1:
            if size <= start and text[start - size : start] in self._qualifiers:
                start, size = start - size, self._longest
            else:
                size -= 1
        return start, end
