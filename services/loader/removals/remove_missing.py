"""Removes the rows that HEMIS has confirmed as gone, as the policy says."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

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
from services.loader.progress.removal_rules import Policy
from services.loader.progress.skip_unstorable import skip_if_unstorable
from services.loader.store.removals import states, undeleted, unseen
from services.loader.store.removals.row_removal import GoneRow, RowRemover
from services.loader.store.removals.undeleted import Undeleted, row_key_of

_TICK_SECONDS = 1.0


@dataclass
class MissingRemover:
    """Handles the fetcher's answers; every loader does, and each answer counts once.

    The transaction that acts on a key deletes it from ``unseen``. So an answer that is read twice,
    by two loaders or after a restart, changes nothing the second time.
    """

    database: Database
    follower: ProgressFollower
    removers: Mapping[Resource, RowRemover]
    policy: Policy
    """The current setting, also for answers to earlier questions."""
    fail_point: FailPoint

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "removing")

    async def step(self) -> None:
        """Apply new answers, then end removals without open questions; raises DatabaseAway."""
        answered = [facts for facts in self.follower.all() if facts.answers]
        async with self.database.connection() as connection:
            waiting = await unseen.open_syncs(connection) if answered else set()
            for facts in answered:
                await self._apply_all(connection, facts.answers, waiting)
            await states.finish(connection, self.policy)

    async def _apply_all(
        self, connection: Connection, answers: list[MissingConfirmed], waiting: set[str]
    ) -> None:
        while answers:
            # A sync without open keys was answered before: nearly all are, after a restart.
            if answers[0].sync_id in waiting:
                with skip_if_unstorable(answers[0].sync_id, "answer"), translated():
                    async with connection.transaction():
                        await self._apply(connection, answers[0])
            del answers[0]

    async def _apply(self, connection: Connection, answer: MissingConfirmed) -> None:
        """Delete the answered keys, mark rows that are gone, and count rows that are removed."""
        sync_id = answer.sync_id
        closed = await unseen.forget_answered(connection, sync_id, answer.tombstones)
        removed = len(closed) - await self._leave_to_tombstones(connection, answer, closed)
        if self.policy == "mark":
            only_answered = set(answer.keys) - set(answer.tombstones)
            marked = await unseen.forget_answered(connection, sync_id, only_answered)
            removed += len(marked) - await self._mark(connection, answer, marked)
        await unseen.forget_answered(connection, sync_id, answer.present)
        undecided = len(await unseen.forget_answered(connection, sync_id, answer.undecided))
        self.fail_point.reached("after-removal")
        if removed or undecided:
            await states.add_counts(connection, sync_id, removed=removed, undecided=undecided)

    async def _leave_to_tombstones(
        self, connection: Connection, answer: MissingConfirmed, closed: Collection[str]
    ) -> int:
        """Return how many rows still stand; they count once their tombstones are loaded."""
        deletes = not answer.resource.keyed_by_position
        remover = self.removers[answer.resource]
        rows = _rows(answer, closed)
        remaining = await remover.remaining(connection, list(rows), deletes=deletes)
        left = [(rows[row], row, "") for row in remaining]
        await _add_undeleted(connection, answer, left, deletes=deletes)
        return len(left)

    async def _mark(
        self, connection: Connection, answer: MissingConfirmed, marked: Collection[str]
    ) -> int:
        """Mark rows as removed; return how many of them PostgreSQL refused to change."""
        remover = self.removers[answer.resource]
        rows = _rows(answer, marked)
        refused = await remover.remove(connection, list(rows), deletes=False)
        left = [(rows[row], row, reason) for row, reason in refused.items()]
        await _add_undeleted(connection, answer, left, deletes=False)
        return len(left)


def _rows(answer: MissingConfirmed, keys: Collection[str]) -> dict[GoneRow, str]:
    at = moment(answer.asked_at)
    return {GoneRow(row_key_of(key), at): key for key in sorted(keys)}


async def _add_undeleted(
    connection: Connection,
    answer: MissingConfirmed,
    left: Iterable[tuple[str, GoneRow, str]],
    *,
    deletes: bool,
) -> None:
    rows = [
        Undeleted(answer.resource, key, answer.sync_id, row.at, deletes, reason)
        for key, row, reason in left
    ]
    await undeleted.add(connection, rows)
