"""Counts effects in the database itself: a trigger notes each change of a row and of an offset."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Partition
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.migrations import MIGRATIONS
from tests.e2e.compare import OURS, assert_equal
from tests.e2e.oracle import student_row
from tests.integration.loader.loader_system import Item, LoaderSystem

_TRIGGERS = """
    CREATE TABLE audit (hemis_id bigint, content_hash text);
    CREATE TABLE moves (id serial, partition integer, from_offset bigint, to_offset bigint);
    CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO audit VALUES (NEW.hemis_id, NEW.content_hash);
        RETURN NULL;
    END $$;
    CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO moves (partition, from_offset, to_offset)
        VALUES (NEW.partition, OLD.next_offset, NEW.next_offset);
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_change AFTER INSERT OR UPDATE ON students
        FOR EACH ROW EXECUTE FUNCTION note_change();
    CREATE TRIGGER note_move AFTER UPDATE ON offsets
        FOR EACH ROW WHEN (OLD.next_offset <> NEW.next_offset AND NEW.topic LIKE '%.students')
        EXECUTE FUNCTION note_move();
"""


async def install_audit(system: LoaderSystem) -> None:
    """Make the tables, and the triggers on them, before any loader comes."""
    url = system.settings.database_url.get_secret_value()
    readiness = Readiness((POSTGRES,), Stop())
    await migrate_when_available(url, system.settings.database_schema, MIGRATIONS, readiness)
    await system.execute(_TRIGGERS)


async def assert_loaded_once(system: LoaderSystem, items: Iterable[Item]) -> None:
    """Require that the table equals the source and that each record had its one effect.

    Each offset was passed once: the moves of a partition join from 0 to the log's end. Each item
    changed its row once: items differ in key or content.
    """
    wanted = list(items)
    rows: dict[Any, dict[str, Any]] = {
        row["hemis_id"]: row for row in await system.table("students", *OURS)
    }
    effects = Counter(row["hemis_id"] for row in await system.rows("SELECT * FROM audit"))

    assert_equal(rows, {item["id"]: student_row(item) for item in wanted})
    assert effects == Counter(item["id"] for item in wanted)
    for number, moves in (await _moves(system)).items():
        place = Partition(system.topics.records(Resource.STUDENTS), number)
        async with system.broker.log_reader({place: None}) as reader:
            end = (await reader.bounds())[place].end
        assert [start for start, _ in moves] == [0, *(stop for _, stop in moves[:-1])]
        assert moves[-1][1] == end


async def _moves(system: LoaderSystem) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for row in await system.rows("SELECT * FROM moves ORDER BY id"):
        found.setdefault(row["partition"], []).append((row["from_offset"], row["to_offset"]))
    return found
