"""Emergencies in patients' words: how many are heard, and how many other complaints raise a false alarm.

    python -m benchmarks.triage_emergencies [--missed]

`data/emergencies_unseen.yml` was written from the criteria alone, by somebody who had not seen the words that
the reader knows, and nothing is mended by its sentences. The sentences of `tests/cases/triage/said` are those
that the words were written with: they show what is held, not what is reached.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import yaml

import triage
from core.settings import ROOT
from triage import Case, Triage

UNSEEN = Path(__file__).parent / "data" / "emergencies_unseen.yml"
KNOWN = ROOT / "tests" / "cases" / "triage" / "said"


@dataclass(frozen=True, slots=True)
class Emergencies:
    """What was heard of a set of sentences."""

    emergencies: int
    others: int
    #: Emergencies that raised nothing, and other sentences that raised something.
    missed: tuple[str, ...]
    alarms: tuple[str, ...]

    @property
    def recall(self) -> float:
        """Percent."""
        return 100 * (1 - len(self.missed) / self.emergencies)

    @property
    def false_alarms(self) -> float:
        """Percent of the others."""
        return 100 * len(self.alarms) / self.others


def measure(engine: Triage, place: Path) -> Emergencies:
    """Any red flag on an emergency counts as heard; which one is for the tests to say.

    `place`: file or folder of criterion → `fires` and `silent`; `|` parts the messages of one talk.
    """
    fires: list[str] = []
    silent: list[str] = []
    for file in sorted(place.glob("*.yml")) if place.is_dir() else [place]:
        for said in yaml.safe_load(file.read_text(encoding="utf-8")).values():
            fires += said.get("fires", [])
            silent += said.get("silent", [])
    missed = tuple(words for words in fires if not _heard(engine, words))
    alarms = tuple(words for words in silent if _heard(engine, words))
    return Emergencies(len(fires), len(silent), missed, alarms)


def _heard(engine: Triage, words: str) -> bool:
    case = Case()
    for message in words.split("|"):
        case = engine.add(case, engine.read(message), message)
    return bool(engine.screen(case))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--missed", action="store_true", help="show the sentences of the known set that fail")
    options = parser.parse_args()
    engine = triage.load()
    for name, place in (("unseen", UNSEEN), ("known", KNOWN)):
        found = measure(engine, place)
        print(
            f"{name}: {found.emergencies} emergencies, recall {found.recall:.1f} %; "
            f"{found.others} others, false alarms {found.false_alarms:.1f} %"
        )
        if options.missed and name == "known":
            print(*found.missed, *found.alarms, sep="\n")


if __name__ == "__main__":
    main()
