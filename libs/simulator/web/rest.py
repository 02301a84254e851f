"""The REST interface under ``/rest/v1``: the limit, the token, the faults, then the answer."""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from libs.simulator.answers import Answer, Answers
from libs.simulator.errors import HemisRefusal, UnknownStudent
from libs.simulator.faults import Due, Endpoint, Skew, skew_of
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.listing.pages import failure, page_request
from libs.simulator.lists import LISTS, Query, Resource
from libs.simulator.traffic import LoggedRequest
from libs.simulator.web.replies import INSTEAD, too_many_requests, unauthorized, unknown_path
from libs.simulator.web.sending import send

_BASE = "/rest/v1/data"
_RESOURCES: Mapping[Endpoint, Resource] = {
    "student-info": "students",
    **{one.endpoint: resource for resource, one in LISTS.items()},
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serving = Callable[[web.Request, list[str]], Awaitable[web.StreamResponse]]
"""The request, and a list that hears which kinds of fault struck it."""


class RestApi:
    def __init__(self, hemis: SimulatedHemis) -> None:
        self._hemis = hemis
        self._answers = Answers(hemis)

    def routes(self) -> list[web.RouteDef]:
        known = [
            web.get(f"{_BASE}/{endpoint}", self._serving(endpoint, answer), allow_head=False)
            for endpoint, answer in self._answers.by_endpoint.items()
        ]
        return [*known, web.route("*", "/{path:.*}", self._logged(self._unknown))]

    def _serving(self, endpoint: Endpoint, answer: Answer) -> Handler:
        async def serve(request: web.Request, struck: list[str]) -> web.StreamResponse:
            due = self._hemis.faults.due(endpoint, page_request(request.query).page)
            struck.extend(fault.kind for fault in due.values())
            if wait := due.get("wait"):
                await asyncio.sleep(wait.seconds)
            if drift := due.get("drift"):
                self._hemis.drift(_RESOURCES[endpoint], drift.remove, drift.add)
            if upgrade := due.get("version"):
                self._hemis.behave(self._hemis.behaviour.changed(upgrade.settings))
            return await self._serve(request, answer, due)

        return self._logged(serve)

    def _logged(self, serve: Serving) -> Handler:
        async def log(request: web.Request) -> web.StreamResponse:
            started, ended, status = time.time(), None, 0
            struck: list[str] = []
            try:
                response = self._turned_away(request) or await serve(request, struck)
                # Before the last bytes leave: afterwards another process may have its turn first.
                ended = time.time()
                await _finish(request, response)
                status = response.status
            finally:
                path, query = request.path, request.query_string
                self._hemis.requests.add(
                    LoggedRequest(path, query, started, ended or time.time(), status, tuple(struck))
                )
            return response

        return log

    def _turned_away(self, request: web.Request) -> web.Response | None:
        per_second = self._hemis.behaviour.rate_limit_per_second
        if per_second and not self._hemis.rate_limit.accepts(request.remote or "", per_second):
            return too_many_requests()
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self._hemis.token}".encode()):
            return unauthorized()
        return None

    async def _serve(self, request: web.Request, answer: Answer, due: Due) -> web.StreamResponse:
        if fault := due.get("answer"):
            return INSTEAD[fault.kind](fault)
        # PHP takes the last of several equal parameters.
        status, body = self._answered(answer, dict(request.query.items()), skew_of(due))
        return await send(request, status, body, due.get("send"))

    def _answered(self, answer: Answer, query: Query, skew: Skew) -> tuple[int, bytes]:
        try:
            return 200, answer(query, skew)
        except HemisRefusal as error:
            return self._status_of(error), failure(str(error), error.status)

    def _status_of(self, error: HemisRefusal) -> int:
        lenient = self._hemis.behaviour.unknown_student == "success_false"
        return 200 if lenient and isinstance(error, UnknownStudent) else error.status

    async def _unknown(self, _: web.Request, __: list[str]) -> web.Response:
        return unknown_path()


async def _finish(request: web.Request, response: web.StreamResponse) -> None:
    is_open = request.transport is not None and not request.transport.is_closing()
    if is_open and not response.prepared:
        await response.prepare(request)
        await response.write_eof()
