"""Kafka over SASL_SSL, PostgreSQL over TLS: a sync, and one clear line where we are not let in."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from libs.localstack.kafka import EmbeddedKafka
from libs.localstack.ports import free_port
from tests.certificate_authority import Authority
from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.secured import PASSWORD, SystemPostgres, kafka_login, secured_kafka
from tests.e2e.system import System, running_system
from tests.servers import running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

GUESSED = "guessed-sync"
STRANGE = "is not trusted: unable to get local issuer certificate"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def kafka(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[EmbeddedKafka]:
    with running(secured_kafka(tmp_path_factory.mktemp("kafka"), authority)) as kafka:
        yield kafka


@pytest.fixture(scope="module")
def postgres(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[SystemPostgres]:
    with running(SystemPostgres(tmp_path_factory.mktemp("postgres"), authority)) as postgres:
        yield postgres


@pytest.fixture
async def system(
    tmp_path: Path,
    kafka: EmbeddedKafka,
    postgres: SystemPostgres,
    authority: Authority,
    topic_prefix: str,
) -> AsyncIterator[System]:
    trusted = authority.write(tmp_path / "authority.pem")
    login = kafka_login(trusted, authority.write_client(tmp_path / "client"))
    url = postgres.url(trusted)
    servers = kafka.bootstrap_servers
    async with running_system(tmp_path, servers, url, topic_prefix, **login) as system:
        yield system


async def test_a_sync_over_tls_with_passwords_and_client_certificates(system: System) -> None:
    await system.start_all(students=100, positions=20)

    for resource in ("students", "employees"):
        assert (await system.sync(resource))["complete"] is True

    await assert_tables_equal_the_source(system)
    sessions = "pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'hemis-sync'"
    assert {row["ssl"] for row in await system.rows(f"SELECT ssl FROM {sessions}")} == {True}  # noqa: S608 — a constant


async def test_rejected_credentials_end_a_service_with_one_line_that_names_the_setting(
    system: System, postgres: SystemPostgres, authority: Authority, tmp_path: Path
) -> None:
    ours, strange = authority.write(tmp_path / "ours.pem"), tmp_path / "strange.pem"
    Authority().write(strange)
    await system.start("fetcher", KAFKA_SASL_PASSWORD=GUESSED)
    await system.start("loader", KAFKA_TLS_CA_FILE=str(strange))
    await system.start("gateway", KAFKA_SASL_MECHANISM="PLAIN")
    without = {"KAFKA_TLS_CERT_FILE": "", "KAFKA_TLS_KEY_FILE": ""}
    await system.start("fetcher-2", **without, FETCHER_HEALTH_PORT=str(free_port()))
    urls = {"loader-2": postgres.url(ours, GUESSED), "loader-3": postgres.url(strange)}
    for name, url in urls.items():
        await system.start(name, DATABASE_URL=url, LOADER_HEALTH_PORT=str(free_port()))

    said = {name: await _last_line(system, name) for name in system.programs}

    kafka = system.environment["KAFKA_BOOTSTRAP_SERVERS"]
    assert said == {
        "fetcher": f"KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: Kafka at {kafka} refuses them",
        "loader": f"KAFKA_TLS_CA_FILE: the certificate of Kafka at {kafka} {STRANGE}",
        "gateway": f"KAFKA_SASL_MECHANISM: Kafka at {kafka} does not offer this one",
        "fetcher-2": f"KAFKA_TLS_CERT_FILE, KAFKA_TLS_KEY_FILE: Kafka at {kafka} asks for a client"
        " certificate: set both (TLSV13_ALERT_CERTIFICATE_REQUIRED)",
        "loader-2": "DATABASE_URL: PostgreSQL refuses this user or password (SQLSTATE 28P01)",
        "loader-3": f"DATABASE_URL: the certificate of PostgreSQL {STRANGE}",
    }


async def _last_line(system: System, name: str) -> str:
    """Return what a service ends by, once it has."""
    program = system.programs[name]
    assert await program.process.wait() == 78
    printed = program.log.read_text()
    assert printed.count("ERROR") == 1
    assert "Traceback" not in printed
    assert GUESSED not in printed
    assert PASSWORD not in printed
    return printed.splitlines()[-1].removeprefix("ERROR ")
