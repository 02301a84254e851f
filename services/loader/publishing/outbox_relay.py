"""Says again what the topics do not show yet: totals, reports, wishes. PostgreSQL remembers."""

from libs.common.clock import Clock
from libs.common.postgres.database import Database
from libs.common.postgres.pool import Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.periodic import run_periodically
from services.loader.progress.follower import ProgressFollower
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.store import removals, syncs
from services.loader.store.settled import EPOCH
from services.loader.store.syncs import Unannounced

_TICK_SECONDS = 1.0
_PATIENCE_SECONDS = 3.0


class OutboxRelay:
    """Repeats announcements until the topic itself shows them.

    When the topic has lost its end, the newest ones are compared with it once more.
    """

    def __init__(
        self, database: Database, log: ProgressFollower, announcer: ProgressPublisher, clock: Clock
    ) -> None:
        self._database = database
        self._log = log
        self._announcer = announcer
        self._clock = clock
        self._since: dict[tuple[str, int], float] = {}
        self._compared = log.losses

    async def run(self, stop: Stop) -> None:
        await run_periodically(self.step, stop, _TICK_SECONDS, "repeating")

    async def step(self) -> None:
        async with self._database.connection() as connection:
            await self._compare_again(connection)
            rows = await syncs.unannounced(connection)
            shown = [row for row in rows if self._is_shown(row)]
            await syncs.mark_announced(connection, shown)
        await self._say_again([row for row in rows if row not in shown])

    async def _compare_again(self, connection: Connection) -> None:
        losses = self._log.losses
        if self._compared != losses:
            await syncs.forget_recent_announcements(connection, EPOCH)
            await removals.forget_recent_announcements(connection, EPOCH)
            self._compared = losses

    def _is_shown(self, row: Unannounced) -> bool:
        facts = self._log.facts(row.sync_id)
        if row.report is not None:
            return facts.finished is not None
        return facts.shows(row.totals.epoch, row.totals.revision)

    async def _say_again(self, rows: list[Unannounced]) -> None:
        """Give what was said a moment ago the time to arrive, then repeat it."""
        now = self._clock.monotonic()
        waiting = {(row.sync_id, row.totals.revision): row for row in rows}
        self._since = {key: self._since.get(key, now) for key in waiting}
        for key, row in waiting.items():
            if now - self._since[key] >= _PATIENCE_SECONDS:
                self._since[key] = now
                await self._announcer.again(row)
