"""Settings from the environment and ``.env``: read once, at start, all wrong ones named at once."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.errors import ConfigurationError

S = TypeVar("S", bound=BaseSettings)

Port = Annotated[int, Field(ge=1, le=65535)]


class ServiceSettings(BaseSettings):
    """What every service can be told."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, env_ignore_empty=False
    )

    kafka_bootstrap_servers: str = Field("localhost:9092", min_length=1)
    kafka_topic_prefix: str = Field("hemis", pattern=r"^[A-Za-z0-9_-]{1,100}$")
    kafka_partitions: int = Field(4, ge=1, le=1000)
    kafka_replication: int = Field(1, ge=1, le=10)
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_tls_ca_file: str | None = None
    stop_grace_seconds: float = Field(25, gt=0, le=3600)
    health_host: str = "0.0.0.0"  # noqa: S104 — a container's probe comes from outside
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


def load_settings(kind: type[S]) -> S:
    """Read all settings of one process.

    Raises:
        ConfigurationError: names every wrong variable and what is allowed; no value is repeated,
            since a secret may be among them.
    """
    try:
        return kind()
    except ValidationError as error:
        # Not chained: pydantic's own text repeats the values.
        raise ConfigurationError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    lines = [
        f"{'.'.join(str(part) for part in wrong['loc']).upper() or 'settings'}: {wrong['msg']}"
        for wrong in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return "wrong configuration:\n  " + "\n  ".join(lines)
