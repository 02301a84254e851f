"""From a batch to committed rows: bury what can never load, write, tell."""

from collections.abc import Mapping, Sequence

from libs.common.kafka.ports import Broker, Partition
from services.loader.errors import RecordRefused, SchemaBroken
from services.loader.loading.claims import Claim, Claims
from services.loader.loading.load_batch import BatchLoader
from services.loader.loading.log_lookup import bytes_of
from services.loader.progress.facts import SyncFacts
from services.loader.progress.follower import ProgressFollower
from services.loader.publishing.dead_letters import DeadLetterPublisher
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.records.incoming import IncomingRecord, refuse
from services.loader.records.mass_refusal import fault_of, sample


class Pipeline:
    """Loads one batch, in parts where PostgreSQL refuses one of its records."""

    def __init__(
        self,
        graveyard: DeadLetterPublisher,
        batches: BatchLoader,
        log: ProgressFollower,
        announcer: ProgressPublisher,
        broker: Broker,
    ) -> None:
        self._broker = broker
        self._graveyard = graveyard
        self._batches = batches
        self._log = log
        self._announcer = announcer

    async def load(self, batch: Sequence[IncomingRecord], claims: Claims) -> int:
        """Load what is still ours; return how many rows were written.

        Raises:
            TransientError: nothing, or not everything, is known to be loaded; claim again.
            DatabaseFault: PostgreSQL refuses most of the batch; nothing of it was dead-lettered.
        """
        try:
            return await self._load(batch, claims)
        except RecordRefused as refused:
            await self._require_few(batch, dict(claims.held))
            return await self._halve(batch, claims, refused)

    async def _require_few(
        self, batch: Sequence[IncomingRecord], held: Mapping[Partition, Claim]
    ) -> None:
        sampled = sample([record for record in batch if record.partition in held])
        tried = [await self._batches.refusal_of(record, held) for record in sampled]
        fault = fault_of([refused for refused in tried if refused is not None])
        if fault is not None:
            raise fault

    async def _load(self, incoming: Sequence[IncomingRecord], claims: Claims) -> int:
        """Load what is still ours; raises RecordRefused where PostgreSQL refuses any of it."""
        held = dict(claims.held)
        ours = [record for record in incoming if record.partition in held]
        running = await self._log.running({record.sync_id for record in ours})
        return await self._commit(ours, held, running, claims)

    async def _load_parts(self, records: Sequence[IncomingRecord], claims: Claims) -> int:
        try:
            return await self._load(records, claims)
        except RecordRefused as refused:
            return await self._halve(records, claims, refused)

    async def _commit(
        self,
        records: Sequence[IncomingRecord],
        held: Mapping[Partition, Claim],
        running: Mapping[str, SyncFacts],
        claims: Claims,
    ) -> int:
        loaded = await self._batches.load(records, held, running, self._graveyard.bury)
        claims.advance(loaded.claims)
        self._batches.forget(self._log.is_running, claims.held)
        resources = {record.sync_id: record.resource for record in records}
        for sync_id, totals in loaded.totals.items():
            await self._announcer.loaded(sync_id, resources[sync_id], totals)
        return loaded.written

    async def _halve(
        self, records: Sequence[IncomingRecord], claims: Claims, refused: RecordRefused
    ) -> int:
        """Find the record that PostgreSQL refused; it does not say which one it was."""
        if len(records) == 1:
            if records[0].refused is not None:
                # Without its row it is refused still: that is a fault of ours, and no end to it.
                raise SchemaBroken(f"{records[0].dead_letter_id}: {refused}")
            refuse(records[0], refused, await bytes_of(self._broker, records[0]))
            return await self._load_parts(records, claims)
        middle = len(records) // 2
        written = await self._load_parts(records[:middle], claims)
        return written + await self._load_parts(records[middle:], claims)
