"""The settings with which the gateway refuses to start."""

import logging
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.errors import ConfigurationError
from libs.common.process.settings import load_settings
from services.gateway.app import schedule_of, warn_about
from services.gateway.scheduling.cron import Schedule
from services.gateway.settings import GatewaySettings


def refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings(GatewaySettings)
    return str(refused.value)


def made(**fields: Any) -> GatewaySettings:
    return GatewaySettings(_env_file=None, **fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEMIS_SYNC_CRON", "0 0 31 2 *"),
        ("HEMIS_SYNC_CRON", "* * * * * *"),
        ("HEMIS_SYNC_TIMEZONE", "Asia/Samarkent"),
        ("HEMIS_SYNC_MISFIRE", "all"),
        ("GATEWAY_PORT", "99999"),
        ("GATEWAY_CORS_ORIGINS", "hr.example.uz"),
        ("GATEWAY_CORS_ORIGINS", "*"),
        ("GATEWAY_CORS_ORIGINS", "https://hr.example.uz:99999"),
        ("GATEWAY_ROOT_PATH", "hemis"),
        ("GATEWAY_ROOT_PATH", "/a b"),
        ("GATEWAY_ROOT_PATH", "/../x"),
        ("GATEWAY_ROOT_PATH", "//evil.uz"),
        ("GATEWAY_ROOT_PATH", "/api"),
        ("FORWARDED_ALLOW_IPS", "proxy.example.uz"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1/8"),
        ("GATEWAY_API_KEYS", "ops:canary-key:write"),
        ("HEMIS_STALE_AFTER_HOURS", "0"),
        ("ALERT_WEBHOOK_URL", "file:///canary"),
        ("ALERT_WEBHOOK_URL", "https://canary@alerts.example.uz/"),
        ("ALERT_WEBHOOK_URL", "https:///canary"),
        ("ALERT_WEBHOOK_URL", "https://alerts.example.uz/canary\nX-Header: 1"),
        ("ALERT_WEBHOOK_URL", "https://[canary"),
        ("ALERT_WEBHOOK_SECRET", "whsec_canary!"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    text = refusal(monkeypatch, **{name: value})

    assert name in text
    assert "canary" not in text


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = refusal(monkeypatch, HEMIS_SYNC_CRON="61 * * * *", HEMIS_SYNC_TIMEZONE="X")

    assert "HEMIS_SYNC_CRON" in text
    assert "HEMIS_SYNC_TIMEZONE" in text


def test_an_empty_cron_line_is_no_schedule() -> None:
    assert schedule_of(made(hemis_sync_cron="")) is None
    assert schedule_of(made()) == Schedule("0 1 * * *", "UTC")


def test_origins_are_a_comma_list() -> None:
    settings = made(gateway_cors_origins="https://HR.example.uz:443, http://localhost:8080")

    assert settings.cors_origins == ("https://hr.example.uz", "http://localhost:8080")
    assert made().cors_origins == ()


def test_a_key_that_can_be_guessed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    keys = SecretStr("ops:a-key-of-many-letters,guest:canary:read")

    warn_about(made(gateway_api_keys=keys))

    assert "the API key of guest can be guessed" in caplog.text
    assert "canary" not in caplog.text
    assert "no API keys" not in caplog.text


def test_secrets_do_not_show() -> None:
    settings = made(alert_webhook_secret=SecretStr("canary"))

    assert "canary" not in repr(settings)


def test_every_setting_that_leaves_the_gateway_open_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)

    warn_about(made(alert_webhook_url=SecretStr("https://alerts.example.uz/canary")))

    assert "GATEWAY_API_KEYS is not set" in caplog.text
    assert "ALERT_WEBHOOK_SECRET is not set" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("url", ["http://10.0.0.7:8080/hook?x=1", "https://chat.example.uz", ""])
def test_the_webhook_address_is_any_http_address(url: str) -> None:
    assert made(alert_webhook_url=SecretStr(url)).alert_webhook_url.get_secret_value() == url
