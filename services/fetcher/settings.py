"""The settings of the fetcher (.env.example)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from libs.common.certificates import require_certificates
from libs.common.process.proxies import ProxiedSettings
from libs.common.process.settings import Port
from services.fetcher.hemis.endpoint import base_address

_MISSING = "set HEMIS_BEARER_TOKEN, or HEMIS_BEARER_TOKEN_FILE to a file that holds it"


class FetcherSettings(ProxiedSettings):
    """Everything that only the fetcher needs."""

    hemis_api_url: str
    hemis_bearer_token: SecretStr | None = None
    hemis_bearer_token_file: Path | None = Field(None, validate_default=True)
    hemis_page_size: int = Field(50, ge=1, le=200)
    hemis_page_pause_seconds: float = Field(1, ge=0, le=60, allow_inf_nan=False)
    hemis_retry_attempts: int = Field(3, ge=0, le=100)
    hemis_retry_base_seconds: float = Field(1, ge=0, le=60, allow_inf_nan=False)
    hemis_request_timeout_seconds: float = Field(60, gt=0, le=3600, allow_inf_nan=False)
    hemis_max_failed_pages_in_a_row: int = Field(5, ge=1, le=10_000)
    hemis_student_status: str = Field("-1", pattern=r"^(-1|[0-9]{0,4})$")
    hemis_employee_type: Literal["all", "teacher", "employee"] = "all"
    hemis_language: Literal["uz-UZ", "oz-UZ", "ru-RU", "en-US", ""] = ""
    hemis_tls_verify: bool = True
    hemis_tls_ca_file: Path | None = None
    hemis_retry_after_max_seconds: float = Field(300, ge=0, le=86_400, allow_inf_nan=False)
    fetcher_health_port: Port = 8081

    @field_validator("hemis_api_url")
    @classmethod
    def _base_address(cls, address: str) -> str:
        return base_address(address)

    @field_validator("hemis_bearer_token", "hemis_tls_ca_file", mode="before")
    @classmethod
    def _unset_if_empty(cls, value: object) -> object:
        return value or None

    @field_validator("hemis_bearer_token")
    @classmethod
    def _is_one_word(cls, token: SecretStr | None) -> SecretStr | None:
        return None if token is None else _one_word(token.get_secret_value())

    @field_validator("hemis_tls_ca_file")
    @classmethod
    def _holds_a_certificate(cls, path: Path | None) -> Path | None:
        if path is not None:
            require_certificates(path)
        return path

    @field_validator("hemis_bearer_token_file", mode="before")
    @classmethod
    def _one_of_both(cls, path: object, info: ValidationInfo) -> object:
        # A wrong token has its own error already.
        token_is_named = info.data.get("hemis_bearer_token", "wrong") is not None
        if not path and not token_is_named:
            raise ValueError(_MISSING)
        return path or None

    @field_validator("hemis_bearer_token_file")
    @classmethod
    def _holds_a_token(cls, path: Path | None) -> Path | None:
        if path is not None:
            _token_in(path)
        return path

    @property
    def token(self) -> SecretStr:
        """Return the token from its setting or its file.

        Raises:
            ValueError: the file changed since the start and holds no token now.
        """
        if self.hemis_bearer_token is not None:
            return self.hemis_bearer_token
        if self.hemis_bearer_token_file is None:
            raise ValueError(_MISSING)
        return _token_in(self.hemis_bearer_token_file)


def _token_in(path: Path) -> SecretStr:
    try:
        return _one_word(path.read_text())
    except OSError as error:
        raise ValueError("this file cannot be read") from error


def _one_word(token: str) -> SecretStr:
    """Strip a token; raise ValueError if it cannot be sent in a header."""
    word = token.strip()
    if not word or not word.isascii() or not word.isprintable() or " " in word:
        raise ValueError("a token is one word of printable ASCII characters")
    return SecretStr(word)
