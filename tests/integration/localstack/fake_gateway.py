"""A gateway without dependencies. Its syncs end at the third request for their progress.

The first argument is the status they end with; ``resource=status`` arguments make exceptions.
An earlier run left a sync of students, ``interrupted``, for which there may be an exception too.
"""

import sys
from collections import Counter

from aiohttp import web
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    gateway_port: int
    database_url: str
    hemis_api_url: str


END, *exceptions = sys.argv[1:]
ENDS = dict(word.split("=") for word in exceptions if "=" in word)
LOOKS: Counter[str] = Counter()
SYNCS: dict[str, str] = {"students": "interrupted"}


async def ready(request: web.Request) -> web.Response:
    return web.json_response({"kafka": "ready"})


async def start(request: web.Request) -> web.Response:
    resource = request.match_info["resource"]
    sync_id = SYNCS.get(resource)
    if sync_id is not None and not has_ended(sync_id):
        return web.json_response({"syncId": sync_id}, status=409)
    SYNCS[resource] = resource
    return web.json_response({"syncId": resource}, status=202)


async def progress(request: web.Request) -> web.Response:
    resource = request.match_info["resource"]
    sync_id = SYNCS[resource]
    LOOKS[sync_id] += 1
    end = ENDS.get(sync_id) or ENDS.get(resource, END)
    return web.json_response(
        {
            "syncId": sync_id,
            "status": end if has_ended(sync_id) else "running",
            "message": f"look {LOOKS[sync_id]}",
            "totalRecords": 2000,
            "processedRecords": LOOKS[sync_id],
            "inserted": 1,
            "complete": True,
            "errors": [],
            "somethingNew": {},
        }
    )


def has_ended(sync_id: str) -> bool:
    return LOOKS[sync_id] > 2


application = web.Application()
application.add_routes(
    [
        web.get("/readyz", ready),
        web.post("/api/hemis/sync/{resource}", start),
        web.get("/api/hemis/progress/{resource}", progress),
    ]
)
web.run_app(application, host="127.0.0.1", port=Settings.model_validate({}).gateway_port)
