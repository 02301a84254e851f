"""The use case: a batch of records becomes rows, in one transaction, exactly once."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
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
from services.loader.records.effects import EffectCache, SyncPartition, Tally
from services.loader.records.incoming import IncomingRecord
from services.loader.records.unknown_fields import unknown_fields_of
from services.loader.store import offsets, refetches, syncs, undeleted, unseen
from services.loader.store import tables as erasures
from services.loader.store import unknown_fields as drift
from services.loader.store.offsets import Advance
from services.loader.store.syncs import Totals
from services.loader.store.tables import TableStores

Bury = Callable[[Sequence[IncomingRecord]], Awaitable[None]]
"""Publishes the dead letters among some records."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a committed batch leaves behind."""

    claims: dict[Partition, Claim]
    totals: dict[str, Totals]
    written: int
    """Rows."""


class BatchLoader:
    """Stage, fence, upsert, count, commit: in this order."""

    def __init__(
        self,
        database: Database,
        stores: TableStores,
        memory: EffectCache,
        metrics: Metrics,
        fail_point: FailPoint,
    ) -> None:
        self._database = database
        self._stores = stores
        self._memory = memory
        self._metrics = metrics
        self._fail_point = fail_point

    async def load(
        self,
        records: Sequence[IncomingRecord],
        claims: Mapping[Partition, Claim],
        running: Mapping[str, SyncFacts],
        bury: Bury,
    ) -> Loaded:
        """Write the batch; what can never load is buried before the offsets that pass it commit.

        Raises:
            Fenced: another loader owns one of the partitions; nothing was written.
            RecordRefused: PostgreSQL refuses a record, it does not say which; nothing was written.
            DatabaseAway: it is not known whether the batch was written; the offset rows tell.
        """
        guards = {place: replace(claim.guard) for place, claim in claims.items()}
        with self._metrics.batch_seconds.time():
            async with self._database.transaction() as connection:
                decisions = await self._stage(connection, records, guards, bury)
                self._fail_point.reached("after-stage")
                tally = await self._tally(connection, decisions.values(), running, claims)
                advanced = _advance(records, claims, {p: g.newest for p, g in guards.items()})
                lost = await offsets.fence(connection, advanced)
                if lost:
                    raise Fenced(lost)
                self._fail_point.reached("after-fence")
                await self._write(connection, decisions, running)
                totals = await self._count(connection, tally, running)
                self._fail_point.reached("before-commit")
        self._fail_point.reached("after-commit")
        self._metrics.committed(chain.from_iterable(part.effects for part in decisions.values()))
        self._memory.commit(tally)
        moved = {
            move.partition: claims[move.partition].advanced(
                move.next_offset, guards[move.partition]
            )
            for move in advanced
        }
        written = sum(len(part.writes) for part in decisions.values())
        return Loaded(moved, totals, written)

    async def refusal_of(
        self, record: IncomingRecord, claims: Mapping[Partition, Claim]
    ) -> RecordRefused | None:
        """Write one record and roll back; return why PostgreSQL refuses it, if it does."""
        guards = {record.partition: replace(claims[record.partition].guard)}
        try:
            async with self._database.connection() as connection, rolled_back(connection):
                staged = await self._stage(connection, [record], guards, _bury_nothing)
                await self._stores.apply(connection, record.resource, staged[record.resource])
                # Deferred constraints would be checked at the commit, and there is none.
                await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except RecordRefused as refused:
            return refused
        return None

    def forget(self, is_running: Callable[[str], bool], claims: Mapping[Partition, Claim]) -> None:
        """Keep in memory what running syncs did on the partitions that are held."""
        held = {(partition, claim.epoch) for partition, claim in claims.items()}
        self._memory.keep(
            lambda place: is_running(place.sync_id) and (place.partition, place.epoch) in held
        )

    async def _stage(
        self,
        connection: Connection,
        records: Sequence[IncomingRecord],
        guards: Mapping[Partition, StaleRecordGuard],
        bury: Bury,
    ) -> dict[Resource, Decisions]:
        decisions = {}
        for resource, part in _by_resource(records).items():
            stored = await self._stores.versions(connection, resource, part)
            decisions[resource] = decide(part, stored, guards)
            await bury(part)
            await self._stores.stage(connection, resource, decisions[resource])
        return decisions

    async def _tally(
        self,
        connection: Connection,
        decisions: Iterable[Decisions],
        running: Mapping[str, SyncFacts],
        claims: Mapping[Partition, Claim],
    ) -> Tally:
        effects = [
            (_place(record, claims), record.key, effect)
            for part in decisions
            for record, effect in part.effects
            if record.sync_id in running
        ]
        for place in {place for place, _, _ in effects}:
            if not self._memory.knows(place):
                self._memory.recall(place, await syncs.recall(connection, place))
        return self._memory.tally(effects)

    async def _write(
        self,
        connection: Connection,
        decisions: Mapping[Resource, Decisions],
        running: Collection[str],
    ) -> None:
        for resource, part in decisions.items():
            # Before the rows, as whoever acts on an answer does: two in another order would wait
            # for each other.
            seen = _seen_keys(part)
            await unseen.strike_loaded(connection, resource, seen)
            await undeleted.drop(connection, resource, seen)
            await erasures.forget(connection, resource, part.erased)
            await self._stores.apply(connection, resource, part)
            if part.wishes:
                await refetches.wish(connection, part.wishes.values())
            await refetches.grant(connection, resource, _keys(part))
            counted = (record for record, _ in part.effects if record.sync_id in running)
            await drift.remember(connection, unknown_fields_of(counted))

    async def _count(
        self, connection: Connection, tally: Tally, running: Mapping[str, SyncFacts]
    ) -> dict[str, Totals]:
        await syncs.remember(connection, tally)
        totals = {}
        for sync_id in sorted(tally.deltas):
            found = await syncs.count(connection, running[sync_id], tally.counts(sync_id))
            if found is not None:
                totals[sync_id] = found
        return totals


async def _bury_nothing(_: Sequence[IncomingRecord]) -> None: ...


def _place(record: IncomingRecord, claims: Mapping[Partition, Claim]) -> SyncPartition:
    return SyncPartition(record.sync_id, record.partition, claims[record.partition].epoch)


def _by_resource(records: Sequence[IncomingRecord]) -> dict[Resource, list[IncomingRecord]]:
    ordered = sorted(records, key=lambda record: record.resource)
    return {name: list(part) for name, part in groupby(ordered, lambda record: record.resource)}


def _advance(
    records: Sequence[IncomingRecord],
    claims: Mapping[Partition, Claim],
    newest: Mapping[Partition, datetime | None],
) -> list[Advance]:
    last = {record.partition: record for record in records}
    return [
        Advance(
            partition=partition,
            epoch=claims[partition].epoch,
            expected_offset=claims[partition].next_offset,
            next_offset=record.offset + 1,
            newest=newest[partition],
            last_record=record.fingerprint,
        )
        for partition, record in last.items()
    ]


def _keys(decisions: Decisions) -> list[str]:
    return [record.key for record, _ in decisions.effects if record.row_key in decisions.newer]


def _seen_keys(decisions: Decisions) -> list[str]:
    """Return the keys whose record was applied and is no tombstone: HEMIS has them."""
    return [
        record.key
        for record, _ in decisions.effects
        if not record.is_tombstone and record.row_key in decisions.newer
    ]
