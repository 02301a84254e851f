"""What the tasks of one resource share during a leader term."""

from dataclasses import dataclass

from libs.common.contracts.checkpoints import Scope
from libs.common.contracts.records import RecordOrigin
from libs.common.contracts.resources import Resource
from libs.common.process.failpoints import FailPoint
from services.fetcher.checkpoints.state import CheckpointState
from services.fetcher.fetching.reporting import Reporter
from services.fetcher.hemis.requester import Requester
from services.fetcher.publishing.publisher import RecordPublisher
from services.fetcher.publishing.record_topic import RecordTopic


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceParts:
    state: CheckpointState
    requester: Requester
    publisher: RecordPublisher
    record_topic: RecordTopic
    reporter: Reporter
    search_scope: Scope
    """What the search for one person requests; a sync has its own scope."""
    max_failed_pages_in_a_row: int
    fail_point: FailPoint

    @property
    def resource(self) -> Resource:
        return self.state.resource

    def origin(self, sync_id: str, page: int, place: int, ce_time: int) -> RecordOrigin:
        """Return the origin of records; ``place`` is that of the first one."""
        return RecordOrigin(
            resource=self.resource,
            sync_id=sync_id,
            page=page,
            place=place,
            source=self.search_scope.address,
            ce_time=ce_time,
        )
