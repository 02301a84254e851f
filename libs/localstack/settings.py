"""Where Kafka and PostgreSQL are, when they are there already."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from libs.common.postgres.address import parse_address
from libs.common.process.env_file import FileSettings


class StackSettings(FileSettings):
    """An address that is set is used; what is not set is embedded."""

    model_config = SettingsConfigDict(env_file=None, env_ignore_empty=True)

    kafka_bootstrap_servers: str | None = Field(None, min_length=1)
    database_url: SecretStr | None = None

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            parse_address(url.get_secret_value())
        return url
