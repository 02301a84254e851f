"""The use case: a sync whose every record is in the tables is closed, once, and said to be."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

from libs.common.clock import Clock
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.words import Outcome
from libs.common.errors import PermanentError
from libs.common.kafka.ports import GroupConsumer
from libs.common.lifecycle import Stop
from services.loader.announcer import Announcer
from services.loader.closing import Closing
from services.loader.closing_gate import ClosingGate
from services.loader.left_out import left_out_when_unstorable
from services.loader.sync_facts import SyncFacts
from services.loader.sync_log import SyncLog
from services.loader.ticking import at_each_tick

_TICK_SECONDS = 0.2


class SyncCloser:
    """Looks at the topic and at the offset rows on a timer; every loader does, one closes."""

    def __init__(
        self, closing: Closing, gate: ClosingGate, log: SyncLog, announcer: Announcer, clock: Clock
    ) -> None:
        self._closing = closing
        self._gate = gate
        self._log = log
        self._announcer = announcer
        self._clock = clock

    async def run(self, consumer: GroupConsumer, stop: Stop) -> None:
        await at_each_tick(partial(self.step, consumer), stop, _TICK_SECONDS, "closing")

    async def restore(self, settle: Callable[[], Awaitable[None]]) -> None:
        """Fill ``syncs`` from the topic: after the database was lost, that is all there is.

        ``settle`` drops settled syncs, also while reading, as the topic may hold more than memory.
        """
        epoch = await self._closing.database_epoch()

        async def relieve() -> None:
            await self._adopt([facts for facts in self._open() if facts.ended_before(epoch)])
            await settle()

        self._log.relieve = relieve
        await self._log.catch_up()
        await relieve()

    async def step(self, consumer: GroupConsumer) -> None:
        await self._log.follow()
        await self._adopt([f for f in self._open() if f.finished is not None or f.brought_nothing])
        for facts in self._open():
            if facts.decision is not None:
                await self._close_when_loaded(facts, facts.decision, consumer)

    def _open(self) -> Iterator[SyncFacts]:
        return (f for f in self._log.all() if f.started is not None and not f.is_closed)

    async def _adopt(self, ended: Sequence[SyncFacts]) -> None:
        """Write the rows of what ended on the topic, where there are none yet."""
        lacking = await self._closing.lacking(ended)
        try:
            await self._closing.adopt(lacking)
        except PermanentError:
            # The error does not name the sync: written one by one, all others succeed.
            await self._adopt_singly(lacking)
        for facts in ended:
            if not facts.is_unstorable:
                facts.close()

    async def _adopt_singly(self, ended: Sequence[SyncFacts]) -> None:
        for facts in ended:
            is_stored = False
            with left_out_when_unstorable(facts.sync_id, "sync"):
                await self._closing.adopt([facts])
                is_stored = True
            # Not before: an outage leaves this one, and those after it, to the next step.
            facts.close(is_unstorable=not is_stored)

    async def _close_when_loaded(
        self, facts: SyncFacts, decision: SyncFetched, consumer: GroupConsumer
    ) -> None:
        all_there = await self._gate.opens(decision, consumer)
        if all_there is None:
            return
        await self._log.catch_up()
        if facts.finished is not None or facts.decision is not decision:
            return
        report = None
        with left_out_when_unstorable(decision.sync_id, "sync"):
            report = await self._closing.close(
                facts, decision, at=self._clock.now_ms(), all_there=all_there
            )
        facts.close()
        if report is not None:
            await self._announcer.finished(report)
        elif decision.outcome is Outcome.COMPLETED:
            # Closed before: the topic has lost the report, or the id is used again.
            await self._closing.announce_again(decision.sync_id)
