"""What the console is given when it is built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock, SystemClock
from core.database import Database
from followup import FollowupKnowledge, load_followup


@dataclass(frozen=True, slots=True)
class ConsoleDeps:
    """The rooms behind the pages. Each is that room's public face."""

    database: Database
    #: The hospital's time: due times, ages, "today".
    clock: Clock
    conversations: Any
    followup: Any
    patients: Any
    booking: Any
    hospital: Any
    #: Names of pathways and words of questions; give the one that `followup` was made with.
    pathways: FollowupKnowledge = field(default_factory=load_followup)
    #: Send cookies over HTTPS only. Off for a machine that is reached by plain HTTP.
    secure_cookies: bool = True
    #: Say on every page that the data is made up.
    demo: bool = False
    #: Real time, for sessions and locks: moving a demo's clock must neither end nor prolong a sign-in.
    wall_clock: Clock = field(default_factory=SystemClock)
