"""Sample dead letters, and a gateway's dead-letter classes over a broker in memory."""

from dataclasses import dataclass, field
from typing import Any

from libs.common.contracts.dead_letters import DeadLetter
from libs.common.contracts.enums import Kind, Trigger
from libs.common.contracts.events import Event, SyncFinished
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Message, Partition
from services.gateway.dead_letters.cleanup import DeadLetterCleanup
from services.gateway.dead_letters.follower import DeadLetterFollower
from services.gateway.dead_letters.index import DeadLetterIndex
from services.gateway.dead_letters.retries import RetryState
from services.gateway.dead_letters.schemas import DeadLetterFilter
from services.gateway.dead_letters.service import DeadLetterService
from services.gateway.projection.sync_state import SyncState
from tests.unit.gateway.fake_gateway import TOPICS, FakeGateway
from tests.unit.gateway.sample_messages import SYNC, T0, finished, started

DEAD_LETTER_ID = "hemis.students-2-1042"
POISON = b'{"id":50421,"full_name":"VALIYEVA LOLA","meta_id":7,"group":{"id":3,"name":"A-1"}}'


def dead_letter(number: int = 1042, **fields: Any) -> DeadLetter:
    """Return a loader's dead letter of student 50421; ``number`` is the record's offset."""
    defaults: dict[str, Any] = {
        "dead_letter_id": f"hemis.students-2-{number}",
        "resource": Resource.STUDENTS,
        "code": "out_of_range",
        "reason": "group_id is beyond its column",
        "sync_id": SYNC,
        "record_key": "50421",
        "buried_at": T0,
        "value": POISON,
    }
    return DeadLetter(**{**defaults, **fields})


def without_id(**fields: Any) -> DeadLetter:
    """Return a dead letter of the fetcher: the record has no usable id, so no key."""
    name = f"hemis.students-{SYNC}-{'ab' * 32}"
    named = {"dead_letter_id": name, "record_key": None, "code": "no_usable_id"}
    return dead_letter(**{**named, "value": b'{"id":null,"full_name":"VALIYEVA LOLA"}', **fields})


def dead_letter_message(published: DeadLetter) -> Message:
    return Message(
        TOPICS.dead_letters, published.dead_letter_id, published.value, published.headers()
    )


@dataclass
class DeadLettersInMemory:
    """The dead-letter classes of one gateway; ``read`` folds the topic."""

    gateway: FakeGateway = field(default_factory=FakeGateway)

    async def open(self) -> "DeadLettersInMemory":
        await self.gateway.open()
        self.index = DeadLetterIndex()
        self.index.caught_up = True
        gateway = self.gateway
        self.follower = DeadLetterFollower(TOPICS.dead_letters, self.index, gateway.clock)
        self.service = DeadLetterService(TOPICS.prefix, self.index, gateway.view, gateway.publisher)
        self.cleanup = DeadLetterCleanup(self.index, gateway.view, gateway.publisher)
        return self

    def add(self, *letters: DeadLetter) -> None:
        for published in letters:
            self.gateway.broker.append(dead_letter_message(published))
        self.read()

    def read(self) -> None:
        """Read the whole topic, as after a restart."""
        self.follower.fold(list(self.log))

    @property
    def log(self) -> list[Any]:
        return self.gateway.broker.logs[Partition(TOPICS.dead_letters, 0)]

    @property
    def ids(self) -> list[str]:
        return [published.dead_letter_id for published in self.index]

    def retry_state(self, dead_letter_id: str = DEAD_LETTER_ID) -> RetryState:
        return self.service.retry_states().of(self.service.find(dead_letter_id))

    def seen(self, **wanted: Any) -> list[str]:
        found = self.service.matching(DeadLetterFilter(**wanted), self.service.retry_states())
        return [published.dead_letter_id for published in found]

    async def settle(self, *events: Event) -> None:
        await self.gateway.receive(*events)
        await self.cleanup.run_once()


def retry_started(sync: SyncState, dead_letter_id: str) -> Event:
    """Return the event with which the fetcher starts a retry."""
    return started(
        sync_id=sync.sync_id, resource=sync.resource, kind=Kind.SINGLE, trigger=Trigger.RETRY,
        at=sync.requested_at, dead_letter_id=dead_letter_id, retry=sync.retry,
    )  # fmt: skip


def retry_finished(sync: SyncState, *hemis_ids: int, **fields: Any) -> SyncFinished:
    """Return the loader's report of a retry."""
    return finished(
        sync_id=sync.sync_id, resource=sync.resource, hemis_ids=hemis_ids or (50421,), **fields
    )
