"""Settings: from the environment and ``.env``, all wrong ones named at once, no secret told."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from pydantic import Field, SecretStr

from libs.common.errors import ConfigurationError
from libs.common.process.settings import Port, ServiceSettings, load_settings
from tests.certificate_authority import Authority

SECRET = "correct-horse"  # noqa: S105 — an invented one


class SampleSettings(ServiceSettings):
    """A service with a setting of each kind."""

    sample_token: SecretStr
    sample_port: Port = 9000
    sample_pause_seconds: float = Field(1, ge=0, le=60)
    hemis_sync_cron: str = "0 1 * * *"


@pytest.fixture(autouse=True)
def environment(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("SAMPLE_TOKEN", SECRET)
    return monkeypatch


def refusal() -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(SampleSettings)
    return str(caught.value)


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = load_settings(SampleSettings)

    assert settings.kafka_bootstrap_servers == "localhost:9092"
    assert settings.kafka_topic_prefix == "hemis"
    assert (settings.kafka_partitions, settings.kafka_replication) == (4, 1)
    assert settings.stop_grace_seconds == 25
    assert settings.health_host == "0.0.0.0"  # noqa: S104 — the contract's default
    assert (settings.log_format, settings.log_level) == ("text", "INFO")


def test_every_wrong_variable_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SAMPLE_TOKEN")
    environment.setenv("SAMPLE_PORT", "70000")
    environment.setenv("SAMPLE_PAUSE_SECONDS", "soon")
    environment.setenv("KAFKA_PARTITIONS", "0")
    environment.setenv("LOG_LEVEL", "LOUD")

    text = refusal()

    for name in (
        "SAMPLE_TOKEN",
        "SAMPLE_PORT",
        "SAMPLE_PAUSE_SECONDS",
        "KAFKA_PARTITIONS",
        "LOG_LEVEL",
    ):
        assert f"  {name}: " in text


def test_the_error_says_what_is_allowed(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SAMPLE_PORT", "70000")
    environment.setenv("LOG_FORMAT", "xml")

    text = refusal()

    assert "less than or equal to 65535" in text
    assert "'text' or 'json'" in text


def test_the_error_repeats_no_value_since_it_may_be_a_secret(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("SAMPLE_PORT", SECRET)
    environment.setenv("KAFKA_TOPIC_PREFIX", f"{SECRET}!")
    environment.setenv("KAFKA_BOOTSTRAP_SERVERS", f"user:{SECRET}@broker:9092")

    assert SECRET not in refusal()


def test_the_error_has_no_cause_that_could_contain_the_values(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("SAMPLE_PORT", SECRET)

    with pytest.raises(ConfigurationError) as caught:
        load_settings(SampleSettings)

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_secrets_do_not_show() -> None:
    settings = load_settings(SampleSettings)

    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())
    assert settings.sample_token.get_secret_value() == SECRET


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(SampleSettings)

    with pytest.raises(ValueError, match="frozen"):
        settings.sample_port = 1  # type: ignore[misc]


def test_env_is_read_as_lines_never_by_a_shell(bare_environment: Path) -> None:
    lines = (
        "# the guide's line\n"
        "HEMIS_SYNC_CRON=0 1 * * *   # every night\n"
        "KAFKA_TOPIC_PREFIX='samdu'\n"
        'LOG_LEVEL="DEBUG"\n'
        "NOT_OURS=$(touch here)\n"
    )
    (bare_environment / ".env").write_text(lines)

    settings = load_settings(SampleSettings)

    assert settings.hemis_sync_cron == "0 1 * * *"
    assert settings.kafka_topic_prefix == "samdu"
    assert settings.log_level == "DEBUG"
    assert not (bare_environment / "here").exists()


def test_an_empty_value_is_a_value(bare_environment: Path) -> None:
    (bare_environment / ".env").write_text("HEMIS_SYNC_CRON=\n")

    assert load_settings(SampleSettings).hemis_sync_cron == ""


def test_the_environment_overrides_the_env_file(
    bare_environment: Path, environment: pytest.MonkeyPatch
) -> None:
    (bare_environment / ".env").write_text("KAFKA_PARTITIONS=8\n")
    environment.setenv("KAFKA_PARTITIONS", "2")

    assert load_settings(SampleSettings).kafka_partitions == 2


def test_an_env_file_with_a_byte_order_mark_is_read(bare_environment: Path) -> None:
    (bare_environment / ".env").write_bytes(
        b"\xef\xbb\xbfKAFKA_PARTITIONS=8\r\nLOG_FORMAT=json\r\n"
    )

    settings = load_settings(SampleSettings)

    assert (settings.kafka_partitions, settings.log_format) == (8, "json")


def test_an_env_file_that_is_not_utf_8_is_refused(bare_environment: Path) -> None:
    (bare_environment / ".env").write_bytes("KAFKA_PARTITIONS=8".encode("utf-16"))

    assert ".env" in refusal()


@pytest.mark.parametrize("servers", ["kafka", "kafka:9092", "a:1, b:2", "[::1]:9092", "10.0.0.1:1"])
def test_brokers_are_named_by_host_and_port(environment: pytest.MonkeyPatch, servers: str) -> None:
    environment.setenv("KAFKA_BOOTSTRAP_SERVERS", servers)

    assert load_settings(SampleSettings).kafka_bootstrap_servers == servers


@pytest.mark.parametrize("servers", ["", ":9092", "a:b", "a:1,", "http://a:1", "a b:1", "a:123456"])
def test_malformed_bootstrap_servers_are_refused(
    environment: pytest.MonkeyPatch, servers: str
) -> None:
    environment.setenv("KAFKA_BOOTSTRAP_SERVERS", servers)

    assert "KAFKA_BOOTSTRAP_SERVERS: " in refusal()


def test_a_kafka_with_passwords_needs_both_parts(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    environment.setenv("KAFKA_SASL_PASSWORD", "")

    text = refusal()

    assert "KAFKA_SASL_USERNAME: " in text
    assert "KAFKA_SASL_PASSWORD: " in text


def test_a_missing_certificate_file_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KAFKA_TLS_CA_FILE", "/nowhere/ca.pem")

    assert "KAFKA_TLS_CA_FILE: " in refusal()


def test_an_empty_certificate_setting_means_none(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KAFKA_TLS_CA_FILE", "")

    assert load_settings(SampleSettings).kafka_tls_ca_file is None


def test_a_file_without_a_certificate_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("invented-secret")
    environment.setenv("KAFKA_TLS_CA_FILE", str(tmp_path / "ca.pem"))

    text = refusal()

    assert "KAFKA_TLS_CA_FILE: Value error, this file holds no certificate" in text
    assert "invented-secret" not in text


def test_a_client_certificate_and_its_key_are_accepted(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate, key = Authority().write_client(tmp_path)
    environment.setenv("KAFKA_TLS_CERT_FILE", str(certificate))
    environment.setenv("KAFKA_TLS_KEY_FILE", str(key))

    settings = load_settings(SampleSettings)

    assert settings.kafka_tls_cert_file == certificate
    assert settings.kafka_tls_key_file == key


@pytest.mark.parametrize("missing", ["", "-"])
@pytest.mark.parametrize("name", ["KAFKA_TLS_CERT_FILE", "KAFKA_TLS_KEY_FILE"])
def test_a_client_certificate_and_its_key_are_set_together(
    environment: pytest.MonkeyPatch, tmp_path: Path, name: str, missing: str
) -> None:
    certificate, key = Authority().write_client(tmp_path)
    files = {"KAFKA_TLS_CERT_FILE": str(certificate), "KAFKA_TLS_KEY_FILE": str(key)}
    for setting, path in files.items():
        environment.setenv(setting, path)
    environment.delenv(name) if missing == "-" else environment.setenv(name, missing)

    assert "set KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE together, or neither" in refusal()


@pytest.mark.parametrize("name", ["KAFKA_TLS_CERT_FILE", "KAFKA_TLS_KEY_FILE"])
@pytest.mark.parametrize("text", [None, "invented-secret"])
def test_an_unreadable_file_of_a_client_certificate_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path, name: str, text: str | None
) -> None:
    certificate, key = Authority().write_client(tmp_path)
    files = {"KAFKA_TLS_CERT_FILE": certificate, "KAFKA_TLS_KEY_FILE": key}
    if text is None:
        files[name].unlink()
    else:
        files[name].write_text(text)
    for setting, path in files.items():
        environment.setenv(setting, str(path))

    message = refusal()

    assert message.count("KAFKA_TLS") == message.count(f"  {name}: ") == 1
    assert "invented-secret" not in message


def test_a_private_key_of_another_certificate_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate, _ = Authority().write_client(tmp_path / "ours")
    _, key = Authority().write_client(tmp_path / "other")
    environment.setenv("KAFKA_TLS_CERT_FILE", str(certificate))
    environment.setenv("KAFKA_TLS_KEY_FILE", str(key))

    text = refusal()

    assert (
        "KAFKA_TLS_KEY_FILE: Value error, this private key belongs to another certificate" in text
    )


def test_a_private_key_with_a_passphrase_is_refused(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate, key = Authority().write_client(tmp_path)
    private = load_pem_private_key(key.read_bytes(), None)
    locked = BestAvailableEncryption(b"invented")
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    environment.setenv("KAFKA_TLS_CERT_FILE", str(certificate))
    environment.setenv("KAFKA_TLS_KEY_FILE", str(key))

    assert "KAFKA_TLS_KEY_FILE: Value error, this file holds no private key" in refusal()
