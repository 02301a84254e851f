"""The use case: rows that HEMIS says it does not have are removed, as the policy wants it."""

from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.words import RemovalState
from libs.common.lifecycle import Stop
from libs.common.postgres.pool import Connection, Pool
from services.loader.announcer import Announcer
from services.loader.errors import translated
from services.loader.left_out import left_out_when_unstorable
from services.loader.removal import Removal
from services.loader.store import removals, syncs, unseen
from services.loader.store.removals import RemovalRow
from services.loader.sync_log import SyncLog
from services.loader.ticking import at_each_tick

_TICK_SECONDS = 1.0
_OPEN = (RemovalState.HELD, RemovalState.ASKING)


class MissingRemover:
    """Works off the fetcher's answers; every loader does, each answer counts once.

    A key is struck from ``unseen`` in the transaction that acts on it, so an answer that is read
    twice, by two loaders or after a restart, finds nothing left to do.
    """

    def __init__(self, pool: Pool, removal: Removal, log: SyncLog, announcer: Announcer) -> None:
        self._pool = pool
        self._removal = removal
        self._log = log
        self._announcer = announcer

    async def run(self, stop: Stop) -> None:
        await at_each_tick(self.step, stop, _TICK_SECONDS, "removing")

    async def step(self) -> None:
        """Act on what was answered, end what is settled, say how it stands."""
        await self._work_off()
        with translated():
            async with self._pool.acquire() as connection:
                await self._removal.settle(connection)
                rows = await removals.unannounced(connection)
                shown = [row for row in rows if self._is_shown(row)]
                await removals.mark_announced(connection, shown)
                lost = await self._lost(connection)
        for row in (*(row for row in rows if row not in shown), *lost):
            await self._announcer.removals(row)

    async def _work_off(self) -> None:
        answered = [facts for facts in self._log.all() if facts.answers]
        if not answered:
            return
        with translated():
            async with self._pool.acquire() as connection:
                waiting = await unseen.open_syncs(connection)
                for facts in answered:
                    await self._act(connection, facts.answers, waiting)

    async def _act(
        self, connection: Connection, answers: list[MissingConfirmed], waiting: set[str]
    ) -> None:
        while answers:
            # A sync that waits for nothing has been answered: nearly all, after a restart.
            if answers[0].sync_id in waiting:
                with left_out_when_unstorable(answers[0].sync_id, "answer"), translated():
                    async with connection.transaction():
                        await self._removal.act_on(connection, answers[0])
            del answers[0]

    def _is_shown(self, row: RemovalRow) -> bool:
        counted = self._log.facts(row.sync_id).removals
        return counted is not None and (counted.database_epoch, counted.revision) >= (
            row.epoch,
            row.revision,
        )

    async def _lost(self, connection: Connection) -> list[RemovalRow]:
        """Name what the topic holds open and this database never knew: another one did."""
        counted = [facts.removals for facts in self._log.all() if facts.removals is not None]
        waiting = [event for event in counted if event.state in _OPEN]
        if not waiting:
            return []
        epoch = await syncs.database_epoch(connection)
        known = await removals.known(connection, [event.sync_id for event in waiting])
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
