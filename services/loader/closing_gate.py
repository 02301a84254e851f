"""When a fetched sync may be closed: its records are in the tables, and no person is awaited."""

from libs.common.contracts.events import SyncFetched
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import GroupConsumer, Partition
from libs.common.postgres.pool import Pool
from services.loader.errors import translated
from services.loader.pauses import PauseWatch
from services.loader.store import offsets


class ClosingGate:
    """Asks the offset rows and the topic; raises DatabaseAway, KafkaUnavailable."""

    def __init__(self, pool: Pool, topics: Topics, watch: PauseWatch) -> None:
        self._pool = pool
        self._topics = topics
        self._watch = watch

    async def opens(self, decision: SyncFetched, consumer: GroupConsumer) -> bool | None:
        """Tell whether every record is loaded; None: not yet. False: the topic ends before."""
        all_there = await self._loaded(decision, consumer)
        # With the last batch its rejects are counted too, so this look is the one that counts.
        if all_there is None or await self._watch.holds(decision.sync_id):
            return None
        return all_there

    async def _loaded(self, decision: SyncFetched, consumer: GroupConsumer) -> bool | None:
        with translated():
            async with self._pool.acquire() as connection:
                known = await offsets.owners(connection)
        all_there = True
        for number, end in decision.end_offsets.items():
            if not self._is_partition(number):
                all_there = False
                continue
            place = Partition(self._topics.records(decision.resource), int(number))
            _, next_offset = known.get(place, (0, 0))
            if next_offset >= end:
                continue
            if next_offset < (await consumer.bounds(place)).end:
                return None
            all_there = False
        return all_there

    def _is_partition(self, number: str) -> bool:
        """Tell whether there is such a partition: nothing can be awaited of another."""
        known = map(str, range(self._topics.record_partitions))
        return number in known
