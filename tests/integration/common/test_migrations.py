"""Migrations on a real PostgreSQL: once, in order, under locks, with few rights."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from libs.common.errors import ConfigurationError
from libs.common.postgres.errors import SchemaBroken
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES, Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from tests.waiting import eventually

pytestmark = pytest.mark.integration

SCHEMA = "sample"


@pytest.fixture
def readiness() -> Readiness:
    return Readiness((POSTGRES,), Stop())


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def files(folder: Path, *statements: str) -> list[Path]:
    made = []
    for number, statement in enumerate(statements, start=1):
        made.append(folder / f"{number:04}.sql")
        made[-1].write_text(statement)
    return made


CREATE_ITEMS = "CREATE TABLE items (name text);"
INSERT_AN_ITEM = "INSERT INTO items VALUES ('first'); SELECT pg_sleep(0.2);"


async def test_services_that_start_together_migrate_once(
    database_url: str, connection: Connection, readiness: Readiness, tmp_path: Path
) -> None:
    wanted = files(tmp_path, CREATE_ITEMS, INSERT_AN_ITEM)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(migrate_when_available(database_url, SCHEMA, wanted, readiness))

    assert await connection.fetchval("SELECT count(*) FROM sample.items") == 1
    assert await connection.fetchval("SELECT count(*) FROM sample.migrations") == 2


async def test_only_new_migrations_are_applied(
    database_url: str, connection: Connection, readiness: Readiness, tmp_path: Path
) -> None:
    first, second = files(tmp_path, CREATE_ITEMS, INSERT_AN_ITEM)
    await migrate_when_available(database_url, SCHEMA, [first], readiness)

    await migrate_when_available(database_url, SCHEMA, [first, second], readiness)

    applied = await connection.fetch("SELECT name FROM sample.migrations ORDER BY applied_at")
    assert [row["name"] for row in applied] == ["0001.sql", "0002.sql"]


async def test_a_failed_migration_is_rolled_back(
    database_url: str, connection: Connection, readiness: Readiness, tmp_path: Path
) -> None:
    wanted = files(tmp_path, CREATE_ITEMS, "INSERT INTO missing_table VALUES ('x');")

    with pytest.raises(SchemaBroken, match="42P01"):
        await migrate_when_available(database_url, SCHEMA, wanted, readiness)

    assert await connection.fetchval("SELECT to_regnamespace('sample')") is None


async def test_two_schemas_in_one_database_are_independent(
    database_url: str, connection: Connection, readiness: Readiness, tmp_path: Path
) -> None:
    wanted = files(tmp_path, CREATE_ITEMS, INSERT_AN_ITEM)

    for schema in ("north", "south"):
        await migrate_when_available(database_url, schema, wanted, readiness)

    for schema in ("north", "south"):
        assert await connection.fetchval(f"SELECT count(*) FROM {schema}.items") == 1  # noqa: S608 — words of this test


@pytest.mark.parametrize("encoding", ["WIN1251", "LATIN1", "SQL_ASCII"])
async def test_a_database_of_another_encoding_is_refused_and_the_advice_makes_one_that_works(
    database_url: str,
    connection: Connection,
    readiness: Readiness,
    tmp_path: Path,
    encoding: str,
) -> None:
    name = urlsplit(database_url).path.removeprefix("/") + "_other"
    url = urlsplit(database_url)._replace(path=f"/{name}").geturl()
    wanted = files(tmp_path, CREATE_ITEMS)
    made = (
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'X' LC_COLLATE 'C' LC_CTYPE 'C'"
        " LOCALE_PROVIDER libc"
    )
    await connection.execute(made.replace("X", encoding))

    with pytest.raises(ConfigurationError, match=encoding) as caught:
        await migrate_when_available(url, SCHEMA, wanted, readiness)

    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    advice = str(caught.value).partition("as made by: ")[2]
    await connection.execute(advice.replace("…", name))
    await migrate_when_available(url, SCHEMA, wanted, readiness)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_migration_names_the_holder_of_the_lock_and_continues_after_its_release(
    database_url: str, connection: Connection, readiness: Readiness, tmp_path: Path
) -> None:
    first, second = files(tmp_path, CREATE_ITEMS, "ALTER TABLE items ADD COLUMN price integer;")
    await migrate_when_available(database_url, SCHEMA, [first], readiness)
    await connection.execute("SET application_name = 'long report'")
    reading = connection.transaction()
    await reading.start()
    await connection.fetch("SELECT * FROM sample.items")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(migrate_when_available(database_url, SCHEMA, [first, second], readiness))
        await eventually(lambda: "migration_waits" in codes(readiness), 30)
        # Nobody who reads stands behind the migration for longer than it waits.
        other = await asyncpg.connect(database_url)
        await other.fetch("SELECT * FROM sample.items")
        await other.close()
        said = readiness.states()[POSTGRES]
        await reading.rollback()

    assert "long report (process" in said
    assert await connection.fetchval("SELECT count(price) FROM sample.items") == 0


def codes(readiness: Readiness) -> list[str]:
    return [finding.code for finding in readiness.findings()]


async def test_an_existing_schema_needs_no_right_to_create_one(
    database_url: str, connection: Connection, readiness: Readiness, tmp_path: Path
) -> None:
    name, parts = f"user_{secrets.token_hex(4)}", urlsplit(database_url)
    url = parts._replace(netloc=f"{name}:password@{parts.hostname}:{parts.port}").geturl()
    await connection.execute(
        f"CREATE ROLE {name} LOGIN PASSWORD 'password'; CREATE SCHEMA sample;"
        f" GRANT USAGE, CREATE ON SCHEMA sample TO {name}"
    )

    await migrate_when_available(url, SCHEMA, files(tmp_path, CREATE_ITEMS), readiness)

    assert await connection.fetchval("SELECT to_regclass('sample.items') IS NOT NULL")
    await connection.execute(
        f"GRANT {name} TO CURRENT_USER; DROP OWNED BY {name}; DROP ROLE {name}"
    )
