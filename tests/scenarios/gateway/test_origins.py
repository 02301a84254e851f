"""Which pages may make a browser change something, with and without a proxy."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from services.gateway.api.middleware.forwarded import ForwardedMiddleware
from services.gateway.errors import ForeignPage
from services.gateway.security.access import Access
from services.gateway.security.keys import Keyring
from services.gateway.security.origins import parsed_origin
from services.gateway.settings import GatewaySettings
from tests.unit.gateway.fake_gateway import FixedClock

PROXY, STRANGER = "127.0.0.1", "203.0.113.9"
HERE = "hemis.example.uz"
SETTINGS = GatewaySettings(
    _env_file=None, gateway_cors_origins="https://hr.example.uz,https://talabalar.ўқув.uz"
)


async def admitted(peer: str, headers: dict[str, str]) -> Request:
    """Send a POST through the gateway's middleware; raises ForeignPage."""
    seen: list[Request] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        Access(Keyring(), FixedClock(), SETTINGS.named_origins).admit(request)
        seen.append(request)

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/api/hemis/sync/students", "query_string": b"",
        "scheme": "http", "client": (peer, 40000), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await ForwardedMiddleware(app, SETTINGS.trusted_proxies)(scope, receive, send)
    return seen[0]


def forwarded(**headers: str) -> dict[str, str]:
    return {f"X-Forwarded-{name}": value for name, value in headers.items()}


OURS: list[tuple[str, str, dict[str, str]]] = [
    # Without a proxy.
    (STRANGER, "", {"Host": HERE}),
    (STRANGER, f"http://{HERE}:3000", {"Host": f"{HERE}:3000"}),
    (STRANGER, f"http://{HERE}", {"Host": f"{HERE}:80"}),
    (STRANGER, f"HTTP://{HERE.upper()}:80", {"Host": HERE}),
    (STRANGER, "http://[2001:db8::1]:3000", {"Host": "[2001:DB8:0::1]:3000"}),
    (STRANGER, "http://127.0.0.1:3000", {"Host": "127.0.0.1:3000"}),
    (STRANGER, "https://any.uz", {"Sec-Fetch-Site": "same-origin", "Host": HERE}),
    (STRANGER, "null", {"Sec-Fetch-Site": "same-origin", "Host": HERE}),
    (STRANGER, "", {"Sec-Fetch-Site": "none", "Host": HERE}),
    # Named, in whatever spelling.
    (STRANGER, "https://hr.example.uz", {"Sec-Fetch-Site": "cross-site", "Host": HERE}),
    (STRANGER, "https://talabalar.xn--b1a7a2eyl.uz", {"Host": HERE}),
    # A proxy that hands on the host that it was asked for.
    (PROXY, f"http://{HERE}:8080", {"Host": f"{HERE}:8080", **forwarded(Proto="http")}),
    (PROXY, f"https://{HERE}", {"Host": HERE, **forwarded(Proto="https")}),
    (PROXY, f"https://{HERE}:8443", {"Host": f"{HERE}:8443", **forwarded(Proto="https")}),
    # A proxy that changes it, and says so.
    (PROXY, f"http://{HERE}:8080", {"Host": HERE, **forwarded(Port="8080")}),
    (PROXY, f"http://{HERE}:8080", {"Host": "gateway:3000", **forwarded(Host=f"{HERE}:8080")}),
    (PROXY, f"https://{HERE}", {"Host": "x", **forwarded(Host=HERE, Proto="https", Port="443")}),
    (PROXY, f"https://{HERE}", {"Host": "x", **forwarded(Host=f"{HERE}, b", Proto="https, http")}),
    (PROXY, "https://[::1]:8443", {"Host": "x", **forwarded(Host="[::1]:8443", Proto="HTTPS")}),
    (PROXY, "https://[::1]:8443", {"Host": "[::1]", **forwarded(Port="8443", Proto="https")}),
    ("::1", f"http://{HERE}:8080", {"Host": "x", **forwarded(Host=f"{HERE}:8080")}),
]

FOREIGN: list[tuple[str, str, dict[str, str]]] = [
    (STRANGER, "null", {"Host": HERE}),
    (STRANGER, "", {"Sec-Fetch-Site": "cross-site", "Host": HERE}),
    (STRANGER, f"http://{HERE}", {"Sec-Fetch-Site": "same-site", "Host": HERE}),
    (STRANGER, f"http://{HERE}", {"Host": f"{HERE}:3000"}),
    (STRANGER, f"http://{HERE}:3001", {"Host": f"{HERE}:3000"}),
    (STRANGER, f"https://{HERE}", {"Host": HERE}),
    (STRANGER, "http://hr.example.uz", {"Host": HERE}),
    (STRANGER, f"http://{HERE}.evil.uz", {"Host": HERE}),
    (STRANGER, f"http://{HERE}@evil.uz", {"Host": HERE}),
    (STRANGER, f"ftp://{HERE}", {"Host": HERE}),
    (STRANGER, f"http://{HERE}:99999", {"Host": f"{HERE}:99999"}),
    (STRANGER, "http://[::g]", {"Host": "[::g]"}),
    (STRANGER, "http://", {"Host": ""}),
    (STRANGER, f"http://{HERE}", {}),
    # Nobody else's word is taken for where the gateway is.
    (STRANGER, "http://evil.uz", {"Host": HERE, **forwarded(Host="evil.uz")}),
    (STRANGER, f"https://{HERE}", {"Host": HERE, **forwarded(Proto="https")}),
    (STRANGER, f"http://{HERE}:8080", {"Host": HERE, **forwarded(Port="8080")}),
    # A neighbour behind the same proxy.
    (PROXY, "https://b.example.uz", {"Host": "x", **forwarded(Host=HERE, Proto="https")}),
    (PROXY, f"http://{HERE}", {"Host": HERE, **forwarded(Proto="https")}),
    (PROXY, f"http://{HERE}", {"Host": HERE, **forwarded(Port="8080")}),
    (PROXY, "null", {"Host": HERE, **forwarded(Host="null")}),
]


@pytest.mark.parametrize(("peer", "origin", "headers"), OURS)
async def test_a_page_of_the_gateways_own_origin_may_change_something(
    peer: str, origin: str, headers: dict[str, str]
) -> None:
    await admitted(peer, headers | ({"Origin": origin} if origin else {}))


@pytest.mark.parametrize(("peer", "origin", "headers"), FOREIGN)
async def test_a_page_of_another_origin_may_not(
    peer: str, origin: str, headers: dict[str, str]
) -> None:
    with pytest.raises(ForeignPage):
        await admitted(peer, headers | ({"Origin": origin} if origin else {}))


async def test_the_client_is_the_one_that_a_trusted_proxy_names() -> None:
    headers = {"Host": HERE, **forwarded(For="198.51.100.7")}

    assert (await admitted(PROXY, headers)).client == ("198.51.100.7", 0)
    assert (await admitted(STRANGER, headers)).client == (STRANGER, 40000)


async def test_following_the_advice_of_a_refused_page_lets_it_in() -> None:
    headers = {"Host": "gateway:3000", "Origin": f"https://{HERE}:8443"}

    with pytest.raises(ForeignPage) as refused:
        await admitted(PROXY, headers)

    assert f"A page from https://{HERE}:8443 may not change" in str(refused.value)
    assert "at http://gateway:3000 without an API key" in str(refused.value)
    assert "send X-Forwarded-Proto and X-Forwarded-Host, from an address in" in str(refused.value)
    await admitted(PROXY, headers | forwarded(Proto="https", Host=f"{HERE}:8443"))


def test_an_origin_is_printed_as_browsers_send_it() -> None:
    assert str(parsed_origin("HTTPS://HR.Example.uz:443")) == "https://hr.example.uz"
    assert str(parsed_origin("http://[::0:1]:8080")) == "http://[::1]:8080"
