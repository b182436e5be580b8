"""The body map offers only words that triage understands, and every place that is drawn."""

from __future__ import annotations

import re
from itertools import product

import pytest
from jinja2 import Environment, FileSystemLoader

from channels.web import body_map
from core.settings import ROOT
from tests import loaded
from triage import triage_row

#: What the page puts before the words; see WHO_SAYS in body.js.
_WHO_SAYS = {"male": "男，", "female": "女，", "child": "孩子"}
_OFFERED = sorted(
    {
        _WHO_SAYS[who] + words.replace("{side}", side)
        for region in body_map.regions()
        for part in region.parts
        for who, side, words in product(part.who, body_map.SIDES, part.complaints)
    }
)


@pytest.mark.parametrize("text", _OFFERED)
def test_what_is_offered_is_understood(text: str) -> None:
    answer = triage_row(loaded.triage(), {"text": text})
    assert any(finding["status"] == "present" for finding in answer["findings"])
    assert answer["departments"]


def test_sides_are_named_only_where_there_are_two() -> None:
    for region in body_map.regions():
        words = [words for part in region.parts for words in (part.name, *part.complaints)]
        assert region.sided or not any("{side}" in one for one in words), region.id


@pytest.mark.parametrize("view", ["front", "back"])
def test_every_region_is_drawn_on_every_figure_and_nothing_else(view: str) -> None:
    pages = Environment(loader=FileSystemLoader(ROOT / "channels" / "web" / "templates"), autoescape=True)
    drawing = pages.from_string('{% from "figure.svg" import figure %}{{ figure(name, front) }}')
    known = {region.id: region.sided for region in body_map.regions() if region.view == view}
    for name in _WHO_SAYS:
        drawn = drawing.render(name=name, front=view == "front")
        shapes = set(re.findall(r'data-region="(\w+)"(?: data-side="(.)")?', drawn))
        wanted = {
            (one, side) for one, sided in known.items() for side in (body_map.SIDES if sided else ("",))
        }
        assert shapes == wanted
