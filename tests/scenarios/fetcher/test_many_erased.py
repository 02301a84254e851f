"""Thousands of erased people: the list stands in chunks, and no start is too large for Kafka."""

import asyncio
import hmac
import secrets
from collections.abc import Iterable

import msgspec
import pytest

from libs.common.contracts.checkpoints import Suppressed, SuppressedPeople
from libs.common.contracts.commands import EraseRecord
from libs.common.kafka.in_memory import StoredRecord
from libs.common.kafka.ports import Message
from libs.common.kafka.producer import MAX_MESSAGE_BYTES
from services.fetcher.checkpoints.suppressed_parts import SuppressedUnreadable
from tests.scenarios.fetcher.fetcher_system import STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student

SALT = secrets.token_hex(32)
STATE = b'{"resource":"students","epoch":3,"last_ce_time":7}'


def person(hemis_id: int) -> Suppressed:
    mark = hmac.digest(bytes.fromhex(SALT), str(hemis_id).encode(), "sha256").hex()
    erasure_id = f"00000000-0000-4000-8000-{hemis_id:012}"
    return Suppressed(mark=mark, erasure_id=erasure_id, at=1_700_000_000_000, requested_by="ops")


def as_before_chunks(system: FetcherSystem, ids: Iterable[int]) -> None:
    """Leave what a fetcher left that wrote the whole list as one message."""
    listed = SuppressedPeople(salt=SALT, people=tuple(map(person, ids)))
    put(system, "students/3/suppressed", msgspec.json.encode(listed))
    put(system, "students/3", STATE)


def put(system: FetcherSystem, key: str, value: bytes | None) -> None:
    system.broker.append(Message(system.topics.checkpoints, key, value))


def erase(system: FetcherSystem, hemis_id: int) -> None:
    system.send(EraseRecord(**system._common(STUDENTS, {}), key=str(hemis_id)))


def listed(system: FetcherSystem) -> dict[bytes, StoredRecord]:
    """Give the standing messages of the list by their keys."""
    log = system.broker.logs[system.checkpoints_partition]
    newest = {record.key or b"": record for record in log if b"suppressed" in (record.key or b"")}
    return {key: record for key, record in newest.items() if record.value is not None}


async def test_6240_people_can_be_erased_and_the_next_fetcher_starts(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in (1, 5_000, 6_240, 9_000)]
    as_before_chunks(system, range(1, 5_301))

    async with system.fetcher():
        for first in range(5_301, 6_241, 80):
            for hemis_id in range(first, min(first + 80, 6_241)):
                erase(system, hemis_id)
            await asyncio.sleep(60)
    async with system.fetcher():
        decision = await system.decided(system.start())

    assert (decision.complete, decision.suppressed, decision.distinct) == (True, 3, 1)
    sizes = [len(record.value or b"") for record in listed(system).values()]
    assert max(sizes) < MAX_MESSAGE_BYTES / 2
    assert len(system.parts().successor(STUDENTS).checkpoint.suppressed.people) == 6_240


async def test_the_list_of_an_older_version_is_read_and_replaced(system: FetcherSystem) -> None:
    system.hemis.items[STUDENTS] = [student(1), student(2)]
    as_before_chunks(system, [1])

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert decision.suppressed == 1
    assert set(listed(system)) == {b"students/4/suppressed", b"students/4/suppressed/0"}


async def test_an_older_fetcher_refuses_the_list_in_chunks_and_fetches_nobody(
    system: FetcherSystem,
) -> None:
    as_before_chunks(system, [1])
    async with system.fetcher():
        await system.until(lambda: b"students/4/suppressed" in listed(system))

    head = listed(system)[b"students/4/suppressed"].value or b""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(head, type=SuppressedPeople)


async def test_a_takeover_that_was_interrupted_in_the_suppression_list_loses_nobody(
    system: FetcherSystem,
) -> None:
    system.hemis.items[STUDENTS] = [student(1), student(300), student(999)]
    as_before_chunks(system, range(1, 401))
    # The one before us got no further than its first chunk.
    half = SuppressedPeople(salt=SALT, people=tuple(map(person, range(1, 201))))
    put(system, "students/4/suppressed/0", msgspec.json.encode(half))

    async with system.fetcher():
        decision = await system.decided(system.start())

    assert (decision.suppressed, decision.distinct) == (2, 1)


@pytest.mark.parametrize("value", [None, b"nonsense"], ids=["lost", "unreadable"])
async def test_a_list_that_lacks_a_chunk_fetches_nobody(
    system: FetcherSystem, value: bytes | None
) -> None:
    as_before_chunks(system, range(1, 401))
    async with system.fetcher():
        await system.until(lambda: b"students/4/suppressed" in listed(system))
    put(system, "students/4/suppressed/0", value)

    with pytest.raises(ExceptionGroup) as caught:
        async with system.fetcher():
            await system.decided(system.start())

    assert caught.group_contains(SuppressedUnreadable)
    assert system.hemis.calls == []
