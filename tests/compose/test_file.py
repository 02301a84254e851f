"""What the compose file says; no container is started."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic_settings import BaseSettings

from services.fetcher.settings import FetcherSettings
from services.gateway.settings import GatewaySettings
from services.loader.settings import LoaderSettings
from tests.compose.stack import GUARD, resolved

pytestmark = pytest.mark.compose

SETTINGS: Mapping[str, type[BaseSettings]] = {
    "fetcher": FetcherSettings,
    "loader": LoaderSettings,
    "api": GatewaySettings,
}

# The stack's Kafka is one node without TLS or passwords, and a file would need a volume.
NOT_FOR_THE_STACK = {
    "KAFKA_REPLICATION",
    "KAFKA_SECURITY_PROTOCOL",
    "KAFKA_SASL_MECHANISM",
    "KAFKA_SASL_USERNAME",
    "KAFKA_SASL_PASSWORD",
    "KAFKA_TLS_CA_FILE",
    "KAFKA_TLS_CERT_FILE",
    "KAFKA_TLS_KEY_FILE",
    "HEMIS_TLS_CA_FILE",
    "HEMIS_BEARER_TOKEN_FILE",
}

ENV = r"""
HEMIS_SYNC_CRON=0 1 * * *
HEMIS_API_URL="https://student.example.uz"   # as in HEMIS
HEMIS_BEARER_TOKEN='with$dollar, ${HOME}, #, = and "quotes"'
POSTGRES_PASSWORD='p@ss/w$rd%'
GATEWAY_API_KEYS=
"""


@pytest.mark.parametrize("service", SETTINGS)
def test_every_setting_of_a_service_can_reach_it(service: str, env_file: Path) -> None:
    env_file.touch()
    settings: type[BaseSettings] = SETTINGS[service]

    passed = resolved(env_file)[service]["environment"].keys()

    assert (
        passed - {"PGPASSWORD"}
        == {name.upper() for name in settings.model_fields} - NOT_FOR_THE_STACK
    )


def test_a_value_arrives_as_make_run_reads_it(env_file: Path) -> None:
    env_file.write_text(ENV)
    written = dotenv_values(env_file, interpolate=False)

    services = resolved(env_file)

    arrived = {
        # compose writes a literal $ as $$
        name: (value or "").replace("$$", "$")
        for service in ("db", "api", "fetcher")
        for name, value in services[service]["environment"].items()
    }
    assert {name: arrived[name] for name in written} == written


def test_addresses_for_make_run_do_not_lead_out_of_the_stack(env_file: Path) -> None:
    env_file.write_text(
        "KAFKA_BOOTSTRAP_SERVERS=localhost:9092\nDATABASE_URL=postgresql://a:b@localhost/c\n"
    )

    loader = resolved(env_file)["loader"]["environment"]

    assert loader["KAFKA_BOOTSTRAP_SERVERS"] == "kafka:9092"
    assert loader["DATABASE_URL"] == "postgresql://hemis@db:5432/hemis"


def test_without_an_address_the_fetcher_asks_the_simulator(env_file: Path) -> None:
    env_file.write_text("HEMIS_API_URL=\nHEMIS_BEARER_TOKEN=\n")

    fetcher = resolved(env_file)["fetcher"]["environment"]

    told = {"HEMIS_API_URL": "http://hemis:8800", "HEMIS_BEARER_TOKEN": "simulator"}
    assert fetcher.items() >= told.items()


def test_only_the_gateway_is_open_to_other_machines(env_file: Path) -> None:
    env_file.touch()

    published = {
        (name, port["published"], port.get("host_ip"))
        for name, service in resolved(env_file).items()
        for port in service.get("ports", ())
    }

    assert published == {
        ("api", "3000", None),
        ("db", "5432", "127.0.0.1"),
        ("kafka", "9092", "127.0.0.1"),
    }


def test_no_service_can_take_the_whole_machine(env_file: Path) -> None:
    env_file.touch()

    unlimited = [name for name, one in resolved(env_file).items() if "mem_limit" not in one]

    assert unlimited == []


def test_every_service_survives_a_reboot_and_keeps_its_logs_small(env_file: Path) -> None:
    env_file.touch()

    services = dict(resolved(env_file))

    assert services.pop(GUARD)["restart"] == "no"
    for service in services.values():
        assert service["restart"] == "unless-stopped"
        assert service["stop_grace_period"] == "35s"
        assert service["logging"]["options"]["max-size"] == "10m"
