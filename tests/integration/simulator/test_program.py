"""``python -m libs.simulator`` as a process of its own."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

pytestmark = pytest.mark.integration


@asynccontextmanager
async def program(*words: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "libs.simulator", *words, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def address_said_by(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        line = (await process.stdout.readline()).decode()
    found = re.search(r"at (http://\S+) token=simulator", line)
    assert found, line
    return found[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_gracefully(number: signal.Signals) -> None:
    async with program("--port", "0", "--students", "10", "--employees", "3") as process:
        address = await address_said_by(process)
        async with aiohttp.ClientSession() as client, client.get(f"{address}/healthz") as response:
            assert response.status == 200

        process.send_signal(number)

        async with asyncio.timeout(30):
            assert await process.wait() == 0


async def test_a_waiting_request_does_not_hold_up_the_stop() -> None:
    async with program("--port", "0") as process, aiohttp.ClientSession() as client:
        address = await address_said_by(process)
        fault = {"kind": "latency", "seconds": 60, "times": 1}
        await client.post(f"{address}/control/faults", json=fault)
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(30):
            tasks.create_task(lose_a_request(client, address))
            while await faults_left(client, address):  # noqa: ASYNC110 — it is another process
                await asyncio.sleep(0.01)

            process.send_signal(signal.SIGTERM)

            assert await process.wait() == 0


async def test_a_wrong_command_line_exits_with_64() -> None:
    async with program("--students", "many") as process:
        async with asyncio.timeout(30):
            _, errors = await process.communicate()

        assert process.returncode == 64
        assert b"--students" in errors


async def test_a_port_that_is_taken_is_named() -> None:
    async with program("--port", "0") as first:
        port = (await address_said_by(first)).rpartition(":")[2]
        async with program("--port", port) as second, asyncio.timeout(30):
            _, errors = await second.communicate()

        assert second.returncode == 1
        assert f"cannot listen on 127.0.0.1:{port}".encode() in errors


async def lose_a_request(client: aiohttp.ClientSession, address: str) -> None:
    headers = {"Authorization": "Bearer simulator"}
    with pytest.raises(aiohttp.ClientError):
        await client.get(f"{address}/rest/v1/data/student-list", headers=headers)


async def faults_left(client: aiohttp.ClientSession, address: str) -> int:
    async with client.get(f"{address}/control/state") as response:
        return len((await response.json())["faults"])
