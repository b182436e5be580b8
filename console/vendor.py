"""The front-end libraries of all pages, at `/assets/vendor/`; installed at set-up, none is committed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

#: Name below `/assets/vendor/` → file below `node_modules`. Nothing else of `node_modules` is served.
LIBRARIES: Mapping[str, str] = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/sse.js",
    "swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
}


def build(node_modules: Path) -> APIRouter:
    """Serve the libraries from `node_modules`, the folder that `npm ci` filled."""
    router = APIRouter(prefix="/assets/vendor", include_in_schema=False)

    @router.get("/{name}")
    def library(name: str) -> FileResponse:
        file = node_modules / LIBRARIES[name] if name in LIBRARIES else None
        if file is None or not file.is_file():
            raise HTTPException(404, "no such library")
        headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return FileResponse(file, headers=headers)

    return router
