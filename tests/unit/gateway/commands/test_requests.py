"""Each request is accepted once, however often it is sent."""

import asyncio

import pytest

from libs.common.contracts.commands import (
    CancelSync,
    FetchRecords,
    ResumeSync,
    StartSync,
    WantedRecord,
)
from libs.common.contracts.enums import Kind, Mode, Outcome
from libs.common.contracts.resources import Resource
from services.gateway.errors import (
    NotCancellable,
    NotConfirmed,
    NotResumable,
    SyncActive,
    UnknownSync,
)
from services.gateway.views.progress import progress_of
from services.gateway.views.status import Status
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_messages import (
    HOUR,
    SYNC,
    T0,
    fetched,
    finished,
    page,
    refused,
    started,
)

STUDENTS = Resource.STUDENTS


async def test_right_after_its_acceptance_a_sync_shows_as_requested() -> None:
    gateway = await FakeGateway().open()

    sync = await gateway.requests.start(STUDENTS, Mode.FULL)

    progress = progress_of(gateway.view.current_snapshot(STUDENTS))
    assert (progress.sync_id, progress.status) == (sync.sync_id, Status.REQUESTED)
    assert [type(command) for command in gateway.commands()] == [StartSync]


async def test_of_fifty_concurrent_requests_one_is_accepted() -> None:
    gateway = await FakeGateway().open()

    answers = await asyncio.gather(
        *(gateway.requests.start(STUDENTS, Mode.FULL) for _ in range(50)), return_exceptions=True
    )

    refusals = [answer for answer in answers if isinstance(answer, SyncActive)]
    assert len(refusals) == 49
    assert len(gateway.commands()) == 1
    assert {refusal.sync_id for refusal in refusals} == {gateway.commands()[0].sync_id}


async def test_fifty_concurrent_requests_with_one_key_start_one_sync() -> None:
    gateway = await FakeGateway().open()

    syncs = await asyncio.gather(
        *(gateway.requests.start(STUDENTS, Mode.FULL, "nightly") for _ in range(50))
    )

    assert len({sync.sync_id for sync in syncs}) == 1
    assert len(gateway.commands()) == 1


async def test_the_same_key_is_the_same_sync_also_after_its_end() -> None:
    gateway = await FakeGateway().open()
    first = await gateway.requests.start(STUDENTS, Mode.FULL, "nightly")
    await gateway.receive(started(sync_id=first.sync_id), finished(sync_id=first.sync_id))

    again = await gateway.requests.start(STUDENTS, Mode.FULL, "nightly")

    assert again is first
    assert len(gateway.commands()) == 1


async def test_each_resource_has_its_own_active_sync() -> None:
    gateway = await FakeGateway().open()

    await gateway.requests.start(STUDENTS, Mode.FULL)
    await gateway.requests.start(Resource.EMPLOYEES, Mode.FULL)

    assert len(gateway.commands()) == 2


async def test_an_unconfirmed_sync_is_requested_again_under_the_same_id() -> None:
    gateway = await FakeGateway().open()
    gateway.kafka.away = True
    with pytest.raises(NotConfirmed) as unconfirmed:
        await gateway.requests.start(STUDENTS, Mode.FULL, "nightly")
    gateway.kafka.away = False

    sync = await gateway.requests.start(STUDENTS, Mode.FULL, "nightly")

    assert sync.sync_id == unconfirmed.value.sync_id
    assert len(gateway.commands()) == 1


async def test_without_a_key_the_unconfirmed_sync_is_asked_again() -> None:
    gateway = await FakeGateway().open()
    gateway.kafka.away = True
    with pytest.raises(NotConfirmed) as unconfirmed:
        await gateway.requests.start(STUDENTS, Mode.FULL)
    gateway.kafka.away = False

    sync = await gateway.requests.start(STUDENTS, Mode.FULL)

    assert sync.sync_id == unconfirmed.value.sync_id


async def test_another_key_waits_until_an_unconfirmed_sync_cannot_arrive_any_more() -> None:
    gateway = await FakeGateway().open()
    gateway.kafka.away = True
    with pytest.raises(NotConfirmed) as first:
        await gateway.requests.start(STUDENTS, Mode.FULL, "one")
    gateway.kafka.away = False

    with pytest.raises(NotConfirmed) as second:
        await gateway.requests.start(STUDENTS, Mode.FULL, "two")
    gateway.clock.now += 61_000
    later = await gateway.requests.start(STUDENTS, Mode.FULL, "two")

    assert second.value.sync_id == first.value.sync_id
    assert later.sync_id != first.value.sync_id


async def test_a_resume_too_waits_for_an_unconfirmed_sync() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started(), fetched(Outcome.FAILED))
    gateway.kafka.away = True
    with pytest.raises(NotConfirmed):
        await gateway.requests.start(STUDENTS, Mode.FULL, "one")

    with pytest.raises(NotConfirmed):
        await gateway.requests.resume(SYNC)


async def test_an_active_sync_is_cancelled_until_everything_is_fetched() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started(), page(1))

    await gateway.requests.cancel(SYNC)

    assert isinstance(gateway.commands()[0], CancelSync)
    await gateway.receive(fetched())
    with pytest.raises(NotCancellable, match="already fetched everything"):
        await gateway.requests.cancel(SYNC)
    await gateway.receive(finished())
    with pytest.raises(NotCancellable, match="is not active"):
        await gateway.requests.cancel(SYNC)


async def test_an_unknown_sync_is_neither_cancelled_nor_resumed() -> None:
    gateway = await FakeGateway().open()

    with pytest.raises(UnknownSync):
        await gateway.requests.cancel("nobody")
    with pytest.raises(UnknownSync):
        await gateway.requests.resume("nobody")


async def test_a_failed_sync_is_resumed_as_its_next_attempt() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started(), fetched(Outcome.FAILED))

    await gateway.requests.resume(SYNC)

    (command,) = gateway.commands()
    assert isinstance(command, ResumeSync)
    assert command.attempt == 2
    assert progress_of(gateway.view.current_snapshot(STUDENTS)).status is Status.REQUESTED
    with pytest.raises(SyncActive):
        await gateway.requests.start(STUDENTS, Mode.FULL)


async def test_a_sync_is_resumable_for_a_day_and_only_where_it_failed() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started())
    with pytest.raises(NotResumable, match="has not failed"):
        await gateway.requests.resume(SYNC)

    await gateway.receive(fetched(Outcome.FAILED))
    gateway.clock.now += 24 * HOUR + 1

    with pytest.raises(NotResumable, match="over 24 hours ago"):
        await gateway.requests.resume(SYNC)


async def test_only_the_latest_sync_is_resumable() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started(), fetched(Outcome.FAILED))
    await gateway.receive(
        started(sync_id="later", at=T0 + 1), fetched(Outcome.FAILED, sync_id="later", at=T0 + 2)
    )

    with pytest.raises(NotResumable, match="later sync"):
        await gateway.requests.resume(SYNC)


async def test_a_single_record_is_not_resumable() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started(kind=Kind.SINGLE), fetched(Outcome.NOT_FOUND))

    with pytest.raises(NotResumable, match="single record"):
        await gateway.requests.resume(SYNC)


async def test_a_refused_resume_can_be_asked_again() -> None:
    gateway = await FakeGateway().open()
    await gateway.receive(started(), fetched(Outcome.FAILED))
    await gateway.requests.resume(SYNC)
    await gateway.receive(refused(active_sync_id="other", at=T0 + 10))

    await gateway.requests.resume(SYNC)

    assert progress_of(gateway.view.current_snapshot(STUDENTS)).status is Status.REQUESTED


async def test_a_single_record_is_asked_for_beside_an_active_sync() -> None:
    gateway = await FakeGateway().open()
    await gateway.requests.start(STUDENTS, Mode.FULL, "same")

    single = await gateway.requests.fetch(STUDENTS, WantedRecord(hemis_id=50421), "same")
    again = await gateway.requests.fetch(STUDENTS, WantedRecord(hemis_id=50421), "same")

    assert single is again
    assert [type(command) for command in gateway.commands()] == [StartSync, FetchRecords]
    assert progress_of(gateway.view.current_snapshot(STUDENTS)).sync_id != single.sync_id
