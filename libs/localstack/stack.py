"""The stack as a whole: what is there already is used, the rest is embedded."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from libs.localstack.addresses import broker_addresses, database_addresses, require_answer
from libs.localstack.folder import LocalFolder
from libs.localstack.kafka import EmbeddedKafka
from libs.localstack.leftovers import stop_leftovers
from libs.localstack.part import Part
from libs.localstack.postgres import EmbeddedPostgres
from libs.localstack.settings import StackSettings


@dataclass(frozen=True)
class Stack:
    bootstrap_servers: str
    database_url: str = field(repr=False)  # holds a password
    # What was started here, so that its end can be noticed.
    parts: tuple[Part, ...] = ()

    def require_running(self) -> None:
        """Raise ProgramEnded when an embedded part is no longer there."""
        for part in self.parts:
            part.require_running()


@asynccontextmanager
async def open_stack(folder: Path, settings: StackSettings) -> AsyncIterator[Stack]:
    """Hold the folder, stop what a killed run left in it, and start what is not there already.

    Raises:
        StackUnavailable: a part cannot be had; the text says which, and what to do.
    """
    local = LocalFolder(folder)
    async with AsyncExitStack() as cleanup:
        cleanup.enter_context(local.held())
        await stop_leftovers(local.path)
        url, postgres = await _postgres(local, settings, cleanup)
        servers, kafka = await _kafka(local, settings, cleanup)
        yield Stack(servers, url, postgres + kafka)


async def _postgres(
    local: LocalFolder, settings: StackSettings, cleanup: AsyncExitStack
) -> tuple[str, tuple[Part, ...]]:
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        require_answer("DATABASE_URL", database_addresses(url))
        return url, ()
    embedded = EmbeddedPostgres(local.postgres, local.logs / "postgres.log")
    await cleanup.enter_async_context(embedded)
    return embedded.database_url, (embedded,)


async def _kafka(
    local: LocalFolder, settings: StackSettings, cleanup: AsyncExitStack
) -> tuple[str, tuple[Part, ...]]:
    servers = settings.kafka_bootstrap_servers
    if servers is not None:
        require_answer("KAFKA_BOOTSTRAP_SERVERS", broker_addresses(servers))
        return servers, ()
    embedded = EmbeddedKafka(local.kafka, local.logs / "kafka.log")
    await cleanup.enter_async_context(embedded)
    return embedded.bootstrap_servers, (embedded,)
