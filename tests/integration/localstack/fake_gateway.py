"""A gateway without dependencies. Its syncs end at the third request for their progress.

The first argument is the status they end with; ``resource=status`` arguments make exceptions.
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


async def ready(request: web.Request) -> web.Response:
    return web.json_response({"kafka": "ready"})


async def start(request: web.Request) -> web.Response:
    """The students' sync is active already."""
    resource = request.match_info["resource"]
    return web.json_response({"syncId": resource}, status=409 if resource == "students" else 202)


async def progress(request: web.Request) -> web.Response:
    resource = request.match_info["resource"]
    LOOKS[resource] += 1
    status = ENDS.get(resource, END) if LOOKS[resource] > 2 else "running"
    return web.json_response(
        {
            "syncId": resource,
            "status": status,
            "message": f"look {LOOKS[resource]}",
            "totalRecords": 2000,
            "processedRecords": LOOKS[resource],
            "inserted": 1,
            "complete": True,
            "errors": [],
            "somethingNew": {},
        }
    )


application = web.Application()
application.add_routes(
    [
        web.get("/readyz", ready),
        web.post("/api/hemis/sync/{resource}", start),
        web.get("/api/hemis/progress/{resource}", progress),
    ]
)
web.run_app(application, host="127.0.0.1", port=Settings.model_validate({}).gateway_port)
