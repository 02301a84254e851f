"""The rights on PostgreSQL that the loader and a rebuild need."""

import re
from collections.abc import Sequence
from pathlib import Path

from libs.common.postgres.pool import Connection

ON_DATABASE = ("TEMPORARY",)
"""Each batch is staged in a temporary table."""
ON_SCHEMA = ("USAGE", "CREATE")
"""CREATE is for migrations and for the shadow tables of a rebuild."""
ON_TABLES = ("SELECT", "INSERT", "UPDATE", "DELETE")

_TABLE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(", re.MULTILINE)
_MISSING = """
SELECT format('CREATE on database %s', current_database()) AS lacking
WHERE to_regnamespace($1) IS NULL
  AND NOT has_database_privilege(current_database(), 'CREATE')
UNION ALL
SELECT format('%s on database %s', wanted, current_database())
FROM unnest($3::text[]) AS wanted
WHERE NOT has_database_privilege(current_database(), wanted)
UNION ALL
SELECT format('%s on schema %s', wanted, nspname)
FROM pg_namespace, unnest($4::text[]) AS wanted
WHERE nspname = $1 AND NOT has_schema_privilege(oid, wanted)
UNION ALL
SELECT format('%s on %s', wanted, relname)
FROM pg_class, unnest($5::text[]) AS wanted
WHERE relnamespace = to_regnamespace($1) AND relname = ANY($2::text[])
  AND NOT has_table_privilege(pg_class.oid, wanted)
ORDER BY lacking
"""


def tables_of(migrations: Sequence[Path]) -> list[str]:
    """Return the names of all tables: those of the migrations, and ``migrations`` itself."""
    found = (_TABLE.findall(file.read_text(encoding="utf-8")) for file in migrations)
    return ["migrations", *(name for names in found for name in names)]


async def missing_rights(connection: Connection, schema: str, tables: Sequence[str]) -> list[str]:
    """Return the rights that this user lacks, in the words of ``GRANT``."""
    wanted = (list(ON_DATABASE), list(ON_SCHEMA), list(ON_TABLES))
    rows = await connection.fetch(_MISSING, schema, list(tables), *wanted)
    return [row["lacking"] for row in rows]
