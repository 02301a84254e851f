"""The conditions of all alerts, judged by the projection. Pure; ``now`` is an argument.

The id of an alert is derived from what caused it: the same on every gateway, and another one when
it happens again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from libs.common.contracts.enums import Mode
from libs.common.contracts.events import LoadingPaused, RemovalsCounted, SyncFinished
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import alert_id
from libs.common.contracts.times import moment
from services.gateway.projection.projection import Projection
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.field_changes import field_changes_of
from services.gateway.views.freshness import freshness_of
from services.gateway.views.liveness import describe, silent_services
from services.gateway.views.messages import message_of, pause_text
from services.gateway.views.snapshot import snapshot_of
from services.gateway.views.status import (
    Status,
    are_removals_held,
    current_sync,
    is_loading_paused,
    mode_of,
    status_of,
)


class AlertKind(StrEnum):
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    STALLED = "stalled"
    STALE = "stale"
    HELD = "held"
    TOO_MANY_REJECTS = "too_many_rejects"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; ``detail`` is for people and has no personal data."""

    kind: AlertKind
    resource: Resource
    sync_id: str
    cause: str
    """Distinguishes this occurrence from the next one of the same kind."""
    detail: str


@dataclass(frozen=True, slots=True)
class AlertRules:
    """The topic prefix of one university, and the age at which its tables are stale."""

    prefix: str
    stale_after_ms: int

    def alerts(self, projection: Projection, now: int) -> dict[str, Alert]:
        """Return everything that needs a person, by alert id."""
        return {
            alert_id(self.prefix, alert.kind, resource, alert.cause): alert
            for resource in Resource
            for alert in (
                *_result_alerts(projection, resource, now),
                *_silence_alerts(projection, resource, now),
                *_staleness_alerts(projection, resource, now, self.stale_after_ms),
                *_decision_alerts(projection, resource),
                *_field_change_alerts(projection, resource),
            )
        }


def _result_alerts(projection: Projection, resource: Resource, now: int) -> Iterator[Alert]:
    """Judge the sync that ended last; a running or cancelled one has not fixed anything yet."""
    ends = {Status.COMPLETED, Status.FAILED}
    ended = [sync for sync in projection.full(resource) if status_of(sync, now) in ends]
    last = _last_started(ended)
    if last is None:
        return
    snapshot = snapshot_of(last, now)
    finished = last.facts.get(SyncFinished)
    if snapshot.status is Status.FAILED:
        kind = AlertKind.FAILED
    elif finished is not None and not finished.complete:
        kind = AlertKind.INCOMPLETE
    else:
        return
    cause = f"{last.sync_id}/{last.attempt}"
    yield Alert(kind, resource, last.sync_id, cause, message_of(snapshot))


def _last_started(syncs: Iterable[SyncState]) -> SyncState | None:
    return max(syncs, key=lambda sync: (sync.last_started_at, sync.sync_id), default=None)


def _silence_alerts(projection: Projection, resource: Resource, now: int) -> Iterator[Alert]:
    sync = current_sync(projection.candidates(resource), now)
    silence = silent_services(projection.heartbeats, now)
    if sync is None or not silence or status_of(sync, now) is not Status.RUNNING:
        return
    since = min(at or 0 for at in silence.values())
    cause = f"{sync.sync_id}/{since}"
    yield Alert(AlertKind.STALLED, resource, sync.sync_id, cause, describe(silence))


def _staleness_alerts(
    projection: Projection, resource: Resource, now: int, stale_after_ms: int
) -> Iterator[Alert]:
    if not resource.is_scheduled:
        return
    freshness = freshness_of(projection.full(resource))
    since = freshness.since
    if since is None or not freshness.is_stale(now, stale_after_ms):
        return
    hours = (now - since) // 3_600_000
    text = f"no complete sync since {moment(since):%Y-%m-%d %H:%M} UTC, over {hours} hours ago"
    yield Alert(AlertKind.STALE, resource, "", str(since), text)


def _decision_alerts(projection: Projection, resource: Resource) -> Iterator[Alert]:
    """Find what waits for a person's decision."""
    for sync in filter(are_removals_held, projection.full(resource)):
        counted = sync.facts.get(RemovalsCounted)
        if counted is not None:
            text = f"{counted.missing} rows are not in HEMIS any more, more than {counted.limit}"
            yield Alert(AlertKind.HELD, resource, sync.sync_id, sync.sync_id, text)
    for sync in filter(is_loading_paused, projection.that_paused(resource)):
        pause = sync.facts.get(LoadingPaused)
        if pause is not None:
            text = pause_text(pause)
            yield Alert(AlertKind.TOO_MANY_REJECTS, resource, sync.sync_id, sync.sync_id, text)


def _field_change_alerts(projection: Projection, resource: Resource) -> Iterator[Alert]:
    """Judge the last complete full sync: only such a sync compares the fields."""
    compared = [
        sync
        for sync in projection.full(resource)
        if sync.ended is not None and sync.ended.complete and mode_of(sync) is Mode.FULL
    ]
    last = _last_started(compared)
    changes = field_changes_of(last) if last is not None else ""
    if last is not None and changes:
        text = f"HEMIS changed fields of its {resource}: {changes}"
        yield Alert(AlertKind.DRIFTED, resource, last.sync_id, last.sync_id, text)
