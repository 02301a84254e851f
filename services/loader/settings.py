"""The settings of the loader (.env.example)."""

from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator

from libs.common.certificates import require_certificates
from libs.common.postgres.address import parse_address
from libs.common.process.settings import Port, ServiceSettings


class LoaderSettings(ServiceSettings):
    """The loader's own variables."""

    database_url: SecretStr = SecretStr("postgresql://hemis:hemis@localhost:5432/hemis")
    database_schema: str = Field("hemis", pattern=r"^[a-z_][a-z0-9_]{0,50}$")
    changes_keep_days: int = Field(365, ge=0, le=36_500)
    loader_batch_records: int = Field(5000, ge=1, le=100_000)
    loader_batch_seconds: float = Field(0.1, ge=0, le=60)
    loader_health_port: Port = 8082
    hemis_timezone: str = "Asia/Tashkent"
    hemis_removed_policy: Literal["keep", "mark", "delete"] = "keep"
    hemis_removed_limit_percent: float = Field(5, ge=0, le=100)
    hemis_reject_limit_percent: float = Field(5, ge=0, le=100)

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr) -> SecretStr:
        parse_address(url.get_secret_value())
        for path in parse_qs(url.get_secret_value().partition("?")[2]).get("sslrootcert", ()):
            require_certificates(Path(path))
        return url

    @field_validator("hemis_timezone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("expected an IANA time zone, such as Asia/Tashkent") from None
        return name
