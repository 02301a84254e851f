"""Where Kafka and PostgreSQL are, when they are there already."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class StackSettings(BaseSettings):
    """An address that is set is used; what is not set is embedded."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    kafka_bootstrap_servers: str | None = Field(None, min_length=1)
    database_url: SecretStr | None = None
