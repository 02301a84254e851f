"""Parts of SQL statements, and what PostgreSQL says that they did."""

from collections.abc import Sequence

from libs.common.postgres.pool import Connection
from services.loader.mapping.copy_format import stream


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
