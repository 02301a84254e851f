"""Settings from the environment and ``.env``: read at start; one error names all wrong ones."""

import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings

from libs.common.certificates import require_certificates, require_key_of_certificate
from libs.common.errors import ConfigurationError
from libs.common.process.env_file import FileSettings

S = TypeVar("S", bound=BaseSettings)
T = TypeVar("T", str | None, SecretStr | None)

Port = Annotated[int, Field(ge=1, le=65535)]

_SERVER = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?")


def _checked_servers(text: str) -> str:
    if not all(_SERVER.fullmatch(server.strip()) for server in text.split(",")):
        raise ValueError("expected host:port, or several of them separated by commas")
    return text


class ServiceSettings(FileSettings):
    """The settings of every service."""

    kafka_bootstrap_servers: Annotated[str, AfterValidator(_checked_servers)] = "localhost:9092"
    kafka_topic_prefix: str = Field("hemis", pattern=r"^[A-Za-z0-9_-]{1,100}$")
    kafka_partitions: int = Field(4, ge=1, le=1000)
    kafka_replication: int = Field(1, ge=1, le=10)
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = Field(None, validate_default=True)
    kafka_sasl_password: SecretStr | None = Field(None, validate_default=True)
    kafka_tls_ca_file: FilePath | None = None
    kafka_tls_cert_file: FilePath | None = None
    kafka_tls_key_file: FilePath | None = Field(None, validate_default=True)
    stop_grace_seconds: float = Field(25, gt=0, le=3600)
    health_host: str = "0.0.0.0"  # noqa: S104 — a container's probe comes from outside
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator(
        "kafka_tls_ca_file", "kafka_tls_cert_file", "kafka_tls_key_file", mode="before"
    )
    @classmethod
    def _empty_is_unset(cls, path: object) -> object:
        return path or None

    @field_validator("kafka_tls_ca_file", "kafka_tls_cert_file")
    @classmethod
    def _holds_certificates(cls, path: Path | None) -> Path | None:
        if path is not None:
            require_certificates(path)
        return path

    @field_validator("kafka_tls_key_file")
    @classmethod
    def _belongs_to_the_certificate(cls, key: Path | None, others: ValidationInfo) -> Path | None:
        if "kafka_tls_cert_file" not in others.data:  # wrong itself, and named for that
            return key
        certificate = others.data["kafka_tls_cert_file"]
        if (key is None) is not (certificate is None):
            raise ValueError("set KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE together, or neither")
        if key is not None:
            require_key_of_certificate(key, certificate)
        return key

    @field_validator("kafka_sasl_username", "kafka_sasl_password")
    @classmethod
    def _is_given_for_sasl(cls, value: T, others: ValidationInfo) -> T:
        if not value and "SASL" in others.data.get("kafka_security_protocol", ""):
            raise ValueError("needed for this KAFKA_SECURITY_PROTOCOL")
        return value


def load_settings(kind: type[S]) -> S:
    """Read all settings of one process.

    Raises:
        ConfigurationError: names every wrong variable and what is allowed. It repeats no value,
            since one of them may be a secret.
    """
    try:
        return kind()
    except ValidationError as error:
        # Not chained: pydantic's own text repeats the values.
        raise ConfigurationError(_explain(error)) from None
    except UnicodeDecodeError:
        raise ConfigurationError(".env: not a text in UTF-8") from None


def _explain(error: ValidationError) -> str:
    lines = [
        f"{'.'.join(str(part) for part in wrong['loc']).upper() or 'settings'}: {wrong['msg']}"
        for wrong in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return "wrong configuration:\n  " + "\n  ".join(lines)
