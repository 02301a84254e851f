"""Posts alerts to the webhook, signed as Standard Webhooks 1.0 specifies.

Source: https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

import base64
import binascii
import hmac
from hashlib import sha256

import aiohttp
import msgspec

from libs.common.clock import Clock
from libs.common.contracts.events import AlertRaised
from libs.common.contracts.times import rfc3339
from libs.common.errors import TransientError
from libs.common.process.proxies import Proxy
from services.gateway.projection.alerts import AlertEvent

_SECRET = "whsec_"  # noqa: S105 — how such secrets begin
_ANSWER_SECONDS = 10


class WebhookRefused(TransientError):
    """The receiver did not answer 2xx; the text has no address, since that may hold a secret."""


def signing_key(secret: str) -> bytes | None:
    """Decode a secret: base64 after ``whsec_``, any other text as it is; None if empty.

    Raises:
        ValueError: the part after ``whsec_`` is not base64.
    """
    if not secret.startswith(_SECRET):
        return secret.encode() or None
    try:
        return base64.b64decode(secret.removeprefix(_SECRET), validate=True)
    except binascii.Error:
        raise ValueError("after whsec_ there must be base64") from None


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()


def message_id(event: AlertEvent) -> str:
    """Return the ``webhook-id``: the same for every attempt."""
    return f"{_kind(event)}_{event.alert_id}"


def body_of(event: AlertEvent) -> bytes:
    """Return the JSON body; it has no personal data."""
    payload = {
        "alert": event.alert,
        "alertId": event.alert_id,
        "resource": event.resource,
        "syncId": event.sync_id or None,
    }
    if isinstance(event, AlertRaised):
        payload["detail"] = event.detail
    return msgspec.json.encode(
        {"type": f"alert.{_kind(event)}", "timestamp": rfc3339(event.at), "data": payload}
    )


def _kind(event: AlertEvent) -> str:
    return "raised" if isinstance(event, AlertRaised) else "cleared"


def webhook_session(proxy: Proxy | None = None) -> aiohttp.ClientSession:
    """Return a session without cookies, through the proxy if one is set."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=proxy.url if proxy else None,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return "the proxy does not answer: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"HTTP {error.status} from the proxy: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    return type(error).__name__


class Webhook:
    """One receiver; its response body is not read, and redirects are not followed."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, key: bytes | None, clock: Clock
    ) -> None:
        self._http = http
        self._url = url
        self._key = key
        self._clock = clock

    async def send(self, event: AlertEvent) -> None:
        """Send one event once; raises WebhookRefused."""
        body = body_of(event)
        try:
            async with self._http.post(
                self._url, data=body, headers=self._headers(event, body), allow_redirects=False
            ) as response:
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise WebhookRefused(_reason(error)) from None
        if not 200 <= status < 300:  # noqa: PLR2004 — any 2xx is success
            raise WebhookRefused(f"HTTP {status}")

    def _headers(self, event: AlertEvent, body: bytes) -> dict[str, str]:
        name, timestamp = message_id(event), self._clock.now_ms() // 1000
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(timestamp),
        }
        if self._key is not None:
            headers["webhook-signature"] = signature(self._key, name, timestamp, body)
        return headers
