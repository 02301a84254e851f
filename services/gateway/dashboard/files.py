"""Serves the dashboard: the page at ``/`` and its files. There is no build step."""

import os
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from typing_extensions import override

from services.gateway.dashboard.resources import resources_script

FILES = Path(__file__).parent / "static"

# The browser revalidates each file (304 if it is unchanged), so that no page runs with old scripts
# after an update.
_CACHING = {"Cache-Control": "no-cache"}


class _Files(StaticFiles):
    @override
    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_CACHING)
        return response


def install_dashboard(app: FastAPI) -> None:
    """Serve the page at ``/`` and its files below ``/dashboard/``."""
    script = resources_script()

    @app.get("/", include_in_schema=False)
    async def home() -> FileResponse:
        return FileResponse(FILES / "index.html", headers=_CACHING)

    @app.get("/dashboard/app/resources.js", include_in_schema=False)
    async def resources() -> Response:
        return Response(script, media_type="text/javascript", headers=_CACHING)

    app.mount("/dashboard", _Files(directory=FILES))
