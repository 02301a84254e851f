"""One idempotency key, one request: another request under it is refused."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from libs.common.contracts.codec import encode
from libs.common.contracts.commands import FetchRecords, StartSync, WantedRecord
from libs.common.contracts.enums import Kind, Mode
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import request_fingerprint
from services.gateway.errors import KeyReused
from services.gateway.projection.sync_state import SyncState
from tests.unit.gateway.fake_gateway import FakeGateway
from tests.unit.gateway.sample_messages import finished, started

STUDENTS, EMPLOYEES = Resource.STUDENTS, Resource.EMPLOYEES
Ask = Callable[[FakeGateway], Awaitable[SyncState]]


def full(mode: Mode = Mode.FULL, resource: Resource = STUDENTS) -> Ask:
    return lambda gateway: gateway.requests.start(resource, mode, "key")


def one(
    hemis_id: int | None = None, number: str | None = None, resource: Resource = STUDENTS
) -> Ask:
    wanted = WantedRecord(hemis_id=hemis_id, id_number=number)
    return lambda gateway: gateway.requests.fetch(resource, wanted, "key")


REQUESTS = {
    "full": full(),
    "incremental": full(Mode.INCREMENTAL),
    "id": one(50421),
    "another id": one(50422),
    "number": one(number="326251200658"),
    "number that reads like an id": one(number="50421"),
    "both": one(50421, "326251200658"),
}
SYNCS = {"full", "incremental"}
CLASHES = [
    (first, second)
    for first in REQUESTS
    for second in REQUESTS
    if first != second and (first in SYNCS) == (second in SYNCS)
]


async def receive_start(gateway: FakeGateway, sync: SyncState) -> None:
    """Publish the event with which the fetcher starts the sync of a command."""
    (command,) = gateway.commands()
    assert isinstance(command, StartSync | FetchRecords)
    kind = Kind.FULL if isinstance(command, StartSync) else Kind.SINGLE
    begun = started(sync_id=sync.sync_id, kind=kind, fingerprint=command.fingerprint)
    await gateway.receive(begun, finished(sync_id=sync.sync_id))


async def restarted(gateway: FakeGateway, *, commands: bool) -> FakeGateway:
    """Return another gateway; its commands topic may lack what is over seven days old."""
    other = await FakeGateway(gateway.broker, gateway.clock).open()
    if commands:
        other.read_back()
    else:
        for place, event in enumerate(gateway.events()):
            other.view.projection.fold_event(event, place)
    return other


@pytest.mark.parametrize(("first", "second"), CLASHES)
async def test_another_request_under_a_known_key_is_refused(first: str, second: str) -> None:
    gateway = await FakeGateway().open()
    sync = await REQUESTS[first](gateway)
    await receive_start(gateway, sync)

    for one in (
        gateway,
        await restarted(gateway, commands=True),
        await restarted(gateway, commands=False),
    ):
        with pytest.raises(KeyReused) as refused:
            await REQUESTS[second](one)
        assert refused.value.sync_id == sync.sync_id

    assert len(gateway.commands()) == 1


@pytest.mark.parametrize("asked", REQUESTS)
async def test_the_same_request_under_a_known_key_is_the_same_sync_everywhere(asked: str) -> None:
    gateway = await FakeGateway().open()
    sync = await REQUESTS[asked](gateway)
    await receive_start(gateway, sync)

    for one in (
        gateway,
        await restarted(gateway, commands=True),
        await restarted(gateway, commands=False),
    ):
        assert (await REQUESTS[asked](one)).sync_id == sync.sync_id

    assert len(gateway.commands()) == 1


async def test_each_resource_and_kind_has_keys_of_its_own() -> None:
    gateway = await FakeGateway().open()
    asked = (full(), full(resource=EMPLOYEES), one(50421), one(50421, resource=EMPLOYEES))

    syncs = [await ask(gateway) for ask in asked]

    assert len({sync.sync_id for sync in syncs}) == 4


async def test_of_two_modes_at_once_under_one_key_one_is_refused() -> None:
    gateway = await FakeGateway().open()

    answers = await asyncio.gather(
        *(ask(gateway) for ask in (full(), full(Mode.INCREMENTAL))), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [SyncState, KeyReused]


async def test_of_two_concurrent_requests_the_started_one_counts() -> None:
    gateway = await FakeGateway().open()
    sync = await one(50421)(gateway)
    begun = request_fingerprint("key", 50422, None)
    await gateway.receive(started(sync_id=sync.sync_id, kind=Kind.SINGLE, fingerprint=begun))

    with pytest.raises(KeyReused):
        await one(50421)(gateway)
    assert await one(50422)(gateway) is sync


async def test_following_the_advice_to_use_a_new_key_works() -> None:
    gateway = await FakeGateway().open()
    await one(50421)(gateway)

    with pytest.raises(KeyReused, match="use a new key"):
        await one(50422)(gateway)
    await gateway.requests.fetch(STUDENTS, WantedRecord(hemis_id=50422), "a new key")

    assert len(gateway.commands()) == 2


async def test_a_sync_of_an_older_version_answers_as_it_did() -> None:
    gateway = await FakeGateway().open()
    sync = await one(50421)(gateway)
    other = await FakeGateway().open()
    await other.receive(started(sync_id=sync.sync_id, kind=Kind.SINGLE))

    assert (await one(50422)(other)).sync_id == sync.sync_id


async def test_a_fingerprint_reveals_neither_the_person_nor_the_key() -> None:
    gateway = await FakeGateway().open()
    await one(number="326251200658")(gateway)
    (command,) = gateway.commands()
    assert isinstance(command, FetchRecords)

    again = request_fingerprint("another key", None, "326251200658")

    assert command.fingerprint != again
    assert "326251200658" not in command.fingerprint
    assert b'"key"' not in encode(command).replace(b'"key":', b"")
