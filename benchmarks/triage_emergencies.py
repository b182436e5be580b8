"""Emergencies in patients' words: how many are heard, and how many other complaints raise a false alarm.

    python -m benchmarks.triage_emergencies [--missed]

The files of `data` were written from the criteria alone, by people who had seen neither the words that the
reader knows nor the sentences that triage learned from, and nothing is mended by them. The sentences of
`triage/knowledge/told` are those that it learned from: they show what is held, not what is reached.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

import triage
from triage import Case, Triage, learning

DATA = Path(__file__).parent / "data"
#: What the two sets are called, and their files.
UNSEEN = {"盲写": DATA / "emergencies_blind.yml", "较早盲写": DATA / "emergencies_unseen.yml"}
#: Of the sentences that were learned from, one in so many is asked.
EVERY = 5


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


def unseen(engine: Triage, file: Path) -> Emergencies:
    """`file`: criterion → `fires` and `silent`; `|` parts the messages of one talk."""
    sets = yaml.safe_load(file.read_text(encoding="utf-8")).values()
    return measure(
        engine, (s for one in sets for s in one["fires"]), (s for one in sets for s in one["silent"])
    )


def known(engine: Triage) -> Emergencies:
    told = learning.told().emergencies
    fires = [said for entry in told for said in entry.fires]
    silent = [said for entry in told for said in entry.silent]
    return measure(engine, fires[::EVERY], silent[::EVERY])


def measure(engine: Triage, fires: Iterable[str], silent: Iterable[str]) -> Emergencies:
    """Any red flag on an emergency counts as heard; which one is for the tests to say."""
    fires, silent = list(fires), list(silent)
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
    for label, engine in (
        ("rules alone", triage.load(learned=False)),
        ("with the second opinion", triage.load()),
    ):
        for name, file in UNSEEN.items():
            report(f"{label}, {name}", unseen(engine, file))
    found = known(engine)
    report("learned from", found)
    if options.missed:
        print(*found.missed, *found.alarms, sep="\n")


def report(name: str, found: Emergencies) -> None:
    print(
        f"{name}: {found.emergencies} emergencies, heard {found.recall:.1f} %; "
        f"{found.others} others, false alarms {found.false_alarms:.1f} %"
    )


if __name__ == "__main__":
    main()
