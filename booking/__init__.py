"""Booking: schedules, slots, appointments, examinations, pre-visit history, and the port to the HIS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.history import (
    AI_LABEL,
    SKIPPED,
    HistoryQuestion,
    HistorySummary,
    next_history_question,
    question_text,
    summarise,
)
from booking.messages import offer_text, refusal_text
from booking.model import (
    AppointmentView,
    BookSlot,
    ExamAppointmentView,
    ExamSlotView,
    Offer,
    SlotView,
    Status,
    day_words,
    period_of,
    time_range,
)
from booking.named_days import names_past_day
from booking.service import Booking
from booking.words import When, parse_when
from booking.world import overlay, read_world
from hospital import Hospital


def overlay_world(hospital: Hospital, world: Mapping[str, Any]) -> Hospital:
    """The hospital with the doctors of a script's world. Raises BanzhenError if it does not fit."""
    return overlay(hospital, read_world(world))


__all__ = [
    "AI_LABEL",
    "SKIPPED",
    "AppointmentView",
    "BookSlot",
    "Booking",
    "ExamAppointmentView",
    "ExamSlotView",
    "HistoryQuestion",
    "HistorySummary",
    "Offer",
    "SlotView",
    "Status",
    "When",
    "day_words",
    "names_past_day",
    "next_history_question",
    "offer_text",
    "overlay_world",
    "parse_when",
    "period_of",
    "question_text",
    "refusal_text",
    "summarise",
    "time_range",
]
