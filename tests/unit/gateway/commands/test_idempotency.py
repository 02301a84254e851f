"""One key, one request: another one under it is refused, and gets nobody's answer."""

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
from tests.unit.gateway.fake_gateway import House
from tests.unit.gateway.sample_messages import finished, started

STUDENTS, EMPLOYEES = Resource.STUDENTS, Resource.EMPLOYEES
Ask = Callable[[House], Awaitable[SyncState]]


def full(mode: Mode = Mode.FULL, resource: Resource = STUDENTS) -> Ask:
    return lambda house: house.requests.start(resource, mode, "key")


def one(
    hemis_id: int | None = None, number: str | None = None, resource: Resource = STUDENTS
) -> Ask:
    wanted = WantedRecord(hemis_id=hemis_id, id_number=number)
    return lambda house: house.requests.fetch(resource, wanted, "key")


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


async def heard(house: House, sync: SyncState) -> None:
    """Let the fetcher say that it began, as it takes it from the command."""
    (command,) = house.commands()
    assert isinstance(command, StartSync | FetchRecords)
    kind = Kind.FULL if isinstance(command, StartSync) else Kind.SINGLE
    begun = started(sync_id=sync.sync_id, kind=kind, fingerprint=command.fingerprint)
    await house.hear(begun, finished(sync_id=sync.sync_id))


async def restarted(house: House, *, commands: bool) -> House:
    """Give another gateway; the commands topic may have forgotten what is over seven days old."""
    other = await House(house.broker, house.clock).open()
    if commands:
        other.read_back()
    else:
        for place, event in enumerate(house.events()):
            other.view.projection.event(event, place)
    return other


@pytest.mark.parametrize(("first", "second"), CLASHES)
async def test_another_request_under_a_known_key_is_refused(first: str, second: str) -> None:
    house = await House().open()
    sync = await REQUESTS[first](house)
    await heard(house, sync)

    for gateway in (
        house,
        await restarted(house, commands=True),
        await restarted(house, commands=False),
    ):
        with pytest.raises(KeyReused) as refused:
            await REQUESTS[second](gateway)
        assert refused.value.sync_id == sync.sync_id

    assert len(house.commands()) == 1


@pytest.mark.parametrize("asked", REQUESTS)
async def test_the_same_request_under_a_known_key_is_the_same_sync_everywhere(asked: str) -> None:
    house = await House().open()
    sync = await REQUESTS[asked](house)
    await heard(house, sync)

    for gateway in (
        house,
        await restarted(house, commands=True),
        await restarted(house, commands=False),
    ):
        assert (await REQUESTS[asked](gateway)).sync_id == sync.sync_id

    assert len(house.commands()) == 1


async def test_each_resource_and_kind_has_keys_of_its_own() -> None:
    house = await House().open()
    asked = (full(), full(resource=EMPLOYEES), one(50421), one(50421, resource=EMPLOYEES))

    syncs = [await ask(house) for ask in asked]

    assert len({sync.sync_id for sync in syncs}) == 4


async def test_of_two_modes_at_once_under_one_key_one_is_refused() -> None:
    house = await House().open()

    answers = await asyncio.gather(
        *(ask(house) for ask in (full(), full(Mode.INCREMENTAL))), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [SyncState, KeyReused]


async def test_what_was_begun_counts_where_two_gateways_were_asked_at_once() -> None:
    house = await House().open()
    sync = await one(50421)(house)
    begun = request_fingerprint("key", 50422, None)
    await house.hear(started(sync_id=sync.sync_id, kind=Kind.SINGLE, fingerprint=begun))

    with pytest.raises(KeyReused):
        await one(50421)(house)
    assert await one(50422)(house) is sync


async def test_following_the_advice_to_ask_with_a_new_key_works() -> None:
    house = await House().open()
    await one(50421)(house)

    with pytest.raises(KeyReused, match="ask with a new key"):
        await one(50422)(house)
    await house.requests.fetch(STUDENTS, WantedRecord(hemis_id=50422), "a new key")

    assert len(house.commands()) == 2


async def test_a_sync_of_an_older_version_answers_as_it_did() -> None:
    house = await House().open()
    sync = await one(50421)(house)
    other = await House().open()
    await other.hear(started(sync_id=sync.sync_id, kind=Kind.SINGLE))

    assert (await one(50422)(other)).sync_id == sync.sync_id


async def test_a_fingerprint_tells_nothing_of_the_person_nor_of_the_key() -> None:
    house = await House().open()
    await one(number="326251200658")(house)
    (command,) = house.commands()
    assert isinstance(command, FetchRecords)

    again = request_fingerprint("another key", None, "326251200658")

    assert command.fingerprint != again
    assert "326251200658" not in command.fingerprint
    assert b'"key"' not in encode(command).replace(b'"key":', b"")
