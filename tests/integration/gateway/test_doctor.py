"""Doctor and readiness say the same, and its advice can be followed."""

import re

import pytest

from libs.common.contracts.codec import encode
from libs.common.contracts.commands import ResumeLoading
from libs.common.contracts.events import LoadingPaused
from libs.common.contracts.heartbeats import Beat
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Message
from libs.common.process.readiness import OK
from tests.integration.gateway.running_gateway import TOPICS, RunningGateway, running_gateway
from tests.unit.gateway.sample_messages import SYNC, started

pytestmark = pytest.mark.integration

PAUSED = "paused: too many records of a sync were rejected"


def beat(gateway: RunningGateway, service: str, **checks: str) -> None:
    """Publish a heartbeat with the same states as the readiness."""
    sign = Beat(
        instance=service, service=service, version="1", state="active",
        at=gateway.clock.now_ms(), checks={"kafka": OK} | checks,
    )  # fmt: skip
    gateway.broker.append(Message(TOPICS.services, service, encode(sign)))


async def test_a_pause_is_found_and_ends_when_the_advice_is_followed() -> None:
    async with running_gateway() as gateway:
        pause = LoadingPaused(
            sync_id=SYNC, resource=Resource.STUDENTS, at=gateway.clock.now_ms(),
            rejected=40, records=200, limit_percent=5,
        )  # fmt: skip
        gateway.publish(started(), pause)
        beat(gateway, "fetcher")
        beat(gateway, "loader", **{"loading hemis.students": PAUSED})
        ill = await gateway.until("/api/hemis/doctor", lambda body: "loading_paused" in str(body))
        (found,) = (one for one in ill["items"] if one["code"] == "loading_paused")
        told = re.search(r"POST (\S+)", found["advice"])
        assert told is not None

        await gateway.until("/api/hemis/progress/students", lambda body: body["syncId"] == SYNC)
        answer, _ = await gateway.post(told[1])
        (command,) = gateway.commands()
        beat(gateway, "loader", **{"loading hemis.students": OK})
        well = await gateway.until("/api/hemis/doctor", lambda body: body["healthy"])

    assert not ill["healthy"]
    assert (answer, type(command)) == (202, ResumeLoading)
    assert {one["code"] for one in well["items"]} == {OK}
