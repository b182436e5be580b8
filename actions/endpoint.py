"""The rasa-sdk executor with all actions: what Rasa's action calls are run by."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import ActionExecutor

from actions import (
    booking,
    change,
    exam,
    feedback,
    followup,
    history,
    identity,
    knowledge,
    own_visit,
    service,
    triage,
)
from actions.base import RoomsOf, SessionStart

_ACTIONS = (
    SessionStart,
    triage.TriageLoop,
    booking.BookingLoop,
    change.ChangeLoop,
    own_visit.QueryAppointment,
    exam.ExamLoop,
    identity.IdentityLoop,
    history.HistoryLoop,
    followup.FollowupLoop,
    followup.FollowupAnswer,
    feedback.FeedbackLoop,
    feedback.Praise,
    feedback.Rating,
    knowledge.AskInsurance,
    knowledge.AskHospitalInfo,
    knowledge.AskMedication,
    knowledge.QueryReport,
    knowledge.AskDoctor,
    service.Greet,
    service.SmallTalk,
    service.AskBack,
    service.RequestHuman,
    service.EmergencyWords,
    service.OptOut,
)


class ActionEndpoint:
    """Answers Rasa's action calls. `rooms_of` gives the rooms of a conversation by its id."""

    def __init__(self, rooms_of: RoomsOf) -> None:
        self._executor = ActionExecutor()
        for action in _ACTIONS:
            self._executor.register_action(action(rooms_of))

    @staticmethod
    def names() -> list[str]:
        """Every action that the bot's domain may call."""
        return sorted(action(lambda _: None).name() for action in _ACTIONS)  # type: ignore[arg-type,return-value]

    async def run(self, call: dict[str, Any]) -> dict[str, Any]:
        """One action call of Rasa (its webhook JSON) → events for Rasa."""
        # The executor insists on a domain, which we told Rasa not to send: none of our actions reads it.
        result = await self._executor.run({**call, "domain": {}})
        return (
            {"events": result.events, "responses": result.responses}
            if result
            else {"events": [], "responses": []}
        )
