"""The console's face: `build` makes the router of all its pages, below `/console`."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from console.deps import ConsoleDeps
from console.pages import clinic, discharge_lists, numbers, people, plans, signing_in, staff, talks, tasks
from console.web import Console, bind

#: Largest request body, bytes.
_MAX_BODY = 256 * 1024
#: A little room for the form around the file.
_MAX_UPLOAD = discharge_lists.MAX_FILE + 64 * 1024

__all__ = ["ConsoleDeps", "build"]


def build(deps: ConsoleDeps) -> APIRouter:
    """All pages of the console with their own paths (`/console/…`): include it without a prefix."""
    router = APIRouter(dependencies=[Depends(bind(Console(deps)))], include_in_schema=False)
    for pages in (signing_in, tasks, talks, people, clinic, plans, numbers, staff):
        router.include_router(pages.router, max_body_size=_MAX_BODY)
    router.include_router(discharge_lists.router, max_body_size=_MAX_UPLOAD)
    router.include_router(signing_in.rest, max_body_size=_MAX_BODY)
    return router
