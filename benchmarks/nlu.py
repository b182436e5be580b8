"""How well the bot's classifier understands sentences that it has not seen, by intent, with the real Rasa."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from core.errors import BanzhenError
from core.settings import ROOT, Settings
from runtime.nlu import parser

_SENTENCES = Path(__file__).parent / "data" / "intents_unseen.yml"
_TRAINING = ROOT / "nlu_data" / "nlu"
#: What Rasa answers when it is not sure: the bot then asks back.
_FALLBACK = "nlu_fallback"
#: Reported by name: what the assistant can only partly do must at least be recognised.
_WATCHED = ("medication_question", "query_report")
_WORST = 15
#: `[word](entity)` and `[word]{...}` of Rasa's training format.
_MARKED = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One sentence, what it means and what the classifier took it for."""

    text: str
    wanted: str
    got: str
    #: The sentence stands in the training data word for word: it proves nothing.
    trained: bool

    @property
    def right(self) -> bool:
        return self.got == self.wanted

    @property
    def unsure(self) -> bool:
        return self.got == _FALLBACK


def run(settings: Settings) -> None:
    """Parse every sentence of the set and print the figures. A fallback counts as wrong."""
    sentences = _load()
    trained = _trained_sentences()
    with parser(settings) as parse:
        results = [
            Parsed(text, intent, str(parse({"id": text, "text": text})["intent"]), _plain(text) in trained)
            for intent, texts in sentences.items()
            for text in texts
        ]
    _report(results)


def _load() -> dict[str, list[str]]:
    """Intent → sentences. Raises BanzhenError when YAML took one for a number or yes, or one stands twice."""
    sentences: dict[str, list[str]] = yaml.safe_load(_SENTENCES.read_text(encoding="utf-8"))
    count = Counter(text for texts in sentences.values() for text in texts)
    faults = [repr(text) for text, times in count.items() if not isinstance(text, str) or times > 1]
    if faults:
        raise BanzhenError("bad_benchmark", f"{_SENTENCES.name} 里有非文字或重复的句：{'、'.join(faults)}。")
    return sentences


def _trained_sentences() -> set[str]:
    texts = set()
    for file in sorted(_TRAINING.glob("*.yml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            # Synonyms and look-up tables have examples too, but are no sentences.
            for line in str(entry["examples"]).splitlines() if "intent" in entry else ():
                texts.add(_plain(_MARKED.sub(r"\1", line.removeprefix("-"))))
    return texts


def _plain(text: str) -> str:
    """Letters, characters and digits only: punctuation does not make a sentence another one."""
    return "".join(re.findall(r"\w+", text)).lower() or text.strip()


def _report(results: list[Parsed]) -> None:
    by_intent: dict[str, list[Parsed]] = {}
    for parsed in results:
        by_intent.setdefault(parsed.wanted, []).append(parsed)
    recalls = {intent: _share(rows) for intent, rows in by_intent.items()}
    unseen_by_intent = {
        intent: [row for row in rows if not row.trained] for intent, rows in by_intent.items()
    }
    unseen = [parsed for parsed in results if not parsed.trained]
    sure = [parsed for parsed in results if not parsed.unsure]

    print(f"{'intent':24}{'n':>4}{'recall':>9}{'fallback':>10}{'unseen':>8}{'recall':>9}")
    for intent, recall in sorted(recalls.items(), key=lambda item: (item[1], item[0])):
        rows, new = by_intent[intent], unseen_by_intent[intent]
        unsure = sum(row.unsure for row in rows)
        print(f"{intent:24}{len(rows):>4}{recall:>9.1%}{unsure:>10}{len(new):>8}{_share(new):>9.1%}")

    print("\nworst confusions")
    confusions = Counter((row.wanted, row.got) for row in results if not row.right)
    for (wanted, got), times in confusions.most_common(_WORST):
        print(f"{times:>4}  {wanted} → {got}")

    print()
    _line("accuracy", results)
    _line("accuracy without sentences that are also in the training data", unseen)
    print(f"macro recall: {_macro(by_intent):.1%}, without those sentences {_macro(unseen_by_intent):.1%}")
    for intent in _WATCHED:
        _line(f"recall of {intent}", by_intent[intent])
    print(f"{_FALLBACK}: {1 - len(sure) / len(results):.1%} ({len(results) - len(sure)}/{len(results)})")
    _line("accuracy where it is not the fallback", sure)


def _line(name: str, rows: list[Parsed]) -> None:
    print(f"{name}: {_share(rows):.1%} ({sum(row.right for row in rows)}/{len(rows)})")


def _macro(by_intent: dict[str, list[Parsed]]) -> float:
    """The mean of the intents' recalls: a large intent does not hide a small one."""
    recalls = [_share(rows) for rows in by_intent.values() if rows]
    return sum(recalls) / len(recalls)


def _share(rows: list[Parsed]) -> float:
    return sum(row.right for row in rows) / len(rows) if rows else 0.0
