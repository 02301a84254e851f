"""The gateway over HTTP; the standard library's client is enough for one request at a time."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from typing_extensions import override

from libs.cli.errors import CommandFailed, GatewayAway, KeyWrong

# Decoded JSON, as it came.
Answer: TypeAlias = Any

# Longer than the gateway itself waits for a single record (30 s).
_TIMEOUT_SECONDS = 45.0
_LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
_KEY_WANTED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_AWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}


class Gateway:
    """Every method raises CommandFailed with a sentence that says what to do."""

    def __init__(
        self, address: str, key: str | None, timeout_seconds: float = _TIMEOUT_SECONDS
    ) -> None:
        self.address = address
        self._key = key
        self._timeout_seconds = timeout_seconds
        # No proxy: the gateway is nearer than any. No redirect: the key is for this address.
        self._opener = build_opener(ProxyHandler({}), _NoRedirect)

    def get(self, path: str, **query: object) -> Answer:
        return self._ask("GET", path, query)

    def post(
        self, path: str, body: object = None, key: str | None = None, **query: object
    ) -> Answer:
        """``key`` is an Idempotency-Key: the same one is the same request."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._ask("POST", path, query, body, headers)

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        given = {name: value for name, value in query.items() if value is not None}
        url = self.address + quote(path) + (f"?{urlencode(given)}" if given else "")
        content = None if body is None else json.dumps(body).encode()
        request = Request(url, content, {**self._headers(), **(headers or {})}, method=method)  # noqa: S310 — checked_address
        try:
            with self._opener.open(request, timeout=self._timeout_seconds) as answer:
                return self._read(answer.read(_LARGEST_ANSWER_BYTES))
        except HTTPError as error:
            raise self._refusal(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(self.address, error) from None

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._key:
            # As UTF-8 on the wire, as curl sends it.
            headers["Authorization"] = f"Bearer {self._key}".encode().decode("latin-1")
        return headers

    def _read(self, content: bytes) -> Answer:
        try:
            return json.loads(content)
        except ValueError:
            raise not_ours(self.address) from None

    def _refusal(self, error: HTTPError) -> CommandFailed:
        problem = _problem(error)
        if problem is None:
            return not_ours(self.address)
        detail = str(problem.pop("detail", error.reason))
        code = str(problem.pop("code"))
        kind = CommandFailed
        if error.code in _KEY_WANTED:
            kind, detail = KeyWrong, f"{detail.rstrip('.')}. Set HEMIS_API_KEY, or give --key-file"
        elif error.code in _AWAY:
            kind = GatewayAway
        return kind(code, detail, **problem)


class _NoRedirect(HTTPRedirectHandler):
    @override
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _problem(error: HTTPError) -> dict[str, Any] | None:
    try:
        problem = json.loads(error.read(_LARGEST_ANSWER_BYTES))
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return problem if isinstance(problem, dict) and "code" in problem else None


def not_ours(address: str) -> GatewayAway:
    return GatewayAway(
        "gateway_not_ours",
        f"What answers at {address} is no gateway of hemis-sync",
        advice="check the address: GATEWAY_URL or --url",
    )


def unreachable(address: str, error: Exception) -> GatewayAway:
    """Say why nobody answered, and what to look at."""
    reason = error.reason if isinstance(error, URLError) else error
    place = urlsplit(address).netloc
    start = "start it (make run, or docker-compose up -d api) and look at the end of its log"
    match reason:
        case socket.gaierror():
            code, said = "gateway_unknown_host", f"the name in {address} is not known here"
            advice = "check GATEWAY_URL or --url for a misprint, then this machine's DNS"
        case ConnectionRefusedError():
            code, said = "gateway_refuses_connection", f"nothing listens at {place}"
            advice = f"{start}; exit code 78 means a wrong setting, which the log names"
        case TimeoutError():
            code, said = "gateway_silent", f"{place} does not answer"
            advice = "look for a firewall between here and there, and at the gateway's log"
        case ssl.SSLError():
            code, said = "gateway_untrusted", f"{place} has a certificate that is not trusted here"
            advice = "check the address, and the certificate of whatever stands before the gateway"
        case http.client.HTTPException():
            return not_ours(address)
        case _:
            code, said = "gateway_unreachable", f"{place}: {type(reason).__name__}"
            advice = "look at the network between here and there, and at the gateway's log"
    return GatewayAway(code, f"The gateway cannot be reached: {said}", advice=advice)
