"""The cursor of incremental syncs: the loader has the last word on whether a sync was complete."""

import logging
from functools import partial

from libs.common.contracts.checkpoints import Cursor
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from services.fetcher.bench import Bench
from services.fetcher.memory import with_cursor
from services.fetcher.reports import report_of
from services.fetcher.same_topic import is_same_topic

logger = logging.getLogger(__name__)


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


async def holds(bench: Bench, cursor: Cursor) -> bool:
    """Tell whether the records of the cursor's sync are still in the topic.

    One that was made anew lacks everybody who did not change since.
    """
    if await is_same_topic(bench, cursor):
        return True
    logger.warning("HEMIS %s topic was made anew: its cursor is gone", bench.resource)
    return False
