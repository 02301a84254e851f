"""Use case: erase one person from the topics, so that no sync brings them back."""

import logging
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from libs.common.contracts.commands import EraseRecord
from libs.common.contracts.events import RecordErased
from libs.common.contracts.records import ERASED, record_key, usable_id
from libs.common.errors import PermanentError
from services.fetcher.checkpoints.state import with_suppressed, without_erasure
from services.fetcher.fetching.resource_parts import ResourceParts
from services.fetcher.syncs.events import erasure_refused

logger = logging.getLogger(__name__)


class NobodyToErase(PermanentError):
    """The command names nobody, or several people; the text says why and contains no name."""


async def publish_erasure(parts: ResourceParts, hemis_id: int, sync_id: str) -> tuple[str, ...]:
    """Publish a tombstone for each key of a suppressed person; return the keys.

    Raises as ``FencedProducer.publish``.
    """
    async with parts.requester.lock.alone() as ce_time:
        known = await parts.record_topic.keys_of(hemis_id)
        # An employee who left may have rows, but no key in the topic. The key of an item without
        # any position belongs to nobody else, and tells the loader whom to delete.
        keys = tuple(sorted(known | {record_key(parts.resource, hemis_id, {})}))
        origin = parts.origin(sync_id, 0, 1, ce_time)
        await parts.publisher.publish_tombstones(keys, origin, (ERASED,))
        await parts.state.change(partial(replace, last_ce_time=ce_time))
    return keys


@dataclass(frozen=True)
class PersonEraser:
    """Runs one open erasure: suppress, publish tombstones, report. Each step can be repeated.

    The person is suppressed before the first tombstone, and every record is checked while its
    request holds the lock. So no record of this person can follow the tombstones.
    """

    parts: ResourceParts
    erasure: EraseRecord

    async def run(self) -> None:
        """Erase, or report why not; raises as ``FencedProducer.publish``."""
        try:
            hemis_id = await self._find_person()
        except NobodyToErase as refusal:
            logger.warning("HEMIS %s: nobody erased: %s", self.parts.resource, refusal)
            refused = erasure_refused(self.erasure, self.parts.reporter.now(), str(refusal))
            await self.parts.reporter.publish(refused)
        else:
            await self._erase(hemis_id)
        await self.parts.state.change(without_erasure(self.erasure))

    async def _erase(self, hemis_id: int) -> None:
        parts, reporter = self.parts, self.parts.reporter
        # After the tombstones the id number finds nobody, so from now on the erasure names the id.
        named = replace(self.erasure, key=str(hemis_id), id_number="")
        await parts.state.change(with_suppressed(named, reporter.now()))
        parts.fail_point.reached("erasure-suppressed")
        keys = await publish_erasure(parts, hemis_id, named.sync_id)
        parts.fail_point.reached("erasure-published")
        erased = RecordErased(
            sync_id=named.sync_id,
            resource=parts.resource,
            at=reporter.now(),
            hemis_id=hemis_id,
            records=len(keys),
            requested_by=named.requested_by,
            loader_confirms=True,
        )
        await reporter.publish(erased)
        extra = {"records": len(keys), "erasure": named.sync_id, "by": named.requested_by}
        logger.info("HEMIS %s: one person erased from the topics", parts.resource, extra=extra)

    async def _find_person(self) -> int:
        resource, id_number = self.parts.resource, self.erasure.id_number
        if not resource.number_field:
            raise NobodyToErase(f"{resource} are no people")
        if not id_number:
            return _certain(usable_id(self.erasure.key))
        people = await self.parts.record_topic.people_with(id_number)
        if len(people) > 1:
            raise NobodyToErase("several people have this number, name one by the hemis_id")
        return _certain(next(iter(people), None))


def _certain(hemis_id: int | None) -> int:
    if hemis_id is None:
        raise NobodyToErase("no person here has this number, name them by the hemis_id")
    return hemis_id
