"""HEAD on every route, and the gateway under a root path."""

import re
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from services.gateway.settings import OWN_PATHS
from tests.integration.gateway.gateway_routes import routes
from tests.integration.gateway.running_gateway import RunningGateway, running_gateway

pytestmark = pytest.mark.integration

READABLE = [path for method, path in routes() if method == "GET"]
STREAM = "/api/hemis/progress/students/stream"
SYNC, SESSION = "/api/hemis/sync/students", "/api/hemis/session"
KEY = "correct-horse-battery"
# What a proxy makes of /hemis/…, that cuts it off or does not.
PROXIES = pytest.mark.parametrize("prefix", ["", "/hemis"])


async def head_and_get(gateway: RunningGateway, path: str) -> tuple[aiohttp.ClientResponse, Any]:
    async with gateway.http.head(gateway.url + path) as head:
        assert await head.read() == b""
    async with gateway.http.get(gateway.url + path) as get:
        return head, get


async def test_head_answers_as_get_without_a_body_on_every_route() -> None:
    async with running_gateway() as gateway:
        for path in [*READABLE, "/dashboard/app/main.js", "/api/nowhere", "/dashboard/nowhere"]:
            head, get = await head_and_get(gateway, path)

            assert head.status == get.status != 405, path
            assert head.content_type == get.content_type, path
            if path not in {"/metrics", STREAM}:
                assert head.headers["Content-Length"] == get.headers["Content-Length"], path

    assert STREAM in READABLE
    assert len(READABLE) > 20


async def test_head_needs_a_key_where_get_does() -> None:
    async with running_gateway(gateway_api_keys=SecretStr(f"ops:{KEY}")) as gateway:
        for path in filter(lambda path: path.startswith("/api/"), READABLE):
            async with gateway.http.head(gateway.url + path) as head:
                assert head.status == 401, path


@PROXIES
async def test_every_link_works_under_a_root_path(prefix: str) -> None:
    async with running_gateway(gateway_root_path="/hemis/") as gateway:
        gateway.url += prefix
        async with gateway.http.get(f"{gateway.url}/docs") as docs:
            page = await docs.text()
        linked = re.findall(r"'(/[^']*json)'|(?:src|href)=\"(/[^\"]+)\"", page)
        for link in ("".join(one) for one in linked):
            assert link.startswith("/hemis/"), link
            async with gateway.http.get(gateway.url + link.removeprefix("/hemis")) as target:
                assert target.status == 200, link
        _, contract = await gateway.get("/openapi.json")
        async with gateway.http.post(gateway.url + SYNC) as started:
            location = started.headers["Location"]
        _, report = await gateway.get(location.removeprefix("/hemis"))
        for path in ("/", "/dashboard/app/main.js", "/contract", "/healthz"):
            async with gateway.http.get(gateway.url + path) as answer:
                assert answer.status == 200, path

    assert len(linked) >= 3
    assert contract["servers"] == [{"url": "/hemis"}]
    assert location.startswith("/hemis/api/hemis/syncs/")
    assert report["status"] == "requested"


@PROXIES
async def test_a_root_path_does_not_bypass_authentication(prefix: str) -> None:
    keys = SecretStr(f"ops:{KEY}")
    async with running_gateway(gateway_root_path="/hemis", gateway_api_keys=keys) as gateway:
        for method, path in routes():
            if path.startswith("/api/") and not (path == SESSION and method != "GET"):
                async with gateway.http.request(method, gateway.url + prefix + path) as answer:
                    assert answer.status == 401, path
        async with gateway.http.post(f"{gateway.url}{prefix}{SESSION}", json={"key": KEY}) as begun:
            cookie = begun.headers["Set-Cookie"]
        session = {"Cookie": cookie.partition(";")[0]}
        who = await gateway.get(prefix + SESSION, headers=session)
        twice = await gateway.get(f"/hemis/hemis{SESSION}", headers=session)

        assert gateway.commands() == []
    assert "Path=/hemis;" in cookie
    assert (who[0], twice[0]) == (200, 404)


async def test_the_root_path_alone_redirects_to_the_dashboard() -> None:
    async with (
        running_gateway(gateway_root_path="/hemis") as gateway,
        gateway.http.get(f"{gateway.url}/hemis", allow_redirects=False) as answer,
    ):
        assert (answer.status, answer.headers["Location"]) == (307, "/hemis/")


def test_the_gateways_own_paths_are_refused_as_root_path() -> None:
    first = {path.split("/")[1] for _, path in routes()} - {""}

    assert first <= set(OWN_PATHS)
