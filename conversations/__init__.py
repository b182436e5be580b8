"""One inbound pipeline and one outbound queue for all channels: who we talk to and what is said."""

from conversations.bot import RasaBot, ScriptedBot
from conversations.channel import ChannelPort, MemoryChannel, Outgoing, SendResult
from conversations.model import (
    Alarm,
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
from conversations.sender import Sender, TickReport
from conversations.whose import told_of

__all__ = [
    "Alarm",
    "BotPort",
    "BotUnavailable",
    "ChannelPort",
    "ConversationView",
    "Conversations",
    "Dialogue",
    "Guard",
    "Inbound",
    "MemoryChannel",
    "Message",
    "Outgoing",
    "Phones",
    "RasaBot",
    "Receipt",
    "Recovery",
    "Reply",
    "ScriptedBot",
    "SendResult",
    "Sender",
    "Severity",
    "TaskKind",
    "TaskView",
    "TickReport",
    "UnknownConversation",
    "told_of",
]
