"""The settings of the gateway (.env.example)."""

import re
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from libs.common.process.proxies import ProxiedSettings
from libs.common.process.settings import Port
from services.gateway.alerts.webhook import signing_key
from services.gateway.scheduling.cron import checked_cron, checked_zone
from services.gateway.security.keys import Keyring, parsed_keys
from services.gateway.security.origins import Origin, parsed_origin

OWN_PATHS = (
    *("api", "asyncapi.json", "contract", "dashboard", "docs", "healthz", "metrics"),
    *("openapi.json", "readyz", "static-offline-docs"),
)
"""First parts of the gateway's own paths."""

_ROOT_PATH = re.compile(r"(/[\w~-][\w.~-]*)*", re.ASCII)
_ADDRESS = re.compile(r"https?://[^@/\s?#]+([/?][^\s#]*)?")


def _checked_keys(keys: SecretStr) -> SecretStr:
    parsed_keys(keys.get_secret_value())
    return keys


def _checked_address(address: SecretStr) -> SecretStr:
    """Check an address; it is secret, since a chat's webhook address allows writing there."""
    text = address.get_secret_value()
    if text and not (_ADDRESS.fullmatch(text) and urlsplit(text).hostname):
        raise ValueError("must be an http:// or https:// address without user and password")
    return address


def _checked_secret(secret: SecretStr) -> SecretStr:
    signing_key(secret.get_secret_value())
    return secret


def _checked_origins(text: str) -> str:
    origins = [parsed_origin(origin) for origin in _split(text)]
    if None in origins:
        raise ValueError("must be a comma list such as https://hr.example.uz,http://localhost:8080")
    # Normalized, as browsers send them.
    return ",".join(map(str, origins))


def _checked_peers(text: str) -> str:
    if text.strip() != "*":
        for peer in _split(text):
            ip_network(peer)
    return text


def _checked_root_path(text: str) -> str:
    path = text.rstrip("/")
    if not _ROOT_PATH.fullmatch(path):
        raise ValueError("must be a path such as /hemis, without spaces and escapes")
    if path.partition("/")[2].partition("/")[0] in OWN_PATHS:
        raise ValueError(
            f"must not begin with one of the gateway's own paths: {', '.join(OWN_PATHS)}"
        )
    return path


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


class GatewaySettings(ProxiedSettings):
    gateway_host: str = "0.0.0.0"  # noqa: S104 — people and dashboards connect from outside
    gateway_port: Port = 3000
    gateway_root_path: Annotated[str, AfterValidator(_checked_root_path)] = ""
    gateway_cors_origins: Annotated[str, AfterValidator(_checked_origins)] = ""
    forwarded_allow_ips: Annotated[str, AfterValidator(_checked_peers)] = "127.0.0.1,::1"
    gateway_api_keys: Annotated[SecretStr, AfterValidator(_checked_keys)] = SecretStr("")
    hemis_sync_cron: Annotated[str, AfterValidator(checked_cron)] = "0 1 * * *"
    hemis_sync_timezone: Annotated[str, AfterValidator(checked_zone)] = "UTC"
    hemis_sync_misfire: Literal["none", "latest"] = "latest"
    hemis_stale_after_hours: float = Field(26, gt=0, le=8760)
    alert_webhook_url: Annotated[SecretStr, AfterValidator(_checked_address)] = SecretStr("")
    alert_webhook_secret: Annotated[SecretStr, AfterValidator(_checked_secret)] = SecretStr("")

    @property
    def stale_after_ms(self) -> int:
        return int(self.hemis_stale_after_hours * 3_600_000)

    @property
    def api_keys(self) -> Keyring:
        return parsed_keys(self.gateway_api_keys.get_secret_value())

    @property
    def cors_origins(self) -> tuple[str, ...]:
        return tuple(_split(self.gateway_cors_origins))

    @property
    def named_origins(self) -> frozenset[Origin]:
        return frozenset(filter(None, map(parsed_origin, self.cors_origins)))

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        return tuple(_split(self.forwarded_allow_ips))
