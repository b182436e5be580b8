"""Live pages: a stream that says when something changed; the page then fetches the fragment it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.concurrency import run_in_threadpool

from console import accounts
from console.accounts import SignedIn
from console.deps import ConsoleDeps

#: How often the database is asked for its revision, seconds.
TICK = 1.0
#: Proxies close a stream that is silent for long; a comment is sent after this many quiet ticks.
KEEP_ALIVE_TICKS = 15


async def events(
    deps: ConsoleDeps, me: SignedIn, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[str]:
    """Server-sent events: `changed` at the start and at every change, `signed_out` when the session ends.

    The first `changed` lets a page that reconnects catch up with what it missed.
    """
    last: str | None = None
    quiet = 0
    while True:
        revision = await run_in_threadpool(_revision, deps, me)
        if revision is None:
            yield "event: signed_out\ndata: -\n\n"
            return
        if revision != last:
            last, quiet = revision, 0
            yield f"event: changed\ndata: {revision}\n\n"
        else:
            quiet += 1
            if quiet % KEEP_ALIVE_TICKS == 0:
                yield ": still here\n\n"
        await pause(TICK)


def _revision(deps: ConsoleDeps, me: SignedIn) -> str | None:
    """None if the session has ended."""
    with deps.database.reading() as session:
        if not accounts.still_signed_in(session, me.token, deps.wall_clock.now()):
            return None
        return str(deps.conversations.revision(session))
