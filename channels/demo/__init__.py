"""The demonstration's page: move the clock, see simulated SMS and answer them, chat as a made-up patient."""

from channels.demo.pages import build

__all__ = ["build"]
