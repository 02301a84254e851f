"""Whom the client takes for HEMIS: a server certified by an authority of these tests' own."""

import logging
import ssl
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from services.fetcher.hemis.endpoint import unverified_tls, verifying_tls
from services.fetcher.hemis.errors import HemisUnavailable, HemisUntrusted
from tests.integration.fetcher.scripted_servers import client_of, http_server, json_page

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def answer(_: web.Request) -> web.Response:
    return json_page()


async def test_a_private_authority_is_trusted_when_its_file_is_named(
    server_tls: ssl.SSLContext, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    trusted = verifying_tls(tmp_path / "authority.pem")

    async with (
        http_server(answer, server_tls) as address,
        client_of(address, tls=trusted) as client,
    ):
        assert (await client.page()).total == 1


async def test_an_unknown_authority_is_not_trusted_and_the_error_says_why(
    server_tls: ssl.SSLContext,
) -> None:
    requests: list[str] = []

    async def count(request: web.Request) -> web.Response:
        requests.append(request.path)
        return json_page()

    async with http_server(count, server_tls) as address, client_of(address) as client:
        error = await client.error()

    assert isinstance(error, HemisUntrusted)
    assert "issuer certificate" in str(error)
    assert "HEMIS_TLS_CA_FILE" in str(error)
    assert requests == []


async def test_any_certificate_is_accepted_only_with_a_warning(
    server_tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        anybody = unverified_tls()

    async with (
        http_server(answer, server_tls) as address,
        client_of(address, tls=anybody) as client,
    ):
        assert (await client.page()).total == 1
    assert "HEMIS_TLS_VERIFY=false" in caplog.text


async def test_a_server_that_speaks_no_tls_is_an_outage() -> None:
    async with (
        http_server(answer) as address,
        client_of(address.replace("http:", "https:")) as client,
    ):
        assert isinstance(await client.error(), HemisUnavailable)
