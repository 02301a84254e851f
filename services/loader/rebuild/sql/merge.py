"""SQL that merges the newest records of a resource into its table, in the caller's transaction.

Every statement names the tables without a schema: in a dry run, copies of them stand there.
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

_OURS = ("fetched_at", "synced_at", "removed_at")

_IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM {table})"
_FILL = """
    INSERT INTO {table} ({columns})
    SELECT {columns} FROM {rows}
    WHERE ({keys}) NOT IN (SELECT {keys} FROM {kept} WHERE why = 'wished')
"""
_FILL_KEYS = """
    SELECT {key_pair} FROM {rows}
    WHERE ({keys}) NOT IN (SELECT {keys} FROM {kept} WHERE why = 'wished')
"""
_JUDGE = """
    CREATE TEMP TABLE {verdicts} ON COMMIT DROP AS
    SELECT {keys}, l.hash AS log_hash, t.hash AS table_hash, gone_at,
        CASE
            WHEN l.hash = t.hash                                        THEN 'same'
            WHEN k.wished                                               THEN 'wished'
            WHEN t.hash IS NULL                                         THEN 'missing'
            WHEN k.dead                                                 THEN 'dead letter'
            WHEN l.hash IS NOT NULL AND t.fetched_at > l.fetched_at     THEN 'newer'
            WHEN l.hash IS NOT NULL                                     THEN 'changed'
            WHEN t.removed_at IS NOT NULL                               THEN 'closed'
            WHEN gone_at >= t.fetched_at                                THEN 'gone'
            WHEN k.later OR gone_at IS NOT NULL                         THEN 'newer'
            WHEN {proven}                                               THEN 'not in the log'
            ELSE                                                             'unproven'
        END AS verdict
    FROM (SELECT {keys}, fetched_at, {hash} AS hash FROM {rows}) AS l
    FULL JOIN (SELECT {keys}, fetched_at, removed_at, {hash} AS hash FROM {table}) AS t
        USING ({keys})
    LEFT JOIN (
        SELECT {keys}, bool_or(why = 'wished') AS wished, bool_or(why = 'dead letter') AS dead,
               bool_or(why = 'later') AS later
        FROM {kept} GROUP BY {keys}
    ) AS k USING ({keys})
    LEFT JOIN (SELECT {keys}, fetched_at AS gone_at FROM {newest} WHERE place IS NULL) AS n
        USING ({keys})
"""
# Of the erased nothing is compared: neither what the log still has of them, nor closed rows.
_ERASED = """
    SELECT {key_pair} FROM {table}
    WHERE hemis_id IN (SELECT hemis_id FROM {marks} WHERE resource = '{resource}' AND erased)
"""
_ERASE_SHADOW = """
    DELETE FROM {rows}
    WHERE hemis_id IN (SELECT hemis_id FROM {marks} WHERE resource = '{resource}' AND erased)
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
    UPDATE {table} AS t SET {changes}, synced_at = now()
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
    """What is the matter with so many keys, the first of them named."""

    name: str
    keys: int
    log_checksum: int
    table_checksum: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """What was found of a table; without verdicts it was empty, and filled."""

    resource: Resource
    filled: int
    verdicts: tuple[Verdict, ...] = ()
    people: int = 0
    """Rows of ``employees`` that were wrong."""
    stays: Mapping[RowKey, str] = field(default_factory=dict)
    """Rows whose change PostgreSQL refused, and why."""
    later: int = 0
    """Records after what loaders have loaded, or that are of a sync they still count."""


class Merge:
    """The statements of one resource."""

    def __init__(
        self, resource: Resource, table: Table, shadow: Shadow, live_schema: str | None = None
    ) -> None:
        """``live_schema``: in a dry run, the schema of the tables that were copied."""
        self._resource = resource
        self._statements = TolerantStatements(live_schema)
        self._stays: dict[RowKey, str] = {}
        self._people = EmployeeStore(table) if resource.keyed_by_position else None
        locked = f"{table.name}, employees" if self._people else table.name
        # Whoever writes waits, whoever reads does not.
        self._lock = f"LOCK TABLE {locked} IN SHARE ROW EXCLUSIVE MODE"
        own = [c for c in table.columns if c not in table.key_columns]
        compared = [c for c in own if c not in _OURS]
        self._names = names_of(resource, table, shadow) | {
            "hash": f"hash_record_extended(ROW({', '.join(compared)}), 0)",
            "changes": ", ".join(f"{c} = s.{c}" for c in own),
            "same_key": " AND ".join(f"t.{c} = s.{c}" for c in table.key_columns),
            "key_pair": "hemis_id, position_key" if self._people else "hemis_id, ''",
            "wanted": WANTED,
            "wanted_as_s": WANTED.replace("AS w", "AS s"),
        }

    async def run(
        self, connection: Connection, limits: Mapping[int, int], *, proven: bool
    ) -> Merged:
        """Merge; ``limits`` are the offsets up to which each partition is merged.

        ``proven``: the log is the one that was loaded, so that what it lacks is not to be there.
        """
        await connection.execute(self._lock)
        later = await keep_newest(connection, self._names, limits)
        await self._erase(connection)
        verdicts: tuple[Verdict, ...] = ()
        filled = 0
        if await connection.fetchval(_IS_EMPTY.format_map(self._names)):
            filled = await self._fill(connection)
        else:
            await connection.execute(_JUDGE.format_map({**self._names, "proven": proven}))
            verdicts = await self._verdicts(connection)
            await self._apply(connection, {verdict.name for verdict in verdicts})
        people = await self._mend_people(connection)
        return Merged(self._resource, filled, verdicts, people, self._stays, later)

    async def _fill(self, connection: Connection) -> int:
        async def fill() -> None:
            await connection.execute(_FILL.format_map(self._names))

        count = "SELECT count(*) FROM {table}".format_map(self._names)
        if await refusal(connection, fill):
            keys = await self._found(connection, _FILL_KEYS.format_map(self._names))
            await self._carry_out(connection, _INSERT, keys)
        return int(await connection.fetchval(count))

    async def _erase(self, connection: Connection) -> None:
        await connection.execute(_ERASE_SHADOW.format_map(self._names))
        erased = await self._found(connection, _ERASED.format_map(self._names))
        await self._carry_out(connection, _DELETE, erased)

    async def _found(self, connection: Connection, sql: str, *values: str) -> list[RowKey]:
        return [(row[0], row[1]) for row in await connection.fetch(sql, *values)]

    async def _carry_out(self, connection: Connection, sql: str, keys: Sequence[RowKey]) -> int:
        """Return how many rows were changed; the result names the others, with reasons."""
        left = await self._statements.run(connection, sql, self._names, keys)
        self._stays |= left
        return len(keys) - len(left)

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
        gone = _CLOSE if self._people else _DELETE
        for verdict, statement in (
            ("changed", _UPDATE),
            ("missing", _INSERT),
            ("not in the log", _DELETE),
            ("gone", gone),
        ):
            if verdict in verdicts:
                keys = await self._found(connection, _KEYS.format_map(self._names), verdict)
                await self._carry_out(connection, statement, keys)

    async def _mend_people(self, connection: Connection) -> int:
        if self._people is None:
            return 0
        without = await self._found(connection, _WITHOUT_POSITION)
        names = {**self._names, "table": "employees"}
        left = await self._statements.run(connection, _DELETE_PERSON, names, without)
        self._stays |= left
        orphans = len(without) - len(left)
        people = await connection.fetchval(_PEOPLE)
        return orphans + await self._people.refresh(connection, people)
