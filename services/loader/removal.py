"""What one answer of the fetcher's does to the tables, in the caller's transaction."""

from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.times import moment
from libs.common.failpoints import FailPoint
from libs.common.postgres.pool import Connection
from services.loader.removals import Policy
from services.loader.store import removals, unseen
from services.loader.store.unseen import UnseenStore


class Removal:
    """Strikes, marks and counts; the policy is the one in force now."""

    def __init__(self, store: UnseenStore, policy: Policy, fail_point: FailPoint) -> None:
        self._store = store
        self._policy = policy
        self._fail_point = fail_point

    async def act_on(self, connection: Connection, answer: MissingConfirmed) -> None:
        """Strike what was answered, mark what is gone, count both."""
        closed = await unseen.strike(connection, answer.sync_id, answer.tombstones)
        marked: set[str] = set()
        if self._policy == "mark":
            only_answered = set(answer.keys) - set(answer.tombstones)
            marked = await unseen.strike(connection, answer.sync_id, only_answered)
        if marked:
            at = moment(answer.asked_at)
            await self._store.mark_removed(connection, answer.resource, marked, at)
        present = await unseen.strike(connection, answer.sync_id, answer.present)
        open_still = await unseen.strike(connection, answer.sync_id, answer.undecided)
        self._fail_point.reached("after-removal")
        if closed or marked or present or open_still:
            removed = len(closed) + len(marked)
            await removals.add(
                connection, answer.sync_id, removed=removed, undecided=len(open_still)
            )

    async def settle(self, connection: Connection) -> None:
        """End those of which nothing is left to ask for."""
        await removals.settle(connection, self._policy)
