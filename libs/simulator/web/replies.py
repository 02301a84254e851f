"""Responses of the REST interface, the right ones and the broken ones."""

from collections.abc import Callable, Mapping

from aiohttp import web

from libs.simulator.faults import Fault, Kind
from libs.simulator.listing.pages import failure

JSON = "application/json; charset=UTF-8"
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>HEMIS</title></head><body>Kirish</body></html>"
_PHP_NOTICE = b"<br />\n<b>Warning</b>: Undefined array key in <b>/app/rest.php</b>"
# What Yii2 says by default; HEMIS's own text is not known.
_UNAUTHORIZED = (
    b'{"name":"Unauthorized","message":"Your request was made with invalid credentials.",'
    b'"code":0,"status":401}'
)


def json_reply(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(body=body, status=status, headers={"Content-Type": JSON, **(headers or {})})


def refusal(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return json_reply(failure(text, status), status, headers)


def unauthorized() -> web.Response:
    return json_reply(_UNAUTHORIZED, 401, {"WWW-Authenticate": 'Bearer realm="api"'})


def too_many_requests() -> web.Response:
    return refusal(429, "So‘rovlar soni cheklangan", {"Retry-After": "1"})


def unknown_path() -> web.Response:
    return refusal(404, "Sahifa topilmadi")


def _status(fault: Fault) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
    return refusal(fault.status, "Ichki server xatosi", headers)


def _redirect(fault: Fault) -> web.Response:
    return web.Response(status=302, headers={"Location": fault.location})


def _html(_: Fault) -> web.Response:
    return web.Response(text=_LOGIN_PAGE, content_type="text/html")


def _success_false(fault: Fault) -> web.Response:
    return json_reply(failure("Ichki server xatosi", fault.status))


def _not_json(_: Fault) -> web.Response:
    return json_reply(_PHP_NOTICE)


INSTEAD: Mapping[Kind, Callable[[Fault], web.Response]] = {
    "status": _status,
    "redirect": _redirect,
    "html": _html,
    "success_false": _success_false,
    "not_json": _not_json,
}
"""Kinds of fault that answer instead of the endpoint."""
