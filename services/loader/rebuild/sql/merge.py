"""SQL that merges the newest records of a resource into its table, in the caller's transaction.

No statement names a schema, so that a dry run can put copies in front of the tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.mapping.table import RowKey, Table
from services.loader.rebuild.sql.newest import keep_newest, names_of
from services.loader.rebuild.sql.shadow import Shadow
from services.loader.store.employees import EmployeeStore
from services.loader.store.refusals import refusal
from services.loader.store.tolerant import WANTED, TolerantStatements

EXAMPLES = 20

_OWN_COLUMNS = ("fetched_at", "synced_at", "removed_at")

_IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM {table})"
_FILL = """
    INSERT INTO {table} ({columns})
    SELECT {columns} FROM {rows}
    WHERE ({keys}) NOT IN (SELECT {keys} FROM {kept} WHERE why = 'refetch')
"""
_FILL_KEYS = """
    SELECT {key_pair} FROM {rows}
    WHERE ({keys}) NOT IN (SELECT {keys} FROM {kept} WHERE why = 'refetch')
"""
_JUDGE = """
    CREATE TEMP TABLE {verdicts} ON COMMIT DROP AS
    SELECT {keys}, l.hash AS log_hash, t.hash AS table_hash, gone_at,
        CASE
            WHEN l.hash = t.hash                                        THEN 'same'
            WHEN k.refetch                                               THEN 'refetch'
            WHEN t.hash IS NULL                                         THEN 'missing'
            WHEN k.dead                                                 THEN 'dead letter'
            WHEN l.hash IS NOT NULL AND t.fetched_at > l.fetched_at     THEN 'newer'
            WHEN l.hash IS NOT NULL                                     THEN 'changed'
            WHEN t.removed_at IS NOT NULL                               THEN 'closed'
            WHEN gone_at >= t.fetched_at                                THEN 'gone'
            WHEN k.later OR gone_at IS NOT NULL                         THEN 'newer'
            WHEN {may_delete_missing}                                   THEN 'not in the log'
            ELSE                                                             'unproven'
        END AS verdict
    FROM (SELECT {keys}, fetched_at, {hash} AS hash FROM {rows}) AS l
    FULL JOIN (SELECT {keys}, fetched_at, removed_at, {hash} AS hash FROM {table}) AS t
        USING ({keys})
    LEFT JOIN (
        SELECT {keys}, bool_or(why = 'refetch') AS refetch, bool_or(why = 'dead letter') AS dead,
               bool_or(why = 'later') AS later
        FROM {kept} GROUP BY {keys}
    ) AS k USING ({keys})
    LEFT JOIN (SELECT {keys}, fetched_at AS gone_at FROM {newest} WHERE place IS NULL) AS n
        USING ({keys})
"""
# Erased people are not compared: neither their records in the log, nor their closed rows.
_ERASED = """
    SELECT {key_pair} FROM {table}
    WHERE hemis_id IN (SELECT hemis_id FROM {marks} WHERE resource = '{resource}' AND erased)
"""
_ERASE_SHADOW = """
    DELETE FROM {rows}
    WHERE hemis_id IN (SELECT hemis_id FROM {marks} WHERE resource = '{resource}' AND erased)
"""
_ERASE_CHANGES = """
    DELETE FROM changes WHERE resource = '{resource}'
      AND hemis_id IN (SELECT hemis_id FROM {marks} WHERE resource = '{resource}' AND erased)
"""
_SUM_UP = """
    SELECT verdict, count(*), coalesce(bit_xor(log_hash), 0), coalesce(bit_xor(table_hash), 0)
    FROM {verdicts} GROUP BY verdict
"""
_EXAMPLES = """
    SELECT {key_text} FROM {verdicts} WHERE verdict = $1 ORDER BY {keys} LIMIT $2
"""
_KEYS = "SELECT {key_pair} FROM {verdicts} WHERE verdict = $1"
_UPDATE = """
    UPDATE {table} AS t SET {changes}, synced_at = now(),
        unlisted_since = CASE WHEN s.fetched_at <= t.unlisted_since THEN t.unlisted_since END
    FROM {rows} AS s JOIN {wanted} USING ({keys}) WHERE {same_key}
"""
_INSERT = """
    INSERT INTO {table} ({columns}) SELECT {columns} FROM {rows} AS s JOIN {wanted} USING ({keys})
"""
_DELETE = "DELETE FROM {table} AS t USING {wanted_as_s} WHERE {same_key}"
_CLOSE = """
    UPDATE {table} AS t SET removed_at = gone_at, fetched_at = gone_at, synced_at = now()
    FROM {verdicts} AS s JOIN {wanted} USING ({keys}) WHERE {same_key}
"""
_PEOPLE = "SELECT coalesce(array_agg(DISTINCT hemis_id), '{}') FROM employee_positions"
_WITHOUT_POSITION = """
    SELECT hemis_id, '' FROM employees e
    WHERE NOT EXISTS (SELECT FROM employee_positions p WHERE p.hemis_id = e.hemis_id)
"""
_DELETE_PERSON = "DELETE FROM {table} AS t USING {wanted_as_s} WHERE t.hemis_id = s.hemis_id"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A difference between log and table, with its number of keys and the first of them."""

    name: str
    keys: int
    log_checksum: int
    table_checksum: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """The result for one table; it has no verdicts if the table was empty and was filled."""

    resource: Resource
    filled: int
    verdicts: tuple[Verdict, ...] = ()
    employees: int = 0
    """Rows of ``employees`` that were wrong."""
    refused: Mapping[RowKey, str] = field(default_factory=dict)
    """Rows whose change PostgreSQL refused, and why."""
    later: int = 0
    """Records that are left to the loaders: not loaded yet, or of a sync they still count."""


class Merge:
    """The statements of one resource."""

    def __init__(
        self, resource: Resource, table: Table, shadow: Shadow, live_schema: str | None = None
    ) -> None:
        """``live_schema`` is the schema of the original tables; a dry run works on copies."""
        self._resource = resource
        self._statements = TolerantStatements(live_schema)
        self._is_dry = live_schema is not None
        self._refused: dict[RowKey, str] = {}
        self._employees = EmployeeStore(table) if resource.keyed_by_position else None
        locked = f"{table.name}, employees" if self._employees else table.name
        # Writers wait, readers do not.
        self._lock = f"LOCK TABLE {locked} IN SHARE ROW EXCLUSIVE MODE"
        own = [c for c in table.columns if c not in table.key_columns]
        compared = [c for c in own if c not in _OWN_COLUMNS]
        self._names = names_of(resource, table, shadow) | {
            "hash": f"hash_record_extended(ROW({', '.join(compared)}), 0)",
            "changes": ", ".join(f"{c} = s.{c}" for c in own),
            "same_key": " AND ".join(f"t.{c} = s.{c}" for c in table.key_columns),
            "key_pair": "hemis_id, position_key" if self._employees else "hemis_id, ''",
            "wanted": WANTED,
            "wanted_as_s": WANTED.replace("AS w", "AS s"),
        }

    async def run(
        self, connection: Connection, limits: Mapping[int, int], *, may_delete_missing: bool
    ) -> Merged:
        """Merge; ``limits`` are the offsets up to which each partition is merged.

        ``may_delete_missing``: delete the rows that the log lacks.
        """
        await connection.execute(self._lock)
        later = await keep_newest(connection, self._names, limits)
        await self._erase(connection)
        verdicts: tuple[Verdict, ...] = ()
        filled = 0
        if await connection.fetchval(_IS_EMPTY.format_map(self._names)):
            filled = await self._fill(connection)
        else:
            names = {**self._names, "may_delete_missing": may_delete_missing}
            await connection.execute(_JUDGE.format_map(names))
            verdicts = await self._verdicts(connection)
            await self._apply(connection, {verdict.name for verdict in verdicts})
        employees = await self._correct_employees(connection)
        return Merged(self._resource, filled, verdicts, employees, self._refused, later)

    async def _fill(self, connection: Connection) -> int:
        fill = _FILL.format_map(self._names)
        count = "SELECT count(*) FROM {table}".format_map(self._names)
        if await refusal(connection, lambda: connection.execute(fill)):
            keys = await self._keys(connection, _FILL_KEYS.format_map(self._names))
            await self._execute(connection, _INSERT, keys)
        return int(await connection.fetchval(count))

    async def _erase(self, connection: Connection) -> None:
        await connection.execute(_ERASE_SHADOW.format_map(self._names))
        erased = await self._keys(connection, _ERASED.format_map(self._names))
        await self._execute(connection, _DELETE, erased)
        if not self._is_dry:
            await connection.execute(_ERASE_CHANGES.format_map(self._names))

    async def _keys(self, connection: Connection, sql: str, *values: str) -> list[RowKey]:
        return [(row[0], row[1]) for row in await connection.fetch(sql, *values)]

    async def _execute(
        self, connection: Connection, sql: str, keys: Sequence[RowKey], **names: str
    ) -> int:
        """Return how many rows were changed; the result names the others, with reasons."""
        refused = await self._statements.run(connection, sql, {**self._names, **names}, keys)
        self._refused |= refused
        return len(keys) - len(refused)

    async def _verdicts(self, connection: Connection) -> tuple[Verdict, ...]:
        rows = await connection.fetch(_SUM_UP.format_map(self._names))
        found = [Verdict(row[0], row[1], row[2], row[3]) for row in rows]
        return tuple([replace(v, examples=await self._examples(connection, v.name)) for v in found])

    async def _examples(self, connection: Connection, verdict: str) -> tuple[str, ...]:
        if verdict in {"same", "closed"}:
            return ()
        sql = _EXAMPLES.format_map(self._names)
        return tuple([row[0] for row in await connection.fetch(sql, verdict, EXAMPLES)])

    async def _apply(self, connection: Connection, verdicts: set[str]) -> None:
        gone = _CLOSE if self._employees else _DELETE
        for verdict, statement in (
            ("changed", _UPDATE),
            ("missing", _INSERT),
            ("not in the log", _DELETE),
            ("gone", gone),
        ):
            if verdict in verdicts:
                keys = await self._keys(connection, _KEYS.format_map(self._names), verdict)
                await self._execute(connection, statement, keys)

    async def _correct_employees(self, connection: Connection) -> int:
        if self._employees is None:
            return 0
        without = await self._keys(connection, _WITHOUT_POSITION)
        orphans = await self._execute(connection, _DELETE_PERSON, without, table="employees")
        people = await connection.fetchval(_PEOPLE)
        return orphans + await self._employees.refresh(connection, people)
