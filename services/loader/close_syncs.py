"""The use case: a sync whose every record is in the tables is closed, once, and said to be."""

from functools import partial

from libs.common.clock import Clock
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.words import Outcome
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
        self._settled: set[tuple[str, int]] = set()
        self._losses = log.losses

    async def run(self, consumer: GroupConsumer, stop: Stop) -> None:
        await at_each_tick(partial(self.step, consumer), stop, _TICK_SECONDS, "closing")

    async def restore(self) -> None:
        """Fill ``syncs`` from the topic: after the database was lost, that is all there is."""
        await self._log.catch_up()
        epoch = await self._closing.database_epoch()
        for facts in self._log.all():
            if facts.started is not None and facts.ended_before(epoch):
                await self._adopt(facts)

    async def step(self, consumer: GroupConsumer) -> None:
        await self._log.follow()
        if self._losses != self._log.losses:
            self._losses = self._log.losses
            self._settled.clear()
        for facts in self._log.all():
            started = facts.started
            if started is None or (started.sync_id, started.attempt) in self._settled:
                continue
            if facts.finished is not None:
                await self._adopt(facts)
            elif facts.decision is not None:
                await self._close_when_loaded(facts, facts.decision, consumer)

    async def _adopt(self, facts: SyncFacts) -> None:
        assert facts.started is not None  # noqa: S101 — the callers looked
        sync_id, attempt = facts.started.sync_id, facts.started.attempt
        with left_out_when_unstorable(sync_id, "sync"):
            await self._closing.adopt(facts)
        self._settled.add((sync_id, attempt))

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
        self._settled.add((decision.sync_id, decision.attempt))
        if report is not None:
            await self._announcer.finished(report)
        elif decision.outcome is Outcome.COMPLETED:
            # Closed before, so the topic held the report: it lost it, or the id is used again.
            await self._closing.say_again(decision.sync_id)
