"""One row per employee, computed from all positions, so that their order does not matter."""

from collections.abc import Collection

from libs.common.postgres.pool import Connection
from services.loader.mapping.table import Table
from services.loader.store.statements import assignments, count_of

# Columns computed from all positions; the others are those of the main position.
_FROM_ALL_POSITIONS = {
    "tutor_groups": "every.tutor_groups",
    "fetched_at": "every.fetched_at",
    "unlisted_since": "every.unlisted_since",
}


class EmployeeStore:
    """Updates the row of each changed person from the main position."""

    def __init__(self, positions: Table) -> None:
        columns = tuple(name for name in positions.columns if name not in positions.key_columns[1:])
        self._sql = _sql((*columns, "unlisted_since"))

    async def refresh(self, connection: Connection, people: Collection[int]) -> int:
        """Update the rows of these people; return how many rows changed."""
        return count_of(await connection.execute(self._sql, sorted(people)))


def _sql(columns: tuple[str, ...]) -> str:
    names = ", ".join(columns)
    chosen = ", ".join(_FROM_ALL_POSITIONS.get(name, f"p.{name}") for name in columns)
    changes = [name for name in (*columns, "removed_at") if name != "hemis_id"]
    before = ", ".join(f"person.{name}" for name in changes)
    after = ", ".join(f"EXCLUDED.{name}" for name in changes)
    return f"""
        INSERT INTO employees AS person ({names}, removed_at)
        SELECT DISTINCT ON (p.hemis_id) {chosen}, p.removed_at
        FROM employee_positions p
        CROSS JOIN LATERAL (
            SELECT CASE WHEN count(q.tutor_groups) FILTER (WHERE q.removed_at IS NULL) > 0
                        THEN coalesce(jsonb_agg(DISTINCT g) FILTER (WHERE g IS NOT NULL), '[]')
                   END AS tutor_groups,
                   max(q.fetched_at) AS fetched_at,
                   CASE WHEN bool_and(q.unlisted_since IS NOT NULL)
                        THEN max(q.unlisted_since) END AS unlisted_since
            FROM employee_positions q
            LEFT JOIN LATERAL jsonb_array_elements(q.tutor_groups) g ON q.removed_at IS NULL
            WHERE q.hemis_id = p.hemis_id
        ) every
        WHERE p.hemis_id = ANY($1::bigint[])
        ORDER BY p.hemis_id,
                 p.removed_at DESC NULLS FIRST,
                 (p.active IS NOT FALSE AND p.employee_status_code = '11') IS TRUE DESC,
                 (p.employment_form_code = '11') IS TRUE DESC,
                 p.meta_id NULLS LAST,
                 p.position_key
        ON CONFLICT (hemis_id) DO UPDATE SET {assignments(changes)}, synced_at = now()
        WHERE ({before}) IS DISTINCT FROM ({after})
    """  # noqa: S608 — names from the mapping
