"""What the work on one resource needs during one tenure."""

from dataclasses import dataclass

from libs.common.clock import Clock
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Broker, Producer
from libs.common.process.failpoints import FailPoint
from libs.common.process.readiness import Readiness
from services.fetcher.checkpoints.restore import RestoredCheckpoint
from services.fetcher.checkpoints.state import CheckpointState
from services.fetcher.checkpoints.topic import CheckpointTopic
from services.fetcher.hemis.ports import Hemis
from services.fetcher.hemis.requester import Requester, RequestLock, RequestPolicy
from services.fetcher.metrics import Metrics
from services.fetcher.publishing.fenced_producer import FencedProducer, FreezeDetector
from services.fetcher.publishing.publisher import RecordPublisher
from services.fetcher.syncs.plan import Scopes

HEMIS = "hemis"


@dataclass(frozen=True, slots=True)
class SyncRules:
    """What the settings say about syncs."""

    scopes: Scopes
    max_failed_pages_in_a_row: int


@dataclass(frozen=True, slots=True)
class ResourceContext:
    """One resource's memory, its way to HEMIS and its way out."""

    memory: CheckpointState
    line: Requester
    outbox: FencedProducer
    publisher: RecordPublisher
    broker: Broker
    rules: SyncRules
    readiness: Readiness
    metrics: Metrics
    clock: Clock
    fail_point: FailPoint

    @property
    def resource(self) -> Resource:
        return self.line.resource


@dataclass(frozen=True, slots=True)
class ProcessContext:
    """The outside world, as this process reaches it."""

    broker: Broker
    producer: Producer
    topics: Topics
    hemis: Hemis
    pacing: RequestPolicy
    rules: SyncRules
    readiness: Readiness
    metrics: Metrics
    clock: Clock
    fail_point: FailPoint

    def outbox(self, watch: FreezeDetector) -> FencedProducer:
        return FencedProducer(self.producer, self.topics, self.readiness, watch)

    def bench(
        self, outbox: FencedProducer, log: CheckpointTopic, remembered: RestoredCheckpoint
    ) -> ResourceContext:
        """Set up the work on one resource from where the checkpoint leaves it."""
        checkpoint = remembered.checkpoint
        lane = RequestLock(self.clock, self.pacing.limit, checkpoint.last_ce_time)
        memory = CheckpointState(log, remembered)
        return ResourceContext(
            memory=memory,
            line=Requester(checkpoint.resource, self.hemis, self.pacing, lane),
            outbox=outbox,
            publisher=RecordPublisher(outbox, memory.suppressed),
            broker=self.broker,
            rules=self.rules,
            readiness=self.readiness,
            metrics=self.metrics,
            clock=self.clock,
            fail_point=self.fail_point,
        )
