"""What the work on one resource needs during one tenure."""

from dataclasses import dataclass

from libs.common.clock import Clock
from libs.common.contracts.resources import Resource
from libs.common.dependencies import Dependencies
from libs.common.failpoints import FailPoint
from libs.common.kafka.ports import Broker
from services.fetcher.line import Line
from services.fetcher.memory import Memory
from services.fetcher.metrics import Metrics
from services.fetcher.outbox import Outbox
from services.fetcher.publisher import RecordPublisher
from services.fetcher.scopes import Scopes

HEMIS = "hemis"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about syncs."""

    scopes: Scopes
    max_failed_pages_in_a_row: int


@dataclass(frozen=True, slots=True)
class Bench:
    """One resource's memory, its way to HEMIS and its way out."""

    memory: Memory
    line: Line
    outbox: Outbox
    publisher: RecordPublisher
    broker: Broker
    rules: Rules
    dependencies: Dependencies
    metrics: Metrics
    clock: Clock
    fail_point: FailPoint

    @property
    def resource(self) -> Resource:
        return self.line.resource
