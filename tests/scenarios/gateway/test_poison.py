"""Unexpected messages stop no gateway, and are shown or skipped."""

import asyncio
from typing import get_args

import pytest

from libs.common.contracts.codec import MalformedMessage
from libs.common.contracts.commands import COMMANDS, Command
from libs.common.contracts.events import EVENTS, Event
from libs.common.kafka.ports import Message
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.dead_letters.index import indexed
from services.gateway.live.event_log import EventLogger, log_command
from services.gateway.live.follower import Follower
from services.gateway.projection.projection import Projection
from services.gateway.views.progress import progress_of, report_of
from services.gateway.views.snapshot import snapshot_of
from tests.poison_messages import poisonous, raw
from tests.unit.gateway.fake_gateway import TOPICS, FakeGateway

NOW = 1_700_000_001_000


@pytest.mark.parametrize("kinds", [Event, Command], ids=["events", "commands"])
def test_no_message_on_the_topics_stops_a_gateway(kinds: object) -> None:
    projection, event_logger = Projection(), EventLogger()

    for place, message in enumerate(poisonous(kinds)):
        fold(projection, event_logger, raw(message), place)

    for sync in (*projection.unsettled(), *projection.settled.newest_first(None, None, None)):
        report_of(snapshot_of(sync, NOW)).model_dump_json()
        progress_of(snapshot_of(sync, NOW)).model_dump_json()


def fold(projection: Projection, event_logger: EventLogger, value: bytes, place: int) -> None:
    names = {kind.__name__ for kind in get_args(Command)}
    try:
        if any(f'"type": "{name}"'.encode() in value for name in names):
            command = COMMANDS.decode(value)
            assert command is not None
            projection.fold_command(command, place)
            log_command(command)
        else:
            event = EVENTS.decode(value)
            assert event is not None
            projection.fold_event(event, place)
            event_logger.log(event)
    except MalformedMessage:
        pass


BEAT = b'{"instance":"i","service":"loader","version":"1","state":"active","at":%s,"checks":{}%s}'
BEATS = [
    BEAT % (b"1", b',"added":' + b"[" * 100_000),
    BEAT.replace(b'"i"', b'"\xff"') % (b"1", b""),
    *(BEAT % (str(at).encode(), b"") for at in (-(10**17), 2**63, 10**300)),
]


async def test_an_invalid_heartbeat_neither_stops_a_gateway_nor_counts() -> None:
    gateway = await FakeGateway().open()
    readiness, stop = Readiness((), Stop()), Stop()
    for beat in BEATS:
        gateway.broker.append(Message(TOPICS.services, "i", beat))
    gateway.view.caught_up = False
    follower = Follower(TOPICS, gateway.view, readiness)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(follower.run(gateway.broker, stop))
        await gateway.view.wait_until(lambda: gateway.view.caught_up, 10)
        stop.set()

    assert running.exception() is None
    assert gateway.view.projection.heartbeats.last_at("loader") is None


@pytest.mark.parametrize("at", [b"-5", b"9" * 400, b"9" * 5_000, b"253402300800000"])
def test_a_dead_letter_without_a_valid_time_is_skipped(at: bytes) -> None:
    with pytest.raises(MalformedMessage):
        indexed("hemis.students-2-1", {"resource": b"students", "buried_at": at}, 0, 1)
