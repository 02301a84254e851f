"""Writes a batch of records to the tables in one transaction, exactly once."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby

from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Partition
from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection, rolled_back
from libs.common.process.failpoints import FailPoint
from services.loader.errors import Fenced, RecordRefused
from services.loader.loading.claims import Claim
from services.loader.metrics import Metrics
from services.loader.progress.facts import SyncFacts
from services.loader.records.decide import Decisions, StaleRecordGuard, decide
from services.loader.records.effects import BatchEffects, EffectCache, SyncPartition
from services.loader.records.incoming import IncomingRecord
from services.loader.records.unknown_fields import unknown_fields_of
from services.loader.store import offsets, refetches, syncs, tables, unknown_fields
from services.loader.store.offsets import Advance
from services.loader.store.removals import undeleted, unseen
from services.loader.store.syncs import Totals
from services.loader.store.tables import TableStores

PublishDeadLetters = Callable[[Sequence[IncomingRecord]], Awaitable[None]]
"""Publishes a dead letter for each refused record among those given."""
Guards = Mapping[Partition, StaleRecordGuard]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a committed batch changed."""

    claims: dict[Partition, Claim]
    totals: dict[str, Totals]
    written: int
    """Number of rows."""


@dataclass
class BatchLoader:
    """Stages the rows, moves the offsets under the fence, upserts, counts and commits."""

    database: Database
    stores: TableStores
    effects: EffectCache
    metrics: Metrics
    fail_point: FailPoint

    async def load(
        self,
        records: Sequence[IncomingRecord],
        claims: Mapping[Partition, Claim],
        running: Mapping[str, SyncFacts],
        publish_dead_letters: PublishDeadLetters,
    ) -> Loaded:
        """Write the batch; dead letters are published before the offsets that pass them commit.

        Raises:
            Fenced: another loader holds one of the partitions; nothing was written.
            RecordRefused: PostgreSQL refuses one of the records; nothing was written.
            DatabaseAway: the batch may or may not be written; the offset rows tell.
        """
        guards = {partition: replace(claim.guard) for partition, claim in claims.items()}
        with self.metrics.batch_seconds.time():
            async with self.database.transaction() as connection:
                decisions = await self._stage(connection, records, guards, publish_dead_letters)
                self.fail_point.reached("after-stage")
                effects = await self._effects_of(connection, decisions.values(), running, claims)
                advances = _advances(records, claims, guards)
                lost = await offsets.fence(connection, advances)
                if lost:
                    raise Fenced(", ".join(map(str, lost)))
                self.fail_point.reached("after-fence")
                await self._write(connection, decisions, running)
                totals = await self._count(connection, effects, running)
                self.fail_point.reached("before-commit")
        self.fail_point.reached("after-commit")
        self.metrics.committed(chain.from_iterable(part.effects for part in decisions.values()))
        self.effects.commit(effects)
        moved = {
            move.partition: claims[move.partition].advanced(
                move.next_offset, guards[move.partition]
            )
            for move in advances
        }
        return Loaded(moved, totals, sum(len(part.writes) for part in decisions.values()))

    async def refusal_of(
        self, record: IncomingRecord, claims: Mapping[Partition, Claim]
    ) -> RecordRefused | None:
        """Write one record and roll back; return why PostgreSQL refuses it, if it does."""
        guards = {record.partition: replace(claims[record.partition].guard)}
        try:
            async with self.database.connection() as connection, rolled_back(connection):
                staged = await self._stage(connection, [record], guards, _publish_nothing)
                await self.stores.apply(connection, record.resource, staged[record.resource])
                # Deferred constraints are checked at the commit, which never comes here.
                await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except RecordRefused as refused:
            return refused
        return None

    def forget(self, is_running: Callable[[str], bool], claims: Mapping[Partition, Claim]) -> None:
        """Drop from memory the effects of ended syncs and of claims that were lost."""
        held = {(partition, claim.epoch) for partition, claim in claims.items()}
        self.effects.drop_unless(
            lambda of: is_running(of.sync_id) and (of.partition, of.epoch) in held
        )

    async def _stage(
        self,
        connection: Connection,
        records: Sequence[IncomingRecord],
        guards: Guards,
        publish_dead_letters: PublishDeadLetters,
    ) -> dict[Resource, Decisions]:
        decisions = {}
        for resource, part in _by_resource(records).items():
            stored = await self.stores.versions(connection, resource, part)
            decisions[resource] = decide(part, stored, guards)
            await publish_dead_letters(part)
            await self.stores.stage(connection, resource, decisions[resource])
        return decisions

    async def _effects_of(
        self,
        connection: Connection,
        decisions: Iterable[Decisions],
        running: Mapping[str, SyncFacts],
        claims: Mapping[Partition, Claim],
    ) -> BatchEffects:
        effects = [
            (
                SyncPartition(record.sync_id, record.partition, claims[record.partition].epoch),
                record.key,
                effect,
            )
            for part in decisions
            for record, effect in part.effects
            if record.sync_id in running
        ]
        for sync_partition in {sync_partition for sync_partition, _, _ in effects}:
            if not self.effects.knows(sync_partition):
                stored = await syncs.read_effects(connection, sync_partition)
                self.effects.restore(sync_partition, stored)
        return self.effects.add_up(effects)

    async def _write(
        self,
        connection: Connection,
        decisions: Mapping[Resource, Decisions],
        running: Collection[str],
    ) -> None:
        for resource, part in decisions.items():
            # MissingRemover too changes ``unseen`` before the rows; another order would deadlock.
            accepted = [record for record, _ in part.effects if record.row_key in part.accepted]
            # HEMIS still has a key whose accepted record is no tombstone.
            seen = [record.key for record in accepted if not record.is_tombstone]
            await unseen.forget_loaded(connection, resource, seen)
            await undeleted.forget(connection, resource, seen)
            await tables.forget_erased(connection, resource, part.erased)
            await self.stores.apply(connection, resource, part, running)
            if part.refetches:
                await refetches.add(connection, part.refetches.values())
            fulfilled = [record.key for record in accepted]
            await refetches.forget_fulfilled(connection, resource, fulfilled)
            counted = (record for record, _ in part.effects if record.sync_id in running)
            await unknown_fields.add(connection, unknown_fields_of(counted))

    async def _count(
        self, connection: Connection, effects: BatchEffects, running: Mapping[str, SyncFacts]
    ) -> dict[str, Totals]:
        await syncs.write_effects(connection, effects)
        totals = {}
        for sync_id in sorted(effects.deltas):
            found = await syncs.add_counts(connection, running[sync_id], effects.counts(sync_id))
            if found is not None:
                totals[sync_id] = found
        return totals


async def _publish_nothing(_: Sequence[IncomingRecord]) -> None: ...


def _by_resource(records: Sequence[IncomingRecord]) -> dict[Resource, list[IncomingRecord]]:
    ordered = sorted(records, key=lambda record: record.resource)
    return {name: list(part) for name, part in groupby(ordered, lambda record: record.resource)}


def _advances(
    records: Sequence[IncomingRecord], claims: Mapping[Partition, Claim], guards: Guards
) -> list[Advance]:
    last = {record.partition: record for record in records}
    return [
        Advance(
            partition=partition,
            epoch=claims[partition].epoch,
            expected_offset=claims[partition].next_offset,
            next_offset=record.offset + 1,
            newest=guards[partition].newest,
            last_record=record.fingerprint,
        )
        for partition, record in last.items()
    ]
