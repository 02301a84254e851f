"""The cursor of incremental syncs: the loader has the last word on whether a sync was complete."""

from functools import partial

from libs.common.contracts.checkpoints import Cursor
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from services.fetcher.bench import Bench
from services.fetcher.memory import with_cursor
from services.fetcher.reports import report_of


async def settled_cursor(bench: Bench) -> Cursor | None:
    """Return the cursor of the last complete sync; None before any.

    A sync that is not reported yet does not move it, nor one that was not complete.
    """
    checkpoint = bench.memory.checkpoint
    waiting = checkpoint.next_cursor
    if waiting is None:
        return checkpoint.cursor
    look_up = partial(
        report_of, bench.broker, bench.outbox.topics, waiting.sync_id, waiting.said_at
    )
    report = await bench.dependencies.wait_for(KAFKA, look_up, KafkaUnavailable)
    if report is None:
        return checkpoint.cursor
    cursor = waiting if report.complete else checkpoint.cursor
    await bench.memory.change(with_cursor(waiting, cursor))
    return cursor
