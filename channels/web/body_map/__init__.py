"""The body map of the chat page: where it hurts can be tapped instead of typed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from core.knowledge import Strict, load_entries

_REGIONS = Path(__file__).parent / "regions.yml"
SIDES = ("左", "右")

Figure = Literal["male", "female", "child"]


class Part(Strict):
    """What a region stands for; a head is also eyes, ears and teeth."""

    name: str = Field(min_length=1)
    #: Sent as the patient's words.
    complaints: tuple[str, ...] = Field(min_length=1)
    who: tuple[Figure, ...] = ("male", "female", "child")


class Region(Strict):
    """An area of the figure that can be tapped."""

    id: str = Field(pattern=r"^[a-z_]+$")
    #: On which side of the body it is drawn; "whole" has a button of its own.
    view: Literal["front", "back", "whole"]
    #: True if the body has it on both sides; its words then hold {side}.
    sided: bool = False
    parts: tuple[Part, ...] = Field(min_length=1)


@cache
def regions() -> tuple[Region, ...]:
    """All regions. Raises KnowledgeError with every fault of the file."""
    return tuple(load_entries(_REGIONS, Region))
