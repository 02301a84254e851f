"""The loader waits for a full disk, and loses, doubles and rejects nothing."""

import os
import secrets
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.localstack import postgres as embedded
from libs.localstack.command_prefix import hand_over
from libs.localstack.postgres import EmbeddedPostgres
from libs.localstack.programs import Program
from services.loader.settings import LoaderSettings
from tests.integration.loader.effect_audit import assert_loaded_once, install_audit
from tests.integration.loader.loader_system import LoaderSystem, student, until

pytestmark = [pytest.mark.integration, pytest.mark.soak, pytest.mark.timeout(180)]

ITEMS = [student(number, full_name=secrets.token_hex(1_000)) for number in range(1, 3001)]


def mount(*words: str) -> bool:
    return subprocess.run(["mount", *words], check=False, capture_output=True).returncode == 0  # noqa: S603, S607 — our own words


@pytest.fixture
async def small_disk(tmp_path: Path) -> AsyncIterator[Path]:
    """Four megabytes, on which a tablespace of the database stands."""
    disk = tmp_path / "small"
    disk.mkdir()
    if os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", str(disk)):
        pytest.skip("a disk of four megabytes can be mounted by root only")
    hand_over(disk)
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S603, S607, ASYNC221 — our own words


@pytest.fixture
async def small_postgres(tmp_path: Path, small_disk: Path) -> AsyncIterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    await postgres.start()
    await postgres.stop()
    # Only the superuser makes tablespaces, and nobody can log in as it.
    statement = tmp_path / "tablespace.sql"
    statement.write_text(f"CREATE TABLESPACE small OWNER hemis LOCATION '{small_disk}'\n")
    words = ("--single", "-D", str(postgres._storage), "-c", "exit_on_error=on", "postgres")
    launch = postgres._launch(embedded._binaries() / "postgres", *words)
    await Program(replace(launch, input=statement)).run_to_end(60)
    async with postgres:
        yield postgres


async def test_a_full_disk_is_waited_for(
    small_postgres: EmbeddedPostgres, small_disk: Path, bootstrap_servers: str, topic_prefix: str
) -> None:
    settings = LoaderSettings(
        kafka_bootstrap_servers=bootstrap_servers,
        kafka_topic_prefix=topic_prefix,
        database_url=SecretStr(small_postgres.database_url),
        loader_batch_records=500,
    )
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    async with broker.producer() as producer:
        system = LoaderSystem(settings, broker, producer)
        await install_audit(system)
        await system.execute("ALTER TABLE students SET TABLESPACE small")
        async with system.loader() as readiness:
            await system.sync("s1", ITEMS)
            await until(lambda: _says(readiness, "DiskFull"), 60)
            assert mount("-o", "remount,size=64m", str(small_disk))
            report = await system.report("s1", 60)

        assert (report.complete, report.inserted, report.unchanged) == (True, len(ITEMS), 0)
        assert await system.read(system.topics.dead_letters) == []
        await assert_loaded_once(system, ITEMS)


async def _says(readiness: Readiness, words: str) -> bool:
    return words in readiness.states().get("loading", "")
