"""What one answer of the fetcher's does to the tables, in the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping

from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.resources import Resource
from libs.common.contracts.times import moment
from libs.common.failpoints import FailPoint
from libs.common.postgres.pool import Connection
from services.loader.removals import Policy
from services.loader.store import removals, undeleted, unseen
from services.loader.store.gone import Gone, GoneStore
from services.loader.store.undeleted import Undeleted, row_key_of


class Removal:
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
