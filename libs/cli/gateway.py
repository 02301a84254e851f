"""HTTP client of the gateway, with the standard library: one request at a time."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from typing_extensions import override

from libs.cli.errors import CommandFailed, GatewayAway, KeyWrong

# Decoded JSON.
Answer: TypeAlias = Any

# Longer than the gateway itself waits for a single record (30 s).
_TIMEOUT_SECONDS = 45.0
_KEY_REFUSED = {401, 403}
_UNAVAILABLE = {502, 503, 504}


class Gateway:
    """Every method raises CommandFailed, with a sentence that says what to do."""

    def __init__(self, address: str, key: str | None) -> None:
        self.address = address
        self._key = key
        # No proxy: the gateway is on the own network. No redirect: it would take the key elsewhere.
        self._opener = build_opener(ProxyHandler({}), _NoRedirect)

    def get(self, path: str, **query: object) -> Answer:
        return self._call("GET", path, query)

    def post(
        self, path: str, body: object = None, key: str | None = None, **query: object
    ) -> Answer:
        """``key`` is the Idempotency-Key: the same key is the same request."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._call("POST", path, query, body, headers)

    def _call(
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
        try:
            request = Request(url, content, {**self._headers(), **(headers or {})}, method=method)  # noqa: S310 — checked_address
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                return json.load(response)
        except HTTPError as error:
            raise self._refusal(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(self.address, error) from None
        except ValueError:
            raise not_a_gateway(self.address) from None

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._key:
            # http.client encodes headers as latin-1; the bytes on the wire are UTF-8, as with curl.
            headers["Authorization"] = f"Bearer {self._key}".encode().decode("latin-1")
        return headers

    def _refusal(self, error: HTTPError) -> CommandFailed:
        problem = _problem(error)
        if problem is None:
            return not_a_gateway(self.address)
        detail = str(problem.pop("detail", error.reason))
        code = str(problem.pop("code"))
        if error.code in _KEY_REFUSED:
            advice = "Set HEMIS_API_KEY, or give --key-file"
            return KeyWrong(code, f"{detail.rstrip('.')}. {advice}", **problem)
        kind = GatewayAway if error.code in _UNAVAILABLE else CommandFailed
        return kind(code, detail, **problem)


class _NoRedirect(HTTPRedirectHandler):
    @override
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _problem(error: HTTPError) -> dict[str, Any] | None:
    try:
        problem = json.load(error)
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return problem if isinstance(problem, dict) and "code" in problem else None


def not_a_gateway(address: str) -> GatewayAway:
    return GatewayAway(
        "gateway_not_ours",
        f"The server at {address} is not a hemis-sync gateway",
        advice="check the address: GATEWAY_URL or --url",
    )


def unreachable(address: str, error: Exception) -> GatewayAway:
    """Name the reason why the gateway cannot be reached, and what to check."""
    cause = error.reason if isinstance(error, URLError) else error
    host = urlsplit(address).netloc
    start = "start it (make run, or docker-compose up -d api) and read the end of its log"
    match cause:
        case socket.gaierror():
            code, reason = "gateway_unknown_host", f"no address is known for the name in {address}"
            advice = "check GATEWAY_URL or --url for a misprint, then the DNS of this machine"
        case ConnectionRefusedError():
            code, reason = "gateway_refuses_connection", f"nothing listens at {host}"
            advice = f"{start}; exit code 78 means a wrong setting, which the log names"
        case TimeoutError():
            code, reason = "gateway_silent", f"{host} does not answer"
            advice = "look for a firewall between this machine and the gateway; read its log"
        case ssl.SSLError():
            code, reason = "gateway_untrusted", f"this machine does not trust {host}'s certificate"
            advice = "check the address, and the certificate of the proxy before the gateway"
        case http.client.HTTPException():
            return not_a_gateway(address)
        case _:
            code, reason = "gateway_unreachable", f"{host}: {type(cause).__name__}"
            advice = "check the network between this machine and the gateway; read its log"
    return GatewayAway(code, f"The gateway cannot be reached: {reason}", advice=advice)
