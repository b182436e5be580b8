"""The rooms, wired together: the one place that knows which room needs which."""

from __future__ import annotations

from dataclasses import dataclass, fields

import hospital as hospital_room
import insurance as insurance_room
import triage as triage_room
from actions.base import Rooms
from booking import Booking
from conversations import BotPort, Conversations, ScriptedBot
from core.clock import Clock, SystemClock
from core.crypto import FieldCipher
from core.database import Database
from core.demo_clock import DemoClock
from core.knowledge import Fault, KnowledgeError
from core.settings import Settings, load_cipher
from followup import Followup, FollowupKnowledge, load_followup
from hospital import Hospital
from insurance import Insurance
from patients import Patients
from runtime.records import stored
from triage import HospitalRules, Triage, lexicon
from triage.dictionary import user_dictionary


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is loaded once, and shared by everything that runs in this process."""

    hospital: Hospital
    triage: Triage
    insurance: Insurance
    followup: FollowupKnowledge

    @property
    def rules(self) -> HospitalRules:
        return triage_rules(self.hospital)

    def summary(self) -> str:
        """How much there is, in words."""
        base = self.triage.knowledge
        return (
            f"{len(self.hospital.departments)}个科室、{len(self.hospital.doctors)}位医生；"
            f"{len(base.red_flags)}条急症标准、{len(base.conditions)}种病症；"
            f"{len(self.insurance.topics)}个医保主题、{len(self.hospital.info)}个就诊问题；"
            f"{len(self.followup.pathways)}条随访路径"
        )


def triage_rules(hospital: Hospital) -> HospitalRules:
    """The hospital's settings for triage, in triage's words."""
    own = hospital.triage
    return HospitalRules(**{field.name: getattr(own, field.name) for field in fields(HospitalRules)})


def load_triage(settings: Settings) -> tuple[Hospital, Triage]:
    """The hospital and triage. Raises KnowledgeError if the hospital chose rules that are not there."""
    hospital = hospital_room.load(settings.hospital)
    triage = triage_room.load(records=stored(settings))
    wrong = triage_room.wrong_choices(triage.knowledge.rule_groups, hospital.triage.choices)
    if wrong:
        file = (settings.hospital or hospital_room.EXAMPLE) / "hospital.yml"
        lines = file.read_text(encoding="utf-8").splitlines()
        raise KnowledgeError(
            [
                Fault(
                    file,
                    next((number for number, line in enumerate(lines, 1) if f"{group}:" in line), 1),
                    f"triage.choices.{group}",
                    message,
                )
                for group, message in wrong.items()
            ]
        )
    return hospital, triage


def rules_in_words(settings: Settings) -> list[str]:
    """The groups of rules that a hospital chooses from, with what it has chosen, one line for each option."""
    hospital, triage = load_triage(settings)
    told: list[str] = []
    for group in triage.knowledge.rule_groups:
        picked = hospital.triage.choices.get(group.id, group.default)
        told.append(f"{group.id}：{group.title}")
        told += [f"  {'●' if o.id == picked else '○'} {o.id}：{o.title}" for o in group.options]
    return told


def load_knowledge(settings: Settings) -> Knowledge:
    """Load every room's knowledge. Raises KnowledgeError with all faults of the first room that has any."""
    hospital, triage = load_triage(settings)
    return Knowledge(
        hospital=hospital,
        triage=triage,
        insurance=insurance_room.load(hospital),
        followup=load_followup(),
    )


def open_clock(settings: Settings, database: Database) -> Clock:
    """The machine's time, or in a demonstration one that people may move."""
    return DemoClock(database) if settings.demo else SystemClock()


def open_house(settings: Settings, bot: BotPort | None = None) -> Rooms:
    """The rooms over the database of the settings. Without a bot: for work that asks it nothing."""
    database = Database(settings.url)
    return build_rooms(
        load_knowledge(settings),
        database=database,
        clock=open_clock(settings, database),
        cipher=load_cipher(settings),
        bot=bot or ScriptedBot(),
    )


def dictionary_words(settings: Settings) -> list[str]:
    """Lines `word … kind` for the bot: it learns from the kind what one symptom or department taught it."""
    hospital = hospital_room.load(settings.hospital)
    kinds = {name: "<department>" for entry in hospital.departments for name in (entry.name, *entry.aliases)}
    kinds |= {name: "<exam>" for exam in hospital.exams for name in (exam.name, *exam.aliases)}
    kinds |= {doctor.name: "<doctor>" for doctor in hospital.doctors}
    names = [f"{name} {kind}" for name, kind in kinds.items() if " " not in name]
    return [*user_dictionary(lexicon.load()), *names]


def traditional_characters() -> dict[str, str]:
    """Traditional → simplified, for the bot."""
    return dict(lexicon.load().characters)


def build_rooms(
    knowledge: Knowledge,
    *,
    database: Database,
    clock: Clock,
    cipher: FieldCipher,
    bot: BotPort,
    hospital: Hospital | None = None,
) -> Rooms:
    """All rooms over one database. `hospital` replaces the loaded one (for scripted talk)."""
    hospital = hospital or knowledge.hospital
    patients = Patients(cipher, clock)
    booking = Booking(hospital, clock, patients, cipher)
    conversations = Conversations(
        database=database,
        guard=knowledge.triage,
        clock=clock,
        cipher=cipher,
        bot=bot,
        phones=hospital.phones,
    )
    followup = Followup(
        knowledge.followup,
        triage=knowledge.triage,
        patients=patients,
        conversations=conversations,
        booking=booking,
        hospital=hospital,
        clock=clock,
        cipher=cipher,
    )
    return Rooms(
        database=database,
        clock=clock,
        cipher=cipher,
        hospital=hospital,
        triage=knowledge.triage,
        rules=knowledge.rules,
        insurance=knowledge.insurance,
        patients=patients,
        booking=booking,
        followup=followup,
        conversations=conversations,
    )
