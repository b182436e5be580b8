"""Figures for /metrics. Labels are codes and channel names, never anything of a patient."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

INBOUND = Counter("banzhen_inbound_messages", "Messages received", ["channel", "duplicate"])
ANSWERED = Counter("banzhen_answered_messages", "Messages answered, by what answered them", ["by"])
GUARD_HITS = Counter("banzhen_guard_hits", "Red flags answered by the safety guard", ["flag"])
GUARD_FAILURES = Counter("banzhen_guard_failures", "Messages that the safety guard could not check")
BOT_FAILURES = Counter("banzhen_bot_failures", "Turns that the bot did not answer")
RECEIVE_SECONDS = Histogram("banzhen_receive_seconds", "From a message's arrival to its replies", ["channel"])
BOT_SECONDS = Histogram("banzhen_bot_turn_seconds", "Time of one bot turn")
SENT = Counter("banzhen_outbound_attempts", "Attempts to send, by how they ended", ["channel", "result"])
