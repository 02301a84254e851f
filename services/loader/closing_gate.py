"""When a fetched sync may be closed: its records are in the tables, and no person is awaited."""

from collections.abc import Collection, Mapping

from libs.common.contracts.events import SyncFetched
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import GroupConsumer, Partition
from libs.common.postgres.pool import Pool
from services.loader.continuity import Continuity
from services.loader.errors import translated
from services.loader.pauses import PauseWatch
from services.loader.store import offsets
from services.loader.store.offsets import OffsetRow

_Rows = Mapping[Partition, OffsetRow]


class ClosingGate:
    """Asks the offset rows and the topic; raises DatabaseAway, KafkaUnavailable."""

    def __init__(
        self, pool: Pool, topics: Topics, watch: PauseWatch, continuity: Continuity
    ) -> None:
        self._pool = pool
        self._topics = topics
        self._watch = watch
        self._continuity = continuity

    async def opens(self, decision: SyncFetched, consumer: GroupConsumer) -> bool | None:
        """Tell whether every record is loaded; None: not yet. False: the topic ends before."""
        ends = self._ends(decision)
        rows = await self._rows(ends)
        all_there = await self._loaded(ends, rows, consumer)
        # With the last batch its rejects are counted too, so this look is the one that counts.
        if all_there is None or await self._watch.holds(decision.sync_id):
            return None
        # The topic may have been recreated since: then the number in an offset row means nothing.
        if not await self._are_of_these_logs(rows, consumer):
            return None
        return all_there and len(ends) == len(decision.end_offsets)

    def _ends(self, decision: SyncFetched) -> dict[Partition, int]:
        """Return the end of each partition that exists; of another no record can come."""
        topic = self._topics.records(decision.resource)
        places = {str(n): Partition(topic, n) for n in range(self._topics.record_partitions)}
        named = decision.end_offsets.items()
        return {places[number]: end for number, end in named if number in places}

    async def _rows(self, places: Collection[Partition]) -> _Rows:
        with translated():
            async with self._pool.acquire() as connection:
                return await offsets.look(connection, places)

    async def _loaded(
        self, ends: Mapping[Partition, int], rows: _Rows, consumer: GroupConsumer
    ) -> bool | None:
        all_there = True
        for place, end in ends.items():
            next_offset = rows[place].next_offset if place in rows else 0
            if next_offset >= end:
                continue
            if next_offset < (await consumer.bounds(place)).end:
                return None
            all_there = False
        return all_there

    async def _are_of_these_logs(self, rows: _Rows, consumer: GroupConsumer) -> bool:
        for place, row in rows.items():
            if not await self._continuity.holds(place, row, await consumer.bounds(place)):
                return False
        return True
