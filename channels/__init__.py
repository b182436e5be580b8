"""Adapters between the world's channels and `conversations`: verify, parse, translate, send. No rules."""

from __future__ import annotations

from collections.abc import Mapping

from channels.sms_simulator import SmsSimulator
from conversations import ChannelPort
from core.clock import Clock
from core.crypto import FieldCipher
from core.database import Database

__all__ = ["push_channels"]


def push_channels(
    sms: str, *, database: Database, clock: Clock, cipher: FieldCipher
) -> Mapping[str, ChannelPort]:
    """The channels that messages are pushed to, by name. `sms`: which adapter sends SMS."""
    adapters = {"simulator": SmsSimulator}
    return {"sms": adapters[sms](database=database, clock=clock, cipher=cipher)}
