"""What every tenure of this process shares."""

from dataclasses import dataclass

from libs.common.clock import Clock
from libs.common.contracts.topics import Topics
from libs.common.dependencies import Dependencies
from libs.common.failpoints import FailPoint
from libs.common.kafka.ports import Broker, Producer
from services.fetcher.bench import Bench, Rules
from services.fetcher.checkpoints import CheckpointLog
from services.fetcher.hemis.ports import Hemis
from services.fetcher.lane import Lane
from services.fetcher.line import Line, Pacing
from services.fetcher.memory import Memory
from services.fetcher.metrics import Metrics
from services.fetcher.outbox import Outbox
from services.fetcher.publisher import RecordPublisher
from services.fetcher.remembered import Remembered
from services.fetcher.watch import Watch


@dataclass(frozen=True, slots=True)
class Place:
    """The outside world, as this process reaches it."""

    broker: Broker
    producer: Producer
    topics: Topics
    hemis: Hemis
    pacing: Pacing
    rules: Rules
    dependencies: Dependencies
    metrics: Metrics
    clock: Clock
    fail_point: FailPoint

    def outbox(self, watch: Watch) -> Outbox:
        return Outbox(self.producer, self.topics, self.dependencies, watch)

    def bench(self, outbox: Outbox, log: CheckpointLog, remembered: Remembered) -> Bench:
        """Set up the work on one resource from where the checkpoint leaves it."""
        checkpoint = remembered.checkpoint
        lane = Lane(self.clock, self.pacing.limit, checkpoint.last_ce_time)
        memory = Memory(log, remembered)
        return Bench(
            memory=memory,
            line=Line(checkpoint.resource, self.hemis, self.pacing, lane),
            outbox=outbox,
            publisher=RecordPublisher(outbox, memory.suppressed),
            broker=self.broker,
            rules=self.rules,
            dependencies=self.dependencies,
            metrics=self.metrics,
            clock=self.clock,
            fail_point=self.fail_point,
        )
