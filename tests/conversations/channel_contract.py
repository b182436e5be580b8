"""What every channel that is pushed to must do; each adapter's tests subclass this."""

from __future__ import annotations

from conversations import ChannelPort, Outgoing


def outgoing(key: str = "k1", text: str = "您好") -> Outgoing:
    return Outgoing(
        id=key,
        key=key,
        conversation_id="c1",
        channel="memory",
        address="a1",
        text=text,
        buttons=(),
        card=None,
    )


class ChannelContract:
    """Subclasses give a fixture `channel`."""

    async def test_a_message_is_taken_and_gets_the_provider_s_id(self, channel: ChannelPort) -> None:
        result = await channel.send(outgoing())
        assert result.status in ("accepted", "delivered")
        assert result.provider_id

    async def test_a_message_that_was_taken_is_not_looked_up_as_missing(self, channel: ChannelPort) -> None:
        await channel.send(outgoing())
        found = await channel.lookup("k1")
        assert found is None or found.status in ("accepted", "delivered", "unknown")

    async def test_a_message_that_never_came_is_not_looked_up_as_taken(self, channel: ChannelPort) -> None:
        found = await channel.lookup("never")
        assert found is None or found.status in ("retry", "unknown")

    async def test_a_channel_has_a_name(self, channel: ChannelPort) -> None:
        assert channel.name
