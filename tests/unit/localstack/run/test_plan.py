from pathlib import Path

import pytest
from pydantic import SecretStr

from libs.localstack.addresses import broker_addresses, database_addresses
from libs.localstack.run.plan import Ports, environment
from libs.localstack.run.settings import RunSettings
from libs.localstack.stack import Stack

STACK = Stack("127.0.0.1:21000", "postgresql://hemis:hemis@127.0.0.1:22000/hemis")


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in RunSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_hemis_the_services_are_shown_the_simulator_with_a_short_pause() -> None:
    told = environment(STACK, RunSettings(), Ports(3000, 8081, 8082, simulator=23000))

    assert {name: value for name, value in told.items() if name.startswith("HEMIS_")} == {
        "HEMIS_API_URL": "http://127.0.0.1:23000",
        "HEMIS_BEARER_TOKEN": "simulator",
        "HEMIS_PAGE_PAUSE_SECONDS": "0.3",
    }


def test_a_pause_that_a_person_set_stays() -> None:
    settings = RunSettings(hemis_page_pause_seconds=1)

    told = environment(STACK, settings, Ports(3000, 8081, 8082, simulator=23000))

    assert "HEMIS_PAGE_PAUSE_SECONDS" not in told


def test_with_a_real_hemis_nothing_about_it_is_changed() -> None:
    settings = RunSettings(hemis_api_url="https://student.example.uz")

    told = environment(STACK, settings, Ports(3000, 8081, 8082, simulator=None))

    assert not [name for name in told if name.startswith("HEMIS_")]


def test_settings_are_read_from_a_file_of_plain_lines(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "HEMIS_SYNC_CRON=0 1 * * *\nHEMIS_API_URL=https://h.uz\nGATEWAY_PORT=\n"
    )

    settings = RunSettings()

    assert settings.hemis_api_url == "https://h.uz"
    assert settings.gateway_port is None


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ("", None),
        ("people:secret", "secret"),
        ("board:look:read, people:secret", "secret"),
        ("board:look:read", None),
    ],
)
def test_a_sync_is_started_with_the_first_key_that_may_write(keys: str, key: str | None) -> None:
    settings = RunSettings(gateway_api_keys=SecretStr(keys))

    assert settings.gateway_key() == key


def test_several_brokers_are_several_addresses() -> None:
    assert broker_addresses("one:9093, two,[::1]:9094") == [
        ("one", 9093),
        ("two", 9092),
        ("::1", 9094),
    ]


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("postgresql://hemis:secret@db.uz:6432/hemis", [("db.uz", 6432)]),
        ("postgresql://hemis@db.uz/hemis", [("db.uz", 5432)]),
        ("postgresql:///hemis?host=/var/run/postgresql", []),
    ],
)
def test_a_database_is_looked_for_where_its_address_says(
    url: str, addresses: list[tuple[str, int]]
) -> None:
    assert database_addresses(url) == addresses
