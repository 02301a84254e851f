"""SQL that forgets erased people where the loader remembers more than rows."""

from collections.abc import Collection

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection

_FORGET = (
    "DELETE FROM unseen WHERE resource = $1 AND hemis_id = ANY($2::bigint[])",
    "DELETE FROM wishes WHERE resource = $1 AND hemis_id = ANY($2::bigint[])",
    "DELETE FROM undeleted WHERE resource = $1 AND split_part(key, ':', 1)::bigint = ANY($2)",
)


async def forget(connection: Connection, resource: Resource, people: Collection[int]) -> None:
    """Drop what is still to be asked of them: id numbers, and keys that are to come again."""
    if people:
        for statement in _FORGET:
            await connection.execute(statement, resource, list(people))
