"""PostgreSQL fails: no dead letter, nothing lost or doubled, or one clear stop."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from libs.common.contracts.events import SyncFinished
from libs.common.kafka.client import KAFKA
from libs.common.kafka.group_consumer import CONSUMER_OPTIONS
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.app import Loader
from services.loader.errors import SchemaBroken
from services.loader.metrics import Metrics
from tests.integration.loader.effect_audit import assert_loaded_once, install_audit
from tests.integration.loader.loader_system import LoaderSystem, student, until
from tests.tcp_proxy import Proxy, through

pytestmark = pytest.mark.integration

ITEMS = [student(number) for number in range(1, 501)]


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    async with Proxy(urlsplit(database_url).port or 0).listening() as proxy:
        yield proxy


@pytest.fixture
async def operator(system: LoaderSystem) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that stays, whatever happens to the loader's."""
    await install_audit(system)
    connection = await asyncpg.connect(system.settings.database_url.get_secret_value())
    yield connection
    await connection.close()


async def loading(system: LoaderSystem) -> None:
    """Wait until the loader has claimed what it was given: it is past its start."""
    await until(lambda: system.rows("SELECT 1 FROM offsets WHERE epoch > 0"))


async def _require_one_clean_load(system: LoaderSystem, report: SyncFinished) -> None:
    assert (report.complete, report.inserted, report.unchanged) == (True, len(ITEMS), 0)
    assert await system.read(system.topics.dead_letters) == []
    await assert_loaded_once(system, ITEMS)


async def test_a_backend_killed_during_copy_loses_no_record(
    system: LoaderSystem, proxy: Proxy, operator: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async with system.loader(
        database_url=through(proxy, system.settings.database_url.get_secret_value())
    ):
        await loading(system)
        proxy.hold_after(b"COPY ")
        await system.sync("s1", ITEMS)
        await proxy.heard.wait()
        killed = await until(
            lambda: operator.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'COPY %'"
            )
        )
        proxy.release()
        report = await system.report("s1")

    assert len(killed) == 1
    assert system.counted("retries_total", reason="DatabaseAway") >= 1
    await _require_one_clean_load(system, report)


@pytest.mark.usefixtures("operator")
async def test_a_commit_whose_reply_is_lost_is_neither_skipped_nor_repeated(
    system: LoaderSystem, proxy: Proxy
) -> None:
    async with system.loader(
        database_url=through(proxy, system.settings.database_url.get_secret_value())
    ):
        await loading(system)
        await system.start("s1")
        proxy.lose_reply_to(b"COMMIT;", first=b"COPY ")
        ends = await system.page("s1", ITEMS)
        await proxy.heard.wait()
        await system.fetched("s1", ends, len(ITEMS))
        report = await system.report("s1")

    assert system.counted("retries_total", reason="DatabaseAway") >= 1
    await _require_one_clean_load(system, report)


async def test_a_locked_table_is_waited_for(
    system: LoaderSystem, operator: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async with system.loader() as readiness:
        await loading(system)
        async with operator.transaction():
            await operator.execute("LOCK TABLE hemis.students")
            await system.sync("s1", ITEMS)
            await until(lambda: _says(readiness.states(), "LockNotAvailable"))
        report = await system.report("s1")

    await _require_one_clean_load(system, report)


async def test_a_long_table_lock_ends_the_group_membership_and_loses_no_record(
    system: LoaderSystem,
    operator: "asyncpg.Connection[asyncpg.Record]",
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Shorter than the wait for the lock: the member leaves its group, and comes back."""
    caplog.set_level("INFO", "services.loader.loading.claims")
    interval_seconds = 2
    options = CONSUMER_OPTIONS | {"max_poll_interval_ms": interval_seconds * 1000}
    async with system.loader(consumer_options=options) as readiness:
        await loading(system)
        async with operator.transaction():
            await operator.execute("LOCK TABLE hemis.students")
            await system.sync("s1", ITEMS)
            await until(lambda: _says(readiness.states(), "LockNotAvailable"))
            await Stop().wait(2 * interval_seconds)
        report = await system.report("s1")
        assigned = [record for record in caplog.records if record.msg == "partitions assigned"]
        assert len(assigned) > 1

    await _require_one_clean_load(system, report)


@pytest.mark.parametrize(
    ("trouble", "end", "said"),
    [
        (
            "SET default_transaction_read_only = on",
            "RESET default_transaction_read_only",
            "25006",
        ),
        ("CONNECTION LIMIT 0", "CONNECTION LIMIT -1", "TooManyConnections"),
    ],
)
async def test_a_database_that_takes_no_writes_or_no_connections_is_waited_for(
    system: LoaderSystem,
    operator: "asyncpg.Connection[asyncpg.Record]",
    trouble: str,
    end: str,
    said: str,
) -> None:
    name = urlsplit(system.settings.database_url.get_secret_value()).path[1:]
    async with system.loader() as readiness:
        await loading(system)
        await operator.execute(f"ALTER DATABASE {name} {trouble}")
        await operator.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await system.sync("s1", ITEMS)
        await until(lambda: _says(readiness.states(), said))
        await operator.execute(f"ALTER DATABASE {name} {end}")
        report = await system.report("s1")

    await _require_one_clean_load(system, report)


async def _says(states: dict[str, str], words: str) -> bool:
    return words in states["postgresql"]


async def test_a_dropped_column_stops_the_loader_with_one_error(
    system: LoaderSystem, operator: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async def load_without_a_column() -> None:
        async with system.loader():
            await loading(system)
            await operator.execute("ALTER TABLE hemis.students DROP COLUMN email CASCADE")
            await system.sync("s1", ITEMS)
            await system.report("s1")

    with pytest.raises(ExceptionGroup) as caught:
        await load_without_a_column()

    assert caught.group_contains(SchemaBroken, match="email")
    assert await system.read(system.topics.dead_letters) == []
    assert await system.table("students") == []


async def test_a_start_waits_for_a_database_that_takes_no_writes(
    system: LoaderSystem, operator: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    name = urlsplit(system.settings.database_url.get_secret_value()).path[1:]
    await operator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await system.make_topics()
    stop = Stop()
    readiness = Readiness((KAFKA, POSTGRES), stop)
    loader = Loader(system.settings, readiness, Metrics(CollectorRegistry()))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(loader.run(stop))
        await until(lambda: _says(readiness.states(), "ReadOnly"))
        await operator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await until(lambda: _says(readiness.states(), "ok"))
        stop.set()
