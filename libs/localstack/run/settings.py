"""What ``make run`` reads itself; the services read the rest of ``.env`` themselves."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from libs.common.process.settings import Port
from libs.localstack.settings import StackSettings


class RunSettings(StackSettings):
    model_config = SettingsConfigDict(env_file=".env")

    hemis_api_url: str | None = None
    no_proxy: str = ""
    hemis_page_pause_seconds: float | None = None
    gateway_host: str | None = None
    gateway_port: Port | None = None
    gateway_api_keys: SecretStr | None = None
    fetcher_health_port: Port | None = None
    loader_health_port: Port | None = None
    stop_grace_seconds: float = Field(25, gt=0, le=3600)

    def gateway_key(self) -> str | None:
        """The first key of ``name:key, name:key:read`` that may start a sync."""
        keys = self.gateway_api_keys.get_secret_value() if self.gateway_api_keys else ""
        entries = [entry.strip().split(":") for entry in keys.split(",")]
        return next((words[1] for words in entries if len(words) == 2), None)  # noqa: PLR2004 — name and key
