"""Set-ups that are broken in one way each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from urllib.parse import urlsplit

import asyncpg
import trustme
from aiohttp import web
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from libs.localstack.ports import free_port
from tests.e2e.system import System, until

Break = Callable[[System], Awaitable[object]]

PAGE = (
    '{"success":true,"error":null,"data":{"items":[{"id":1}],'
    '"pagination":{"totalCount":1,"pageSize":1,"pageCount":1,"page":1}},"code":200}'
)


def hemis_at(address: Callable[[], str]) -> Break:
    return lambda system: system.start("fetcher", HEMIS_API_URL=address())


async def refused_token(system: System) -> None:
    await system.start_simulator(10, 5, token="another")  # noqa: S106 — invented
    await system.start("fetcher")


async def database_away(system: System) -> None:
    address = f"postgresql://hemis:hemis@127.0.0.1:{free_port()}/hemis"
    await system.start("loader", DATABASE_URL=address)


async def database_without_rights(system: System) -> None:
    url = system.environment["DATABASE_URL"]
    name = urlsplit(url).path.removeprefix("/")
    await run_sql(url, f"CREATE ROLE {name} LOGIN PASSWORD 'invented'")
    place = f"{name}:invented@{urlsplit(url).netloc.rpartition('@')[2]}"
    await system.start("loader", DATABASE_URL=urlsplit(url)._replace(netloc=place).geturl())


async def later_schema(system: System) -> None:
    await system.start("loader")
    await system.ready("loader")
    await run_sql(
        system.environment["DATABASE_URL"],
        "INSERT INTO hemis.migrations (name) VALUES ('9999_later.sql')",
    )
    await system.kill("loader")
    await system.start("loader")


async def short_retention(system: System) -> None:
    prefix = system.environment["KAFKA_TOPIC_PREFIX"]
    admin = AIOKafkaAdminClient(bootstrap_servers=system.environment["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    config = {"cleanup.policy": "delete", "retention.ms": "3600000"}
    await admin.create_topics([NewTopic(f"{prefix}.progress", 1, 1, topic_configs=config)])
    await until(lambda: _is_there(admin, f"{prefix}.progress"))
    await admin.close()


async def _is_there(admin: AIOKafkaAdminClient, topic: str) -> bool:
    return topic in await admin.list_topics()


async def run_sql(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


@asynccontextmanager
async def hemis_that(
    answers: str, headers: Mapping[str, str], tls: SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve one text, whatever is asked."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=answers, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def certified(authority: trustme.CA, ends: timedelta) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    until_then = datetime.now(UTC) + ends
    authority.issue_cert("127.0.0.1", not_after=until_then).configure_cert(context)
    return context
