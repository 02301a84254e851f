"""Builds a leader term: the one place where its parts meet."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from libs.common.clock import Clock
from libs.common.contracts.commands import ConfirmMissing, EraseRecord, FetchRecords
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Broker, GroupConsumer, Partition, Producer
from libs.common.process.failpoints import FailPoint
from libs.common.process.readiness import Readiness
from services.fetcher.checkpoints.restore import RestoredCheckpoint
from services.fetcher.checkpoints.state import CheckpointState
from services.fetcher.checkpoints.topic import CheckpointTopic
from services.fetcher.commands.answers import SyncTask, Task
from services.fetcher.commands.event_recovery import EventRecovery
from services.fetcher.commands.handle import CommandHandler
from services.fetcher.commands.reader import CommandReader
from services.fetcher.commands.running import Work
from services.fetcher.fetching.confirm_missing import MissingConfirmer
from services.fetcher.fetching.erase_person import PersonEraser
from services.fetcher.fetching.fetch_records import RecordFetcher
from services.fetcher.fetching.plan_sync import SyncPlanner
from services.fetcher.fetching.reporting import Reporter
from services.fetcher.fetching.resource_parts import ResourceParts
from services.fetcher.fetching.sync_pages import SyncPages
from services.fetcher.hemis.ports import Hemis
from services.fetcher.hemis.requester import Requester, RequestLock, RequestPolicy
from services.fetcher.leadership.term import LeaderTerm
from services.fetcher.metrics import Metrics
from services.fetcher.publishing.fenced_producer import FencedProducer, FreezeDetector
from services.fetcher.publishing.publisher import RecordPublisher
from services.fetcher.publishing.record_topic import RecordTopic
from services.fetcher.syncs.plan import Scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What the process shares between its leader terms."""

    broker: Broker
    producer: Producer
    topics: Topics
    hemis: Hemis
    request_policy: RequestPolicy
    scopes: Scopes
    max_failed_pages_in_a_row: int
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
            open_resource=partial(self._resource_parts, producer, checkpoints),
            work_of=_work_of,
            open_handler=self._command_handler,
            open_recovery=partial(EventRecovery, self.broker, producer, self.clock),
            readiness=self.readiness,
            clock=self.clock,
        )

    def _resource_parts(
        self, producer: FencedProducer, checkpoints: CheckpointTopic, restored: RestoredCheckpoint
    ) -> ResourceParts:
        state = CheckpointState(checkpoints, restored)
        resource, policy = state.resource, self.request_policy
        lock = RequestLock(self.clock, policy.limit, state.checkpoint.last_ce_time)
        return ResourceParts(
            state=state,
            requester=Requester(resource, self.hemis, policy, lock),
            publisher=RecordPublisher(producer, state.suppressed),
            record_topic=RecordTopic(self.broker, self.topics, resource, self.readiness),
            reporter=Reporter(resource, producer, self.readiness, self.metrics, self.clock),
            search_scope=self.scopes.single(resource),
            max_failed_pages_in_a_row=self.max_failed_pages_in_a_row,
            fail_point=self.fail_point,
        )

    def _command_handler(
        self, parts: ResourceParts, stop_task: Callable[[str], Awaitable[None]]
    ) -> CommandHandler:
        planner = SyncPlanner(
            state=parts.state,
            record_topic=parts.record_topic,
            scopes=self.scopes,
            broker=self.broker,
            readiness=self.readiness,
            progress_topic=self.topics.progress,
        )
        return CommandHandler(parts.state, planner, stop_task, self.clock.now_ms)


def _work_of(parts: ResourceParts, task: Task) -> Work:
    match task:
        case SyncTask():
            return SyncPages(parts, task.sync).run()
        case FetchRecords():
            return RecordFetcher(parts, task).run()
        case ConfirmMissing():
            return MissingConfirmer(parts, task).run()
        case EraseRecord():
            return PersonEraser(parts, task).run()
