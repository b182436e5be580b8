"""One inbound pipeline and one outbound queue for all channels: who we talk to and what is said."""

from conversations.bot import RasaBot, ScriptedBot
from conversations.model import (
    BotPort,
    BotUnavailable,
    ConversationView,
    Dialogue,
    Guard,
    Inbound,
    Message,
    Phones,
    Receipt,
    Recovery,
    Reply,
    Severity,
    TaskKind,
    TaskView,
)
from conversations.pipeline import Conversations
from conversations.records import UnknownConversation

__all__ = [
    "BotPort",
    "BotUnavailable",
    "ConversationView",
    "Conversations",
    "Dialogue",
    "Guard",
    "Inbound",
    "Message",
    "Phones",
    "RasaBot",
    "Receipt",
    "Recovery",
    "Reply",
    "ScriptedBot",
    "Severity",
    "TaskKind",
    "TaskView",
    "UnknownConversation",
]
