"""A reader process: serves the requests of its rebuild until the rebuild closes the socket."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from libs.common.clock import SystemClock
from libs.common.contracts.topics import Topics
from libs.common.errors import ConfigurationError, TransientError, Unavailable, first_error
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.postgres.pool import POSTGRES, Connection
from libs.common.process.lifecycle import Stop
from libs.common.process.log_masking import secrets_of
from libs.common.process.logs import configure_logs
from libs.common.process.settings import load_settings
from services.loader.loading.log_lookup import read_value
from services.loader.mapping.tables import tables
from services.loader.publishing.dead_letters import DeadLetterPublisher
from services.loader.rebuild.bounded_wait import BoundedReadiness
from services.loader.rebuild.readers.protocol import (
    MAX_LINE_BYTES,
    Failed,
    ReadLogs,
    ReadUntil,
    close_stream,
    send,
)
from services.loader.rebuild.readers.reader import LogPartitionsReader, LogRecreated, Report
from services.loader.rebuild.session import open_session
from services.loader.rebuild.sql.shadow import Shadow
from services.loader.records.incoming import IncomingRecord
from services.loader.records.reader import RecordReader
from services.loader.settings import LoaderSettings
from services.loader.tuning import freeze_garbage_collector

_READ_LOGS = msgspec.json.Decoder(ReadLogs)
_READ_UNTIL = msgspec.json.Decoder(ReadUntil)
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

logger = logging.getLogger(__name__)


def run_reader(connection: socket.socket) -> None:
    """Run one reader, in a process of its own, until ``connection`` is closed."""
    try:
        settings = load_settings(LoaderSettings)
    except ConfigurationError:
        return  # the rebuild reads the same settings, and reports them
    # The rebuild itself logs what all readers wait for.
    level = max(settings.log_level, "WARNING", key=_LEVELS.index)
    configure_logs(settings.log_format, level, secrets_of(settings))
    asyncio.run(serve_requests(settings, connection))


async def serve_requests(settings: LoaderSettings, connection: socket.socket) -> None:
    """Serve the requests of a rebuild until it closes ``connection``."""
    stream, writer = await asyncio.open_connection(sock=connection, limit=MAX_LINE_BYTES)
    requests: asyncio.Queue[bytes] = asyncio.Queue()
    serving = asyncio.ensure_future(_serve(settings, requests, writer))
    try:
        while line := await stream.readline():
            requests.put_nowait(line)
    except ConnectionError:
        pass
    finally:
        serving.cancel()
        await asyncio.wait([serving])
        await close_stream(writer)


async def _serve(
    settings: LoaderSettings, requests: asyncio.Queue[bytes], writer: asyncio.StreamWriter
) -> None:
    try:
        await _read(settings, requests, partial(send, writer))
    except* (TransientError, Unavailable) as away:
        await send(writer, Failed(str(first_error(away)), is_away=True))
    except* (ConfigurationError, LogRecreated) as failure:
        await send(writer, Failed(str(first_error(failure)), is_away=False))
    except* Exception:
        logger.exception("reader crashed")
        await send(writer, Failed("a reader crashed; its log says why", is_away=False))


async def _read(settings: LoaderSettings, requests: asyncio.Queue[bytes], report: Report) -> None:
    readiness = BoundedReadiness((KAFKA, POSTGRES), Stop())
    broker = KafkaBroker(settings, "hemis-rebuild", readiness)
    connection = await open_session(settings, readiness)
    freeze_garbage_collector()
    try:
        first = _READ_LOGS.decode(await requests.get())
        reader = _reader(settings, broker, connection, first.run)
        await reader.read_logs(first, report)
        while True:
            await reader.read_until(_READ_UNTIL.decode(await requests.get()), report)
    finally:
        connection.terminate()


def _reader(
    settings: LoaderSettings, broker: KafkaBroker, connection: Connection, run: str
) -> LogPartitionsReader:
    topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
    by_resource = tables(ZoneInfo(settings.hemis_timezone))

    async def write_dead_letters(refused: Sequence[IncomingRecord]) -> None:
        for record in refused:
            record.value = record.value or await read_value(broker, record)
        async with broker.producer() as producer:
            await DeadLetterPublisher(producer, topics, SystemClock()).publish(refused)

    records, shadow = RecordReader(topics, by_resource), Shadow(run, by_resource)
    return LogPartitionsReader(broker, connection, records, shadow, write_dead_letters)
