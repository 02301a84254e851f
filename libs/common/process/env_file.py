"""Reads ``.env`` literally: ``KEY=value`` lines in which ``$`` expands nothing."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.sources.utils import parse_env_vars
from typing_extensions import override


class FileSettings(BaseSettings):
    """Settings from the environment, else from ``.env``."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",  # some editors begin a file with a byte order mark
        extra="ignore",
        frozen=True,
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        given = getattr(dotenv_settings, "env_file", None)
        return init_settings, env_settings, _LiteralDotEnv(settings_cls, env_file=given)


class _LiteralDotEnv(DotEnvSettingsSource):
    @override
    def _read_env_file(self, file_path: Path) -> Mapping[str, str | None]:
        values = dotenv_values(file_path, encoding=self.env_file_encoding, interpolate=False)
        return parse_env_vars(
            values, self.case_sensitive, self.env_ignore_empty, self.env_parse_none_str
        )
