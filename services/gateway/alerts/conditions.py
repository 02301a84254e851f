"""What needs a person just now, from what is known of the syncs. Pure; ``now`` is an argument.

An alert is named by its occasion, and so has the same id on every gateway, and another one the
next time it happens.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from libs.common.contracts.enums import Mode
from libs.common.contracts.events import LoadingPaused, RemovalsCounted, SyncFinished
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import alert_id
from libs.common.contracts.times import moment
from services.gateway.projection.projection import Projection
from services.gateway.projection.status import (
    Status,
    are_removals_held,
    is_loading_paused,
    newest,
    status_of,
)
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.field_changes import news_of
from services.gateway.views.freshness import freshness_of
from services.gateway.views.liveness import describe, silent_services
from services.gateway.views.messages import message_of, pause_in_words
from services.gateway.views.progress import mode_of


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
    """One reason to look; ``detail`` is for people and names nobody."""

    kind: AlertKind
    resource: Resource
    sync_id: str
    occasion: str
    detail: str

    def named(self, prefix: str) -> str:
        return alert_id(prefix, self.kind, self.resource, self.occasion)


def alerts_of(projection: Projection, now: int, stale_after_ms: int) -> list[Alert]:
    """Give everything that is wrong."""
    return [
        alert
        for resource in Resource
        for alert in (
            *_of_the_last_end(projection, resource, now),
            *_of_silence(projection, resource, now),
            *_of_age(projection, resource, now, stale_after_ms),
            *_of_decisions(projection, resource),
            *_of_drift(projection, resource),
        )
    ]


def _of_the_last_end(projection: Projection, resource: Resource, now: int) -> Iterator[Alert]:
    """Judge the sync that ended last: one that runs, or was cancelled, has mended nothing yet."""
    ends = {Status.COMPLETED, Status.FAILED}
    ended = [sync for sync in projection.full(resource) if status_of(sync, now) in ends]
    last = max(ended, key=lambda sync: (sync.last_started_at, sync.sync_id), default=None)
    if last is None:
        return
    status = status_of(last, now)
    finished = last.facts.get(SyncFinished)
    if status is Status.FAILED:
        kind = AlertKind.FAILED
    elif finished is not None and not finished.complete:
        kind = AlertKind.INCOMPLETE
    else:
        return
    occasion = f"{last.sync_id}/{last.attempt}"
    yield Alert(kind, resource, last.sync_id, occasion, message_of(last, status, now))


def _of_silence(projection: Projection, resource: Resource, now: int) -> Iterator[Alert]:
    sync = newest(projection.rivals(resource), now)
    silence = silent_services(projection, now)
    if sync is None or not silence or status_of(sync, now) is not Status.RUNNING:
        return
    since = min(at or 0 for at in silence.values())
    occasion = f"{sync.sync_id}/{since}"
    yield Alert(AlertKind.STALLED, resource, sync.sync_id, occasion, describe(silence))


def _of_age(
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


def _of_decisions(projection: Projection, resource: Resource) -> Iterator[Alert]:
    """Name what waits for a person to decide."""
    for sync in filter(are_removals_held, projection.full(resource)):
        counted = sync.facts.get(RemovalsCounted)
        if counted is not None:
            text = f"{counted.missing} rows are not in HEMIS any more, more than {counted.limit}"
            yield Alert(AlertKind.HELD, resource, sync.sync_id, sync.sync_id, text)
    for sync in filter(is_loading_paused, projection.with_pauses(resource)):
        pause = sync.facts.get(LoadingPaused)
        if pause is not None:
            text = pause_in_words(pause)
            yield Alert(AlertKind.TOO_MANY_REJECTS, resource, sync.sync_id, sync.sync_id, text)


def _of_drift(projection: Projection, resource: Resource) -> Iterator[Alert]:
    """Judge the last full sync that could be compared: any other says nothing of the fields."""
    compared = [sync for sync in projection.full(resource) if _is_compared(sync)]
    last = max(compared, key=lambda sync: (sync.last_started_at, sync.sync_id), default=None)
    news = news_of(last) if last is not None else ""
    if last is not None and news:
        text = f"HEMIS changed fields of its {resource}: {news}"
        yield Alert(AlertKind.DRIFTED, resource, last.sync_id, last.sync_id, text)


def _is_compared(sync: SyncState) -> bool:
    ended = sync.ended
    return ended is not None and bool(ended.complete) and mode_of(sync) is Mode.FULL
