"""What a reader is made of, and how it lives: orders come; the other end closes, and it ends."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from libs.common.clock import SystemClock
from libs.common.contracts.topics import Topics
from libs.common.errors import ConfigurationError, TransientError, Unavailable
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.postgres.pool import POSTGRES, Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.log_masking import secrets_of
from libs.common.process.logs import configure_logs
from libs.common.process.settings import load_settings
from services.loader.loading.log_lookup import bytes_of
from services.loader.mapping.tables import tables
from services.loader.publishing.dead_letters import DeadLetterPublisher
from services.loader.rebuild.bounded_wait import BoundedReadiness
from services.loader.rebuild.readers.protocol import (
    LONGEST_LINE,
    Failed,
    ReadLogs,
    ReadOn,
    hang_up,
    send,
)
from services.loader.rebuild.readers.reader import LogMadeAnew, LogPartitionsReader, Tell
from services.loader.rebuild.session import open_session
from services.loader.rebuild.sql.shadow import Shadow
from services.loader.records.incoming import IncomingRecord
from services.loader.records.reader import RecordReader
from services.loader.settings import LoaderSettings
from services.loader.tuning import freeze_garbage_collector

_READ_LOGS = msgspec.json.Decoder(ReadLogs)
_READ_ON = msgspec.json.Decoder(ReadOn)

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

logger = logging.getLogger(__name__)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def work(end: socket.socket) -> None:
    """Run a reader, in a process of its own, until the socket is closed."""
    try:
        settings = load_settings(LoaderSettings)
    except ConfigurationError:
        return  # the rebuild reads the same settings, and reports them
    # The rebuild itself says what all of them wait for.
    level = max(settings.log_level, "WARNING", key=_LEVELS.index)
    configure_logs(settings.log_format, level, secrets_of(settings))
    asyncio.run(carry_out_orders(settings, end))


async def carry_out_orders(settings: LoaderSettings, end: socket.socket) -> None:
    """Do what comes over the socket until it is closed."""
    streams = await asyncio.open_connection(sock=end, limit=LONGEST_LINE)
    orders: asyncio.Queue[bytes] = asyncio.Queue()
    working = asyncio.ensure_future(_work(settings, orders, streams[1]))
    try:
        while line := await streams[0].readline():
            orders.put_nowait(line)
    except ConnectionError:
        pass
    finally:
        working.cancel()
        await asyncio.wait([working])
        await hang_up(streams[1])


async def _work(
    settings: LoaderSettings, orders: asyncio.Queue[bytes], writer: asyncio.StreamWriter
) -> None:
    try:
        await _read(settings, orders, partial(send, writer))
    except* (TransientError, Unavailable) as away:
        await send(writer, Failed(_reason(away), away=True))
    except* (ConfigurationError, LogMadeAnew) as refused:
        await send(writer, Failed(_reason(refused), away=False))
    except* Exception:
        logger.exception("reader crashed")
        await send(writer, Failed("a reader crashed; its log says why", away=False))


def _reason(group: BaseException) -> str:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return str(group)


async def _read(settings: LoaderSettings, orders: asyncio.Queue[bytes], tell: Tell) -> None:
    readiness = BoundedReadiness((KAFKA, POSTGRES), Stop())
    broker = KafkaBroker(settings, "hemis-rebuild", readiness)
    connection = await open_session(settings, readiness)
    freeze_garbage_collector()
    try:
        first = _READ_LOGS.decode(await orders.get())
        reader = _reader(settings, broker, connection, first.run)
        await reader.read_logs(first, tell)
        while True:
            await reader.read_on(_READ_ON.decode(await orders.get()), tell)
    finally:
        connection.terminate()


def _reader(
    settings: LoaderSettings, broker: KafkaBroker, connection: Connection, run: str
) -> LogPartitionsReader:
    topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
    of_resources = tables(ZoneInfo(settings.hemis_timezone))

    async def bury(refused: Sequence[IncomingRecord]) -> None:
        for record in refused:
            record.value = record.value or await bytes_of(broker, record)
        async with broker.producer() as producer:
            await DeadLetterPublisher(producer, topics, SystemClock()).bury(refused)

    records = RecordReader(topics, of_resources)
    return LogPartitionsReader(broker, connection, records, Shadow(run, of_resources), bury)
