"""The gateway as a process of its own, over a real Kafka."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from libs.localstack.kafka import EmbeddedKafka

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
STUDENTS = "/api/hemis/progress/students"
SYNC_STUDENTS = "/api/hemis/sync/students"
Port = Callable[[], int]


async def launched(**environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.gateway",
        env={"PYTHONPATH": str(ROOT), "GATEWAY_HOST": "127.0.0.1", **environment},
        cwd="/",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def gateway(
    port: int, bootstrap_servers: str, prefix: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await launched(
        GATEWAY_PORT=str(port),
        KAFKA_BOOTSTRAP_SERVERS=bootstrap_servers,
        KAFKA_TOPIC_PREFIX=prefix,
        HEMIS_SYNC_CRON="",
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def request(method: str, port: int, path: str, **options: Any) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, f"http://127.0.0.1:{port}{path}", **options) as response,
    ):
        return response.status, await response.json(content_type=None)


async def wait_for_answer(port: int, path: str, status: int, seconds: float = 40) -> Any:
    """Request until the response has the status."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                got, body = await request("GET", port, path)
            except aiohttp.ClientError:
                got, body = 0, None
            if got == status:
                return body
            await asyncio.sleep(0.05)


async def test_a_killed_gateway_knows_everything_again_after_its_restart(
    bootstrap_servers: str, topic_prefix: str, free_port: Port
) -> None:
    port = free_port()
    async with gateway(port, bootstrap_servers, topic_prefix) as killed:
        await wait_for_answer(port, "/readyz", 200)
        _, accepted = await request("POST", port, SYNC_STUDENTS, headers={"Idempotency-Key": "one"})
        killed.kill()

    async with gateway(port, bootstrap_servers, topic_prefix) as restarted:
        body = await wait_for_answer(port, STUDENTS, 200)
        again, same = await request("POST", port, SYNC_STUDENTS, headers={"Idempotency-Key": "one"})
        other, problem = await request("POST", port, SYNC_STUDENTS)
        restarted.send_signal(signal.SIGTERM)
        log, errors = await restarted.communicate()

    assert (body["syncId"], body["status"]) == (accepted["syncId"], "requested")
    assert (again, same["syncId"]) == (202, accepted["syncId"])
    assert (other, problem["syncId"]) == (409, accepted["syncId"])
    assert (restarted.returncode, errors) == (0, b"")
    assert b"HEMIS students" not in log


async def test_without_kafka_a_sync_is_not_confirmed_and_the_same_key_finds_it(
    tmp_path: Path, topic_prefix: str, free_port: Port
) -> None:
    kafka, port = EmbeddedKafka(tmp_path / "kafka"), free_port()
    key = {"headers": {"Idempotency-Key": "one"}}
    await kafka.start()
    try:
        async with gateway(port, kafka.bootstrap_servers, topic_prefix):
            await wait_for_answer(port, "/readyz", 200)
            await kafka.stop()
            async with asyncio.timeout(8):
                away, problem = await request("POST", port, SYNC_STUDENTS, **key)
            still, _ = await request("GET", port, STUDENTS)
            unready = await wait_for_answer(port, "/readyz", 503)
            await kafka.start()
            await wait_for_answer(port, "/readyz", 200)
            back, accepted = await request("POST", port, SYNC_STUDENTS, **key)
    finally:
        await kafka.stop()

    assert (away, problem["code"]) == (503, "not_confirmed")
    assert still == 200
    assert unready["kafka"] != "ok"
    assert (back, accepted["syncId"]) == (202, problem["syncId"])


async def test_before_kafka_is_there_it_is_alive_not_ready_and_stops_at_once(
    free_port: Port,
) -> None:
    port, nowhere = free_port(), f"127.0.0.1:{free_port()}"

    async with gateway(port, nowhere, "hemis") as process:
        unready = await wait_for_answer(port, "/readyz", 503)
        alive, _ = await request("GET", port, "/healthz")
        refused, problem = await request("POST", port, SYNC_STUDENTS)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            await process.communicate()

    assert set(unready) == {"kafka", "topics_read"}
    assert (alive, refused, problem["code"]) == (200, 503, "not_caught_up")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEMIS_SYNC_CRON", "0 0 31 2 *"),
        ("GATEWAY_API_KEYS", "a:canary:all"),
        ("GATEWAY_PORT", "0"),
    ],
)
async def test_a_wrong_setting_ends_with_78_and_is_named(name: str, value: str) -> None:
    process = await launched(**{name: value})

    _, errors = await process.communicate()

    assert process.returncode == 78
    assert name in errors.decode()
    assert "canary" not in errors.decode()


async def test_a_taken_port_ends_with_78(free_port: Port) -> None:
    port = free_port()
    async with gateway(port, f"127.0.0.1:{free_port()}", "hemis"):
        await wait_for_answer(port, "/healthz", 200)
        second = await launched(GATEWAY_PORT=str(port))
        _, errors = await second.communicate()

    assert second.returncode == 78
    assert f"GATEWAY_PORT: cannot listen on 127.0.0.1:{port}" in errors.decode()
