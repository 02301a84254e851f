"""Use case: erase one person from the topics, so that no sync brings them back."""

import logging
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from libs.common.contracts.commands import EraseRecord
from libs.common.contracts.events import ErasureRefused, RecordErased
from libs.common.contracts.records import RecordOrigin, record_key, usable_id
from libs.common.errors import PermanentError
from libs.common.process.failpoints import FailPoint
from services.fetcher.checkpoints.state import CheckpointState, with_suppressed, without_erasure
from services.fetcher.fetching.reporting import Reporter
from services.fetcher.hemis.requester import RequestLock
from services.fetcher.publishing.publisher import RecordPublisher
from services.fetcher.publishing.record_topic import RecordTopic

logger = logging.getLogger(__name__)


class NobodyToErase(PermanentError):
    """The command names nobody, or several people; the text says why and contains no name."""


@dataclass(frozen=True, slots=True)
class TombstonePublisher:
    """Publishes the tombstones of suppressed people, for one resource."""

    state: CheckpointState
    lock: RequestLock
    publisher: RecordPublisher
    record_topic: RecordTopic
    source: str
    """HEMIS's base address."""

    async def erase(self, hemis_id: int, sync_id: str) -> tuple[str, ...]:
        """Publish a tombstone for each key of this person; return the keys.

        Raises as ``FencedProducer.publish``.
        """
        resource = self.state.resource
        async with self.lock.alone() as ce_time:
            known = await self.record_topic.keys_of(hemis_id)
            # An employee who left may have rows, but no key in the topic. The key of an item
            # without any position belongs to nobody else, and tells the loader whom to delete.
            keys = tuple(sorted(known | {record_key(resource, hemis_id, {})}))
            origin = RecordOrigin(
                resource=resource,
                sync_id=sync_id,
                page=0,
                place=1,
                source=self.source,
                ce_time=ce_time,
            )
            await self.publisher.publish_erasures(keys, origin)
            await self.state.change(partial(replace, last_ce_time=ce_time))
        return keys


@dataclass(frozen=True, kw_only=True)
class PersonEraser:
    """Runs one open erasure: suppress, publish tombstones, report. Each step can be repeated.

    The person is suppressed before the first tombstone, and every record is checked while its
    request holds the lock. So no record of this person can follow the tombstones.
    """

    erasure: EraseRecord
    state: CheckpointState
    tombstones: TombstonePublisher
    record_topic: RecordTopic
    reporter: Reporter
    fail_point: FailPoint

    async def run(self) -> None:
        """Erase, or report why not; raises as ``FencedProducer.publish``."""
        try:
            hemis_id = await self._find_person()
        except NobodyToErase as refusal:
            logger.warning("HEMIS %s: nobody erased: %s", self.reporter.resource, refusal)
            refused = erasure_refused(self.erasure, self.reporter.now(), str(refusal))
            await self.reporter.publish(refused)
        else:
            await self._erase(hemis_id)
        await self.state.change(without_erasure(self.erasure))

    async def _erase(self, hemis_id: int) -> None:
        sync_id = self.erasure.sync_id
        # After the tombstones the id number finds nobody, so from now on the erasure names the id.
        named = replace(self.erasure, key=str(hemis_id), id_number="")
        await self.state.change(with_suppressed(named, self.reporter.now()))
        self.fail_point.reached("erasure-suppressed")
        keys = await self.tombstones.erase(hemis_id, sync_id)
        self.fail_point.reached("erasure-published")
        await self.reporter.publish(self._erased(hemis_id, len(keys)))
        extra = {"records": len(keys), "erasure": sync_id, "by": named.requested_by}
        text = "HEMIS %s: one person erased from the topics"
        logger.info(text, self.reporter.resource, extra=extra)

    async def _find_person(self) -> int:
        resource, id_number = self.reporter.resource, self.erasure.id_number
        if not resource.number_field:
            raise NobodyToErase(f"{resource} are no people")
        if not id_number:
            return _certain(usable_id(self.erasure.key))
        people = await self.record_topic.people_with(id_number)
        if len(people) > 1:
            raise NobodyToErase("several people have this number, name one by the hemis_id")
        return _certain(next(iter(people), None))

    def _erased(self, hemis_id: int, records: int) -> RecordErased:
        return RecordErased(
            sync_id=self.erasure.sync_id,
            resource=self.reporter.resource,
            at=self.reporter.now(),
            hemis_id=hemis_id,
            records=records,
            requested_by=self.erasure.requested_by,
            loader_confirms=True,
        )


def _certain(hemis_id: int | None) -> int:
    if hemis_id is None:
        raise NobodyToErase("no person here has this number, name them by the hemis_id")
    return hemis_id


def erasure_refused(erasure: EraseRecord, at: int, reason: str) -> ErasureRefused:
    return ErasureRefused(sync_id=erasure.sync_id, resource=erasure.resource, at=at, reason=reason)
