"""Reads the dead-letter topic from its beginning, and keeps the index up to date."""

from libs.common.clock import Clock
from libs.common.contracts.topics import RETENTION_MS
from libs.common.kafka.ports import Broker, Partition, Record
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.dead_letters.index import DeadLetterIndex, indexed
from services.gateway.live.follower import fold_readable, poll, read_history

_DAY_MS = 86_400_000


class DeadLetterFollower:
    """Separate from the view's follower: many dead letters do not delay the progress."""

    def __init__(self, topic: str, index: DeadLetterIndex, clock: Clock) -> None:
        self._partition = Partition(topic, 0)
        self._index = index
        self._clock = clock
        self._cleaned_up_at = clock.now_ms()

    async def run(self, broker: Broker, readiness: Readiness, stop: Stop) -> None:
        async with broker.log_reader({self._partition: None}) as reader:
            await read_history(reader, readiness, self.fold)
            self._index.caught_up = True
            while not stop.is_set():
                self.fold(await poll(reader, readiness, stop))
                self._forget_expired()

    def _forget_expired(self) -> None:
        now = self._clock.now_ms()
        if now - self._cleaned_up_at > _DAY_MS:
            self._index.forget(now - RETENTION_MS)
            self._cleaned_up_at = now

    def fold(self, records: list[Record]) -> None:
        fold_readable(records, self._fold_record)

    def _fold_record(self, record: Record) -> None:
        dead_letter_id = (record.key or b"").decode(errors="replace")
        if record.value is None:
            self._index.remove(dead_letter_id)
        else:
            headers = dict(record.headers)
            self._index.add(indexed(dead_letter_id, headers, record.offset, len(record.value)))
