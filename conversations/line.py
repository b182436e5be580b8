"""Waiting in line: within one process, one task per conversation does its work, everybody else just waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

import structlog

from conversations.model import Reply

log = structlog.get_logger(__name__)

Replies = tuple[Reply, ...]


class Busy:
    """Another worker is at this conversation."""


BUSY: Final = Busy()
#: Only while another process works on the conversation: how often to look, seconds; doubles up to the last.
_FIRST_LOOK = 0.02
_LAST_LOOK = 0.25


class Line:
    """Runs `turns(conversation)` until nothing is left to do there and nobody waits.

    `turns` does what waits and yields the replies of messages as they are answered, or BUSY if another
    process is at the conversation. `answered` looks up what that process has answered.
    """

    def __init__(
        self,
        turns: Callable[[str], AsyncIterator[Mapping[str, Replies] | Busy]],
        answered: Callable[[Sequence[str]], Mapping[str, Replies]],
    ) -> None:
        self._turns = turns
        self._look_up = answered
        self._waiting: dict[str, dict[str, asyncio.Future[Replies]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def wait(self, conversation_id: str, message_id: str) -> Replies:
        """The replies of a message, once it is answered. Raises what broke the work on the conversation."""
        waiting = self._waiting.setdefault(conversation_id, {})
        future = waiting.get(message_id)
        if future is None:
            future = waiting[message_id] = asyncio.get_running_loop().create_future()
            # Its waiters may all have been cancelled; an error is then nobody's surprise.
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
        if conversation_id not in self._tasks:
            self._tasks[conversation_id] = asyncio.create_task(self._work(conversation_id))
        return await asyncio.shield(future)

    async def close(self) -> None:
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _work(self, conversation_id: str) -> None:
        pause = _FIRST_LOOK
        try:
            while True:
                busy = False
                async for step in self._turns(conversation_id):
                    if isinstance(step, Busy):
                        busy = True
                    else:
                        self._settle(conversation_id, step)
                left = list(self._waiting.get(conversation_id, ()))
                if left:
                    self._settle(conversation_id, await asyncio.to_thread(self._look_up, left))
                if not self._waiting.get(conversation_id):
                    return
                if busy:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LAST_LOOK)
                else:
                    pause = _FIRST_LOOK
        except Exception as error:  # noqa: BLE001 - it reaches everybody who waits; the messages stay stored
            log.error("line broke", conversation=conversation_id, error=type(error).__name__)
            for future in self._waiting.get(conversation_id, {}).values():
                if not future.done():
                    future.set_exception(error)
            self._waiting.pop(conversation_id, None)
        finally:
            # No await since the last look at the waiters: whoever comes after this starts a new task.
            self._tasks.pop(conversation_id, None)

    def _settle(self, conversation_id: str, answers: Mapping[str, Replies]) -> None:
        waiting = self._waiting.get(conversation_id, {})
        for message_id, replies in answers.items():
            future = waiting.pop(message_id, None)
            if future is not None and not future.done():
                future.set_result(replies)
        if not waiting:
            self._waiting.pop(conversation_id, None)
