"""The patient's chat on a web page: phone-sized, like a chat in WeChat."""

from channels.web.pages import CHANNEL, build

__all__ = ["CHANNEL", "build"]
