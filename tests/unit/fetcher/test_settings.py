"""Settings of the fetcher: which values it accepts."""

from pathlib import Path
from typing import Any

import pytest

from libs.common.errors import ConfigurationError
from libs.common.process.settings import load_settings
from services.fetcher.settings import FetcherSettings
from services.fetcher.syncs.plan import Scopes
from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS

CANARY = "canary-5e7f"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FetcherSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Any:
    def load(**variables: str) -> FetcherSettings:
        given = {"HEMIS_API_URL": "https://student.example.uz", "HEMIS_BEARER_TOKEN": CANARY}
        for name, value in (given | variables).items():
            monkeypatch.setenv(name, value)
        return load_settings(FetcherSettings)

    return load


def test_the_defaults_are_those_of_the_guide(settings: Any) -> None:
    loaded = settings()

    assert (loaded.hemis_page_size, loaded.hemis_page_pause_seconds) == (50, 1)
    assert (loaded.hemis_retry_attempts, loaded.hemis_retry_base_seconds) == (3, 1)
    assert loaded.hemis_max_failed_pages_in_a_row == 5
    assert (loaded.hemis_student_status, loaded.hemis_employee_type) == ("-1", "all")
    assert loaded.fetcher_health_port == 8081


def test_address_and_token_are_required_and_both_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(FetcherSettings)

    assert "HEMIS_API_URL" in str(caught.value)
    assert "HEMIS_BEARER_TOKEN, or HEMIS_BEARER_TOKEN_FILE" in str(caught.value)


def test_the_token_may_be_in_a_file(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{CANARY}\n")

    loaded = settings(HEMIS_BEARER_TOKEN="", HEMIS_BEARER_TOKEN_FILE=str(file))

    assert loaded.token.get_secret_value() == CANARY


def test_a_token_file_that_cannot_be_read_is_named(settings: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="this file cannot be read"):
        settings(HEMIS_BEARER_TOKEN="", HEMIS_BEARER_TOKEN_FILE=str(tmp_path / "nowhere"))


def test_the_token_never_shows(settings: Any) -> None:
    loaded = settings()

    assert CANARY not in repr(loaded)
    assert CANARY not in str(loaded.model_dump())
    assert loaded.token.get_secret_value() == CANARY


def test_a_wrong_token_is_named_once_and_not_repeated(settings: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(HEMIS_BEARER_TOKEN=f"two {CANARY}")

    assert str(caught.value).count("HEMIS_BEARER_TOKEN") == 1
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEMIS_API_URL", "student.example.uz"),
        ("HEMIS_API_URL", f"https://u:{CANARY}@student.example.uz"),
        ("HEMIS_PAGE_SIZE", "0"),
        ("HEMIS_PAGE_SIZE", "201"),
        ("HEMIS_PAGE_PAUSE_SECONDS", "-1"),
        ("HEMIS_PAGE_PAUSE_SECONDS", "61"),
        ("HEMIS_PAGE_PAUSE_SECONDS", "nan"),
        ("HEMIS_RETRY_ATTEMPTS", "-1"),
        ("HEMIS_RETRY_BASE_SECONDS", "soon"),
        ("HEMIS_REQUEST_TIMEOUT_SECONDS", "0"),
        ("HEMIS_MAX_FAILED_PAGES_IN_A_ROW", "0"),
        ("HEMIS_STUDENT_STATUS", "all"),
        ("HEMIS_EMPLOYEE_TYPE", "everybody"),
        ("HEMIS_LANGUAGE", "de-DE"),
        ("HEMIS_TLS_VERIFY", "perhaps"),
        ("HEMIS_TLS_CA_FILE", "/nowhere"),
        ("HEMIS_RETRY_AFTER_MAX_SECONDS", "-1"),
        ("FETCHER_HEALTH_PORT", "0"),
    ],
)
def test_a_wrong_value_is_refused_by_name(settings: Any, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        settings(**{name: value})

    assert CANARY not in str(caught.value)


def test_a_file_without_a_certificate_is_refused(settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(CANARY)

    with pytest.raises(ConfigurationError, match=r"HEMIS_TLS_CA_FILE.*no certificate"):
        settings(HEMIS_TLS_CA_FILE=str(path))


def test_all_wrong_values_are_named_at_once(settings: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(HEMIS_API_URL="x", HEMIS_PAGE_SIZE="x", HEMIS_BEARER_TOKEN="")

    for name in ("HEMIS_API_URL", "HEMIS_PAGE_SIZE", "HEMIS_BEARER_TOKEN"):
        assert name in str(caught.value)


def test_an_empty_student_status_is_hemis_s_own_default() -> None:
    scopes = Scopes("https://student.example.uz", 50, "", "teacher", "ru-RU")

    assert scopes.full(STUDENTS).filters == {"l": "ru-RU"}
    assert scopes.full(EMPLOYEES).filters == {"type": "teacher", "l": "ru-RU"}
    assert scopes.single(STUDENTS).filters == {"_student_status": "-1", "l": "ru-RU"}
    assert scopes.single(EMPLOYEES).page_size == 200
