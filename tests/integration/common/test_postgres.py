"""Connections and the pool, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from libs.common.errors import ConfigurationError
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES, Connection, connect, open_pool
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


async def test_a_missing_database_is_waited_for(
    database_url: str, connection: Connection, readiness: Readiness, tmp_path: Path
) -> None:
    later = urlsplit(database_url).path.removeprefix("/") + "_later"
    url = urlsplit(database_url)._replace(path=f"/{later}").geturl()
    file = tmp_path / "0001.sql"
    file.write_text("CREATE TABLE items (name text);")

    async with asyncio.TaskGroup() as tasks:
        migrating = tasks.create_task(migrate_when_available(url, SCHEMA, [file], readiness))
        await eventually(lambda: "InvalidCatalogName" in readiness.states()[POSTGRES])
        assert not migrating.done()
        await connection.execute(f"CREATE DATABASE {later}")

    assert readiness.ready()
    await connection.execute(f"DROP DATABASE {later} WITH (FORCE)")


async def test_a_wrong_password_is_a_wrong_setting_and_is_not_repeated(
    database_url: str, readiness: Readiness
) -> None:
    parts = urlsplit(database_url)
    url = parts._replace(netloc=f"{parts.username}:correct-horse@{parts.hostname}:{parts.port}")

    with pytest.raises(ConfigurationError, match=r"DATABASE_URL.*28P01") as caught:
        await migrate_when_available(url.geturl(), SCHEMA, [], readiness)

    assert "correct-horse" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://hemis:correct/horse@localhost/hemis",
        "postgresql://hemis:hemis@localhost:port/hemis",
        "postgresql://hemis:hemis@localhost/hemis?sslmode=sometimes",
    ],
)
async def test_a_malformed_address_is_a_wrong_setting_and_is_not_repeated(
    url: str, readiness: Readiness
) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL: expected") as caught:
        await migrate_when_available(url, SCHEMA, [], readiness)

    assert "correct" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "query",
    [
        "options=-c%20nonsense%3D1",
        "options=-c%20work_mem%3Dplenty",
        "options=-c%20max_connections%3D5",
        "options=--nonsense",
        "application_name=%00",
    ],
)
async def test_a_parameter_that_postgresql_refuses_is_a_wrong_setting(
    database_url: str, readiness: Readiness, query: str
) -> None:
    async def prepare(_: Connection) -> None: ...

    url = f"{database_url}?{query}"

    with pytest.raises(ConfigurationError, match="DATABASE_URL: "):
        await migrate_when_available(url, SCHEMA, [], readiness)
    with pytest.raises(ConfigurationError, match="DATABASE_URL: "):
        await connect(url)
    with pytest.raises(ConfigurationError, match="DATABASE_URL: "):
        async with open_pool(url, SCHEMA, readiness, prepare, {}):
            pass


async def test_the_parameters_of_an_address_take_effect(
    database_url: str, readiness: Readiness
) -> None:
    async def prepare(_: Connection) -> None: ...

    query = "application_name=nightly&connect_timeout=10&options=-c%20geqo%3Doff&keepalives=1"
    url = f"{database_url}?{query}&target_session_attrs=read-write&gssencmode=disable"
    await migrate_when_available(url, SCHEMA, [], readiness)

    async with open_pool(url, SCHEMA, readiness, prepare, {}) as pool:
        found = [await pool.fetchval(f"SHOW {name}") for name in ("application_name", "geqo")]

    assert found == ["nightly", "off"]


async def test_the_time_limits_of_a_connection_are_short(
    database_url: str, readiness: Readiness
) -> None:
    prepared: list[Connection] = []

    async def prepare(connection: Connection) -> None:
        prepared.append(connection)

    async with open_pool(
        database_url, SCHEMA, readiness, prepare, {"enable_seqscan": "off"}
    ) as pool:
        found = {
            name: await pool.fetchval(f"SHOW {name}")
            for name in ("lock_timeout", "idle_in_transaction_session_timeout")
        }
        planner = await pool.fetchval("SHOW enable_seqscan")
        path = await pool.fetchval("SHOW search_path")

    assert found == {"lock_timeout": "5s", "idle_in_transaction_session_timeout": "10s"}
    assert (planner, path) == ("off", SCHEMA)
    assert len(prepared) == 1
