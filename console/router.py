"""The console's face: `build` makes the router of all its pages, below `/console`."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from console.deps import ConsoleDeps
from console.pages import clinic, people, signing_in, staff, talks, tasks
from console.web import Console, bind

#: Largest request body, bytes; the import of discharge lists allows more.
_MAX_BODY = 256 * 1024

__all__ = ["ConsoleDeps", "build"]


def build(deps: ConsoleDeps) -> APIRouter:
    """All pages of the console with their own paths (`/console/…`): include it without a prefix."""
    router = APIRouter(dependencies=[Depends(bind(Console(deps)))], include_in_schema=False)
    for pages in (signing_in.router, tasks.router, talks.router, people.router, clinic.router, staff.router):
        router.include_router(pages)
    router.include_router(signing_in.rest)
    return router
