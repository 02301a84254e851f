"""A secret is taken as it stands, by every kind of settings and through every way in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from libs.cli.settings import OperatorSettings
from libs.common.process.env_file import FileSettings
from libs.common.process.failpoints import FailPointSettings
from libs.common.process.settings import ServiceSettings, load_settings
from libs.localstack.run.settings import RunSettings
from services.fetcher.settings import FetcherSettings
from services.gateway.settings import GatewaySettings
from services.loader.settings import LoaderSettings

# As written in the file → as read. Quotes around a whole value, and what follows ` #`, are not it.
WRITTEN = {
    "ab${HOME}cd": "ab${HOME}cd",
    "ab$HOME": "ab$HOME",
    "${HEMIS_API_URL:-x}": "${HEMIS_API_URL:-x}",
    "$$": "$$",
    "a$(id)`id`b": "a$(id)`id`b",
    "a\"b'c": "a\"b'c",
    "a=b==": "a=b==",
    "a#b": "a#b",
    "two words": "two words",
    "back\\slash\\n": "back\\slash\\n",
    "%40!&|;<>*?~": "%40!&|;<>*?~",
    "'ab${HOME} #cd'": "ab${HOME} #cd",
    '"ab${HOME} #cd"': "ab${HOME} #cd",
    "ab${HOME}   # the token": "ab${HOME}",
    "токен-ў": "токен-ў",
}
# A token stands in a header: one word, ASCII.
TOKENS = {written: read for written, read in WRITTEN.items() if read.isascii() and " " not in read}
EVERY = pytest.mark.parametrize(("written", "read"), WRITTEN.items())


@pytest.fixture(autouse=True)
def folder(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", "/expanded")
    return bare_environment


def put(folder: Path, name: str, value: str) -> None:
    lines = f"\ufeffHEMIS_API_URL=https://student.example.uz\n{name}={value}\nHEMIS_API_KEY=x\n"
    (folder / ".env").write_text(lines, encoding="utf-8")


@EVERY
def test_a_password_in_an_env_file_is_read_literally(folder: Path, written: str, read: str) -> None:
    put(folder, "KAFKA_SASL_PASSWORD", written)

    assert revealed(ServiceSettings, "kafka_sasl_password") == read


@EVERY
def test_the_api_key_of_an_operator_is_read_literally(
    folder: Path, written: str, read: str
) -> None:
    put(folder, "HEMIS_API_KEY", written)
    text = (folder / ".env").read_text(encoding="utf-8").removesuffix("HEMIS_API_KEY=x\n")
    (folder / ".env").write_text(text, encoding="utf-8")

    assert load_settings(OperatorSettings).key == read


SECRETS: list[tuple[str, Callable[[], str | None], str]] = [
    (
        "DATABASE_URL",
        lambda: revealed(LoaderSettings, "database_url"),
        "postgresql://a:${HOME}@h/d",
    ),
    ("DATABASE_URL", lambda: revealed(RunSettings, "database_url"), "postgresql://a:${HOME}@h/d"),
    ("GATEWAY_API_KEYS", lambda: load_settings(RunSettings).gateway_key(), "${HOME}"),
    ("KAFKA_SASL_PASSWORD", lambda: revealed(ServiceSettings, "kafka_sasl_password"), "a${HOME}"),
    ("ALERT_WEBHOOK_SECRET", lambda: revealed(GatewaySettings, "alert_webhook_secret"), "${HOME}"),
    ("ALERT_WEBHOOK_URL", lambda: revealed(GatewaySettings, "alert_webhook_url"), "https://a/${X}"),
]


def revealed(kind: type[FileSettings], field: str) -> str:
    return str(getattr(load_settings(kind), field).get_secret_value())


@pytest.mark.parametrize(("name", "read", "value"), SECRETS)
def test_every_secret_in_an_env_file_is_read_literally(
    folder: Path, name: str, read: Callable[[], str | None], value: str
) -> None:
    put(folder, name, f"ops:{value}" if name == "GATEWAY_API_KEYS" else value)

    assert read() == value


@pytest.mark.parametrize(("written", "read"), TOKENS.items())
def test_the_token_is_read_literally_from_every_source(
    folder: Path, monkeypatch: pytest.MonkeyPatch, written: str, read: str
) -> None:
    put(folder, "HEMIS_BEARER_TOKEN", written)
    of_env_file = load_settings(FetcherSettings).token
    monkeypatch.setenv("HEMIS_BEARER_TOKEN", read)
    of_environment = load_settings(FetcherSettings).token
    monkeypatch.delenv("HEMIS_BEARER_TOKEN")
    put(folder, "HEMIS_BEARER_TOKEN_FILE", "token")
    (folder / "token").write_text(f"{read}\n", encoding="utf-8")
    of_file = load_settings(FetcherSettings).token

    tokens = {one.get_secret_value() for one in (of_env_file, of_environment, of_file)}
    assert tokens == {read}


def test_no_settings_read_a_file_in_another_way() -> None:
    kinds = {FetcherSettings, GatewaySettings, LoaderSettings, OperatorSettings, RunSettings}

    assert all(issubclass(kind, FileSettings) for kind in kinds)
    assert FailPointSettings.model_config.get("env_file") is None
