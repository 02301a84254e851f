"""A loader works behind a session pooler, and refuses a transaction pooler."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from libs.common.errors import ConfigurationError
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES, connect
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.migrations import MIGRATIONS
from tests.integration.loader.loader_system import LoaderSystem, student
from tests.integration.loader.loader_without_kafka import SCHEMA, open_loader
from tests.integration.loader.pgbouncer import Pooler

pytestmark = pytest.mark.integration


async def test_a_loader_works_behind_a_session_pooler(
    system: LoaderSystem, database_url: str, tmp_path: Path
) -> None:
    await system.sync("s1", [student(n) for n in range(1, 201)])

    async with (
        Pooler(tmp_path / "pooler", "session", database_url) as pooler,
        system.loader(database_url=SecretStr(pooler.url)),
    ):
        report = await system.report("s1")

    assert (report.complete, report.inserted) == (True, 200)


async def test_session_settings_do_not_leak_through_a_pooler(
    database_url: str, tmp_path: Path
) -> None:
    async with Pooler(tmp_path / "pooler", "session", database_url) as pooler:
        async with open_loader(pooler.url) as loader:
            # Of two users of one connection, so that it was released in between.
            found = [await loader.pool.fetchval("SHOW lock_timeout") for _ in range(2)]
            path = await loader.pool.fetchval("SHOW search_path")
        next_one = await connect(pooler.url)
        left = await next_one.fetchval("SHOW lock_timeout")
        await next_one.close()

    assert (found, path) == (["5s", "5s"], SCHEMA)
    assert left == "0"


async def test_a_transaction_pooler_is_a_configuration_error(
    database_url: str, tmp_path: Path
) -> None:
    waits = Readiness((POSTGRES,), Stop())

    async with Pooler(tmp_path / "pooler", "transaction", database_url) as pooler:
        for _ in range(2):
            with pytest.raises(ConfigurationError, match="DATABASE_URL: a pooler in transaction"):
                await migrate_when_available(pooler.url, SCHEMA, MIGRATIONS, waits)
