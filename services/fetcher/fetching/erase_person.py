"""Use case: erase one person from the topics, so that no sync brings them back."""

import logging
from functools import partial

from msgspec.structs import replace

from libs.common.contracts.commands import EraseRecord
from libs.common.contracts.events import ErasureRefused, RecordErased
from libs.common.contracts.records import RecordOrigin, record_key, usable_id
from libs.common.errors import PermanentError
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from services.fetcher.checkpoints.state import with_suppressed, without_erasure
from services.fetcher.context import ResourceContext
from services.fetcher.publishing.own_topic import keys_of, people_with

logger = logging.getLogger(__name__)


class NobodyToErase(PermanentError):
    """The command names no one, or more than one; the text says why and names nobody."""


class PersonEraser:
    """Runs one open erasure: suppress, then bury, then tell; each step can be done again.

    The person is on the list before the first tombstone, and every record is compared with the
    list while its page holds the lane: so no record of theirs can follow the tombstones.
    """

    def __init__(self, bench: ResourceContext, erasure: EraseRecord) -> None:
        self._bench = bench
        self._erasure = erasure

    async def run(self) -> None:
        """Erase, or say why not; raises as ``Outbox``."""
        bench, erasure = self._bench, self._erasure
        try:
            hemis_id = await self._whom()
        except NobodyToErase as refusal:
            refused = not_erased(erasure, bench.clock.now_ms(), str(refusal))
            logger.warning("HEMIS %s: nobody erased: %s", bench.resource, refusal)
            await bench.outbox.say(refused)
        else:
            await self._erase(hemis_id)
        await bench.memory.change(without_erasure(erasure))

    async def _erase(self, hemis_id: int) -> None:
        bench, sync_id = self._bench, self._erasure.sync_id
        # Once the tombstones stand, the number leads to nobody any more: from here on it is the id.
        named = replace(self._erasure, key=str(hemis_id), id_number="")
        await bench.memory.change(with_suppressed(named, bench.clock.now_ms()))
        bench.fail_point.reached("erasure-suppressed")
        keys = await erase(bench, hemis_id, sync_id)
        bench.fail_point.reached("erasure-published")
        await bench.outbox.say(self._erased(hemis_id, len(keys)))
        extra = {"records": len(keys), "erasure": sync_id, "by": named.requested_by}
        logger.info("HEMIS %s: one person erased from the topics", bench.resource, extra=extra)

    async def _whom(self) -> int:
        bench, id_number = self._bench, self._erasure.id_number
        if not bench.resource.number_field:
            raise NobodyToErase(f"{bench.resource} are no people")
        if not id_number:
            return _certain(usable_id(self._erasure.key))
        look_up = partial(people_with, bench.broker, bench.outbox.topics, bench.resource, id_number)
        people = await bench.readiness.wait_for(KAFKA, look_up, KafkaUnavailable)
        if len(people) > 1:
            raise NobodyToErase("several people have this number, name one by the hemis_id")
        return _certain(next(iter(people), None))

    def _erased(self, hemis_id: int, records: int) -> RecordErased:
        return RecordErased(
            sync_id=self._erasure.sync_id,
            resource=self._bench.resource,
            at=self._bench.clock.now_ms(),
            hemis_id=hemis_id,
            records=records,
            requested_by=self._erasure.requested_by,
            loader_confirms=True,
        )


def _certain(hemis_id: int | None) -> int:
    if hemis_id is None:
        raise NobodyToErase("no person here has this number, name them by the hemis_id")
    return hemis_id


async def erase(bench: ResourceContext, hemis_id: int, sync_id: str) -> tuple[str, ...]:
    """Publish the tombstones of one person, who is suppressed already; return their keys.

    Raises as ``Outbox.publish``.
    """
    look_up = partial(keys_of, bench.broker, bench.outbox.topics, bench.resource, hemis_id)
    async with bench.line.lane.alone() as ce_time:
        known = await bench.readiness.wait_for(KAFKA, look_up, KafkaUnavailable)
        # An employee who left may have rows and no key in the topic any more: the key that an
        # item without any position would have is nobody else's, and takes the word to the loader.
        keys = tuple(sorted(known | {record_key(bench.resource, hemis_id, {})}))
        origin = RecordOrigin(
            resource=bench.resource,
            sync_id=sync_id,
            page=0,
            place=1,
            source=bench.rules.scopes.single(bench.resource).address,
            ce_time=ce_time,
        )
        await bench.publisher.publish_erasures(keys, origin)
        await bench.memory.change(partial(replace, last_ce_time=ce_time))
    return keys


def not_erased(erasure: EraseRecord, at: int, reason: str) -> ErasureRefused:
    return ErasureRefused(sync_id=erasure.sync_id, resource=erasure.resource, at=at, reason=reason)
