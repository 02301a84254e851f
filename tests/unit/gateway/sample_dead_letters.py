"""Dead letters as loader and fetcher write them, and a desk over a broker in memory."""

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
from services.gateway.dead_letters.schemas import LetterFilter
from services.gateway.dead_letters.service import DeadLetterService
from services.gateway.projection.sync_state import SyncState
from tests.unit.gateway.fake_gateway import TOPICS, House
from tests.unit.gateway.sample_messages import SYNC, T0, finished, started

LETTER = "hemis.students-2-1042"
POISON = b'{"id":50421,"full_name":"VALIYEVA LOLA","meta_id":7,"group":{"id":3,"name":"A-1"}}'


def dead(number: int = 1042, **fields: Any) -> DeadLetter:
    """Of student 50421, buried by a loader; ``number`` is the record's offset."""
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
    """Buried by the fetcher, since it cannot have a key."""
    name = f"hemis.students-{SYNC}-{'ab' * 32}"
    named = {"dead_letter_id": name, "record_key": None, "code": "no_usable_id"}
    return dead(**{**named, "value": b'{"id":null,"full_name":"VALIYEVA LOLA"}', **fields})


def buried(letter: DeadLetter) -> Message:
    return Message(TOPICS.dead_letters, letter.dead_letter_id, letter.value, letter.headers())


@dataclass
class Morgue:
    """A house with a desk; nothing is read before ``read``."""

    house: House = field(default_factory=House)

    async def open(self) -> "Morgue":
        await self.house.open()
        self.letters = DeadLetterIndex()
        self.letters.caught_up = True
        house = self.house
        self.follower = DeadLetterFollower(TOPICS.dead_letters, self.letters, house.clock)
        self.desk = DeadLetterService(self.letters, house.view, house.requests, house.outbox)
        self.settling = DeadLetterCleanup(self.letters, house.view, house.outbox)
        return self

    def bury(self, *letters: DeadLetter) -> None:
        for letter in letters:
            self.house.broker.append(buried(letter))
        self.read()

    def read(self) -> None:
        """Read the whole topic, as after a restart."""
        self.follower.fold(list(self.log))

    @property
    def log(self) -> list[Any]:
        return self.house.broker.logs[Partition(TOPICS.dead_letters, 0)]

    @property
    def ids(self) -> list[str]:
        return [letter.letter_id for letter in self.letters]

    def fate(self, letter_id: str = LETTER) -> RetryState:
        return self.desk.fates().of(self.desk.find(letter_id))

    def seen(self, **wanted: Any) -> list[str]:
        found = self.desk.matching(LetterFilter(**wanted), self.desk.fates())
        return [letter.letter_id for letter in found]

    async def settle(self, *events: Event) -> None:
        await self.house.hear(*events)
        await self.settling.settle()


def retry_started(sync: SyncState, dead_letter_id: str) -> Event:
    """The fetcher's word on a retry."""
    return started(
        sync_id=sync.sync_id, resource=sync.resource, kind=Kind.SINGLE, trigger=Trigger.RETRY,
        at=sync.asked_at, dead_letter_id=dead_letter_id, retry=sync.retry,
    )  # fmt: skip


def retry_finished(sync: SyncState, *hemis_ids: int, **fields: Any) -> SyncFinished:
    """The loader's report of a retry."""
    return finished(
        sync_id=sync.sync_id, resource=sync.resource, hemis_ids=hemis_ids or (50421,), **fields
    )
