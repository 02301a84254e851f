"""The outboxes: totals and reports of syncs, removals, erasures, unknown fields."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from libs.common.clock import Clock
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.times import EPOCH
from libs.common.postgres.pool import Connection
from services.loader.progress.facts import OPEN_REMOVALS
from services.loader.progress.follower import ProgressFollower
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.records.unknown_fields import UnknownFields
from services.loader.store import syncs, unknown_fields
from services.loader.store.removals import states, undeleted
from services.loader.store.removals.states import RemovalRow
from services.loader.store.removals.undeleted import Erasure
from services.loader.store.syncs import UnpublishedSync

_REPEAT_SECONDS = 3.0


@dataclass
class SyncOutbox:
    """Totals of running syncs and reports of completed ones.

    A batch and a closed sync publish theirs at once, so the first repetition waits a moment.
    """

    contents = "reports"

    follower: ProgressFollower
    publisher: ProgressPublisher
    clock: Clock
    _since: dict[tuple[str, int], float] = field(init=False, default_factory=dict)

    async def unpublished(self, connection: Connection) -> list[UnpublishedSync]:
        return await syncs.unpublished(connection)

    def is_on_topic(self, row: UnpublishedSync) -> bool:
        facts = self.follower.facts(row.sync_id)
        if row.report is not None:
            return facts.finished is not None
        return facts.shows(row.totals.epoch, row.totals.revision)

    async def mark_published(self, connection: Connection, rows: Sequence[UnpublishedSync]) -> None:
        await syncs.mark_published(connection, rows)

    async def due(
        self, _: Connection, rows: Sequence[UnpublishedSync]
    ) -> Sequence[UnpublishedSync]:
        now = self.clock.monotonic()
        waiting = {(row.sync_id, row.totals.revision): row for row in rows}
        self._since = {key: self._since.get(key, now) for key in waiting}
        due = [key for key, since in self._since.items() if now - since >= _REPEAT_SECONDS]
        self._since.update(dict.fromkeys(due, now))
        return [waiting[key] for key in due]

    async def publish(self, row: UnpublishedSync) -> None:
        if row.report is not None:
            await self.publisher.finished(row.report)
        else:
            await self.publisher.loaded(row.sync_id, row.resource, row.totals)

    async def mark_recent_unpublished(self, connection: Connection) -> None:
        await syncs.mark_recent_unpublished(connection, EPOCH)


@dataclass
class RemovalOutbox:
    """States of removals; also ends those of a lost database that are open on the topic."""

    contents = "removals"

    follower: ProgressFollower
    publisher: ProgressPublisher

    async def unpublished(self, connection: Connection) -> list[RemovalRow]:
        return [*await states.unpublished(connection), *await self._lost(connection)]

    def is_on_topic(self, row: RemovalRow) -> bool:
        event = self.follower.facts(row.sync_id).removals
        shown = (event.database_epoch, event.revision) if event is not None else (-1, -1)
        return shown >= (row.epoch, row.revision)

    async def mark_published(self, connection: Connection, rows: Sequence[RemovalRow]) -> None:
        await states.mark_published(connection, rows)

    async def due(self, _: Connection, rows: Sequence[RemovalRow]) -> Sequence[RemovalRow]:
        return rows

    async def publish(self, row: RemovalRow) -> None:
        await self.publisher.removals(row)

    async def mark_recent_unpublished(self, connection: Connection) -> None:
        await states.mark_recent_unpublished(connection, EPOCH)

    async def _lost(self, connection: Connection) -> list[RemovalRow]:
        """Return removals that are open on the topic and that this database never had."""
        events = [facts.removals for facts in self.follower.all() if facts.removals is not None]
        waiting = [event for event in events if event.state in OPEN_REMOVALS]
        if not waiting:
            return []
        epoch = await syncs.database_epoch(connection)
        known = await states.known(connection, [event.sync_id for event in waiting])
        return [
            RemovalRow(
                sync_id=event.sync_id,
                resource=event.resource,
                state=RemovalState.SUPERSEDED,
                missing=event.missing,
                vacated=event.vacated,
                allowed=event.limit,
                removed=event.removed,
                undecided=event.undecided,
                revision=0,
                epoch=epoch,
            )
            for event in waiting
            if event.sync_id not in known and event.database_epoch != epoch
        ]


@dataclass
class ErasureOutbox:
    """Results of erasures; their events name nobody, so an acknowledgement has to do."""

    contents = "erasures"

    publisher: ProgressPublisher
    _acknowledged: set[Erasure] = field(init=False, default_factory=set)

    async def unpublished(self, connection: Connection) -> list[Erasure]:
        rows = await undeleted.unpublished_erasures(connection)
        self._acknowledged &= set(rows)
        return rows

    def is_on_topic(self, row: Erasure) -> bool:
        return row in self._acknowledged

    async def mark_published(self, connection: Connection, rows: Sequence[Erasure]) -> None:
        await undeleted.mark_erasures_published(connection, rows)

    async def due(self, _: Connection, rows: Sequence[Erasure]) -> Sequence[Erasure]:
        return rows

    async def publish(self, row: Erasure) -> None:
        await self.publisher.erased(row)
        self._acknowledged.add(row)

    async def mark_recent_unpublished(self, connection: Connection) -> None:
        """Do nothing: published erasures are not stored."""


@dataclass
class UnknownFieldsOutbox:
    """Names of unknown fields of syncs that have ended."""

    contents = "unknown fields"

    follower: ProgressFollower
    publisher: ProgressPublisher

    async def unpublished(self, connection: Connection) -> list[UnknownFields]:
        return await unknown_fields.of_ended_syncs(connection)

    def is_on_topic(self, row: UnknownFields) -> bool:
        # A resumed sync may have published some of the names before.
        return self.follower.facts(row.sync_id).unknown_fields >= set(row.fields)

    async def mark_published(self, connection: Connection, rows: Sequence[UnknownFields]) -> None:
        await unknown_fields.forget(connection, rows)

    async def due(
        self, connection: Connection, rows: Sequence[UnknownFields]
    ) -> Sequence[UnknownFields]:
        return await unknown_fields.take_due(connection, rows) if rows else rows

    async def publish(self, row: UnknownFields) -> None:
        await self.publisher.unknown_fields(row)

    async def mark_recent_unpublished(self, connection: Connection) -> None:
        """Do nothing: published names are not stored."""
