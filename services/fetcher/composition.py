"""Builds a leader term: the one place where its parts meet."""

from dataclasses import dataclass
from functools import partial

from libs.common.clock import Clock
from libs.common.contracts.checkpoints import SyncCheckpoint
from libs.common.contracts.commands import ConfirmMissing, EraseRecord, FetchRecords
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Broker, GroupConsumer, Partition, Producer
from libs.common.process.failpoints import FailPoint
from libs.common.process.readiness import Readiness
from services.fetcher.checkpoints.restore import RestoredCheckpoint
from services.fetcher.checkpoints.state import CheckpointState
from services.fetcher.checkpoints.topic import CheckpointTopic
from services.fetcher.commands.event_recovery import EventRecovery
from services.fetcher.commands.reader import CommandReader
from services.fetcher.commands.running import Work
from services.fetcher.fetching.confirm_missing import MissingConfirmer
from services.fetcher.fetching.erase_person import PersonEraser, TombstonePublisher
from services.fetcher.fetching.fetch_records import RecordFetcher
from services.fetcher.fetching.plan_sync import SyncPlanner
from services.fetcher.fetching.reporting import Reporter
from services.fetcher.fetching.sync_pages import SyncPages
from services.fetcher.hemis.ports import Hemis
from services.fetcher.hemis.requester import Requester, RequestLock, RequestPolicy
from services.fetcher.leadership.term import LeaderTerm
from services.fetcher.metrics import Metrics
from services.fetcher.publishing.fenced_producer import FencedProducer, FreezeDetector
from services.fetcher.publishing.publisher import RecordPublisher
from services.fetcher.publishing.record_topic import RecordTopic
from services.fetcher.syncs.plan import Scopes


@dataclass(frozen=True, slots=True)
class SyncRules:
    """What the settings say about syncs."""

    scopes: Scopes
    max_failed_pages_in_a_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What the process shares between its leader terms."""

    broker: Broker
    producer: Producer
    topics: Topics
    hemis: Hemis
    request_policy: RequestPolicy
    rules: SyncRules
    readiness: Readiness
    metrics: Metrics
    clock: Clock
    fail_point: FailPoint

    def leader_term(self, consumer: GroupConsumer, partition: Partition) -> LeaderTerm:
        freeze_detector = FreezeDetector(self.clock)
        producer = FencedProducer(self.producer, self.topics, self.readiness, freeze_detector)
        checkpoints = CheckpointTopic(self.broker, producer)
        return LeaderTerm(
            commands=CommandReader(consumer, partition, self.readiness),
            freeze_detector=freeze_detector,
            producer=producer,
            checkpoints=checkpoints,
            open_resource=partial(self._resource, producer, checkpoints),
            open_recovery=partial(EventRecovery, self.broker, producer, self.clock),
            readiness=self.readiness,
            clock=self.clock,
        )

    def _resource(
        self, producer: FencedProducer, checkpoints: CheckpointTopic, restored: RestoredCheckpoint
    ) -> "_ResourceComposition":
        return _ResourceComposition(self, producer, CheckpointState(checkpoints, restored))


class _ResourceComposition:
    """The parts of one resource; see ``ResourceParts``."""

    def __init__(
        self, process: Composition, producer: FencedProducer, state: CheckpointState
    ) -> None:
        resource, policy = state.resource, process.request_policy
        readiness, clock = process.readiness, process.clock
        self._process = process
        self._topic = RecordTopic(process.broker, process.topics, resource, readiness)
        self._publisher = RecordPublisher(producer, state.suppressed)
        self._reporter = Reporter(resource, producer, readiness, process.metrics, clock)
        self._scope = process.rules.scopes.single(resource)
        self.state = state
        self.lock = RequestLock(clock, policy.limit, state.checkpoint.last_ce_time)
        self._requester = Requester(resource, process.hemis, policy, self.lock)
        self._tombstones = TombstonePublisher(
            state, self.lock, self._publisher, self._topic, self._scope.address
        )
        self.planner = SyncPlanner(
            state=state,
            record_topic=self._topic,
            scopes=process.rules.scopes,
            broker=process.broker,
            readiness=readiness,
            progress_topic=process.topics.progress,
        )

    def sync_pages(self, sync: SyncCheckpoint) -> Work:
        return SyncPages(
            sync=sync,
            state=self.state,
            requester=self._requester,
            publisher=self._publisher,
            record_topic=self._topic,
            reporter=self._reporter,
            fail_point=self._process.fail_point,
            max_failed_pages_in_a_row=self._process.rules.max_failed_pages_in_a_row,
        ).run()

    def fetch_records(self, request: FetchRecords) -> Work:
        return RecordFetcher(
            request=request,
            state=self.state,
            requester=self._requester,
            publisher=self._publisher,
            record_topic=self._topic,
            tombstones=self._tombstones,
            reporter=self._reporter,
            scope=self._scope,
        ).run()

    def confirm_missing(self, command: ConfirmMissing) -> Work:
        return MissingConfirmer(
            command=command,
            state=self.state,
            requester=self._requester,
            publisher=self._publisher,
            tombstones=self._tombstones,
            reporter=self._reporter,
            scope=self._scope,
        ).run()

    def erase_person(self, erasure: EraseRecord) -> Work:
        return PersonEraser(
            erasure=erasure,
            state=self.state,
            tombstones=self._tombstones,
            record_topic=self._topic,
            reporter=self._reporter,
            fail_point=self._process.fail_point,
        ).run()
