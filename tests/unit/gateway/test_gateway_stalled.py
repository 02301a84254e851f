"""A sync that nobody works on any more gives way."""

import pytest

from libs.common.contracts.commands import StartSync
from libs.common.contracts.resources import Resource
from libs.common.contracts.words import Mode
from services.gateway.errors import SyncActive
from services.gateway.progress.status import Status
from tests.unit.gateway.house import House
from tests.unit.gateway.messages import SYNC, T0, started

STUDENTS = Resource.STUDENTS


async def test_a_sync_stalled_for_ten_minutes_gives_way() -> None:
    house = await House().open()
    await house.hear(started())
    house.clock.now = T0 + 600_000 - 1

    with pytest.raises(SyncActive):
        await house.requests.start(STUDENTS, Mode.FULL)
    house.clock.now += 1
    sync = await house.requests.start(STUDENTS, Mode.FULL)
    house.read_back()

    (command,) = house.commands()
    assert isinstance(command, StartSync)
    assert command.supersedes == SYNC
    assert house.view.newest(STUDENTS) is sync
    abandoned = house.view.find(SYNC)
    assert abandoned is not None
    assert house.view.report(abandoned).status is Status.CANCELLED
    assert sync.sync_id in house.view.report(abandoned).message
