"""Parts of SQL statements, and what PostgreSQL says that they did."""

from collections.abc import Sequence

from libs.common.contracts.commands import RESUMABLE_MS
from libs.common.contracts.topics import RETENTION_MS
from libs.common.postgres.pool import Connection
from services.loader.mapping.copy_format import stream

RESUMABLE = f"interval '{RESUMABLE_MS // 3_600_000 + 1} hours'"
"""An hour longer than the fetcher can resume a failed or cancelled sync."""
ON_TOPIC = f"interval '{RETENTION_MS // 86_400_000 - 10} days'"
"""Ten days less than the progress topic keeps events."""


async def copy_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[bytes]
) -> None:
    """Append rows in COPY's binary format to a table of the search path."""
    await connection.copy_to_table(
        table, source=stream(rows), columns=list(columns), format="binary"
    )


def assignments(columns: Sequence[str]) -> str:
    return ", ".join(f"{name} = EXCLUDED.{name}" for name in columns)


def count_of(status: str) -> int:
    """Read the number of rows from a command's tag: ``UPDATE 3``, ``INSERT 0 3``."""
    return int(status.rsplit(" ", 1)[-1])
