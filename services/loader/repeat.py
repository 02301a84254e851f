"""Says again what the topics do not show yet: totals, reports, wishes. PostgreSQL remembers."""

import uuid

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import COMMAND_LIFETIME_MS, FetchRecords, WantedRecord
from libs.common.contracts.identity import healing_sync_id
from libs.common.contracts.topics import Topics
from libs.common.contracts.words import Trigger
from libs.common.kafka.ports import Message, Producer
from libs.common.lifecycle import Stop
from libs.common.postgres.pool import Connection, Pool
from services.loader.announcer import Announcer
from services.loader.errors import translated
from services.loader.settle import EPOCH
from services.loader.store import removals, syncs, wishes
from services.loader.store.syncs import Unannounced
from services.loader.store.wishes import Wish
from services.loader.sync_log import SyncLog
from services.loader.ticking import at_each_tick

_TICK_SECONDS = 1.0
_PATIENCE_SECONDS = 3.0


class Repeater:
    """Repeats announcements until the topic itself shows them.

    When the topic has lost its end, the newest ones are compared with it once more.
    """

    def __init__(self, pool: Pool, log: SyncLog, announcer: Announcer, clock: Clock) -> None:
        self._pool = pool
        self._log = log
        self._announcer = announcer
        self._clock = clock
        self._since: dict[tuple[str, int], float] = {}
        self._compared = log.losses

    async def run(self, stop: Stop) -> None:
        await at_each_tick(self.step, stop, _TICK_SECONDS, "repeating")

    async def step(self) -> None:
        with translated():
            async with self._pool.acquire() as connection:
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


class WishAsker:
    """Asks the fetcher for the records that the guard refused (law 1: the log heals too)."""

    def __init__(self, pool: Pool, producer: Producer, topics: Topics, clock: Clock) -> None:
        self._pool = pool
        self._producer = producer
        self._topics = topics
        self._clock = clock

    async def run(self, stop: Stop) -> None:
        await at_each_tick(self._step, stop, _TICK_SECONDS, "asking")

    async def _step(self) -> None:
        with translated():
            async with self._pool.acquire() as connection:
                due = await wishes.due(connection)
        await self._producer.publish([self._command(wish) for wish in due])

    def _command(self, wish: Wish) -> Message:
        now = self._clock.now_ms()
        command = FetchRecords(
            command_id=str(uuid.uuid4()),
            resource=wish.resource,
            sync_id=healing_sync_id(self._topics.prefix, wish.resource, wish.key, wish.asked),
            issued_at=now,
            expires_at=now + COMMAND_LIFETIME_MS,
            requested_by=None,
            records=(WantedRecord(hemis_id=wish.hemis_id),),
            trigger=Trigger.HEAL,
        )
        return Message(self._topics.commands, wish.resource, encode(command))
