"""A certificate that ran out is mended at the server, so it is waited for."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.lifecycle import Stop, Stopped
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from tests.waiting import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def expired(authority: trustme.CA) -> AsyncIterator[str]:
    """Whose certificate ended last year; it says nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=datetime(2025, 1, 1, tzinfo=UTC)).configure_cert(
        context
    )
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", ssl=context)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


async def test_an_expired_certificate_of_kafka_is_waited_for(
    expired: str, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    stop = Stop()
    waits = Readiness((KAFKA,), stop)
    settings = ServiceSettings(
        kafka_bootstrap_servers=expired,
        kafka_security_protocol="SSL",
        kafka_tls_ca_file=tmp_path / "authority.pem",
    )

    starting = asyncio.ensure_future(_start(KafkaBroker(settings, "test", waits)))
    await eventually(lambda: "certificate has expired" in waits.states()[KAFKA])
    stop.set()

    with pytest.raises(Stopped):
        await starting


async def _start(broker: KafkaBroker) -> None:
    async with broker.producer():
        pass
