"""The use case: rows that HEMIS says it does not have are removed, as the policy wants it."""

from collections.abc import Collection, Iterable, Mapping

from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.resources import Resource
from libs.common.contracts.times import moment
from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection
from libs.common.process.failpoints import FailPoint
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.errors import translated
from services.loader.progress.follower import ProgressFollower
from services.loader.progress.left_out import left_out_when_unstorable
from services.loader.progress.removal_rules import Policy
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.store import removals, syncs, undeleted, unseen
from services.loader.store.gone import Gone, GoneStore
from services.loader.store.removals import RemovalRow
from services.loader.store.undeleted import Undeleted, row_key_of


class RemovalStep:
    """Strikes, marks and counts; the policy is the one in force now."""

    def __init__(
        self, stores: Mapping[Resource, GoneStore], policy: Policy, fail_point: FailPoint
    ) -> None:
        self._stores = stores
        self._policy = policy
        self._fail_point = fail_point

    async def act_on(self, connection: Connection, answer: MissingConfirmed) -> None:
        """Strike what was answered, mark what is gone, count what is really removed."""
        closed = await unseen.strike(connection, answer.sync_id, answer.tombstones)
        removed = len(closed) - await self._leave_to_tombstones(connection, answer, closed)
        if self._policy == "mark":
            only_answered = set(answer.keys) - set(answer.tombstones)
            marked = await unseen.strike(connection, answer.sync_id, only_answered)
            removed += len(marked) - await self._mark(connection, answer, marked)
        await unseen.strike(connection, answer.sync_id, answer.present)
        undecided = len(await unseen.strike(connection, answer.sync_id, answer.undecided))
        self._fail_point.reached("after-removal")
        if removed or undecided:
            await removals.add(connection, answer.sync_id, removed=removed, undecided=undecided)

    async def _leave_to_tombstones(
        self, connection: Connection, answer: MissingConfirmed, closed: Collection[str]
    ) -> int:
        """Return how many rows still stand: they count when their tombstones are loaded."""
        deletes = not answer.resource.keyed_by_position
        rows = _rows(answer, closed)
        store = self._stores[answer.resource]
        remaining = await store.remaining(connection, list(rows), deletes=deletes)
        waiting = [(rows[gone], gone, "") for gone in remaining]
        await _keep(connection, answer, waiting, deletes=deletes)
        return len(remaining)

    async def _mark(
        self, connection: Connection, answer: MissingConfirmed, marked: Collection[str]
    ) -> int:
        """Mark rows; return how many of them PostgreSQL did not let be marked."""
        rows = _rows(answer, marked)
        store = self._stores[answer.resource]
        left = await store.remove(connection, list(rows), deletes=False)
        waiting = [(rows[gone], gone, reason) for gone, reason in left.items()]
        await _keep(connection, answer, waiting, deletes=False)
        return len(left)

    async def settle(self, connection: Connection) -> None:
        """End those of which nothing is left to ask for."""
        await removals.settle(connection, self._policy)


def _rows(answer: MissingConfirmed, keys: Collection[str]) -> dict[Gone, str]:
    at = moment(answer.asked_at)
    return {Gone(row_key_of(key), at): key for key in sorted(keys)}


async def _keep(
    connection: Connection,
    answer: MissingConfirmed,
    waiting: Iterable[tuple[str, Gone, str]],
    *,
    deletes: bool,
) -> None:
    rows = [
        Undeleted(answer.resource, key, answer.sync_id, gone.at, deletes, reason)
        for key, gone, reason in waiting
    ]
    await undeleted.keep(connection, rows)


_TICK_SECONDS = 1.0
_OPEN = (RemovalState.HELD, RemovalState.ASKING)


class MissingRemover:
    """Works off the fetcher's answers; every loader does, each answer counts once.

    A key is struck from ``unseen`` in the transaction that acts on it, so an answer that is read
    twice, by two loaders or after a restart, finds nothing left to do.
    """

    def __init__(
        self,
        database: Database,
        removal: RemovalStep,
        log: ProgressFollower,
        announcer: ProgressPublisher,
    ) -> None:
        self._database = database
        self._removal = removal
        self._log = log
        self._announcer = announcer

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "removing")

    async def step(self) -> None:
        """Act on what was answered, end what is settled, say how it stands."""
        await self._work_off()
        async with self._database.connection() as connection:
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
        async with self._database.connection() as connection:
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
