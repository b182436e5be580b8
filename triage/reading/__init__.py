"""Reading one message: findings with status, subject and time, and facts of the person."""

from triage.reading.reader import Reader

__all__ = ["Reader"]
