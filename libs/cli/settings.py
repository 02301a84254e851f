"""Where the gateway is, and the API key for it."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from libs.common.errors import ConfigurationError
from libs.common.process.env_file import FileSettings
from libs.common.process.settings import Port

_PROJECT = Path(__file__).parents[2]


class OperatorSettings(FileSettings):
    """Read from the environment, else from ``.env``, else from the file of ``make run``."""

    model_config = SettingsConfigDict(
        env_file=(_PROJECT / ".local" / "env", ".env"), env_ignore_empty=True
    )

    gateway_url: str | None = None
    gateway_port: Port = 3000
    hemis_api_key: SecretStr | None = None

    @property
    def address(self) -> str:
        return self.gateway_url or f"http://localhost:{self.gateway_port}"

    @property
    def key(self) -> str | None:
        return self.hemis_api_key.get_secret_value() if self.hemis_api_key else None


def checked_address(text: str) -> str:
    """Return the address without a final ``/``; raises ConfigurationError."""
    address = text.strip().rstrip("/")
    if not address.startswith(("http://", "https://")) or any(map(str.isspace, address)):
        raise ConfigurationError(
            "GATEWAY_URL or --url: expected an address such as http://localhost:3000"
        )
    return address


def key_in(path: Path) -> str:
    """Read the API key from its file; raises ConfigurationError, which never shows the key."""
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"--key-file: {path} cannot be read") from None
    if not key:
        raise ConfigurationError(f"--key-file: {path} is empty")
    return key
