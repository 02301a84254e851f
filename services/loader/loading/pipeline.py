"""Loads a batch: publishes dead letters, writes the rows, publishes the totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from libs.common.kafka.ports import Broker, Partition
from services.loader.errors import RecordRefused, SchemaBroken
from services.loader.loading.claims import Claim, Claims
from services.loader.loading.load_batch import BatchLoader
from services.loader.loading.log_lookup import read_value
from services.loader.progress.follower import ProgressFollower
from services.loader.publishing.dead_letters import DeadLetterPublisher
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.records.incoming import IncomingRecord, mark_refused
from services.loader.records.mass_refusal import fault_of, sample


@dataclass
class Pipeline:
    """Loads a batch at once; in halves if PostgreSQL refuses one of its records."""

    dead_letters: DeadLetterPublisher
    batches: BatchLoader
    follower: ProgressFollower
    publisher: ProgressPublisher
    broker: Broker

    async def load(self, batch: Sequence[IncomingRecord], claims: Claims) -> int:
        """Load the records of held partitions; return how many rows were written.

        Raises:
            TransientError: some records may not be loaded; claim again.
            DatabaseFault: PostgreSQL refuses most of the batch; none of it became a dead letter.
        """
        try:
            return await self._load(batch, claims)
        except RecordRefused as refused:
            await self._require_few_refusals(batch, dict(claims.held))
            return await self._halve(batch, claims, refused)

    async def _require_few_refusals(
        self, batch: Sequence[IncomingRecord], held: Mapping[Partition, Claim]
    ) -> None:
        sampled = sample([record for record in batch if record.partition in held])
        tried = [await self.batches.refusal_of(record, held) for record in sampled]
        fault = fault_of([refused for refused in tried if refused is not None])
        if fault is not None:
            raise fault

    async def _load(self, batch: Sequence[IncomingRecord], claims: Claims) -> int:
        held = dict(claims.held)
        records = [record for record in batch if record.partition in held]
        running = await self.follower.running({record.sync_id for record in records})
        loaded = await self.batches.load(records, held, running, self.dead_letters.publish)
        claims.advance(loaded.claims)
        self.batches.forget(self.follower.is_running, claims.held)
        resources = {record.sync_id: record.resource for record in records}
        for sync_id, totals in loaded.totals.items():
            await self.publisher.loaded(sync_id, resources[sync_id], totals)
        return loaded.written

    async def _load_part(self, records: Sequence[IncomingRecord], claims: Claims) -> int:
        try:
            return await self._load(records, claims)
        except RecordRefused as refused:
            return await self._halve(records, claims, refused)

    async def _halve(
        self, records: Sequence[IncomingRecord], claims: Claims, refused: RecordRefused
    ) -> int:
        """Find the refused record by halving, since PostgreSQL does not name it."""
        if len(records) == 1:
            if records[0].refused is not None:
                # PostgreSQL refuses it even without its row, which is a bug of ours.
                raise SchemaBroken(f"{records[0].dead_letter_id}: {refused}")
            mark_refused(records[0], refused, await read_value(self.broker, records[0]))
            return await self._load_part(records, claims)
        middle = len(records) // 2
        written = await self._load_part(records[:middle], claims)
        return written + await self._load_part(records[middle:], claims)
