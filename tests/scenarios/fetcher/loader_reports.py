"""Syncs that the loader has reported, so that an incremental one can go on from them."""

from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Mode
from libs.common.contracts.events import SyncFetched, SyncFinished, SyncStarted
from libs.common.kafka.ports import Message
from tests.scenarios.fetcher.fetcher_system import FetcherSystem


def report(system: FetcherSystem, decision: SyncFetched, *, complete: bool = True) -> None:
    """Publish the loader's report of a sync."""
    finished = SyncFinished(
        sync_id=decision.sync_id,
        resource=decision.resource,
        at=decision.at,
        attempt=decision.attempt,
        complete=complete,
        database_epoch=1,
        started_at=decision.at,
        source_total=decision.source_total,
        fetched=decision.fetched,
        distinct=decision.distinct,
        missing=decision.missing,
        departed=decision.departed,
        inserted=decision.distinct,
        updated=0,
        unchanged=0,
        rejected=0,
        retries=0,
        failed_pages=decision.failed_pages,
    )
    system.broker.append(Message(system.topics.progress, decision.sync_id, encode(finished)))


async def full(system: FetcherSystem, *, complete: bool = True) -> None:
    report(system, await system.decided(system.start()), complete=complete)


async def incremental(system: FetcherSystem) -> tuple[SyncStarted, SyncFetched]:
    sync_id = system.start(mode=Mode.INCREMENTAL)
    decision = await system.decided(sync_id)
    return system.events(SyncStarted, sync_id)[0], decision
