"""Connections of a rebuild: without a loader's time limits, for statements over whole tables."""

from typing import TypeAlias

import asyncpg

from libs.common.postgres.errors import DatabaseAway
from libs.common.postgres.pool import POSTGRES, connect
from libs.common.process.readiness import Readiness
from services.loader.settings import LoaderSettings

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_SETTINGS = {
    "application_name": "hemis-rebuild",
    # The statement of a killed rebuild ends soon, and releases its locks.
    "client_connection_check_interval": "2s",
    # A merge takes minutes, whatever the limit of the role is.
    "statement_timeout": "0",
    # The merge joins whole tables that have no statistics.
    "enable_nestloop": "off",
    "work_mem": "256MB",
    # Compiling a statement of 80 columns takes longer than running it.
    "jit": "off",
}


async def open_session(settings: LoaderSettings, readiness: Readiness) -> Session:
    """Open a connection.

    Raises:
        Unavailable: the database is away.
        ConfigurationError: the database refuses this user or password.
    """

    async def attempt() -> Session:
        url = settings.database_url.get_secret_value()
        return await connect(url, search_path=settings.database_schema, **_SETTINGS)

    return await readiness.wait_for(POSTGRES, attempt, DatabaseAway)
