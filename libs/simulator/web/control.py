"""The switches under ``/control``: no token, for tests and for whoever tries things."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import msgspec
from aiohttp import web

from libs.simulator.faults import Fault
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.listing.changes import UnknownRecord
from libs.simulator.lists import Resource
from libs.simulator.records import RecordsChange, apply_change

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LINES_AT_ONCE = 200
_DEFAULT_REQUESTS = "1000"


def reply(content: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(content), status=status, content_type="application/json"
    )


@web.middleware
async def control_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """404 for an unknown record, 422 for a body that is not understood; both say why."""
    try:
        return await handler(request)
    except UnknownRecord as error:
        return reply({"error": f"nobody has the id {error}"}, 404)
    except (msgspec.MsgspecError, ValueError) as error:
        return reply({"error": str(error)}, 422)


class ControlApi:
    def __init__(self, hemis: SimulatedHemis) -> None:
        self._hemis = hemis

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/state", self._state),
            web.post("/settings", self._settings),
            web.post("/faults", self._add_fault),
            web.delete("/faults", self._clear_faults),
            web.post("/records", self._change_records),
            web.get(f"/records/{{resource:{'|'.join(self._hemis.rosters)}}}", self._records),
            web.get("/requests", self._requests),
        ]

    def state(self) -> dict[str, object]:
        hemis = self._hemis
        return {
            "totals": {resource: len(roster) for resource, roster in hemis.rosters.items()},
            "settings": hemis.behaviour,
            "faults": hemis.faults.in_force(),
            "requests": hemis.requests.summary(),
        }

    async def _state(self, _: web.Request) -> web.Response:
        return reply(self.state())

    async def _settings(self, request: web.Request) -> web.Response:
        changes = await _body(request, dict[str, Any])
        self._hemis.behave(self._hemis.behaviour.changed(changes))
        return reply(self.state())

    async def _add_fault(self, request: web.Request) -> web.Response:
        fault = await _body(request, Fault)
        self._hemis.behaviour.changed(fault.settings)
        self._hemis.faults.add(fault)
        return reply(self.state())

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._hemis.faults.clear()
        return reply(self.state())

    async def _change_records(self, request: web.Request) -> web.Response:
        apply_change(self._hemis, await _body(request, RecordsChange))
        return reply(self.state())

    async def _records(self, request: web.Request) -> web.StreamResponse:
        """Every present item, in the list's order and bytes, a line each."""
        roster = self._hemis.rosters[cast("Resource", request.match_info["resource"])]
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for start in range(0, len(roster), _LINES_AT_ONCE):
            rows = roster.rows(start, start + _LINES_AT_ONCE)
            await response.write(b"".join(bytes(roster.body(row)) + b"\n" for row in rows))
        await response.write_eof()
        return response

    async def _requests(self, request: web.Request) -> web.Response:
        last = int(request.query.get("last", _DEFAULT_REQUESTS))
        return reply(self._hemis.requests.last(last))


async def _body(request: web.Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.read(), type=kind)
