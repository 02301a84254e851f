"""Syncs that the loader has reported, so that an incremental one can go on from them."""

from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Mode
from libs.common.contracts.events import SyncFetched, SyncFinished, SyncStarted
from libs.common.kafka.ports import Message
from tests.scenarios.fetcher.fetcher_in_memory import Stage


def report(stage: Stage, decision: SyncFetched, *, complete: bool = True) -> None:
    """Say what the loader says of a sync."""
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
    stage.broker.append(Message(stage.topics.progress, decision.sync_id, encode(finished)))


async def full(stage: Stage, *, complete: bool = True) -> None:
    report(stage, await stage.decided(stage.start()), complete=complete)


async def incremental(stage: Stage) -> tuple[SyncStarted, SyncFetched]:
    sync_id = stage.start(mode=Mode.INCREMENTAL)
    decision = await stage.decided(sync_id)
    return stage.events(SyncStarted, sync_id)[0], decision
