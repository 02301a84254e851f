"""A rebuild inside the test, its readers as tasks, or the command as a process of its own."""

import asyncio
import io
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console

from libs.common.contracts.resources import Resource
from libs.common.process.lifecycle import Stop
from services.loader.rebuild.app import RebuildCommand
from services.loader.rebuild.readers.pool import ReaderHandle
from services.loader.rebuild.readers.process import serve_requests
from services.loader.rebuild.rebuild import RebuildOptions
from tests.integration.loader.loader_system import LoaderSystem

OURS = ("synced_at", "first_seen_at")


@asynccontextmanager
async def open_reader_tasks(system: LoaderSystem, deaths: int) -> AsyncIterator[list[ReaderHandle]]:
    """Run two readers as tasks; the last ``deaths`` of them die at their first request."""
    pairs = [socket.socketpair() for _ in range(2)]
    serving = [
        asyncio.ensure_future(serve_requests(system.settings, theirs))
        for _, theirs in pairs[: len(pairs) - deaths]
    ]
    for _, theirs in pairs[len(pairs) - deaths :]:
        theirs.close()
    try:
        yield [ReaderHandle(number, ours) for number, (ours, _) in enumerate(pairs, start=1)]
    finally:
        for ours, _ in pairs:
            ours.close()
        await asyncio.wait(serving)


async def rebuild(
    system: LoaderSystem, *resources: Resource, dry_run: bool = False, deaths: int = 0
) -> str:
    """Rebuild and return what was printed."""
    printed = io.StringIO()
    options = RebuildOptions(resources or tuple(Resource), dry_run)
    async with open_reader_tasks(system, deaths) as readers:
        command = RebuildCommand(options, readers, Console(file=printed, width=200))
        await command.serve(system.settings, Stop())
    return printed.getvalue()


@asynccontextmanager
async def rebuild_command(
    system: LoaderSystem, *words: str, **more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the command as a process, which is killed at the end if it still runs."""
    settings = system.settings
    environment = os.environ | {  # noqa: TID251 — passed on, not read
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "KAFKA_TOPIC_PREFIX": settings.kafka_topic_prefix,
        "LOADER_HEALTH_PORT": str(settings.loader_health_port),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        **more,
    }
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.loader", "rebuild", *words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()
