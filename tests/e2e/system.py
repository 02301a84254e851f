"""The whole system as its users have it: separate processes, a real Kafka, a real PostgreSQL."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import asyncpg

from libs.localstack.ports import free_port
from tests.e2e.published import assert_topics_hold_what_is_published

T = TypeVar("T")
Answer = dict[str, Any]

ENDED = ("completed", "failed", "cancelled")


@dataclass
class Program:
    """One running process."""

    process: asyncio.subprocess.Process
    log: Path

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait, and return the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 30)


@dataclass
class System:
    """Starts, kills and asks; everything is ended with the context."""

    folder: Path
    environment: dict[str, str]
    session: aiohttp.ClientSession
    ports: dict[str, int]
    programs: dict[str, Program] = field(default_factory=dict)

    async def start(self, name: str, *words: str, **environment: str) -> Program:
        """Start ``services.<name>``, or the simulator; again after it was killed."""
        service = name.partition("-")[0]
        module = "libs.simulator" if service == "simulator" else f"services.{service}"
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *words),
                env=self.environment | environment,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
            )
        self.programs[name] = Program(process, log)
        return self.programs[name]

    @property
    def schema(self) -> str:
        return self.environment["DATABASE_SCHEMA"]

    async def start_all(self, students: int = 300, positions: int = 60, **environment: str) -> None:
        await self.start_simulator(students, positions)
        await self.start_services(**environment)

    async def start_services(self, **environment: str) -> None:
        for name in ("fetcher", "loader", "gateway"):
            await self.start(name, **environment)
        await self.ready("gateway")
        await self.ready("fetcher")
        await self.ready("loader")

    async def start_simulator(
        self,
        students: int,
        positions: int,
        token: str = "simulator",  # noqa: S107 — the simulator's well-known token, no secret
        seed: int = 1,
    ) -> None:
        await self.start(
            "simulator",
            *("--port", str(self.ports["simulator"]), "--token", token, "--seed", str(seed)),
            *("--students", str(students), "--employees", str(positions)),
        )
        await until(lambda: self.answers("simulator", "/control/state"))

    async def kill(self, name: str) -> None:
        await self.programs[name].end(signal.SIGKILL)

    async def end_all(self) -> None:
        for program in self.programs.values():
            if program.process.returncode is None:
                program.process.kill()
                await program.process.wait()

    async def answers(self, name: str, path: str) -> bool:
        try:
            status, _ = await self.ask("GET", name, path)
        except (aiohttp.ClientError, OSError):
            return False
        return status == 200

    async def ready(self, name: str) -> None:
        await until(lambda: self.answers(name, "/readyz"))

    async def ask(
        self, method: str, name: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.ports[name]}{path}"
        async with self.session.request(method, url, json=body, headers=headers) as response:
            text = await response.text()
            return response.status, json.loads(text) if text.startswith(("{", "[")) else text

    async def get(self, path: str) -> Answer:
        status, answer = await self.ask("GET", "gateway", path)
        assert status == 200, answer
        return dict(answer)

    async def post(self, path: str, body: object = None, **headers: str) -> tuple[int, Answer]:
        return await self.ask("POST", "gateway", path, body, **headers)

    async def control(self, path: str, body: object = None, method: str = "POST") -> Any:
        status, answer = await self.ask(method, "simulator", f"/control/{path}", body)
        assert status < 300, answer
        return answer

    async def source(self, resource: str) -> list[Answer]:
        """Return every item the simulator holds, as the list gives it."""
        return [json.loads(line) for line in await self.source_lines(resource)]

    async def source_lines(self, resource: str) -> list[bytes]:
        url = f"http://127.0.0.1:{self.ports['simulator']}/control/records/{resource}"
        async with self.session.get(url) as response:
            return (await response.read()).split(b"\n")[:-1]

    async def request_sync(self, resource: str) -> str:
        status, answer = await self.post(f"/api/hemis/sync/{resource}")
        assert status == 202, answer
        return str(answer["syncId"])

    async def ended(self, resource: str, sync_id: str, seconds: float = 100) -> Answer:
        """Wait for the end of a sync; return the resource's progress."""

        async def done() -> Answer | None:
            progress = await self.get(f"/api/hemis/progress/{resource}")
            over = progress["syncId"] == sync_id and progress["status"] in ENDED
            return progress if over else None

        progress = await until(done, seconds)
        assert progress is not None
        return progress

    async def sync(self, resource: str) -> Answer:
        return await self.ended(resource, await self.request_sync(resource))

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.environment["DATABASE_URL"])
        try:
            return await connection.fetch(sql, *values)
        finally:
            await connection.close()


@asynccontextmanager
async def running_system(
    folder: Path, bootstrap_servers: str, database_url: str, prefix: str, **more: str
) -> AsyncIterator[System]:
    names = ("simulator", "gateway", "fetcher", "loader", "gateway-2", "fetcher-2", "loader-2")
    ports = {name: free_port() for name in names}
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "KAFKA_TOPIC_PREFIX": prefix,
        "DATABASE_URL": database_url,
        "DATABASE_SCHEMA": "hemis",
        "HEMIS_API_URL": f"http://127.0.0.1:{ports['simulator']}",
        "HEMIS_BEARER_TOKEN": "simulator",
        "HEMIS_PAGE_PAUSE_SECONDS": "0.1",
        "HEMIS_RETRY_BASE_SECONDS": "0.1",
        "HEMIS_SYNC_CRON": "",
        "HEALTH_HOST": "127.0.0.1",
        "GATEWAY_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(ports["gateway"]),
        "FETCHER_HEALTH_PORT": str(ports["fetcher"]),
        "LOADER_HEALTH_PORT": str(ports["loader"]),
        **more,
    }
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        system = System(folder, environment, session, ports)
        stack.push_async_callback(system.end_all)
        yield system
    await assert_topics_hold_what_is_published(environment)


async def until(found: Callable[[], Awaitable[T]], seconds: float = 60) -> T:
    """Ask again until there is an answer."""
    async with asyncio.timeout(seconds):
        while not (answer := await found()):  # noqa: ASYNC110 — it is the system that changes
            await asyncio.sleep(0.1)
    return answer
