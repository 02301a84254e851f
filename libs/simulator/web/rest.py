"""The REST interface under ``/rest/v1``: the limit, the token, the faults, then the answer."""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from libs.simulator.answers import Answer, Answers, Query
from libs.simulator.errors import HemisRefusal, UnknownStudent
from libs.simulator.faults import Due, Endpoint
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.listing.pages import failure, page_request
from libs.simulator.traffic import LoggedRequest
from libs.simulator.web.replies import (
    INSTEAD,
    cut_reply,
    json_reply,
    too_many_requests,
    unauthorized,
    unknown_path,
)

_BASE = "/rest/v1/data"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
        async def serve(request: web.Request) -> web.StreamResponse:
            due = self._hemis.faults.due(endpoint, page_request(request.query).page)
            return await self._serve(request, answer, due)

        return self._logged(serve)

    def _logged(self, serve: Handler) -> Handler:
        async def log(request: web.Request) -> web.StreamResponse:
            started, status = time.time(), 0
            try:
                response = self._turned_away(request) or await serve(request)
                if not response.prepared:
                    await response.prepare(request)
                    await response.write_eof()
                status = response.status
            finally:
                self._log(request, started, status)
            return response

        return log

    def _log(self, request: web.Request, started: float, status: int) -> None:
        logged = LoggedRequest(request.path, request.query_string, started, time.time(), status)
        self._hemis.requests.add(logged)

    def _turned_away(self, request: web.Request) -> web.Response | None:
        per_second = self._hemis.behaviour.rate_limit_per_second
        if per_second and not self._hemis.rate_limit.accepts(request.remote or "", per_second):
            return too_many_requests()
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self._hemis.token}".encode()):
            return unauthorized()
        return None

    async def _serve(self, request: web.Request, answer: Answer, due: Due) -> web.StreamResponse:
        if wait := due.get("wait"):
            await asyncio.sleep(wait.seconds)
        if fault := due.get("answer"):
            return INSTEAD[fault.kind](fault)
        wrong_by = due["count"].delta if "count" in due else 0
        # PHP takes the last of several equal parameters.
        status, body = self._answered(answer, dict(request.query.items()), wrong_by)
        if "send" in due:
            return await cut_reply(request, status, body)
        return json_reply(body, status)

    def _answered(self, answer: Answer, query: Query, wrong_by: int) -> tuple[int, bytes]:
        try:
            return 200, answer(query, wrong_by)
        except HemisRefusal as error:
            return self._status_of(error), failure(str(error), error.status)

    def _status_of(self, error: HemisRefusal) -> int:
        lenient = self._hemis.behaviour.unknown_student == "success_false"
        return 200 if lenient and isinstance(error, UnknownStudent) else error.status

    async def _unknown(self, _: web.Request) -> web.Response:
        return unknown_path()
